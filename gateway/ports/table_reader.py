"""Reads tables of files: rows of text, whatever the file is."""

from dataclasses import dataclass
from typing import Protocol

ROWS_MAX = 20_000
COLUMNS_MAX = 100
CELL_MAX = 2_000


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as it stands in the file. ``number``: as a spreadsheet counts, from 1; ``cells``: without end blanks."""

    number: int
    cells: tuple[str, ...]


class TableReader(Protocol):
    """A reader of files with one table."""

    def read(self, data: bytes) -> tuple[TableRow, ...]:
        """Return the rows that hold something; numbers with a point, days as ``YYYY-MM-DD``, where the file knows them.

        Raises:
            InputError: ``unreadable_table``, ``table_too_large``.
        """
