"""Open items of our own books: card movements, payouts, payments to suppliers, bank transfers that were asked for.

What is there already stays as it is. What is no longer to be settled by a bank line ends, unless a line has taken a
part of it.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from gateway.domain.accounts import transfers_expected
from gateway.domain.bank.acquirer_contract import AcquirerContract, contract_on
from gateway.domain.bank.open_item import CardFacts, ItemSide, ItemSource, StoredItem, item_id_of
from gateway.domain.bank.payout import Payout
from gateway.domain.bank.payout_ledger import payout_in_transit
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.bank.transfer_order import TransferOrder, TransferOrderId, TransferState
from gateway.domain.ids import DeviceId, PaymentOrderId
from gateway.domain.ledger import card_receivable
from gateway.domain.payables.payable_ledger import bank
from gateway.domain.payables.payment_order import OrderState, PaymentOrder, RunState
from gateway.ports.settlement_store import BookingWish
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.bank.line_states import Place

CARDS_SINCE_DAYS = 45
"""Acquirers pay within days; older card movements are told by their reports or asked for."""
RUNS_AT_ONCE = 100
TRANSFERS_AT_ONCE = 200
_TRANSFERS = (TransferState.OPEN, TransferState.ARRIVED)
_ON_THE_WAY = frozenset(
    {
        OrderState.SENT,
        OrderState.AWAITING_PAYEE_CHECK,
        OrderState.PENDING,
        OrderState.ACCEPTED,
        OrderState.EXECUTED,
        OrderState.SETTLED,
    }
)
_RELEASED = tuple(state for state in RunState if state in (RunState.RELEASED, RunState.SENT, RunState.DONE))


def sync_items_in(unit: UnitOfWork, place: Place, at: datetime) -> int:
    """Bring our own open items up to date in this unit; return how many are new."""
    contracts = unit.settlement.contracts(*place)
    found: dict[ItemSource, tuple[StoredItem, ...]] = {
        ItemSource.CARD: tuple(_cards(unit, place, contracts, at)),
        ItemSource.PAYOUT: tuple(_payout(one) for one in unit.settlement.in_transit(*place) if one.amount.minor),
        ItemSource.PAYMENT_ORDER: tuple(_orders(unit, place)),
        ItemSource.TRANSFER_ORDER: tuple(_transfers(unit, place)),
    }
    new = 0
    for source, items in found.items():
        new += unit.open_items.put(*place, items)
        untold = unit.open_items.ids_of(*place, source) - {item.id for item in items}
        known = unit.open_items.load(*place, sorted(untold, key=str))
        # What was not listed may only be too old for the list: its owner is asked.
        gone = [one.id for one in known.values() if _has_ended(unit, place, one, at)]
        unit.open_items.close(*place, sorted(gone, key=str), at)
    return new


def _has_ended(unit: UnitOfWork, place: Place, item: StoredItem, at: datetime) -> bool:
    """Whether no bank line will settle an item any more."""
    match item.source:
        case ItemSource.PAYMENT_ORDER:
            orders = unit.payment_runs.orders_by_id(*place, (PaymentOrderId(uuid.UUID(item.source_id)),))
            return not any(one.state in _ON_THE_WAY and one.reconciled_line is None for one in orders)
        case ItemSource.TRANSFER_ORDER:
            record = unit.transfer_orders.load(*place, TransferOrderId(uuid.UUID(item.source_id)))
            return record is None or record.order.state not in _TRANSFERS
        case ItemSource.CARD:
            return item.issued > (at - timedelta(days=CARDS_SINCE_DAYS)).date()
        case _:
            return True


def _cards(
    unit: UnitOfWork, place: Place, contracts: tuple[AcquirerContract, ...], at: datetime
) -> Iterable[StoredItem]:
    for acquirer in sorted({one.acquirer for one in contracts}):
        contract = contract_on(contracts, acquirer, at.date())
        if contract is None or not contract.terms.terminals:
            continue
        wish = BookingWish(contract.terms.terminals, at - timedelta(days=CARDS_SINCE_DAYS), at)
        for booking in unit.settlement.bookings(*place, wish):
            if booking.amount.minor and not booking.settled:
                yield _card(booking, acquirer)


def _card(booking: OwnBooking, acquirer: str) -> StoredItem:
    return StoredItem(
        id=item_id_of(ItemSource.CARD, str(booking.attempt_id)),
        source=ItemSource.CARD,
        source_id=str(booking.attempt_id),
        side=ItemSide.CARD,
        amount=booking.amount,
        remaining=booking.amount,
        account=card_receivable(DeviceId(booking.terminal_id)),
        issued=booking.day,
        party_name=acquirer,
        reference=booking.references[0] if booking.references else "",
        card=CardFacts(booking.terminal_id, "", booking.brand, booking.day.isoformat(), booking.amount.minor < 0),
    )


def _payout(payout: Payout) -> StoredItem:
    day = payout.paid_on or payout.last_day or payout.reported_at.astimezone(UTC).date()
    return StoredItem(
        id=item_id_of(ItemSource.PAYOUT, str(payout.id)),
        source=ItemSource.PAYOUT,
        source_id=str(payout.id),
        side=ItemSide.RECEIVABLE,
        amount=payout.amount,
        remaining=payout.amount,
        account=payout_in_transit(payout.acquirer),
        issued=day,
        due=day,
        party=f"acquirer {payout.acquirer}",
        party_name=payout.acquirer,
        document=payout.batch,
    )


def _orders(unit: UnitOfWork, place: Place) -> Iterable[StoredItem]:
    before: int | None = None
    while runs := unit.payment_runs.list(*place, states=_RELEASED, before=before, limit=RUNS_AT_ONCE):
        for run in runs:
            for order in unit.payment_runs.orders(*place, run.id):
                if order.state in _ON_THE_WAY and order.reconciled_line is None:
                    yield _order(order)
        before = runs[-1].number
        if len(runs) < RUNS_AT_ONCE:
            return


def _order(order: PaymentOrder) -> StoredItem:
    return StoredItem(
        id=item_id_of(ItemSource.PAYMENT_ORDER, str(order.id)),
        source=ItemSource.PAYMENT_ORDER,
        source_id=str(order.id),
        side=ItemSide.PAYABLE,
        amount=-order.amount,
        remaining=-order.amount,
        # The settlement of the order moved the bank account itself: the line gives back what its import booked.
        account=bank(order.bank_account_id),
        issued=order.execute_on,
        due=order.execute_on,
        party=str(order.payee.supplier_id),
        party_name=order.payee.name,
        iban=order.payee.iban,
        document=order.text or order.reference,
        end_to_end=order.end_to_end_id,
    )


def _transfers(unit: UnitOfWork, place: Place) -> Iterable[StoredItem]:
    before: TransferOrderId | None = None
    while orders := unit.transfer_orders.list(*place, _TRANSFERS, limit=TRANSFERS_AT_ONCE, before=before):
        for order in orders:
            yield _transfer(order)
        before = orders[-1].id
        if len(orders) < TRANSFERS_AT_ONCE:
            return


def _transfer(order: TransferOrder) -> StoredItem:
    day = order.created_at.astimezone(UTC).date()
    return StoredItem(
        id=item_id_of(ItemSource.TRANSFER_ORDER, str(order.id)),
        source=ItemSource.TRANSFER_ORDER,
        source_id=str(order.id),
        side=ItemSide.RECEIVABLE,
        amount=order.amount,
        remaining=order.amount,
        account=transfers_expected(),
        issued=day,
        due=order.expires_at.astimezone(UTC).date(),
        document=order.reference,
        reference=order.reference,
    )
