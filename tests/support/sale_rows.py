"""Rows of till sales for tests of the storage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.domain.ids import GiveBackId, RegisterId, SaleId, TenderId
from gateway.domain.money import Money
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import Bill, LineKind, Pricing, TaxedLine, TaxRate, bill_total
from gateway.domain.sales.tender import GiveBack, ReturnedLine, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import TillLine, TillSale
from tests.support.storage_rows import EUR, NOON, NORTH, REGISTER, TENANT, new_id


def euro(minor: int) -> Money:
    return Money(minor, EUR)


def till_sale(minor: int = 1000, *, tip: int = 0, **changes: Any) -> TillSale:
    """Return a sale of two lines that come to ``minor``, one of them a voucher of nothing."""
    tea = SaleLine("Tee – süß", Decimal("1.5"), euro(0), euro(0))
    goods = SaleLine("Kanne", Decimal(1), euro(minor), euro(minor))
    lines = (
        TillLine(TaxedLine(LineKind.ITEM, goods, TaxRate(1900)), "item-1"),
        TillLine(TaxedLine(LineKind.ITEM, tea, TaxRate(0)), voucher=True),
    )
    bill = Bill(Pricing.GROSS, EUR, tuple(line.taxed for line in lines), euro(tip))
    sale_id = SaleId(new_id())
    values: dict[str, Any] = {
        "tenant_id": TENANT,
        "store_id": NORTH,
        "id": sale_id,
        "register_id": REGISTER,
        "pricing": Pricing.GROSS,
        "currency": EUR,
        "lines": lines,
        "totals": bill_total(bill),
        "customer_id": "c-1",
        "reference": "table 7",
        "split_of": None,
        "created_at": NOON,
        "created_by": "anna",
        "trace_id": sale_id.hex,
    }
    return TillSale(**values | changes | {"trace_id": changes.get("id", sale_id).hex})


def tender_of(sale: TillSale, minor: int, state: TenderState = TenderState.TAKEN, **changes: Any) -> Tender:
    """Return a cash tender of a sale."""
    values: dict[str, Any] = {
        "tenant_id": sale.tenant_id,
        "store_id": sale.store_id,
        "id": TenderId(new_id()),
        "sale_id": sale.id,
        "register_id": sale.register_id,
        "kind": TenderKind.CASH,
        "state": state,
        "amount": euro(minor),
        "given": euro(minor + 5),
        "customer_id": None,
        "detail": {"change": "0.05"},
        "shift_id": new_id(),
        "created_at": NOON,
        "created_by": "anna",
        "trace_id": sale.trace_id,
        "ended_at": None if state is TenderState.OPEN else NOON,
    }
    return Tender(**values | changes)


def give_back_of(sale: TillSale, minor: int, **changes: Any) -> GiveBack:
    """Return cash that goes back for a sale."""
    values: dict[str, Any] = {
        "tenant_id": sale.tenant_id,
        "store_id": sale.store_id,
        "id": GiveBackId(new_id()),
        "sale_id": sale.id,
        "register_id": RegisterId("till-2"),
        "kind": TenderKind.CASH,
        "tender_id": None,
        "amount": euro(minor),
        "lines": (ReturnedLine(0, Decimal("0.5")),),
        "totals": sale.totals,
        "reason": "Zerbrochen",
        "customer_id": None,
        "detail": {"due": "1.00"},
        "shift_id": None,
        "created_at": NOON,
        "created_by": "anna",
        "trace_id": sale.trace_id,
    }
    return GiveBack(**values | changes)
