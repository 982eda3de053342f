"""What the crash harness compares: the journals of the devices, the gateway's books, and what tills were told."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.crash_devices import printer_journal, terminal_journal
from bench.crash_till import Charge
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.ids import PaymentId, StoreId, TenantId
from gateway.domain.ledger import Transfer, imbalance
from gateway.ports.unit_of_work import PaymentRecord, RefundRecord, UnitOfWork
from terminal_driver.virtual.journal import JournalEntry, read_journal

_NUMBER = re.compile(r"\b(?:Receipt|Beleg) ([0-9A-F]{8})\b")
_COPIES = {"Customer copy": "customer", "Merchant copy": "merchant"}
_COPY_MARK = "COPY"


@dataclass(frozen=True, slots=True)
class Paper:
    """One piece of paper. ``number``, ``copy``: None when it was torn off before they were printed."""

    number: str | None
    copy: str | None
    marked: bool
    whole: bool
    trace_id: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is compared. ``bookings``: per terminal id, in the order of the journal, without those taken back."""

    charges: Sequence[Charge]
    records: Mapping[uuid.UUID, PaymentRecord]
    transfers: Mapping[uuid.UUID, Sequence[Transfer]]
    bookings: Mapping[str, Sequence[JournalEntry]]
    papers: Sequence[Paper]
    imbalances: Mapping[str, int]
    receivables: Mapping[str, int]
    orphans: int
    refunds: Mapping[uuid.UUID, RefundRecord] = field(default_factory=dict)


@dataclass(slots=True)
class Judgement:
    """The counts of the table and every problem in words. ``orphans`` and ``unsure`` are visible, not wrong."""

    payments: int = 0
    approved: int = 0
    refunds: int = 0
    refunded: int = 0
    lost: int = 0
    charged_twice: int = 0
    phantom: int = 0
    posted_twice: int = 0
    duplicate_receipts: int = 0
    lost_receipts: int = 0
    unknown: int = 0
    unsure: int = 0
    orphans: int = 0
    problems: list[str] = field(default_factory=list)
    suspects: set[uuid.UUID] = field(default_factory=set)

    def blame(self, payment: uuid.UUID | None, words: str) -> None:
        """Note a problem, and the payment whose story explains it."""
        self.problems.append(words if payment is None else f"{payment}: {words}")
        if payment is not None:
            self.suspects.add(payment)


def gather(
    database_url: str, folder: Path, charges: Sequence[Charge], terminals: int, tenant: TenantId, store: StoreId
) -> Evidence:
    """Read database and journals; every node has stopped."""
    storage = SqlStorage(database_url, SystemClock())
    try:
        with storage.read() as unit:
            records = _records(unit, charges, tenant, store)
            refunds = _refunds(unit, charges, tenant, store)
            attempts = [attempt for record in records.values() for attempt in record.attempts]
            attempts += [record.attempt for record in refunds.values()]
            transfers: dict[uuid.UUID, Sequence[Transfer]] = {
                attempt.id: unit.ledger.transfers(tenant, store, cause_id=attempt.id) for attempt in attempts
            }
            balances = unit.ledger.balances(tenant, store)
            orphans = len(unit.payments.orphans(tenant, store))
    finally:
        storage.close()
    return Evidence(
        charges=charges,
        records=records,
        transfers=transfers,
        bookings={
            f"terminal-{number}": [
                entry for entry in read_journal(terminal_journal(folder, number)) if not entry.reversed
            ]
            for number in range(1, terminals + 1)
        },
        papers=read_papers(printer_journal(folder)),
        imbalances=imbalance(balances),
        receivables={balance.account: balance.debits_posted - balance.credits_posted for balance in balances},
        orphans=orphans,
        refunds=refunds,
    )


def _records(
    unit: UnitOfWork, charges: Sequence[Charge], tenant: TenantId, store: StoreId
) -> dict[uuid.UUID, PaymentRecord]:
    loaded = (unit.payments.load(tenant, store, PaymentId(charge.id)) for charge in charges)
    return {record.payment.id: record for record in loaded if record is not None}


def _refunds(
    unit: UnitOfWork, charges: Sequence[Charge], tenant: TenantId, store: StoreId
) -> dict[uuid.UUID, RefundRecord]:
    """Read every refund of the payments, not only those the tills know of."""
    stored = (one for charge in charges for one in unit.refunds.of_payment(tenant, store, PaymentId(charge.id)))
    loaded = (unit.refunds.load(tenant, store, one.refund.id) for one in stored)
    return {record.refund.id: record for record in loaded if record is not None}


def read_papers(path: Path) -> list[Paper]:
    """Read the printer's journal."""
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return [paper_of(**{name: json.loads(line)[name] for name in ("text", "cut")}) for line in lines]


def paper_of(text: str, *, cut: bool) -> Paper:
    """Read what a piece of paper says of itself."""
    lines = [line.strip() for line in text.splitlines()]
    number = _NUMBER.search(text)
    copy = next((_COPIES[line] for line in lines if line in _COPIES), None)
    trace_id = next((line for line in reversed(lines) if re.fullmatch(r"[0-9a-f]{32}", line)), None)
    marked = any(line == _COPY_MARK for line in lines)
    return Paper(number[1] if number else None, copy, marked, cut and trace_id is not None, trace_id)
