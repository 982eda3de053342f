"""Documents as tables: one row for each line, the same columns for all kinds. The same document, the same bytes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_HEAD = ("kind", "key", "number", "date", "due", "currency", "partner", "partner_name", "net", "tax", "gross")
_LINE = ("line_text", "account", "line_net", "tax_code", "debit", "credit", "quantity", "unit", "cost_centre", "order")
COLUMNS = (*_HEAD, *_LINE)
_NUMBERS = frozenset({"net", "tax", "gross", "line_net", "debit", "credit", "quantity"})
_ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def rows_of(kind: str, values: Mapping[str, Any], total: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a document. ``values``: as for templates; ``total``: net, tax, gross as decimal text."""
    vendor = values.get("vendor", {"erp_id": "", "name": ""})
    head = {
        "kind": kind,
        "key": values["key"],
        "number": values.get("number") or values.get("end_to_end_id") or values.get("reference", ""),
        "date": _day(values.get("posting_on") or values.get("paid_on") or values.get("entry_on")),
        "due": _day(values.get("due_on")),
        "currency": values["currency"],
        "partner": vendor["erp_id"],
        "partner_name": vendor["name"],
        **total,
    }
    if "pays" in values:
        account = values["account"]
        lines = [{"line_text": one["number"], "account": account, "line_net": one["amount"]} for one in values["pays"]]
    else:
        lines = [_line(one) for one in values["lines"]]
    return [{**dict.fromkeys(COLUMNS, ""), **head, **line} for line in lines]


def csv_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return rows as CSV: UTF-8 with its mark, semicolons, lines ended by CR LF (what spreadsheets open)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([row[name] if name in _NUMBERS else _no_formula(row[name]) for name in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def xlsx_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return rows as a workbook with numbers as numbers and texts as texts, never as formulas."""
    # The library takes a tenth of a second to load, which other formats need not spend.
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook()
    sheet = book.active
    sheet.title = "Documents"
    sheet.append(COLUMNS)
    for number, row in enumerate(rows, start=2):
        for column, name in enumerate(COLUMNS, start=1):
            cell = sheet.cell(number, column)
            if name in _NUMBERS and row[name]:
                cell.value = Decimal(row[name])
            elif row[name]:
                cell.value = _printable(row[name])
                # A text that begins with an equals sign would be taken for a formula.
                cell.data_type = "s"
    made = io.BytesIO()
    book.save(made)
    return _without_moment(made.getvalue())


def _line(one: Mapping[str, str]) -> dict[str, str]:
    return {
        "line_text": one.get("text", ""),
        "account": one["account"],
        "line_net": one.get("net", ""),
        "tax_code": one.get("tax_code", ""),
        "debit": one.get("debit", ""),
        "credit": one.get("credit", ""),
        "quantity": one.get("quantity", ""),
        "unit": one.get("unit", ""),
        "cost_centre": one["cost_centre"],
        "order": one.get("order", ""),
    }


def _without_moment(content: bytes) -> bytes:
    """Return a workbook without the time of its making."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = _MOMENT.sub(rb"\g<1>1980-01-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name, _ZIP_MOMENT), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _no_formula(text: str) -> str:
    """Return a text that a spreadsheet does not compute: suppliers write the texts of their invoices."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)


def _day(day: date | None) -> str:
    if isinstance(day, datetime):
        return day.date().isoformat()
    return day.isoformat() if day else ""
