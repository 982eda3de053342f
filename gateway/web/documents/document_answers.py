"""Documents, invoices and the supplier memory as the API tells them; screens may use the same."""

from typing import Any

from gateway.domain.documents.current_values import LINES, TAXES, obstacles, required_of
from gateway.domain.documents.document import Arrival, Document
from gateway.domain.documents.invoice import Invoice, InvoiceEvent
from gateway.ports.document_store import MemoryChange, MemoryEntry
from gateway.services.documents.find_documents import DocumentView
from gateway.services.documents.review_invoices import InvoiceView
from gateway.web.payments.payment_answers import instant, money
from invoice_capture.result_json import invoice_to_dict


def document_row(document: Document) -> dict[str, Any]:
    """Return a document without what belongs to it."""
    return {
        "id": str(document.id),
        "name": document.name,
        "kind": document.kind,
        "size": document.size,
        "sha256": document.sha256,
        "source": document.source.value,
        "parent_id": None if document.parent_id is None else str(document.parent_id),
        "received_at": instant(document.received_at),
        "received_by": document.received_by,
        "state": document.state.value,
        "code": document.code,
        "words": document.words,
        "pages_done": document.pages_done,
        "pages": document.pages,
        "read_at": None if document.read_at is None else instant(document.read_at),
    }


def document_whole(view: DocumentView, duplicate_of: str | None = None) -> dict[str, Any]:
    """Return a document with its arrivals, contained documents and invoices."""
    return document_row(view.document) | {
        "duplicate_of": duplicate_of,
        "arrivals": [_arrival(one) for one in view.arrivals],
        "contained": [document_row(one) for one in view.contained],
        "invoices": [invoice_row(one) for one in view.invoices],
    }


def invoice_row(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as the queue shows it."""
    summary = invoice.summary
    return {
        "id": str(invoice.id),
        "document_id": str(invoice.document_id),
        "document_type": summary.document_type,
        "state": invoice.state.value,
        "supplier": summary.supplier,
        "number": summary.number,
        "date": None if summary.issued_on is None else summary.issued_on.isoformat(),
        "due_date": None if summary.due_on is None else summary.due_on.isoformat(),
        "total": None if summary.total is None else money(summary.total),
        "doubts": summary.doubts,
        "duplicate_of": None if invoice.duplicate_of is None else str(invoice.duplicate_of),
        "created_at": instant(invoice.created_at),
        "changed_at": instant(invoice.changed_at),
    }


def invoice_whole(view: InvoiceView) -> dict[str, Any]:
    """Return an invoice with every value, place, check, doubt and line of its journal."""
    told = invoice_to_dict(view.current.invoice)
    blocking = set(obstacles(view.doubts))
    corrected = view.current.corrected
    for name, field in told["fields"].items():
        last = corrected.get(name)
        if last is not None:
            field |= {"corrected_by": last.by, "corrected_at": instant(last.at), "captured": last.captured}
    return (
        invoice_row(view.invoice)
        | told
        | {
            "document": document_row(view.document),
            "position": view.invoice.position,
            "document_pages": [dict(page) for page in view.pages],
            "lines_corrected_by": corrected[LINES].by if LINES in corrected else None,
            "taxes_corrected_by": corrected[TAXES].by if TAXES in corrected else None,
            "required": [str(name) for name in required_of(view.current.invoice)],
            "places_in_doubt": [
                {"kind": doubt.kind.value, "name": doubt.name, "blocks": doubt in blocking} for doubt in view.doubts
            ],
            "duplicates": [
                {
                    "other_id": str(one.other_id),
                    "strength": one.strength.value,
                    "sign": one.sign.value,
                    "values": dict(one.values),
                }
                for one in view.duplicates
            ],
            "events": [_event(one) for one in view.events],
            "version": view.invoice.version,
        }
    )


def memory_entry(stored: MemoryEntry) -> dict[str, Any]:
    """Return what is remembered of one supplier, with its evidence."""
    entry = stored.entry
    return {
        "id": str(stored.id),
        "names": [str(name) for name, _ in entry.get("names", ())],
        "addresses": [str(address) for address, _ in entry.get("addresses", ())],
        "keys": [[str(kind), str(value)] for kind, value in entry.get("keys", ())],
        "values": {str(name): str(value) for name, value in entry.get("values", {}).items()},
        "currency": str(entry.get("currency", "")),
        "evidence": [
            {"invoice_id": str(document), "learned_on": str(on), "taught": [str(name) for name in taught]}
            for document, on, taught in entry.get("evidence", ())
        ],
        "changed_at": instant(stored.changed_at),
        "changed_by": stored.changed_by,
    }


def memory_change(change: MemoryChange) -> dict[str, Any]:
    """Return one line of the memory's journal."""
    return {
        "entry_id": str(change.entry_id),
        "kind": change.kind,
        "invoice_id": None if change.invoice_id is None else str(change.invoice_id),
        "actor": change.actor,
        "at": instant(change.at),
    }


def _arrival(arrival: Arrival) -> dict[str, Any]:
    return {
        "id": str(arrival.id),
        "name": arrival.name,
        "source": arrival.source.value,
        "origin": arrival.origin,
        "arrived_at": instant(arrival.arrived_at),
        "arrived_by": arrival.arrived_by,
    }


def _event(event: InvoiceEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "step": event.step.value,
        "actor": event.actor,
        "at": instant(event.at),
        "reason": event.reason,
        "changes": [{"field": one.field, "before": one.before, "now": one.now} for one in event.changes],
    }
