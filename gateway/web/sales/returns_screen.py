"""Goods that come back: the sale is found by its receipt, lines are chosen, and what goes back is shown before it does.

It only shows; giving back goes through the API.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.cards.payment import AttemptState
from gateway.domain.errors import GatewayError, NotFound
from gateway.domain.ids import RegisterId, SaleId
from gateway.domain.money import AMOUNT_MINOR_MAX, Money
from gateway.domain.sales.sale_return import going_back, returned_so_far
from gateway.domain.sales.tax_lines import BillTotal, LineKind
from gateway.domain.sales.tender import ReturnedLine, TenderKind
from gateway.domain.sales.till_sale import SaleRecord, due_of
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.errors import problem_of
from gateway.web.screens import words

_FIND_MAX = 80
_SHOWN_MAX = 20
_NUMBER_DIGITS_MAX = 12
_SCRIPT_TEXTS = (
    "format.",
    "returns.",
    "tender.",
    "error.",
    "hint.",
    "till.offline",
    "till.find_refused",
    "till.nothing_found",
    "till.code_unknown",
    "till.item_too",
    "till.less",
    "till.more_of",
)
_WAYS = (TenderKind.CARD, TenderKind.CASH, TenderKind.STORE_CREDIT, TenderKind.VOUCHER, TenderKind.ACCOUNT)

pages = Blueprint("returns", __name__)


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of goods of a sale. ``left``: how much can still come back."""

    number: int
    text: str
    quantity: Decimal
    amount: Money
    left: Decimal


@dataclass(frozen=True, slots=True)
class SoldView:
    """A sale as the returns screen shows it. ``ways``: how money can go back, the most fitting first."""

    id: SaleId
    number: int | None
    register_id: RegisterId
    register: str
    sold_at: datetime
    total: Money
    refundable: Money
    settled: bool
    voided: bool
    lines: tuple[SoldLine, ...]
    ways: tuple[TenderKind, ...]


@pages.get("/returns")
@requires(Permission.PAYMENTS_REFUND_SMALL)
def returns() -> str:
    """Ask for the receipt, and show the sales it may mean; one alone is shown with its lines."""
    container, who = current(), caller()
    container.till.sales.parts.rules.refund_limit.require(who)
    find = request.args.get("find", "")[:_FIND_MAX].strip()
    found = _found(find) if find else ()
    views = tuple(_view(record) for record in found)
    return render_template(
        "returns.html",
        find=find,
        found=views,
        sold=views[0] if len(views) == 1 else None,
        may_exchange=Permission.PAYMENTS_CREATE in who.permissions and bool(container.registers()),
        registers=container.registers(),
        has_kitchen=container.till.orders.has_routes,
        currency=container.settings.currency,
        amount_max=AMOUNT_MINOR_MAX,
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/returns/<uuid:sale_id>/preview")
@requires(Permission.PAYMENTS_REFUND_SMALL)
def preview(sale_id: uuid.UUID) -> str:
    """Show what goes back for these lines: ``lines=0:1,2:0.5``."""
    current().till.sales.parts.rules.refund_limit.require(caller())
    record = current().till.sales.read.get(caller(), SaleId(sale_id))
    back: BillTotal | None = None
    problem = None
    lines = _lines(request.args.get("lines", ""))
    if lines:
        try:
            back = going_back(record.sale, returned_so_far(record), lines)
        except GatewayError as error:
            problem = problem_of(error)
    return render_template("returns_preview.html", back=back, problem=problem)


def _found(find: str) -> tuple[SaleRecord, ...]:
    """Return the sales that a typed or scanned text may mean: a document number, or the id on the receipt."""
    read = current().till.sales.read
    digits = find.rpartition("-")[2]
    try:
        if find.isdigit() and len(find) <= _NUMBER_DIGITS_MAX:
            return read.recent(caller(), limit=_SHOWN_MAX, number=int(find))
        return (read.get(caller(), SaleId(uuid.UUID(find.rpartition("/")[2]))),)
    except NotFound:
        return ()
    except ValueError:
        known = digits.isdigit() and len(digits) <= _NUMBER_DIGITS_MAX
        return read.recent(caller(), limit=_SHOWN_MAX, number=int(digits)) if known else ()


def _view(record: SaleRecord) -> SoldView:
    container, sale = current(), record.sale
    names = {register.id: register.name for register in container.registers()}
    back = returned_so_far(record)
    lines = tuple(
        SoldLine(
            number,
            line.taxed.sale_line.text,
            line.taxed.sale_line.quantity,
            line.taxed.sale_line.amount,
            line.taxed.sale_line.quantity - back.get(number, Decimal(0)),
        )
        for number, line in enumerate(sale.lines)
        if line.taxed.kind is LineKind.ITEM and not line.voucher
    )
    return SoldView(
        id=sale.id,
        number=None if record.settlement is None else record.settlement.number,
        register_id=sale.register_id,
        register=names.get(sale.register_id, str(sale.register_id)),
        sold_at=sale.created_at.astimezone(container.settings.zone),
        total=sale.total,
        refundable=due_of(record).refundable,
        settled=record.settlement is not None,
        voided=record.void is not None,
        lines=lines,
        ways=_ways(record),
    )


def _ways(record: SaleRecord) -> tuple[TenderKind, ...]:
    """Return the ways back: as it was paid first, then cash and store credit; on account only as it was paid."""
    paid = {tender.kind for tender in record.tenders}
    if any(one.attempts and one.attempts[-1].state is AttemptState.APPROVED for one in record.payments):
        paid.add(TenderKind.CARD)
    only_as_paid = {TenderKind.CARD, TenderKind.ACCOUNT, TenderKind.VOUCHER}
    usual = [way for way in _WAYS if way in paid or way not in only_as_paid]
    return tuple(sorted(usual, key=lambda way: way not in paid))


def _lines(text: str) -> tuple[ReturnedLine, ...]:
    found = []
    for part in text.split(",")[:500]:
        number, _, quantity = part.partition(":")
        if not number.isdigit() or len(number) > 3:
            continue
        try:
            found.append(ReturnedLine(int(number), Decimal(quantity)))
        except InvalidOperation:
            abort(400)
    return tuple(line for line in found if line.quantity.is_finite() and line.quantity != 0)
