"""Settlement with acquirers: reports in, payouts to the cent, differences as tasks, the bank line at the end."""

import hashlib
import logging
import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.acquirer_contract import AcquirerContract
from gateway.domain.bank.payout import (
    OURS,
    FindingKind,
    Payout,
    PayoutEntry,
    ReportedBatch,
    SettlementFinding,
    SettlementTask,
)
from gateway.domain.bank.payout_ledger import assigned_transfers
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.money import Money
from gateway.logs.observability import log_event
from gateway.ports.acquirer_reports import AcquirerReportReader
from gateway.ports.clock import Clock
from gateway.ports.settlement_store import PAGE_MAX, AcquirerReport
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.chargeback_records import ChargebackRecords
from gateway.services.bank.settle_batch import (
    Place,
    SettledBatch,
    bookings_near,
    end_items_in,
    look_in,
    settle_batch_in,
    task_of,
    version_of,
)

_log = logging.getLogger(__name__)

REPORT_BYTES_MAX = 32 * 1024 * 1024
NAME_MAX = 200
GRACE_DAYS = 3
"""After the days of the contract: banks are closed at weekends and on holidays."""
CANDIDATES_MAX = 50
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tillbridge acquirer report")


@dataclass(frozen=True, slots=True)
class ReportTaken:
    """What became of a report. ``repeated``: the same content was here before and nothing was done."""

    report: AcquirerReport
    payouts: tuple[Payout, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class PayoutView:
    """One payout with everything a person looks at."""

    payout: Payout
    contract: AcquirerContract | None
    entries: tuple[PayoutEntry, ...]
    tasks: tuple[SettlementTask, ...]


class SettlePayouts:
    """The settlements of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        reader: AcquirerReportReader,
        chargebacks: ChargebackRecords,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._reader = reader
        self._chargebacks = chargebacks

    def describe(self, caller: Caller, name: str, description: str) -> None:
        """Keep how a report of a further acquirer is read; the same name again replaces it.

        Raises:
            InputError: ``invalid_report_description``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        self._reader.check(name, description)
        place, at = (caller.tenant_id, caller.store_id), self._clock.now()
        self._storage.write_retrying(
            lambda unit: unit.reconciliation.put_description(
                *place, f"acquirer-{name}", description, by=caller.name, at=at
            )
        )

    def take(self, caller: Caller, name: str, content: bytes, acquirer: str = "") -> ReportTaken:
        """Import a report, whole or not at all; records that are known already change nothing.

        Args:
            caller: who brings it.
            name: of the file, for people.
            content: the report.
            acquirer: key of the contract; empty: told by the merchant account or the format of the report.

        Raises:
            InputError: ``report_empty``, ``report_too_large``, ``acquirer_not_told``, and what the readers raise.
            RuleError: ``payout_told_otherwise``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        if not content:
            raise InputError("report_empty", "The file is empty.", "Take it from the acquirer again.", "/content")
        if len(content) > REPORT_BYTES_MAX:
            hint = "Ask for a shorter period."
            raise InputError("report_too_large", "The file is too large.", hint, "/content")
        with self._storage.read() as unit:
            described = unit.reconciliation.descriptions(caller.tenant_id, caller.store_id)
        batches = self._reader.read(content, described)
        return self._storage.write_retrying(lambda unit: self._take_in(unit, caller, name, content, acquirer, batches))

    def _take_in(
        self,
        unit: UnitOfWork,
        caller: Caller,
        name: str,
        content: bytes,
        acquirer: str,
        batches: Sequence[ReportedBatch],
    ) -> ReportTaken:
        place, at = (caller.tenant_id, caller.store_id), self._clock.now()
        key = acquirer or _acquirer_of(unit.settlement.contracts(*place), batches)
        sha256 = hashlib.sha256(content).hexdigest()
        before = unit.settlement.report(*place, key, sha256)
        if before is not None:
            return ReportTaken(before, (), repeated=True)
        settled: list[SettledBatch] = []
        for batch in batches:
            one = settle_batch_in(unit, place, key, batch, at=at, by=caller.name)
            self._chargebacks.follow_in(unit, place, one.payout, one.contract, one.new, at=at)
            settled.append(one)
        _look_again(unit, place, key, {one.payout.id for one in settled}, at)
        report = AcquirerReport(
            id=derived_id(_NAMESPACE, "\x1f".join((*place, key, sha256))),
            acquirer=key,
            name=name[:NAME_MAX],
            sha256=sha256,
            content=content,
            entries=sum(one.told for one in settled),
            new_entries=sum(len(one.new) for one in settled),
            imported_at=at,
            imported_by=caller.name,
        )
        unit.settlement.add_report(*place, report)
        log_event(_log, "settlement.report_taken", acquirer=key, entries=report.entries, new=report.new_entries)
        return ReportTaken(replace(report, content=b""), tuple(one.payout for one in settled), repeated=False)

    def payouts(self, caller: Caller, *, before: uuid.UUID | None = None, limit: int = PAGE_MAX) -> tuple[Payout, ...]:
        """Return payouts, the last reported first."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.settlement.payouts(caller.tenant_id, caller.store_id, before=before, limit=limit)

    def payout(self, caller: Caller, payout_id: uuid.UUID) -> PayoutView:
        """Return one payout with its records, its contract and its tasks, closed ones too.

        Raises:
            NotFound: ``payout_not_found``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            found = _payout_in(unit, place, payout_id)
            contract = version_of(unit.settlement.contracts(*place), found.acquirer, found.contract_version)
            entries = unit.settlement.entries(*place, payout_id)
            return PayoutView(found, contract, entries, unit.settlement.tasks(*place, payout_id=payout_id))

    def tasks(self, caller: Caller) -> tuple[SettlementTask, ...]:
        """Return what waits for somebody, newest first."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.settlement.tasks(caller.tenant_id, caller.store_id)

    def close_task(self, caller: Caller, task_id: uuid.UUID, note: str) -> SettlementTask:
        """Close a task with words.

        Raises:
            NotFound: ``task_not_found`` when it is closed or unknown.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = (caller.tenant_id, caller.store_id), self._clock.now()
        closed = self._storage.write_retrying(
            lambda unit: unit.settlement.close_task(*place, task_id, by=caller.name, note=note, at=at)
        )
        if closed is None:
            raise NotFound("task_not_found", "There is no such open task.", "Look into the list.")
        return closed

    def candidates(self, caller: Caller, entry_id: uuid.UUID) -> tuple[OwnBooking, ...]:
        """Return our bookings that a record without one may be about, those with its amount first.

        Raises:
            NotFound: ``payout_entry_not_found``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            entry, payout = _entry_in(unit, place, entry_id)
            contract = version_of(unit.settlement.contracts(*place), payout.acquirer, payout.contract_version)
            found = bookings_near(unit, place, contract, (entry,))
        wanted = entry.gross if entry.original is None else entry.original
        same_way = [one for one in found if not one.settled and (one.amount.minor < 0) == (wanted.minor < 0)]
        return tuple(sorted(same_way, key=lambda one: (one.amount != wanted, one.day)))[:CANDIDATES_MAX]

    def assign(self, caller: Caller, entry_id: uuid.UUID, attempt_id: uuid.UUID) -> PayoutEntry:
        """Say which of our bookings a record is about; its money moves from what is unknown to that terminal.

        Raises:
            NotFound: ``payout_entry_not_found``, ``booking_not_found``.
            RuleError: ``entry_assigned`` when it has another booking, or none can be.
        """
        caller.require(Permission.STATEMENTS_WORK)
        return self._storage.write_retrying(lambda unit: self._assign_in(unit, caller, entry_id, attempt_id))

    def _assign_in(self, unit: UnitOfWork, caller: Caller, entry_id: uuid.UUID, attempt_id: uuid.UUID) -> PayoutEntry:
        place, at = (caller.tenant_id, caller.store_id), self._clock.now()
        entry, payout = _entry_in(unit, place, entry_id)
        if entry.attempt_id == attempt_id:
            return entry
        if entry.attempt_id is not None or entry.kind not in OURS:
            raise RuleError("entry_assigned", "This record has its booking, or can have none.", "Look at it again.")
        contract = version_of(unit.settlement.contracts(*place), payout.acquirer, payout.contract_version)
        near = bookings_near(unit, place, contract, (entry,))
        booking = next((one for one in near if one.attempt_id == attempt_id and not one.settled), None)
        if booking is None:
            hint = "Choose one of those that are offered."
            raise NotFound("booking_not_found", "There is no such open booking at these days.", hint)
        assigned = replace(
            entry,
            attempt_id=booking.attempt_id,
            payment_id=booking.payment_id,
            terminal_id=booking.terminal_id,
            matched_by=caller.name,
        )
        if not unit.settlement.assign_entry(*place, assigned):
            raise RuleError("entry_assigned", "This record has its booking, or can have none.", "Look at it again.")
        end_items_in(unit, place, [assigned], at)
        if payout.booked:
            unit.ledger.add(assigned_transfers(place, payout.acquirer, assigned, at))
        look_in(unit, place, payout, contract, at=at)
        return assigned

    def arrived_in(
        self, unit: UnitOfWork, place: Place, payout_id: uuid.UUID, *, line_id: uuid.UUID, amount: Money, on: date
    ) -> Payout:
        """Note the bank line of a payout, in the unit that matched it; another amount is a task.

        The books are moved by the match: it takes the money out of ``payout_in_transit``.

        Raises:
            NotFound: ``payout_not_found``.
            RuleError: ``payout_arrived`` when another line is its.
        """
        found = _payout_in(unit, place, payout_id, lock=True)
        if found.bank_line_id == line_id:
            return found
        if found.bank_line_id is not None:
            raise RuleError("payout_arrived", "Another bank line is that of this payout.", "Undo its match first.")
        arrived = replace(found, bank_line_id=line_id, bank_amount=amount, arrived_on=on, version=found.version + 1)
        return self._put(unit, place, arrived)

    def left_in(self, unit: UnitOfWork, place: Place, payout_id: uuid.UUID, *, line_id: uuid.UUID) -> Payout:
        """Take the bank line of a payout back, in the unit that undid its match; nothing where it is another's.

        Raises:
            NotFound: ``payout_not_found``.
        """
        found = _payout_in(unit, place, payout_id, lock=True)
        if found.bank_line_id != line_id:
            return found
        left = replace(found, bank_line_id=None, bank_amount=None, arrived_on=None, version=found.version + 1)
        return self._put(unit, place, left)

    def _put(self, unit: UnitOfWork, place: Place, payout: Payout) -> Payout:
        unit.settlement.put_payout(*place, payout)
        contract = version_of(unit.settlement.contracts(*place), payout.acquirer, payout.contract_version)
        at = self._clock.now()
        look_in(unit, place, payout, contract, at=at)
        if payout.bank_line_id is not None:
            for task in unit.settlement.tasks(*place, payout_id=payout.id):
                if task.kind is FindingKind.NOT_ARRIVED and task.closed_at is None:
                    unit.settlement.close_task(*place, task.id, by="system", note="", at=at)
        return payout

    def look_for_late(self, tenant_id: TenantId, store_id: StoreId, business_date: date) -> int:
        """Open a task for each payout that should be in the bank by now; return how many are late. Safe to repeat."""

        def look(unit: UnitOfWork) -> int:
            place, at = (tenant_id, store_id), self._clock.now()
            versions = unit.settlement.contracts(*place)
            late = 0
            for payout in unit.settlement.in_transit(*place):
                contract = version_of(versions, payout.acquirer, payout.contract_version)
                days = GRACE_DAYS + (contract.terms.payout_days if contract else 0)
                paid_on = payout.paid_on or payout.reported_at.date()
                if business_date <= paid_on + timedelta(days=days):
                    continue
                late += 1
                amount = f"{payout.amount.to_decimal()} {payout.currency.code}"
                figures = {"amount": amount, "paid_on": paid_on.isoformat()}
                finding = SettlementFinding(FindingKind.NOT_ARRIVED, "", figures)
                unit.settlement.add_tasks(*place, [task_of(payout, finding, at)])
            return late

        return self._storage.write_retrying(look)


def _look_again(unit: UnitOfWork, place: Place, acquirer: str, besides: AbstractSet[uuid.UUID], at: datetime) -> None:
    """Look at payouts whose report missed sales of ours: this report may have told them."""
    waiting = {
        task.payout_id
        for task in unit.settlement.tasks(*place)
        if task.kind is FindingKind.OURS_MISSING and task.acquirer == acquirer
    }
    versions = unit.settlement.contracts(*place)
    for payout_id in sorted((one for one in waiting if one is not None and one not in besides), key=str):
        found = _payout_in(unit, place, payout_id)
        look_in(unit, place, found, version_of(versions, acquirer, found.contract_version), at=at)


def _acquirer_of(contracts: Sequence[AcquirerContract], batches: Sequence[ReportedBatch]) -> str:
    """Return the one acquirer whose contract names the merchant account, else the one the format is of."""
    accounts = {batch.account for batch in batches if batch.account}
    named = {one.acquirer for one in contracts if accounts.intersection(one.terms.report_accounts)}
    if len(named) == 1:
        return named.pop()
    makers = {batch.format.split()[0].split(".")[0].lower() for batch in batches}
    if len(named) > 1 or len(makers) != 1:
        hint = "Name the acquirer, by the key of its contract."
        raise InputError("acquirer_not_told", "The report does not tell whose it is.", hint, "/acquirer")
    return makers.pop()


def _payout_in(unit: UnitOfWork, place: Place, payout_id: uuid.UUID, *, lock: bool = False) -> Payout:
    found = unit.settlement.payout(*place, payout_id, lock=lock)
    if found is None:
        raise NotFound("payout_not_found", "There is no such payout.", "Look into the list.")
    return found


def _entry_in(unit: UnitOfWork, place: Place, entry_id: uuid.UUID) -> tuple[PayoutEntry, Payout]:
    entry = unit.settlement.entry(*place, entry_id)
    if entry is None:
        raise NotFound("payout_entry_not_found", "There is no such record.", "Look at the payout again.")
    return entry, _payout_in(unit, place, entry.payout_id)
