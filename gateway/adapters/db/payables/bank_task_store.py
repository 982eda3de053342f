# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Tasks and decisions about payments with a bank in SQL, and the lease of the node that works the way to it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.bank_tables import bank_decision, bank_task
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import PaymentOrderId, StoreId, TenantId
from gateway.domain.payables.bank_task import BankDecision, BankTask, DecisionKind, TaskKind
from gateway.ports.bank_task_store import TASKS_MAX

_HERE = (bank_task.c.tenant_id == bindparam("tenant"), bank_task.c.store_id == bindparam("store"))
_ONE = (*_HERE, bank_task.c.task_id == bindparam("task"))
_ADD = {
    False: sqlite.insert(bank_task).on_conflict_do_nothing(),
    True: postgresql.insert(bank_task).on_conflict_do_nothing(),
}
_LIST = (
    select(bank_task)
    .where(*_HERE)
    .order_by(bank_task.c.opened_at.desc(), bank_task.c.task_id.desc())
    .limit(bindparam("most"))
)
_OPEN = _LIST.where(bank_task.c.closed_at.is_(None))
_LOAD = select(bank_task).where(*_ONE)
_OF_ORDER = (
    select(bank_task)
    .where(*_HERE, bank_task.c.order_id == bindparam("of_order"))
    .order_by(bank_task.c.opened_at, bank_task.c.task_id)
)
_CLOSE = (
    update(bank_task)
    .where(*_ONE, bank_task.c.closed_at.is_(None))
    .values(closed_at=bindparam("at"), closed_by=bindparam("by"), note=bindparam("words"))
)
_DECIDED = select(bank_decision.c.decision_id).where(
    bank_decision.c.tenant_id == bindparam("tenant"),
    bank_decision.c.store_id == bindparam("store"),
    bank_decision.c.decision_id == bindparam("decision"),
)
_DECIDE = insert(bank_decision)
_DECISIONS = (
    select(bank_decision)
    .where(
        bank_decision.c.tenant_id == bindparam("tenant"),
        bank_decision.c.store_id == bindparam("store"),
        bank_decision.c.order_id == bindparam("of_order"),
    )
    .order_by(bank_decision.c.decided_at, bank_decision.c.decision_id)
)
# The lease lives by the database's clock; SQLite tells milliseconds and stores microseconds.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: _NOW[False] + " + :lease_s * 1000000",
    True: "clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'",
}
_AT = "tenant_id = :tenant AND store_id = :store AND name = :name"
_ENSURE = {
    dialect: text(
        "INSERT INTO bank_lease (tenant_id, store_id, name, holder, expires_at)"
        f" VALUES (:tenant, :store, :name, NULL, {_NOW[dialect]}) ON CONFLICT DO NOTHING"
    )
    for dialect in (False, True)
}
_TAKE = {
    dialect: text(
        f"UPDATE bank_lease SET holder = :holder, expires_at = {_LATER[dialect]} WHERE {_AT}"
        f" AND (holder IS NULL OR holder = :holder OR expires_at <= {_NOW[dialect]})"
    )
    for dialect in (False, True)
}
_GIVE_BACK = text(f"UPDATE bank_lease SET holder = NULL WHERE {_AT} AND holder = :holder")


class SqlBankTaskStore:
    """Tasks, decisions and the lease; see ``BankTaskStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, tenant_id: TenantId, store_id: StoreId, tasks: Sequence[BankTask]) -> None:
        """Store tasks; those whose id is there stay as they are, open or closed."""
        for task in tasks:
            row = {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "task_id": task.id,
                "kind": task.kind.value,
                "order_id": task.order_id,
                "message_id": task.message_id,
                "detail": {key: storable(value) for key, value in (task.detail or {}).items()},
                "opened_at": task.opened_at,
                "closed_at": task.closed_at,
                "closed_by": task.closed_by,
                "note": storable(task.note),
            }
            self._statements.change(_ADD[self._statements.postgresql], row)

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, open_only: bool, limit: int = TASKS_MAX
    ) -> tuple[BankTask, ...]:
        """Return tasks, newest first."""
        wish = {"tenant": tenant_id, "store": store_id, "most": max(0, min(limit, TASKS_MAX))}
        return tuple(_task_of(row) for row in self._statements.rows(_OPEN if open_only else _LIST, wish))

    def load(self, tenant_id: TenantId, store_id: StoreId, task_id: uuid.UUID) -> BankTask | None:
        """Return one task."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "task": task_id})
        return None if row is None else _task_of(row)

    def of_order(self, tenant_id: TenantId, store_id: StoreId, order_id: PaymentOrderId) -> tuple[BankTask, ...]:
        """Return the tasks of one payment, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "of_order": order_id}
        return tuple(_task_of(row) for row in self._statements.rows(_OF_ORDER, wish))

    def close(
        self, tenant_id: TenantId, store_id: StoreId, task_id: uuid.UUID, *, by: str, note: str, at: datetime
    ) -> bool:
        """Close a task; False when it is closed or unknown."""
        change = {"tenant": tenant_id, "store": store_id, "task": task_id, "at": at, "by": by, "words": storable(note)}
        return self._statements.change(_CLOSE, change) == 1

    def decide(self, tenant_id: TenantId, store_id: StoreId, decision: BankDecision) -> bool:
        """Store a decision; False, and nothing stored, when its id is there."""
        wish = {"tenant": tenant_id, "store": store_id, "decision": decision.id}
        if self._statements.first(_DECIDED, wish) is not None:
            return False
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "decision_id": decision.id,
            "order_id": decision.order_id,
            "kind": decision.kind.value,
            "person_id": decision.by,
            "actor": decision.actor,
            "reason": storable(decision.reason),
            "detail": {key: storable(value) for key, value in (decision.detail or {}).items()},
            "decided_at": decision.at,
        }
        self._statements.change(_DECIDE, row)
        return True

    def decisions(self, tenant_id: TenantId, store_id: StoreId, order_id: PaymentOrderId) -> tuple[BankDecision, ...]:
        """Return the decisions about one payment, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "of_order": order_id}
        return tuple(_decision_of(row) for row in self._statements.rows(_DECISIONS, wish))

    def take_lease(self, tenant_id: TenantId, store_id: StoreId, name: str, holder: str, lease_s: int) -> bool:
        """Take or extend the right to work what ``name`` says, by the database's clock; False when another has it."""
        place = {"tenant": tenant_id, "store": store_id, "name": name}
        dialect = self._statements.postgresql
        self._statements.change(_ENSURE[dialect], place)
        return self._statements.change(_TAKE[dialect], {**place, "holder": holder, "lease_s": lease_s}) == 1

    def give_back(self, tenant_id: TenantId, store_id: StoreId, name: str, holder: str) -> None:
        """Give the right back, if this holder has it."""
        place = {"tenant": tenant_id, "store": store_id, "name": name, "holder": holder}
        self._statements.change(_GIVE_BACK, place)


def _task_of(row: AnyRow) -> BankTask:
    return BankTask(
        id=row.task_id,
        kind=TaskKind(row.kind),
        opened_at=row.opened_at,
        order_id=None if row.order_id is None else PaymentOrderId(row.order_id),
        message_id=row.message_id,
        detail=row.detail,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        note=row.note,
    )


def _decision_of(row: AnyRow) -> BankDecision:
    return BankDecision(
        id=row.decision_id,
        order_id=PaymentOrderId(row.order_id),
        kind=DecisionKind(row.kind),
        by=row.person_id,
        actor=row.actor,
        reason=row.reason,
        at=row.decided_at,
        detail=row.detail,
    )
