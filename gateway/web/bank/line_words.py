"""What explains a line of a statement, in the reader's words: reasons with figures, and the sum that proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.bank.bank_statement import StatementLine, StatementLineId
from gateway.domain.bank.line_match import LineMatch, MatchReason
from gateway.domain.bank.open_item import OpenItemId, StoredItem
from gateway.domain.money import Currency, Money
from gateway.web.words import Words

ENGINE = "engine"
_MILLI = 1000
_MONEY_FIGURES = frozenset(
    {"amount", "fee", "charges", "rent", "discount", "paid", "open", "withheld", "gross", "original", "short", "due"}
)
"""Figures of reasons that count minor units of the line's currency."""
_HIDDEN_FIGURES = frozenset({"line", "currency"})
_BASIS_POINTS = 100


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One piece of evidence. ``weight``: signed, with one decimal; ``against``: it speaks against the explanation."""

    words: str
    figures: tuple[str, ...]
    weight: str
    against: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of the sum that proves a match."""

    name: str
    detail: str
    amount: Money


@dataclass(frozen=True, slots=True)
class MatchView:
    """One explanation as a screen shows it. ``left_over``: what stays open on an item, when it was proposed."""

    id: str
    version: int
    state: str
    title: str
    by: str
    at: datetime | None
    note: str
    certain: bool
    score: str
    lead: str
    relation: str
    parts: tuple[PartView, ...]
    adjustments: tuple[PartView, ...]
    left_over: tuple[PartView, ...]
    line_amount: Money
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True)
class CandidateView:
    """An open item to choose."""

    id: str
    name: str
    detail: str
    remaining: Money


def match_view(
    match: LineMatch,
    line: StatementLine,
    items: Mapping[OpenItemId, StoredItem],
    others: Mapping[StatementLineId, StatementLine],
    text: Words,
) -> MatchView:
    """Return an explanation in words.

    Args:
        match: the explanation.
        line: the line it explains.
        items: the items it uses, as they are now.
        others: lines it names (paid before, taken back), as far as they are known.
        text: the reader's language.
    """
    currency = line.facts.amount.currency
    parts = tuple(_part(items.get(one.item_id), one.amount, text) for one in match.allocations)
    adjustments = tuple(
        PartView(text.translated("lines", f"adjust_{one.name}", one.name), one.account_code, one.amount)
        for one in match.adjustments
    )
    return MatchView(
        id=str(match.id),
        version=match.version,
        state=match.state.value,
        title=text.translated("lines_kind", match.kind, ""),
        by=_made_by(match, text),
        at=match.decided_at or match.made_at,
        note=match.note,
        certain=match.certain,
        score=milli(match.score_milli, text),
        lead=milli(match.lead_milli, text),
        relation=_relation(match, others, text),
        parts=parts,
        adjustments=adjustments,
        left_over=() if match.decided_at else _left_over(match, items, text),
        line_amount=line.facts.amount,
        reasons=tuple(reason_view(one, currency, text) for one in match.reasons),
    )


def reason_view(reason: MatchReason, currency: Currency, text: Words) -> ReasonView:
    """Return one piece of evidence in words and numbers."""
    figures = tuple(
        _figure(name, value, currency, text) for name, value in reason.figures if name not in _HIDDEN_FIGURES
    )
    return ReasonView(
        words=text.translated("lines_reason", reason.code, ""),
        figures=figures,
        weight=milli(reason.weight_milli, text, signed=True),
        against=reason.weight_milli < 0,
    )


def candidate_view(item: StoredItem, text: Words) -> CandidateView:
    """Return an open item as a choice."""
    return CandidateView(str(item.id), item_name(item, text), item_detail(item, text), item.remaining)


def item_name(item: StoredItem, text: Words) -> str:
    """Return by what people know an item: its number, or what it is."""
    return item.document or item.order or item.reference or text.translated("lines_source", item.source.value, "")


def item_detail(item: StoredItem, text: Words) -> str:
    """Return who and when."""
    terminal = "" if item.card is None else f"{item.card.brand} {item.card.terminal}".strip()
    days = text.day(item.issued) if item.due is None else f"{text.day(item.issued)} → {text.day(item.due)}"
    return " · ".join(part for part in (item.party_name or item.party, terminal, days) if part)


def because(match: LineMatch, currency: Currency, text: Words) -> str:
    """Return the strongest reason of an explanation, for a list."""
    strongest = max(match.reasons, key=lambda one: one.weight_milli, default=None)
    return "" if strongest is None else reason_view(strongest, currency, text).words


def milli(value: int, text: Words, *, signed: bool = False) -> str:
    """Return thousandths with one decimal: ``7.5``; ``signed``: with a plus too."""
    tenths = (abs(value) + _MILLI // 20) // (_MILLI // 10)
    sign = "−" if value < 0 and tenths else "+" if signed and tenths else ""
    return f"{sign}{tenths // 10}{text('format.decimal')}{tenths % 10}"


def _part(item: StoredItem | None, amount: Money, text: Words) -> PartView:
    if item is None:
        return PartView("–", "", amount)
    return PartView(item_name(item, text), item_detail(item, text), amount)


def _left_over(match: LineMatch, items: Mapping[OpenItemId, StoredItem], text: Words) -> tuple[PartView, ...]:
    left = []
    for one in match.allocations:
        item = items.get(one.item_id)
        if item is not None and item.remaining.currency == one.amount.currency and item.remaining != one.amount:
            left.append(PartView(item_name(item, text), "", item.remaining - one.amount))
    return tuple(left)


def _made_by(match: LineMatch, text: Words) -> str:
    who = match.decided_by or match.made_by
    if who == ENGINE:
        return text("lines.made_by_engine")
    return text("lines.waits_by" if match.state.value == "awaiting" else "lines.made_by_person", who=who)


def _relation(match: LineMatch, others: Mapping[StatementLineId, StatementLine], text: Words) -> str:
    for key, other_id in (("duplicate_of", match.duplicate_of), ("reverses", match.reverses)):
        other = None if other_id is None else others.get(other_id)
        if other is not None:
            return text(f"lines.{key}", n=other.number, day=text.day(other.facts.booked_on))
    return ""


def _figure(name: str, value: str | int, currency: Currency, text: Words) -> str:
    shown = str(value)
    if name in _MONEY_FIGURES and isinstance(value, int):
        shown = text.money(Money(value, currency))
    elif name == "rate_bp" and isinstance(value, int):
        shown = f"{value // _BASIS_POINTS}{text('format.decimal')}{value % _BASIS_POINTS:02}"
    key = f"lines_figure.{name}"
    return text(key, value=shown) if text.known(key) else f"{name.replace('_', ' ')} {shown}"
