"""Lines of orders in requests, from people, programs and ERPs alike."""

from decimal import Decimal

from gateway.domain.payables.order_wish import LineWish
from gateway.web.payables.order_shapes import AskedPurchaseLine
from gateway.web.payments.payments_api import asked_money

_AS_THEY_ARE = ("line_no", "text", "sku", "supplier_sku", "unit", "tax_code", "account_code", "cost_centre", "ways")


def asked_line(line: AskedPurchaseLine, pointer: str) -> LineWish:
    """Return an order line as it is asked for.

    Raises:
        InputError: ``unknown_currency``, or what is wrong with the amount.
    """
    amount, over, under = line.amount, line.over_percent, line.under_percent
    return LineWish(
        **{name: getattr(line, name) for name in _AS_THEY_ARE},
        quantity=Decimal(line.quantity),
        price=Decimal(line.price),
        price_per=Decimal(line.price_per),
        amount=None if amount is None else asked_money(amount.amount, amount.currency, f"{pointer}/amount"),
        over_percent=None if over is None else Decimal(over),
        under_percent=None if under is None else Decimal(under),
    )
