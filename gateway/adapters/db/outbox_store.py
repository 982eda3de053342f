"""Messages to deliver in SQL: started under the lease epoch of a device, finished only under the same one."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.driver_change import DriverChange
from gateway.adapters.db.payments.mapping import message_of
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import lease, outbox
from gateway.domain.ids import OutboxId, StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.change import CHANGE
from gateway.domain.telling.outward import KINDS

WAITING_MAX = 500
"""Messages shown as waiting, the oldest."""

_HERE = (outbox.c.tenant_id == bindparam("tenant"), outbox.c.store_id == bindparam("store"))
_OPEN = text("state <> 'done'")
_EXISTS = select(outbox.c.outbox_id).where(*_HERE, outbox.c.outbox_id == bindparam("message"))
_GET = select(outbox).where(*_HERE, outbox.c.outbox_id == bindparam("message"))
_ADD_SQL = (
    "INSERT INTO outbox (tenant_id, store_id, outbox_id, payment_id, kind, target, payload, created_at, state, tries,"
    " due_at, note, epoch, changed_at) VALUES (:tenant, :store, :message, :payment, :kind, :target, :payload,"
    " :created_at, :state, :tries, :due_at, :note, :epoch, :created_at) ON CONFLICT DO NOTHING"
)
_TYPED = (
    bindparam("message", type_=outbox.c.outbox_id.type),
    bindparam("payment", type_=outbox.c.payment_id.type),
    bindparam("payload", type_=outbox.c.payload.type),
    bindparam("created_at", type_=outbox.c.created_at.type),
    bindparam("due_at", type_=outbox.c.due_at.type),
)
_ADD = text(f"{_ADD_SQL} RETURNING 1").bindparams(*_TYPED)
_NOTE = DriverChange(text(_ADD_SQL).bindparams(*_TYPED))
# The lease is held in share mode to the end, so that a new holder waits and then finds what was started.
_NEWER_LEASE = (
    select(lease.c.epoch)
    .where(
        lease.c.tenant_id == bindparam("tenant"),
        lease.c.store_id == bindparam("store"),
        lease.c.device_id == bindparam("of_target"),
    )
    .with_for_update(read=True)
)
_DUE = (
    select(outbox.c.outbox_id)
    .where(
        *_HERE,
        outbox.c.target == bindparam("of_target"),
        _OPEN,
        outbox.c.state == "ready",
        outbox.c.due_at.is_(None) | (outbox.c.due_at <= bindparam("now")),
    )
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("due")  # runs once: a plain subquery could be run again by the planner and lock more than the limit
)
_START = (
    update(outbox)
    .where(*_HERE, outbox.c.outbox_id.in_(select(_DUE.c.outbox_id)), outbox.c.state == "ready")
    .values(state="started", epoch=bindparam("fence"), changed_at=bindparam("now"))
    .returning(outbox)
)
_FINISH = (
    update(outbox)
    .where(
        *_HERE,
        outbox.c.outbox_id == bindparam("message"),
        outbox.c.state == "started",
        outbox.c.epoch == bindparam("fence"),
    )
    .values(
        state=bindparam("new_state"),
        tries=bindparam("new_tries"),
        due_at=bindparam("new_due_at"),
        note=bindparam("new_note"),
        changed_at=bindparam("now"),
    )
)
_MARK_UNSURE = (
    update(outbox)
    .where(
        *_HERE,
        outbox.c.target == bindparam("of_target"),
        _OPEN,
        outbox.c.state == "started",
        outbox.c.epoch < bindparam("fence"),
    )
    .values(state="unsure", note=bindparam("new_note"), changed_at=bindparam("now"))
)
# What leaves the shop, and its feed, have queues of their own; thousands of such messages must not hide the papers.
_WAITING = (
    select(outbox)
    .where(*_HERE, _OPEN, outbox.c.kind.not_in((*KINDS, CHANGE)))
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
    .limit(WAITING_MAX)
)


class SqlOutboxStore:
    """Messages to deliver."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, message: OutboxMessage) -> bool:
        """Insert a message; False when its id is already there.

        ``payload["payment_id"]`` ties it to a payment, ``payload["refund_id"]`` before that to a refund, and
        ``payload["subject_id"]`` after them to whatever else it is about.
        """
        return self._statements.first(_ADD, _row_of(message)) is not None

    def note(self, message: OutboxMessage) -> None:
        """As :meth:`add`, at a quarter of the cost, where nobody asks whether it was there."""
        self._statements.change_driven(_NOTE, _row_of(message))

    def start_due(
        self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, now: datetime, limit: int
    ) -> tuple[OutboxMessage, ...]:
        """Mark up to ``limit`` due messages as started under this epoch, oldest first; return them.

        Starts nothing when the target is a device whose lease has moved on to a newer epoch.
        """
        here = {"tenant": tenant_id, "store": store_id, "of_target": target}
        held = self._statements.first(_NEWER_LEASE, here)
        if held is not None and held.epoch > epoch:
            return ()
        wish = here | {"fence": epoch, "now": now, "limit": limit}
        found = [message_of(row) for row in self._statements.rows(_START, wish)]
        return tuple(sorted(found, key=lambda message: (message.created_at, message.id.hex)))

    def finish(self, message: OutboxMessage, *, epoch: int, now: datetime) -> bool:
        """Store state, tries, due_at and note if still started under this epoch; False when fenced off."""
        change = {
            "tenant": message.tenant_id,
            "store": message.store_id,
            "message": message.id,
            "fence": epoch,
            "new_state": message.state.value,
            "new_tries": message.tries,
            "new_due_at": message.due_at,
            "new_note": None if message.note is None else storable(message.note),
            "now": now,
        }
        return self._statements.change(_FINISH, change) == 1

    def mark_unsure(
        self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, note: str, now: datetime
    ) -> int:
        """Mark messages started under an older epoch as unsure (they may have happened); return how many."""
        change = {
            "tenant": tenant_id,
            "store": store_id,
            "of_target": target,
            "fence": epoch,
            "new_note": storable(note),
            "now": now,
        }
        return self._statements.change(_MARK_UNSURE, change)

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OutboxMessage, ...]:
        """Return papers not done, oldest first, at most 500; see ``OutwardStore`` for what leaves the shop."""
        rows = self._statements.rows(_WAITING, {"tenant": tenant_id, "store": store_id})
        return tuple(message_of(row) for row in rows)

    def get(self, tenant_id: TenantId, store_id: StoreId, message_id: OutboxId) -> OutboxMessage | None:
        """Return one message."""
        row = self._statements.first(_GET, {"tenant": tenant_id, "store": store_id, "message": message_id})
        return None if row is None else message_of(row)


def _row_of(message: OutboxMessage) -> dict[str, Any]:
    return {
        "tenant": message.tenant_id,
        "store": message.store_id,
        "message": message.id,
        "payment": _movement_of(message),
        "kind": message.kind,
        "target": message.target,
        "payload": message.payload,
        "created_at": message.created_at,
        "state": message.state.value,
        "tries": message.tries,
        "due_at": message.due_at,
        "note": None if message.note is None else storable(message.note),
        "epoch": message.epoch,
    }


def _movement_of(message: OutboxMessage) -> uuid.UUID | None:
    payload = message.payload
    named = payload.get("refund_id") or payload.get("payment_id") or payload.get("subject_id")
    return uuid.UUID(named) if named else None
