"""Vouchers, customers on account, bank transfers and pay links as stored.

What is called ``lock_...`` holds the row until the unit ends, so that who comes next sees what this unit stored. Every
call names tenant and store.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.bank.transfer_order import TransferOrder, TransferOrderId, TransferState
from gateway.domain.credit.customer import Customer, CustomerAccount, CustomerEntry
from gateway.domain.credit.pay_link import PayLink, PayLinkId
from gateway.domain.credit.voucher import CustomerId, MovementKind, Voucher, VoucherId, VoucherMovement
from gateway.domain.ids import SaleId, StoreId, TenantId
from gateway.domain.ledger import TransferKind
from gateway.domain.money import Currency, Money

CREDIT_PAGE_MAX = 200
"""Rows of one answer at most."""


@dataclass(frozen=True, slots=True)
class StoredCode:
    """What is stored of a voucher's code: its hash, and the salt it was made with."""

    hash: str
    salt: bytes


@dataclass(frozen=True, slots=True)
class VoucherBalance:
    """A voucher and what is left on it, added up from its movements; an expiry counts once it was booked."""

    voucher: Voucher
    left: Money


@dataclass(frozen=True, slots=True)
class VoucherRecord:
    """A voucher with its journal, oldest first."""

    voucher: Voucher
    left: Money
    movements: tuple[VoucherMovement, ...]


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement before it gets its place in the journal. Fields as in ``VoucherMovement``."""

    kind: MovementKind
    amount: Money
    cause_id: uuid.UUID
    words: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VoucherFilter:
    """Which vouchers: by the last signs of their code, by customer, by sale; older than one of them."""

    code_end: str = ""
    customer_id: CustomerId | None = None
    sale_id: SaleId | None = None
    before: VoucherId | None = None


class VoucherStore(Protocol):
    """Vouchers and store credit."""

    def add(self, voucher: Voucher, code: StoredCode | None) -> None:
        """Store a voucher without any movement.

        Raises:
            RuleError: ``already_recorded`` when id or code is taken.
        """

    def lock(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> VoucherBalance | None:
        """Hold a voucher and return what is left on it."""

    def find_by_code(self, tenant_id: TenantId, store_id: StoreId, code_hash: str) -> VoucherId | None:
        """Return the voucher with this code."""

    def code_of(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> StoredCode | None:
        """Return what is stored of a voucher's code."""

    def move(self, voucher: Voucher, movement: NewMovement) -> VoucherMovement:
        """Write the next line of a voucher's journal; it was locked in this unit.

        Raises:
            RuleError: ``voucher_too_small`` below zero, ``voucher_movement_wrong``; ``already_recorded`` when the same
                kind is there for the same cause.
        """

    def set_blocked(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId, *, blocked: bool) -> None:
        """Block or unblock a voucher."""

    def load(self, tenant_id: TenantId, store_id: StoreId, voucher_id: VoucherId) -> VoucherRecord | None:
        """Return one voucher with its journal."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, wanted: VoucherFilter, *, limit: int
    ) -> tuple[VoucherBalance, ...]:
        """Return vouchers, newest first."""

    def credit_of(
        self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId, currency: Currency
    ) -> VoucherId | None:
        """Return the store credit a customer has in a currency."""

    def moved_by(
        self, tenant_id: TenantId, store_id: StoreId, cause_id: uuid.UUID, kind: MovementKind
    ) -> tuple[VoucherMovement, ...]:
        """Return the movements of a kind that follow from one tender or other fact, oldest first."""

    def expired(self, tenant_id: TenantId, store_id: StoreId, *, now: datetime, limit: int) -> tuple[VoucherId, ...]:
        """Return vouchers whose day has passed and on which something is left."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One line of a customer's account with its amount from the ledger: positive owes more, negative owes less.

    ``state``: of the booking: ``pending``, ``post`` or ``void`` (which counts nowhere).
    """

    entry: CustomerEntry
    amount: Money
    state: TransferKind


class CustomerStore(Protocol):
    """Customers and their accounts."""

    def add(self, customer: Customer) -> None:
        """Store a customer.

        Raises:
            RuleError: ``already_recorded`` when id or reference is taken.
        """

    def replace(self, customer: Customer) -> None:
        """Store new words about a customer; the currency of the limit stays. Errors as :meth:`add`."""

    def lock(self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId) -> CustomerAccount | None:
        """Hold a customer and return what is owed."""

    def load(self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId) -> CustomerAccount | None:
        """Return one customer with what is owed."""

    def find(
        self, tenant_id: TenantId, store_id: StoreId, text: str, *, limit: int, after: CustomerId | None = None
    ) -> tuple[CustomerAccount, ...]:
        """Return customers by name whose name or reference holds the text, whatever its case."""

    def taken_reference(self, tenant_id: TenantId, store_id: StoreId, reference: str, besides: CustomerId) -> bool:
        """Return whether another customer has this reference."""

    def add_entry(self, tenant_id: TenantId, store_id: StoreId, entry: CustomerEntry) -> None:
        """Write a line; its transfer is stored in the same unit."""

    def lines(
        self, tenant_id: TenantId, store_id: StoreId, customer_id: CustomerId, *, limit: int
    ) -> tuple[AccountLine, ...]:
        """Return the newest lines of an account, newest first."""

    def entry_of(self, tenant_id: TenantId, store_id: StoreId, cause_id: uuid.UUID) -> tuple[CustomerEntry, ...]:
        """Return the lines that follow from one tender or other fact."""


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One line of a transfer order's journal."""

    sequence: int
    state: TransferState
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """A transfer order with its journal, oldest first."""

    order: TransferOrder
    lines: tuple[TransferLine, ...]


