"""Judges an invoice after each change: its current values, what is in doubt, what it may repeat, its state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.documents.current_values import (
    CurrentInvoice,
    Doubt,
    DoubtKind,
    current_values,
    doubts_of,
    state_of,
    summary_of,
)
from gateway.domain.documents.document import Document
from gateway.domain.documents.duplicates import Duplicate, Sign, Strength, sign_between
from gateway.domain.documents.invoice import OPEN, Invoice, InvoiceEvent
from gateway.domain.ids import InvoiceId
from gateway.ports.unit_of_work import UnitOfWork
from invoice_capture.result_json import invoice_from_dict


@dataclass(frozen=True, slots=True)
class Judged:
    """An invoice with everything that follows from its capture, its journal and its neighbours."""

    invoice: Invoice
    current: CurrentInvoice
    doubts: tuple[Doubt, ...]
    duplicates: tuple[Duplicate, ...]


def judge(unit: UnitOfWork, invoice: Invoice, events: Sequence[InvoiceEvent]) -> Judged:
    """Return the invoice with its summary, doubts, duplicates and, while it is open, its state; stores nothing."""
    current = current_values(invoice_from_dict(invoice.capture), events)
    invoice = replace(invoice, summary=summary_of(current, 0))
    duplicates = _duplicates(unit, invoice)
    hard = [one for one in duplicates if one.strength is Strength.HARD]
    repeated = tuple(Doubt(DoubtKind.DUPLICATE, str(one.other_id)) for one in hard)
    doubts = (*doubts_of(current), *repeated)
    is_open = invoice.state in OPEN
    return Judged(
        invoice=replace(
            invoice,
            summary=summary_of(current, len(doubts) if is_open else 0),
            state=state_of(doubts) if is_open else invoice.state,
            duplicate_of=InvoiceId(hard[-1].other_id) if hard else None,
        ),
        current=current,
        doubts=doubts if is_open else (),
        duplicates=duplicates,
    )


def arrivals_as_signs(unit: UnitOfWork, document: Document) -> tuple[Duplicate, ...]:
    """Return the further arrivals of the same file as soft signs."""
    arrivals = unit.documents.arrivals(document.tenant_id, document.store_id, document.id)
    return tuple(
        Duplicate(
            other_id=one.document_id,
            strength=Strength.SOFT,
            sign=Sign.SAME_FILE,
            values={"name": one.name, "source": one.source.value, "at": one.arrived_at.date().isoformat()},
        )
        for one in arrivals[1:]
    )


def _duplicates(unit: UnitOfWork, invoice: Invoice) -> tuple[Duplicate, ...]:
    """Return hard signs first, each newest first."""
    found = []
    for other in unit.invoices.candidates(invoice):
        between = sign_between(invoice.summary, other.summary)
        if between is not None:
            strength, sign = between
            found.append(Duplicate(other.id, strength, sign, _values(other)))
    return tuple(sorted(found, key=lambda one: one.strength is not Strength.HARD))


def _values(other: Invoice) -> dict[str, str]:
    summary = other.summary
    values = {"supplier": summary.supplier, "number": summary.number, "state": other.state.value}
    if summary.issued_on is not None:
        values["date"] = summary.issued_on.isoformat()
    if summary.total is not None:
        values |= {"total": summary.total.to_decimal(), "currency": summary.total.currency.code}
    return values
