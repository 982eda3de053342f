"""Rows for tests of the storage: a shop with two terminals, intents and conclusions as the services make them."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    EftLine,
    EftReceipt,
    Evidence,
    Payment,
    TerminalResult,
    TransactionNumbers,
    next_state,
)
from gateway.domain.ids import (
    AttemptId,
    DeviceId,
    OutboxId,
    PaymentId,
    RegisterId,
    SaleId,
    StoreId,
    TenantId,
    derived_id,
    uuid7,
)
from gateway.domain.ledger import TransferKind, card_sale_reservation, closing
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.sale import Sale, SaleLine
from gateway.ports.device_store import DeviceRow
from gateway.ports.payment_store import Conclusion, Intent, PaymentRecord, StoredAnswer

EUR = Currency.of("EUR")
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
REGISTER = RegisterId("till-1")
TENANT = TenantId("acme")
NORTH = StoreId("north")
TERMINAL = DeviceId("terminal-1")
OTHER_TERMINAL = DeviceId("terminal-2")
PRINTER = DeviceId("printer-1")
NUMBERS = TransactionNumbers(41, 141, 241)
RESULT = TerminalResult(
    amount_minor=1250,
    numbers=TransactionNumbers(42, 142, None),
    code="00",
    acquirer_terminal_id="52500038",
    authorisation="123456",
    card_name="girocard",
    card_masked="672599******1234",
    text="Zahlung erfolgt €",
    date_mmdd="0302",
    time_hhmmss="130059",
    receipts=(
        EftReceipt("customer", (EftLine("K-U-N-D-E-N-B-E-L-E-G", centred=True, double_width=True), EftLine(""))),
        EftReceipt("merchant", ()),
    ),
)
"""All a terminal can say of an approved payment."""
_MS = itertools.count(1_772_000_000_000)


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON

    def monotonic_s(self) -> float:
        return 0.0


def new_id() -> uuid.UUID:
    """A UUIDv7, each later than the one before."""
    return uuid7(next(_MS))


@dataclass(frozen=True)
class Shop:
    """One store with two terminals and a printer in a storage."""

    storage: SqlStorage
    tenant_id: TenantId = TENANT
    store_id: StoreId = NORTH
    terminal_id: DeviceId = TERMINAL
    other_terminal_id: DeviceId = OTHER_TERMINAL
    printer_id: DeviceId = PRINTER
    numbers: TransactionNumbers = NUMBERS

    def open(self) -> Shop:
        """Make the devices."""
        with self.storage.write() as unit:
            for device_id, kind in (
                (self.terminal_id, "terminal"),
                (self.other_terminal_id, "terminal"),
                (self.printer_id, "printer"),
            ):
                row = DeviceRow(self.tenant_id, self.store_id, device_id, kind, f"The {device_id}", self.numbers)
                unit.devices.ensure(row)
        return self

    def intent(
        self,
        *,
        terminal_id: DeviceId | None = None,
        minor: int = 1250,
        payment_id: PaymentId | None = None,
        sale_id: SaleId | None = None,
        key: str | None = None,
    ) -> Intent:
        """A first attempt at a new payment."""
        payment_id = payment_id or PaymentId(new_id())
        amount = Money(minor, EUR)
        payment = Payment(
            tenant_id=self.tenant_id,
            store_id=self.store_id,
            id=payment_id,
            sale_id=sale_id or SaleId(derived_id(payment_id, "sale")),
            register_id=REGISTER,
            terminal_id=terminal_id or self.terminal_id,
            amount=amount,
            reference="Tisch 7",
            created_at=NOON,
            created_by="anna",
            trace_id=payment_id.hex,
        )
        sale = Sale(
            tenant_id=self.tenant_id,
            store_id=self.store_id,
            id=payment.sale_id,
            register_id=REGISTER,
            total=amount,
            lines=(SaleLine("Käse", Decimal("1.000"), amount, amount),),
            created_at=NOON,
            created_by="anna",
        )
        attempt = new_attempt(payment, AttemptId(derived_id(payment_id, "attempt 1")), 1)
        return Intent(
            tenant_id=self.tenant_id,
            store_id=self.store_id,
            sale=sale,
            payment=payment,
            attempt=attempt,
            reservation=card_sale_reservation(payment, attempt.id, NOON),
            actor="anna",
            answer=StoredAnswer(key or str(payment_id), "a" * 64, 202, b'{"state":"sent"}', f"/payments/{payment_id}"),
        )

    def begin(self, intent: Intent) -> Attempt:
        """Store an intent in a unit of its own."""
        return self.storage.record_intent(intent)

    def conclude(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion in a unit of its own."""
        return self.storage.record_conclusion(conclusion)

    def load(self, payment_id: PaymentId) -> PaymentRecord:
        """Load a payment that is stored."""
        with self.storage.read() as unit:
            record = unit.payments.load(self.tenant_id, self.store_id, payment_id)
        assert record is not None
        return record


