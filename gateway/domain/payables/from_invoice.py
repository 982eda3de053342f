"""What a captured invoice claims, as the values of a payable.

Pure: who the supplier is, and when it is due where nothing is printed, is for the caller to say.
Amounts become positive: a document that takes back (a credit note, or an invoice below zero) is a credit note.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from gateway.domain.documents.current_values import value_of
from gateway.domain.documents.invoice_sums import decimal_of
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.domain.payables.matching_pairs import role_by_words
from gateway.domain.payables.payable import PayableKind, PayableLine, PayableTax
from gateway.domain.payables.structured_reference import reference_in
from gateway.domain.payables.supplier import DiscountStep
from invoice_capture.model import CapturedField, CapturedInvoice, CapturedLine, DocumentType, FieldName

CLAIMS = frozenset({DocumentType.INVOICE, DocumentType.CREDIT_NOTE})
"""What is owed; a receipt is paid already, a reminder and a statement repeat what other documents claim."""
ORDERS_MAX = 20
PREPAID_LINE = "Paid in advance"
DISCOUNT_WORD, SURCHARGE_WORD = "Discount", "Surcharge"
_BETWEEN_ORDERS = re.compile(r"[,;\n]+")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document claims. ``due_on``: as printed, None without; ``number``: empty without.

    ``prepaid``: what was paid in advance, already a line of its own that lowers ``net`` and ``gross``.
    """

    kind: PayableKind
    number: str
    issued_on: date | None
    due_on: date | None
    net: Money
    tax: Money
    gross: Money
    lines: tuple[PayableLine, ...]
    taxes: tuple[PayableTax, ...]
    discounts: tuple[DiscountStep, ...]
    order_numbers: tuple[str, ...]
    rounding: Money | None
    prepaid: Money | None
    printed_iban: str
    reference: str


def claim_of(invoice: CapturedInvoice) -> Claim | None:
    """Return what a document claims; None when it claims nothing (any more), or nothing that can be counted.

    Args:
        invoice: with its values as they are now.
    """
    if invoice.document_type not in CLAIMS:
        return None
    try:
        currency = Currency.of(value_of(invoice, FieldName.CURRENCY))
    except InputError:
        return None
    total = _money(value_of(invoice, FieldName.TOTAL), currency)
    if total is None:
        return None
    turned = -1 if total.minor < 0 else 1
    credit = turned < 0 or invoice.document_type is DocumentType.CREDIT_NOTE
    issued_on = _day(value_of(invoice, FieldName.DATE))
    net, tax = _net_and_tax(invoice, total)
    claim = Claim(
        kind=PayableKind.CREDIT_NOTE if credit else PayableKind.INVOICE,
        number=value_of(invoice, FieldName.INVOICE_NUMBER),
        issued_on=issued_on,
        due_on=_day(value_of(invoice, FieldName.DUE_DATE)),
        net=_turn(net, turned),
        tax=_turn(tax, turned),
        gross=_turn(total, turned),
        lines=_lines_of(invoice, currency, turned),
        taxes=tuple(_taxes(invoice, currency, turned)),
        discounts=_discounts(invoice, issued_on),
        order_numbers=_orders(value_of(invoice, FieldName.ORDER_REF)),
        rounding=None,
        prepaid=None,
        printed_iban=value_of(invoice, FieldName.IBAN),
        reference=reference_in(value_of(invoice, FieldName.PAYMENT_REF)),
    )
    claim = _to_pay(claim, invoice, currency)
    return claim if claim.gross.minor else None


def _to_pay(claim: Claim, invoice: CapturedInvoice, currency: Currency) -> Claim:
    """Take what was paid in advance off, and the rounding of the whole document in: never is more asked than is due."""
    prepaid = _money(value_of(invoice, FieldName.PREPAID), currency)
    rounding = _money(value_of(invoice, FieldName.ROUNDING), currency)
    if rounding is not None and rounding.minor and (claim.gross + rounding).minor >= 0:
        claim = replace(claim, gross=claim.gross + rounding, rounding=rounding)
    if prepaid is None or not 0 < prepaid.minor <= claim.gross.minor:
        return claim
    line_no = len(claim.lines) + 1
    price = -Decimal(prepaid.to_decimal())
    line = PayableLine(line_no, PREPAID_LINE, Decimal(1), price, -prepaid, tax_percent=Decimal(0))
    return replace(
        claim, net=claim.net - prepaid, gross=claim.gross - prepaid, lines=(*claim.lines, line), prepaid=prepaid
    )


