"""One payout of a report in a unit of work: records by their content, our bookings, the books, the differences."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from gateway.domain.bank.acquirer_contract import AcquirerContract, contract_on
from gateway.domain.bank.open_item import ItemSource, item_id_of
from gateway.domain.bank.payout import (
    OURS,
    EntryKind,
    FindingKind,
    Payout,
    PayoutEntry,
    PayoutState,
    PayoutSums,
    ReportedBatch,
    SettlementFinding,
    SettlementTask,
    entry_ids,
    kept_entry,
    payout_id_of,
    sums_of,
)
from gateway.domain.bank.payout_ledger import entry_transfers
from gateway.domain.bank.settle_entries import OwnBooking, match_entries
from gateway.domain.bank.settle_findings import book_findings, fee_findings, sum_findings
from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.money import Money
from gateway.ports.settlement_store import BookingWish
from gateway.ports.unit_of_work import UnitOfWork

DAYS_BEFORE = 10
"""Card bookings of so many days before a report's first are looked at: acquirers settle with some days of delay."""
BY_ITSELF = "system"
KEPT_KINDS = frozenset(
    {
        FindingKind.REPORT_DEFECT,
        FindingKind.AMOUNT_DIFFERS,
        FindingKind.NOT_ARRIVED,
        FindingKind.CHARGEBACK_DUE,
        FindingKind.CHARGEBACK_WITHOUT_SALE,
        FindingKind.SETTLED_BY_BANK,
    }
)
"""Tasks that looking at the payout again does not settle: they tell of the report, or of a day."""

Place = tuple[TenantId, StoreId]


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """What became of one payout of a report. ``new``: records that were not known, matched."""

    payout: Payout
    contract: AcquirerContract | None
    new: tuple[PayoutEntry, ...]
    told: int


def settle_batch_in(
    unit: UnitOfWork, place: Place, acquirer: str, batch: ReportedBatch, *, at: datetime, by: str
) -> SettledBatch:
    """Store what a report tells of one payout, book it, and note what differs; what is known is not stored again.

    Raises:
        RuleError: ``payout_told_otherwise`` when another kind of report told of this payout: its records have other
            ids, so that each would be booked twice.
    """
    payout_id = payout_id_of(place, acquirer, batch.batch, batch.currency)
    before = unit.settlement.payout(*place, payout_id, lock=True)
    if before is not None and before.format != batch.format:
        message = f"Payout {batch.batch} was told by a report of the kind “{before.format}”."
        hint = "Use one kind of report for each acquirer."
        raise RuleError("payout_told_otherwise", message, hint)
    ids = entry_ids(payout_id, batch.entries)
    known = unit.settlement.known_entries(*place, ids)
    start = 0 if before is None else before.entries
    told = [(one_id, one) for one_id, one in zip(ids, batch.entries, strict=True) if one_id not in known]
    entries = [kept_entry(one_id, payout_id, start + number, one) for number, (one_id, one) in enumerate(told, 1)]
    contract = _contract(unit, place, acquirer, before, entries, at.date())
    last4 = {one_id: one.last4 for one_id, one in told if one.last4}
    ours = bookings_near(unit, place, contract, entries)
    new = match_entries(entries, last4, ours)
    settled = {one.attempt_id for one in ours if one.settled}
    by_bank = [one for one in new if one.attempt_id in settled]
    payout = _payout(before, payout_id, acquirer, batch, contract, new, at=at, by=by)
    if before is None and by_bank:
        payout = replace(payout, booked=False)
    if new or before is None:
        unit.settlement.put_payout(*place, payout)
        unit.settlement.add_entries(*place, new)
    if payout.booked:
        end_items_in(unit, place, [one for one in new if one not in by_bank], at)
        # What a bank line took before is not taken from what the cards owe once more.
        told_once = [replace(one, terminal_id="") if one in by_bank else one for one in new]
        unit.ledger.add(made for one in told_once for made in entry_transfers(place, acquirer, one, at))
    defects = [
        SettlementFinding(FindingKind.REPORT_DEFECT, text, {"words": text}) for text in batch.defects if not known
    ]
    further = [*defects, *amount_findings(new, ours), *_by_bank_findings(by_bank)]
    look_in(unit, place, payout, contract, at=at, further=further)
    return SettledBatch(payout, contract, new, len(batch.entries))


