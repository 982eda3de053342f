"""Lists of items as spreadsheets keep them: one header, one item a row; each bad row is named with what to do.

Separator, decimal sign and the language of the header may vary; the encoding is the reader's business. Pure.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.domain.sales.item import GROUP_MAX, Item, checked_gtin, shown_gtin
from gateway.domain.sales.tax_lines import TaxRate

COLUMNS = ("number", "name", "gtin", "price", "tax", "group", "kitchen_group", "quick_key", "active")
ROWS_MAX = 10_000
"""Rows of one list: as many as a shop of this size has items."""

_NEEDED = ("number", "name", "price", "tax")
_ALIASES: Mapping[str, str] = {
    "nummer": "number",
    "artikelnummer": "number",
    "sku": "number",
    "bezeichnung": "name",
    "artikel": "name",
    "ean": "gtin",
    "barcode": "gtin",
    "preis": "price",
    "tax_rate": "tax",
    "steuer": "tax",
    "mwst": "tax",
    "gruppe": "group",
    "küche": "kitchen_group",
    "kitchen": "kitchen_group",
    "taste": "quick_key",
    "aktiv": "active",
}
_YES = frozenset({"", "1", "yes", "ja", "true", "x"})
_NO = frozenset({"0", "no", "nein", "false"})
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class ItemWish:
    """An item as somebody wants it, before it has an id or is compared with what is stored. ``gtin``: 14 digits."""

    number: str
    name: str
    gtin: str | None
    price: Money
    rate: TaxRate
    group: str
    kitchen_group: str | None
    quick_key: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken. ``row``: its line in the list from 1, the header being the first."""

    row: int
    column: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row that can be taken."""

    row: int
    wish: ItemWish


def read_items(text: str, currency: Currency, *, first_row: int = 1) -> tuple[ReadRow | BadRow, ...]:
    """Read a list with header.

    Args:
        text: the list; columns apart by semicolon, comma or tabulator.
        currency: of its prices.
        first_row: line of the header in the whole list, where ``text`` is a piece of it.

    Raises:
        InputError: ``item_list_unreadable`` when there is no header with the needed columns, or too many rows.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    separator = max(";,\t", key=lines[0].count) if lines else ";"
    try:
        table = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    except csv.Error as error:
        raise _unreadable(f"The list cannot be read: {error}.") from error
    header = [_column(name) for name in table[0]] if table else []
    if missing := [name for name in _NEEDED if name not in header]:
        raise _unreadable(f"The first line does not name the columns {', '.join(missing)}.")
    if len(table) - 1 > ROWS_MAX:
        raise _unreadable(f"The list has {len(table) - 1} rows, more than {ROWS_MAX}.")
    return tuple(
        _read(dict(zip(header, (_plain(cell) for cell in cells), strict=False)), number, currency)
        for number, cells in enumerate(table[1:], start=first_row + 1)
        if any(cell.strip() for cell in cells)
    )


def write_items(items: Iterable[Item]) -> str:
    """Write a list that :func:`read_items` reads back; cells that a spreadsheet would run as formula are quoted."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_quoted(cell) for cell in _cells(one)] for one in items)
    return out.getvalue()


def _cells(one: Item) -> Sequence[str]:
    return (
        one.number,
        one.name,
        shown_gtin(one.gtin) or "",
        one.price.to_decimal(),
        one.rate.percent(),
        one.group,
        one.kitchen_group or "",
        "" if one.quick_key is None else str(one.quick_key),
        "1" if one.active else "0",
    )


def _read(cells: Mapping[str, str], row: int, currency: Currency) -> ReadRow | BadRow:
    column = "number"
    try:
        gtin = checked_gtin(cells.get(column := "gtin", ""))
        price = Money.from_decimal(_decimal(cells.get(column := "price", "")), currency)
        rate = TaxRate.of(_decimal(cells.get(column := "tax", "")).removesuffix("%").strip())
        wish = ItemWish(
            number=cells.get("number", ""),
            name=cells.get("name", ""),
            gtin=gtin,
            price=price,
            rate=rate,
            group=cells.get("group", "")[:GROUP_MAX],
            kitchen_group=cells.get("kitchen_group", "")[:GROUP_MAX] or None,
            quick_key=_place(cells.get(column := "quick_key", "")),
            active=_is_active(cells.get(column := "active", "")),
        )
    except InputError as error:
        return BadRow(row, column, error.code, error.message, error.hint)
    return ReadRow(row, wish)


def _column(name: str) -> str:
    plain = name.strip().casefold().replace(" ", "_").replace("-", "_")
    return _ALIASES.get(plain, plain)


def _plain(cell: str) -> str:
    stripped = cell.strip()
    return stripped[1:] if stripped.startswith("'") and stripped[1:].startswith(_FORMULA) else stripped


def _quoted(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _decimal(cell: str) -> str:
    """Take a decimal comma, and a point or comma once only; anything else is refused by who reads the number."""
    return cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell


def _place(cell: str) -> int | None:
    if not cell:
        return None
    if not cell.isascii() or not cell.isdigit() or len(cell) > 3:
        raise InputError("invalid_quick_key", "The place of the quick key is no number.", "Write a number, or nothing.")
    return int(cell)


def _is_active(cell: str) -> bool:
    word = cell.casefold()
    if word not in _YES | _NO:
        raise InputError("invalid_active", f"{cell!r} says neither yes nor no.", "Write 1 or 0.")
    return word in _YES


def _unreadable(message: str) -> InputError:
    hint = f"Begin with a line that names the columns: {';'.join(COLUMNS)}."
    return InputError("item_list_unreadable", message, hint, "/csv")
