"""Orders to the kitchen in SQL: a ticket each time it was sent, never changed."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.paper.paper_tables import kitchen_order
from gateway.adapters.db.payments.mapping import AnyRow, message_of
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import outbox
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.kitchen import KitchenOrder, OrderId, OrderLine, TicketId
from gateway.ports.paper_store import OPENINGS_MAX

_OF_STORE = (kitchen_order.c.tenant_id == bindparam("tenant"), kitchen_order.c.store_id == bindparam("store"))
_GET = select(kitchen_order).where(*_OF_STORE, kitchen_order.c.order_id == bindparam("order"))
_LAST = (
    select(kitchen_order)
    .where(*_OF_STORE, kitchen_order.c.ticket_id == bindparam("ticket"))
    .order_by(kitchen_order.c.sequence.desc())
    .limit(1)
)
_RECENT = (
    select(kitchen_order)
    .where(*_OF_STORE)
    .order_by(kitchen_order.c.sent_at.desc(), kitchen_order.c.order_id.desc())
    .limit(bindparam("limit"))
)
_SLIPS = (
    select(outbox)
    .where(
        outbox.c.tenant_id == bindparam("tenant"),
        outbox.c.store_id == bindparam("store"),
        outbox.c.payment_id == bindparam("order"),
    )
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
)
_GIVE_UP = (
    update(outbox)
    .where(
        outbox.c.tenant_id == bindparam("tenant"),
        outbox.c.store_id == bindparam("store"),
        outbox.c.target == bindparam("of_target"),
        outbox.c.state == "ready",
        text("state <> 'done'"),
    )
    .values(state="dead", note=bindparam("new_note"), changed_at=bindparam("now"))
)
_NEXT_NUMBER = text(
    "INSERT INTO kitchen_number (tenant_id, store_id, day, last_number) VALUES (:tenant, :store, :day, 1)"
    " ON CONFLICT (tenant_id, store_id) DO UPDATE SET last_number = CASE WHEN kitchen_number.day = excluded.day"
    " THEN kitchen_number.last_number + 1 ELSE 1 END, day = excluded.day RETURNING last_number"
)


class SqlOrderStore:
    """Orders to the kitchen of all stores; every call names tenant and store."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, order: KitchenOrder, request_hash: str) -> None:
        """Store an order; errors as in ``OrderStore``."""
        row = {
            "tenant_id": order.tenant_id,
            "store_id": order.store_id,
            "order_id": order.id,
            "ticket_id": order.ticket_id,
            "sequence": order.sequence,
            "register_id": order.register_id,
            "number": order.number,
            "label": storable(order.label),
            "lines": [_line_to_document(line) for line in order.lines],
            "request_hash": request_hash,
            "sent_at": order.sent_at,
            "sent_by": storable(order.sent_by),
        }
        self._statements.change(insert(kitchen_order), row)

    def next_number(self, tenant_id: TenantId, store_id: StoreId, day: date) -> int:
        """Return the next short number of a day, from 1."""
        row = self._statements.rows(_NEXT_NUMBER, {"tenant": tenant_id, "store": store_id, "day": day.isoformat()})[0]
        return int(row.last_number)

    def get(self, tenant_id: TenantId, store_id: StoreId, order_id: OrderId) -> tuple[KitchenOrder, str] | None:
        """Return one order and the hash of its request."""
        row = self._statements.first(_GET, {"tenant": tenant_id, "store": store_id, "order": order_id})
        return None if row is None else (_order_of(row), row.request_hash)

    def last_of(self, tenant_id: TenantId, store_id: StoreId, ticket_id: TicketId) -> KitchenOrder | None:
        """Return a ticket as it was sent last."""
        row = self._statements.first(_LAST, {"tenant": tenant_id, "store": store_id, "ticket": ticket_id})
        return None if row is None else _order_of(row)

    def recent(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[KitchenOrder, ...]:
        """Return the newest orders, newest first, at most 500."""
        wish = {"tenant": tenant_id, "store": store_id, "limit": min(limit, OPENINGS_MAX)}
        return tuple(_order_of(row) for row in self._statements.rows(_RECENT, wish))

    def give_up(self, tenant_id: TenantId, store_id: StoreId, printer_id: str, note: str, now: datetime) -> int:
        """Give up every paper that waits for a printer, with a note; return how many."""
        wish = {"tenant": tenant_id, "store": store_id, "of_target": printer_id, "new_note": storable(note), "now": now}
        return self._statements.change(_GIVE_UP, wish)

    def papers_of(self, tenant_id: TenantId, store_id: StoreId, subject_id: uuid.UUID) -> tuple[OutboxMessage, ...]:
        """Return the papers of an order, a sale or whatever else and where they stand, copies too, oldest first."""
        rows = self._statements.rows(_SLIPS, {"tenant": tenant_id, "store": store_id, "order": subject_id})
        return tuple(message_of(row) for row in rows)


def _line_to_document(line: OrderLine) -> dict[str, str]:
    return {
        "text": storable(line.text),
        "quantity": str(line.quantity),
        "group": storable(line.group),
        "note": storable(line.note),
    }


def _line_of(document: dict[str, Any]) -> OrderLine:
    return OrderLine(**{**document, "quantity": Decimal(document["quantity"])})


def _order_of(row: AnyRow) -> KitchenOrder:
    return KitchenOrder(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=OrderId(row.order_id),
        ticket_id=TicketId(row.ticket_id),
        sequence=row.sequence,
        register_id=RegisterId(row.register_id),
        number=row.number,
        label=row.label,
        lines=tuple(_line_of(line) for line in row.lines),
        sent_at=row.sent_at,
        sent_by=row.sent_by,
    )
