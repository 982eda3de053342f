"""Rows of payment runs for tests: suppliers' accounts, payables, orders, runs."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from gateway.domain.ids import (
    PayableId,
    PaymentOrderId,
    PaymentRunId,
    StoreId,
    SupplierId,
    TenantId,
    derived_id,
)
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine, PayableState
from gateway.domain.payables.payment_order import (
    Allocation,
    Instrument,
    Payee,
    PaymentOrder,
    PaymentRun,
    RunState,
)
from gateway.domain.payables.supplier import (
    AccountState,
    DiscountStep,
    PaymentTerms,
    PostalAddress,
    Supplier,
    SupplierAccount,
)

EUR = Currency.of("EUR")
HERE = (TenantId("main"), StoreId("store-1"))
TODAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROOT = uuid.UUID("018f0000-0000-7000-8000-000000000001")
IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300", "AT611904300234573201")


def supplier_id_of(name: str) -> SupplierId:
    """The id of a supplier of the tests."""
    return SupplierId(derived_id(ROOT, f"supplier {name}"))


def supplier(name: str = "Alpha", *, single: bool = False, blocked: str = "", days: int = 30) -> Supplier:
    """A supplier of the tests."""
    return Supplier(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=supplier_id_of(name),
        number=f"S-{name}",
        name=name,
        currency="EUR",
        address=PostalAddress("Hauptstrasse", "1", "10115", "Berlin", "DE"),
        created_at=AT,
        changed_at=AT,
        terms=PaymentTerms(days),
        single_payments=single,
        blocked=blocked,
    )


def account(name: str = "Alpha", *, cooling: date | None = None, iban: str = IBANS[0]) -> SupplierAccount:
    """The effective account of a supplier of the tests."""
    return SupplierAccount(
        id=derived_id(ROOT, f"account {name} {iban}"),
        supplier_id=supplier_id_of(name),
        holder=name,
        country=iban[:2],
        state=AccountState.EFFECTIVE,
        source="hand",
        requested_by=derived_id(ROOT, "clerk"),
        requested_at=AT,
        iban=iban,
        decided_by=derived_id(ROOT, "manager"),
        decided_at=AT,
        cooling_until=cooling,
    )


def payable(  # each is what one test varies
    number: str = "R-1",
    *,
    of: str = "Alpha",
    gross: int = 11_900,
    due: date = TODAY,
    issued: date = TODAY - timedelta(days=20),
    discounts: tuple[DiscountStep, ...] = (),
    kind: PayableKind = PayableKind.INVOICE,
    state: PayableState = PayableState.APPROVED,
    reference: str = "",
    paid: int = 0,
    currency: Currency = EUR,
) -> Payable:
    """A payable of the tests; a fifth of its gross amount is tax."""
    tax = gross - round(Decimal(gross) / Decimal("1.19"))
    net = Money(gross - tax, currency)
    return Payable(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=PayableId(derived_id(ROOT, f"payable {of} {number}")),
        kind=kind,
        supplier_id=supplier_id_of(of),
        number=number,
        issued_on=issued,
        received_on=issued,
        due_on=due,
        net=net,
        tax=Money(tax, currency),
        gross=Money(gross, currency),
        lines=(PayableLine(1, "goods", Decimal(1), Decimal(1), net, account_code="4400"),),
        taxes=(),
        state=state,
        paid=Money(paid, currency),
        created_at=AT,
        changed_at=AT,
        discounts=discounts,
        reference=reference,
    )


def run(number: int = 1, state: RunState = RunState.PROPOSED) -> PaymentRun:
    """A run of the tests."""
    return PaymentRun(
        tenant_id=HERE[0],
        store_id=HERE[1],
        id=PaymentRunId(derived_id(ROOT, f"run {number}")),
        number=number,
        run_on=TODAY,
        state=state,
        digest="0" * 64,
        proposed_by="anna",
        created_at=AT,
        changed_at=AT,
    )


def order(of: PaymentRun, position: int, *payables: Payable, discount: int = 0) -> PaymentOrder:
    """An order that pays payables of the tests in full; the discount is taken on the first."""
    parts = tuple(
        Allocation(
            one.id,
            one.number,
            Money(one.open_amount.minor - (discount if not place else 0), EUR),
            Money(discount if not place else 0, EUR),
            one.kind is PayableKind.CREDIT_NOTE,
        )
        for place, one in enumerate(payables)
    )
    total = sum(-part.amount.minor if part.credit else part.amount.minor for part in parts)
    mine = account()
    return PaymentOrder(
        id=PaymentOrderId(derived_id(of.id, f"order {position}")),
        run_id=of.id,
        position=position,
        instrument=Instrument.SEPA,
        bank_account_id="main",
        payee=Payee(mine.supplier_id, mine.id, mine.holder, "DE", iban=mine.iban),
        amount=Money(total, EUR),
        execute_on=TODAY + timedelta(days=1),
        allocations=parts,
        end_to_end_id=f"E{of.number}-{position}",
        uetr="",
        text="R-1",
    )
