"""Where suppliers, their bank accounts, orders, receipts, tax codes and cost centres are kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.payables.import_fields import ImportKind
from gateway.domain.payables.purchase import CostCentre, GoodsReceipt, PurchaseOrder, ReceiptLine, TaxCode
from gateway.domain.payables.supplier import AccountState, Supplier, SupplierAccount

SUPPLIERS_PAGE_MAX = 100
ORDERS_PAGE_MAX = 100
ACCOUNTS_LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class MasterEvent:
    """One line of a supplier's journal. ``kind``: such as ``changed`` or ``account_requested``.

    ``changes``: field to (before, now), as text; account numbers only by country and last four characters.
    """

    sequence: int
    id: uuid.UUID
    kind: str
    actor: str
    at: datetime
    reason: str = ""
    changes: Mapping[str, tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class EmployeeAccount:
    """An account of somebody employed: no supplier should be paid there.

    ``account_hash``: SHA-256 of the account number, hex, so that the list tells nobody's account; ``label``: whose;
    ``shown``: country and last four signs, empty for one listed before these were kept.
    """

    account_hash: str
    label: str
    added_by: str
    added_at: datetime
    shown: str = ""


class SupplierStore(Protocol):
    """Suppliers of all stores; every call names tenant and store."""

    def add(self, supplier: Supplier) -> None:
        """Store a new supplier.

        Raises:
            RuleError: ``supplier_number_taken``.
        """

    def update(self, supplier: Supplier) -> bool:
        """Store a supplier that was loaded at the version before this one; False when it has changed since."""

    def load(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> Supplier | None:
        """Return one supplier."""

    def load_many(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> Mapping[SupplierId, Supplier]:
        """Return suppliers by id, in few statements however many they are."""

    def blocked_of(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> Mapping[SupplierId, str]:
        """Return why each supplier is blocked, empty where none is; in few statements."""

    def by_number(self, tenant_id: TenantId, store_id: StoreId, number: str) -> Supplier | None:
        """Return the supplier with this number."""

    def by_numbers(self, tenant_id: TenantId, store_id: StoreId, numbers: Sequence[str]) -> Mapping[str, Supplier]:
        """Return suppliers by their numbers, in few statements."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, text: str = "", after: str = "", limit: int = 50
    ) -> tuple[Supplier, ...]:
        """Return suppliers by number behind ``after``; ``text``: a part of a name or number, or a whole VAT id."""

    def known_as(
        self, tenant_id: TenantId, store_id: StoreId, *, vat_id: str = "", iban: str = "", name: str = ""
    ) -> tuple[Supplier, ...]:
        """Return suppliers with this VAT id, this effective account or this name (as duplicates are named)."""

    def accounts(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[SupplierAccount, ...]:
        """Return the accounts of a supplier with their history, newest first."""

    def effective_accounts(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> Mapping[SupplierId, SupplierAccount]:
        """Return the account each supplier is paid to now, in few statements."""

    def accounts_of(
        self, tenant_id: TenantId, store_id: StoreId, supplier_ids: Sequence[SupplierId]
    ) -> tuple[SupplierAccount, ...]:
        """Return the accounts of many suppliers with their history, newest first, in few statements."""

    def account(self, tenant_id: TenantId, store_id: StoreId, account_id: uuid.UUID) -> SupplierAccount | None:
        """Return one account."""

    def accounts_in(self, tenant_id: TenantId, store_id: StoreId, state: AccountState) -> tuple[SupplierAccount, ...]:
        """Return the accounts in a state, the longest waiting first, at most 200."""

    def emergencies(self, tenant_id: TenantId, store_id: StoreId) -> tuple[SupplierAccount, ...]:
        """Return the accounts confirmed in an emergency that nobody has reviewed, at most 200."""

    def holders_of(
        self, tenant_id: TenantId, store_id: StoreId, *, iban: str = "", other_id: str = ""
    ) -> tuple[SupplierAccount, ...]:
        """Return every account, of whatever supplier and state, with this number."""

    def add_account(self, tenant_id: TenantId, store_id: StoreId, account: SupplierAccount) -> None:
        """Store a requested account."""

    def update_account(self, tenant_id: TenantId, store_id: StoreId, account: SupplierAccount) -> bool:
        """Store an account loaded at the version before this one; False when it has changed since."""

    def next_sequence(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> int:
        """Return the sequence the next line of a supplier's journal gets."""

    def tell(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId, event: MasterEvent) -> None:
        """Add a line to a supplier's journal."""

    def events(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[MasterEvent, ...]:
        """Return a supplier's journal, oldest first."""

    def put_employee_account(self, tenant_id: TenantId, store_id: StoreId, account: EmployeeAccount) -> None:
        """Store the account of an employee in place of the one with its hash."""

    def remove_employee_account(self, tenant_id: TenantId, store_id: StoreId, account_hash: str) -> bool:
        """Forget an account of an employee; False when it is not there."""

    def employee_accounts(self, tenant_id: TenantId, store_id: StoreId) -> tuple[EmployeeAccount, ...]:
        """Return the accounts of employees by label."""

    def employee_with(self, tenant_id: TenantId, store_id: StoreId, account_hash: str) -> EmployeeAccount | None:
        """Return the employee's account with this hash."""


class PurchaseStore(Protocol):
    """Orders, receipts and the codes of the books."""

    def put_order(self, order: PurchaseOrder) -> None:
        """Store an order in place of the one with its id.

        Raises:
            RuleError: ``order_number_taken`` when another order has its number.
        """

    def order(self, tenant_id: TenantId, store_id: StoreId, order_id: PurchaseOrderId) -> PurchaseOrder | None:
        """Return one order."""

    def orders_by_number(
        self, tenant_id: TenantId, store_id: StoreId, numbers: Sequence[str]
    ) -> Mapping[str, PurchaseOrder]:
        """Return orders by their numbers, in few statements."""

    def open_orders(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[PurchaseOrder, ...]:
        """Return the orders of a supplier that are not closed, newest first."""

    def list_orders(
        self, tenant_id: TenantId, store_id: StoreId, *, text: str = "", after: str = "", limit: int = 50
    ) -> tuple[PurchaseOrder, ...]:
        """Return orders by number behind ``after``."""

    def put_receipt(self, receipt: GoodsReceipt) -> bool:
        """Store a receipt; False, and nothing stored, when its id is there.

        Raises:
            RuleError: ``receipt_number_taken`` when another receipt of this supplier has its number.
        """

    def receipt(self, tenant_id: TenantId, store_id: StoreId, receipt_id: GoodsReceiptId) -> GoodsReceipt | None:
        """Return one receipt."""

    def receipts_by_number(
        self, tenant_id: TenantId, store_id: StoreId, numbers: Sequence[str]
    ) -> tuple[GoodsReceipt, ...]:
        """Return the receipts with these numbers, of whatever supplier, in few statements."""

    def received(
        self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PurchaseOrderId]
    ) -> tuple[ReceiptLine, ...]:
        """Return every receipt line of these orders, oldest first."""

    def receipts(self, tenant_id: TenantId, store_id: StoreId, order_id: PurchaseOrderId) -> tuple[GoodsReceipt, ...]:
        """Return the deliveries on an order, oldest first."""

    def put_tax_code(self, tenant_id: TenantId, store_id: StoreId, code: TaxCode) -> None:
        """Store a tax code in place of the one with its code."""

    def tax_codes(self, tenant_id: TenantId, store_id: StoreId) -> tuple[TaxCode, ...]:
        """Return all tax codes by code."""

    def put_cost_centre(self, tenant_id: TenantId, store_id: StoreId, centre: CostCentre) -> None:
        """Store a cost centre in place of the one with its code."""

    def cost_centres(self, tenant_id: TenantId, store_id: StoreId) -> tuple[CostCentre, ...]:
        """Return all cost centres by code."""

    def put_import_columns(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        kind: ImportKind,
        fingerprint: str,
        columns: Mapping[int, str],
        *,
        by: str,
        at: datetime,
    ) -> None:
        """Store what the columns of tables with these headings mean, in place of what was said before."""

    def import_columns(
        self, tenant_id: TenantId, store_id: StoreId, kind: ImportKind, fingerprint: str
    ) -> Mapping[int, str]:
        """Return what was said about the columns of tables with these headings, empty for nothing."""
