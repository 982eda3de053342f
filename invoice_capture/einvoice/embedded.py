"""Finds the e-invoice inside a PDF: among the attachments, the associated files, and in damaged files all of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import cast

import pypdfium2
from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from invoice_capture.einvoice.reading import is_einvoice
from invoice_capture.einvoice.xml_intake import BYTES_MAX
from invoice_capture.errors import Refused
from invoice_capture.model import EmbeddedFile

ATTACHMENTS_MAX = 100
"""More than any invoice carries; keeps a hostile file from being read for ever."""
_OBJECTS_MAX = 50_000
_NODES_MAX = 1_000
"""Of the tree of attachments; it is one node for up to a hundred files."""

# In this order: a file under an agreed name goes before any other XML that is an e-invoice as well.
_KNOWN_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")

# What a damaged file makes the reader raise, beside its own errors; memory and time are limited by the process.
_DAMAGED = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


def find_xml(pdf: bytes) -> tuple[EmbeddedFile | None, tuple[EmbeddedFile, ...]]:
    """Return the e-invoice of a PDF, None without one, and every attachment, the e-invoice too.

    Raises:
        Refused: `pdf_broken` when it is no readable PDF, `pdf_encrypted` when it needs a password.
    """
    reader = _reader(pdf)
    if reader is None:
        attachments = _by_the_other_reader(pdf)
        return _best(attachments), attachments
    attachments = _files(_named(reader))
    found = _best(attachments)
    if found is None:
        others = tuple(one for one in _files(_every_object(reader)) if one not in attachments)
        attachments = (*attachments, *others)[:ATTACHMENTS_MAX]
        found = _best(attachments)
    return found, attachments


def _best(attachments: tuple[EmbeddedFile, ...]) -> EmbeddedFile | None:
    invoices = [one for one in attachments if is_einvoice(one.data)]
    return min(invoices, key=_rank, default=None)


def _rank(file: EmbeddedFile) -> int:
    name = file.name.lower()
    return _KNOWN_NAMES.index(name) if name in _KNOWN_NAMES else len(_KNOWN_NAMES)


def _reader(pdf: bytes) -> PdfReader | None:
    """Return the reader that unpacks within limits; None when it cannot open the file."""
    try:
        reader = PdfReader(io.BytesIO(pdf))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("pdf_encrypted", "The PDF is locked by a password.", "Ask for a file without one.")
        # Opening says nothing yet: without a catalogue nothing is found.
        return reader if isinstance(reader.trailer["/Root"].get_object(), DictionaryObject) else None
    except (*_DAMAGED, DependencyError):
        return None


def _files(specifications: Iterable[PdfObject | None]) -> tuple[EmbeddedFile, ...]:
    """Return the files of the specifications, each once; a damaged one is left out."""
    found: dict[EmbeddedFile, None] = {}
    for specification in specifications:
        try:
            file = _file_of(specification)
        except _DAMAGED:
            continue
        if file is not None and file.data:
            found[file] = None
        if len(found) >= ATTACHMENTS_MAX:
            break
    return tuple(found)


def _named(reader: PdfReader) -> Iterator[PdfObject | None]:
    """Give the file specifications where they belong: the tree of attachments, the associated files."""
    try:
        root = cast("DictionaryObject", reader.trailer["/Root"].get_object())
        names = _resolved(root.get("/Names"))
        if isinstance(names, DictionaryObject):
            yield from _tree(names.get("/EmbeddedFiles"))
        associated = _resolved(root.get("/AF"))
        if isinstance(associated, ArrayObject):
            yield from islice(associated, ATTACHMENTS_MAX)
    except _DAMAGED:
        return


def _tree(top: PdfObject | None) -> Iterator[PdfObject | None]:
    """Give the values of a name tree (PDF 1.7, 7.9.6); one that goes round in circles ends at the limit."""
    waiting = [top]
    for _ in range(_NODES_MAX):
        if not waiting:
            return
        node = _resolved(waiting.pop())
        if not isinstance(node, DictionaryObject):
            continue
        pairs, kids = _resolved(node.get("/Names")), _resolved(node.get("/Kids"))
        if isinstance(pairs, ArrayObject):
            yield from pairs[1::2]
        if isinstance(kids, ArrayObject):
            waiting.extend(islice(kids, _NODES_MAX))


def _every_object(reader: PdfReader) -> Iterator[PdfObject | None]:
    """Give every object of the PDF: some writers forget to name the file they put in."""
    try:
        numbers = sorted({number for table in reader.xref.values() for number in table} | set(reader.xref_objStm))
    except _DAMAGED:
        return
    for number in numbers[:_OBJECTS_MAX]:
        try:
            yield reader.get_object(number)
        except _DAMAGED:
            continue


def _resolved(thing: PdfObject | None) -> PdfObject | None:
    return thing.get_object() if isinstance(thing, IndirectObject) else thing


def _file_of(thing: PdfObject | None) -> EmbeddedFile | None:
    specification = _resolved(thing)
    files = _resolved(specification.get("/EF")) if isinstance(specification, DictionaryObject) else None
    if not isinstance(specification, DictionaryObject) or not isinstance(files, DictionaryObject):
        return None
    stream = _resolved(files.get("/UF") or files.get("/F"))
    if not isinstance(stream, StreamObject):
        return None
    data = stream.get_data()
    name = str(specification.get("/UF") or specification.get("/F") or "")
    return EmbeddedFile(name, data) if len(data) <= BYTES_MAX else None


def _by_the_other_reader(pdf: bytes) -> tuple[EmbeddedFile, ...]:
    """Return the attachments by PDFium, which opens some files that the first reader does not."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Refused("pdf_encrypted", "The PDF is locked by a password.", "Ask for a file without one.") from None
        raise Refused("pdf_broken", "The PDF cannot be read.", "Ask the sender for the file again.") from None
    found = []
    try:
        for index in range(min(document.count_attachments(), ATTACHMENTS_MAX)):
            try:
                attachment = document.get_attachment(index)
                data = bytes(attachment.get_data())
            except (pypdfium2.PdfiumError, ValueError):
                # A name without a file behind it.
                continue
            if len(data) <= BYTES_MAX:
                found.append(EmbeddedFile(attachment.get_name(), data))
    finally:
        document.close()
    return tuple(found)
