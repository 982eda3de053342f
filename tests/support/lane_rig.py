"""Lanes over a real database and scripted devices: nodes in one process, each with lease keeper, lanes and services."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.device_hints import NodeHints
from gateway.adapters.event_board import MemoryEventBoard
from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    EftReceipt,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Movement, RefundMeans, ReversalBy
from gateway.domain.cards.reservation import ReservationState
from gateway.domain.cards.terminal_day import DayState
from gateway.domain.ids import (
    AttemptId,
    DeviceId,
    PaymentId,
    RefundId,
    RegisterId,
    ReservationId,
    StoreId,
    TenantId,
    TerminalDayId,
    derived_id,
    uuid7,
)
from gateway.domain.ledger import card_receivable, imbalance
from gateway.domain.money import Currency, Money
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.jobs.terminal_lane import LaneParts, TerminalLane
from gateway.ports.day_close_store import DayCloseRecord
from gateway.ports.reservation_store import ReservationRecord
from gateway.ports.terminal import TerminalDevice
from gateway.ports.unit_of_work import DeviceRow, PaymentRecord, Storage
from gateway.services.payments.cancel_payment import CancelPayment
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_refunds import ReadRefunds
from gateway.services.payments.read_reservations import ReadReservations
from gateway.services.payments.recover_attempts import RecoverAttempts
from gateway.services.payments.refund_limit import RefundLimit
from gateway.services.payments.refund_payment import RefundCommand, RefundPayment
from gateway.services.payments.reserve_amount import CompleteCommand, ReleaseCommand, ReserveAmount, ReserveCommand
from gateway.services.payments.resolve_payment import ResolvePayment
from gateway.services.payments.settle_refund import SettleRefund
from gateway.services.payments.settle_reservation import SettleReservation
from gateway.services.payments.take_payment import TakePayment, TakePaymentCommand
from gateway.services.payments.terminal_day import EndDayCommand, EndTerminalDay
from tests.support.faulty_storage import FaultyStorage
from tests.support.scripted_terminal import DEADLINE_S

TENANT, STORE = TenantId("main"), StoreId("store-1")
TERMINAL, PRINTER, REGISTER = DeviceId("terminal-1"), DeviceId("printer-1"), RegisterId("register-1")
EUR = Currency.of("EUR")
MEANS = RefundMeans(ReversalBy.RECEIPT_NO, credit=True)
EVERYBODY = Caller(TENANT, STORE, uuid.UUID(int=1), "anna", frozenset(Permission))


def command(minor: int = 500, payment_id: PaymentId | None = None, **changes: object) -> TakePaymentCommand:
    """A request for one payment."""
    payment_id = payment_id or PaymentId(uuid7(int(SystemClock().now().timestamp() * 1000)))
    made = TakePaymentCommand(
        payment_id=payment_id,
        sale_id=None,
        register_id=REGISTER,
        terminal_id=TERMINAL,
        amount=Money(minor, EUR),
        lines=(),
        reference=None,
        key=str(payment_id),
        request_hash=hashlib.sha256(f"{payment_id} {minor}".encode()).hexdigest(),
        location=f"/v1/payments/{payment_id}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def refund_command(payment_id: PaymentId, minor: int | None = None, **changes: object) -> RefundCommand:
    """A request for one refund."""
    refund_id = RefundId(uuid7(int(SystemClock().now().timestamp() * 1000)))
    made = RefundCommand(
        refund_id=refund_id,
        payment_id=payment_id,
        amount=None if minor is None else Money(minor, EUR),
        register_id=None,
        terminal_id=None,
        reason="Goods came back",
        key=str(refund_id),
        request_hash=hashlib.sha256(f"{refund_id} {payment_id} {minor}".encode()).hexdigest(),
        location=f"/v1/refunds/{refund_id}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def reserve_command(minor: int = 500, **changes: object) -> ReserveCommand:
    """A request for one reservation."""
    reservation_id = ReservationId(uuid7(int(SystemClock().now().timestamp() * 1000)))
    made = ReserveCommand(
        reservation_id=reservation_id,
        register_id=REGISTER,
        terminal_id=TERMINAL,
        amount=Money(minor, EUR),
        reference=None,
        key=str(reservation_id),
        request_hash=hashlib.sha256(f"{reservation_id} {minor}".encode()).hexdigest(),
        location=f"/v1/reservations/{reservation_id}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def render(payment: Movement, attempt: Attempt) -> bytes:
    """The first answer."""
    return f"{payment.id} {attempt.id}".encode()


def first_attempt(payment_id: PaymentId) -> AttemptId:
    """The id of a payment's first attempt."""
    return AttemptId(derived_id(payment_id, "attempt 1"))


def approval(minor: int, receipt_no: int = 41, *, receipts: tuple[EftReceipt, ...] = ()) -> AttemptOutcome:
    """What a terminal says of an approved sale."""
    result = TerminalResult(
        amount_minor=minor,
        numbers=TransactionNumbers(receipt_no, 500 + receipt_no, None),
        code="00",
        card_name="Visa",
        card_masked="411111******1111",
        receipts=receipts,
    )
    return AttemptOutcome(AttemptEvent.APPROVE, Evidence.DIALOGUE, "approved", "Approved.", result)


