"""Pages of payments. They only show; everything that changes something goes through the API."""

import uuid

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import Permission
from gateway.domain.cards.card_receipt import Receipt, ReceiptCopy
from gateway.domain.cards.payment import AttemptState
from gateway.domain.ids import PaymentId
from gateway.domain.money import Money
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.taken import Taken, taken_of
from gateway.domain.sales.till_sale import due_of
from gateway.ports.unit_of_work import PaymentRecord
from gateway.services.payments.read_payments import PAGE_MAX
from gateway.web.auth import caller, requires, signed_in
from gateway.web.container import current
from gateway.web.outward.offline_offer import offline_offer
from gateway.web.payments import refund_panel
from gateway.web.payments.payment_search import find_page
from gateway.web.payments.payment_view import PaymentView, TransferView, view_payment, view_transfer
from gateway.web.payments.refund_view import view_refunds
from gateway.web.screens import areas_for, mark_of, names, words

ROWS = 50
"""Payments on one page of the list."""

_FIND_MAX = 60
SCRIPT_TEXTS = ("format.", "till.", "progress.", "error.", "hint.", "payment.copy_asked", "refund.script_")

pages = Blueprint("pos", __name__)


@pages.get("/")
@signed_in
def home() -> BaseResponse | str:
    """Lead to the first area the person may use."""
    areas = areas_for(caller(), demo=current().settings.demo, path="", tasks=0)
    return redirect(areas[0].address, 303) if areas else render_template("home.html")


@pages.get("/payments")
@requires(Permission.PAYMENTS_READ)
def payments() -> str:
    """Show payments, newest first, or those that a text may mean."""
    container, who, text = current(), caller(), words()
    find = request.args.get("find", "")[:_FIND_MAX].strip()
    before = _payment_id(request.args.get("before"))
    known = names(container, who)
    page = find_page(
        lambda cursor: container.read_payments.recent(who, limit=PAGE_MAX, before=cursor),
        lambda record: view_payment(record, who, known, text),
        text=find,
        before=before,
        rows_max=ROWS,
        words=text,
    )
    ids = [uuid.UUID(view.id) for view in page.rows]
    with container.storage.read() as unit:
        minor = unit.journal.given_back(who.tenant_id, who.store_id, ids)
    back = {
        view.id: Money(minor[key], view.amount.currency)
        for view, key in zip(page.rows, ids, strict=True)
        if key in minor
    }
    return render_template("payments.html", page=page, find=find, before=before, back=back)


@pages.get("/payments/<uuid:payment_id>")
@requires(Permission.PAYMENTS_READ)
def payment(payment_id: uuid.UUID) -> str:
    """Show the whole way of one payment: events, attempts, books, papers."""
    container, who = current(), caller()
    record = container.read_payments.get(who, PaymentId(payment_id))
    known = names(container, who)
    refunds = container.read_refunds.of_payment(who, record.payment.id)
    transfers: tuple[TransferView, ...] = ()
    if Permission.LEDGER_READ in who.permissions:
        with container.storage.read() as unit:
            transfers = tuple(
                view_transfer(transfer, known)
                for attempt in (*record.attempts, *(one.attempt for one in refunds.refunds))
                for transfer in unit.ledger.transfers(who.tenant_id, who.store_id, cause_id=attempt.id)
            )
    shown = refund_panel.shown_refund(container, who, refunds, request.args.get("refund", ""))
    return render_template(
        "payment.html",
        sold=_sold(record),
        transfers=transfers,
        texts=words().part(*SCRIPT_TEXTS),
        back=view_refunds(refunds, who, known, words(), container.till.sales.parts.rules.refund_limit),
        panel=None if shown is None else refund_panel.panel_of(shown),
        **_outcome(record, place="page"),
    )


@pages.get("/payments/<uuid:payment_id>/outcome")
@requires(Permission.PAYMENTS_READ)
def outcome(payment_id: uuid.UUID) -> str | tuple[str, int]:
    """Show the outcome panel alone; 204 when the reader has seen it already (``seen``)."""
    record = current().read_payments.get(caller(), PaymentId(payment_id))
    shown = _outcome(record, place="till" if request.args.get("place") == "till" else "page")
    if request.args.get("seen") == shown["mark"]:
        return "", 204
    return render_template("outcome.html", **shown)


@pages.get("/payments/<uuid:payment_id>/receipt.png")
@requires(Permission.PAYMENTS_READ)
def receipt_picture(payment_id: uuid.UUID) -> Response:
    """Show the customer's receipt as paper."""
    container = current()
    receipt = container.print_receipt.receipt(caller(), PaymentId(payment_id), ReceiptCopy.CUSTOMER)
    return Response(container.renderer.png(receipt), mimetype="image/png")


def _outcome(record: PaymentRecord, *, place: str) -> dict[str, object]:
    """Return what the outcome panel shows of a payment."""
    container, who, text = current(), caller(), words()
    view = view_payment(record, who, names(container, who), text)
    hint = container.board.latest_progress(record.payment.id)
    progress = text.translated("progress", hint.code, hint.words) if hint and not view.final else ""
    receipt = _receipt(record, view)
    result = record.attempts[-1].result
    told = result.amount_minor if result else None
    taken = taken_of(record.payment, record.attempts)
    paid = taken.amount if view.state is AttemptState.APPROVED else record.payment.amount
    rest = _rest(record, taken) if view.state is AttemptState.APPROVED else Money(0, paid.currency)
    return {
        "p": view,
        "paid": paid,
        "rest": rest,
        "tip_added": taken.added,
        "place": place,
        "progress": progress,
        "receipt_text": container.renderer.text(receipt) if receipt else "",
        "offline": offline_offer(record),
        "result_amount": None if told is None else Money(told, record.payment.amount.currency),
        "mark": mark_of(view, progress, place, paid, rest, text.language),
    }


def _sold(record: PaymentRecord) -> tuple[SaleLine, ...]:
    """Return what was sold: of a card alone as it was sent with the payment, else the lines of the stored sale."""
    payment = record.payment
    with current().storage.read() as unit:
        sale = unit.sales.load(payment.tenant_id, payment.store_id, payment.sale_id)
    return record.sale.lines if sale is None else tuple(line.taxed.sale_line for line in sale.sale.lines)


def _rest(record: PaymentRecord, taken: Taken) -> Money:
    """Return what is still to be paid: of a stored sale after all its tenders, of a card alone what it left."""
    payment = record.payment
    with current().storage.read() as unit:
        sale = unit.sales.load(payment.tenant_id, payment.store_id, payment.sale_id)
    return taken.rest if sale is None else due_of(sale).rest


def _receipt(record: PaymentRecord, view: PaymentView) -> Receipt | None:
    """Return the receipt where there is one: of a payment that was made, or of a refusal that goes on paper."""
    on_paper = view.state is AttemptState.APPROVED or bool(view.deliveries)
    if not view.final or not on_paper:
        return None
    return current().print_receipt.receipt(caller(), record.payment.id, ReceiptCopy.CUSTOMER)


def _payment_id(text: str | None) -> PaymentId | None:
    """Read the cursor of a page; one that is none was not made by us."""
    if not text:
        return None
    try:
        return PaymentId(uuid.UUID(text))
    except ValueError:
        abort(404)
