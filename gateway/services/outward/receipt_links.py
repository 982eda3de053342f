"""Receipts without paper: a link with a token nobody can guess, and what it opens."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import Receipt, ReceiptCopy, ShopFace, short_number
from gateway.domain.cards.payment import OPEN_STATES
from gateway.domain.errors import IdempotencyConflict, NotFound, RuleError
from gateway.domain.ids import PaymentId, RefundId, SaleId, StoreId, TenantId
from gateway.domain.printing.paper import Paper
from gateway.ports.clock import Clock
from gateway.ports.printer import ReceiptRenderer
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.ports.webhook_store import ReceiptLink
from gateway.services.outward.signing_key import SigningKey, token_hash
from gateway.services.paper.print_receipt import ReceiptWriter
from gateway.services.sales.settle_sale import SalePapers


class SubjectKind(StrEnum):
    """What a receipt is of."""

    PAYMENT = "payment"
    REFUND = "refund"
    SALE = "sale"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a receipt is of, by its id."""

    kind: SubjectKind
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as it is handed out. ``token``: the secret part of its address."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerReceipt:
    """A receipt as a customer gets it. ``number``: as it is read out; ``made_at``: with a time zone."""

    number: str
    made_at: datetime
    document: Receipt | Paper

    def text(self, renderer: ReceiptRenderer) -> str:
        """Return the printed text."""
        return (
            renderer.text(self.document) if isinstance(self.document, Receipt) else renderer.paper_text(self.document)
        )

    def png(self, renderer: ReceiptRenderer) -> bytes:
        """Return the printed paper as a picture."""
        return renderer.png(self.document) if isinstance(self.document, Receipt) else renderer.paper_png(self.document)


class CustomerReceipts:
    """Finds the customer's copy of a receipt, whatever it is of."""

    def __init__(self, *, storage: Storage, writer: ReceiptWriter, papers: SalePapers, shop: ShopFace) -> None:
        self._storage = storage
        self._writer = writer
        self._papers = papers
        self.shop = shop

    def find(self, tenant_id: TenantId, store_id: StoreId, subject: Subject) -> CustomerReceipt:
        """Return the receipt.

        Raises:
            NotFound: ``payment_not_found``, ``refund_not_found``, ``sale_not_found``.
            RuleError: ``outcome_open`` while there is no outcome.
        """
        finders = {
            SubjectKind.PAYMENT: self._of_payment,
            SubjectKind.REFUND: self._of_refund,
            SubjectKind.SALE: self._of_sale,
        }
        with self._storage.read() as unit:
            found = finders[subject.kind](unit, tenant_id, store_id, subject.id)
        if found is not None:
            return found
        raise NotFound(f"{subject.kind}_not_found", f"There is no such {subject.kind} here.", "Check the id.")

    def _of_payment(
        self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, payment_id: uuid.UUID
    ) -> CustomerReceipt | None:
        record = unit.payments.load(tenant_id, store_id, PaymentId(payment_id))
        if record is None:
            return None
        attempt = record.attempts[-1]
        if attempt.state in OPEN_STATES:
            raise _open()
        return _of_card(self._writer.write(record, attempt, ReceiptCopy.CUSTOMER, duplicate=False))

    def _of_refund(
        self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, refund_id: uuid.UUID
    ) -> CustomerReceipt | None:
        record = unit.refunds.load(tenant_id, store_id, RefundId(refund_id))
        if record is None:
            return None
        if record.attempt.state in OPEN_STATES:
            raise _open()
        return _of_card(self._writer.write_refund(record, ReceiptCopy.CUSTOMER, duplicate=False))

    def _of_sale(
        self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, sale_id: uuid.UUID
    ) -> CustomerReceipt | None:
        record = unit.sales.load(tenant_id, store_id, SaleId(sale_id))
        if record is None:
            return None
        given = record.settlement.number if record.settlement is not None else None
        number = short_number(sale_id) if given is None else str(given)
        return CustomerReceipt(number, record.sale.created_at, self._papers.sale(record))


class ReceiptLinks:
    """Makes links and opens them."""

    def __init__(
        self, *, storage: Storage, clock: Clock, receipts: CustomerReceipts, key: SigningKey, days: int
    ) -> None:
        """``days``: how long a link works, > 0."""
        self._storage = storage
        self._clock = clock
        self._receipts = receipts
        self._key = key
        self._days = days

    def make(self, caller: Caller, link_id: uuid.UUID, subject: Subject) -> NewLink:
        """Make a link to a receipt; the same ``link_id`` again is the same link.

        Raises:
            NotFound: ``payment_not_found``, ``refund_not_found``, ``sale_not_found``.
            RuleError: ``outcome_open`` while there is no outcome.
            IdempotencyConflict: ``id_reused`` when the id belongs to a link to something else.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        self._receipts.find(caller.tenant_id, caller.store_id, subject)
        token, now = self._key.token(link_id), self._clock.now()
        link = ReceiptLink(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=link_id,
            token_hash=token_hash(token),
            subject=subject.kind.value,
            subject_id=subject.id,
            created_at=now,
            created_by=caller.name,
            expires_at=now + timedelta(days=self._days),
        )
        stored = self._storage.write_retrying(lambda unit: unit.receipt_links.add(link))
        if (stored.subject, stored.subject_id, stored.token_hash) != (link.subject, link.subject_id, link.token_hash):
            raise IdempotencyConflict("id_reused", "This id was used for another link.", "Make a new id.")
        return NewLink(token, stored.expires_at)

    def open(self, tenant_id: TenantId, store_id: StoreId, token: str) -> CustomerReceipt:
        """Return the receipt behind a token; a look is counted.

        Raises:
            NotFound: ``receipt_link_unknown``, for a token that never was and for one that has expired alike.
        """
        now = self._clock.now()
        link = self._storage.write_retrying(
            lambda unit: unit.receipt_links.open(tenant_id, store_id, token_hash(token), now)
        )
        if link is None:
            hint = "Ask the shop for the receipt."
            raise NotFound("receipt_link_unknown", "This link does not lead to a receipt, or not any more.", hint)
        return self._receipts.find(tenant_id, store_id, Subject(SubjectKind(link.subject), link.subject_id))


def _of_card(receipt: Receipt) -> CustomerReceipt:
    return CustomerReceipt(receipt.number, receipt.local_time, receipt)


def _open() -> RuleError:
    hint = "Wait for the outcome; an unknown one has to be resolved first."
    return RuleError("outcome_open", "This payment has no outcome yet.", hint)
