"""Vouchers and transfer codes on paper. A message never holds a voucher's code: it is made as it is printed."""

import uuid
from collections.abc import Mapping

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.transfer_order import TransferOrderId
from gateway.domain.credit.credit_papers import CreditPapers
from gateway.domain.credit.voucher import MovementKind, VoucherId
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import OutboxId, RegisterId, derived_id
from gateway.domain.money import Money
from gateway.domain.outbox import Delivery, DeliveryVerdict, OutboxMessage
from gateway.ports.clock import Clock
from gateway.ports.credit_store import NewMovement
from gateway.ports.events import DeviceHints
from gateway.ports.printer import PrinterDevice
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.credit.issue_voucher import CODE_TOLD_FOR, IssueVoucher
from gateway.services.paper.print_paper import delivery_of, paper_message

PRINT_VOUCHER = "print_voucher"
"""Kind of a message that names a voucher to be printed."""


class PrintCredit:
    """Has papers of credit printed."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        papers: CreditPapers,
        printers: Mapping[str, str],
    ) -> None:
        """``printers``: register id -> printer id."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._papers = papers
        self._printers = printers

    def voucher(
        self, caller: Caller, voucher_id: VoucherId, register_id: RegisterId, request_id: uuid.UUID
    ) -> OutboxMessage:
        """Have a voucher printed with its code; the same ``request_id`` again is the same paper.

        The first paper within a day is for whoever prints receipts; every further one needs ``credit:give`` and is
        marked as a copy. Each stands in the voucher's journal.

        Raises:
            NotFound: ``voucher_not_found``.
            NotPermitted: ``not_permitted``.
            RuleError: ``voucher_without_code``, ``no_printer``.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        printer = self._printer(register_id)
        now = self._clock.now()
        place = (caller.tenant_id, caller.store_id)

        def work(unit: UnitOfWork) -> OutboxMessage:
            held = unit.vouchers.lock(*place, voucher_id)
            record = unit.vouchers.load(*place, voucher_id) if held else None
            if record is None:
                raise NotFound("voucher_not_found", "There is no such voucher here.", "Check the id.")
            voucher = record.voucher
            if not voucher.code_end:
                raise RuleError("voucher_without_code", "This voucher has no code.", "It belongs to a customer.")
            again = any(one.kind is MovementKind.TOLD for one in record.movements)
            message = OutboxMessage(
                tenant_id=caller.tenant_id,
                store_id=caller.store_id,
                id=OutboxId(derived_id(voucher_id, f"paper {request_id}")),
                kind=PRINT_VOUCHER,
                target=printer,
                payload={"voucher_id": str(voucher_id), "duplicate": "yes" if again else ""},
                created_at=now,
            )
            if any(one.cause_id == message.id for one in record.movements):
                return message
            if again or now >= voucher.created_at + CODE_TOLD_FOR:
                caller.require(Permission.CREDIT_GIVE)
            nothing = Money(0, voucher.amount.currency)
            movement = NewMovement(MovementKind.TOLD, nothing, message.id, "Printed.", caller.name, now)
            unit.vouchers.move(voucher, movement)
            unit.outbox.add(message)
            return message

        message = self._storage.write_retrying(work)
        self._hints.outbox_filled(printer)
        return message

    def transfer(
        self, caller: Caller, order_id: TransferOrderId, register_id: RegisterId | None, request_id: uuid.UUID
    ) -> OutboxMessage:
        """Have the code of a transfer printed; the same ``request_id`` again is the same paper.

        ``register_id``: at whose printer; None where it was asked for.

        Raises:
            NotFound: ``transfer_not_found``.
            RuleError: ``no_printer``.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        with self._storage.read() as unit:
            record = unit.transfer_orders.load(caller.tenant_id, caller.store_id, order_id)
        if record is None:
            raise NotFound("transfer_not_found", "There is no such transfer here.", "Check the id.")
        printer = self._printer(register_id or record.order.register_id)
        message = paper_message(
            self._papers.transfer(record.order),
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            printer_id=printer,
            subject_id=order_id,
            name=str(request_id),
            created_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(printer)
        return message

    def _printer(self, register_id: RegisterId) -> str:
        printer = self._printers.get(register_id)
        if printer is None:
            raise RuleError("no_printer", "This register has no printer.", "Show it on the screen instead.")
        return printer


class DeliverVoucher:
    """Prints a voucher that a message names; called by the thread that owns the printer."""

    def __init__(self, *, storage: Storage, issuer: IssueVoucher, papers: CreditPapers) -> None:
        self._storage = storage
        self._issuer = issuer
        self._papers = papers

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Make the code and print it; never raises for what a printer can do."""
        voucher_id = VoucherId(uuid.UUID(message.payload["voucher_id"]))
        with self._storage.read() as unit:
            record = unit.vouchers.load(message.tenant_id, message.store_id, voucher_id)
            code = None if record is None else self._issuer.code_again(unit, record.voucher)
        if record is None or code is None:
            return Delivery(DeliveryVerdict.IMPOSSIBLE, "The code of this voucher cannot be made any more.")
        again = bool(message.payload.get("duplicate"))
        return delivery_of(printer.print_paper(self._papers.voucher(record.voucher, record.left, code, again=again)))
