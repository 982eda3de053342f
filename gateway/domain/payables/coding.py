"""How lines without an order are booked: rules learned from what people code, used only after a person's consent.

A rule says: lines of this supplier with these words and an amount in this range go to this account. It is proposed
when people have coded alike often enough, with those codings as evidence.
"""

import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import PayableId, SupplierId, derived_id
from gateway.domain.money import Money

EVIDENCE_MIN = 3
"""Codings alike on different payables before a rule is proposed: two can be chance."""

RULE_WORDS_MAX = 6
EVIDENCE_SHOWN_MAX = 10
_SPREAD_PERCENT = 25
"""How far the range of a proposed rule reaches beyond the smallest and largest amount seen."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_MONTHS = frozenset(
    re.findall(
        r"\w+",
        "jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september"
        " october november december januar februar märz maerz mai juni juli oktober dezember",
    )
)
"""Words that change from bill to bill and say nothing about what was bought."""


class RuleState(StrEnum):
    """Where a coding rule stands."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    REFUSED = "refused"
    """A person said no: it is not proposed again."""
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Coding:
    """How a line is booked. ``account_code`` is never empty; the others may be."""

    account_code: str
    cost_centre: str = ""
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class CodingEvidence:
    """A person coded a line so. ``amount``: of the line, before tax."""

    id: uuid.UUID
    supplier_id: SupplierId
    payable_id: PayableId
    line_no: int
    text: str
    amount: Money
    coding: Coding
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CodingRule:
    """One rule. ``words``: all of them stand in the line's text; ``least``, ``most``: of a line's amount, inclusive.

    ``evidence``: ids of the codings it was learned from; ``decided_by``: login of who consented or refused.
    """

    id: uuid.UUID
    supplier_id: SupplierId
    words: tuple[str, ...]
    least: Money
    most: Money
    coding: Coding
    state: RuleState
    created_at: datetime
    created_by: str
    evidence: tuple[uuid.UUID, ...] = ()
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    version: int = 1


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text that say what was bought: letters only, folded, without names of months."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(_WORD.findall(folded)) - _MONTHS


def rule_for(rules: Iterable[CodingRule], text: str, amount: Money) -> CodingRule | None:
    """Return the active rule that fits a line; None where none does, or two equally good ones say different things.

    The one with more words is the better one.
    """
    words = words_of(text)
    fitting = [
        rule
        for rule in rules
        if rule.state is RuleState.ACTIVE
        and words.issuperset(rule.words)
        and rule.least.currency == amount.currency
        and rule.least.minor <= amount.minor <= rule.most.minor
    ]
    if not fitting:
        return None
    most = max(len(rule.words) for rule in fitting)
    best = sorted((rule for rule in fitting if len(rule.words) == most), key=lambda rule: str(rule.id))
    return best[0] if len({rule.coding for rule in best}) == 1 else None


def proposed_rules(
    supplier_id: SupplierId, evidence: Sequence[CodingEvidence], known: Sequence[CodingRule], *, at: datetime
) -> tuple[CodingRule, ...]:
    """Return rules that follow from what people coded and that nobody has decided on yet.

    Only the last coding of a line counts. A group of codings alike becomes a rule when at least
    :data:`EVIDENCE_MIN` payables agree, share words, and no other coding of this supplier contradicts it.
    """
    last = {(one.payable_id, one.line_no): one for one in sorted(evidence, key=lambda one: (one.at, str(one.id)))}
    groups: dict[tuple[Coding, str], list[CodingEvidence]] = defaultdict(list)
    for one in last.values():
        groups[one.coding, one.amount.currency.code].append(one)
    decided = {(rule.coding, rule.least.currency.code, rule.words) for rule in known}
    found = []
    for (coding, currency), alike in sorted(groups.items(), key=lambda item: (str(item[0]), len(item[1]))):
        shared = frozenset.intersection(*(words_of(one.text) for one in alike))
        words = tuple(sorted(sorted(shared, key=lambda word: (-len(word), word))[:RULE_WORDS_MAX]))
        if len({one.payable_id for one in alike}) < EVIDENCE_MIN or not words:
            continue
        others = (one for one in last.values() if one.coding != coding)
        if (coding, currency, words) in decided or any(words_of(one.text).issuperset(words) for one in others):
            continue
        amounts = [one.amount for one in alike]
        least, most = (pick(amounts, key=lambda amount: amount.minor) for pick in (min, max))
        found.append(
            CodingRule(
                id=derived_id(supplier_id, f"rule {coding} {currency} {' '.join(words)}"),
                supplier_id=supplier_id,
                words=words,
                least=_moved(least, -_SPREAD_PERCENT),
                most=_moved(most, _SPREAD_PERCENT),
                coding=coding,
                state=RuleState.PROPOSED,
                created_at=at,
                created_by="system",
                evidence=tuple(one.id for one in sorted(alike, key=lambda one: (one.at, str(one.id))))[
                    -EVIDENCE_SHOWN_MAX:
                ],
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A booking people have used for the like. ``times``: how often; ``like``: the text it was used for last."""

    coding: Coding
    times: int
    like: str


def suggested_codings(text: str, evidence: Iterable[CodingEvidence], *, limit: int = 3) -> tuple[Suggestion, ...]:
    """Return how people booked lines with words of this text, those with most words in common first."""
    words = words_of(text)
    shared: dict[Coding, list[tuple[int, CodingEvidence]]] = defaultdict(list)
    for one in evidence:
        common = len(words & words_of(one.text))
        if common:
            shared[one.coding].append((common, one))
    ranked = sorted(
        shared.items(), key=lambda item: (-max(common for common, _ in item[1]), -len(item[1]), item[0].account_code)
    )
    return tuple(
        Suggestion(coding, len(found), max(found, key=lambda one: (one[0], one[1].at))[1].text)
        for coding, found in ranked[:limit]
    )


def _moved(amount: Money, percent: int) -> Money:
    """Return the amount moved by a share of its size; of a negative amount too, downwards means smaller."""
    return Money(amount.minor + abs(amount.minor) * percent // 100, amount.currency)
