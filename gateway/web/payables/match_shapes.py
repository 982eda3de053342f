"""Shapes of requests and answers about matches, coding rules and contracts."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.payables.coding import RuleState
from gateway.domain.payables.contract_terms import Period
from gateway.domain.payables.matching_record import MatchOutcome
from gateway.domain.payables.matching_result import Issue
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.purchase import MatchWays
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN
from gateway.web.free_text import Reason
from gateway.web.payables.supplier_shapes import Asked, Code, Given, WantedCode, WantedText
from gateway.web.request_shapes import AskedAmount, ClientId

_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_KEY = Annotated[str, Field(min_length=1, max_length=400, pattern=CLEAN_PATTERN)]
_LineNo = Annotated[int, Field(ge=1, le=100_000)]
_Day = Annotated[str, Field(pattern=_DAY, examples=["2026-11-30"])]
_Word = Annotated[str, Field(min_length=3, max_length=40, pattern=r"^[^\W\d_]+$")]


class MatchPath(Asked):
    """A payable by its id."""

    payable_id: str = Field(pattern=ANY_ID_PATTERN)


class MatchLinePath(Asked):
    """A line of a payable; 1 for the whole of one without lines."""

    payable_id: str = Field(pattern=ANY_ID_PATTERN)
    line_no: int = Field(ge=1, le=100_000, strict=False)


class CodingRulePath(Asked):
    """A coding rule by its id."""

    rule_id: str = Field(pattern=ANY_ID_PATTERN)


class ContractPath(Asked):
    """A contract by its id."""

    contract_id: str = Field(pattern=ANY_ID_PATTERN)


class AcceptMatchRequest(Asked):
    """Accept these exceptions as they are. ``keys``: of the checks that were looked at."""

    id: ClientId
    keys: list[_KEY] = Field(min_length=1, max_length=500)
    reason: Reason


class PairLineRequest(Asked):
    """This line is that order line."""

    id: ClientId
    order_id: AnyId
    order_line_no: _LineNo
    reason: Reason | None = None


class UndoLineRequest(Asked):
    """Take back what was decided on this line by hand."""

    id: ClientId
    reason: Reason | None = None


class AskedCoding(Asked):
    """How a line is booked."""

    line_no: _LineNo
    account_code: WantedCode
    cost_centre: Code = ""
    tax_code: Code = ""


class CodeLinesRequest(Asked):
    """Book these lines so, without an order."""

    id: ClientId
    lines: list[AskedCoding] = Field(min_length=1, max_length=500)
    reason: Reason | None = None


class CodingRuleRequest(Asked):
    """Consent to a rule (``active``), refuse it, or stop using it (``retired``)."""

    id: ClientId
    state: Literal["active", "refused", "retired"]
    reason: Reason | None = None


class ContractRequest(Asked):
    """A contract. ``words``: that stand on its invoices; ``cap``: of all it bills together."""

    id: ClientId
    supplier_id: AnyId
    name: WantedText
    price: AskedAmount
    period: Annotated[Period, Field(strict=False)]
    starts_on: _Day
    ends_on: _Day | None = None
    cap: AskedAmount | None = None
    words: list[_Word] = Field(default=[], max_length=10)
    account_code: WantedCode
    cost_centre: Code = ""
    tax_code: Code = ""


class CancelContractRequest(Asked):
    """Nothing behind this day is due."""

    id: ClientId
    last_on: _Day


class GivenComparedLine(Given):
    """An order line as it was compared. ``billed_before``: by others."""

    order_id: str
    order_number: str
    line_no: int
    text: str
    sku: str
    unit: str
    ordered: str
    received: str
    billed_before: str
    price: str
    price_per: str
    ways: MatchWays


class GivenBilledLine(Given):
    """A line as it was billed."""

    text: str
    sku: str
    unit: str
    quantity: str
    price: str
    amount: GivenAmount
    tax_percent: str | None
    order_number: str
    order_line_no: int | None


class GivenMatchCheck(Given):
    """One check with its figures. ``key``: what an acceptance names."""

    key: str
    issue: Issue
    ok: bool
    accepted: bool
    expected: str
    actual: str
    limit: str
    subject: str


class GivenTake(Given):
    """What a line takes of an order line, 0 for its freight; negative gives back."""

    order_id: str
    order_number: str
    line_no: int
    quantity: str
    amount: GivenAmount


class GivenCoding(Given):
    """How a line is booked."""

    account_code: str
    cost_centre: str
    tax_code: str


class GivenSuggestion(Given):
    """A booking people used for the like."""

    account_code: str
    cost_centre: str
    tax_code: str
    times: int
    like: str


class GivenMatchLine(Given):
    """One line; 0 is the head of the payable."""

    line_no: int
    billed: GivenBilledLine | None
    role: str
    reason: str
    score: int
    checks: list[GivenMatchCheck]
    takes: list[GivenTake]
    against: list[GivenComparedLine]
    candidates: list[GivenComparedLine]
    coding: GivenCoding | None
    source: str
    suggestions: list[GivenSuggestion]


class GivenMatchDecision(Given):
    """What a person decided."""

    id: str
    kind: str
    line_no: int
    detail: dict[str, str]
    reason: str
    actor: str
    at: str


class GivenMatchResult(Given):
    """That a match was made."""

    sequence: int
    outcome: MatchOutcome
    actor: str
    at: str


class GivenMatch(Given):
    """The match of a payable; ``outcome`` is null while it was never matched."""

    payable_id: AnyId
    state: PayableState
    version: int
    outcome: MatchOutcome | None
    lines: list[GivenMatchLine]
    decisions: list[GivenMatchDecision]
    history: list[GivenMatchResult]


class GivenRuleEvidence(Given):
    """A line people coded."""

    payable_id: str
    text: str
    amount: GivenAmount
    actor: str
    at: str


class GivenCodingRule(Given):
    """A coding rule. ``words``: all stand in the text; ``least``, ``most``: of the amount."""

    id: AnyId
    supplier_id: AnyId
    supplier: str
    words: list[str]
    least: GivenAmount
    most: GivenAmount
    coding: GivenCoding
    state: RuleState
    evidence: list[GivenRuleEvidence]
    created_at: str
    decided_by: str
    reason: str


class GivenCodingRules(Given):
    """All coding rules, newest first."""

    data: list[GivenCodingRule]


class GivenContract(Given):
    """A contract with what it has billed."""

    id: AnyId
    supplier_id: AnyId
    supplier: str
    name: str
    price: GivenAmount
    period: Period
    starts_on: str
    ends_on: str | None
    cancelled_on: str | None
    cap: GivenAmount | None
    words: list[str]
    coding: GivenCoding
    billed: GivenAmount
    created_by: str


class GivenContracts(Given):
    """All contracts, newest first."""

    data: list[GivenContract]
