"""Receipts: what they say, marked copies on request, and their delivery from the outbox to a printer."""

import uuid
from collections.abc import Mapping
from datetime import datetime, tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import (
    Receipt,
    ReceiptCopy,
    ShopFace,
    card_receipt,
    day_receipt,
    hold_receipt,
    refund_receipt,
)
from gateway.domain.cards.payment import OPEN_STATES, Attempt, Payment
from gateway.domain.cards.refund import Movement, Refund
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import RuleError
from gateway.domain.ids import (
    AttemptId,
    OutboxId,
    PaymentId,
    RefundId,
    RegisterId,
    ReservationId,
    TerminalDayId,
    derived_id,
)
from gateway.domain.money import Currency, currency_with_number
from gateway.domain.outbox import Delivery, DeliveryVerdict, OutboxMessage
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.printer import PrinterDevice
from gateway.ports.unit_of_work import PaymentRecord, RefundRecord, Storage
from gateway.services.paper.print_paper import delivery_of
from gateway.services.payments.read_payments import load_payment
from gateway.services.payments.read_refunds import load_refund

PRINT_RECEIPT = "print_receipt"
DAY = "day"
"""What a receipt that is of no payment is of: the end of a day, or a step of a reservation by its own name."""


def receipt_message(
    movement: Movement,
    attempt: Attempt,
    copy: ReceiptCopy,
    printer: str,
    *,
    created_at: datetime,
    request_id: uuid.UUID | None = None,
) -> OutboxMessage:
    """Return the message that has a receipt printed; with a ``request_id`` it is a marked copy, one for each id."""
    payload = {"attempt_id": str(attempt.id), "copy": str(copy), "duplicate": "" if request_id is None else "yes"}
    if isinstance(movement, Payment | Refund):
        payload["payment_id"] = str(attempt.payment_id)
    else:
        payload["subject_id"] = str(movement.id)
        payload["of"] = DAY if isinstance(movement, DayClose) else str(movement.step)
    if isinstance(movement, Refund):
        payload["refund_id"] = str(movement.id)
    name = f"receipt {copy}" if request_id is None else f"copy {copy} {request_id}"
    return OutboxMessage(
        tenant_id=movement.tenant_id,
        store_id=movement.store_id,
        id=OutboxId(derived_id(attempt.id, name)),
        kind=PRINT_RECEIPT,
        target=printer,
        payload=payload,
        created_at=created_at,
    )


class ReceiptWriter:
    """Knows the shop: turns stored payments and refunds into receipts."""

    def __init__(self, *, shop: ShopFace, registers: Mapping[str, str], zone: tzinfo) -> None:
        """``registers``: id -> name as printed; ``zone``: the store's time zone."""
        self._shop = shop
        self._registers = registers
        self._zone = zone

    def write(self, record: PaymentRecord, attempt: Attempt, copy: ReceiptCopy, *, duplicate: bool) -> Receipt:
        """Return the receipt of one attempt of a payment."""
        register_id: RegisterId = record.payment.register_id
        return card_receipt(
            payment=record.payment,
            sale=record.sale,
            attempt=attempt,
            copy=copy,
            duplicate=duplicate,
            shop=self._shop,
            register_name=self._registers.get(register_id, register_id),
            zone=self._zone,
        )

    def write_refund(self, record: RefundRecord, copy: ReceiptCopy, *, duplicate: bool) -> Receipt:
        """Return the receipt of a refund, marked as one."""
        register_id: RegisterId = record.refund.register_id
        return refund_receipt(
            refund=record.refund,
            attempt=record.attempt,
            copy=copy,
            duplicate=duplicate,
            shop=self._shop,
            register_name=self._registers.get(register_id, register_id),
            zone=self._zone,
        )

    def write_hold(self, hold: Hold, attempt: Attempt, copy: ReceiptCopy, *, duplicate: bool) -> Receipt:
        """Return the receipt of a reservation that was made or let go."""
        return hold_receipt(
            hold=hold,
            attempt=attempt,
            copy=copy,
            duplicate=duplicate,
            shop=self._shop,
            register_name=self._registers.get(hold.register_id, hold.register_id),
            zone=self._zone,
        )

    def write_day(self, close: DayClose, attempt: Attempt, currency: Currency, *, duplicate: bool) -> Receipt:
        """Return the receipt of a terminal's end of day."""
        return day_receipt(
            close=close,
            attempt=attempt,
            currency=currency,
            duplicate=duplicate,
            shop=self._shop,
            register_name=self._registers.get(close.register_id, close.register_id),
            zone=self._zone,
        )


