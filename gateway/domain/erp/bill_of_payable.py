"""What an ERP is told of a payable: the bill that was approved, the payment that a bank proved, money that came back.

Pure. What an invoice leaves open is told under codes that a mapping names (:data:`UNCODED` and so on), never guessed:
it is refused with that word where they are not mapped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.domain.erp.documents import (
    Attachment,
    BillLine,
    EntryLine,
    JournalEntry,
    OrderLineRef,
    PaidBill,
    PartyRef,
    TaxShare,
    VendorBill,
    VendorPayment,
)
from gateway.domain.ids import PayableId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine
from gateway.domain.payables.payment_order import PaymentOrder

UNCODED = "uncoded"
"""Account of a line that nobody coded: its order says in the ERP where it goes."""
FREIGHT = "freight"
ROUNDING = "rounding"
UNASSIGNED = "unassigned"
"""Account and tax code of what the lines or taxes of an invoice do not explain."""
PAYABLES = "payables"
"""Account of what is owed to suppliers, for money that came back."""
NO_TAX = "0"


@dataclass(frozen=True, slots=True)
class Ordered:
    """What one line takes of an order. ``minor``: in the currency of the payable, before tax."""

    number: str
    line_no: int
    quantity: Decimal
    minor: int


def takes_told(told: Mapping[str, Any]) -> Mapping[int, tuple[Ordered, ...]]:
    """Return what each line takes of orders, by line number, from a match as it is kept."""
    return {
        line["line_no"]: tuple(
            Ordered(
                take["order_number"],
                take["line_no"],
                Decimal(take["quantity"]),
                Money.from_decimal(take["amount"]["amount"], Currency.of(take["amount"]["currency"])).minor,
            )
            for take in line["takes"]
        )
        for line in told["lines"]
    }


def bill_of(
    payable: Payable,
    vendor: PartyRef,
    *,
    key: str,
    posting_on: date,
    takes: Mapping[int, Sequence[Ordered]],
    attachments: tuple[Attachment, ...] = (),
) -> VendorBill:
    """Return an approved payable as the bill an ERP gets.

    Args:
        payable: as approved.
        vendor: with the ERP's id where it is known.
        key: of the document.
        posting_on: day of the entry.
        takes: what its lines take of orders.
        attachments: the file it was captured from.
    """
    net_minor = payable.gross.minor - payable.tax.minor
    lines = [part for line in _lines_of(payable) for part in _parts(line, _tax_code(line, payable), takes)]
    lines += _not_in_lines(payable, net_minor - sum(one.net_minor for one in lines))
    return VendorBill(
        key=key,
        vendor=vendor,
        number=payable.number,
        issued_on=payable.issued_on,
        posting_on=posting_on,
        due_on=payable.due_on,
        currency=payable.gross.currency,
        net_minor=net_minor,
        tax_minor=payable.tax.minor,
        gross_minor=payable.gross.minor,
        taxes=_taxes_of(payable, net_minor),
        lines=tuple(_numbered(lines)),
        credit_note=payable.kind is PayableKind.CREDIT_NOTE,
        payment_reference=payable.reference,
        attachments=attachments,
    )


def payment_of(
    order: PaymentOrder, vendor: PartyRef, *, key: str, paid_on: date, bill_keys: Mapping[PayableId, str]
) -> VendorPayment:
    """Return a payment that a statement shows. ``bill_keys``: of the bills as they were told, by payable."""
    return VendorPayment(
        key=key,
        vendor=vendor,
        paid_on=paid_on,
        amount_minor=order.amount.minor,
        currency=order.amount.currency,
        account=order.bank_account_id,
        end_to_end_id=order.end_to_end_id,
        pays=tuple(
            PaidBill(
                key=bill_keys[part.payable_id],
                number=part.number,
                amount_minor=-part.amount.minor if part.credit else part.amount.minor,
                discount_minor=part.discount.minor,
            )
            for part in order.allocations
        ),
    )


def money_back(order: PaymentOrder, vendor: PartyRef, *, key: str, on: date) -> JournalEntry:
    """Return the entry for a payment that came back: the money is there again, and it is owed again."""
    words = " ".join(part for part in (order.reason_code, order.reason_text) if part)
    text = f"Payment {order.end_to_end_id} came back" + (f": {words}" if words else "")
    minor = order.amount.minor
    return JournalEntry(
        key=key,
        entry_on=on,
        currency=order.amount.currency,
        text=text,
        reference=f"{order.end_to_end_id} back",
        lines=(
            EntryLine(order.bank_account_id, debit_minor=minor, text=text),
            EntryLine(PAYABLES, credit_minor=minor, text=text, party=vendor),
        ),
    )


def _lines_of(payable: Payable) -> Sequence[PayableLine]:
    if payable.lines:
        return payable.lines
    net = payable.net
    return (PayableLine(1, payable.number, Decimal(1), Decimal(net.to_decimal()), net),)


def _parts(line: PayableLine, tax_code: str, takes: Mapping[int, Sequence[Ordered]]) -> Iterable[BillLine]:
    """Return a line, divided where it bills several order lines."""
    taken = takes.get(line.line_no, ())
    # Of a credit note both are given back, and told as positive.
    sign = -1 if sum(one.minor for one in taken) == -line.amount.minor else 1
    if len(taken) > 1 and sum(one.minor for one in taken) * sign == line.amount.minor:
        for one in taken:
            ref = OrderLineRef(one.number, one.line_no)
            yield _line(line, tax_code, quantity=one.quantity * sign, minor=one.minor * sign, order=ref)
        return
    named = OrderLineRef(line.order_number, line.order_line_no) if line.order_line_no is not None else None
    order = OrderLineRef(taken[0].number, taken[0].line_no) if len(taken) == 1 else named
    yield _line(line, tax_code, quantity=line.quantity, minor=line.amount.minor, order=order)


def _line(line: PayableLine, tax_code: str, *, quantity: Decimal, minor: int, order: OrderLineRef | None) -> BillLine:
    return BillLine(
        no=0,
        text=line.text,
        quantity=quantity,
        unit=line.unit,
        unit_price=line.price,
        net_minor=minor,
        tax_code=tax_code,
        account=line.account_code or UNCODED,
        cost_centre=line.cost_centre,
        order=order,
    )


def _not_in_lines(payable: Payable, rest: int) -> list[BillLine]:
    """Return lines for what the lines do not say: freight and rounding of the whole, and what nobody explains."""
    freight = payable.freight.minor if payable.freight is not None else 0
    rounding = payable.rounding.minor if payable.rounding is not None else 0
    found: list[BillLine] = []
    if freight and rest in (freight, freight + rounding):
        found.append(_extra("Freight", freight, _only_code(payable), FREIGHT, payable))
        rest -= freight
    if rounding and rest == rounding:
        found.append(_extra("Rounding", rounding, NO_TAX, ROUNDING, payable))
        rest = 0
    if rest:
        found.append(_extra("Not in its lines", rest, _only_code(payable), UNASSIGNED, payable))
    return found


def _extra(text: str, minor: int, tax_code: str, account: str, payable: Payable) -> BillLine:
    price = Decimal(Money(minor, payable.gross.currency).to_decimal())
    return BillLine(0, text, Decimal(1), "", price, minor, tax_code, account)


def _numbered(lines: Iterable[BillLine]) -> Iterable[BillLine]:
    return (replace(line, no=number) for number, line in enumerate(lines, start=1))


def _tax_code(line: PayableLine, payable: Payable) -> str:
    if line.tax_code:
        return line.tax_code
    return _only_code(payable) if line.tax_percent is None else _plain(line.tax_percent)


def _only_code(payable: Payable) -> str:
    """Return the code of a payable with one rate; of several nobody knows which."""
    rates = {share.percent for share in payable.taxes}
    if len(rates) == 1:
        return _code_of(rates.pop(), payable)
    return UNASSIGNED if payable.tax.minor else NO_TAX


def _code_of(percent: Decimal, payable: Payable) -> str:
    """Return the code under which the lines of a rate are booked, else the rate itself."""
    codes = {line.tax_code for line in payable.lines if line.tax_percent == percent and line.tax_code}
    return codes.pop() if len(codes) == 1 else _plain(percent)


def _taxes_of(payable: Payable, net_minor: int) -> tuple[TaxShare, ...]:
    tax = payable.tax.minor
    shares = [
        TaxShare(_code_of(one.percent, payable), one.percent, one.net.minor, one.tax.minor) for one in payable.taxes
    ]
    if sum(one.amount_minor for one in shares) == tax:
        return tuple(shares)
    rates = {line.tax_percent for line in payable.lines if line.tax_percent is not None}
    if len(rates) == 1:
        rate = rates.pop()
        return (TaxShare(_code_of(rate, payable), rate, net_minor, tax),)
    return (TaxShare(UNASSIGNED, Decimal(0), net_minor, tax),)


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f}"
