"""What a count of a drawer found beside what the books say, in the shop's currency and in others.

Foreign cash goes to the safe when the shift closes: the float is in the shop's currency alone.
"""

from gateway.domain import accounts
from gateway.domain.errors import InputError
from gateway.domain.ledger import Transfer
from gateway.domain.money import AMOUNT_MINOR_MAX, Money
from gateway.domain.shifts.day_report import cash_difference_settled
from gateway.domain.shifts.shift import ForeignCount, Shift, ShiftFact
from gateway.ports.unit_of_work import UnitOfWork


def checked_foreign(shift: Shift, counted: tuple[Money, ...]) -> tuple[Money, ...]:
    """Return what was counted, or say what cannot be.

    Raises:
        InputError: ``invalid_count`` for the shift's own currency, one that comes twice, or an absurd amount.
    """
    codes = [one.currency.code for one in counted]
    for place, one in enumerate(counted):
        if one.currency == shift.currency or codes.count(one.currency.code) > 1:
            hint = f"Send each currency once, and {shift.currency.code} as `counted` or `pieces`."
            raise InputError("invalid_count", "The count cannot be right.", hint, f"/foreign/{place}/currency")
        if not 0 <= one.minor <= AMOUNT_MINOR_MAX:
            hint = "Send an amount of 0 or more."
            raise InputError("invalid_count", "The count cannot be right.", hint, f"/foreign/{place}/amount")
    return counted


def beside_the_books(unit: UnitOfWork, shift: Shift, counted: tuple[Money, ...]) -> tuple[ForeignCount, ...]:
    """Return each amount beside what should be in the drawer, in a unit that holds the shift."""
    return tuple(ForeignCount(one, _balance(unit, shift, one)) for one in checked_foreign(shift, counted))


def count_holds(unit: UnitOfWork, shift: Shift, count: ShiftFact) -> bool:
    """Return whether the drawer is, by the books, as it was when it was counted."""
    drawer = accounts.cash(shift.register_id)
    own = unit.shifts.balance(shift.tenant_id, shift.store_id, drawer, shift.currency)
    return own == count.expected and all(_balance(unit, shift, one.counted) == one.expected for one in count.foreign)


def closing_entries(shift: Shift, fact: ShiftFact, count: ShiftFact) -> tuple[Transfer, ...]:
    """Return the entries of closing for foreign cash: each difference, and all of it to the safe."""
    cause = accounts.Cause(shift.tenant_id, shift.store_id, fact.id, shift.id.hex, fact.recorded_at)
    drawer, found = accounts.cash(shift.register_id), accounts.cash_difference(shift.register_id)
    elsewhere = accounts.cash_elsewhere()
    entries: list[Transfer] = []
    for one in count.foreign:
        code = one.counted.currency.code
        entries += accounts.booked(cause, f"difference {code}", debit=drawer, credit=found, amount=one.difference)
        entries += accounts.booked(cause, f"to safe {code}", debit=elsewhere, credit=drawer, amount=one.counted)
    return tuple(entries)


def review_entries(shift: Shift, fact: ShiftFact, count: ShiftFact) -> tuple[Transfer, ...]:
    """Return the entries that settle each difference a manager has looked into."""
    cause = accounts.Cause(shift.tenant_id, shift.store_id, fact.id, shift.id.hex, fact.recorded_at)
    found, settled = accounts.cash_difference(shift.register_id), cash_difference_settled(shift.register_id)
    named = [(f"review {one.counted.currency.code}", one.difference) for one in count.foreign]
    if count.difference is not None:
        named.append(("review", count.difference))
    entries: list[Transfer] = []
    for name, difference in named:
        entries += accounts.booked(cause, name, debit=found, credit=settled, amount=difference)
    return tuple(entries)


def _balance(unit: UnitOfWork, shift: Shift, amount: Money) -> Money:
    drawer = accounts.cash(shift.register_id)
    return unit.shifts.balance(shift.tenant_id, shift.store_id, drawer, amount.currency)
