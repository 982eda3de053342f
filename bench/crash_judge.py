"""The judge of the crash harness: compares what terminals and printer hold with the gateway's books.

It believes the journals of the devices, which survived every kill, and holds the gateway to them payment by payment.
"""

import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.crash_devices import printer_journal, terminal_journal
from bench.crash_till import Charge
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.ids import DeviceId, PaymentId, StoreId, TenantId
from gateway.domain.ledger import Transfer, TransferKind, card_receivable, imbalance
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.payment import FINAL_STATES, Attempt, AttemptState
from gateway.ports.unit_of_work import PaymentRecord, UnitOfWork
from terminal_driver.virtual.journal import JournalEntry, read_journal

_NUMBER = re.compile(r"\b(?:Receipt|Beleg) ([0-9A-F]{8})\b")
_COPIES = {"Customer copy": "customer", "Merchant copy": "merchant"}
_COPY_MARK = "COPY"
PENDING = "pending"


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


@dataclass(slots=True)
class Judgement:
    """The counts of the table and every problem in words. ``orphans`` and ``unsure`` are visible, not wrong."""

    payments: int = 0
    approved: int = 0
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


def judge(evidence: Evidence) -> Judgement:
    """Compare everything with everything."""
    found = Judgement(payments=len(evidence.charges), orphans=evidence.orphans)
    for charge in evidence.charges:
        record = evidence.records.get(charge.id)
        if record is None:
            found.lost += 1
            found.blame(charge.id, "its till got an answer, yet it is not stored")
            continue
        _judge_states(charge, record, found)
        _judge_ledger(record, evidence.transfers, found)
    _judge_money(evidence, found)
    _judge_books(evidence, found)
    _judge_papers(evidence, found)
    return found


def _judge_states(charge: Charge, record: PaymentRecord, found: Judgement) -> None:
    last = record.attempts[-1].state
    if len(record.attempts) != 1:
        found.blame(charge.id, f"has {len(record.attempts)} attempts, its till made one")
    if record.payment.amount.minor != charge.amount_minor or record.payment.terminal_id != charge.terminal_id:
        found.blame(charge.id, "was stored otherwise than it was asked for")
    if last is AttemptState.APPROVED:
        found.approved += 1
    elif last is AttemptState.UNKNOWN:
        found.unknown += 1
        found.suspects.add(charge.id)
    elif last not in FINAL_STATES:
        found.blame(charge.id, f"has not ended: {last}")
    finals = [state for state in charge.told if state in FINAL_STATES]
    if finals and (finals[0] != last or charge.told[-1] != finals[0]):
        found.blame(charge.id, f"its till was told {charge.told}, stored is {last}")


def _judge_ledger(record: PaymentRecord, transfers: Mapping[uuid.UUID, Sequence[Transfer]], found: Judgement) -> None:
    for attempt in record.attempts:
        kinds = Counter(transfer.kind for transfer in transfers.get(attempt.id, ()))
        closed = {
            AttemptState.APPROVED: TransferKind.POST,
            AttemptState.UNKNOWN: None,
            AttemptState.SENT: None,
        }.get(attempt.state, TransferKind.VOID)
        wanted = Counter({TransferKind.PENDING: 1} | ({} if closed is None else {closed: 1}))
        if kinds[TransferKind.POST] > 1:
            found.posted_twice += 1
        if kinds != wanted:
            found.blame(record.payment.id, f"{attempt.state}, but the ledger has {dict(kinds)}")
        if any(transfer.amount != record.payment.amount for transfer in transfers.get(attempt.id, ())):
            found.blame(record.payment.id, "the ledger has another amount")


def _judge_money(evidence: Evidence, found: Judgement) -> None:
    """Each booking that stands has exactly one approved attempt of its number and amount, and the reverse."""
    booked = {
        (terminal, entry.receipt_no, entry.amount_minor): entry
        for terminal, entries in evidence.bookings.items()
        for entry in entries
    }
    approved: dict[tuple[str, int | None, int], list[PaymentRecord]] = defaultdict(list)
    for record in evidence.records.values():
        last = record.attempts[-1]
        if last.state is AttemptState.APPROVED:
            approved[record.payment.terminal_id, _receipt_no(last), record.payment.amount.minor].append(record)
    for key, records in approved.items():
        if key not in booked:
            found.phantom += len(records)
        for record in records if key not in booked or len(records) > 1 else ():
            found.blame(record.payment.id, f"approved with {key}: booked {int(key in booked)}, claimed {len(records)}")
    for key in booked.keys() - approved.keys():
        _judge_unclaimed(key, evidence, found)


