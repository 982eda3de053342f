"""The screen on which one invoice is checked: the page at the left, what was read at the right. It only shows."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.current_values import LINE_CELLS, LINES, TAX_CELLS, TAXES, required_of
from gateway.domain.documents.invoice import OPEN, InvoiceEvent, InvoiceState, InvoiceStep
from gateway.domain.ids import InvoiceId, PayableId
from gateway.services.documents.review_invoices import InvoiceView
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.documents.document_answers import invoice_whole
from gateway.web.documents.inbox_screen import address_of, shown_filter
from gateway.web.screens import words

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("supplier", ("company", "address", "vat_id", "tax_number", "registration_number")),
    ("document", ("invoice_number", "date", "delivery_date", "order_ref", "buyer")),
    ("amounts", ("currency", "net", "tax", "total", "prepaid", "rounding", "payable")),
    ("payment", ("due_date", "terms", "discount_rate", "discount_date", "iban", "bic", "payment_ref")),
)
"""Every field a document may have, in the order in which a person looks at a page."""

_AMOUNTS = frozenset({"net", "tax", "total", "prepaid", "rounding", "payable", "discount_rate"})
_TABLES = ((LINES, LINE_CELLS), (TAXES, TAX_CELLS))
_DECISIONS = (InvoiceStep.ACCEPTED, InvoiceStep.REJECTED, InvoiceStep.WITHDRAWN)
_SCRIPT_TEXTS = ("review.", "captured", "duplicate.", "format.", "error.", "hint.", "till.offline")

pages = Blueprint("review_screen", __name__)


@dataclass(frozen=True, slots=True)
class DecidedView:
    """Who decided over an invoice, when, and why."""

    actor: str
    at: datetime
    reason: str


@pages.get("/invoices/<uuid:invoice_id>")
@requires(Permission.DOCUMENTS_READ)
def review(invoice_id: uuid.UUID) -> str:
    """Show one invoice with everything that is known of it."""
    container, who = current(), caller()
    service = container.till.documents.review
    view = service.get(who, InvoiceId(invoice_id))
    is_open = view.invoice.state in OPEN
    show = shown_filter(request.args.get("show", ""))
    whole = invoice_whole(view)
    return render_template(
        "documents/review.html",
        invoice=whole,
        pages=_pages_of(view, whole["document_pages"]),
        summary=view.invoice.summary,
        state=view.invoice.state.value,
        syntax=view.current.invoice.syntax,
        document=view.document,
        history=view.events,
        decided=None if is_open else _decided(view.events),
        payable_id=None if is_open else _payable_of(who, invoice_id),
        may_change=is_open and Permission.DOCUMENTS_WORK in who.permissions,
        required=required_of(view.current.invoice),
        waiting=service.counts(who).get(InvoiceState.NEEDS_REVIEW, 0),
        next_address=f"/invoices/next?after={invoice_id}",
        back_address=address_of(show),
        groups=GROUPS,
        amounts=_AMOUNTS,
        tables=_TABLES,
        texts=words().part(*_SCRIPT_TEXTS),
    )


def _payable_of(who: Caller, invoice_id: uuid.UUID) -> PayableId | None:
    """Return what became of an accepted invoice, for those who may see it."""
    found = current().till.payables.core.read.of_invoice(who, invoice_id)
    return None if found is None else found.id


def _pages_of(view: InvoiceView, of_document: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the pages of this invoice; a file may hold several. An e-invoice within a page names none: then all."""
    own = view.current.invoice.pages
    return [page for page in of_document if not own or page["number"] in own]


def _decided(events: tuple[InvoiceEvent, ...]) -> DecidedView | None:
    found = next((event for event in reversed(events) if event.step in _DECISIONS), None)
    return None if found is None else DecidedView(found.actor, found.at, found.reason)