class TransferOrderStore(Protocol):
    """Bank transfers that were asked for."""

    def add(self, order: TransferOrder, words: str) -> None:
        """Store an open order with the first line of its journal.

        Raises:
            RuleError: ``already_recorded`` when id or reference is taken.
        """

    def lock(self, tenant_id: TenantId, store_id: StoreId, order_id: TransferOrderId) -> TransferOrder | None:
        """Hold an order and return it."""

    def change(self, order: TransferOrder) -> None:
        """Store the new state of a locked order, with its reason as the next line of the journal.

        ``order.sequence`` is that of the order as it was locked.
        """

    def load(self, tenant_id: TenantId, store_id: StoreId, order_id: TransferOrderId) -> TransferRecord | None:
        """Return one order with its journal."""

    def find_by_reference(self, tenant_id: TenantId, store_id: StoreId, reference: str) -> TransferOrder | None:
        """Return the order with this reference, in its plain form: how a bank statement finds it."""

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        states: Sequence[TransferState],
        *,
        limit: int,
        before: TransferOrderId | None = None,
    ) -> tuple[TransferOrder, ...]:
        """Return orders in one of the states, newest first."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is stored of the token of a pay link: its hash, and the salt it was made with."""

    hash: str
    salt: bytes


class PayLinkStore(Protocol):
    """Pay links."""

    def add(self, link: PayLink, token: StoredToken) -> None:
        """Store a link.

        Raises:
            RuleError: ``already_recorded`` when id, token or till code is taken.
        """

    def lock(self, tenant_id: TenantId, store_id: StoreId, link_id: PayLinkId) -> PayLink | None:
        """Hold a link and return it."""

    def change(self, link: PayLink) -> None:
        """Store what was chosen for a locked link, or that it was cancelled."""

    def load(self, tenant_id: TenantId, store_id: StoreId, link_id: PayLinkId) -> PayLink | None:
        """Return one link."""

    def token_of(self, tenant_id: TenantId, store_id: StoreId, link_id: PayLinkId) -> StoredToken | None:
        """Return what is stored of a link's token."""

    def find_by_token(self, tenant_id: TenantId, store_id: StoreId, token_hash: str) -> PayLink | None:
        """Return the link with this token."""

    def find_by_till_code(self, tenant_id: TenantId, store_id: StoreId, till_code: str) -> PayLink | None:
        """Return the link with this code."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, limit: int, before: PayLinkId | None = None
    ) -> tuple[PayLink, ...]:
        """Return links, newest first."""
