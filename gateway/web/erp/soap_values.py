"""Elements as the shapes of the REST API, and documents as elements: one meaning, two ways to write it."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from gateway.domain.erp.binding import Binding
from gateway.domain.erp.documents import DocumentKind, JournalEntry, VendorBill, VendorPayment
from gateway.domain.erp.posting import Posting
from gateway.domain.erp.sales_day import SalesDay
from gateway.domain.money import Currency
from gateway.domain.telling.change import Change
from gateway.web.erp.soap_message import add

_CLASSES: Mapping[DocumentKind, type] = {
    DocumentKind.VENDOR_BILL: VendorBill,
    DocumentKind.VENDOR_PAYMENT: VendorPayment,
    DocumentKind.JOURNAL_ENTRY: JournalEntry,
    DocumentKind.SALES_DAY: SalesDay,
}


def shaped(element: Any, shape: type[BaseModel]) -> dict[str, Any]:  # noqa: ANN401  # elements of lxml are untyped
    """Return the children of an element that fits the schema as the members of a shape, not yet judged by it."""
    found: dict[str, Any] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue  # a comment
        name = child.tag.rpartition("}")[2]
        kind = _plain(shape.model_fields[name].annotation)
        if get_origin(kind) is list:
            found.setdefault(name, []).append(_value(child, _plain(get_args(kind)[0])))
        else:
            found[name] = _value(child, kind)
    return found


def add_record(parent: Any, binding: Binding) -> None:  # noqa: ANN401  # elements of lxml are untyped
    """Add where a record is kept."""
    made = add(parent, "record")
    told = {"account": binding.account, "kind": binding.kind.value, "erp_id": binding.erp_id, "id": binding.our_id}
    for name, value in (told | {"version": binding.version.text}).items():
        add(made, name, value)
    if binding.version.revision is not None:
        add(made, "revision", binding.version.revision)


def add_document(parent: Any, name: str, posting: Posting) -> None:  # noqa: ANN401  # elements of lxml are untyped
    """Add a document with its head."""
    made = add(parent, name)
    for told in ("key", "kind", "sequence", "state", "trace_id"):
        add(made, told, getattr(posting, told))
    add(made, "created_at", posting.created_at.isoformat())
    if posting.acknowledged_at is not None:
        add(made, "acknowledged_at", posting.acknowledged_at.isoformat())
    add(made, "erp_id", posting.erp_id)
    add(made, "number", posting.number)
    _write(made, posting.kind.value, _CLASSES[posting.kind], posting.document)


def add_change(parent: Any, name: str, change: Change) -> None:  # noqa: ANN401  # elements of lxml are untyped
    """Add one thing that happened."""
    made = add(parent, name)
    for told in ("sequence", "id", "kind", "subject", "trace_id"):
        add(made, told, getattr(change, told))
    add(made, "at", change.at.isoformat())


def _value(element: Any, kind: Any) -> Any:  # noqa: ANN401  # of any shape
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return shaped(element, kind)
    text = element.text or ""
    if kind is bool:
        return text.strip() in ("true", "1")
    return int(text) if kind is int else text


def _plain(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """Return what a member is, without its limits and without None."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (types.UnionType, Union):
        return _plain(next(one for one in get_args(kind) if one is not type(None)))
    return kind


def _write(parent: Any, name: str, kind: Any, value: Any) -> None:  # noqa: ANN401  # any member of a document
    """Write a member in the order of its class: a database may keep JSON in another one."""
    if value is None:
        return
    if get_origin(kind) in (types.UnionType, Union):
        kind = get_args(kind)[0]
    if get_origin(kind) is tuple:
        for one in value:
            _write(parent, name, get_args(kind)[0], one)
        return
    if not is_dataclass(kind) or kind is Currency:
        add(parent, name, value)
        return
    made, hints = add(parent, name), get_type_hints(kind)
    for member in fields(kind):
        if member.name in value:
            _write(made, member.name, hints[member.name], value[member.name])
