"""Statements of any format for the import: over the readers in ``connectors.statements``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.statements.detect import read_statements
from connectors.statements.entry_keys import EntryKey, account_key, told_entries
from connectors.statements.pages import join_pages
from connectors.statements.statement import EntryStatus, PaymentFacts, Statement, StatementEntry
from connectors.statements.table_assistant import (
    Answers,
    description_from,
    description_of,
    description_text,
    propose,
)
from gateway.domain.bank.bank_statement import ContentKey, LineFacts, StatementDefect
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.ports.statement_files import FileStatement, TableColumn, TableQuestion, ToldLine

_NAME = "table"
_TEXT_MAX = 2000


class ReadStatementFiles:
    """A :class:`gateway.ports.statement_files.StatementFiles`. Keeps no state."""

    def read(self, content: bytes, descriptions: Sequence[tuple[str, str]]) -> tuple[FileStatement, ...]:
        """Return the statements of a file, pages put together; see ``StatementFiles``."""
        known = [description_from(name, text) for name, text in descriptions]
        return tuple(_ReadStatement(one) for one in join_pages(read_statements(content, known)))

    def question(self, content: bytes, answers: Mapping[str, str]) -> TableQuestion | None:
        """Return what a table seems to say where nobody has described it, else None; see ``StatementFiles``."""
        try:
            proposal = propose(content)
        except InputError:
            return None
        described = description_of(proposal, Answers(_NAME, columns=dict(answers)))
        columns = tuple(TableColumn(one.name, one.samples, one.guess) for one in proposal.columns)
        return TableQuestion(columns, tuple(one.text for one in proposal.questions), description_text(described))


@dataclass(frozen=True, slots=True)
class _ReadStatement:
    """One statement behind the port."""

    statement: Statement

    @property
    def format(self) -> str:
        return self.statement.format

    @property
    def bank_id(self) -> str:
        return self.statement.id

    @property
    def account_key(self) -> str:
        return account_key(self.statement)

    @property
    def currency(self) -> Currency | None:
        if self.statement.currency is not None:
            return self.statement.currency
        found = {entry.amount.currency for entry in self.statement.entries}
        return found.pop() if len(found) == 1 else None

    @property
    def opening(self) -> Money | None:
        return self.statement.opening

    @property
    def closing(self) -> Money | None:
        return self.statement.closing

    @property
    def difference(self) -> Money | None:
        return self.statement.difference

    @property
    def balanced(self) -> bool | None:
        return self.statement.balanced

    @property
    def defects(self) -> tuple[StatementDefect, ...]:
        return tuple(StatementDefect(one.code, one.text, one.position) for one in self.statement.defects)

    @property
    def days(self) -> tuple[date, ...]:
        booked = (one for one in self.statement.entries if one.status is EntryStatus.BOOKED)
        return tuple(sorted({day for one in booked if (day := one.booked_on or one.value_on) is not None}))

    def told(self, known: Iterable[ContentKey]) -> tuple[ToldLine, ...]:
        keys = (EntryKey(one.account, one.content, one.reference, one.occurrence) for one in known)
        return tuple(
            ToldLine(
                _key(one.key),
                _facts(one.entry, one.entry.facts, one.entry.amount),
                None if one.known is None else _key(one.known),
                _parts(one.entry),
            )
            for one in told_entries(keys, self.statement)
            if (one.entry.booked_on or one.entry.value_on) is not None
        )


def _key(key: EntryKey) -> ContentKey:
    return ContentKey(key.account, key.content, key.reference, key.occurrence)


def _parts(entry: StatementEntry) -> tuple[LineFacts, ...]:
    """Return the payments of a sum, where the bank tells each with its amount and they add up."""
    sign = -1 if entry.amount.minor < 0 else 1
    amounts = [
        Money(sign * abs(one.amount.minor), one.amount.currency) for one in entry.details if one.amount is not None
    ]
    whole = len(amounts) == len(entry.details) > 1 and all(one.currency == entry.amount.currency for one in amounts)
    if not whole or sum(one.minor for one in amounts) != entry.amount.minor:
        return ()
    return tuple(_facts(entry, facts, amount) for facts, amount in zip(entry.details, amounts, strict=True))


def _facts(entry: StatementEntry, facts: PaymentFacts, amount: Money) -> LineFacts:
    booked = entry.booked_on or entry.value_on
    if booked is None:
        message = "an entry without a day is left out before"
        raise ValueError(message)
    text = " ".join(part for part in (facts.text, *facts.texts) if part)
    return LineFacts(
        booked_on=booked,
        value_on=entry.value_on,
        amount=amount,
        counterparty=facts.counterparty or facts.ultimate,
        iban=facts.account,
        text=text[:_TEXT_MAX],
        end_to_end_id=facts.end_to_end_id,
        batch_id=facts.batch_id,
        references=facts.references,
        bank_code=entry.bank_code,
        return_reason=facts.return_reason,
        original=facts.original if facts.original and facts.original.currency != amount.currency else None,
        position=entry.position,
    )
