"""Suppliers and payables for tests: stored as the services would leave them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine, PayableState, PayableTax
from gateway.domain.payables.supplier import PostalAddress, Supplier
from gateway.services.payables.payable_steps import first_event
from tests.support.storage_rows import NOON, new_id

HERE = (TenantId("main"), StoreId("store-1"))
ELSEWHERE = (TenantId("main"), StoreId("south"))
EUR = Currency.of("EUR")


def euro(minor: int) -> Money:
    """Return an amount in euro cents."""
    return Money(minor, EUR)


def supplier_row(number: str = "70001", **told: Any) -> Supplier:
    """Return a supplier that is not stored."""
    known: dict[str, Any] = {
        "tenant_id": HERE[0],
        "store_id": HERE[1],
        "id": SupplierId(new_id()),
        "number": number,
        "name": f"Supplier {number}",
        "currency": "EUR",
        "address": PostalAddress("Speicherweg", "4", "20457", "Hamburg", "DE"),
        "created_at": NOON,
        "changed_at": NOON,
    }
    return Supplier(**(known | told))


def payable_row(supplier_id: SupplierId, number: str = "RE-2026-0001", gross: int = 11900, **told: Any) -> Payable:
    """Return a payable that is not stored; 19 % of its net amount is tax where ``gross`` divides so."""
    net = gross * 100 // 119
    known: dict[str, Any] = {
        "tenant_id": HERE[0],
        "store_id": HERE[1],
        "id": PayableId(new_id()),
        "kind": PayableKind.INVOICE,
        "supplier_id": supplier_id,
        "number": number,
        "issued_on": date(2026, 3, 1),
        "received_on": date(2026, 3, 2),
        "due_on": date(2026, 3, 31),
        "net": euro(net),
        "tax": euro(gross - net),
        "gross": euro(gross),
        "lines": (PayableLine(1, "Beans", Decimal("10.0"), Decimal(net) / 1000, euro(net), tax_percent=Decimal(19)),),
        "taxes": (PayableTax(Decimal(19), euro(net), euro(gross - net)),),
        "state": PayableState.VALIDATED,
        "paid": euro(0),
        "created_at": NOON,
        "changed_at": NOON,
        "created_by": "anna",
    }
    return Payable(**(known | told))


def stored_supplier(storage: SqlStorage, number: str = "70001", **told: Any) -> Supplier:
    """Store a supplier and return it."""
    made = supplier_row(number, **told)
    with storage.write() as unit:
        unit.suppliers.add(made)
    return made


def stored_payable(
    storage: SqlStorage, supplier: Supplier, number: str = "RE-2026-0001", gross: int = 11900, **told: Any
) -> Payable:
    """Store a payable with the first line of its journal and return it."""
    made = payable_row(supplier.id, number, gross, tenant_id=supplier.tenant_id, store_id=supplier.store_id, **told)
    with storage.write() as unit:
        unit.payables.add(made)
        unit.payables.tell(made, first_event(made, actor="anna"))
    return made
