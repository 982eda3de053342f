"""Receipts: what they say, marked copies on request, and their delivery from the outbox to a printer."""

import uuid
from collections.abc import Mapping
from datetime import tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import AttemptId, OutboxId, PaymentId, RegisterId, derived_id
from gateway.domain.outbox import Delivery, DeliveryVerdict, OutboxMessage
from gateway.domain.payment import OPEN_STATES, Attempt
from gateway.domain.receipt import Receipt, ReceiptCopy, ShopFace, card_receipt
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.printer import PrinterDevice, PrintVerdict
from gateway.ports.unit_of_work import PaymentRecord, Storage
from gateway.services.read_payments import load_payment

PRINT_RECEIPT = "print_receipt"

_VERDICTS = {
    PrintVerdict.PRINTED: DeliveryVerdict.DONE,
    PrintVerdict.NOT_PRINTED: DeliveryVerdict.NOT_DONE,
    PrintVerdict.UNSURE: DeliveryVerdict.UNSURE,
}


class ReceiptWriter:
    """Knows the shop: turns stored payments into receipts."""

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
        attempt = _settled(record)
        printer = self._printers.get(record.payment.register_id)
        if printer is None:
            raise RuleError("no_printer", "This register has no printer.", "Show the receipt on the screen instead.")
        message = OutboxMessage(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=OutboxId(derived_id(attempt.id, f"copy {copy} {request_id}")),
            kind=PRINT_RECEIPT,
            target=printer,
            payload={"payment_id": str(payment_id), "attempt_id": str(attempt.id), "copy": copy, "duplicate": "yes"},
            created_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(printer)
        return message


class DeliverReceipt:
    """Delivers one receipt message to a printer; called by the thread that owns the printer."""

    def __init__(self, *, storage: Storage, writer: ReceiptWriter) -> None:
        self._storage = storage
        self._writer = writer

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Print the receipt the message names; never raises for what a printer can do."""
        payment_id = PaymentId(uuid.UUID(message.payload["payment_id"]))
        attempt_id = AttemptId(uuid.UUID(message.payload["attempt_id"]))
        with self._storage.read() as unit:
            record = unit.payments.load(message.tenant_id, message.store_id, payment_id)
        attempt = next((one for one in record.attempts if one.id == attempt_id), None) if record else None
        if record is None or attempt is None:
            return Delivery(DeliveryVerdict.IMPOSSIBLE, "The payment of this receipt is not stored here.")
        copy = ReceiptCopy(message.payload["copy"])
        receipt = self._writer.write(record, attempt, copy, duplicate=bool(message.payload["duplicate"]))
        report = printer.print_receipt(receipt)
        return Delivery(_VERDICTS[report.verdict], report.reason)


def _settled(record: PaymentRecord) -> Attempt:
    last = record.attempts[-1]
    if last.state in OPEN_STATES:
        hint = "Wait for the outcome; an unknown one has to be resolved first."
        raise RuleError("outcome_open", "This payment has no outcome yet.", hint)
    return last
