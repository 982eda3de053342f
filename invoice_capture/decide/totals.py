"""Net, tax, total, prepaid and payable, chosen so that they add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

_CENT = Decimal("0.01")
_TOLERANCE = Decimal("0.02")
"""Rounding per line may part a printed sum from the sum of its parts by this much."""
_KEPT = 12
_HOLDS = 0.9
_NEARLY = 0.55
_ZERO_TAX = 0.35
"""Net is total and no tax: a weaker proof, any amount fits itself."""
_BREAKS = -0.9
_PAYABLE_HOLDS = 0.25
_TAX_SHARE_MAX = Decimal("0.35")
_UNPRINTED = 0.12
_CLEAR = 0.7
_AS_TOTAL = 0.62
_LEFT_OUT = 0.6


@dataclass(frozen=True, slots=True)
class Option:
    """An amount a sum may be. ``score``: 0..1 of its label; ``source``: any mark of the caller, carried along."""

    value: Decimal
    score: float
    source: object = None


@dataclass(frozen=True, slots=True)
class Options:
    """What may be what; ``printed``: every amount of the document, for sums that have no label."""

    net: tuple[Option, ...] = ()
    tax: tuple[Option, ...] = ()
    total: tuple[Option, ...] = ()
    payable: tuple[Option, ...] = ()
    prepaid: tuple[Option, ...] = ()
    rounding: tuple[Option, ...] = ()
    printed: frozenset[Decimal] = frozenset()


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums decided on, None where there is none. ``score``: comparable among decisions of one document.

    ``holds``: net and tax are the total; None when one of the three is missing.
    """

    net: Option | None = None
    tax: Option | None = None
    total: Option | None = None
    payable: Option | None = None
    prepaid: Option | None = None
    rounding: Option | None = None
    score: float = 0.0

    @property
    def holds(self) -> bool | None:
        """Whether net plus tax is the total."""
        if self.net is None or self.tax is None or self.total is None:
            return None
        return abs(self.net.value + self.tax.value - self.total.value) <= _TOLERANCE

    @property
    def payable_holds(self) -> bool | None:
        """Whether the total less what was paid before is what is left to pay."""
        if self.total is None or self.payable is None or self.prepaid is None:
            return None
        rounding = self.rounding.value if self.rounding is not None else Decimal(0)
        left = self.total.value - abs(self.prepaid.value) * _sign(self.total.value) + rounding
        return abs(left - self.payable.value) <= _TOLERANCE


def decide(options: Options) -> Totals:
    """Return the sums with the highest score: labels and arithmetic together.

    A sum without a label is computed from the other two; it counts as found when the amount is printed.
    """
    nets, taxes, totals = (_best(one) for one in (options.net, options.tax, options.total))
    payables = _best(options.payable)
    # What is to be paid is the total of an invoice on which nothing was paid before.
    from_payable = [replace(one, score=one.score * _AS_TOTAL) for one in payables]
    every_total = _best((*totals, *from_payable))
    found = [Totals()]
    for total in _or_none(every_total):
        found += [_completed(net, tax, total, options.printed) for net in [*nets, None] for tax in [*taxes, None]]
    found = [_less_left_out(one, nets, taxes, every_total, options.printed) for one in found]
    best = max(found, key=lambda one: one.score)
    return _with_payable(best, options)


def _less_left_out(
    totals: Totals,
    nets: Sequence[Option],
    taxes: Sequence[Option],
    every: Sequence[Option],
    printed: frozenset[Decimal],
) -> Totals:
    """Score a choice down that passes over a clear label: a contradiction is shown, not computed away."""
    loss = 0.0
    for chosen, offered in ((totals.net, nets), (totals.tax, taxes), (totals.total, every)):
        left_out = chosen is None or (
            chosen.value not in {one.value for one in offered} and chosen.value not in printed
        )
        if left_out and offered and offered[0].score > _CLEAR:
            loss += _LEFT_OUT * offered[0].score
    return replace(totals, score=totals.score - loss)


def _or_none(options: Sequence[Option]) -> Sequence[Option | None]:
    return options or (None,)


def _best(options: Iterable[Option]) -> list[Option]:
    """The best options, each value once; the same value in several places counts a little more."""
    merged: dict[Decimal, Option] = {}
    for one in sorted(options, key=lambda one: -one.score):
        known = merged.get(one.value)
        merged[one.value] = one if known is None else replace(known, score=min(1.0, known.score + 0.1 * one.score))
    return sorted(merged.values(), key=lambda one: -one.score)[:_KEPT]


