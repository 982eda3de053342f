"""Statements in: a file is read whole, each line stored once, what does not add up waits for a person."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import (
    BankStatement,
    LineState,
    StatementDefect,
    StatementId,
    StatementLine,
    StatementLineId,
    StatementState,
)
from gateway.domain.bank.line_ledger import line_booked
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import derived_id
from gateway.domain.money import Currency
from gateway.ports.clock import Clock
from gateway.ports.statement_files import FileStatement, StatementFiles, TableQuestion, ToldLine
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.ask_matching import ask_in
from gateway.services.bank.line_states import Place, moved, place_of, tell
from gateway.services.payments.resolve_payment import checked_reason

FILE_BYTES_MAX = 64 * 1024 * 1024
LINES_MAX = 200_000
NAME_MAX = 200
KNOWN_TOLD_MAX = 50
"""Lines that were known already and are named in a preview; the rest is counted."""
PROPOSED = "read_by_proposal"
DESCRIPTION = "table"
HELD_BY = frozenset({PROPOSED})
"""Defects that hold a statement although its own balances fit."""


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line that was told before. ``position``: in the new file; ``first``: where it was told first."""

    position: str
    line_id: StatementLineId
    first: str


@dataclass(frozen=True, slots=True)
class StatementPreview:
    """A statement as it would be stored. ``fresh``: lines that are new; ``known``: some of those that are not."""

    statement: BankStatement
    fresh: int
    known: tuple[KnownLine, ...]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file would bring. ``csv``: of a table that nobody has described; ``repeated``: nothing in it is new."""

    statements: tuple[StatementPreview, ...]
    csv: TableQuestion | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file brought. ``lines``: new ones; ``repeated``: nothing in it was new."""

    statements: tuple[BankStatement, ...]
    lines: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class OwnIban:
    """An account of the shop: its name and number (IBAN or national) as content keys have it."""

    id: str
    key: str
    currency: Currency