@dataclass
class Waiting:
    """Looks again and again until something holds; fails after a while."""

    clock: SystemClock = field(default_factory=SystemClock)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        ends_at = self.clock.monotonic_s() + DEADLINE_S
        never = threading.Event()
        while not condition():
            assert self.clock.monotonic_s() < ends_at, f"waited {DEADLINE_S:g} s in vain for: {what}"
            never.wait(0.005)


class LaneNode(Waiting):
    """One node: its lane over a terminal, and the services a till would use."""

    def __init__(
        self,
        storage: SqlStorage,
        device: TerminalDevice,
        *,
        holder: str = "node-1",
        lease_s: int = 60,
        poll_s: float = 0.05,
        printers: dict[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.inner = storage
        self.storage = FaultyStorage(storage)
        shared: Storage = self.storage
        self.hints = NodeHints()
        self.board = MemoryEventBoard(streams_max=8)
        self.keeper = LeaseKeeper(storage=shared, clock=self.clock, holder=holder, lease_s=lease_s)
        self.conclude = ConcludeAttempt(
            storage=shared, clock=self.clock, board=self.board, hints=self.hints, printers=printers or {}
        )
        self.recover = RecoverAttempts(storage=shared, conclude=self.conclude)
        parts = LaneParts(
            tenant_id=TENANT,
            store_id=STORE,
            storage=shared,
            clock=self.clock,
            board=self.board,
            keeper=self.keeper,
            conclude=self.conclude,
            recover=self.recover,
            poll_s=poll_s,
        )
        self.lane = TerminalLane(TERMINAL, device, parts)
        self.hints.add_terminal(TERMINAL, self.lane)
        self.take = TakePayment(storage=storage, clock=self.clock, hints=self.hints, currencies={TERMINAL: EUR})
        self.cancelling = CancelPayment(storage=storage, clock=self.clock, hints=self.hints)
        self.resolve = ResolvePayment(storage=storage, clock=self.clock, hints=self.hints, conclude=self.conclude)
        self.means = {TERMINAL: MEANS}
        self.give_back = RefundPayment(
            storage=storage, clock=self.clock, hints=self.hints, means=self.means, zone=UTC, limit=RefundLimit()
        )
        self.read_refunds = ReadRefunds(storage=storage)
        self.settle_refund = SettleRefund(storage=storage, clock=self.clock, hints=self.hints, conclude=self.conclude)
        self.reserving = ReserveAmount(storage=storage, clock=self.clock, hints=self.hints, currencies={TERMINAL: EUR})
        self.read_reservations = ReadReservations(storage=storage)
        self.settle_reservation = SettleReservation(
            storage=storage, clock=self.clock, hints=self.hints, conclude=self.conclude
        )
        self.days = EndTerminalDay(
            storage=storage, clock=self.clock, hints=self.hints, conclude=self.conclude, zone=UTC
        )
        self._started = False

    def start(self) -> LaneNode:
        """Let the lane run."""
        self._started = True
        self.lane.start()
        return self

    def stop(self) -> None:
        """Stop lane and keeper."""
        if self._started:
            self.lane.stop(DEADLINE_S)
        self.keeper.stop()

    def begin(self, minor: int = 500) -> PaymentId:
        """Ask for a payment."""
        asked = command(minor)
        self.take.begin(EVERYBODY, asked, render)
        return asked.payment_id

    def settle(self, payment_id: PaymentId, outcome: AttemptOutcome) -> AttemptState | None:
        """Record an outcome as the lane would, without any lane."""
        record = self.load(payment_id)
        attempt = record.attempts[-1]
        return self.conclude.record(record.payment, attempt, outcome, epoch=attempt.epoch, actor="terminal-1")

    def paid(self, minor: int = 500) -> PaymentId:
        """Store a payment that was approved."""
        payment_id = self.begin(minor)
        assert self.settle(payment_id, approval(minor)) is AttemptState.APPROVED
        return payment_id

    def refund(self, payment_id: PaymentId, minor: int | None = None) -> RefundId:
        """Ask for a refund."""
        asked = refund_command(payment_id, minor)
        self.give_back.begin(EVERYBODY, asked, render)
        return asked.refund_id

    def reserve(self, minor: int = 500) -> ReservationId:
        """Ask for a reservation."""
        asked = reserve_command(minor)
        self.reserving.begin(EVERYBODY, asked, lambda record: str(record.reservation.id).encode())
        return asked.reservation_id

    def release(self, reservation_id: ReservationId, request_id: str = "1") -> None:
        """Ask to let a reservation go."""
        key = f"{reservation_id} {request_id}"
        digest = hashlib.sha256(key.encode()).hexdigest()
        command = ReleaseCommand(reservation_id, request_id, key, digest, f"/v1/reservations/{reservation_id}")
        self.reserving.release(EVERYBODY, command, lambda record: str(record.state).encode())

    def complete(self, reservation_id: ReservationId, minor: int | None = None) -> PaymentId:
        """Ask to charge a reservation."""
        payment_id = PaymentId(uuid7(int(self.clock.now().timestamp() * 1000)))
        digest = hashlib.sha256(f"{payment_id} {minor}".encode()).hexdigest()
        command = CompleteCommand(
            reservation_id=reservation_id,
            payment_id=payment_id,
            sale_id=None,
            amount=None if minor is None else Money(minor, EUR),
            reference=None,
            key=str(payment_id),
            request_hash=digest,
            location=f"/v1/payments/{payment_id}",
        )
        self.reserving.complete(EVERYBODY, command, render)
        return payment_id

    def held(self, reservation_id: ReservationId) -> ReservationRecord:
        """Return a reservation as stored."""
        return self.read_reservations.get(EVERYBODY, reservation_id)

    def until_held(self, reservation_id: ReservationId, state: ReservationState) -> ReservationRecord:
        """Wait until a reservation is in a state; return it."""
        self.until(lambda: self.held(reservation_id).state is state, f"reservation {reservation_id} {state}")
        return self.held(reservation_id)

    def end_day(self) -> TerminalDayId:
        """Ask for the end of the terminal's day."""
        close_id = TerminalDayId(uuid7(int(self.clock.now().timestamp() * 1000)))
        digest = hashlib.sha256(str(close_id).encode()).hexdigest()
        command = EndDayCommand(close_id, REGISTER, TERMINAL, str(close_id), digest, f"/v1/terminal-days/{close_id}")
        self.days.begin(EVERYBODY, command, lambda record: str(record.close.id).encode())
        return close_id

    def until_day(self, close_id: TerminalDayId, state: DayState) -> DayCloseRecord:
        """Wait until an end of day is in a state; return it."""
        self.until(lambda: self.days.get(EVERYBODY, close_id).state is state, f"end of day {close_id} {state}")
        return self.days.get(EVERYBODY, close_id)

    def balance_of(self, account: str) -> int:
        """Return credits less debits that are posted on an account."""
        with self.inner.read() as unit:
            found = [one for one in unit.ledger.balances(TENANT, STORE) if one.account == account]
        return sum(one.credits_posted - one.debits_posted for one in found)

    def refund_attempt(self, refund_id: RefundId) -> Attempt:
        """Return the attempt of a refund as stored."""
        return self.read_refunds.get(EVERYBODY, refund_id).attempt

    def until_refund(self, refund_id: RefundId, state: AttemptState) -> Attempt:
        """Wait until a refund is in a state; return its attempt."""
        self.until(lambda: self.refund_attempt(refund_id).state is state, f"refund {refund_id} {state}")
        return self.refund_attempt(refund_id)

    def taken(self) -> int:
        """Return the minor units the books say the terminal took, less what it gave back; the books balance."""
        with self.inner.read() as unit:
            balances = unit.ledger.balances(TENANT, STORE)
        assert not any(imbalance(balances).values())
        found = [one for one in balances if one.account == card_receivable(TERMINAL)]
        return sum(one.debits_posted - one.credits_posted for one in found)

    def load(self, payment_id: PaymentId) -> PaymentRecord:
        """Return a payment as stored."""
        with self.inner.read() as unit:
            record = unit.payments.load(TENANT, STORE, payment_id)
        assert record is not None
        return record

    def attempt(self, payment_id: PaymentId) -> Attempt:
        """Return the last attempt of a payment."""
        return self.load(payment_id).attempts[-1]

    def until_state(self, payment_id: PaymentId, state: AttemptState) -> Attempt:
        """Wait until the last attempt is in a state; return it."""
        self.until(lambda: self.attempt(payment_id).state is state, f"payment {payment_id} {state}")
        return self.attempt(payment_id)

    def orphans(self) -> list[tuple[TerminalResult, str]]:
        """Return the kept results, newest first."""
        with self.inner.read() as unit:
            return [(result, words) for _, result, words, _ in unit.payments.orphans(TENANT, STORE)]

    def until_orphans(self, count: int) -> list[tuple[TerminalResult, str]]:
        """Wait until so many results are kept."""
        self.until(lambda: len(self.orphans()) >= count, f"{count} orphans")
        return self.orphans()

    def posted(self) -> int:
        """Return the minor units posted; the books balance."""
        with self.inner.read() as unit:
            balances = unit.ledger.balances(TENANT, STORE)
        assert not any(imbalance(balances).values())
        return sum(balance.debits_posted for balance in balances)

    def pending(self) -> int:
        """Return the minor units reserved and not yet certain."""
        with self.inner.read() as unit:
            return sum(balance.debits_pending for balance in unit.ledger.balances(TENANT, STORE))


def add_devices(storage: SqlStorage) -> None:
    """Make the devices known, as a node does at its start."""
    with storage.write() as unit:
        for device_id, kind in ((TERMINAL, "terminal"), (PRINTER, "printer"), (DeviceId("printer-2"), "printer")):
            unit.devices.ensure(DeviceRow(TENANT, STORE, device_id, kind, f"The {device_id}"))
