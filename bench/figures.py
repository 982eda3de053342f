"""What a benchmark found: figures with their goal and the baseline measured in the same run, as a table or as JSON."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

_DIGITS = 3
"""Significant digits shown; the machines these run on do not repeat themselves more exactly."""


class CannotRun(Exception):
    """This machine lacks what a benchmark needs; the text says what."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound a figure has to keep: the least or the most it may be."""

    limit: float
    at_least: bool

    @classmethod
    def least(cls, limit: float) -> Self:
        """Return the goal of a figure that must not be smaller."""
        return cls(limit, at_least=True)

    @classmethod
    def most(cls, limit: float) -> Self:
        """Return the goal of a figure that must not be larger."""
        return cls(limit, at_least=False)

    def met(self, value: float) -> bool:
        """Return whether a value keeps the bound."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {shown(self.limit)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        key: stable name in the JSON.
        words: what it is, for a person.
        value: None when it could not be measured here; ``remark`` then says why.
        unit: unit of value and goal; empty for a ratio or a count.
        goal: None for a figure that only informs.
        baseline: what it is to be compared with, measured in the same run, in words; empty where there is none.
        remark: what a reader has to know beside it.
    """

    key: str
    words: str
    value: float | None
    unit: str = ""
    goal: Goal | None = None
    baseline: str = ""
    remark: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal. A goal that could not be measured is not met."""
        if self.goal is None:
            return None
        return self.value is not None and self.goal.met(self.value)

    def document(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return {
            "key": self.key,
            "words": self.words,
            "value": self.value,
            "unit": self.unit,
            "goal": None if self.goal is None else str(self.goal),
            "met": self.met,
            "baseline": self.baseline,
            "remark": self.remark,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one benchmark found. ``details``: plain data behind the figures, such as the single rounds."""

    name: str
    figures: tuple[Figure, ...]
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether every goal is met."""
        return all(figure.met is not False for figure in self.figures)

    def document(self, machine: Mapping[str, Any]) -> dict[str, Any]:
        """Return the report as one JSON object; ``machine``: where it was measured."""
        return {
            "bench": self.name,
            "met": self.met,
            "machine": dict(machine),
            "figures": [figure.document() for figure in self.figures],
            "details": dict(self.details),
        }

    def table(self) -> str:
        """Return the figures as a table, remarks below it."""
        rows = [("figure", "value", "goal", "met", "baseline in the same run")]
        rows += [_row(figure) for figure in self.figures]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        lines += [f"* {figure.words}: {figure.remark}" for figure in self.figures if figure.remark]
        return "\n".join(lines)


def shown(value: float) -> str:
    """Return a number with three significant digits, large ones with all digits before the point."""
    if value == int(value) or abs(value) >= 10**_DIGITS:
        return f"{value:,.0f}"
    return f"{value:.{_DIGITS}g}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 < share <= 1) of the values do not exceed."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(0, rank - 1)]


def median(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    return statistics.median(values)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    value = "not measured" if figure.value is None else f"{shown(figure.value)} {figure.unit}".rstrip()
    goal = "" if figure.goal is None else f"{figure.goal} {figure.unit}".rstrip()
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    return figure.words, value, goal, met, figure.baseline
