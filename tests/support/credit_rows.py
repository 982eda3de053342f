"""Rows of vouchers, customers, transfers and pay links for tests of the storage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from gateway.domain.accounts import Cause, booked, customer_account
from gateway.domain.bank.iban import Iban
from gateway.domain.bank.transfer_order import Creditor, TransferOrder, TransferOrderId, TransferState, make_code
from gateway.domain.credit.customer import Customer, CustomerEntry, EntrySide
from gateway.domain.credit.pay_link import PayLink, PayLinkId
from gateway.domain.credit.voucher import CustomerId, MovementKind, Voucher, VoucherId, VoucherKind, VoucherOrigin
from gateway.domain.credit.voucher_code import CodeMaker, code_hash, till_code, token_hash
from gateway.domain.ids import SaleId, TenderId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import Bill, LineKind, Pricing, TaxedLine, TaxRate, bill_total
from gateway.domain.sales.till_sale import TillLine, TillSale
from gateway.ports.credit_store import NewMovement, StoredCode, StoredToken
from tests.support.storage_rows import EUR, NOON, REGISTER, Shop, new_id

CODES = CodeMaker(b"k" * 32)
CREDITOR = Creditor("Corner Shop", Iban("DE02120300000000202051"))


def voucher(shop: Shop, minor: int = 5000, **changes: object) -> Voucher:
    """Return a voucher that is not stored yet."""
    made = Voucher(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=VoucherId(new_id()),
        kind=VoucherKind.VOUCHER,
        origin=VoucherOrigin.GIVEN,
        amount=Money(minor, EUR),
        code_end="WXYZ",
        customer_id=None,
        sale_id=None,
        expires_at=None,
        blocked=False,
        created_at=NOON,
        created_by="anna",
        trace_id="t",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields


def stored(shop: Shop, minor: int = 5000, **changes: object) -> Voucher:
    """Store a voucher with its first movement."""
    made = voucher(shop, minor, **changes)
    code = None if made.customer_id else StoredCode(code_hash(CODES.voucher(made.id.bytes, b"salt")), b"salt")
    with shop.storage.write() as unit:
        unit.vouchers.add(made, code)
        unit.vouchers.move(made, move(MovementKind.ISSUED, minor))
    return made


def move(kind: MovementKind, minor: int, **changes: object) -> NewMovement:
    """Return a movement of its own cause."""
    return replace(NewMovement(kind, Money(minor, EUR), new_id(), "why", "anna", NOON), **changes)  # type: ignore[arg-type]


def customer(shop: Shop, limit_minor: int = 10_000, **changes: object) -> Customer:
    """Store a customer."""
    made = Customer(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=CustomerId(new_id()),
        name="Müller & Söhne",
        reference=None,
        limit=Money(limit_minor, EUR),
        blocked=False,
        created_at=NOON,
        created_by="anna",
    )
    made = replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields
    with shop.storage.write() as unit:
        unit.customers.add(made)
    return made


def owed(
    shop: Shop, who: Customer, minor: int, side: EntrySide = EntrySide.DEBIT
) -> tuple[CustomerEntry, list[Transfer]]:
    """Return an entry of an account and its booking."""
    cause = Cause(shop.tenant_id, shop.store_id, new_id(), "t", NOON)
    account, other = customer_account(str(who.id)), "sales/till-1"
    debit, credit = (account, other) if side is EntrySide.DEBIT else (other, account)
    transfers = list(booked(cause, "test", debit=debit, credit=credit, amount=Money(minor, EUR)))
    return CustomerEntry(who.id, transfers[0].id, side, cause.id, "why", "anna", NOON), transfers


def order(shop: Shop, minor: int = 1200, **changes: object) -> TransferOrder:
    """Return a transfer that is not stored yet."""
    order_id = TransferOrderId(new_id())
    code = make_code(CREDITOR, order_id, Money(minor, EUR))
    made = TransferOrder(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=order_id,
        tender_id=TenderId(new_id()),
        sale_id=SaleId(new_id()),
        register_id=REGISTER,
        amount=Money(minor, EUR),
        standard=code.standard,
        reference=code.reference,
        payload=code.payload,
        state=TransferState.OPEN,
        expires_at=NOON + timedelta(days=7),
        created_at=NOON,
        created_by="anna",
        trace_id="t",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields


def pay_link(shop: Shop, **changes: object) -> tuple[PayLink, StoredToken]:
    """Return a link that is not stored yet, with its token."""
    link_id = PayLinkId(new_id())
    made = PayLink(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=link_id,
        till_code=till_code(link_id.int),
        register_id=REGISTER,
        sale_id=SaleId(new_id()),
        amount=Money(1200, EUR),
        reference="Order 4711 €",
        expires_at=NOON + timedelta(days=1),
        created_at=NOON,
        created_by="anna",
        trace_id="t",
    )
    made = replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields
    return made, StoredToken(token_hash(CODES.token(link_id.bytes, b"salt")), b"salt")


def till_sale(shop: Shop, minor: int = 1200) -> TillSale:
    """Return a sale of one line that is not stored yet."""
    amount = Money(minor, EUR)
    line = TaxedLine(LineKind.ITEM, SaleLine("Tea", Decimal(1), amount, amount), TaxRate(1900))
    bill = Bill(Pricing.GROSS, EUR, (line,), Money(0, EUR))
    return TillSale(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=SaleId(new_id()),
        register_id=REGISTER,
        pricing=bill.pricing,
        currency=EUR,
        lines=(TillLine(line),),
        totals=bill_total(bill),
        customer_id=None,
        reference=None,
        split_of=None,
        created_at=NOON,
        created_by="anna",
        trace_id="t",
    )
