"""The panel of one refund, as it stands on the page of its payment. It only shows; changes go through the API."""

import uuid

from flask import Blueprint, Response, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.cards.payment import FINAL_STATES
from gateway.domain.cards.refund import RefundState
from gateway.domain.ids import RefundId
from gateway.domain.money import Money
from gateway.ports.unit_of_work import RefundRecord
from gateway.services.payments.read_refunds import PaymentRefunds
from gateway.web.auth import caller, requires
from gateway.web.container import WebContainer, current
from gateway.web.payments.refund_view import view_refund
from gateway.web.screens import mark_of, names, words

pages = Blueprint("refund_panel", __name__)


@pages.get("/refunds/<uuid:refund_id>/outcome")
@requires(Permission.PAYMENTS_READ)
def outcome(refund_id: uuid.UUID) -> str | tuple[str, int]:
    """Show the panel alone; 204 when the reader has seen it already (``seen``)."""
    panel = panel_of(current().read_refunds.get(caller(), RefundId(refund_id)))
    if request.args.get("seen") == panel["mark"]:
        return "", 204
    return render_template("refund_outcome.html", panel=panel)


@pages.get("/refunds/<uuid:refund_id>/receipt.png")
@requires(Permission.PAYMENTS_READ)
def receipt_picture(refund_id: uuid.UUID) -> Response:
    """Show the customer's receipt of a refund as paper."""
    container = current()
    receipt = container.print_receipt.refund_receipt(caller(), RefundId(refund_id), ReceiptCopy.CUSTOMER)
    return Response(container.renderer.png(receipt), mimetype="image/png")


def shown_refund(container: WebContainer, who: Caller, refunds: PaymentRefunds, wanted: str) -> RefundRecord | None:
    """Return the refund whose panel stands on the page: one that is open before all, else the one asked for."""
    seen = [one for one in refunds.refunds if who.may_use(one.refund.terminal_id)]
    still_open = [one for one in seen if one.attempt.state not in FINAL_STATES]
    asked = [one for one in seen if str(one.refund.id) == wanted]
    found = (asked or still_open)[-1:]
    return container.read_refunds.get(who, found[0].refund.id) if found else None


def panel_of(record: RefundRecord) -> dict[str, object]:
    """Return what the panel shows of a refund."""
    container, text = current(), words()
    view = view_refund(record, caller(), names(container, caller()), text)
    hint = container.board.latest_progress(record.refund.id)
    progress = text.translated("progress", hint.code, hint.words) if hint and not view.final else ""
    on_paper = view.final and (view.state is RefundState.APPROVED or bool(view.deliveries))
    receipt_text = ""
    if on_paper:
        receipt = container.print_receipt.refund_receipt(caller(), record.refund.id, ReceiptCopy.CUSTOMER)
        receipt_text = container.renderer.text(receipt)
    told = record.attempt.result.amount_minor if record.attempt.result else None
    return {
        "r": view,
        "progress": progress,
        "receipt_text": receipt_text,
        "result_amount": None if told is None else Money(told, record.refund.amount.currency),
        "mark": mark_of(view, progress, text.language),
    }
