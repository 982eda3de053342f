"""Shapes of requests and answers about learned habits and fees."""

from typing import Literal

from gateway.services.bank.keep_learned import Outcome
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.bank.line_given_shapes import GivenStatementLine
from gateway.web.bank.line_shapes import AnyGivenId
from gateway.web.payables.supplier_shapes import Asked, Given


class LearnedPath(Asked):
    """A learned habit or fee by its id."""

    learned_id: AnyGivenId


class GivenFeeTerms(Given):
    """What an acquirer keeps of a sale: ``bp`` hundredths of a percent of it, and a fixed amount."""

    bp: int
    fixed: GivenAmount


class GivenLearned(Given):
    """A habit of a party, or the fee of an acquirer.

    ``subject``: the party or the acquirer, ``name``: as people call it; ``times``: lines or payouts that showed it;
    ``in_use``: somebody wants it to be used.
    """

    id: AnyId
    kind: Literal["cash_discount", "fee", "withholding", "card_fee"]
    subject: str
    name: str
    terms: GivenFeeTerms | None
    times: int
    last_on: str
    in_use: bool
    consented_by: str
    consented_at: str | None


class GivenLearnedAll(Given):
    """Habits and fees, the latest first."""

    data: list[GivenLearned]


class GivenTriedLine(Given):
    """A line that would be explained otherwise."""

    outcome: Outcome
    line: GivenStatementLine


class GivenLearnedPreview(Given):
    """What its use changes.

    ``right``, ``wrong``: explained lines it would post, as people did or otherwise; ``no_longer``: those it would post
    no more; ``waiting``: open lines it would explain otherwise; ``lines``: some of them.
    """

    right: int
    wrong: int
    no_longer: int
    waiting: int
    lines: list[GivenTriedLine]
