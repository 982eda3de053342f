"""Signs that a payable is not as usual for its supplier: amount, time, round sums, and splitting below a limit.

Medians and median deviations are used, not means: one huge invoice in the past must not make the next one look usual.
Everything is integer arithmetic in minor units and days.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableKind
from gateway.domain.payables.signs import Sign, SignKind, sign

HISTORY_MIN = 5
"""With fewer earlier invoices nothing is usual yet."""
_DEVIATIONS = 5
"""Median deviations above the median from which on an amount is unusual; 5 are about 3.4 standard deviations of a
normal distribution (one is 1.4826 median deviations)."""
_SPREAD_MIN_PERCENT = 10
"""A supplier that always bills the same may still bill half as much more without a sign: 5 times this."""
_SOONER = 3
"""So many times sooner than usual is a sign."""
_GAP_MIN_DAYS = 7
ROUND_UNITS = 1000

History = Sequence[tuple[date, Money]]


def usual_signs(payable: Payable, earlier: History, limits: Sequence[Money]) -> tuple[Sign, ...]:
    """Return what is unusual of a payable.

    Args:
        payable: the payable.
        earlier: date and gross amount of the supplier's other invoices, oldest first; later dates do no harm.
        limits: amounts from which on more people have to approve; only those in its currency matter.
    """
    if payable.kind is PayableKind.CREDIT_NOTE:
        return ()
    found = (
        _amount(payable, earlier),
        _timing(payable, earlier),
        _round(payable),
        _split(payable, earlier, limits),
    )
    return tuple(one for one in found if one is not None)


def median(values: Sequence[int]) -> int:
    """Return the median of at least one whole number; of an even number of them the lower of the two in the middle."""
    return sorted(values)[(len(values) - 1) // 2]


def _amount(payable: Payable, earlier: History) -> Sign | None:
    amounts = [one.minor for _, one in earlier if one.currency == payable.gross.currency]
    if len(amounts) < HISTORY_MIN:
        return None
    usual = median(amounts)
    spread = max(median([abs(one - usual) for one in amounts]), usual * _SPREAD_MIN_PERCENT // 100)
    highest = usual + _DEVIATIONS * spread
    if payable.gross.minor <= highest:
        return None
    currency = payable.gross.currency
    return sign(
        SignKind.AMOUNT_UNUSUAL,
        amount=_shown(payable.gross),
        usual=_shown(Money(usual, currency)),
        highest=_shown(Money(highest, currency)),
        invoices=str(len(amounts)),
    )


def _timing(payable: Payable, earlier: History) -> Sign | None:
    days = sorted({day for day, _ in earlier if day <= payable.issued_on})
    gaps = [(later - sooner).days for sooner, later in pairwise(days)]
    if len(gaps) < HISTORY_MIN:
        return None
    usual, now = median(gaps), (payable.issued_on - days[-1]).days
    if usual < _GAP_MIN_DAYS or now * _SOONER >= usual:
        return None
    return sign(SignKind.TIMING_UNUSUAL, days=str(now), usual=str(usual), last=days[-1].isoformat())


def _round(payable: Payable) -> Sign | None:
    step = ROUND_UNITS * 10**payable.gross.currency.exponent
    if payable.gross.minor < step or payable.gross.minor % step:
        return None
    return sign(SignKind.ROUND_SUM, amount=_shown(payable.gross))


def _split(payable: Payable, earlier: History, limits: Sequence[Money]) -> Sign | None:
    gross = payable.gross
    same_day = [one.minor for day, one in earlier if day == payable.issued_on and one.currency == gross.currency]
    together = gross.minor + sum(same_day)
    passed = [one for one in limits if one.currency == gross.currency and gross.minor < one.minor <= together]
    # Somebody who has passed the limit with one invoice alone did not split it.
    if not same_day or not passed or max(same_day) >= min(one.minor for one in passed):
        return None
    lowest = min(passed, key=lambda one: one.minor)
    return sign(
        SignKind.SPLIT_BELOW_LIMIT,
        invoices=str(len(same_day) + 1),
        together=_shown(Money(together, gross.currency)),
        limit=_shown(lowest),
        date=payable.issued_on.isoformat(),
    )


def _shown(amount: Money) -> str:
    return f"{amount.to_decimal()} {amount.currency.code}"
