"""Suppliers as the shop knows them: names, tax numbers, terms of payment, and bank accounts with their history.

A printed or mailed account number never changes an account here: it is compared, and a change is a request that a
second person confirms (:class:`SupplierAccount`).
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from gateway.domain.ids import StoreId, SupplierId, TenantId


class SupplierRisk(StrEnum):
    """How much care a supplier needs, as the shop decided."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A structured address. ``country``: two letters of ISO 3166; empty where a part is not known."""

    street: str = ""
    building: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""


NO_ADDRESS = PostalAddress()


@dataclass(frozen=True, slots=True)
class DiscountStep:
    """Cash discount. ``days``: from the invoice date, >= 0; ``percent``: of the gross amount, 0 < percent < 100."""

    days: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """When and with what discount an invoice is to be paid. ``net_days``: from the invoice date, >= 0.

    ``discounts``: the earliest first, each later one with a smaller percentage.
    """

    net_days: int = 30
    discounts: tuple[DiscountStep, ...] = ()


USUAL_TERMS = PaymentTerms()


@dataclass(frozen=True, slots=True)
class Supplier:
    """One supplier.

    ``number``: the shop's or the ERP's number for it, unique; ``other_names``: as it also writes itself;
    ``group``: name of the group of companies it belongs to, or empty; ``remittance_email``: where payments are told;
    ``language``: of letters to it, two letters; ``currency``: it usually bills in; ``blocked``: why nothing is paid,
    or empty; ``single_payments``: each invoice is paid alone; ``version``: counts changes.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: SupplierId
    number: str
    name: str
    currency: str
    address: PostalAddress
    created_at: datetime
    changed_at: datetime
    other_names: tuple[str, ...] = ()
    vat_ids: tuple[str, ...] = ()
    registration_id: str = ""
    group: str = ""
    language: str = "en"
    remittance_email: str = ""
    terms: PaymentTerms = USUAL_TERMS
    risk: SupplierRisk = SupplierRisk.NORMAL
    blocked: str = ""
    single_payments: bool = False
    default_account_code: str = ""
    default_cost_centre: str = ""
    default_tax_code: str = ""
    version: int = 1


class AccountState(StrEnum):
    """Where a supplier's bank account stands."""

    REQUESTED = "requested"
    """Somebody asked for it; nothing is paid to it."""
    EFFECTIVE = "effective"
    REFUSED = "refused"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class CallBack:
    """Proof that the supplier was asked. ``number_known_from``: where the number called was known from, before.

    ``noted_by``: person id of who wrote it down, None for a note that no person of the shop stands for.
    """

    called_by: str
    called_at: datetime
    spoke_with: str
    number_known_from: str
    noted_by: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class SupplierAccount:
    """One bank account of a supplier. ``iban`` is empty where a country has none: then ``other_id`` identifies it.

    ``clearing_system``, ``clearing_member``: the bank without a BIC (ISO 20022 ExternalClearingSystemIdentification,
    such as ``USABA``); ``holder``: the name on the account; ``requested_by``, ``decided_by``: person ids;
    ``cooling_until``: last day on which a payment to it needs one approval more; ``source``: ``import``, ``hand``,
    ``erp`` or ``invoice``; ``payee_check``: the last result of a bank's check of the name, see
    :class:`gateway.domain.payables.payment_order.PayeeCheck`, or empty; ``payee_name``: the name a bank returned;
    ``emergency``: why it was confirmed without a call-back, or empty; ``reviewed_by``: person id of who looked at that
    emergency afterwards.
    """

    id: uuid.UUID
    supplier_id: SupplierId
    holder: str
    country: str
    state: AccountState
    source: str
    requested_by: uuid.UUID
    requested_at: datetime
    iban: str = ""
    bic: str = ""
    other_id: str = ""
    clearing_system: str = ""
    clearing_member: str = ""
    bank_name: str = ""
    reason: str = ""
    call_back: CallBack | None = None
    decided_by: uuid.UUID | None = None
    decided_at: datetime | None = None
    cooling_until: date | None = None
    payee_check: str = ""
    payee_name: str = ""
    version: int = 1
    emergency: str = ""
    reviewed_by: uuid.UUID | None = None
    reviewed_at: datetime | None = None
