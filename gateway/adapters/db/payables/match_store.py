"""What matching found and decided, what is taken of order lines, and who waits for what, in SQL.

Orders are held by a row of their own (``order_use``) that every taker writes: two invoices at once never take the same
goods, on either database.
"""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, text

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.coding_store import SqlCodingStore
from gateway.adapters.db.payables.match_tables import (
    WAIT_KEY_MAX,
    match_decision,
    match_result,
    match_wait,
    order_consumption,
    order_use,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.ids import PayableId, PurchaseOrderId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.consumption import Consumption
from gateway.domain.payables.matching_record import DecisionKind, MatchDecision, MatchOutcome, MatchRecord

_SLICE = 500
"""Ids in one statement: databases limit their number."""

_LOCK = text(
    "INSERT INTO order_use (tenant_id, store_id, order_id, version) VALUES (:tenant, :store, :order_of, 1)"
    " ON CONFLICT (tenant_id, store_id, order_id) DO UPDATE SET version = order_use.version + 1"
).bindparams(bindparam("order_of", type_=order_use.c.order_id.type))
_USED = (
    select(order_consumption)
    .where(
        order_consumption.c.tenant_id == bindparam("tenant"),
        order_consumption.c.store_id == bindparam("store"),
    )
    .order_by(order_consumption.c.recorded_at, order_consumption.c.entry_id)
)
_OF_ORDERS = _USED.where(order_consumption.c.order_id.in_(bindparam("orders", expanding=True)))
_OF_PAYABLE = _USED.where(order_consumption.c.payable_id == bindparam("payable"))
_RESULTS = (
    select(match_result)
    .where(
        match_result.c.tenant_id == bindparam("tenant"),
        match_result.c.store_id == bindparam("store"),
        match_result.c.payable_id == bindparam("payable"),
    )
    .order_by(match_result.c.sequence.desc())
)
_DECIDED = (
    match_decision.c.tenant_id == bindparam("tenant"),
    match_decision.c.store_id == bindparam("store"),
    match_decision.c.payable_id == bindparam("payable"),
)
_DECISIONS = select(match_decision).where(*_DECIDED).order_by(match_decision.c.sequence)
_LAST_DECISION = select(func.max(match_decision.c.sequence).label("last")).where(*_DECIDED)
_WAITS = (match_wait.c.tenant_id == bindparam("tenant"), match_wait.c.store_id == bindparam("store"))
_NO_WAIT = delete(match_wait).where(*_WAITS, match_wait.c.payable_id == bindparam("payable"))
_WAITING = (
    select(match_wait.c.payable_id)
    .where(*_WAITS, match_wait.c.wait_key.in_(bindparam("keys", expanding=True)))
    .distinct()
)


class SqlMatchStore(SqlCodingStore):
    """What matching found, and what orders are billed already; see ``MatchStore``."""

    __slots__ = ()

    def lock_orders(self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PurchaseOrderId]) -> None:
        """Hold what is taken of these orders until the unit ends; always locked in the same order."""
        for order_id in sorted(set(order_ids)):
            self._statements.change(_LOCK, {"tenant": tenant_id, "store": store_id, "order_of": order_id})

    def consumed(
        self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PurchaseOrderId]
    ) -> tuple[Consumption, ...]:
        """Return all entries of these orders, oldest first."""
        wanted, found = sorted(set(order_ids)), []
        for start in range(0, len(wanted), _SLICE):
            wish = {"tenant": tenant_id, "store": store_id, "orders": wanted[start : start + _SLICE]}
            found += [_entry_of(row) for row in self._statements.rows(_OF_ORDERS, wish)]
        return tuple(found)

    def consumed_by(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[Consumption, ...]:
        """Return all entries of a payable, oldest first."""
        rows = self._statements.rows(_OF_PAYABLE, _at(tenant_id, store_id, payable_id))
        return tuple(_entry_of(row) for row in rows)

    def consume(self, tenant_id: TenantId, store_id: StoreId, entries: Sequence[Consumption]) -> None:
        """Store entries; hold the orders before with :meth:`lock_orders`."""
        rows = [
            {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "entry_id": entry.id,
                "order_id": entry.order_id,
                "order_line_no": entry.order_line_no,
                "payable_id": entry.payable_id,
                "line_no": entry.line_no,
                "quantity": str(entry.quantity),
                "amount_minor": entry.amount.minor,
                "currency": entry.amount.currency.code,
                "actor": storable(entry.actor),
                "recorded_at": entry.at,
            }
            for entry in entries
        ]
        self._statements.change_many(insert(order_consumption), rows)

    def add_result(self, tenant_id: TenantId, store_id: StoreId, record: MatchRecord) -> None:
        """Store a result."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "payable_id": record.payable_id,
            "sequence": record.sequence,
            "outcome": record.outcome.value,
            "payable_version": record.payable_version,
            "digest": record.digest,
            "told": _clean(record.told),
            "actor": storable(record.actor),
            "recorded_at": record.at,
        }
        self._statements.change(insert(match_result), row)

    def results(
        self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId, *, limit: int
    ) -> tuple[MatchRecord, ...]:
        """Return the results of a payable, newest first."""
        rows = self._statements.rows(_RESULTS.limit(limit), _at(tenant_id, store_id, payable_id))
        return tuple(_record_of(row) for row in rows)

    def decide(self, tenant_id: TenantId, store_id: StoreId, decision: MatchDecision) -> None:
        """Store a decision behind the others of its payable."""
        last = self._statements.first(_LAST_DECISION, _at(tenant_id, store_id, decision.payable_id))
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "payable_id": decision.payable_id,
            "sequence": 1 if last is None or last.last is None else last.last + 1,
            "decision_id": decision.id,
            "kind": decision.kind.value,
            "line_no": decision.line_no,
            "detail": {key: storable(value) for key, value in decision.detail.items()},
            "reason": storable(decision.reason),
            "actor": storable(decision.actor),
            "recorded_at": decision.at,
        }
        self._statements.change(insert(match_decision), row)

    def decisions(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[MatchDecision, ...]:
        """Return the decisions on a payable, oldest first."""
        rows = self._statements.rows(_DECISIONS, _at(tenant_id, store_id, payable_id))
        return tuple(_decision_of(row) for row in rows)

    def wait_for(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId, keys: Sequence[str]) -> None:
        """Note what would make another match of a payable worth it, in place of what was noted before."""
        self._statements.change(_NO_WAIT, _at(tenant_id, store_id, payable_id))
        place = {"tenant_id": tenant_id, "store_id": store_id, "payable_id": payable_id}
        self._statements.change_many(insert(match_wait), [place | {"wait_key": key} for key in _stored(keys)])

    def waiting(self, tenant_id: TenantId, store_id: StoreId, keys: Sequence[str]) -> tuple[PayableId, ...]:
        """Return the payables that wait for one of these, by id."""
        wanted, found = _stored(keys), set()
        for start in range(0, len(wanted), _SLICE):
            wish = {"tenant": tenant_id, "store": store_id, "keys": wanted[start : start + _SLICE]}
            found |= {PayableId(row.payable_id) for row in self._statements.rows(_WAITING, wish)}
        return tuple(sorted(found))


def _at(tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> Mapping[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "payable": payable_id}


def _clean(told: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    if isinstance(told, str):
        return storable(told)
    if isinstance(told, Mapping):
        return {key: _clean(value) for key, value in told.items()}
    return [_clean(value) for value in told] if isinstance(told, list | tuple) else told


def _stored(keys: Sequence[str]) -> list[str]:
    return sorted({storable(key)[:WAIT_KEY_MAX] for key in keys})


def _entry_of(row: AnyRow) -> Consumption:
    amount = Money(row.amount_minor, Currency.of(row.currency))
    return Consumption(
        id=uuid.UUID(str(row.entry_id)),
        order_id=PurchaseOrderId(row.order_id),
        order_line_no=row.order_line_no,
        payable_id=PayableId(row.payable_id),
        line_no=row.line_no,
        quantity=Decimal(row.quantity),
        amount=amount,
        actor=row.actor,
        at=row.recorded_at,
    )


def _record_of(row: AnyRow) -> MatchRecord:
    return MatchRecord(
        payable_id=PayableId(row.payable_id),
        sequence=row.sequence,
        outcome=MatchOutcome(row.outcome),
        payable_version=row.payable_version,
        digest=row.digest,
        told=row.told,
        actor=row.actor,
        at=row.recorded_at,
    )


def _decision_of(row: AnyRow) -> MatchDecision:
    return MatchDecision(
        id=row.decision_id,
        payable_id=PayableId(row.payable_id),
        kind=DecisionKind(row.kind),
        line_no=row.line_no,
        detail=row.detail,
        reason=row.reason,
        actor=row.actor,
        at=row.recorded_at,
    )
