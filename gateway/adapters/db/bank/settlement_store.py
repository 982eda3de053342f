"""Contracts with acquirers, their reports and payouts, and what differs, in SQL."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.bank.own_bookings import own_bookings
from gateway.adapters.db.bank.settlement_rows import (
    contract_of,
    contract_row,
    entry_of,
    entry_row,
    payout_of,
    payout_row,
    report_of,
    task_of,
    task_row,
)
from gateway.adapters.db.bank.settlement_tables import (
    acquirer_contract,
    acquirer_report,
    payout,
    payout_entry,
    settlement_task,
)
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.acquirer_contract import AcquirerContract
from gateway.domain.bank.payout import Payout, PayoutEntry, SettlementTask
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.settlement_store import ENTRIES_MAX, PAGE_MAX, TASKS_MAX, AcquirerReport, BookingWish

_IDS_AT_ONCE = 500


def _here(table: Any) -> tuple[Any, Any]:  # noqa: ANN401  # any table of this area
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


_ADD_CONTRACT = {
    False: sqlite.insert(acquirer_contract).on_conflict_do_nothing().returning(acquirer_contract.c.version),
    True: postgresql.insert(acquirer_contract).on_conflict_do_nothing().returning(acquirer_contract.c.version),
}
_CONTRACTS = (
    select(acquirer_contract)
    .where(*_here(acquirer_contract))
    .order_by(acquirer_contract.c.acquirer, acquirer_contract.c.version.desc())
)
_REPORT = select(*(one for one in acquirer_report.c if one.name != "content")).where(
    *_here(acquirer_report),
    acquirer_report.c.acquirer == bindparam("of_acquirer"),
    acquirer_report.c.sha256 == bindparam("of_sha256"),
)
_PAYOUT = select(payout).where(*_here(payout), payout.c.payout_id == bindparam("of_payout"))
_PAYOUTS = (
    select(payout)
    .where(*_here(payout))
    .order_by(payout.c.reported_at.desc(), payout.c.payout_id.desc())
    .limit(bindparam("most"))
)
_IN_TRANSIT = (
    select(payout)
    .where(*_here(payout), payout.c.bank_line_id.is_(None), payout.c.paid_minor != 0, payout.c.booked)
    .order_by(payout.c.reported_at, payout.c.payout_id)
)
_KNOWN = select(payout_entry.c.entry_id).where(
    *_here(payout_entry), payout_entry.c.entry_id.in_(bindparam("ids", expanding=True))
)
_ENTRIES = (
    select(payout_entry)
    .where(*_here(payout_entry), payout_entry.c.payout_id == bindparam("of_payout"))
    .order_by(payout_entry.c.number)
    .limit(bindparam("most"))
)
_ENTRY = select(payout_entry).where(*_here(payout_entry), payout_entry.c.entry_id == bindparam("of_entry"))
_ASSIGN = (
    update(payout_entry)
    .where(*_here(payout_entry), payout_entry.c.entry_id == bindparam("of_entry"), payout_entry.c.attempt_id.is_(None))
    .values(
        attempt_id=bindparam("to_attempt"),
        payment_id=bindparam("to_payment"),
        terminal_id=bindparam("to_terminal"),
        matched_by=bindparam("how"),
    )
)
_ADD_TASK = {
    False: sqlite.insert(settlement_task).on_conflict_do_nothing(),
    True: postgresql.insert(settlement_task).on_conflict_do_nothing(),
}
_TASKS = (
    select(settlement_task)
    .where(*_here(settlement_task))
    .order_by(settlement_task.c.opened_at.desc(), settlement_task.c.task_id.desc())
    .limit(bindparam("most"))
)
_TASK = select(settlement_task).where(*_here(settlement_task), settlement_task.c.task_id == bindparam("of_task"))
_CLOSE = (
    update(settlement_task)
    .where(
        *_here(settlement_task),
        settlement_task.c.task_id == bindparam("of_task"),
        settlement_task.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("at"), closed_by=bindparam("by"), note=bindparam("words"))
)


class SqlSettlementStore:
    """Contracts, reports, payouts and tasks; see ``SettlementStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add_contract(self, tenant_id: TenantId, store_id: StoreId, contract: AcquirerContract) -> bool:
        """Store a version; False, and nothing stored, when this version is there."""
        row = {"tenant_id": tenant_id, "store_id": store_id, **contract_row(contract)}
        return self._statements.first(_ADD_CONTRACT[self._statements.postgresql], row) is not None

    def contracts(self, tenant_id: TenantId, store_id: StoreId) -> tuple[AcquirerContract, ...]:
        """Return every version of every contract, by acquirer, the newest version first."""
        rows = self._statements.rows(_CONTRACTS, {"tenant": tenant_id, "store": store_id})
        return tuple(contract_of(row) for row in rows)

    def report(self, tenant_id: TenantId, store_id: StoreId, acquirer: str, sha256: str) -> AcquirerReport | None:
        """Return the report of this content, without the content."""
        wish = {"tenant": tenant_id, "store": store_id, "of_acquirer": acquirer, "of_sha256": sha256}
        row = self._statements.first(_REPORT, wish)
        return None if row is None else report_of(row)

    def add_report(self, tenant_id: TenantId, store_id: StoreId, report: AcquirerReport) -> None:
        """Store a report."""
        row = {key: value for key, value in asdict(report).items() if key != "id"}
        row |= {"report_id": report.id, "name": storable(report.name), "imported_by": storable(report.imported_by)}
        self._statements.change(insert(acquirer_report), {"tenant_id": tenant_id, "store_id": store_id, **row})

    def payout(
        self, tenant_id: TenantId, store_id: StoreId, payout_id: uuid.UUID, *, lock: bool = False
    ) -> Payout | None:
        """Return one payout. ``lock``: nobody else changes it in this unit of work."""
        wish = {"tenant": tenant_id, "store": store_id, "of_payout": payout_id}
        # SQLite has one writer at a time: nobody else is between reading and writing.
        statement = _PAYOUT.with_for_update() if lock and self._statements.postgresql else _PAYOUT
        row = self._statements.first(statement, wish)
        return None if row is None else payout_of(row)

    def payouts(
        self, tenant_id: TenantId, store_id: StoreId, *, before: uuid.UUID | None = None, limit: int = PAGE_MAX
    ) -> tuple[Payout, ...]:
        """Return payouts, the last reported first, from behind ``before``."""
        wish: dict[str, object] = {"tenant": tenant_id, "store": store_id, "most": max(0, min(limit, PAGE_MAX + 1))}
        statement = _PAYOUTS
        last = None if before is None else self.payout(tenant_id, store_id, before)
        if last is not None:
            statement = statement.where(
                or_(
                    payout.c.reported_at < bindparam("last_at"),
                    tuple_(payout.c.reported_at, payout.c.payout_id)
                    < tuple_(
                        bindparam("last_at", type_=payout.c.reported_at.type),
                        bindparam("last_id", type_=payout.c.payout_id.type),
                    ),
                )
            )
            wish |= {"last_at": last.reported_at, "last_id": last.id}
        return tuple(payout_of(row) for row in self._statements.rows(statement, wish))

    def in_transit(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Payout, ...]:
        """Return payouts that were paid out and are on no statement, the oldest first."""
        rows = self._statements.rows(_IN_TRANSIT, {"tenant": tenant_id, "store": store_id})
        return tuple(payout_of(row) for row in rows)

    def put_payout(self, tenant_id: TenantId, store_id: StoreId, found: Payout) -> None:
        """Store a payout, or what changed of it; errors as in ``SettlementStore``."""
        row = payout_row(found)
        if found.version == 1:
            place = {"tenant_id": tenant_id, "store_id": store_id}
            self._statements.change(insert(payout), place | row)
            return
        key = {"tenant": tenant_id, "store": store_id, "of_payout": found.id, "of_version": found.version - 1}
        change = (
            update(payout)
            .where(
                *_here(payout),
                payout.c.payout_id == bindparam("of_payout"),
                payout.c.version == bindparam("of_version"),
            )
            .values({name: bindparam(f"to_{name}") for name in row})
        )
        if self._statements.change(change, key | {f"to_{name}": value for name, value in row.items()}) != 1:
            raise self._statements.refuse(_changed())

    def known_entries(
        self, tenant_id: TenantId, store_id: StoreId, entry_ids: Sequence[uuid.UUID]
    ) -> frozenset[uuid.UUID]:
        """Return which of these records are stored."""
        found: set[uuid.UUID] = set()
        for start in range(0, len(entry_ids), _IDS_AT_ONCE):
            wish = {"tenant": tenant_id, "store": store_id, "ids": list(entry_ids[start : start + _IDS_AT_ONCE])}
            found.update(row.entry_id for row in self._statements.rows(_KNOWN, wish))
        return frozenset(found)

    def add_entries(self, tenant_id: TenantId, store_id: StoreId, entries: Sequence[PayoutEntry]) -> None:
        """Store records of a payout."""
        place = {"tenant_id": tenant_id, "store_id": store_id}
        self._statements.change_many(insert(payout_entry), [place | entry_row(one) for one in entries])

    def entries(
        self, tenant_id: TenantId, store_id: StoreId, payout_id: uuid.UUID, limit: int = ENTRIES_MAX
    ) -> tuple[PayoutEntry, ...]:
        """Return the records of a payout in their order."""
        most = max(0, min(limit, ENTRIES_MAX))
        wish = {"tenant": tenant_id, "store": store_id, "of_payout": payout_id, "most": most}
        return tuple(entry_of(row) for row in self._statements.rows(_ENTRIES, wish))

    def entry(self, tenant_id: TenantId, store_id: StoreId, entry_id: uuid.UUID) -> PayoutEntry | None:
        """Return one record."""
        row = self._statements.first(_ENTRY, {"tenant": tenant_id, "store": store_id, "of_entry": entry_id})
        return None if row is None else entry_of(row)

    def assign_entry(self, tenant_id: TenantId, store_id: StoreId, entry: PayoutEntry) -> bool:
        """Note which booking a record is about; False when it has one already."""
        change = {
            "tenant": tenant_id,
            "store": store_id,
            "of_entry": entry.id,
            "to_attempt": entry.attempt_id,
            "to_payment": entry.payment_id,
            "to_terminal": entry.terminal_id,
            "how": storable(entry.matched_by),
        }
        return self._statements.change(_ASSIGN, change) == 1

    def bookings(self, tenant_id: TenantId, store_id: StoreId, wish: BookingWish) -> tuple[OwnBooking, ...]:
        """Return approved card movements that no record of a report is about."""
        return own_bookings(self._statements, tenant_id, store_id, wish)

    def add_tasks(self, tenant_id: TenantId, store_id: StoreId, tasks: Iterable[SettlementTask]) -> None:
        """Store tasks; those whose id is there stay as they are, open or closed."""
        for task in tasks:
            row = {"tenant_id": tenant_id, "store_id": store_id, **task_row(task)}
            self._statements.change(_ADD_TASK[self._statements.postgresql], row)

    def tasks(
        self, tenant_id: TenantId, store_id: StoreId, *, payout_id: uuid.UUID | None = None, limit: int = TASKS_MAX
    ) -> tuple[SettlementTask, ...]:
        """Return open tasks, newest first; of a payout all of them, closed ones too."""
        wish: dict[str, object] = {"tenant": tenant_id, "store": store_id, "most": max(0, min(limit, TASKS_MAX))}
        if payout_id is None:
            statement = _TASKS.where(settlement_task.c.closed_at.is_(None))
        else:
            statement = _TASKS.where(settlement_task.c.payout_id == bindparam("of_payout"))
            wish["of_payout"] = payout_id
        return tuple(task_of(row) for row in self._statements.rows(statement, wish))

    def close_task(
        self, tenant_id: TenantId, store_id: StoreId, task_id: uuid.UUID, *, by: str, note: str, at: datetime
    ) -> SettlementTask | None:
        """Close a task that is open and return it; None when it is closed or unknown."""
        key = {"tenant": tenant_id, "store": store_id, "of_task": task_id}
        if self._statements.change(_CLOSE, key | {"at": at, "by": storable(by), "words": storable(note)}) != 1:
            return None
        row = self._statements.first(_TASK, key)
        return None if row is None else task_of(row)


def _changed() -> RuleError:
    return RuleError("changed_meanwhile", "Somebody else was faster.", "Look at it again.")