def new_attempt(payment: Payment, attempt_id: AttemptId, number: int) -> Attempt:
    """An attempt about to be stored."""
    return Attempt(
        id=attempt_id,
        payment_id=payment.id,
        number=number,
        terminal_id=payment.terminal_id,
        epoch=0,
        state=AttemptState.SENT,
        baseline=TransactionNumbers(),
        blocks_terminal=True,
        sent_at=NOON + timedelta(seconds=number),
    )


def further(payment: Payment, number: int) -> Intent:
    """A further attempt at a stored payment."""
    attempt = new_attempt(payment, AttemptId(derived_id(payment.id, f"attempt {number}")), number)
    return Intent(
        tenant_id=payment.tenant_id,
        store_id=payment.store_id,
        sale=None,
        payment=None,
        attempt=attempt,
        reservation=card_sale_reservation(payment, attempt.id, NOON),
        actor="anna",
        answer=None,
    )


def outcome(event: AttemptEvent, *, heard: bool = True, result: TerminalResult | None = None) -> AttemptOutcome:
    """What became of an attempt."""
    evidence = Evidence.DIALOGUE
    return AttemptOutcome(event, evidence, f"{event}_code", f"It was {event}.", result or TerminalResult(), heard)


def conclusion_of(
    payment: Payment,
    attempt: Attempt,
    event: AttemptEvent = AttemptEvent.APPROVE,
    *,
    heard: bool = True,
    result: TerminalResult | None = None,
    numbers: TransactionNumbers | None = None,
    printers: tuple[str, ...] = (),
) -> Conclusion:
    """The conclusion the services would make of an event."""
    state = next_state(attempt.state, event, Evidence.DIALOGUE)
    pending = card_sale_reservation(payment, attempt.id, NOON)
    kind = TransferKind.POST if state is AttemptState.APPROVED else TransferKind.VOID
    at = NOON + timedelta(minutes=1)
    unknown = state is AttemptState.UNKNOWN
    return Conclusion(
        tenant_id=payment.tenant_id,
        store_id=payment.store_id,
        payment_id=payment.id,
        attempt_id=attempt.id,
        terminal_id=attempt.terminal_id,
        expected=frozenset({attempt.state}),
        epoch=attempt.epoch,
        state=state,
        blocks_terminal=unknown and not heard,
        outcome=outcome(event, heard=heard, result=result),
        closing=None if unknown else closing(pending, kind=kind, recorded_at=at),
        outbox=tuple(receipt_message(payment, attempt, printer) for printer in printers),
        numbers=numbers,
        actor="terminal",
        concluded_at=at,
    )


def receipt_message(payment: Payment, attempt: Attempt, printer: str) -> OutboxMessage:
    """A receipt to print."""
    return OutboxMessage(
        tenant_id=payment.tenant_id,
        store_id=payment.store_id,
        id=OutboxId(derived_id(attempt.id, f"receipt {printer}")),
        kind="print_receipt",
        target=printer,
        payload={"payment_id": str(payment.id), "copy": "customer"},
        created_at=NOON,
    )


def settled(conclusion: Conclusion, **changes: object) -> Conclusion:
    """The same conclusion with other values."""
    return replace(conclusion, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def payment_of(intent: Intent) -> Payment:
    """The payment of a first attempt."""
    assert intent.payment is not None
    return intent.payment
