"""Asks for a bank transfer by a code, and ends it when somebody says that the money arrived, or will not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from gateway.domain.access import Caller
from gateway.domain.accounts import booked, reserved, transfers_expected, transfers_owed
from gateway.domain.bank.iban import iban_for_log
from gateway.domain.bank.transfer_order import (
    Creditor,
    TransferEvent,
    TransferOrder,
    TransferOrderId,
    TransferState,
    make_code,
    next_state,
)
from gateway.domain.errors import RuleError
from gateway.domain.ids import TenderId, derived_id, uuid7
from gateway.domain.ledger import Transfer, TransferKind, closing, sales_revenue
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.sales.tender_ways import Booked, TenderWish


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """What the shop decided. ``creditor``: its account, None where it takes no transfers; ``days``: given to pay."""

    creditor: Creditor | None
    days: int
    zone: tzinfo

    def account(self) -> Creditor:
        """Return the shop's account.

        Raises:
            RuleError: ``transfers_not_set_up``.
        """
        if self.creditor is None:
            hint = "The operator names the shop's account in the settings; take another tender meanwhile."
            raise RuleError("transfers_not_set_up", "This shop takes no bank transfers yet.", hint)
        return self.creditor

    def expiry(self, now: datetime) -> datetime:
        """Return until when a payer asked now should have paid."""
        return now + timedelta(days=self.days)


class TransferWay:
    """The tender "bank transfer"."""

    def __init__(self, *, clock: Clock, terms: TransferTerms, announcer: Announcer) -> None:
        self._clock = clock
        self._terms = terms
        self._announcer = announcer

    @property
    def kind(self) -> TenderKind:
        """Which kind of tender this is."""
        return TenderKind.TRANSFER

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """Refuse what no code can be made for.

        Raises:
            InputError: ``code_amount_out_of_range``.
            RuleError: ``transfers_not_set_up``, ``transfer_currency``.
        """
        del caller
        trial = TransferOrderId(uuid7(int(self._clock.now().timestamp() * 1000)))
        make_code(self._terms.account(), trial, wish.amount)

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Ask for the transfer: the tender stays open, its amount is reserved. Errors as :meth:`check`."""
        creditor = self._terms.account()
        order_id = order_of_tender(tender.id)
        code = make_code(creditor, order_id, tender.amount)
        order = TransferOrder(
            tenant_id=tender.tenant_id,
            store_id=tender.store_id,
            id=order_id,
            tender_id=tender.id,
            sale_id=tender.sale_id,
            register_id=tender.register_id,
            amount=tender.amount,
            standard=code.standard,
            reference=code.reference,
            payload=code.payload,
            state=TransferState.OPEN,
            expires_at=self._terms.expiry(tender.created_at),
            created_at=tender.created_at,
            created_by=tender.created_by,
            trace_id=tender.trace_id,
        )
        unit.transfer_orders.add(order, "Asked for by a code.")
        return Booked(TenderState.OPEN, (_reservation(tender),), self._detail(order, creditor))

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Owe the amount: somebody sends it by the bank."""
        del unit
        transfers = booked(
            back.cause(),
            "transfer",
            debit=sales_revenue(back.register_id),
            credit=transfers_owed(),
            amount=back.amount,
        )
        return Booked(TenderState.TAKEN, transfers, {"to_do": "to be sent by bank transfer"})

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """End the transfer: it has arrived, or is not waited for any more.

        Raises:
            RuleError: ``tender_not_open`` when it has ended.
        """
        event = TransferEvent.ARRIVE if arrived else TransferEvent.CANCEL
        words = "Said to have arrived." if arrived else "Not waited for any more."
        order = unit.transfer_orders.lock(tender.tenant_id, tender.store_id, order_of_tender(tender.id))
        if order is None:
            raise RuleError("tender_not_open", "No transfer was asked for.", "Read the sale again.")
        now = self._clock.now()
        ended = concluded(order, event, actor=actor, reason=words, at=now)
        unit.transfer_orders.change(ended)
        kind = TransferKind.POST if arrived else TransferKind.VOID
        entry = closing(_reservation(tender), kind=kind, recorded_at=now)
        news = self._announcer.messages(arrived_news(ended, late=False)) if arrived else ()
        return Booked(TenderState.TAKEN if arrived else TenderState.CANCELLED, (entry,), tender.detail, news)

    def _detail(self, order: TransferOrder, creditor: Creditor) -> Mapping[str, str]:
        return {
            "transfer_id": str(order.id),
            "reference": order.reference,
            "creditor": creditor.name,
            "account": iban_for_log(creditor.iban),
            "standard": order.standard.value,
            "expires_on": order.expires_at.astimezone(self._terms.zone).date().isoformat(),
        }


def order_of_tender(tender_id: TenderId) -> TransferOrderId:
    """Return the id of the transfer a tender asks for."""
    return TransferOrderId(derived_id(tender_id, "transfer order"))


def concluded(
    order: TransferOrder,
    event: TransferEvent,
    *,
    actor: str,
    reason: str,
    at: datetime,
    bank_reference: str | None = None,
) -> TransferOrder:
    """Return an order after a person's word.

    Raises:
        RuleError: ``transfer_<state>`` when that means nothing in its state.
    """
    return replace(
        order,
        state=next_state(order.state, event),
        concluded_at=at,
        concluded_by=actor,
        reason=reason,
        bank_reference=bank_reference or order.bank_reference,
    )


def arrived_news(order: TransferOrder, *, late: bool) -> Announcement:
    """Return what is told outside when a transfer has arrived."""
    return Announcement(
        tenant_id=order.tenant_id,
        store_id=order.store_id,
        kind="transfer.arrived",
        cause_id=order.id,
        subject=f"/v1/transfers/{order.id}",
        data={
            "transfer_id": str(order.id),
            "reference": order.reference,
            "amount": order.amount.to_decimal(),
            "currency": order.amount.currency.code,
            "sale_id": str(order.sale_id),
            "late": "yes" if late else "no",
        },
        at=order.concluded_at or order.created_at,
    )


def _reservation(tender: Tender) -> Transfer:
    return reserved(
        tender.cause(),
        "transfer",
        debit=transfers_expected(),
        credit=sales_revenue(tender.register_id),
        amount=tender.amount,
    )