def _completed(net: Option | None, tax: Option | None, total: Option | None, printed: frozenset[Decimal]) -> Totals:
    """Score a choice; when one of the three is missing it is computed if that makes sense."""
    labelled = sum(one.score for one in (net, tax, total) if one is not None)
    if net is not None and tax is not None and total is not None:
        return Totals(net, tax, total, score=labelled + _agreement(net.value, tax.value, total.value))
    if total is not None and tax is not None and net is None:
        value = total.value - tax.value
        if _plausible(value, tax.value):
            seen = value in printed
            gain = (_HOLDS * 0.6 if seen and tax.value else _UNPRINTED) - (0.0 if seen else 0.05)
            return Totals(Option(value, 0.5 if seen else 0.3), tax, total, score=labelled + gain)
        return Totals(None, None, total, score=total.score)
    if total is not None and net is not None and tax is None:
        value = total.value - net.value
        if not value:
            return Totals(net, None, total, score=labelled + _ZERO_TAX * 0.5)
        if _plausible(net.value, value):
            seen = value in printed
            return Totals(
                net, Option(value, 0.5 if seen else 0.25), total, score=labelled + (_HOLDS * 0.6 if seen else 0.0)
            )
        return Totals(net, None, total, score=labelled + _BREAKS)
    if net is not None and tax is not None and total is None:
        value = net.value + tax.value
        seen = value in printed
        if _plausible(net.value, tax.value):
            gain = _HOLDS * 0.6 if seen else _UNPRINTED
            return Totals(net, tax, Option(value, 0.5 if seen else 0.3), score=labelled + gain)
    return Totals(net, None, total, score=labelled if tax is None else labelled - tax.score)


def _agreement(net: Decimal, tax: Decimal, total: Decimal) -> float:
    off = abs(net + tax - total)
    if off > _TOLERANCE:
        return _BREAKS
    if not tax:
        return _ZERO_TAX
    if not _plausible(net, tax):
        return _BREAKS
    return _HOLDS if not off else _NEARLY


def _plausible(net: Decimal, tax: Decimal) -> bool:
    """Whether a tax may belong to a net amount: same sign, and no more than the highest rate of the world."""
    if not tax:
        return True
    return net * tax > 0 and abs(tax) <= abs(net) * _TAX_SHARE_MAX


def _with_payable(totals: Totals, options: Options) -> Totals:
    """Add what was paid before and what is left; without a label the total is to be paid."""
    payables, prepaids, roundings = (_best(one) for one in (options.payable, options.prepaid, options.rounding))
    if totals.total is None:
        return replace(totals, payable=payables[0] if payables else None)
    total = totals.total.value
    best: tuple[float, Option | None, Option | None, Option | None] = (0.0, None, None, None)
    for payable in _or_none(payables):
        for prepaid in [None, *prepaids]:
            for rounding in [None, *roundings]:
                score = _payable_score(total, payable, prepaid, rounding)
                if score > best[0]:
                    best = (score, payable, prepaid, rounding)
    if best[1] is not None:
        return replace(totals, payable=best[1], prepaid=best[2], rounding=best[3])
    left = payables[0] if payables else _left(totals.total, prepaids)
    paid = next((one for one in prepaids if one.value and left.value != total), None)
    return replace(totals, payable=left, prepaid=paid)


def _left(total: Option, prepaids: Sequence[Option]) -> Option:
    paid = next((one for one in prepaids if one.value), None)
    if paid is None or abs(paid.value) > abs(total.value):
        return replace(total, score=total.score * 0.9)
    return Option(total.value - abs(paid.value) * _sign(total.value), min(total.score, paid.score) * 0.5)


def _payable_score(total: Decimal, payable: Option | None, prepaid: Option | None, rounding: Option | None) -> float:
    if payable is None:
        return 0.0
    paid = abs(prepaid.value) * _sign(total) if prepaid is not None else Decimal(0)
    extra = rounding.value if rounding is not None else Decimal(0)
    off = abs(total - paid + extra - payable.value)
    labels = sum(one.score for one in (payable, prepaid, rounding) if one is not None and one.value)
    if off > _TOLERANCE:
        # Older claims may be added to what this invoice asks for: the label alone counts.
        return payable.score - _PAYABLE_HOLDS if prepaid is None and rounding is None else 0.0
    return labels + _PAYABLE_HOLDS


def _sign(value: Decimal) -> int:
    return -1 if value < 0 else 1


def summed(parts: Sequence[Decimal]) -> Decimal:
    """Return the sum of amounts, in cents at least."""
    return sum(parts, Decimal(0)).quantize(_CENT) if parts else Decimal(0)