def look_in(
    unit: UnitOfWork,
    place: Place,
    payout: Payout,
    contract: AcquirerContract | None,
    *,
    at: datetime,
    further: Sequence[SettlementFinding] = (),
) -> None:
    """Compare a payout with itself, our books and its contract; open tasks for what differs, close what does not."""
    entries = unit.settlement.entries(*place, payout.id)
    findings = [*further, *sum_findings(payout.sums, payout.currency)]
    missing: list[OwnBooking] = []
    if contract is None:
        findings.append(SettlementFinding(FindingKind.NO_CONTRACT, "", {"acquirer": payout.acquirer}))
    else:
        findings += fee_findings(contract.terms, entries, payout.currency)
        missing = _missing(unit, place, contract, entries)
    findings += book_findings(entries, (), missing, payout.currency)
    if payout.state is PayoutState.ARRIVED_OTHERWISE and payout.bank_amount is not None:
        figures = {
            "payout": f"{payout.amount.to_decimal()} {payout.currency.code}",
            "bank": f"{payout.bank_amount.to_decimal()} {payout.currency.code}",
            "difference": f"{(payout.bank_amount - payout.amount).to_decimal()} {payout.currency.code}",
        }
        findings.append(SettlementFinding(FindingKind.BANK_DIFFERS, "", figures))
    tasks = [task_of(payout, one, at) for one in findings]
    _close_settled(unit, place, payout, tasks, at)
    unit.settlement.add_tasks(*place, tasks)


def amount_findings(new: Iterable[PayoutEntry], ours: Iterable[OwnBooking]) -> list[SettlementFinding]:
    """Return the records whose amount is not that of their booking."""
    entries = list(new)
    taken = {one.attempt_id for one in entries}
    currency = entries[0].gross.currency if entries else None
    if currency is None:
        return []
    found = book_findings(entries, [one for one in ours if one.attempt_id in taken], (), currency)
    return [one for one in found if one.kind is FindingKind.AMOUNT_DIFFERS]


def end_items_in(unit: UnitOfWork, place: Place, entries: Sequence[PayoutEntry], at: datetime) -> None:
    """End the open items of bookings that a report tells: a bank line settles their payout, no longer them.

    Raises:
        RuleError: ``changed_meanwhile`` when a bank line took one at this moment; the unit must end.
    """
    ids = [item_id_of(ItemSource.CARD, str(one.attempt_id)) for one in entries if one.attempt_id is not None]
    unit.open_items.close(*place, ids, at)
    if any(item.remaining != item.amount for item in unit.open_items.load(*place, ids).values()):
        raise RuleError("changed_meanwhile", "A bank line has just settled one of these sales.", "Hand it in again.")


def _by_bank_findings(entries: Sequence[PayoutEntry]) -> list[SettlementFinding]:
    if not entries:
        return []
    currency = entries[0].gross.currency
    total = Money(sum(one.gross.minor for one in entries), currency)
    figures = {"count": str(len(entries)), "sum": f"{total.to_decimal()} {currency.code}"}
    return [SettlementFinding(FindingKind.SETTLED_BY_BANK, "", figures)]


def task_of(payout: Payout, finding: SettlementFinding, at: datetime) -> SettlementTask:
    """Return the task of a finding; the same difference in the same figures is the same task."""
    told = repr(sorted(finding.figures.items()))
    mark = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
    return SettlementTask(
        id=derived_id(payout.id, f"{finding.kind} {finding.key} {mark}"),
        kind=finding.kind,
        acquirer=payout.acquirer,
        figures=finding.figures,
        opened_at=at,
        payout_id=payout.id,
    )


def bookings_near(
    unit: UnitOfWork, place: Place, contract: AcquirerContract | None, entries: Sequence[PayoutEntry]
) -> tuple[OwnBooking, ...]:
    """Return our bookings at the contract's terminals around the days of some records, that no report told yet."""
    days = [one.booked_on for one in entries if one.kind in OURS and one.booked_on is not None]
    if contract is None or not days:
        return ()
    since, until = min(days) - timedelta(days=DAYS_BEFORE), max(days) + timedelta(days=2)
    return unit.settlement.bookings(*place, BookingWish(contract.terms.terminals, _start(since), _start(until)))


