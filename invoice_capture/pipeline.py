"""From the bytes of a file to its documents, and from those to captured fields.

Order: what the file is by its content, what it contains, its pages, which pages belong together; then for each the
e-invoice when there is one, compared with the page, else the fields of an invoice or of a till receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from invoice_capture.errors import CaptureError
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.splitting import parts_of
from invoice_capture.intake.unpacking import Part, documents_in
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import (
    CapturedField,
    CapturedFile,
    CapturedInvoice,
    DocumentType,
    Page,
    PageSource,
    ReadDocument,
    Reason,
    Verdict,
)
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.read.documents import read_document
from invoice_capture.read.pages import Progress
from invoice_capture.read.reading_order import is_wide

Judge = Callable[[bytes], Verdict]
"""Says what the official rules say of an e-invoice."""


def read(data: bytes, name: str, limits: Limits, choice: OcrChoice) -> tuple[ReadDocument, ...]:
    """Return the documents in a file: each document of an archive or mail, each invoice of a file of several.

    Args:
        data: the file.
        name: as the sender calls it; only for people, the content decides.
        limits: what it may cost.
        choice: of the OCR engine.

    Raises:
        Refused: the file, or one in it, is broken, encrypted, hostile, of an unknown kind or beyond a limit.
        NotAvailable: a page is a picture and nothing here reads pictures.
    """
    found: list[ReadDocument] = []
    for part in documents_in(data, name, limits):
        found.extend(split(read_document(part, limits, choice, _silent)))
    return tuple(found)


def capture(
    data: bytes,
    name: str,
    limits: Limits,
    choice: OcrChoice,
    memory: SupplierMemory,
    *,
    judge: Judge | None = None,
    progress: Progress | None = None,
    as_printed: bool = False,
) -> tuple[CapturedFile, ...]:
    """Return what each document of a file says; one that cannot be read among others says so in a note `refused`.

    Args:
        data: the file.
        name: as the sender calls it; only for people.
        limits: what it may cost.
        choice: of the OCR engine.
        memory: of suppliers.
        judge: judges e-invoices; without it they have no verdict.
        progress: told each page when it is done.
        as_printed: values of receipts as they stand on the page.

    Raises:
        Refused: the only document of the file, or every one, cannot be read.
        NotAvailable: a page is a picture and nothing here reads pictures.
    """
    parts = documents_in(data, name, limits)
    found: list[CapturedFile] = []
    first_error: CaptureError | None = None
    for part in parts:
        try:
            document = read_document(part, limits, choice, progress or _silent)
            found.append(capture_document(document, memory, judge=judge, as_printed=as_printed))
        except CaptureError as error:
            first_error = first_error or error
            found.append(_refused(part, error))
    if first_error is not None and all(not one.invoices for one in found):
        raise first_error
    return tuple(found)


def capture_document(
    document: ReadDocument, memory: SupplierMemory, *, judge: Judge | None = None, as_printed: bool = False
) -> CapturedFile:
    """Return what a document that was read says.

    Raises:
        Refused: it is an XML that is no e-invoice.
    """
    facts = tuple((page.number, page.width, page.height, str(page.source)) for page in document.pages)
    if document.xml is None:
        invoices = tuple(extract(one, memory, as_printed=as_printed) for one in split(document))
    else:
        invoices = (_einvoice(document, document.xml.data, memory, judge),)
    turned = tuple(
        Reason(
            "page_turned",
            {"page": str(page.number), "turned": str(page.turned), "straightened": str(page.straightened)},
        )
        for page in document.pages
        if page.turned or page.straightened
    )
    return CapturedFile(document.kind, invoices, facts, (*document.notes, *turned))


def split(document: ReadDocument) -> tuple[ReadDocument, ...]:
    """Return a document for each invoice in it; one with an e-invoice inside is one invoice."""
    if document.xml is not None or len(document.pages) < 2:
        return (document,)
    return tuple(replace(document, pages=pages) for pages in parts_of(document.pages))


def extract(document: ReadDocument, memory: SupplierMemory, *, as_printed: bool = False) -> CapturedInvoice:
    """Return the fields of a document without XML, read as a till receipt or as an invoice."""
    if is_receipt(document):
        from invoice_capture.receipts import extract_receipt

        return extract_receipt(document, memory, as_printed=as_printed)
    from invoice_capture.extract import extract_invoice

    return extract_invoice(document, memory)


def is_receipt(document: ReadDocument) -> bool:
    """Whether it is a till receipt: by its narrow rows, which no letter has, or by what it calls itself."""
    words = [word for page in document.pages for word in page.words()]
    if not words:
        return False
    published = all(page.source is PageSource.PUBLISHED for page in document.pages)
    from_picture = published or all(page.source is not PageSource.TEXT_LAYER for page in document.pages)
    if from_picture and all(_is_narrow(page) for page in document.pages):
        return True
    from invoice_capture.extract import document_type

    return document_type(document.pages) is DocumentType.RECEIPT


def _is_narrow(page: Page) -> bool:
    words = list(page.words())
    return not words or not is_wide(words)


def _einvoice(document: ReadDocument, xml: bytes, memory: SupplierMemory, judge: Judge | None) -> CapturedInvoice:
    from invoice_capture.einvoice import differences, fields_of_xml, not_shown

    invoice = fields_of_xml(xml)
    if judge is not None:
        invoice = replace(invoice, verdict=judge(xml))
    if not document.pages:
        return invoice
    from invoice_capture.extract import extract_invoice

    page = extract_invoice(document, memory)
    numbers = tuple(one.number for one in document.pages)
    fields = {name: _with_place(field, page.fields.get(name)) for name, field in invoice.fields.items()}
    for name in not_shown(invoice, page, document.pages):
        fields[name] = replace(fields[name], reasons=(*fields[name].reasons, Reason("not_on_page")))
    return replace(invoice, pages=numbers, fields=fields, differences=differences(invoice, page, document.pages))


def _with_place(field: CapturedField, on_page: CapturedField | None) -> CapturedField:
    """Return a field of the XML with the place where the page says the same, for the eye of who checks it."""
    if on_page is None or not field.value or on_page.value != field.value or field.places:
        return field
    return replace(field, places=on_page.places)


def _refused(part: Part, error: CaptureError) -> CapturedFile:
    why = {"code": error.code, "name": part.name, "message": error.message, "hint": error.hint}
    return CapturedFile(str(part.kind), (), (), (Reason("refused", why),))


def _silent(_page: int, _count: int) -> None:
    """Tell nobody."""


__all__ = ["Judge", "capture", "capture_document", "extract", "is_receipt", "read", "split"]
