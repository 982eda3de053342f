"""Documents made for the browser tests: pages with a text layer, and readings of them with the doubts a test needs.

The readings are handed over as the reader's process would hand them over; everything behind that is the product.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.documents.document import DocumentSource
from gateway.domain.ids import StoreId, TenantId, uuid7
from gateway.node.demo_documents import PAPER_MILL, ROASTERY, SampleInvoice, SampleLine, pdf_of, ubl_of
from gateway.ports.announcer import NobodyListens
from gateway.ports.capture import ReadResult
from gateway.services.documents.read_documents import ReadDocuments
from gateway.services.documents.receive_documents import Handed, ReceiveDocuments
from invoice_capture.model import (
    Box,
    CapturedField,
    CapturedFile,
    CapturedInvoice,
    CapturedLine,
    CapturedTax,
    Check,
    Difference,
    DocumentType,
    FieldName,
    Mark,
    Method,
    Place,
    Reason,
    RuleFailure,
    Verdict,
)
from invoice_capture.result_json import dumps
from tests.support.migrated import migrate

TENANT, STORE = TenantId("main"), StoreId("store-1")
_FIRST_MS = 1_790_000_000_000
_PAGE_WIDTH, _PAGE_HEIGHT = 595.0, 842.0
_LETTER, _SIZE = 5.2, 10.0
_DAY = date(2026, 7, 1)

PAPER = (SampleLine("Copy paper A4", 10, Decimal("4.90")), SampleLine("Pens, blue", 20, Decimal("1.25")))
TYPICAL = SampleInvoice(PAPER_MILL, "RE 50001", _DAY, date(2026, 7, 31), Decimal(19), PAPER)
FOLLOWING = replace(TYPICAL, number="RE 50002", lines=PAPER[:1])
DISPUTED = SampleInvoice(ROASTERY, "HK-7001", _DAY, date(2026, 7, 15), Decimal(7), PAPER[1:])
SURE = replace(DISPUTED, number="HK-7002", lines=PAPER)
DUPLICATE = replace(SURE, issued_on=date(2026, 7, 2))
UNREAD = replace(TYPICAL, number="RE 50009")
"""Not seeded: for tests that hand it in themselves."""

# Each of these belongs to the one test that decides about it; the ones above stay as they are, except the typical one.
TO_BE_SETTLED = replace(DISPUTED, number="HK-7011")
TO_BE_REJECTED = replace(SURE, number="HK-7012", lines=PAPER[:1])
COME_TWICE = replace(TO_BE_REJECTED, issued_on=date(2026, 7, 2))
BINDER = replace(PAPER_MILL, name="Binder und Söhne KG", vat_id="DE111222339", iban="DE89370400440532013000")
TO_BE_REMEMBERED = replace(TYPICAL, supplier=BINDER, number="RE 50003")


class Clock:
    """Each look is a second later: the newest document is the last one."""

    def __init__(self) -> None:
        self._seconds = _FIRST_MS // 1000

    def now(self) -> datetime:
        """The next second."""
        self._seconds += 1
        return datetime.fromtimestamp(self._seconds, UTC)

    def monotonic_s(self) -> float:
        """The same, as seconds."""
        return float(self._seconds)


def seed(folder: Path) -> None:
    """Fill the database of a shop that is not open yet."""
    url = f"sqlite:///{folder}/shop.sqlite3"
    migrate(url)
    clock, storage = Clock(), SqlStorage(url, Clock())
    receive = ReceiveDocuments(storage=storage, clock=clock, tenant_id=TENANT, store_id=STORE)
    read = ReadDocuments(
        storage=storage, clock=clock, tenant_id=TENANT, store_id=STORE, receive=receive, announcer=NobodyListens()
    )
    for position, (name, data, captured) in enumerate(_documents()):
        document_id = uuid7(_FIRST_MS + position)
        receive.take_in(Handed(document_id, name, data, DocumentSource.UPLOAD, "clerk"))
        taken = read.take("seed", 60)
        assert taken is not None
        if captured is None:
            read.refuse(taken.document, "pdf_encrypted", "The PDF is encrypted.")
        else:
            read.finish(taken.document, ReadResult(captured.kind, len(captured.facts), dumps(captured)))
    storage.close()


def _documents() -> tuple[tuple[str, bytes, CapturedFile | None], ...]:
    """Return name, content and reading of each document, oldest first."""
    return (
        ("secret.pdf", b"%PDF-1.4 of nobody", None),
        ("sure.pdf", pdf_of(SURE), _page(_captured(SURE))),
        ("again.pdf", pdf_of(DUPLICATE), _page(_captured(DUPLICATE))),
        ("disputed.pdf", pdf_of(DISPUTED), _page(_disputed(DISPUTED))),
        ("settled.pdf", pdf_of(TO_BE_SETTLED), _page(_disputed(TO_BE_SETTLED))),
        ("rejected.pdf", pdf_of(TO_BE_REJECTED), _page(_captured(TO_BE_REJECTED))),
        ("twice.pdf", pdf_of(COME_TWICE), _page(_captured(COME_TWICE))),
        ("remembered.pdf", pdf_of(TO_BE_REMEMBERED), _page(_doubtful(TO_BE_REMEMBERED))),
        ("following.pdf", pdf_of(FOLLOWING), _page(_doubtful(FOLLOWING))),
        ("typical.pdf", pdf_of(TYPICAL), _page(_doubtful(TYPICAL))),
    )


def with_wrong_sum() -> bytes:
    """Return an e-invoice whose total is not the sum of its parts."""
    return ubl_of(replace(UNREAD, number="RE 50010", total_off=Decimal("10.00")))


def _page(invoice: CapturedInvoice) -> CapturedFile:
    return CapturedFile("pdf", (invoice,), ((1, _PAGE_WIDTH, _PAGE_HEIGHT, "text_layer"),))


def _doubtful(one: SampleInvoice) -> CapturedInvoice:
    """A typical reading: the number misread, the due date unsure, the rest right."""
    sure = _captured(one)
    number, due = sure.fields[FieldName.INVOICE_NUMBER], sure.fields[FieldName.DUE_DATE]
    several = Reason("not_readable", {"text": one.number})
    wrong = replace(number, value=one.number.replace("5", "S", 1), confidence=0.61, mark=Mark.CHECK, reasons=(several,))
    unsure = replace(due, confidence=0.7, mark=Mark.CHECK)
    return replace(sure, fields={**sure.fields, FieldName.INVOICE_NUMBER: wrong, FieldName.DUE_DATE: unsure})


def _disputed(one: SampleInvoice) -> CapturedInvoice:
    """An e-invoice that says another total than its page, and breaks a rule."""
    sure = _captured(one)
    stated = f"{one.total + 1}"
    total = replace(sure.fields[FieldName.TOTAL], value=stated, method=Method.XML)
    places = sure.fields[FieldName.TOTAL].places
    broken = RuleFailure("BR-CO-15", "The total with VAT is the total without VAT plus the VAT.")
    return replace(
        sure,
        fields={**sure.fields, FieldName.TOTAL: total},
        checks=(_sum(f"{one.net}", f"{one.tax}", stated),),
        differences=(Difference(FieldName.TOTAL, stated, f"{one.total}", places),),
        verdict=Verdict(valid=False, failed=(broken,), judged_by="EN 16931"),
        syntax="cii",
    )


def _captured(one: SampleInvoice) -> CapturedInvoice:
    supplier, height = one.supplier, 532 - 16 * len(one.lines) - 20
    fields = {
        FieldName.COMPANY: _field(supplier.name, 50, 790),
        FieldName.ADDRESS: _field(f"{supplier.street}, {supplier.postcode} {supplier.town}", 50, 776),
        FieldName.VAT_ID: _field(supplier.vat_id, 50, 76),
        FieldName.IBAN: _field(supplier.iban, 50, 90),
        FieldName.INVOICE_NUMBER: _field(one.number, 453, 620),
        FieldName.DATE: _field(one.issued_on.isoformat(), 442, 606),
        FieldName.DUE_DATE: _field(one.due_on.isoformat(), 406, 592),
        FieldName.CURRENCY: _field("EUR", 405, height - 32),
        FieldName.NET: _field(f"{one.net}", 470, height),
        FieldName.TAX: _field(f"{one.tax}", 470, height - 16),
        FieldName.TOTAL: _field(f"{one.total}", 470, height - 32),
        FieldName.ORDER_REF: CapturedField("", "", (), 0.0, Mark.MISSING, Method.LABEL),
    }
    lines = tuple(_line(line, 532 - 16 * row) for row, line in enumerate(one.lines))
    taxes = (CapturedTax(_cell(f"{one.rate:f}"), _cell(f"{one.net}"), _cell(f"{one.tax}")),)
    checks = (_sum(f"{one.net}", f"{one.tax}", f"{one.total}"),)
    return CapturedInvoice(DocumentType.INVOICE, (1,), fields, lines, taxes, checks, language="de")


def _sum(net: str, tax: str, total: str) -> Check:
    off = Decimal(net) + Decimal(tax) - Decimal(total)
    return Check("net_plus_tax", off == 0, (("net", net), ("tax", tax), ("total", total)), f"{off}")


def _line(line: SampleLine, height: int) -> CapturedLine:
    return CapturedLine(
        text=_field(line.text, 50, height),
        quantity=_field(str(line.quantity), 300, height),
        price=_field(f"{line.price}", 370, height),
        amount=_field(f"{(line.quantity * line.price).quantize(Decimal('0.01'))}", 470, height),
    )


def _field(value: str, left: int, up: int) -> CapturedField:
    """A value that stands at a place of the page, measured as PDF does: from the bottom."""
    top = _PAGE_HEIGHT - up
    box = Box(left, top - _SIZE + 2, left + _LETTER * len(value), top + 2)
    return CapturedField(value, value, (Place(1, box),), 0.99, Mark.ACCEPT, Method.LABEL)


def _cell(value: str) -> CapturedField:
    return CapturedField(value, value, (), 0.99, Mark.ACCEPT, Method.LABEL)