def _judge_unclaimed(key: tuple[str, int, int], evidence: Evidence, found: Judgement) -> None:
    """The terminal took money that no approved attempt claims: of a payment that failed here, or of one paid before."""
    terminal, receipt_no, amount_minor = key
    of_amount = [
        record
        for record in evidence.records.values()
        if (record.payment.terminal_id, record.payment.amount.minor) == (terminal, amount_minor)
    ]
    states = [record.attempts[-1].state for record in of_amount]
    if AttemptState.UNKNOWN in states:
        return  # it waits, visibly, for a person: counted there
    if all(state is AttemptState.APPROVED for state in states):
        found.charged_twice += 1
    else:
        found.lost += 1
    words = f"{terminal} holds receipt {receipt_no} of {amount_minor}, nothing here is approved with it"
    found.blame(None, f"{words}; payments of this amount: {[str(record.payment.id) for record in of_amount]}")
    found.suspects.update(record.payment.id for record in of_amount)


def _receipt_no(attempt: Attempt) -> int | None:
    return attempt.result.numbers.receipt_no if attempt.result is not None else None


def _judge_books(evidence: Evidence, found: Judgement) -> None:
    for currency, difference in evidence.imbalances.items():
        if difference:
            found.blame(None, f"the ledger is out of balance by {difference} {currency}")
    for terminal, entries in evidence.bookings.items():
        taken = sum(entry.amount_minor for entry in entries)
        posted = evidence.receivables.get(card_receivable(DeviceId(terminal)), 0)
        unknown = any(
            record.attempts[-1].state is AttemptState.UNKNOWN and record.payment.terminal_id == terminal
            for record in evidence.records.values()
        )
        if posted != taken and not unknown:
            found.blame(None, f"{terminal} took {taken}, the ledger says {posted}")


def _judge_papers(evidence: Evidence, found: Judgement) -> None:
    """At most one unmarked piece of paper for each receipt; a receipt said to be done is on paper, whole."""
    papers: dict[tuple[str, str], list[Paper]] = defaultdict(list)
    for paper in evidence.papers:
        if paper.number is not None and paper.copy is not None and not paper.marked:
            papers[paper.number, paper.copy].append(paper)
    for record in evidence.records.values():
        number = record.payment.id.hex[-8:].upper()
        copies = {message.payload["copy"] for message in record.deliveries}
        if record.attempts[-1].state is AttemptState.APPROVED and copies != {"customer", "merchant"}:
            found.lost_receipts += 1
            found.blame(record.payment.id, f"approved, but its receipts are {sorted(copies)}")
        for message in record.deliveries:
            _judge_delivery(record, message, papers.pop((number, message.payload["copy"]), []), found)
    for number, copy in papers:
        found.blame(None, f"paper {number} {copy} belongs to no receipt that was to be printed")


def _judge_delivery(record: PaymentRecord, message: OutboxMessage, papers: list[Paper], found: Judgement) -> None:
    name = f"{message.payload['copy']} receipt is {message.state}"
    if len(papers) > 1:
        found.duplicate_receipts += len(papers) - 1
        found.blame(record.payment.id, f"{name}, and on paper {len(papers)} times unmarked")
    wholes = [paper for paper in papers if paper.whole and paper.trace_id == record.payment.trace_id]
    match message.state:
        case OutboxState.UNSURE:
            found.unsure += 1
        case OutboxState.DONE if not wholes:
            found.lost_receipts += 1
            found.blame(record.payment.id, f"{name}, but it is not whole on paper")
        case OutboxState.DONE:
            return
        case OutboxState.READY | OutboxState.STARTED:
            found.blame(record.payment.id, f"{name} at the end")
        case OutboxState.DEAD:
            found.lost_receipts += 1
            found.blame(record.payment.id, f"{name}: {message.note}")


def gather(
    database_url: str, folder: Path, charges: Sequence[Charge], terminals: int, tenant: TenantId, store: StoreId
) -> Evidence:
    """Read database and journals; every node has stopped."""
    storage = SqlStorage(database_url, SystemClock())
    try:
        with storage.read() as unit:
            records = _records(unit, charges, tenant, store)
            transfers: dict[uuid.UUID, Sequence[Transfer]] = {
                attempt.id: unit.ledger.transfers(tenant, store, cause_id=attempt.id)
                for record in records.values()
                for attempt in record.attempts
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
    )


def _records(
    unit: UnitOfWork, charges: Sequence[Charge], tenant: TenantId, store: StoreId
) -> dict[uuid.UUID, PaymentRecord]:
    loaded = (unit.payments.load(tenant, store, PaymentId(charge.id)) for charge in charges)
    return {record.payment.id: record for record in loaded if record is not None}


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
