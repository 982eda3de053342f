"""Judges a run of the crash harness over payment runs: the bank's own records against database, files and ledger.

The bank decides what was paid: each payment it took exactly once, each invoice at most in full, each file byte for byte
what was approved; the books have to say the same to the cent, and saying everything once more has to change nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.virtual_bank.bank_books import BankBooks
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId
from gateway.domain.ledger import Balance, Transfer, TransferKind, imbalance
from gateway.domain.payables.payable import Payable, PayableKind, PayableState
from gateway.domain.payables.payable_ledger import (
    bank,
    bank_charges,
    order_released,
    owed_to,
    payments_in_transit,
)
from gateway.domain.payables.payment_order import LIVING, BankFile, FileState, OrderState, PaymentOrder, PaymentRun

_S = OrderState
OURS: Mapping[str, frozenset[OrderState]] = {
    "booked": frozenset({_S.SETTLED}),
    "returned": frozenset({_S.RETURNED}),
    "rejected": frozenset({_S.REJECTED}),
    "cancelled": frozenset({_S.CANCELLED, _S.REJECTED}),
    "open": frozenset({_S.SENT, _S.PENDING, _S.AWAITING_PAYEE_CHECK, _S.ACCEPTED, _S.EXECUTED}),
    "asked": frozenset({_S.SENT, _S.PENDING, _S.AWAITING_PAYEE_CHECK}),
}
"""What we may say of a payment by what the bank has in its books."""


@dataclass(slots=True)
class PayEvidence:
    """All that is left after a run.

    Attributes:
        books: of the bank.
        seen: how often the bank took a file, by message id.
        taken: content of each file the bank took, by message id.
        runs: as stored.
        orders: as stored, of all runs.
        files: as stored, of all runs and attempts.
        rebuilt: files of the present attempts as they are written again from what is stored, by message id.
        payables: as stored.
        transfers: of each order.
        balances: of the ledger.
        replay: what was different after every message of the bank was applied once more.
    """

    books: BankBooks
    seen: Mapping[str, int]
    taken: Mapping[str, bytes]
    runs: Mapping[PaymentRunId, PaymentRun]
    orders: Sequence[PaymentOrder]
    files: Sequence[BankFile]
    rebuilt: Mapping[str, bytes]
    payables: Mapping[PayableId, Payable]
    transfers: Mapping[PaymentOrderId, Sequence[Transfer]]
    balances: Sequence[Balance]
    replay: Sequence[str] = ()


@dataclass(slots=True)
class PayDamage:
    """What the judge found; every count should be 0 but the first three. ``problems``: all of it, in words."""

    payments: int = 0
    settled: int = 0
    came_back: int = 0
    handed_over_twice: int = 0
    paid_twice: int = 0
    lost: int = 0
    other_files: int = 0
    posted_twice: int = 0
    problems: list[str] = field(default_factory=list)


def judge_payables(evidence: PayEvidence) -> PayDamage:
    """Return the damage in what is left after a run; everything is at rest."""
    found = PayDamage(payments=len(evidence.books.received))
    found.settled = sum(one.state is _S.SETTLED for one in evidence.orders)
    found.came_back = sum(one.state in (_S.RETURNED, _S.REJECTED, _S.CANCELLED) for one in evidence.orders)
    _files(evidence, found)
    _payments(evidence, found)
    _payables(evidence, found)
    _entries(evidence, found)
    found.problems += list(_books(evidence))
    found.problems += evidence.replay
    return found


def _files(evidence: PayEvidence, found: PayDamage) -> None:
    stored = {one.message_id: one for one in evidence.files}
    for message_id in evidence.seen.keys() - stored.keys():
        found.other_files += 1
        found.problems.append(f"the bank took file {message_id}, which is not stored")
    for file in stored.values():
        times = evidence.seen.get(file.message_id, 0)
        if times > 1:
            found.handed_over_twice += 1
            found.problems.append(f"file {file.message_id} came to the bank {times} times")
        if file.state is FileState.HANDED_OVER and not times:
            found.lost += 1
            found.problems.append(f"file {file.message_id} was handed over, yet the bank never took it")
        if times and file.state is not FileState.HANDED_OVER:
            found.problems.append(f"the bank has file {file.message_id}, here it is {file.state}")
        other = evidence.taken.get(file.message_id, file.content) != file.content
        rebuilt = evidence.rebuilt.get(file.message_id, file.content) != file.content
        if other or rebuilt or hashlib.sha256(file.content).hexdigest() != file.sha256:
            found.other_files += 1
            found.problems.append(f"file {file.message_id}: what went, what is stored and its hash are not the same")


def _payments(evidence: PayEvidence, found: PayDamage) -> None:
    orders = {one.end_to_end_id: one for one in evidence.orders}
    for name, times in Counter(name for name, _, _ in evidence.books.received).items():
        if times > 1:
            found.paid_twice += 1
            found.problems.append(f"payment {name} was taken {times} times")
    for name, minor, currency in evidence.books.received:
        order = orders.get(name)
        if order is None or (order.amount.minor, order.amount.currency.code) != (minor, currency):
            found.problems.append(f"payment {name} over {minor} {currency} was never ordered like that")
    at_bank = {one.end_to_end_id: one.state for one in evidence.books.payments}
    for order in evidence.orders:
        state = at_bank.get(order.end_to_end_id, "")
        if not state and order.state in (_S.PLANNED, _S.REJECTED, _S.CANCELLED):
            # Never sent, or refused with its whole file: the bank keeps no payment of those.
            continue
        if order.state not in OURS.get(state, ()):
            found.lost += 1
            found.problems.append(
                f"payment {order.end_to_end_id} is {state or 'unknown'} at the bank, here {order.state}"
            )


def _payables(evidence: PayEvidence, found: PayDamage) -> None:
    at_bank = {one.end_to_end_id: one.state for one in evidence.books.payments}
    paid: Counter[PayableId] = Counter()
    living: Counter[PayableId] = Counter()
    for order in evidence.orders:
        for part in order.allocations:
            if at_bank.get(order.end_to_end_id) == "booked":
                paid[part.payable_id] += part.amount.minor + part.discount.minor
            living[part.payable_id] += order.state in LIVING
    for payable in evidence.payables.values():
        name, told = f"invoice {payable.number}", paid[payable.id]
        if told > payable.gross.minor:
            found.paid_twice += 1
            found.problems.append(f"{name} over {payable.gross.minor}: the bank paid {told}")
        if told != payable.paid.minor:
            found.problems.append(f"{name}: the bank paid {told}, here {payable.paid.minor} is paid")
        if (payable.state is PayableState.SETTLED) != (payable.paid == payable.gross):
            found.problems.append(f"{name} is {payable.state} with {payable.paid.minor} of {payable.gross.minor} paid")
        if living[payable.id] > 1:
            found.problems.append(f"{name} is in {living[payable.id]} living payments")


def _entries(evidence: PayEvidence, found: PayDamage) -> None:
    """Hold the entries of each order to what it went through: one on its way, closed once when it is over."""
    for order in evidence.orders:
        run = evidence.runs[order.run_id]
        way = order_released(run.tenant_id, run.store_id, order, run.changed_at).id
        entries = evidence.transfers.get(order.id, ())
        began = sum(one.id == way for one in entries)
        closed = sum(one.pending_id == way and one.kind is not TransferKind.PENDING for one in entries)
        # What was taken out before the release is in none of the files that people released.
        in_file = order.file_no is not None and order.attempt == run.attempt
        wanted = 1 if run.released_at is not None and in_file else 0
        ended = 0 if order.state in LIVING else wanted
        if began > wanted or closed > max(ended, 0) or len({one.id for one in entries}) != len(entries):
            found.posted_twice += 1
        if (began, closed) != (wanted, ended):
            found.problems.append(f"payment {order.end_to_end_id} ({order.state}): on its way {began}, closed {closed}")


def _books(evidence: PayEvidence) -> Iterator[str]:
    posted = {one.account: one.debits_posted - one.credits_posted for one in evidence.balances}
    pending = {one.account: one.debits_pending - one.credits_pending for one in evidence.balances}
    off = {currency: value for currency, value in imbalance(evidence.balances).items() if value}
    if off:
        yield f"the ledger does not add up to nothing: {off}"
    moved = [one for one in evidence.books.payments if one.state in ("booked", "returned")]
    charges = sum(one.charge_minor for one in moved)
    left = sum(one.minor for one in moved if one.state == "booked")
    yield from _same("the bank account", posted.get(bank("main"), 0), -left - charges)
    yield from _same("charges", posted.get(bank_charges(), 0), charges)
    on_the_way = sum(
        one.amount.minor
        for one in evidence.orders
        if one.state in LIVING and evidence.runs[one.run_id].released_at is not None
    )
    yield from _same("money in transit", -pending.get(payments_in_transit(), 0), on_the_way)
    yield from _same("money in transit, booked", posted.get(payments_in_transit(), 0), 0)
    for supplier_id in {one.supplier_id for one in evidence.payables.values()}:
        mine = [one for one in evidence.payables.values() if one.supplier_id == supplier_id]
        owed = sum(one.open_amount.minor if one.kind is PayableKind.INVOICE else -one.open_amount.minor for one in mine)
        yield from _same(f"what is owed to {supplier_id}", owed_to(posted, supplier_id), owed)


def _same(what: str, booked: int, wanted: int) -> Iterator[str]:
    if booked != wanted:
        yield f"{what}: the ledger says {booked}, it should be {wanted}"
