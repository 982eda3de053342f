"""Reads tables of CSV and XLSX files: text out, nothing is computed, nothing outside of the file is opened."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from gateway.domain.errors import InputError
from gateway.ports.table_reader import CELL_MAX, COLUMNS_MAX, ROWS_MAX, TableRow

UNPACKED_BYTES_MAX = 64 * 1024 * 1024
"""Of all parts of a workbook together; a table of 20,000 rows needs less than a tenth."""
_ZIP = b"PK\x03\x04"
_DELIMITERS = ";\t,|"
_HINT = "Save it as CSV in UTF-8 or as XLSX, with the headings in the first row."
_EXACT_DIGITS = 15
"""Digits a spreadsheet keeps of a number (IEEE 754 double): more of them are noise."""


class TableFiles:
    """Reads CSV and XLSX, told apart by their content."""

    def read(self, data: bytes) -> tuple[TableRow, ...]:
        """Return the rows that hold something, see ``TableReader``."""
        return _xlsx(data) if data.startswith(_ZIP) else _csv(data)


def _csv(data: bytes) -> tuple[TableRow, ...]:
    text = _decoded(data)
    if "\x00" in text:
        raise _unreadable("The file is neither CSV nor XLSX.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found = []
    try:
        before = 1
        for cells in reader:
            found.append((before, cells))
            _check_size(len(found), len(cells))
            before = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(f"Line {reader.line_num} of the file cannot be read.") from error
    return _rows(found)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable("The letters of the file cannot be read.")


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=head.count)


_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,  # of the XML inside
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""A broken workbook fails in whatever part of the library meets it first, with any of these."""


def _xlsx(data: bytes) -> tuple[TableRow, ...]:
    # The library takes a tenth of a second to load, which a start without imports need not spend.
    from openpyxl import load_workbook  # noqa: PLC0415

    _check_workbook(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What a file says of its own size is not believed.
        sheet.reset_dimensions()
        found = []
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            _check_size(number, len(cells))
            found.append((number, [_text(cell) for cell in cells]))
        book.close()
    except InputError:
        raise
    except _BROKEN as error:
        raise _unreadable("The workbook cannot be read.") from error
    return _rows(found)


def _check_workbook(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
                raise _too_large("The workbook is too large when unpacked.")
            left = UNPACKED_BYTES_MAX
            for part in parts:
                with archive.open(part) as file:
                    content = file.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise _too_large("The workbook is too large when unpacked.")
                # Entities are how a small file becomes a large one; no spreadsheet writes a document type.
                if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                    raise _unreadable("The workbook holds what no spreadsheet writes.")
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError) as error:
        raise _unreadable("The workbook cannot be unpacked.") from error
    except zlib.error as error:
        raise _unreadable("The workbook cannot be unpacked.") from error


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case datetime() | date():
            return cell.isoformat()[:10]
        case float():
            return _number(cell)
        case _:
            return str(cell)


def _number(value: float) -> str:
    """Return a number as the spreadsheet shows it: a point, no exponent, no noise behind 15 digits."""
    told = Decimal(f"{value:.{_EXACT_DIGITS}g}") if value == value and abs(value) < 1e300 else None  # noqa: PLR0124  # NaN
    return "" if told is None else f"{told:f}"


def _rows(found: Iterable[tuple[int, Sequence[str]]]) -> tuple[TableRow, ...]:
    rows = []
    for number, cells in found:
        tidy = [cell.strip() for cell in cells]
        if any(len(cell) > CELL_MAX for cell in tidy):
            raise _too_large(f"A cell of row {number} has more than {CELL_MAX} signs.")
        while tidy and not tidy[-1]:
            tidy.pop()
        if tidy:
            rows.append(TableRow(number, tuple(tidy)))
    return tuple(rows)


def _check_size(rows: int, columns: int) -> None:
    if rows > ROWS_MAX + 1:
        raise _too_large(f"The table has more than {ROWS_MAX} rows.")
    if columns > COLUMNS_MAX:
        raise _too_large(f"The table has more than {COLUMNS_MAX} columns.")


def _unreadable(message: str) -> InputError:
    return InputError("unreadable_table", message, _HINT)


def _too_large(message: str) -> InputError:
    return InputError("table_too_large", message, "Split it into several files.")
