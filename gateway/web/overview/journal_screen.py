"""The search over the journal, "where is this 9.30?", and the page that shows the whole way of one amount."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.ids import PaymentId, RefundId, SaleId
from gateway.domain.journal import Hit, ThingKind
from gateway.services.tell_way import TellWay, Way
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payments.payment_view import Names, StateFace
from gateway.web.screens import names, words

pages = Blueprint("journal_screen", __name__)

_FIND_MAX = 120
_FACES = {
    "approved": StateFace("ok", "circle-check"),
    "settled": StateFace("ok", "circle-check"),
    "taken": StateFace("ok", "circle-check"),
    "declined": StateFace("stop", "circle-x"),
    "unknown": StateFace("wait", "triangle-alert"),
    "sent": StateFace("run", "hourglass"),
    "open": StateFace("run", "hourglass"),
}
_OTHER = StateFace("still", "ban")
_STEP_ICONS = {
    "basket": "receipt-text",
    "tender": "calculator",
    "give_back": "arrow-left",
    "terminal": "nfc",
    "event": "check",
    "books": "layout-dashboard",
    "paper": "printer",
    "drawer": "key-round",
    "settled": "circle-check",
    "voided": "ban",
    "kitchen": "printer",
}


@dataclass(frozen=True, slots=True)
class HitView:
    """One thing found, as a row. ``address``: its page, empty where it has none."""

    hit: Hit
    face: StateFace | None
    register: str
    address: str


@pages.get("/journal")
@requires(Permission.PAYMENTS_READ)
def journal() -> str:
    """Show the search and what it found."""
    container, who = current(), caller()
    find = request.args.get("find", "")[:_FIND_MAX].strip()
    findings = container.till.journal.find(who, find)
    known = names(container, who)
    return render_template(
        "journal.html",
        find=find,
        findings=findings,
        hits=[_view(hit, known, who) for hit in findings.hits],
        zone=known.zone,
    )


@pages.get("/journal/sales/<uuid:sale_id>")
@requires(Permission.PAYMENTS_READ)
def way_of_sale(sale_id: uuid.UUID) -> str:
    """Show the way of a till sale."""
    return _way(lambda tell, who: tell.of_sale(who, SaleId(sale_id)))


@pages.get("/journal/payments/<uuid:payment_id>")
@requires(Permission.PAYMENTS_READ)
def way_of_payment(payment_id: uuid.UUID) -> str:
    """Show the way of a card payment."""
    return _way(lambda tell, who: tell.of_payment(who, PaymentId(payment_id)))


@pages.get("/journal/refunds/<uuid:refund_id>")
@requires(Permission.PAYMENTS_READ)
def way_of_refund(refund_id: uuid.UUID) -> str:
    """Show the way of what a refund gives back."""
    return _way(lambda tell, who: tell.of_refund(who, RefundId(refund_id)))


def _way(tell: Callable[[TellWay, Caller], Way]) -> str:
    container, who = current(), caller()
    found = tell(TellWay(storage=container.storage), who)
    known = names(container, who)
    return render_template(
        "journal_way.html",
        way=found,
        register=known.registers.get(found.register_id, found.register_id),
        known=known,
        icons=_STEP_ICONS,
        told=_told,
    )


def _told(group: str, code: str, original: str = "") -> str:
    """Return the words of a code where there are any, else what was said, else the code itself, readable."""
    return words().translated(group, code, original)


def _view(hit: Hit, known: Names, who: Caller) -> HitView:
    return HitView(
        hit=hit,
        face=_FACES.get(hit.state, _OTHER) if hit.state else None,
        register=known.registers.get(hit.register_id, hit.register_id) if hit.register_id else "",
        address=_address(hit, who),
    )


def _address(hit: Hit, who: Caller) -> str:
    """Return the page that tells most of a thing, of those that somebody may open."""
    match hit.kind:
        case ThingKind.PAYMENT:
            return f"/journal/payments/{hit.id}"
        case ThingKind.REFUND:
            return f"/journal/refunds/{hit.id}"
        case ThingKind.RESERVATION:
            return f"/reservations/{hit.id}"
        case ThingKind.VOUCHER if Permission.CREDIT_GIVE in who.permissions:
            return f"/credit/vouchers/{hit.id}"
        case _ if hit.sale_id is not None:
            return f"/journal/sales/{hit.sale_id}"
        case _:
            return ""
