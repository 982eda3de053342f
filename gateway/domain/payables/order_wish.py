"""What people and programs say about orders and deliveries: checked before anything is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from gateway.domain.errors import InputError
from gateway.domain.ids import PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.payables.purchase import MatchWays, OrderLine, PurchaseOrder

LINES_MAX = 1000
LINE_NO_MAX = 99_999
DIGITS_MAX = 15
PLACES_MAX = 6
PERCENT_MAX = Decimal(100)
TEXT_MAX = 200
_CODES = ("sku", "supplier_sku", "unit", "tax_code", "account_code", "cost_centre")
CODE_MAX = 64


@dataclass(frozen=True, slots=True)
class LineWish:
    """One line as given. ``amount``: minor units, None: quantity times price; the rest as in :class:`OrderLine`."""

    line_no: int
    text: str
    quantity: Decimal
    price: Decimal
    amount: Money | None = None
    price_per: Decimal = Decimal(1)
    sku: str = ""
    supplier_sku: str = ""
    unit: str = ""
    tax_code: str = ""
    account_code: str = ""
    cost_centre: str = ""
    ways: MatchWays = MatchWays.THREE_WAY
    over_percent: Decimal | None = None
    under_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderWish:
    """An order as given; fields as in :class:`PurchaseOrder`. ``freight``: None for none."""

    number: str
    supplier_id: SupplierId
    ordered_on: date
    currency: str
    lines: tuple[LineWish, ...]
    freight: Money | None = None
    closed: bool = False


def order_of(
    tenant_id: TenantId, store_id: StoreId, order_id: PurchaseOrderId, wish: OrderWish, *, version: int
) -> PurchaseOrder:
    """Return the order that is given.

    Raises:
        InputError: ``invalid_order`` with the field, ``unknown_currency``, ``currency_mismatch``.
    """
    number = wish.number.strip()
    _must(0 < len(number) <= CODE_MAX, "number", f"A number has 1 to {CODE_MAX} signs.")
    _must(0 < len(wish.lines) <= LINES_MAX, "lines", f"An order has 1 to {LINES_MAX} lines.")
    numbers = [line.line_no for line in wish.lines]
    _must(len(set(numbers)) == len(numbers), "lines", "Two lines have the same number.")
    try:
        currency = Currency.of(wish.currency)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, "/currency") from error
    freight = wish.freight or Money(0, currency)
    _must(freight.currency == currency, "freight", "The freight is in another currency.")
    _must(0 <= freight.minor <= AMOUNT_MINOR_MAX, "freight", "The freight is below zero or too large.")
    return PurchaseOrder(
        tenant_id=tenant_id,
        store_id=store_id,
        id=order_id,
        number=number,
        supplier_id=wish.supplier_id,
        ordered_on=wish.ordered_on,
        currency=currency.code,
        lines=tuple(_line(line, currency, f"lines/{place}") for place, line in enumerate(wish.lines)),
        freight=freight,
        closed=wish.closed,
        version=version,
    )


def line_amount(quantity: Decimal, price: Decimal, price_per: Decimal, currency: Currency) -> Money:
    """Return quantity times price, rounded half up to the minor unit.

    Raises:
        InputError: ``invalid_order`` when it is larger than any amount we know.
    """
    minor = (quantity * price / price_per).scaleb(currency.exponent).to_integral_value(ROUND_HALF_UP)
    if not 0 <= minor <= AMOUNT_MINOR_MAX:
        raise InputError("invalid_order", "The amount of a line is too large.", "Check quantity and price.", "/lines")
    return Money(int(minor), currency)


def check_quantity(value: Decimal, field: str) -> None:
    """Refuse a number that is none, too long, or has too many decimal places.

    Raises:
        InputError: ``invalid_order``.
    """
    fits = value.is_finite() and len(value.as_tuple().digits) <= DIGITS_MAX and value.adjusted() < DIGITS_MAX
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else PLACES_MAX + 1
    _must(fits and places <= PLACES_MAX, field, f"A number has at most {DIGITS_MAX} digits and {PLACES_MAX} places.")


def vanished_lines(before: PurchaseOrder, now: PurchaseOrder, used: Sequence[int]) -> tuple[int, ...]:
    """Return the lines something was received or billed on that the order would not have any more."""
    kept = {line.line_no for line in now.lines}
    return tuple(sorted({line.line_no for line in before.lines} & set(used) - kept))


def _line(wish: LineWish, currency: Currency, place: str) -> OrderLine:
    _must(1 <= wish.line_no <= LINE_NO_MAX, f"{place}/line_no", f"A line has a number of 1 to {LINE_NO_MAX}.")
    text = " ".join(wish.text.split())
    _must(0 < len(text) <= TEXT_MAX, f"{place}/text", f"A line has a text of 1 to {TEXT_MAX} signs.")
    for name in ("quantity", "price", "price_per"):
        check_quantity(getattr(wish, name), f"{place}/{name}")
    _must(wish.quantity > 0, f"{place}/quantity", "The quantity is above zero.")
    _must(wish.price >= 0, f"{place}/price", "The price is not below zero.")
    _must(wish.price_per > 0, f"{place}/price_per", "The quantity the price is for is above zero.")
    for name in ("over_percent", "under_percent"):
        percent = getattr(wish, name)
        if percent is not None:
            check_quantity(percent, f"{place}/{name}")
            _must(0 <= percent <= PERCENT_MAX, f"{place}/{name}", "A tolerance lies between 0 and 100 percent.")
    codes = {name: getattr(wish, name).strip() for name in _CODES}
    for name, code in codes.items():
        _must(len(code) <= CODE_MAX, f"{place}/{name}", f"A code has at most {CODE_MAX} signs.")
    amount = wish.amount or line_amount(wish.quantity, wish.price, wish.price_per, currency)
    _must(amount.currency == currency, f"{place}/amount", "The amount is in another currency.")
    _must(0 <= amount.minor <= AMOUNT_MINOR_MAX, f"{place}/amount", "The amount is below zero or too large.")
    return OrderLine(
        line_no=wish.line_no,
        text=text,
        quantity=wish.quantity,
        price=wish.price,
        amount=amount,
        price_per=wish.price_per,
        ways=wish.ways,
        over_percent=wish.over_percent,
        under_percent=wish.under_percent,
        **codes,
    )


def _must(fits: bool, field: str, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    if not fits:
        raise InputError("invalid_order", message, "Correct this field.", f"/{field}")
