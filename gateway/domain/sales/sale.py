"""A sale at the till: what was sold, and the total that payments have to cover."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, SaleId, StoreId, TenantId
from gateway.domain.money import Money

LINES_MAX = 500
"""More lines than any receipt roll carries sensibly; bounds memory and paper."""


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line: ``quantity`` with up to three decimals, ``unit_price`` and ``amount`` in the sale's currency."""

    text: str
    quantity: Decimal
    unit_price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Sale:
    """Goods sold at one register. ``lines`` may be empty when only an amount was keyed in."""

    tenant_id: TenantId
    store_id: StoreId
    id: SaleId
    register_id: RegisterId
    total: Money
    lines: tuple[SaleLine, ...]
    created_at: datetime
    created_by: str


def check_lines(lines: tuple[SaleLine, ...], total: Money) -> None:
    """Check that each line is quantity x price, rounded half up to the minor unit, and that the lines make the total.

    Raises:
        InputError: ``line_does_not_add_up`` or ``totals_do_not_add_up``, naming the line or the difference.
    """
    for number, line in enumerate(lines):
        expected = _product(line, total)
        if expected != line.amount:
            right = "no amount in the currency of the sale" if expected is None else expected.to_decimal()
            raise InputError(
                "line_does_not_add_up",
                f"Line {number + 1}: quantity times price is {right}, not {line.amount.to_decimal()}.",
                "Send the line amount rounded half up to the minor unit.",
                f"/lines/{number}/amount",
            )
    if lines and sum(line.amount.minor for line in lines) != total.minor:
        got = Money(sum(line.amount.minor for line in lines), total.currency).to_decimal()
        raise InputError(
            "totals_do_not_add_up",
            f"The lines add up to {got}, the amount is {total.to_decimal()}.",
            "Send lines that add up to the amount, or no lines.",
            "/lines",
        )


def _product(line: SaleLine, total: Money) -> Money | None:
    """Return quantity x price, or None for another currency or a quantity beyond all arithmetic."""
    if line.unit_price.currency != total.currency:
        return None
    try:
        exact = line.quantity * line.unit_price.minor
        return Money(int(exact.quantize(Decimal(1), rounding="ROUND_HALF_UP")), total.currency)
    except (ArithmeticError, ValueError):
        return None
