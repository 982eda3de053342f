"""What settling an open item does beyond the books: payments are settled and proven, payouts and transfers arrive."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_ledger import match_booked, match_undone
from gateway.domain.bank.line_match import Allocation, LineMatch
from gateway.domain.bank.open_item import ItemSource, OpenItemId, StoredItem
from gateway.domain.bank.transfer_order import TransferOrderId, TransferState
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import PaymentOrderId, StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.payables.payment_order import OrderState, PaymentOrder
from gateway.ports.announcer import Announcer
from gateway.ports.bank_files import BankEntry, BankReport
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.bank.line_states import Place, item_taken, tell
from gateway.services.bank.settle_payouts import SettlePayouts
from gateway.services.credit.manage_transfers import ManageTransfers
from gateway.services.erp.enqueue_bills import NO_ERPS, EnqueueBills
from gateway.services.payables.apply_bank_report import apply_in
from gateway.services.payables.reconcile_payments import mark_reconciled, mark_settled_again

SETTLED_BY_LINE = "settled_by_line"
"""In a line's journal: this line was the evidence that settled something, which cannot be unsettled."""
_REPORT = "camt.053"

Paid = Callable[[UnitOfWork, TenantId, StoreId, tuple[PaymentOrder, ...]], None]


@dataclass(frozen=True, slots=True)
class ItemEffects:
    """Settles items and takes it back. ``paid``: told which payments have left; ``wake``: for messages stored.

    ``transfers``: None where no till takes bank transfers; ``bills``: tells ERPs of payments that a line shows.
    """

    payouts: SettlePayouts
    transfers: ManageTransfers | None
    announcer: Announcer
    paid: Paid
    wake: Callable[[tuple[OutboxMessage, ...]], None]
    bills: EnqueueBills = NO_ERPS

    def settle(
        self, unit: UnitOfWork, caller: Caller, line: StatementLine, match: LineMatch, at: datetime
    ) -> tuple[OutboxMessage, ...]:
        """Take the items of an explanation, in the unit that accepts it; return the messages stored.

        Raises:
            NotFound: ``unknown_item``.
            RuleError: ``item_taken``, and what the owner of an item says against it. The unit must end.
        """
        place = (caller.tenant_id, caller.store_id)
        items = self._items(unit, place, match)
        # One order for everybody, so that two lines that want the same items do not wait for each other.
        for one in sorted(match.allocations, key=lambda part: str(part.item_id)):
            if not unit.open_items.consume(*place, one.item_id, one.amount):
                raise item_taken()
        messages: tuple[OutboxMessage, ...] = ()
        for one in match.allocations:
            item = items[one.item_id]
            match item.source:
                case ItemSource.PAYMENT_ORDER:
                    self._prove(unit, place, caller, line, item, one, at)
                case ItemSource.PAYOUT:
                    amount = line.facts.amount if len(match.allocations) == 1 else one.amount
                    on = line.facts.booked_on
                    self.payouts.arrived_in(
                        unit, place, uuid.UUID(item.source_id), line_id=line.id, amount=amount, on=on
                    )
                case ItemSource.TRANSFER_ORDER:
                    messages += self._arrive(unit, place, caller, line, item, at)
                case _:
                    pass
        unit.ledger.add(match_booked(place, line, match, items, at))
        return messages

    def take_back(self, unit: UnitOfWork, caller: Caller, line: StatementLine, match: LineMatch, at: datetime) -> None:
        """Give the items of an explanation back, in the unit that undoes it.

        Raises:
            RuleError: ``undo_would_unsettle`` where this very line settled something; ``item_taken`` where a later
                line took back what this one had settled.
        """
        place = (caller.tenant_id, caller.store_id)
        if any(event.kind == SETTLED_BY_LINE for event in unit.bank_statements.events(*place, line.id)):
            hint = "Correct the payment or the tender itself; the line stays its evidence."
            raise RuleError("undo_would_unsettle", "This line is what settled it.", hint)
        items = self._items(unit, place, match)
        for one in sorted(match.allocations, key=lambda part: str(part.item_id)):
            item = items[one.item_id]
            if item.source is ItemSource.PAYMENT_ORDER:
                order_id = PaymentOrderId(uuid.UUID(item.source_id))
                mark_settled_again(unit, *place, (order_id,), line.id, at, actor=caller.name)
            elif item.source is ItemSource.PAYOUT:
                self.payouts.left_in(unit, place, uuid.UUID(item.source_id), line_id=line.id)
            if not unit.open_items.consume(*place, one.item_id, -one.amount):
                raise item_taken()
        unit.ledger.add(match_undone(place, line, match, items, at))

    @staticmethod
    def _items(unit: UnitOfWork, place: Place, match: LineMatch) -> Mapping[OpenItemId, StoredItem]:
        wanted = [one.item_id for one in match.allocations]
        items = unit.open_items.load(*place, wanted)
        if len(items) != len(set(wanted)):
            raise NotFound("unknown_item", "There is no such open item.", "Choose one of the list.")
        return items

    def _prove(
        self,
        unit: UnitOfWork,
        place: Place,
        caller: Caller,
        line: StatementLine,
        item: StoredItem,
        part: Allocation,
        at: datetime,
    ) -> None:
        order_id = PaymentOrderId(uuid.UUID(item.source_id))
        [order] = unit.payment_runs.orders_by_id(*place, (order_id,))
        came_back = part.amount.minor > 0
        if order.state is not (OrderState.RETURNED if came_back else OrderState.SETTLED):
            # No message of the bank has named it: the line itself is the evidence.
            report = BankReport(_REPORT, str(line.id), None, entries=(_entry(line, order, part, came_back=came_back),))
            applied = apply_in(
                unit, *place, report, message_id=line.id, at=at, announcer=self.announcer, bills=self.bills
            )
            if applied.paid:
                self.paid(unit, *place, applied.paid)
            tell(unit, place, line.id, SETTLED_BY_LINE, actor=caller.name, at=at, reason=order.end_to_end_id)
        if not came_back:
            mark_reconciled(unit, *place, (order_id,), line.id, at, actor=caller.name)

    def _arrive(
        self, unit: UnitOfWork, place: Place, caller: Caller, line: StatementLine, item: StoredItem, at: datetime
    ) -> tuple[OutboxMessage, ...]:
        order_id = TransferOrderId(uuid.UUID(item.source_id))
        record = unit.transfer_orders.load(*place, order_id)
        if record is None or record.order.state in (TransferState.LATE, TransferState.CLEARED):
            raise item_taken()
        if self.transfers is None or record.order.state is TransferState.ARRIVED:
            return ()
        words = f"On the statement of {line.facts.booked_on.isoformat()}."
        reference = None if line.key is None else line.key.reference or None
        _, messages = self.transfers.arrived_in(unit, caller, order_id, reason=words, bank_reference=reference)
        tell(unit, place, line.id, SETTLED_BY_LINE, actor=caller.name, at=at, reason=record.order.reference)
        return messages


def _entry(line: StatementLine, order: PaymentOrder, part: Allocation, *, came_back: bool) -> BankEntry:
    facts = line.facts
    return BankEntry(
        account=line.account,
        amount=part.amount,
        booked_on=facts.booked_on,
        value_on=facts.value_on or facts.booked_on,
        booked=True,
        entry_ref="" if line.key is None else line.key.reference,
        end_to_end_id=order.end_to_end_id,
        is_return=came_back,
        reason_code=facts.return_reason,
        counterparty=facts.counterparty,
        text=facts.text[:140],
    )
