"""Review of captured invoices: look, correct, accept, reject. The capture stays; what people say is laid over it."""

import json
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.current_values import (
    LINE_CELLS,
    LINES,
    TAX_CELLS,
    TAXES,
    CurrentInvoice,
    Doubt,
    DoubtKind,
    obstacles,
    rows_text,
    shown_lines,
    shown_taxes,
    value_of,
)
from gateway.domain.documents.document import Document
from gateway.domain.documents.duplicates import Duplicate
from gateway.domain.documents.invoice import (
    Change,
    Invoice,
    InvoiceEvent,
    InvoiceState,
    InvoiceStep,
    check_open,
)
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import InvoiceId
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.capture import FieldRules
from gateway.ports.clock import Clock
from gateway.ports.document_store import InvoiceWish
from gateway.ports.payable_intake import AcceptedInvoice, NobodyTakes, PayableIntake
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.documents.judge_invoice import Judged, arrivals_as_signs, judge
from gateway.services.documents.read_documents import document_not_found
from gateway.services.documents.remembered_suppliers import RememberedSuppliers
from gateway.services.first_answers import RequestKey
from invoice_capture.model import CapturedInvoice, FieldName

_log = logging.getLogger(__name__)
_NOBODY = NobodyTakes()

VALUE_MAX = 500
"""Characters of one value: terms of payment are the longest."""
LINES_MAX = 500

Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One invoice as it is to be shown.

    ``duplicates``: other invoices, and further arrivals of the same file; ``pages``: number, width, height and source
    of each page of the document.
    """

    invoice: Invoice
    document: Document
    current: CurrentInvoice
    doubts: tuple[Doubt, ...]
    duplicates: tuple[Duplicate, ...]
    events: tuple[InvoiceEvent, ...]
    pages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says. ``fields``: by name, empty to take a value away; ``lines``, ``taxes``: all rows, or None."""

    id: uuid.UUID
    invoice_id: InvoiceId
    fields: Mapping[str, str]
    lines: Rows | None
    taxes: Rows | None
    request: RequestKey


@dataclass(frozen=True, slots=True)
class Decision:
    """Accept or reject. ``reason``: a person's words, needed to reject and to accept with obstacles."""

    id: uuid.UUID
    invoice_id: InvoiceId
    reason: str
    request: RequestKey


Render = Callable[[InvoiceView], bytes]