def _net_and_tax(invoice: CapturedInvoice, total: Money) -> tuple[Money, Money]:
    """Return both, the missing one as the rest of the total; without either there is no tax."""
    net = _money(value_of(invoice, FieldName.NET), total.currency)
    tax = _money(value_of(invoice, FieldName.TAX), total.currency)
    if net is None:
        tax = tax or Money(0, total.currency)
        return total - tax, tax
    return net, tax if tax is not None else total - net


def _lines_of(invoice: CapturedInvoice, currency: Currency, turned: int) -> tuple[PayableLine, ...]:
    lines = tuple(_lines(invoice, currency, turned))
    return (*lines, *_adjustments(invoice, currency, turned, first=len(lines) + 1))


def _lines(invoice: CapturedInvoice, currency: Currency, turned: int) -> Iterator[PayableLine]:
    # A line without price and amount is a heading, or a text between the lines.
    counted = [line for line in invoice.lines if _cell(line.price) or _cell(line.amount)]
    for line_no, line in enumerate(counted, 1):
        quantity, price, amount = _figures(line, currency, stated=bool(invoice.syntax))
        yield PayableLine(
            line_no=line_no,
            text=_cell(line.text),
            quantity=quantity,
            price=price if turned > 0 else -price,
            amount=_turn(amount, turned),
            unit=_cell(line.unit),
            tax_percent=_rate(line.rate),
        )


def _adjustments(invoice: CapturedInvoice, currency: Currency, turned: int, *, first: int) -> Iterator[PayableLine]:
    """Return allowances and charges of the whole document as lines, in words by which matching knows what they are."""
    told = [(one, _money(_cell(one.amount), currency)) for one in invoice.adjustments]
    counted = [(one, amount) for one, amount in told if amount is not None and amount.minor]
    for line_no, (one, amount) in enumerate(counted, first):
        line = PayableLine(
            line_no=line_no,
            text=_cell(one.text),
            quantity=Decimal(1),
            price=Decimal(amount.to_decimal()) * turned,
            amount=_turn(amount, turned),
            tax_percent=_rate(one.rate),
        )
        known = role_by_words(line, 0) is not None
        word = DISCOUNT_WORD if line.amount.minor < 0 else SURCHARGE_WORD
        yield line if known else replace(line, text=f"{word}: {line.text}")


def _figures(line: CapturedLine, currency: Currency, *, stated: bool) -> tuple[Decimal, Decimal, Money]:
    """Return quantity, price of one and amount; one of them may follow from the others.

    ``stated``: by an e-invoice, whose amount counts: its price may be of a hundred, or before an allowance.
    """
    quantity = decimal_of(_cell(line.quantity)) or Decimal(1)
    price, amount = decimal_of(_cell(line.price)), _money(_cell(line.amount), currency)
    if amount is None:
        amount = _rounded(quantity * (price or Decimal(0)), currency)
    elif stated and price is not None and abs((_rounded(quantity * price, currency) - amount).minor) > 1:
        price = None
    if price is None:
        price = Decimal(amount.to_decimal()) / quantity
        price = price.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()
    return quantity, price, amount


def _taxes(invoice: CapturedInvoice, currency: Currency, turned: int) -> Iterator[PayableTax]:
    for one in invoice.taxes:
        rate, base, tax = _rate(one.rate), _money(_cell(one.base), currency), _money(_cell(one.tax), currency)
        if rate is not None and base is not None and tax is not None:
            yield PayableTax(rate, _turn(base, turned), _turn(tax, turned))


def _discounts(invoice: CapturedInvoice, issued_on: date | None) -> tuple[DiscountStep, ...]:
    percent = decimal_of(value_of(invoice, FieldName.DISCOUNT_RATE))
    until = _day(value_of(invoice, FieldName.DISCOUNT_DATE))
    if percent is None or until is None or issued_on is None:
        return ()
    days = (until - issued_on).days
    return (DiscountStep(days, percent),) if days >= 0 and 0 < percent < _HUNDRED else ()


def _orders(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in _BETWEEN_ORDERS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))[:ORDERS_MAX]


def _rate(field: CapturedField | None) -> Decimal | None:
    found = decimal_of(_cell(field))
    return found if found is not None and 0 <= found <= _HUNDRED else None


def _cell(field: CapturedField | None) -> str:
    return field.value if field is not None else ""


def _money(text: str, currency: Currency) -> Money | None:
    found = decimal_of(text)
    return None if found is None else _rounded(found, currency)


def _rounded(value: Decimal, currency: Currency) -> Money:
    return Money(int(value.scaleb(currency.exponent).quantize(Decimal(1), ROUND_HALF_UP)), currency)


def _turn(amount: Money, turned: int) -> Money:
    return amount if turned > 0 else -amount


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