class ImportStatements:
    """The way in for statements of one shop."""

    def __init__(self, *, storage: Storage, clock: Clock, files: StatementFiles, accounts: Sequence[OwnIban]) -> None:
        """``accounts``: those of the shop; statements of others are taken under their own number."""
        self._storage = storage
        self._clock = clock
        self._files = files
        self._accounts = {(one.key, one.currency.code): one.id for one in accounts}
        self._by_key = {one.key: one for one in accounts}

    def preview(self, caller: Caller, name: str, content: bytes, answers: Mapping[str, str]) -> ImportPreview:
        """Tell what a file would bring; nothing is stored.

        Args:
            caller: who asks.
            name: of the file.
            content: the file.
            answers: column by field, of a table that nobody has described.

        Raises:
            InputError: why the file is refused.
        """
        caller.require(Permission.STATEMENTS_WORK)
        question, read = self._read(caller, content, answers)
        place, at = place_of(caller), self._clock.now()
        with self._storage.read() as unit:
            told = [self._told(unit, place, one) for one in read]
            seen = [
                StatementPreview(
                    self._statement(unit, place, one, lines, (name, content, caller.name, at)),
                    sum(line.known is None for line in lines),
                    self._known(unit, place, one, lines),
                )
                for one, lines in zip(read, told, strict=True)
            ]
        return ImportPreview(tuple(seen), question, not any(one.fresh for one in seen))

    def take(self, caller: Caller, name: str, content: bytes, answers: Mapping[str, str]) -> ImportResult:
        """Store what is new in a file, whole or not at all. The same content again changes nothing.

        Raises:
            InputError: why the file is refused.
        """
        caller.require(Permission.STATEMENTS_WORK)
        question, read = self._read(caller, content, answers)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> ImportResult:
            if question is not None and answers:
                digest = hashlib.sha256(question.description.encode()).hexdigest()[:16]
                unit.reconciliation.put_description(
                    *place_of(caller), f"{DESCRIPTION}-{digest}", question.description, by=caller.name, at=at
                )
            return self.take_in(unit, place_of(caller), read, (name, content, caller.name, at))

        return self._storage.write_retrying(work)

    def take_in(
        self,
        unit: UnitOfWork,
        place: Place,
        read: Sequence[FileStatement],
        source: tuple[str, bytes, str, datetime],
    ) -> ImportResult:
        """Store statements in the unit of whoever brings them. ``source``: name, content, who, when."""
        stored: list[BankStatement] = []
        fresh_lines = 0
        open_lines = False
        for one in read:
            told = self._told(unit, place, one)
            statement = self._statement(unit, place, one, told, source)
            fresh = [line for line in told if line.known is None]
            known = unit.bank_statements.load(*place, statement.id)
            if known is not None or (told and not fresh and statement.state is StatementState.POSTED):
                stored.append(known or statement)
                continue
            unit.bank_statements.add(*place, statement)
            lines = _lines(statement, told)
            unit.bank_statements.add_lines(*place, lines)
            if statement.state is StatementState.POSTED:
                _book(unit, place, lines, source[3])
                open_lines = open_lines or bool(lines)
            stored.append(statement)
            fresh_lines += statement.lines
        if open_lines:
            # In the same unit: no line is left to somebody's memory, whatever ends this process.
            ask_in(unit, place, None, by=source[2], at=source[3])
        return ImportResult(tuple(stored), fresh_lines, not fresh_lines)

    def read_known(self, content: bytes) -> tuple[FileStatement, ...]:
        """Return the statements of a message of a bank.

        Raises:
            InputError: why it cannot be read.
        """
        return self._files.read(content, ())

    def decide(self, caller: Caller, statement_id: StatementId, post: bool, reason: str) -> BankStatement:  # noqa: FBT001 - the answer itself
        """Say what becomes of a held statement: it is posted as it is, or refused. Not by who brought it.

        Raises:
            InputError: ``reason_needed``.
            NotFound: ``unknown_statement``.
            RuleError: ``statement_not_held``, ``own_statement``.
        """
        caller.require(Permission.STATEMENTS_APPROVE)
        reason, place, at = checked_reason(reason), place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> BankStatement:
            statement = unit.bank_statements.load(*place, statement_id)
            if statement is None:
                raise NotFound("unknown_statement", "There is no such statement.", "Look at the list of statements.")
            if statement.imported_by == caller.name:
                hint = "Ask somebody else to look at it."
                raise RuleError("own_statement", "Whoever imported a statement does not decide over it.", hint)
            state = StatementState.POSTED if post else StatementState.DISCARDED
            decided = replace(statement, state=state, decided_by=caller.name, decision_reason=reason)
            if not unit.bank_statements.decide(*place, decided):
                raise RuleError("statement_not_held", "This statement waits for no decision.", "Look at it again.")
            lines = unit.bank_statements.lines_of(*place, statement_id)
            divided = {line.parent for line in lines}
            for line in lines:
                to = _first_state(held=False, divided=line.id in divided) if post else LineState.DISCARDED
                moved(unit, place, line, to)
                tell(unit, place, line.id, to.value, actor=caller.name, at=at, reason=reason)
            if post:
                _book(unit, place, lines, at)
                ask_in(unit, place, None, by=caller.name, at=at)
            else:
                unit.bank_statements.forget_keys(*place, statement_id)
            return decided

        return self._storage.write_retrying(work)

    def _read(
        self, caller: Caller, content: bytes, answers: Mapping[str, str]
    ) -> tuple[TableQuestion | None, tuple[FileStatement, ...]]:
        if not content:
            raise InputError("statement_empty", "The file is empty.", "Ask the bank for the file again.", "/content")
        if len(content) > FILE_BYTES_MAX:
            hint = f"Ask for a shorter period; at most {FILE_BYTES_MAX // (1024 * 1024)} MB are read."
            raise InputError("statement_too_large", "The file is too large.", hint, "/content")
        with self._storage.read() as unit:
            described = unit.reconciliation.descriptions(*place_of(caller))
        question = self._files.question(content, answers) if answers else None
        if question is not None:
            return question, self._checked(self._files.read(content, ((DESCRIPTION, question.description),)))
        read = self._checked(self._files.read(content, described))
        if any(defect.code == PROPOSED for one in read for defect in one.defects):
            question = self._files.question(content, {})
        return question, read

    def _checked(self, read: tuple[FileStatement, ...]) -> tuple[FileStatement, ...]:
        for one in read:
            if one.currency is None and one.account_key not in self._by_key and one.days:
                hint = "Set the account up, or choose the column of the currency."
                raise InputError("statement_without_currency", "The statement does not say its currency.", hint)
        return read

    def _told(self, unit: UnitOfWork, place: Place, one: FileStatement) -> tuple[ToldLine, ...]:
        known = unit.bank_statements.known_keys(*place, one.account_key, one.days)
        told = one.told(known)
        if len(told) > LINES_MAX:
            raise InputError("statement_too_large", "The file has too many lines.", "Ask for a shorter period.")
        return told

    def _known(
        self, unit: UnitOfWork, place: Place, one: FileStatement, told: Sequence[ToldLine]
    ) -> tuple[KnownLine, ...]:
        by_key = unit.bank_statements.known_keys(*place, one.account_key, one.days)
        named: list[KnownLine] = []
        for line in told:
            if line.known is None or len(named) >= KNOWN_TOLD_MAX:
                continue
            first = unit.bank_statements.line(*place, by_key[line.known])
            where = None if first is None else unit.bank_statements.load(*place, first.statement_id)
            name = "" if where is None or first is None else f"{where.file_name}, {first.facts.position}"
            named.append(KnownLine(line.facts.position, by_key[line.known], name))
        return tuple(named)

    def _statement(
        self,
        unit: UnitOfWork,
        place: Place,
        one: FileStatement,
        told: Sequence[ToldLine],
        source: tuple[str, bytes, str, datetime],
    ) -> BankStatement:
        name, content, who, at = source
        own = self._by_key.get(one.account_key)
        currency = one.currency or (own.currency if own is not None else Currency.of("EUR"))
        account_id = self._accounts.get((one.account_key, currency.code))
        account = account_id or one.account_key
        fresh = sum(line.known is None for line in told)
        days = one.days
        broken = _chain(unit, place, account, one, days)
        defects = (*one.defects, *broken)
        held = one.balanced is False or any(defect.code in HELD_BY for defect in defects)
        digest = hashlib.sha256(content).hexdigest()
        span = f"{one.format} {one.bank_id} {days[0] if days else ''} {days[-1] if days else ''}"
        return BankStatement(
            id=StatementId(
                derived_id(uuid.NAMESPACE_OID, f"statement {place} {one.account_key} {currency.code} {span} {digest}")
            ),
            account_key=one.account_key,
            bank_account_id=account_id,
            currency=currency,
            format=one.format,
            bank_id=one.bank_id,
            opening=one.opening,
            closing=one.closing,
            first_day=days[0] if days else None,
            last_day=days[-1] if days else None,
            state=StatementState.HELD if held else StatementState.POSTED,
            difference=one.difference,
            defects=defects,
            file_name=name[:NAME_MAX],
            file_sha256=digest,
            lines=fresh,
            repeated=len(told) - fresh,
            imported_at=at,
            imported_by=who,
        )


