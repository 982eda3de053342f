"""Documents as JSON and back: what a posting keeps. The content of files stays where the documents are."""

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from gateway.domain.erp.documents import Attachment, DocumentKind, JournalEntry, VendorBill, VendorPayment
from gateway.domain.erp.sales_day import SalesDay
from gateway.domain.money import Currency

AnyDocument = VendorBill | VendorPayment | JournalEntry | SalesDay
ContentOf = Callable[[str], bytes]
"""Gives the content of a file by its SHA-256."""
_CLASSES: Mapping[DocumentKind, type[AnyDocument]] = {
    DocumentKind.VENDOR_BILL: VendorBill,
    DocumentKind.VENDOR_PAYMENT: VendorPayment,
    DocumentKind.JOURNAL_ENTRY: JournalEntry,
    DocumentKind.SALES_DAY: SalesDay,
}


def as_json(document: AnyDocument) -> dict[str, Any]:
    """Return a document as JSON values: days as ISO text, decimals as text, a currency by its code."""
    written: dict[str, Any] = _written(document)
    return written


def from_json(kind: DocumentKind, written: Mapping[str, Any], content_of: ContentOf) -> AnyDocument:
    """Return the document that was written.

    Raises:
        InputError: what is stored does not add up (any more), or a file is not the one that was hashed.
    """
    wanted: Any = _CLASSES[kind]
    document: AnyDocument = _reader_of(wanted)(written, content_of)
    return document


def _written(value: Any) -> Any:  # noqa: ANN401  # any field of a document
    match value:
        case Currency():
            return value.code
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case tuple():
            return [_written(one) for one in value]
        case Attachment():
            return {"name": value.name, "media_type": value.media_type, "sha256": value.sha256}
    if is_dataclass(value):
        return {one.name: _written(getattr(value, one.name)) for one in fields(value)}
    return value


_Reader = Callable[[Any, ContentOf], Any]


@cache
def _reader_of(kind: Any) -> _Reader:  # noqa: ANN401  # the type of any field of a document
    """Return what makes a field of its type from what was written; found out once for each type."""
    if get_origin(kind) in (types.UnionType, Union):
        inner = _reader_of(get_args(kind)[0])
        return lambda written, content_of: None if written is None else inner(written, content_of)
    if get_origin(kind) is tuple:
        inner = _reader_of(get_args(kind)[0])
        return lambda written, content_of: tuple(inner(one, content_of) for one in written)
    if kind is Attachment:
        return lambda written, content_of: Attachment(**written, content=content_of(written["sha256"]))
    plain: Mapping[Any, Callable[[Any], Any]] = {Currency: Currency.of, date: date.fromisoformat, Decimal: Decimal}
    if kind in plain:
        make = plain[kind]
        return lambda written, _content_of: make(written)
    return _whole(kind) if is_dataclass(kind) else lambda written, _content_of: written


def _whole(kind: Any) -> _Reader:  # noqa: ANN401  # the class of a document or of a part
    readers = {name: _reader_of(hint) for name, hint in get_type_hints(kind).items()}
    return lambda written, content_of: kind(
        **{name: readers[name](value, content_of) for name, value in written.items()}
    )
