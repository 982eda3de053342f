"""Invoices and their journal in SQL: a change fits the version it was made for, or is not stored."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, tuple_, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.documents.document_tables import supplier_invoice, supplier_invoice_event
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.documents.invoice import (
    Change,
    Invoice,
    InvoiceEvent,
    InvoiceKeys,
    InvoiceState,
    InvoiceStep,
    InvoiceSummary,
)
from gateway.domain.ids import DocumentId, InvoiceId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.document_store import CANDIDATES_MAX, InvoiceWish

_TABLE = supplier_invoice.c
_EVENT = supplier_invoice_event.c
_HERE = (_TABLE.tenant_id == bindparam("tenant"), _TABLE.store_id == bindparam("store"))
_THIS = (*_HERE, _TABLE.invoice_id == bindparam("invoice"))
_LOAD = select(supplier_invoice).where(*_THIS)
_OF_DOCUMENT = (
    select(supplier_invoice).where(*_HERE, _TABLE.document_id == bindparam("document")).order_by(_TABLE.position)
)
_EVENTS = (
    select(supplier_invoice_event)
    .where(
        _EVENT.tenant_id == bindparam("tenant"),
        _EVENT.store_id == bindparam("store"),
        _EVENT.invoice_id == bindparam("invoice"),
    )
    .order_by(_EVENT.sequence)
)
_COUNTS = select(_TABLE.state, func.count().label("number")).where(*_HERE).group_by(_TABLE.state)
_REPEATS = select(func.count().label("number")).where(
    *_HERE, _TABLE.duplicate_of.is_not(None), _TABLE.state.in_(bindparam("states", expanding=True))
)
_KEYS = frozenset({"tenant_id", "store_id", "invoice_id", "document_id", "position", "created_at"})
_UPDATE = (
    update(supplier_invoice)
    .where(*_THIS, _TABLE.version == bindparam("expected"))
    .values({column.name: bindparam(f"new_{column.name}") for column in _TABLE if column.name not in _KEYS})
)


def _same(column: Any, name: str) -> Any:  # noqa: ANN401 - a column of any type
    """Return a condition: both know it, and it is equal."""
    return and_(bindparam(name) != "", column == bindparam(name))


_CANDIDATES = (
    select(supplier_invoice)
    .where(
        *_HERE,
        _TABLE.invoice_id != bindparam("invoice"),
        _TABLE.state != "rejected",
        or_(_same(_TABLE.vat_key, "vat"), _same(_TABLE.iban_key, "iban"), _same(_TABLE.name_key, "named")),
        or_(
            _same(_TABLE.number_key, "numbered"),
            and_(_TABLE.total_minor == bindparam("minor"), _TABLE.currency == bindparam("money")),
        ),
    )
    .order_by(_TABLE.created_at.desc(), _TABLE.invoice_id.desc())
    .limit(CANDIDATES_MAX)
)


class SqlInvoiceStore:
    """Invoices of all stores; see ``InvoiceStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, invoice: Invoice) -> None:
        """Store a new invoice."""
        self._statements.change(insert(supplier_invoice), _row(invoice))

    def update(self, invoice: Invoice) -> bool:
        """Store an invoice that was loaded at the version before this one; False when it has changed since."""
        change = {f"new_{name}": value for name, value in _row(invoice).items() if name not in _KEYS}
        return self._statements.change(_UPDATE, _of(invoice) | change | {"expected": invoice.version - 1}) == 1

    def tell(self, invoice: Invoice, event: InvoiceEvent) -> None:
        """Add a line to the journal of an invoice."""
        changes = [[one.field, storable(one.before), storable(one.now)] for one in event.changes]
        row = {
            "tenant_id": invoice.tenant_id,
            "store_id": invoice.store_id,
            "invoice_id": invoice.id,
            "sequence": event.sequence,
            "event_id": event.id,
            "step": event.step.value,
            "actor": storable(event.actor),
            "reason": storable(event.reason),
            "changes": changes,
            "recorded_at": event.at,
        }
        self._statements.change(insert(supplier_invoice_event), row)

    def load(self, tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> Invoice | None:
        """Return one invoice."""
        row = self._statements.first(_LOAD, _at(tenant_id, store_id, invoice_id))
        return None if row is None else _invoice_of(row)

    def lock(self, tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> Invoice | None:
        """Return one invoice and hold it until the unit ends; SQLite has one writer anyway."""
        statement = _LOAD.with_for_update() if self._statements.postgresql else _LOAD
        row = self._statements.first(statement, _at(tenant_id, store_id, invoice_id))
        return None if row is None else _invoice_of(row)

    def events(self, tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> tuple[InvoiceEvent, ...]:
        """Return the journal of an invoice, oldest first."""
        return tuple(_event_of(row) for row in self._statements.rows(_EVENTS, _at(tenant_id, store_id, invoice_id)))

    def of_document(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> tuple[Invoice, ...]:
        """Return the invoices of a document by their position."""
        wish = {"tenant": tenant_id, "store": store_id, "document": document_id}
        return tuple(_invoice_of(row) for row in self._statements.rows(_OF_DOCUMENT, wish))

    def list(
        self, tenant_id: TenantId, store_id: StoreId, wish: InvoiceWish, *, before: InvoiceId | None, limit: int
    ) -> tuple[Invoice, ...]:
        """Return invoices, newest first."""
        asked: dict[str, Any] = {"tenant": tenant_id, "store": store_id, "states": [str(one) for one in wish.states]}
        statement = select(supplier_invoice).where(*_HERE, _TABLE.state.in_(bindparam("states", expanding=True)))
        if wish.doubt is not None:
            statement = statement.where(_TABLE.doubts > 0 if wish.doubt else _TABLE.doubts == 0)
        if wish.repeats:
            statement = statement.where(_TABLE.duplicate_of.is_not(None))
        if wish.document_id is not None:
            statement = statement.where(_TABLE.document_id == bindparam("document"))
            asked["document"] = wish.document_id
        if wish.text:
            statement = statement.where(_TABLE.search_text.contains(storable(wish.text).casefold(), autoescape=True))
        if before is not None:
            cursor = self.load(tenant_id, store_id, before)
            if cursor is None:
                return ()
            at, its = bindparam("at", type_=_TABLE.created_at.type), bindparam("its", type_=_TABLE.invoice_id.type)
            statement = statement.where(tuple_(_TABLE.created_at, _TABLE.invoice_id) < tuple_(at, its))
            asked |= {"at": cursor.created_at, "its": before}
        statement = statement.order_by(_TABLE.created_at.desc(), _TABLE.invoice_id.desc()).limit(limit)
        return tuple(_invoice_of(row) for row in self._statements.rows(statement, asked))

    def counts(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[InvoiceState, int]:
        """Return how many invoices stand in each state."""
        rows = self._statements.rows(_COUNTS, {"tenant": tenant_id, "store": store_id})
        return {InvoiceState(row.state): int(row.number) for row in rows}

    def repeats(self, tenant_id: TenantId, store_id: StoreId, states: Sequence[InvoiceState]) -> int:
        """Return how many invoices in these states repeat an older one."""
        asked = {"tenant": tenant_id, "store": store_id, "states": [str(one) for one in states]}
        return int(self._statements.rows(_REPEATS, asked)[0].number)

    def candidates(self, invoice: Invoice) -> tuple[Invoice, ...]:
        """Return invoices of the same supplier with the same number or total, newest first, no rejected ones."""
        keys, total = invoice.summary.keys, invoice.summary.total
        wish = _of(invoice) | {
            "vat": keys.vat_id,
            "iban": keys.iban,
            "named": keys.name,
            "numbered": keys.number,
            "minor": -1 if total is None else total.minor,
            "money": "" if total is None else total.currency.code,
        }
        return tuple(_invoice_of(row) for row in self._statements.rows(_CANDIDATES, wish))


def _at(tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "invoice": invoice_id}


def _of(invoice: Invoice) -> dict[str, Any]:
    return _at(invoice.tenant_id, invoice.store_id, invoice.id)


def _row(invoice: Invoice) -> dict[str, Any]:
    summary = invoice.summary
    searched = f"{summary.supplier} {summary.number} {summary.keys.number} {summary.keys.vat_id}"
    return {
        "tenant_id": invoice.tenant_id,
        "store_id": invoice.store_id,
        "invoice_id": invoice.id,
        "document_id": invoice.document_id,
        "position": invoice.position,
        "reading_no": invoice.reading_no,
        "capture": storable(json.dumps(invoice.capture, ensure_ascii=False, separators=(",", ":"))),
        "state": invoice.state.value,
        "document_type": summary.document_type,
        "supplier": storable(summary.supplier),
        "number": storable(summary.number),
        "issued_on": _text_of(summary.issued_on),
        "due_on": _text_of(summary.due_on),
        "total_minor": None if summary.total is None else summary.total.minor,
        "currency": None if summary.total is None else summary.total.currency.code,
        "doubts": summary.doubts,
        "vat_key": storable(summary.keys.vat_id),
        "iban_key": storable(summary.keys.iban),
        "name_key": storable(summary.keys.name),
        "number_key": storable(summary.keys.number),
        "search_text": storable(searched).casefold(),
        "duplicate_of": invoice.duplicate_of,
        "created_at": invoice.created_at,
        "changed_at": invoice.changed_at,
        "version": invoice.version,
    }


def _text_of(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day_of(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _invoice_of(row: AnyRow) -> Invoice:
    total = None if row.total_minor is None else Money(row.total_minor, Currency.of(row.currency))
    return Invoice(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=InvoiceId(row.invoice_id),
        document_id=DocumentId(row.document_id),
        position=row.position,
        reading_no=row.reading_no,
        capture=json.loads(row.capture),
        state=InvoiceState(row.state),
        summary=InvoiceSummary(
            document_type=row.document_type,
            supplier=row.supplier,
            number=row.number,
            issued_on=_day_of(row.issued_on),
            due_on=_day_of(row.due_on),
            total=total,
            doubts=row.doubts,
            keys=InvoiceKeys(row.vat_key, row.iban_key, row.name_key, row.number_key),
        ),
        created_at=row.created_at,
        changed_at=row.changed_at,
        version=row.version,
        duplicate_of=None if row.duplicate_of is None else InvoiceId(row.duplicate_of),
    )


def _event_of(row: AnyRow) -> InvoiceEvent:
    return InvoiceEvent(
        sequence=row.sequence,
        id=uuid.UUID(str(row.event_id)),
        step=InvoiceStep(row.step),
        actor=row.actor,
        at=row.recorded_at,
        reason=row.reason,
        changes=tuple(Change(*one) for one in row.changes),
    )