def _missing(
    unit: UnitOfWork, place: Place, contract: AcquirerContract, entries: Sequence[PayoutEntry]
) -> list[OwnBooking]:
    """Return bookings of days that the report goes beyond, which no report has; its last day may be cut off.

    A sale that was undone at the terminal the same day is not told by acquirers: with its undoing it comes to nothing.
    """
    days = [one.booked_on for one in entries if one.kind is EntryKind.SALE and one.booked_on is not None]
    if not days:
        return []
    since, until = min(days) - timedelta(days=DAYS_BEFORE), max(days)
    found = unit.settlement.bookings(*place, BookingWish(contract.terms.terminals, _start(since), _start(until)))
    by_payment: dict[uuid.UUID, list[OwnBooking]] = defaultdict(list)
    for one in found:
        if not one.settled:
            by_payment[one.payment_id].append(one)
    return [one for group in by_payment.values() if sum(each.amount.minor for each in group) for one in group]


def _contract(
    unit: UnitOfWork, place: Place, acquirer: str, before: Payout | None, entries: Sequence[PayoutEntry], today: date
) -> AcquirerContract | None:
    """Return the version that counts: that of the payout where it has one, else that of its first day."""
    versions = unit.settlement.contracts(*place)
    if before is not None and before.contract_version is not None:
        return version_of(versions, acquirer, before.contract_version)
    days = [one.booked_on for one in entries if one.booked_on is not None]
    return contract_on(versions, acquirer, min(days, default=today))


def version_of(versions: Iterable[AcquirerContract], acquirer: str, version: int | None) -> AcquirerContract | None:
    """Return one version of a contract."""
    return next((one for one in versions if one.acquirer == acquirer and one.version == version), None)


def _payout(
    before: Payout | None,
    payout_id: uuid.UUID,
    acquirer: str,
    batch: ReportedBatch,
    contract: AcquirerContract | None,
    new: Sequence[PayoutEntry],
    *,
    at: datetime,
    by: str,
) -> Payout:
    days = [one.booked_on for one in new if one.booked_on is not None and one.kind is not EntryKind.PAYOUT]
    paid = [one.booked_on for one in new if one.kind is EntryKind.PAYOUT and one.booked_on is not None]
    version = None if contract is None else contract.version
    if before is None:
        return Payout(
            id=payout_id,
            acquirer=acquirer,
            batch=batch.batch,
            currency=batch.currency,
            account=batch.account,
            format=batch.format,
            contract_version=version,
            first_day=min(days, default=None),
            last_day=max(days, default=None),
            paid_on=max(paid, default=None),
            sums=sums_of(new),
            entries=len(new),
            reported_at=at,
            reported_by=by,
        )
    return replace(
        before,
        contract_version=version,
        first_day=min((*days, *_known(before.first_day)), default=None),
        last_day=max((*days, *_known(before.last_day)), default=None),
        paid_on=max((*paid, *_known(before.paid_on)), default=None),
        sums=_added(before.sums, sums_of(new)),
        entries=before.entries + len(new),
        version=before.version + 1,
    )


def _known(day: date | None) -> tuple[date, ...]:
    return () if day is None else (day,)


def _added(one: PayoutSums, other: PayoutSums) -> PayoutSums:
    more = asdict(other)
    return PayoutSums(**{name: minor + more[name] for name, minor in asdict(one).items()})


def _close_settled(
    unit: UnitOfWork, place: Place, payout: Payout, tasks: Iterable[SettlementTask], at: datetime
) -> None:
    """Close tasks whose difference is not there any more, or has other figures now."""
    still = {one.id for one in tasks}
    for task in unit.settlement.tasks(*place, payout_id=payout.id):
        if task.closed_at is None and task.id not in still and task.kind not in KEPT_KINDS:
            unit.settlement.close_task(*place, task.id, by=BY_ITSELF, note="", at=at)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
