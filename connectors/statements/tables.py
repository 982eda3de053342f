"""Tables of text (CSV and the like): bytes to rows with their places, delimiter and quotes by what is in them."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.statements.amounts import AmountError, exact_sum, not_readable, plain_number
from connectors.statements.bank_words import decoded

BYTES_MAX = 128 * 1024 * 1024
CELL_MAX = 100_000
ROWS_MAX = 1_000_000
_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its cells without blanks around them, and the line of the file where it ends."""

    cells: tuple[str, ...]
    line: int

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(1 for cell in self.cells if cell)


def read_rows(content: bytes, delimiter: str = "") -> list[TableRow]:
    """Return the rows of a table, empty ones left out.

    Args:
        content: the file.
        delimiter: between cells; empty: the one that gives the most even rows.

    Raises:
        InputError: ``statement_too_large``, ``not_a_statement``.
    """
    if len(content) > BYTES_MAX:
        raise not_readable("statement_too_large", f"it has more than {BYTES_MAX} bytes", "Ask for a shorter period.")
    text = decoded(content).lstrip("\ufeff")
    if "\x00" in text[:4096]:
        raise not_readable("not_a_statement", "it is no text", "Give the file as the bank sent it, unpacked.")
    return _rows(text, delimiter or delimiter_of(text))


def delimiter_in(content: bytes) -> str:
    """Return the delimiter of a table, as :func:`read_rows` finds it."""
    return delimiter_of(decoded(content).lstrip("\ufeff"))


def _rows(text: str, delimiter: str) -> list[TableRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[TableRow] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(TableRow(tuple(cell.strip() for cell in cells), reader.line_num))
            if len(rows) > ROWS_MAX:
                raise not_readable("statement_too_large", f"it has more than {ROWS_MAX} rows", "Split it by period.")
    except csv.Error as error:
        raise not_readable(
            "not_a_statement", f"a row cannot be read ({error})", "Give the file as it was sent."
        ) from error
    return rows


def delimiter_of(text: str) -> str:
    """Return the delimiter that gives the first lines the most equal numbers of cells."""
    sample = [line for line in text.splitlines()[:_SAMPLE_LINES] if line.strip()]

    def evenness(delimiter: str) -> tuple[int, int]:
        try:
            counts = [len(cells) for cells in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            return (0, 0)
        several = [count for count in counts if count > 1]
        return (max((several.count(count) * (count > 1) for count in several), default=0), max(several, default=0))

    return max(_DELIMITERS, key=evenness)


def header_key(cell: str) -> str:
    """Return a heading as it is compared: lower case, one blank between words."""
    return _BLANK.sub(" ", cell.strip().strip("\ufeff\"'").lower())


def cells_by_name(header: Sequence[str], row: TableRow) -> dict[str, str]:
    """Return the cells of a row by name; the first column of a name counts, missing ones are empty."""
    padded = row.cells + ("",) * (len(header) - len(row.cells))
    # Later columns are put in first, so that the first of a name remains.
    return dict(reversed(list(zip(header, padded, strict=False))))


def column_sums(header: Sequence[str], rows: Iterable[TableRow], mark: str = "") -> Mapping[str, str]:
    """Return the exact sum of every column that holds nothing but amounts."""
    numbers: dict[str, list[str]] = {}
    others: set[str] = set()
    for row in rows:
        for name, cell in zip(header, row.cells, strict=False):
            if not cell or not name or name in others:
                continue
            try:
                numbers.setdefault(name, []).append(plain_number(cell, mark))
            except AmountError:
                others.add(name)
    return {name: exact_sum(found) for name, found in numbers.items() if name not in others}
