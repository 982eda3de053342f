"""Statements of any length in parts: its head, its entries a few at a time, and its end with balances and defects."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from connectors.statements.statement import EntryTally, Statement, StatementEntry

BATCH = 500
"""Entries handed over at a time, at most."""


@dataclass(frozen=True, slots=True)
class StatementBegins:
    """A statement begins. ``so_far``: what its head says; currency, balances and defects may come with its end."""

    so_far: Statement


@dataclass(frozen=True, slots=True)
class EntriesRead:
    """The next entries of the statement, at least one."""

    entries: tuple[StatementEntry, ...]


@dataclass(frozen=True, slots=True)
class StatementEnds:
    """The statement is read. ``statement``: all of it without its entries; its sums count them nevertheless."""

    statement: Statement


StatementPart = StatementBegins | EntriesRead | StatementEnds


def parts_of(statements: Iterable[Statement]) -> Iterator[StatementPart]:
    """Give statements that are there as a whole in parts."""
    for statement in statements:
        bare = replace(statement, entries=(), tally=EntryTally.of(statement.entries))
        yield StatementBegins(bare)
        for start in range(0, len(statement.entries), BATCH):
            yield EntriesRead(statement.entries[start : start + BATCH])
        yield StatementEnds(bare)


def whole_statements(parts: Iterable[StatementPart]) -> Iterator[Statement]:
    """Give each statement with all of its entries."""
    entries: list[StatementEntry] = []
    for part in parts:
        match part:
            case StatementBegins():
                entries = []
            case EntriesRead():
                entries += part.entries
            case StatementEnds():
                yield replace(part.statement, entries=tuple(entries), tally=None)