class PrintReceipt:
    """Receipts on request: a look at one, or a marked copy on paper."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        writer: ReceiptWriter,
        printers: Mapping[str, str],
    ) -> None:
        """``printers``: register id -> printer id."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._writer = writer
        self._printers = printers

    def receipt(self, caller: Caller, payment_id: PaymentId, copy: ReceiptCopy) -> Receipt:
        """Return the receipt as it was or would be printed.

        Raises:
            NotFound: ``payment_not_found``.
            RuleError: ``outcome_open`` while the payment has no outcome.
        """
        caller.require(Permission.PAYMENTS_READ)
        record = load_payment(self._storage, caller, payment_id)
        return self._writer.write(record, _settled(record), copy, duplicate=False)

    def request_copy(
        self, caller: Caller, payment_id: PaymentId, copy: ReceiptCopy, request_id: uuid.UUID
    ) -> OutboxMessage:
        """Put a receipt marked as a copy into the printer's queue; the same ``request_id`` again is the same copy.

        Raises:
            NotFound: ``payment_not_found``.
            RuleError: ``outcome_open`` while the payment has no outcome, ``no_printer`` for a register without printer.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        record = load_payment(self._storage, caller, payment_id)
        return self._queue(record.payment, _settled(record), copy, request_id)

    def refund_receipt(self, caller: Caller, refund_id: RefundId, copy: ReceiptCopy) -> Receipt:
        """Return the receipt of a refund as it was or would be printed.

        Raises:
            NotFound: ``refund_not_found``.
            RuleError: ``outcome_open`` while the refund has no outcome.
        """
        caller.require(Permission.PAYMENTS_READ)
        record = load_refund(self._storage, caller, refund_id)
        _ended(record.attempt)
        return self._writer.write_refund(record, copy, duplicate=False)

    def request_refund_copy(
        self, caller: Caller, refund_id: RefundId, copy: ReceiptCopy, request_id: uuid.UUID
    ) -> OutboxMessage:
        """Like :meth:`request_copy`, for a refund; ``refund_not_found`` instead of ``payment_not_found``."""
        caller.require(Permission.RECEIPTS_PRINT)
        record = load_refund(self._storage, caller, refund_id)
        return self._queue(record.refund, _ended(record.attempt), copy, request_id)

    def _queue(self, movement: Movement, attempt: Attempt, copy: ReceiptCopy, request_id: uuid.UUID) -> OutboxMessage:
        printer = self._printers.get(movement.register_id)
        if printer is None:
            raise RuleError("no_printer", "This register has no printer.", "Show the receipt on the screen instead.")
        now = self._clock.now()
        message = receipt_message(movement, attempt, copy, printer, created_at=now, request_id=request_id)
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(printer)
        return message


class DeliverReceipt:
    """Delivers one receipt message to a printer; called by the thread that owns the printer."""

    def __init__(self, *, storage: Storage, writer: ReceiptWriter, currency: Currency | None = None) -> None:
        """``currency``: of the store, for a terminal that tells its totals without one; None is the euro."""
        self._currency = currency or Currency.of("EUR")
        self._storage = storage
        self._writer = writer

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Print the receipt the message names; never raises for what a printer can do."""
        receipt = self._receipt(message)
        if receipt is None:
            return Delivery(DeliveryVerdict.IMPOSSIBLE, "The payment of this receipt is not stored here.")
        return delivery_of(printer.print_receipt(receipt))

    def _receipt(self, message: OutboxMessage) -> Receipt | None:
        payload = message.payload
        copy, duplicate = ReceiptCopy(payload["copy"]), bool(payload["duplicate"])
        if "of" in payload:
            return self._other(message, copy, duplicate=duplicate)
        if "refund_id" in payload:
            refund_id = RefundId(uuid.UUID(payload["refund_id"]))
            with self._storage.read() as unit:
                refund = unit.refunds.load(message.tenant_id, message.store_id, refund_id)
            return self._writer.write_refund(refund, copy, duplicate=duplicate) if refund else None
        payment_id = PaymentId(uuid.UUID(payload["payment_id"]))
        attempt_id = AttemptId(uuid.UUID(payload["attempt_id"]))
        with self._storage.read() as unit:
            record = unit.payments.load(message.tenant_id, message.store_id, payment_id)
        attempt = next((one for one in record.attempts if one.id == attempt_id), None) if record else None
        if record is None or attempt is None:
            return None
        return self._writer.write(record, attempt, copy, duplicate=duplicate)

    def _other(self, message: OutboxMessage, copy: ReceiptCopy, *, duplicate: bool) -> Receipt | None:
        """Return the receipt of a reservation's step or of an end of day."""
        subject_id, of = uuid.UUID(message.payload["subject_id"]), message.payload["of"]
        attempt_id = AttemptId(uuid.UUID(message.payload["attempt_id"]))
        if of == DAY:
            with self._storage.read() as unit:
                day = unit.day_closes.load(message.tenant_id, message.store_id, TerminalDayId(subject_id))
            if day is None:
                return None
            return self._writer.write_day(day.close, day.attempt, self._day_currency(day.attempt), duplicate=duplicate)
        with self._storage.read() as unit:
            held = unit.reservations.load(message.tenant_id, message.store_id, ReservationId(subject_id))
        attempt = next((one for one in (held.made, *held.releases) if one.id == attempt_id), None) if held else None
        if held is None or attempt is None:
            return None
        return self._writer.write_hold(Hold(held.reservation, HoldStep(of)), attempt, copy, duplicate=duplicate)

    def _day_currency(self, attempt: Attempt) -> Currency:
        """Return the currency of a terminal's totals: as it named it, else the store's."""
        day = attempt.result.day if attempt.result else None
        named = None if day is None or day.currency is None else currency_with_number(day.currency)
        return named or self._currency


def _settled(record: PaymentRecord) -> Attempt:
    return _ended(record.attempts[-1])


def _ended(attempt: Attempt) -> Attempt:
    if attempt.state in OPEN_STATES:
        hint = "Wait for the outcome; an unknown one has to be resolved first."
        raise RuleError("outcome_open", "This payment has no outcome yet.", hint)
    return attempt
