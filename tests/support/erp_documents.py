"""Documents for ERPs as tests need them, each from a seed."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from gateway.domain.documents.document import Document, DocumentSource
from gateway.domain.erp.documents import (
    Attachment,
    BillLine,
    EntryLine,
    JournalEntry,
    OrderLineRef,
    PaidBill,
    PartyRef,
    TaxShare,
    VendorBill,
    VendorPayment,
)
from gateway.domain.erp.sales_day import SalesDay, SalesTax, TenderSum
from gateway.domain.ids import DocumentId, uuid7
from gateway.domain.money import Currency
from gateway.ports.erp import ErpDocument
from gateway.ports.erp_store import Place

EUR = Currency.of("EUR")
VENDOR = PartyRef("s-1", "Paper Mill", erp_id="V1", vat_id="DE123456789", iban_end="2051")
DAY = date(2026, 11, 3)
PDF = b"%PDF-1.7 the bill\x00\xff"


def attachment(content: bytes = PDF) -> Attachment:
    """Return a file of a document."""
    return Attachment("bill.pdf", "application/pdf", hashlib.sha256(content).hexdigest(), content)


def handed_in(place: Place, file: Attachment, at: datetime) -> Document:
    """Return the document that the file of a bill came from."""
    return Document(
        tenant_id=place[0],
        store_id=place[1],
        id=DocumentId(uuid7(0)),
        sha256=file.sha256,
        size=len(file.content),
        name="as-it-came.pdf",
        kind="pdf",
        source=DocumentSource.UPLOAD,
        received_at=at,
        received_by="chef",
    )


def key_of(number: int) -> str:
    """Return the key of the document with this number."""
    return str(uuid.UUID(int=number + (4 << 76) + (8 << 60)))


def bill(number: int = 1, *, order: OrderLineRef | None = None, net_minor: int = 10_000, files: int = 1) -> VendorBill:
    """Return a bill of two lines with 19 % tax."""
    first, tax = net_minor // 3, (net_minor * 19 + 50) // 100
    lines = (
        BillLine(1, "Paper", Decimal(2), "box", Decimal(first) / 200, first, "19", "supplies", "Shop", order),
        BillLine(2, "Ink & toner <new>", Decimal("1.5"), "l", Decimal(1), net_minor - first, "19", "supplies"),
    )
    return VendorBill(
        key=key_of(number),
        vendor=VENDOR,
        number=f"R-{number}",
        issued_on=DAY,
        posting_on=DAY,
        due_on=DAY + timedelta(days=30),
        currency=EUR,
        net_minor=net_minor,
        tax_minor=tax,
        gross_minor=net_minor + tax,
        taxes=(TaxShare("19", Decimal(19), net_minor, tax),),
        lines=lines,
        payment_reference=f"REF {number}",
        attachments=(attachment(PDF + str(number).encode()),) * files,
    )


def payment(number: int = 2, amount_minor: int = 11_900) -> VendorPayment:
    """Return a payment of one bill."""
    paid = PaidBill(key_of(number), f"R-{number}", amount_minor)
    return VendorPayment(key_of(number), VENDOR, DAY, amount_minor, EUR, "bank", f"E2E-{number}", (paid,))


def entry(number: int = 3, amount_minor: int = 4_711) -> JournalEntry:
    """Return a balanced entry."""
    lines = (EntryLine("cash", debit_minor=amount_minor), EntryLine("bank", credit_minor=amount_minor))
    return JournalEntry(key_of(number), DAY, EUR, "To the bank", f"J-{number}", lines)


def sales_day(number: int = 4, gross_minor: int = 11_900) -> SalesDay:
    """Return a day that was paid by cash and card, with a tip."""
    tax = gross_minor * 19 // 119
    return SalesDay(
        key=key_of(number),
        business_on=DAY,
        shop="Corner",
        number=f"Z-{number}",
        currency=EUR,
        taxes=(SalesTax("19", Decimal(19), gross_minor - tax, tax, gross_minor),),
        tenders=(TenderSum("cash", gross_minor - 1000), TenderSum("card", 1200)),
        tips_minor=200,
    )


def mixed(count: int, seed: int) -> list[ErpDocument]:
    """Return so many documents of all kinds, each with a key, number and amount of its own."""
    chance = Random(seed)
    kinds = (bill, bill, payment, entry, sales_day)
    found: list[ErpDocument] = []
    for number in range(1, count + 1):
        make, amount = chance.choice(kinds), chance.randint(2_000, 900_000)
        match make:
            case _ if make is bill:
                found.append(bill(number, net_minor=amount, files=chance.randint(0, 1)))
            case _ if make is payment:
                found.append(payment(number, amount))
            case _ if make is entry:
                found.append(entry(number, amount))
            case _:
                found.append(sales_day(number, amount))
    return found
