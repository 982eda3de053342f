"""One file of a known kind as a document: its pages, the e-invoice in it, its attachments."""

from __future__ import annotations

from invoice_capture.errors import CaptureError, NotAvailable
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sniff import Kind
from invoice_capture.intake.unpacking import Part
from invoice_capture.model import EmbeddedFile, Page, ReadDocument, Reason
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.read.pages import Progress, pages_of_pdf, pages_of_picture


def read_document(part: Part, limits: Limits, choice: OcrChoice, progress: Progress) -> ReadDocument:
    """Read one document.

    An e-invoice inside a PDF counts for more than its pages: when those cannot be read, the document says so in a
    note and is read all the same.

    Raises:
        Refused: the file is broken, encrypted or beyond a limit.
        NotAvailable: its pages are pictures, it holds no e-invoice, and nothing here reads pictures.
    """
    notes = _container_notes(part)
    if part.kind is Kind.XML:
        return ReadDocument("xml", (), EmbeddedFile(part.name, part.data), (), notes)
    if part.kind is not Kind.PDF:
        pages = tuple(pages_of_picture(part.data, part.kind, limits, choice, progress))
        return ReadDocument(str(part.kind), pages, None, (), notes)
    xml, attachments, found_notes = _embedded(part.data)
    pages, page_notes = _pages(part.data, limits, choice, progress, xml)
    return ReadDocument("pdf", pages, xml, attachments, (*notes, *found_notes, *page_notes))


def _pages(
    data: bytes, limits: Limits, choice: OcrChoice, progress: Progress, xml: EmbeddedFile | None
) -> tuple[tuple[Page, ...], tuple[Reason, ...]]:
    try:
        return tuple(pages_of_pdf(data, limits, choice, progress)), ()
    except NotAvailable as error:
        if xml is None:
            raise
        return (), (Reason("page_not_compared", {"cause": error.code}),)


def _embedded(data: bytes) -> tuple[EmbeddedFile | None, tuple[EmbeddedFile, ...], tuple[Reason, ...]]:
    # Not at the top: reading pictures must not wait for the libraries of e-invoices.
    from invoice_capture.einvoice import find_xml

    try:
        xml, attachments = find_xml(data)
    except CaptureError as error:
        # The pages may be readable all the same; if they are not, opening them says why.
        return None, (), (Reason("attachments_not_read", {"cause": error.code}),)
    return xml, attachments, ()


def _container_notes(part: Part) -> tuple[Reason, ...]:
    return (
        (Reason("contained_in", {"container": " / ".join(part.container), "name": part.name}),)
        if part.container
        else ()
    )