class ReviewInvoices:
    """Invoices of the caller's store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        rules: FieldRules,
        memory: RememberedSuppliers,
        announcer: Announcer,
        intake: PayableIntake = _NOBODY,
    ) -> None:
        """``intake``: where accepted invoices go on, in the unit of their acceptance."""
        self._intake = intake
        self._storage = storage
        self._clock = clock
        self._rules = rules
        self._memory = memory
        self._announcer = announcer

    def list(
        self, caller: Caller, wish: InvoiceWish, *, before: InvoiceId | None = None, limit: int = 25
    ) -> tuple[Invoice, ...]:
        """Return invoices, newest first."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.invoices.list(caller.tenant_id, caller.store_id, wish, before=before, limit=limit)

    def counts(self, caller: Caller) -> Mapping[InvoiceState, int]:
        """Return how many invoices stand in each state; states without one are left out."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.invoices.counts(caller.tenant_id, caller.store_id)

    def repeats(self, caller: Caller, states: Sequence[InvoiceState]) -> int:
        """Return how many invoices in these states repeat an older one."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.invoices.repeats(caller.tenant_id, caller.store_id, states)

    def get(self, caller: Caller, invoice_id: InvoiceId) -> InvoiceView:
        """Return one invoice with everything that is known of it.

        Raises:
            NotFound: ``invoice_not_found``.
        """
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            invoice = unit.invoices.load(caller.tenant_id, caller.store_id, invoice_id)
            if invoice is None:
                raise invoice_not_found()
            events = unit.invoices.events(caller.tenant_id, caller.store_id, invoice_id)
            return self._view(unit, judge(unit, invoice, events), events)

    def correct(self, caller: Caller, correction: Correction, render: Render) -> tuple[StoredAnswer, bool]:
        """Store corrections; a value that is said again as it stands confirms it.

        Raises:
            NotPermitted: without ``documents:work``.
            NotFound: ``invoice_not_found``.
            InputError: ``invalid_field_value``, ``unknown_field``, ``nothing_to_correct``.
            RuleError: ``invoice_decided``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.DOCUMENTS_WORK)

        def work(unit: UnitOfWork) -> StoredAnswer:
            before, events = self._held(unit, caller, correction.invoice_id)
            changes = self._changes(before.current.invoice, correction)
            if not changes:
                raise InputError("nothing_to_correct", "No value was given.", "Send at least one field.", "/fields")
            step = self._event(InvoiceStep.CORRECTED, correction.id, caller, events, changes=changes)
            view = self._stored(unit, before.invoice, (*events, step))
            return correction.request.answer(201, render(view))

        answer = answer_once(self._storage, caller, correction.request, work, self._clock.now())
        names = sorted({*correction.fields})
        log_event(_log, "invoice.corrected", invoice_id=correction.invoice_id, actor=caller.name, fields=names)
        return answer

    def accept(self, caller: Caller, decision: Decision, render: Render) -> tuple[StoredAnswer, bool]:
        """Accept an invoice, and learn from what was corrected.

        Raises:
            NotPermitted: without ``documents:work``.
            NotFound: ``invoice_not_found``.
            RuleError: ``reason_for_acceptance_needed`` while something required is missing, a sum does not hold, the
                e-invoice breaks rules or differs from the page, or it repeats another one; ``invoice_decided``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.DOCUMENTS_WORK)

        def work(unit: UnitOfWork) -> StoredAnswer:
            before, events = self._held(unit, caller, decision.invoice_id)
            in_the_way = obstacles(before.doubts)
            if in_the_way and not decision.reason:
                raise _reason_needed(in_the_way)
            step = self._event(InvoiceStep.ACCEPTED, decision.id, caller, events, reason=decision.reason)
            accepted = replace(before.invoice, state=InvoiceState.VALIDATED)
            view = self._stored(unit, accepted, (*events, step))
            self._memory.learn_in(unit, view.invoice, view.current, caller.name)
            self._announce(unit, view)
            at = view.events[-1].at
            values = view.current.invoice
            self._intake.take_in(unit, AcceptedInvoice(view.invoice, values, caller.name, caller.id, at))
            return decision.request.answer(200, render(view))

        answer = answer_once(self._storage, caller, decision.request, work, self._clock.now())
        log_event(_log, "invoice.accepted", invoice_id=decision.invoice_id, actor=caller.name)
        return answer

    def reject(self, caller: Caller, decision: Decision, render: Render) -> tuple[StoredAnswer, bool]:
        """Reject an invoice: it is nothing to pay, for the reason given.

        Raises:
            NotPermitted: without ``documents:work``.
            NotFound: ``invoice_not_found``.
            RuleError: ``invoice_decided``.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.DOCUMENTS_WORK)

        def work(unit: UnitOfWork) -> StoredAnswer:
            before, events = self._held(unit, caller, decision.invoice_id)
            step = self._event(InvoiceStep.REJECTED, decision.id, caller, events, reason=decision.reason)
            view = self._stored(unit, replace(before.invoice, state=InvoiceState.REJECTED), (*events, step))
            return decision.request.answer(200, render(view))

        answer = answer_once(self._storage, caller, decision.request, work, self._clock.now())
        log_event(_log, "invoice.rejected", invoice_id=decision.invoice_id, actor=caller.name)
        return answer

    def _held(self, unit: UnitOfWork, caller: Caller, invoice_id: InvoiceId) -> tuple[Judged, tuple[InvoiceEvent, ...]]:
        invoice = unit.invoices.lock(caller.tenant_id, caller.store_id, invoice_id)
        if invoice is None:
            raise invoice_not_found()
        check_open(invoice.state)
        events = unit.invoices.events(caller.tenant_id, caller.store_id, invoice_id)
        return judge(unit, invoice, events), events

    def _stored(self, unit: UnitOfWork, invoice: Invoice, events: tuple[InvoiceEvent, ...]) -> InvoiceView:
        """Judge the invoice anew with the last of its events, and store both."""
        changed = replace(invoice, version=invoice.version + 1, changed_at=events[-1].at)
        judged = judge(unit, changed, events)
        if not unit.invoices.update(judged.invoice):
            raise RuleError("invoice_changed", "The invoice was changed at the same time.", "Load it again.")
        unit.invoices.tell(judged.invoice, events[-1])
        return self._view(unit, judged, events)

    def _view(self, unit: UnitOfWork, judged: Judged, events: tuple[InvoiceEvent, ...]) -> InvoiceView:
        invoice = judged.invoice
        document = unit.documents.load(invoice.tenant_id, invoice.store_id, invoice.document_id)
        if document is None:
            raise document_not_found()
        signs = (*judged.duplicates, *arrivals_as_signs(unit, document))
        reading = unit.documents.reading(invoice.tenant_id, invoice.store_id, document.id, invoice.reading_no)
        pages = () if reading is None else tuple(json.loads(reading.result)["pages"])
        return InvoiceView(invoice, document, judged.current, judged.doubts, signs, events, pages)

    def _event(
        self,
        step: InvoiceStep,
        event_id: uuid.UUID,
        caller: Caller,
        events: tuple[InvoiceEvent, ...],
        *,
        reason: str = "",
        changes: tuple[Change, ...] = (),
    ) -> InvoiceEvent:
        sequence = events[-1].sequence + 1 if events else 1
        return InvoiceEvent(sequence, event_id, step, caller.name, self._clock.now(), reason, changes)

    def _changes(self, invoice: CapturedInvoice, correction: Correction) -> tuple[Change, ...]:
        found = [self._field_change(invoice, name, text) for name, text in correction.fields.items()]
        if correction.lines is not None:
            now = self._rows(correction.lines, LINES, LINE_CELLS)
            found.append(Change(LINES, rows_text(shown_lines(invoice)), rows_text(now)))
        if correction.taxes is not None:
            now = self._rows(correction.taxes, TAXES, TAX_CELLS)
            found.append(Change(TAXES, rows_text(shown_taxes(invoice)), rows_text(now)))
        return tuple(found)

    def _field_change(self, invoice: CapturedInvoice, given: str, text: str) -> Change:
        pointer = f"/fields/{given}"
        try:
            name = FieldName(given)
        except ValueError as error:
            raise InputError("unknown_field", "There is no such field.", "See the list of fields.", pointer) from error
        typed = text.strip()
        try:
            value = self._rules.normal(name, typed, invoice.language) if typed else ""
        except InputError as error:
            raise InputError(error.code, error.message, error.hint, pointer) from error
        return Change(name, value_of(invoice, name), value)

    def _rows(self, rows: Rows, where: str, cells: tuple[str, ...]) -> Rows:
        return tuple(
            {cell: self._cell(f"/{where}/{index}/{cell}", cell, row.get(cell, "").strip()) for cell in cells}
            for index, row in enumerate(rows)
        )

    def _cell(self, pointer: str, cell: str, text: str) -> str:
        try:
            return self._rules.normal_cell(cell, text) if text else ""
        except InputError as error:
            raise InputError(error.code, error.message, error.hint, pointer) from error

    def _announce(self, unit: UnitOfWork, view: InvoiceView) -> None:
        invoice, summary = view.invoice, view.invoice.summary
        data = {
            "invoice_id": str(invoice.id),
            "document_id": str(invoice.document_id),
            "supplier": summary.supplier,
            "number": summary.number,
            "date": "" if summary.issued_on is None else summary.issued_on.isoformat(),
        }
        if summary.total is not None:
            data |= {"amount": summary.total.to_decimal(), "currency": summary.total.currency.code}
        announcement = Announcement(
            tenant_id=invoice.tenant_id,
            store_id=invoice.store_id,
            kind="invoice.accepted",
            cause_id=view.events[-1].id,
            subject=f"/v1/supplier-invoices/{invoice.id}",
            data=data,
            at=view.events[-1].at,
        )
        for message in self._announcer.messages(announcement):
            unit.outbox.add(message)


def invoice_not_found() -> NotFound:
    """Return the error for an invoice that is not stored."""
    return NotFound("invoice_not_found", "There is no such invoice.", "Check the id.")


def _reason_needed(in_the_way: tuple[Doubt, ...]) -> RuleError:
    told = ", ".join(
        f"{doubt.kind} {doubt.name}" if doubt.kind is not DoubtKind.DUPLICATE else "a repeated invoice"
        for doubt in in_the_way[:5]
    )
    hint = "Correct it, or say in a reason why it is right as it is."
    return RuleError("reason_for_acceptance_needed", f"Something is in the way: {told}.", hint)
