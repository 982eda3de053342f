"""Files of statements in any format, as the import sees them: what is between bytes and lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.domain.bank.bank_statement import ContentKey, LineFacts, StatementDefect
from gateway.domain.money import Currency, Money


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One booked line of a statement. ``known``: the key under which it was told before, None where it is new.

    ``parts``: payments of a sum the bank booked at once, which add up to it; empty where it is one payment.
    """

    key: ContentKey
    facts: LineFacts
    known: ContentKey | None
    parts: tuple[LineFacts, ...] = ()


class FileStatement(Protocol):
    """One statement of a file."""

    @property
    def format(self) -> str:
        """Format, such as ``camt.053``."""

    @property
    def bank_id(self) -> str:
        """The bank's number of it."""

    @property
    def account_key(self) -> str:
        """Account in one way of writing."""

    @property
    def currency(self) -> Currency | None:
        """Currency; None where nothing tells it."""

    @property
    def opening(self) -> Money | None:
        """Balance before the first line."""

    @property
    def closing(self) -> Money | None:
        """Balance after the last line."""

    @property
    def difference(self) -> Money | None:
        """Closing less opening less lines; None where there is nothing to compare."""

    @property
    def balanced(self) -> bool | None:
        """Whether it adds up; None where there is nothing to compare."""

    @property
    def defects(self) -> tuple[StatementDefect, ...]:
        """What does not fit."""

    @property
    def days(self) -> tuple[date, ...]:
        """Days on which its lines were booked, ascending."""

    def told(self, known: Iterable[ContentKey]) -> tuple[ToldLine, ...]:
        """Return its booked lines in their order, each with the known one that it is."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a table nobody has described: its heading, some values, and what it is taken for (or empty)."""

    name: str
    samples: tuple[str, ...]
    taken_for: str


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """A table that is read by a proposal. ``questions``: what a person should look at, in words."""

    columns: tuple[TableColumn, ...]
    questions: tuple[str, ...]
    description: str


class StatementFiles(Protocol):
    """Reads statements."""

    def read(self, content: bytes, descriptions: Sequence[tuple[str, str]]) -> tuple[FileStatement, ...]:
        """Return the statements of a file, pages put together.

        Args:
            content: the file.
            descriptions: name and text of tables that people have described.

        Raises:
            InputError: why it is refused, such as ``not_a_statement`` or ``statement_empty``.
        """

    def question(self, content: bytes, answers: Mapping[str, str]) -> TableQuestion | None:
        """Return what a table seems to say where nobody has described it, else None.

        Args:
            content: the file.
            answers: column by field, such as ``{"text": "Verwendungszweck"}``, of a person; the rest is proposed.
        """
