"""Vendors, customers, orders and open items from a table: a row each, an order's lines a row each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.erp_mapping.answers import Fields, record_in
from connectors.erp_mapping.mapping_file import wrong
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.records import ErpRecord, RecordKind
from gateway.domain.errors import InputError
from gateway.ports.erp import Page
from gateway.ports.table_reader import TableReader

FILE_BYTES_MAX = 16 * 1024 * 1024
NAMES: Mapping[RecordKind, str] = {
    RecordKind.VENDOR: "vendors",
    RecordKind.CUSTOMER: "customers",
    RecordKind.ORDER: "orders",
    RecordKind.OPEN_ITEM: "open_items",
}
_PARTY = ("erp_id", "code", "name", "vat_id", "registration", "iban", "terms", "terms_days", "currency", "blocked")
FIELDS: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.VENDOR: _PARTY,
    RecordKind.CUSTOMER: _PARTY,
    RecordKind.ORDER: ("erp_id", "number", "vendor", "currency", "ordered_on", "status"),
    RecordKind.OPEN_ITEM: ("erp_id", "side", "party", "number", "due_on", "amount", "remaining", "currency"),
}
LINE_FIELDS = ("line_id", "sku", "text", "unit", "ordered", "received", "billed", "unit_price", "tax_code")
_NUMBERS = frozenset({"ordered", "received", "billed", "unit_price", "amount", "remaining"})


def file_in(folder: Path, kind: RecordKind) -> Path | None:
    """Return the table of a kind, CSV before XLSX; None where there is none."""
    places = (folder / f"{NAMES[kind]}{ending}" for ending in (".csv", ".xlsx"))
    return next((place for place in places if place.is_file()), None)


def page_of(path: Path, kind: RecordKind, tables: TableReader, *, cursor: str, limit: int, decimal: str = ".") -> Page:
    """Return records behind a cursor; another file begins anew, so that nothing of it is missed.

    Raises:
        ErpFailure: ``mapping_wrong`` for a table that cannot be read.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise wrong(path.name, "The table is too large.")
    content = path.read_bytes()
    mark = hashlib.sha256(content).hexdigest()[:16]
    told, _, place = cursor.partition(":")
    start = int(place) if told == mark and place.isascii() and place.isdigit() else 0
    found = _grouped(_rows(content, path.name, tables, decimal), kind)
    taken = found[start : start + limit]
    end = start + len(taken)
    return Page(tuple(_record(one, kind, path.name) for one in taken), f"{mark}:{end}", complete=end == len(found))


def _rows(content: bytes, name: str, tables: TableReader, decimal: str) -> list[dict[str, str]]:
    try:
        rows = tables.read(content)
    except InputError as error:
        raise wrong(name, error.message) from error
    names = [cell.lower() for row in rows[:1] for cell in row.cells]
    told = [dict(zip(names, row.cells, strict=False)) for row in rows[1:]]
    for row in told:
        row |= {field: _number(row[field], decimal) for field in _NUMBERS & row.keys()}
    return told


def _grouped(rows: list[dict[str, str]], kind: RecordKind) -> list[dict[str, Any]]:
    if kind is not RecordKind.ORDER:
        return [{**row} for row in rows]
    orders: dict[str, dict[str, Any]] = {}
    for row in rows:
        order = orders.setdefault(row.get("erp_id", ""), {**row, "lines": []})
        order["lines"].append(row)
    return list(orders.values())


def _record(row: Mapping[str, Any], kind: RecordKind, name: str) -> ErpRecord:
    # Who reads the table knows its version only by its content.
    version = hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()[:16]
    paths = {field: field for field in (*FIELDS[kind], "lines", "version")}
    try:
        return record_in(kind, Fields({**row, "version": version}, paths), {field: field for field in LINE_FIELDS})
    except ErpFailure as failure:
        raise ErpFailure(FailureCode.MAPPING_WRONG, f"{name}: {failure.detail}", field=name) from failure


def _number(text: str, decimal: str) -> str:
    return text.replace(".", "").replace(",", ".") if decimal == "," else text
