"""The inbox of supplier documents: what waits for a look, what is decided, what could not be read. It only shows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.document import Document, DocumentState
from gateway.domain.documents.invoice import Invoice, InvoiceState
from gateway.domain.ids import DocumentId, InvoiceId
from gateway.ports.document_store import InvoiceWish
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import mark_of, words

ROWS = 50
"""Rows of one page: more than a screen, less than a person reads."""

_SCRIPT_TEXTS = ("upload.", "refused", "invoices.refused_fix", "format.", "error.", "hint.", "till.offline")
_FIND_MAX = 100
_OF_INVOICES: dict[str, tuple[InvoiceState, ...]] = {
    "needs_look": (InvoiceState.NEEDS_REVIEW,),
    "sure": (InvoiceState.CAPTURED,),
    "accepted": (InvoiceState.VALIDATED,),
    "rejected": (InvoiceState.REJECTED,),
    "duplicates": (InvoiceState.NEEDS_REVIEW, InvoiceState.CAPTURED),
    "all": tuple(InvoiceState),
}
_REPEATS = "duplicates"
_OF_DOCUMENTS: dict[str, tuple[DocumentState, ...]] = {
    "in_work": (DocumentState.RECEIVED, DocumentState.READING, DocumentState.WAITING),
    "refused": (DocumentState.REFUSED,),
}
_FIRST = "needs_look"
_TONES = {"needs_look": "wait", "duplicates": "stop", "refused": "stop"}

pages = Blueprint("inbox_screen", __name__)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter. ``count``: rows behind it; ``tone``: ``wait`` or ``stop`` where they need somebody, else empty."""

    name: str
    count: int
    tone: str


@pages.get("/invoices")
@requires(Permission.DOCUMENTS_READ)
def invoices() -> str:
    """Show the rows of one filter, newest first, with the place to add documents."""
    container, who = current(), caller()
    return render_template(
        "documents/inbox.html",
        bytes_max=container.till.documents.receive.bytes_max,
        lacking=container.till.documents.lacking(),
        texts=words().part(*_SCRIPT_TEXTS),
        **_list(who),
    )


@pages.get("/invoices/now")
@requires(Permission.DOCUMENTS_READ)
def invoices_now() -> str | tuple[str, int]:
    """Show the rows alone; 204 when the reader has seen them as they are (``seen``)."""
    shown = _list(caller())
    seen = request.args.get("seen") == shown["mark"]
    return ("", 204) if seen else render_template("documents/inbox_list.html", **shown)


@pages.get("/invoices/next")
@requires(Permission.DOCUMENTS_READ)
def next_invoice() -> BaseResponse:
    """Lead to the next invoice that needs a look, or to the inbox when none is left."""
    waiting = next_to_review(caller(), after=_invoice_id(request.args.get("after")))
    return redirect(f"/invoices/{waiting}" if waiting else "/invoices", 303)


def next_to_review(who: Caller, *, after: InvoiceId | None) -> InvoiceId | None:
    """Return the invoice to look at next: the next older one, then from the newest again; None when none waits."""
    review = current().till.documents.review
    wish = InvoiceWish(states=_OF_INVOICES["needs_look"])
    older = review.list(who, wish, before=after, limit=1)
    if not older and after is not None:
        older = tuple(one for one in review.list(who, wish, limit=2) if one.id != after)
    return older[0].id if older else None


def shown_filter(asked: str) -> str:
    """Return the filter an address asks for, or the first one."""
    return asked if asked in _OF_INVOICES or asked in _OF_DOCUMENTS else _FIRST


def address_of(show: str) -> str:
    """Return the address of the inbox under a filter."""
    return "/invoices" if show == _FIRST else f"/invoices?show={show}"


def _list(who: Caller) -> dict[str, object]:
    """Return what the rows and their filters show."""
    services, text = current().till.documents, words()
    of_invoices, of_documents = services.review.counts(who), services.find.counts(who)
    show, find = shown_filter(request.args.get("show", "")), request.args.get("q", "")[:_FIND_MAX].strip()
    chips = tuple(
        Chip(name, count, _TONES.get(name, "") if count else "")
        for name, count in (
            *((name, _count(who, name, of_invoices)) for name in _OF_INVOICES),
            *((name, sum(of_documents.get(one, 0) for one in states)) for name, states in _OF_DOCUMENTS.items()),
        )
    )
    before = request.args.get("before", "")
    documents: tuple[Document, ...] = ()
    found: tuple[Invoice, ...] = ()
    if show in _OF_DOCUMENTS:
        cursor = DocumentId(at) if (at := _uuid(before)) else None
        documents = services.find.list(who, states=_OF_DOCUMENTS[show], before=cursor, limit=ROWS + 1)
    else:
        wish = InvoiceWish(states=_OF_INVOICES[show], text=find, repeats=show == _REPEATS)
        found = services.review.list(who, wish, before=_invoice_id(before), limit=ROWS + 1)
    ids = [str(one.id) for one in documents or found]
    shown: dict[str, object] = {
        "show": show,
        "q": find,
        "before": before,
        "chips": chips,
        "documents": documents[:ROWS],
        "invoices": tuple(_row(one) for one in found[:ROWS]),
        "next_before": ids[ROWS - 1] if len(ids) > ROWS else "",
        "nothing_yet": not sum(chip.count for chip in chips if chip.name in ("all", *_OF_DOCUMENTS)),
        "may_work": Permission.DOCUMENTS_WORK in who.permissions,
        "to_review": of_invoices.get(InvoiceState.NEEDS_REVIEW, 0),
    }
    return shown | {"mark": mark_of(shown, text.language)}


def _count(who: Caller, name: str, of_invoices: Mapping[InvoiceState, int]) -> int:
    """Return how many invoices are behind a chip."""
    states = _OF_INVOICES[name]
    if name == _REPEATS:
        return current().till.documents.review.repeats(who, states)
    return sum(of_invoices.get(one, 0) for one in states)


def _row(invoice: Invoice) -> dict[str, object]:
    summary = invoice.summary
    return {
        "id": invoice.id,
        "state": invoice.state.value,
        "duplicate": invoice.duplicate_of is not None,
        "document_type": summary.document_type,
        "supplier": summary.supplier,
        "number": summary.number,
        "issued_on": summary.issued_on,
        "due_on": summary.due_on,
        "total": summary.total,
        "doubts": summary.doubts,
    }


def _invoice_id(text: str | None) -> InvoiceId | None:
    """Read the cursor of a page."""
    found = _uuid(text)
    return None if found is None else InvoiceId(found)


def _uuid(text: str | None) -> uuid.UUID | None:
    """Read an id of an address; one that is none was not made by us."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)
