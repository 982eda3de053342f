"""Sales for tests over the real use cases: bills, tenders and give-backs as a till asks for them."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.payment import (
    EXACT,
    AttemptEvent,
    AttemptOutcome,
    Evidence,
    PaymentTerms,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.ids import DeviceId, GiveBackId, PaymentId, RefundId, RegisterId, SaleId, SplitId, TenderId
from gateway.domain.money import Currency, Money
from gateway.domain.rounding import Rounding, rounded
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import LineKind, Pricing, TaxedLine, TaxRate
from gateway.domain.sales.tender import GiveBack, ReturnedLine, Tender, TenderKind
from gateway.domain.sales.till_sale import SaleRecord, TillLine
from gateway.services.first_answers import RequestKey
from gateway.services.payments.take_payment import TakePaymentCommand
from gateway.services.sales.give_back_sale import GiveBackCommand
from gateway.services.sales.sell import OpenSaleCommand, TenderCommand
from gateway.services.sales.split_sale import SplitCommand, SplitWay
from tests.support.web_shop import STORE, TENANT, Shop, new_id

EUR = Currency.of("EUR")
TILL = RegisterId("till-1")


def euro(minor: int) -> Money:
    return Money(minor, EUR)


def till_line(
    minor: int,
    *,
    quantity: str = "1",
    rate: int = 1900,
    kind: LineKind = LineKind.ITEM,
    text: str = "Tea",
    voucher: bool = False,
) -> TillLine:
    """Return a line of ``quantity`` at ``minor`` each."""
    count = Decimal(quantity)
    sold = SaleLine(text, count, euro(minor), euro(rounded(Fraction(count) * minor, Rounding.HALF_UP)))
    return TillLine(TaxedLine(kind, sold, TaxRate(rate)), voucher=voucher)


def fresh_key(own: uuid.UUID) -> RequestKey:
    """Return the key of a request that is sent once."""
    return RequestKey(str(own), hashlib.sha256(own.bytes).hexdigest(), f"/v1/sales/{own}")


@dataclass
class Counter:
    """A cashier with a manager's rights at one till of a shop."""

    shop: Shop

    def __post_init__(self) -> None:
        self.caller = Caller(TENANT, STORE, uuid.uuid4(), "counter", ROLE_PERMISSIONS[Role.MANAGER])

    def open(self, *lines: TillLine, tip: int = 0, pricing: Pricing = Pricing.GROSS) -> SaleId:
        """Store a sale."""
        sale_id = SaleId(new_id())
        command = OpenSaleCommand(
            sale_id=sale_id,
            register_id=TILL,
            pricing=pricing,
            lines=lines,
            tip=euro(tip),
            customer_id=None,
            reference=None,
            request=fresh_key(sale_id),
        )
        self.shop.container.till.sales.open.open(self.caller, command, lambda _record: b"{}")
        return sale_id

    def split(self, *lines: TillLine, persons: int, tip: int = 0) -> tuple[SaleId, ...]:
        """Split a bill evenly into sales."""
        split_id = SplitId(new_id())
        command = SplitCommand(
            split_id=split_id,
            register_id=TILL,
            pricing=Pricing.GROSS,
            lines=lines,
            tip=euro(tip),
            customer_id=None,
            reference=None,
            way=SplitWay.EVENLY,
            persons=persons,
            amounts=(),
            takers=(),
            owners=(),
            request=fresh_key(split_id),
        )
        self.shop.container.till.sales.split.split(self.caller, command, lambda _records: b"{}")
        found = self.shop.container.till.sales.read.of_split(self.caller, split_id)
        return tuple(record.sale.id for record in found)

    def tender(
        self, sale_id: SaleId, minor: int, kind: TenderKind = TenderKind.CASH, *, given: Money | None = None
    ) -> Tender:
        """Take a tender; return it as stored."""
        tender_id = TenderId(new_id())
        command = TenderCommand(
            tender_id=tender_id,
            sale_id=sale_id,
            register_id=None,
            kind=kind,
            amount=euro(minor),
            given=given,
            customer_id=None,
            code="",
            request=fresh_key(tender_id),
        )
        self.shop.container.till.sales.take.take(self.caller, command, lambda _record, _tender: b"{}")
        return next(one for one in self.sale(sale_id).tenders if one.id == tender_id)

    def card(self, sale_id: SaleId, minor: int, terminal: DeviceId, terms: PaymentTerms = EXACT) -> PaymentId:
        """Begin a card payment towards a sale."""
        payment_id = PaymentId(new_id())
        command = TakePaymentCommand(
            payment_id=payment_id,
            sale_id=sale_id,
            register_id=TILL,
            terminal_id=terminal,
            amount=euro(minor),
            lines=(),
            reference=None,
            key=str(payment_id),
            request_hash="0" * 64,
            location=f"/v1/payments/{payment_id}",
            terms=terms,
        )
        self.shop.container.take_payment.begin(self.caller, command, lambda _payment, _attempt: b"{}")
        return payment_id

    def conclude(
        self,
        payment_id: PaymentId,
        event: AttemptEvent,
        *,
        evidence: Evidence = Evidence.DIALOGUE,
        minor: int | None = None,
        tip: int | None = None,
    ) -> None:
        """Let the terminal tell the outcome of a payment's last attempt; ``minor``: what it charged, tip included."""
        with self.shop.storage.read() as unit:
            record = unit.payments.load(TENANT, STORE, payment_id)
        assert record is not None
        amount = record.payment.amount.minor if minor is None else minor
        numbers = TransactionNumbers(receipt_no=17, trace_no=4711)
        approved = TerminalResult(amount_minor=amount, numbers=numbers, tip_minor=tip)
        result = approved if event is AttemptEvent.APPROVE else TerminalResult()
        outcome = AttemptOutcome(event, evidence, event.value, "As the terminal says.", result)
        attempt = record.attempts[-1]
        assert self.shop.conclude.record(record.payment, attempt, outcome, epoch=attempt.epoch, actor="t") is not None

    def conclude_refund(
        self, refund_id: RefundId, event: AttemptEvent, *, evidence: Evidence = Evidence.DIALOGUE
    ) -> None:
        """Let the terminal tell the outcome of a refund."""
        with self.shop.storage.read() as unit:
            record = unit.refunds.load(TENANT, STORE, refund_id)
        assert record is not None
        outcome = AttemptOutcome(event, evidence, event.value, "As the terminal says.")
        attempt = record.attempt
        assert self.shop.conclude.record(record.refund, attempt, outcome, epoch=attempt.epoch, actor="t") is not None

    def back(
        self,
        sale_id: SaleId,
        minor: int | None = None,
        kind: TenderKind = TenderKind.CASH,
        *,
        lines: tuple[ReturnedLine, ...] = (),
        of: TenderId | None = None,
    ) -> GiveBack:
        """Give back; return it as stored."""
        back_id = GiveBackId(new_id())
        command = GiveBackCommand(
            give_back_id=back_id,
            sale_id=sale_id,
            register_id=None,
            kind=kind,
            amount=None if minor is None else euro(minor),
            lines=lines,
            of_id=of,
            terminal_id=None,
            customer_id=None,
            code="",
            reason="Goods came back",
            request=fresh_key(back_id),
        )
        self.shop.container.till.sales.give_back.give(self.caller, command, lambda _record, _back: b"{}")
        return next(one for one in self.sale(sale_id).give_backs if one.id == back_id)

    def sale(self, sale_id: SaleId) -> SaleRecord:
        """Return a sale with everything that happened to it."""
        return self.shop.container.till.sales.read.get(self.caller, sale_id)
