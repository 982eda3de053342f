"""Rounding a table so that its rows stay exact and its columns are as near as whole numbers can be.

Rounding each row on its own would favour the same column again and again: a bill of a hundred lines split by three
would make the first guest pay dozens of cents more. Here every cell is the whole number below or above its exact value,
every row adds up to what it was, and so every column is within one unit of its exact sum. Such a table always exists
(controlled rounding: the exact table is a flow, and a flow with whole bounds has a whole solution).
"""

from collections import deque
from collections.abc import Sequence
from fractions import Fraction


def rounded_table(cells: Sequence[Sequence[Fraction]]) -> tuple[tuple[int, ...], ...]:
    """Return the table in whole numbers; the same table always gives the same answer.

    Args:
        cells: rows of equal length, each adding up to a whole number.

    Returns:
        The rows: each adds up as before, each cell is its exact value rounded down or up, each column sum is the exact
        sum rounded down or up, and exact where it was whole.

    Raises:
        ValueError: a row does not add up to a whole number, or the rows differ in length.
    """
    width = len(cells[0]) if cells else 0
    for number, row in enumerate(cells):
        if len(row) != width or sum(row, Fraction(0)).denominator != 1:
            message = f"row {number} is not whole"
            raise ValueError(message)
    columns = [sum((row[column] for row in cells), Fraction(0)) for column in range(width)]
    # A last row takes what the columns lack to be whole; then every margin is a whole number.
    filler = [-column % 1 for column in columns]
    units = _Units([[cell % 1 for cell in row] for row in (*cells, filler)])
    units.place_all()
    return tuple(
        tuple(cell.numerator // cell.denominator + (column in units.taken[number]) for column, cell in enumerate(row))
        for number, row in enumerate(cells)
    )


class _Units:
    """Places one unit in some of the cells that have a fraction, so that all margins are met."""

    def __init__(self, fractions: list[list[Fraction]]) -> None:
        self._fractions = fractions
        width = len(fractions[0])
        self._open = [[column for column in range(width) if row[column]] for row in fractions]
        self._wanted = [int(sum(row, Fraction(0))) for row in fractions]
        self._room = [int(sum((row[column] for row in fractions), Fraction(0))) for column in range(width)]
        self.taken: list[set[int]] = [set() for _ in fractions]

    def place_all(self) -> None:
        """Give each row its units: to the columns most behind their exact sums, or by moving units given before."""
        behind = [Fraction(0)] * len(self._room)
        for row, shares in enumerate(self._fractions):
            for column in self._open[row]:
                behind[column] += shares[column]
            ranked = sorted(self._open[row], key=lambda column: (-behind[column], column))
            for column in [column for column in ranked if self._room[column]][: self._wanted[row]]:
                self.taken[row].add(column)
                self._room[column] -= 1
            while len(self.taken[row]) < self._wanted[row]:
                self._move_for(row)
            for column in self.taken[row]:
                behind[column] -= 1

    def _move_for(self, start: int) -> None:
        """Give the row one unit more by moving units of other rows along a shortest path to a column with room."""
        wanted_by: dict[int, int] = {}
        gives_up = {start: -1}
        rows = deque([start])
        while rows:
            row = rows.popleft()
            for column in self._open[row]:
                if column in self.taken[row] or column in wanted_by:
                    continue
                wanted_by[column] = row
                if self._room[column]:
                    self._room[column] -= 1
                    self._shift(column, wanted_by, gives_up)
                    return
                for holder, columns in enumerate(self.taken):
                    if column in columns and holder not in gives_up:
                        gives_up[holder] = column
                        rows.append(holder)
        message = "no table with these margins"
        raise AssertionError(message)

    def _shift(self, column: int, wanted_by: dict[int, int], gives_up: dict[int, int]) -> None:
        """Walk the path back to its start: each row on it takes one column and gives up another."""
        while column >= 0:
            row = wanted_by[column]
            self.taken[row].add(column)
            column = gives_up[row]
            self.taken[row].discard(column)
