"""Why a line and the item it pays differ: discount, charges, another currency, withheld tax, a part, too much.

Each explanation has its weight and the amount that is left over under a name. Integers only; rates are integers too.
"""

from collections.abc import Iterator

import msgspec

from gateway.domain.currencies import CURRENCIES
from gateway.reconciliation.clues import Clues
from gateway.reconciliation.explanations import Adjustment, Kind, Reason, ReasonCode
from gateway.reconciliation.records import RATE_UNIT, Contracts, OpenItem, Settings
from gateway.reconciliation.references import range_end

ROUNDING_MINOR = 2
"""Payers round a discount line by line; two cents cover it."""
DISCOUNT_BP_MAX = 600
EQUAL_WEIGHT = 6.0


class Difference(msgspec.Struct, frozen=True, gc=False):
    """One way to explain the difference. ``applied``: minor units put on the item, with the item's sign."""

    kind: Kind
    applied: int
    adjustments: tuple[Adjustment, ...]
    reasons: tuple[Reason, ...]


def rounded_share(amount: int, part: int, whole: int) -> int:
    """Return amount * part / whole, rounded half to even, for amounts >= 0."""
    quotient, rest = divmod(amount * part, whole)
    return quotient + (2 * rest > whole or (2 * rest == whole and quotient % 2 == 1))


def explain_difference(clues: Clues, item: OpenItem, left: int, contracts: Contracts, settings: Settings) -> Difference:
    """Return the best explanation of why this line pays this item, equal amounts included.

    ``left`` is what is left of the item, minor units with its sign; the line has the same sign.
    """
    line = clues.line
    if line.currency != item.currency:
        return _other_currency(clues, item, left, contracts)
    sign = 1 if left > 0 else -1
    due, paid = left * sign, line.amount * sign
    if due == paid:
        code = ReasonCode.AMOUNT if left == item.amount else ReasonCode.AMOUNT_REST
        kind = Kind.EXACT if left == item.amount else Kind.REST
        return Difference(kind, left, (), (Reason(code, EQUAL_WEIGHT, (("amount", left),)),))
    ways = _more(due, paid) if paid > due else _less(clues, item, due, paid, settings)
    return max(
        (_signed(kind, sign, due, paid, name, reason) for kind, name, reason in ways),
        key=lambda way: sum(reason.weight for reason in way.reasons),
    )


def _signed(kind: Kind, sign: int, due: int, paid: int, name: str, reason: Reason) -> Difference:
    if kind is Kind.PARTIAL:
        return Difference(kind, paid * sign, (), (reason,))
    return Difference(kind, due * sign, (Adjustment(name, (paid - due) * sign),), (reason,))


_Way = tuple[Kind, str, Reason]


def _less(clues: Clues, item: OpenItem, due: int, paid: int, settings: Settings) -> Iterator[_Way]:
    short = due - paid
    yield from _discounts(clues, item, due, short, settings)
    if short <= settings.fee_max and paid * 2 > due:
        weight = 0.5 + 1.5 * (short % 50 == 0) + (2.5 if clues.charges or "XBCT" in clues.line.code else 0.0)
        yield Kind.FEE, "fee", Reason(ReasonCode.FEE, weight - 1.0, (("charges", short), ("amount", due)))
    if short > settings.fee_max:
        yield from _withheld(due, short, settings)
    weight = (
        -4.0
        - 8.0 * (range_end(clues.words, clues.hits) is not None)
        + 2.5 * clues.part
        + 1.0 * (paid % 1000 == 0)
        + (0.5 if clues.rest else 0.0)
    )
    yield Kind.PARTIAL, "", Reason(ReasonCode.LESS, weight, (("paid", paid), ("open", due)))


def _withheld(due: int, short: int, settings: Settings) -> Iterator[_Way]:
    """Yield tax kept back: a usual rate of the whole amount, or of the amount before value added tax."""
    for bp in settings.withholding_bp:
        figures = (("withheld", short), ("rate_bp", bp))
        if abs(rounded_share(due, bp, 10_000) - short) <= ROUNDING_MINOR:
            yield Kind.WITHHOLDING, "withholding", Reason(ReasonCode.WITHHELD, -1.0, figures)
        for vat in settings.vat_permille:
            # Forty-nine amounts are possible: only one that is hit to the unit tells anything.
            if abs(due * 1000 * bp - short * 10_000 * (1000 + vat)) <= 10_000 * (1000 + vat) // 2:
                yield Kind.WITHHOLDING, "withholding", Reason(ReasonCode.WITHHELD, -2.0, (*figures, ("vat", vat)))


