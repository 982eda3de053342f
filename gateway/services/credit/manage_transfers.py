"""Bank transfers that were asked for: look, say that one arrived or will not, and clear what came late."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.accounts import Cause, booked, customer_account, transfers_expected, transfers_owed
from gateway.domain.bank.transfer_order import (
    Clearing,
    TransferEvent,
    TransferOrder,
    TransferOrderId,
    TransferState,
)
from gateway.domain.credit.credit_accounts import late_receipts
from gateway.domain.credit.customer import CustomerEntry, EntrySide
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.errors import InputError, NotFound
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.tender import TenderEvent
from gateway.logs.observability import log_event
from gateway.ports.credit_store import TransferRecord
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.credit.tender_way_transfer import arrived_news, concluded
from gateway.services.payments.resolve_payment import checked_reason
from gateway.services.sales.sell import EndTender, SaleParts
from gateway.services.sales.settle_sale import put_out

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClearWish:
    """What becomes of money that came late. ``customer_id``: whose account gets it, for ``on_account``."""

    clearing: Clearing
    reason: str
    customer_id: CustomerId | None = None


class ManageTransfers:
    """Transfers of the caller's store."""

    def __init__(self, parts: SaleParts) -> None:
        self._parts = parts
        self._storage = parts.storage
        self._clock = parts.clock
        self._end_tender = EndTender(parts)

    def get(self, caller: Caller, order_id: TransferOrderId) -> TransferRecord:
        """Return one transfer with its journal.

        Raises:
            NotFound: ``transfer_not_found``.
        """
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            return _found(unit.transfer_orders.load(caller.tenant_id, caller.store_id, order_id))

    def find_by_reference(self, caller: Caller, reference: str) -> TransferOrder | None:
        """Return the transfer with this reference, however it is spaced: how a line of a bank statement is matched."""
        caller.require(Permission.PAYMENTS_READ)
        plain = "".join(reference.split()).upper()
        with self._storage.read() as unit:
            return unit.transfer_orders.find_by_reference(caller.tenant_id, caller.store_id, plain)

    def list(
        self,
        caller: Caller,
        states: Sequence[TransferState],
        *,
        limit: int,
        before: TransferOrderId | None = None,
    ) -> tuple[TransferOrder, ...]:
        """Return transfers in one of the states, newest first."""
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            return unit.transfer_orders.list(caller.tenant_id, caller.store_id, states, limit=limit, before=before)

    def arrived(
        self, caller: Caller, order_id: TransferOrderId, *, reason: str, bank_reference: str | None
    ) -> TransferRecord:
        """Say that a transfer has arrived: its tender is taken; one that was given up becomes a task, as late.

        Raises:
            InputError: ``reason_needed``.
            NotFound: ``transfer_not_found``.
            RuleError: ``transfer_arrived`` for one that was confirmed, ``transfer_late``, ``transfer_cleared``.
        """
        caller.require(Permission.TRANSFERS_CONFIRM)
        reason = checked_reason(reason)

        def work(unit: UnitOfWork) -> tuple[TransferRecord, tuple[OutboxMessage, ...]]:
            return self.arrived_in(unit, caller, order_id, reason=reason, bank_reference=bank_reference)

        record, messages = self._storage.write_retrying(work)
        self._parts.wake(messages)
        log_event(_log, "transfer.arrived", order_id=order_id, actor=caller.name, state=record.order.state)
        return record

    def arrived_in(
        self,
        unit: UnitOfWork,
        caller: Caller,
        order_id: TransferOrderId,
        *,
        reason: str,
        bank_reference: str | None,
    ) -> tuple[TransferRecord, tuple[OutboxMessage, ...]]:
        """Note in this unit that a transfer has arrived; return it, and the messages to wake for.

        Raises:
            NotFound: ``transfer_not_found``.
            RuleError: ``transfer_arrived``, ``transfer_late``, ``transfer_cleared``.
        """
        order = self._held(unit, caller, order_id)
        said = concluded(
            order,
            TransferEvent.ARRIVE,
            actor=caller.name,
            reason=reason,
            at=self._clock.now(),
            bank_reference=bank_reference,
        )
        if order.state is TransferState.CANCELLED:
            late = self._arrived_late(unit, said)
            return self._record(unit, said), late
        _, _, messages = self._end_tender.end_in(
            unit, caller, order.sale_id, order.tender_id, TenderEvent.ARRIVE, reason
        )
        # The tender's end wrote that it arrived; what proves it is the next line.
        unit.transfer_orders.change(replace(said, sequence=order.sequence + 1))
        return self._record(unit, said), messages

    def give_up(self, caller: Caller, order_id: TransferOrderId, *, reason: str) -> TransferRecord:
        """Wait for a transfer no longer: its amount is due again.

        Raises:
            InputError: ``reason_needed``.
            NotFound: ``transfer_not_found``.
            RuleError: ``transfer_<state>`` for one that is not waited for.
        """
        caller.require(Permission.TRANSFERS_CONFIRM)
        reason = checked_reason(reason)

        def work(unit: UnitOfWork) -> TransferRecord:
            order = self._held(unit, caller, order_id)
            said = concluded(order, TransferEvent.CANCEL, actor=caller.name, reason=reason, at=self._clock.now())
            self._end_tender.end_in(unit, caller, order.sale_id, order.tender_id, TenderEvent.CANCEL, reason)
            unit.transfer_orders.change(replace(said, sequence=order.sequence + 1))
            return self._record(unit, said)

        return self._storage.write_retrying(work)

    def clear(self, caller: Caller, order_id: TransferOrderId, wish: ClearWish) -> TransferRecord:
        """Say what becomes of money that came late: it is owed back by transfer, or credited to a customer.

        Raises:
            InputError: ``reason_needed``, ``customer_needed``, ``unknown_customer``, ``customer_currency``.
            NotFound: ``transfer_not_found``.
            RuleError: ``transfer_<state>`` for one that did not come late.
        """
        caller.require(Permission.TRANSFERS_CONFIRM)
        reason = checked_reason(wish.reason)

        def work(unit: UnitOfWork) -> TransferRecord:
            order = self._held(unit, caller, order_id)
            at = self._clock.now()
            said = concluded(order, TransferEvent.CLEAR, actor=caller.name, reason=reason, at=at)
            unit.transfer_orders.change(said)
            credit = transfers_owed()
            if wish.clearing is Clearing.ON_ACCOUNT:
                credit = customer_account(str(self._customer(unit, caller, order, wish)))
            cause = Cause(order.tenant_id, order.store_id, order.id, order.trace_id, at)
            transfers = booked(cause, "late cleared", debit=late_receipts(), credit=credit, amount=order.amount)
            unit.ledger.add(transfers)
            if wish.clearing is Clearing.ON_ACCOUNT and wish.customer_id is not None:
                entry = CustomerEntry(
                    customer_id=wish.customer_id,
                    transfer_id=transfers[0].id,
                    side=EntrySide.CREDIT,
                    cause_id=order.id,
                    words=reason,
                    actor=caller.name,
                    recorded_at=at,
                )
                unit.customers.add_entry(order.tenant_id, order.store_id, entry)
            return self._record(unit, said)

        return self._storage.write_retrying(work)

    def _arrived_late(self, unit: UnitOfWork, order: TransferOrder) -> tuple[OutboxMessage, ...]:
        at = order.concluded_at or self._clock.now()
        unit.transfer_orders.change(order)
        cause = Cause(order.tenant_id, order.store_id, order.id, order.trace_id, at)
        unit.ledger.add(booked(cause, "late", debit=transfers_expected(), credit=late_receipts(), amount=order.amount))
        return put_out(unit, self._parts.announcer.messages(arrived_news(order, late=True)))

    @staticmethod
    def _held(unit: UnitOfWork, caller: Caller, order_id: TransferOrderId) -> TransferOrder:
        """Hold the sale first and its transfer then, as everybody does: nobody waits for each other in a circle."""
        place = (caller.tenant_id, caller.store_id)
        record = _found(unit.transfer_orders.load(*place, order_id))
        unit.sales.lock(*place, record.order.sale_id)
        order = unit.transfer_orders.lock(*place, order_id)
        if order is None:
            raise _not_found()
        return order

    @staticmethod
    def _customer(unit: UnitOfWork, caller: Caller, order: TransferOrder, wish: ClearWish) -> CustomerId:
        if wish.customer_id is None:
            hint = "Name the customer whose account gets it."
            raise InputError("customer_needed", "It is not said on whose account.", hint, "/customer_id")
        account = unit.customers.lock(caller.tenant_id, caller.store_id, wish.customer_id)
        if account is None:
            hint = "Look the customer up again."
            raise InputError("unknown_customer", "There is no such customer.", hint, "/customer_id")
        if account.open.currency != order.amount.currency:
            message = f"The account of this customer is in {account.open.currency.code}."
            raise InputError("customer_currency", message, "Send the money back instead.", "/customer_id")
        return wish.customer_id

    @staticmethod
    def _record(unit: UnitOfWork, order: TransferOrder) -> TransferRecord:
        return _found(unit.transfer_orders.load(order.tenant_id, order.store_id, order.id))


def _found(record: TransferRecord | None) -> TransferRecord:
    if record is None:
        raise _not_found()
    return record


def _not_found() -> NotFound:
    return NotFound("transfer_not_found", "There is no such transfer here.", "Check the id.")
