"""The moment a sale is covered in full: its number, its last entries in the ledger, its receipt, and the news of it.

Whoever stores the fact that may have covered it calls this in the same unit of work: a tender, the conclusion of a card
payment, or the opening of a sale that costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from gateway.domain.accounts import Cause, booked, tips, voucher_liability
from gateway.domain.cards.payment import Payment
from gateway.domain.cards.refund import Refund
from gateway.domain.ids import GiveBackId, SaleId, StoreId, TenantId
from gateway.domain.ledger import Transfer, sales_revenue
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.paper import Paper
from gateway.domain.sales.tender import GiveBack
from gateway.domain.sales.till_sale import SaleRecord, Settlement, TillSale, due_of
from gateway.domain.shifts.document_number import Series
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.paper.print_paper import paper_message
from gateway.services.shifts.number_documents import NumberDocuments

SALE_RECEIPT = "sale-receipt"
GIVE_BACK_RECEIPT = "give-back-receipt"
"""Names of the two papers of a sale; the same sale and name is the same paper."""


class SalePapers(Protocol):
    """Writes the receipts of sales."""

    def sale(self, record: SaleRecord) -> Paper:
        """Return the receipt of a sale, an original."""

    def give_back(self, record: SaleRecord, back: GiveBack) -> Paper:
        """Return the receipt of what went back, an original that names its sale."""


class SettleSale:
    """Ends a sale once, however it came to be covered."""

    def __init__(
        self, *, numbers: NumberDocuments, papers: SalePapers, printers: Mapping[str, str], announcer: Announcer
    ) -> None:
        """``printers``: register id -> printer id; registers without one print nothing."""
        self._numbers = numbers
        self._papers = papers
        self._printers = printers
        self._announcer = announcer

    def settle_if_covered(
        self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId, at: datetime
    ) -> tuple[OutboxMessage, ...]:
        """Settle the sale if it is covered and was not before; return its receipt and announcement, to be stored.

        Effects: locks the sale, gives it its number, books tip and vouchers.
        """
        if not unit.sales.lock(tenant_id, store_id, sale_id):
            return ()
        record = unit.sales.load(tenant_id, store_id, sale_id)
        if record is None or record.void is not None or record.settlement is not None:
            return ()
        if not due_of(record).settled:
            return ()
        number = self._numbers.number(unit, record.sale.register_id, Series.SALE, sale_id, at)
        settlement = Settlement(number, at)
        unit.sales.settle(tenant_id, store_id, sale_id, settlement)
        unit.ledger.add(_last_entries(record, at))
        settled = replace(record, settlement=settlement)
        return self._messages(settled, self._news(settled, at), self._papers.sale(settled), SALE_RECEIPT, at)

    def hold(self, unit: UnitOfWork, movement: Payment | Refund) -> None:
        """Hold the sale behind a card's movement before its outcome is written, as every other unit does.

        Otherwise a card that begins on the same terminal, for the same sale, could wait for this unit and it for that.
        """
        sale_id = movement.sale_id if isinstance(movement, Payment) else self._sale_of(unit, movement)
        if sale_id is not None:
            unit.sales.lock(movement.tenant_id, movement.store_id, sale_id)

    def concluded(self, unit: UnitOfWork, payment: Payment, at: datetime) -> Sequence[OutboxMessage]:
        """A card payment has an outcome: settle its sale if that covers it; return what is to be stored."""
        return self.settle_if_covered(unit, payment.tenant_id, payment.store_id, payment.sale_id, at)

    def finish_give_back(
        self, unit: UnitOfWork, record: SaleRecord, back: GiveBack, at: datetime
    ) -> tuple[OutboxMessage, ...]:
        """Give what went back its number and book a tip that goes with it; return receipt and announcement."""
        self._numbers.number(unit, back.register_id, Series.GIVE_BACK, back.id, at)
        unit.ledger.add(_tip_back(record, back, at))
        news = Announcement(
            tenant_id=back.tenant_id,
            store_id=back.store_id,
            kind="sale.given_back",
            cause_id=back.id,
            subject=f"/v1/sales/{back.sale_id}",
            data={"sale_id": str(back.sale_id), "give_back_id": str(back.id), "kind": back.kind.value}
            | _figure("amount", back.amount),
            at=at,
            trace_id=record.sale.trace_id,
        )
        paper = self._papers.give_back(record, self.numbered(unit, back))
        return self._messages(record, news, paper, f"{GIVE_BACK_RECEIPT} {back.id}", at)

    def refunded(self, unit: UnitOfWork, refund: Refund, at: datetime) -> Sequence[OutboxMessage]:
        """A card has got its money back: finish the give-back behind the refund, if there is one."""
        sale_id = self._sale_of(unit, refund)
        if sale_id is None or not unit.sales.lock(refund.tenant_id, refund.store_id, sale_id):
            return ()
        record = unit.sales.load(refund.tenant_id, refund.store_id, sale_id)
        backs = () if record is None else record.give_backs
        back = next((one for one in backs if one.id == GiveBackId(refund.id)), None)
        return () if record is None or back is None else self.finish_give_back(unit, record, back, at)

    def numbered(self, unit: UnitOfWork, back: GiveBack) -> GiveBack:
        """Return a give-back with its document number, if it has one."""
        found = self._numbers.find(unit, Series.GIVE_BACK, back.id)
        return back if found is None else replace(back, number=found.number)

    @staticmethod
    def _sale_of(unit: UnitOfWork, refund: Refund) -> SaleId | None:
        paid = unit.payments.load(refund.tenant_id, refund.store_id, refund.payment_id)
        return None if paid is None else paid.payment.sale_id

    def _news(self, record: SaleRecord, at: datetime) -> Announcement:
        sale = record.sale
        number = record.settlement.number if record.settlement else None
        return Announcement(
            tenant_id=sale.tenant_id,
            store_id=sale.store_id,
            kind="sale.settled",
            cause_id=sale.id,
            subject=f"/v1/sales/{sale.id}",
            data={"sale_id": str(sale.id), "register_id": sale.register_id, "number": str(number or "")}
            | _figure("total", due_of(record).total),
            at=at,
            trace_id=sale.trace_id,
        )

    def _messages(
        self, record: SaleRecord, news: Announcement, paper: Paper, name: str, at: datetime
    ) -> tuple[OutboxMessage, ...]:
        sale, messages = record.sale, self._announcer.messages(news)
        printer = self._printers.get(sale.register_id)
        if printer is None:
            return messages
        receipt = paper_message(
            paper,
            tenant_id=sale.tenant_id,
            store_id=sale.store_id,
            printer_id=printer,
            subject_id=sale.id,
            name=name,
            created_at=at,
        )
        return (receipt, *messages)


def put_out(unit: UnitOfWork, messages: tuple[OutboxMessage, ...]) -> tuple[OutboxMessage, ...]:
    """Store messages with the fact they tell of; return them."""
    for message in messages:
        unit.outbox.add(message)
    return messages


def sale_cause(sale: TillSale, at: datetime) -> Cause:
    """Return a sale as what ledger entries follow from."""
    return Cause(sale.tenant_id, sale.store_id, sale.id, sale.trace_id, at)


def _last_entries(record: SaleRecord, at: datetime) -> tuple[Transfer, ...]:
    """Return what turns revenue into what it is: a tip owed to those who served, vouchers owed to who brings them.

    A tip that a card payment booked by itself is not booked again.
    """
    sale, cause = record.sale, sale_cause(record.sale, at)
    revenue = sales_revenue(sale.register_id)
    by_card = sum((paid.taken.tip - paid.taken.added).minor for paid in record.payments)
    tip = Money(max(0, sale.totals.tip.minor - by_card), sale.currency)
    sold = sum(line.taxed.sale_line.amount.minor for line in sale.lines if line.voucher)
    return (
        *booked(cause, "tip", debit=revenue, credit=tips(sale.register_id), amount=tip),
        *booked(cause, "vouchers", debit=revenue, credit=voucher_liability(), amount=Money(sold, sale.currency)),
    )


def _tip_back(record: SaleRecord, back: GiveBack, at: datetime) -> tuple[Transfer, ...]:
    """Return what takes a tip back: goods go first, so a tip goes only with what is more than them."""
    total, tip = due_of(record).total.minor, record.sale.totals.tip.minor
    gone = min(tip, total + back.amount.minor) - min(tip, total) if record.settlement is not None else 0
    cause = Cause(back.tenant_id, back.store_id, back.id, back.trace_id, at)
    register = record.sale.register_id
    amount = Money(max(0, gone), record.sale.currency)
    return booked(cause, "tip", debit=tips(register), credit=sales_revenue(back.register_id), amount=amount)


def _figure(name: str, amount: Money) -> dict[str, str]:
    return {name: amount.to_decimal(), "currency": amount.currency.code}