def _discounts(clues: Clues, item: OpenItem, due: int, short: int, settings: Settings) -> Iterator[_Way]:
    named = 0.8 if clues.discount else 0.0
    if not item.discount_bp:
        if clues.discount and short * 10_000 <= due * DISCOUNT_BP_MAX:
            figures = (("discount", short), ("amount", due))
            yield Kind.CASH_DISCOUNT, "discount", Reason(ReasonCode.DISCOUNT_LATE, 0.5, figures)
        return
    late = item.discount_until is not None and clues.line.booked > item.discount_until
    gross = abs(item.amount)
    bases = [(gross, ReasonCode.DISCOUNT_LATE if late else ReasonCode.DISCOUNT, 5.2 if late else 5.6)]
    bases += [
        (
            rounded_share(gross, 1000, 1000 + vat),
            ReasonCode.DISCOUNT_NET,
            4.6 if vat == settings.vat_permille[0] else 3.2,
        )
        for vat in settings.vat_permille
    ]
    for base, code, weight in bases:
        off = abs(rounded_share(base, item.discount_bp, 10_000) - short)
        if off <= ROUNDING_MINOR:
            told = (("discount", short), ("rate_bp", item.discount_bp), ("base", base), ("off", off))
            yield Kind.CASH_DISCOUNT, "discount", Reason(code, weight - 0.5 * off + named, told)


def _more(due: int, paid: int) -> Iterator[_Way]:
    over = paid - due
    figures = (("paid", paid), ("open", due))
    if _digits_swapped(due, paid):
        yield Kind.OVERPAID, "over", Reason(ReasonCode.DIGITS_SWAPPED, 2.5, figures)
    if paid % 1000 == 0 and over < 1000:
        weight = 2.5
    elif over % 10 == 0 and over <= 2500:
        weight = 1.5
    else:
        weight = 0.0 if over * 50 <= due else -2.5 if over * 10 <= due else -9.0
    yield Kind.OVERPAID, "over", Reason(ReasonCode.MORE, weight - 1.5, figures)


def _digits_swapped(due: int, paid: int) -> bool:
    one, two = str(due), str(paid)
    if len(one) != len(two):
        return False
    places = [at for at, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and one[places[0]] == two[places[1]]
        and one[places[1]] == two[places[0]]
    )


def _other_currency(clues: Clues, item: OpenItem, left: int, contracts: Contracts) -> Difference:
    line = clues.line
    rest = (Adjustment("fx", line.amount - left),)
    if line.original is not None:
        amount, currency = line.original
        equal = currency == item.currency and amount == left
        weight = 6.5 if equal else -8.0
        reason = Reason(ReasonCode.ORIGINAL_AMOUNT, weight, (("original", amount), ("currency", currency)))
        return Difference(Kind.FX, left, rest, (reason,))
    rate = _rate(clues, item.currency, contracts)
    if not rate:
        return Difference(Kind.FX, left, rest, (Reason(ReasonCode.RATE, -3.0),))
    here, there = _decimals(line.currency), _decimals(item.currency)
    mid = rounded_share(abs(left) * 10**here, RATE_UNIT, rate * 10**there)
    # What the bank kept, in hundredths of a percent of the amount at the mid rate.
    kept_bp = (mid - abs(line.amount)) * 10_000 // max(1, mid)
    weight = (
        3.5 if -30 <= kept_bp <= 220 else 1.5 if -80 <= kept_bp <= 350 else -2.0 if -300 <= kept_bp <= 700 else -8.0
    )
    figures = (("currency", item.currency), ("at_mid", mid), ("kept_bp", kept_bp))
    return Difference(Kind.FX, left, rest, (Reason(ReasonCode.RATE, weight, figures),))


def _decimals(currency: str) -> int:
    """Return the decimal places of a currency; two where it is none of ISO 4217."""
    known = CURRENCIES.get(currency)
    return 2 if known is None else known[1]


def _rate(clues: Clues, currency: str, contracts: Contracts) -> int | None:
    """Return the units of a currency for one of the line's, in millionths; crossed where rates are for a third one."""
    day = contracts.rates.get(clues.line.booked)
    if not day:
        return None
    ours = day.get(clues.line.currency)
    if ours is None:
        return day.get(currency)
    return rounded_share(day.get(currency, RATE_UNIT), RATE_UNIT, ours) if ours else None
