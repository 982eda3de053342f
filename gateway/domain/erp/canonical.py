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
    document: AnyDocument = _read(_CLASSES[kind], written, content_of)
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


def _read(kind: Any, written: Any, content_of: ContentOf) -> Any:  # noqa: ANN401  # any field of a document
    if get_origin(kind) in (types.UnionType, Union):
        return None if written is None else _read(get_args(kind)[0], written, content_of)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], one, content_of) for one in written)
    if kind is Currency:
        return Currency.of(written)
    if kind is date:
        return date.fromisoformat(written)
    if kind is Decimal:
        return Decimal(written)
    if kind is Attachment:
        return Attachment(**written, content=content_of(written["sha256"]))
    if not is_dataclass(kind):
        return written
    make: Any = kind
    hints = _hints_of(make)
    return make(**{name: _read(hints[name], value, content_of) for name, value in written.items()})


@cache
def _hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