def _lines(statement: BankStatement, told: Sequence[ToldLine]) -> tuple[StatementLine, ...]:
    """Return the new lines of a statement; a sum of several payments comes divided into them."""
    held = statement.state is StatementState.HELD
    found: list[StatementLine] = []
    for number, one in enumerate((line for line in told if line.known is None), start=1):
        key = f"line {one.key.account} {one.key.content} {one.key.reference} {one.key.occurrence}"
        # The same entry of the bank is the same line, whatever file told it first.
        line_id = StatementLineId(derived_id(uuid.NAMESPACE_OID, f"{key} {statement.id}" if held else key))
        whole = StatementLine(
            id=line_id,
            statement_id=statement.id,
            account=statement.account,
            number=number,
            facts=one.facts,
            key=one.key,
            parent=None,
            state=_first_state(held=held, divided=bool(one.parts)),
            version=1,
        )
        found.append(whole)
        found += [
            replace(
                whole,
                id=StatementLineId(derived_id(line_id, f"payment {place}")),
                facts=facts,
                key=None,
                parent=line_id,
                state=_first_state(held=held, divided=False),
            )
            for place, facts in enumerate(one.parts, start=1)
        ]
    return tuple(found)


def _first_state(*, held: bool, divided: bool) -> LineState:
    if held:
        return LineState.WAITING
    return LineState.DIVIDED if divided else LineState.OPEN


def _book(unit: UnitOfWork, place: Place, lines: Sequence[StatementLine], at: datetime) -> None:
    unit.ledger.add([entry for line in lines for entry in line_booked(place, line, at)])


def _chain(
    unit: UnitOfWork, place: Place, account: str, one: FileStatement, days: Sequence[date]
) -> tuple[StatementDefect, ...]:
    """Return whether a statement fails to begin where the last one before it ended."""
    opening = one.opening
    if opening is None or not days:
        return ()
    earlier = [
        found
        for found in unit.bank_statements.list(*place, account=account, before=None, limit=100)
        if found.closing is not None
        and found.currency == opening.currency
        and found.state is StatementState.POSTED
        and found.last_day is not None
        and found.last_day < days[0]
    ]
    if not earlier or earlier[0].closing == opening:
        return ()
    last = earlier[0]
    closed = last.closing.to_decimal() if last.closing is not None else ""
    text = f"It opens with {opening.to_decimal()}, the one before closed with {closed}: one may be missing."
    return (StatementDefect("chain_broken", text),)
