"""Suppliers and accounts for tests of the storage."""

from __future__ import annotations

import uuid
from decimal import Decimal

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.ids import StoreId, SupplierId, TenantId
from gateway.domain.money import Currency
from gateway.domain.payables.supplier import (
    AccountState,
    CallBack,
    DiscountStep,
    PaymentTerms,
    PostalAddress,
    Supplier,
    SupplierAccount,
    SupplierRisk,
)
from tests.support.storage_rows import NOON, new_id

HERE = (TenantId("main"), StoreId("store-1"))
ELSEWHERE = (TenantId("main"), StoreId("south"))
EUR = Currency.of("EUR")
IBAN, OTHER_IBAN = "DE02120300000000202051", "DE02500105170137075030"
CLERK, MANAGER = uuid.uuid4(), uuid.uuid4()


def a_supplier(number: str = "70001", **told: object) -> Supplier:
    known = {
        "other_names": ("Hafen Kaffee",),
        "vat_ids": ("DE 123 456 788",),
        "terms": PaymentTerms(30, (DiscountStep(10, Decimal("2.00")),)),
        "risk": SupplierRisk.HIGH,
        "group": "Hafen \x00 group",
    }
    return Supplier(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=SupplierId(new_id()),
        number=number,
        name="Hafen Kaffeerösterei GmbH",
        currency="EUR",
        address=PostalAddress("Speicherweg", "4", "20457", "Hamburg", "DE"),
        created_at=NOON,
        changed_at=NOON,
        **(known | told),  # type: ignore[arg-type]  # as given
    )


def an_account(supplier: Supplier, iban: str = IBAN, **told: object) -> SupplierAccount:
    known: dict[str, object] = {
        "state": AccountState.REQUESTED,
        "call_back": CallBack("anna", NOON, "Mr Smith", "our contract of 2024", CLERK),
        "requested_by": CLERK,
        "requested_at": NOON,
    }
    return SupplierAccount(
        id=new_id(),
        supplier_id=supplier.id,
        holder=supplier.name,
        country="DE",
        source="hand",
        iban=iban,
        **(known | told),  # type: ignore[arg-type]  # as given
    )


def stored(storage: SqlStorage, *suppliers: Supplier) -> None:
    with storage.write() as unit:
        for one in suppliers:
            unit.suppliers.add(one)
