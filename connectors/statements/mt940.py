"""Reads MT940 (end of day) and MT942 (during the day), with the ways of many banks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.statements.amounts import NOT_NAMED, AmountError, exact_minor, known_currency, not_readable
from connectors.statements.bank_words import decoded
from connectors.statements.mt940_details import read_details, read_unstructured
from connectors.statements.mt940_fields import MtField, MtMessage, cut_messages
from connectors.statements.mt940_line import MtLine, read_balance, read_line
from connectors.statements.statement import (
    Defect,
    EntryStatus,
    PaymentFacts,
    Statement,
    StatementEntry,
    difference_defects,
)
from gateway.domain.money import Currency, Money

_BEGIN = re.compile(rb"[\r\n](?=:20:)")
_BEGIN_LENGTH = 5
_UTF16 = frozenset({b"\xff\xfe", b"\xfe\xff"})
_PAGE = re.compile(r"(?P<number>[0-9]+)(?:/(?P<page>[0-9]{1,5}))?")
_COUNTED = re.compile(r"(?P<count>[0-9]{1,9})(?P<currency>[A-Z]{3})(?P<amount>[0-9]{1,18}(?:[,.][0-9]*)?)")
_OPENING, _CLOSING = frozenset({"60F", "60M", "60"}), frozenset({"62F", "62M", "62"})
_OLD_DUTCH = re.compile(r"(?P<account>P?[0-9]{9,10}|NONREF)\s{2,}(?P<name>\S.*)")
_OF_THE_DAY = frozenset({"34F", "90D", "90C"})
_KNOWN = frozenset({"13", "13D", "21", "28", "28C", "64", "65", "34F", "20"})


def read_mt940_statements(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a file, one for each ``:20:``.

    Raises:
        InputError: ``not_a_statement``.
    """
    return tuple(mt940_statements([content]))


def mt940_statements(chunks: Iterable[bytes]) -> Iterator[Statement]:
    """Give the statements of a file as they are read: the memory of one at a time.

    Raises:
        InputError: ``not_a_statement``.
    """
    found = False
    line = 1
    for content in _whole_messages(chunks):
        text = decoded(content).replace("\r\n", "\n").replace("\r", "\n")
        for message in cut_messages(text, line):
            found = True
            yield _Reader(message).statement()
        line += text.count("\n")
    if not found:
        raise not_readable("not_a_statement", "it has no field of an MT940", "Give a file with fields such as :20:.")


def _whole_messages(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give pieces of a file that hold whole statements: each next one begins with ``:20:`` on a line of its own."""
    kept: list[bytes] = []
    tail = b""
    wide = False
    for chunk in chunks:
        window = tail + chunk
        wide = wide or (not kept and window[:2] in _UTF16)
        begins = [] if wide else [found.end() for found in _BEGIN.finditer(window)]
        if begins:
            yield b"".join([*kept, window[: begins[-1]]])
            kept, window = [], window[begins[-1] :]
        # A begin may be cut by the end of the piece: its last signs are looked at again.
        kept.append(window[:-_BEGIN_LENGTH])
        tail = window[-_BEGIN_LENGTH:]
    yield b"".join([*kept, tail])


@dataclass(slots=True)
class _Open:
    """One line with what follows it."""

    line: MtLine
    position: str
    details: list[str] = field(default_factory=list)
    unstructured: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


class _Reader:
    """Walks the fields of one message."""

    def __init__(self, message: MtMessage) -> None:
        self._message = message
        self._defects = [
            Defect("line_not_understood", f"This line belongs to no field: {text.strip()[:80]}", f"line {number}")
            for number, text in message.stray
        ]
        self._lines: list[_Open] = []
        self._balances: dict[str, tuple[Money, date | None]] = {}
        self._single: dict[str, str] = {}
        self._info: list[str] = []
        self._after_balance = False
        self._currency = _named_currency(message)

    def statement(self) -> Statement:
        for one in self._message.fields:
            self._field(one)
        entries = tuple(_entry(one, self._amounts_in) for one in self._lines)
        opening, closing = self._balances.get("60"), self._balances.get("62")
        page = _PAGE.match(self._single.get("28", ""))
        self._check_totals(entries)
        lost = any(defect.code in {"entry_left_out", "totals_differ"} for defect in self._defects)
        of_the_day = any(one.tag in _OF_THE_DAY for one in self._message.fields)
        statement = Statement(
            format="MT942" if of_the_day else "MT940",
            id=self._single.get("20", ""),
            account=self._single.get("25", ""),
            currency=self._currency,
            opening=opening[0] if opening else None,
            closing=closing[0] if closing else None,
            entries=tuple(replace(entry, status=EntryStatus.PENDING) for entry in entries) if of_the_day else entries,
            opening_on=opening[1] if opening else None,
            closing_on=closing[1] if closing else None,
            sequence=self._single.get("28", ""),
            page=int(page["page"] or 1) if page else 1,
            is_last_page=not any(one.tag == "62M" for one in self._message.fields),
            is_continued=any(one.tag == "60M" for one in self._message.fields),
            controls_agree=False if lost else None,
            info=" ".join(self._info),
        )
        return replace(statement, defects=(*self._defects, *difference_defects(statement)))

    @property
    def _amounts_in(self) -> Currency:
        return self._currency or NOT_NAMED

    def _field(self, one: MtField) -> None:
        position, tag = f"line {one.line}", one.tag
        if tag in _OPENING or tag in _CLOSING:
            self._after_balance = tag in _CLOSING
            self._balance(tag[:2], one, position)
        elif tag == "61":
            self._line(one, position)
        elif tag == "86":
            self._told(one)
        elif tag == "NS":
            if self._lines and not self._after_balance:
                self._lines[-1].unstructured += one.lines
            else:
                self._info += [line.strip() for line in one.lines if line.strip()]
        elif tag == "25" and "25" in self._single:
            self._second_account(one, position)
        elif tag in {"20", "25", "28", "28C"}:
            self._single.setdefault(tag[:2], one.first)
        elif tag not in _KNOWN and tag not in _OF_THE_DAY:
            text = f"The field :{tag}: is not known: {one.first[:60]}"
            self._defects.append(Defect("field_not_known", text, position))

    def _balance(self, kind: str, one: MtField, position: str) -> None:
        try:
            self._balances.setdefault(kind, read_balance(one.first))
        except AmountError as error:
            self._defects.append(Defect("balance_left_out", f"A balance was not taken: {error}.", position))

    def _line(self, one: MtField, position: str) -> None:
        self._after_balance = False
        try:
            line = read_line(one.lines, self._amounts_in)
            why = "it has another form" if line is None else ""
        except AmountError as error:
            line, why = None, str(error)
        if line is None:
            text = f"A statement line was not taken, since {why}: {one.first[:80]}"
            self._defects.append(Defect("entry_left_out", text, position))
            return
        if line.bent:
            self._defects.append(
                Defect("day_not_in_calendar", f"The calendar lacks the day of {one.first[:10]}.", position)
            )
        self._lines.append(_Open(line, position))

    def _told(self, one: MtField) -> None:
        if self._lines and not self._after_balance:
            self._lines[-1].details += one.lines
        else:
            self._info += [line.strip() for line in one.lines if line.strip()]

    def _second_account(self, one: MtField, position: str) -> None:
        """A second account in a statement: a bank's slip for the details of the line before it."""
        text = f"A second account is named: {one.first[:60]}"
        if self._lines and re.match(r"[0-9]{3}\?", one.first):
            self._lines[-1].details += one.lines
            text = "The details of a line are marked as an account; they were taken as details."
        self._defects.append(Defect("field_out_of_place", text, position))

    def _check_totals(self, entries: tuple[StatementEntry, ...]) -> None:
        """Compare with ``:90D:`` and ``:90C:`` of MT942."""
        for one in self._message.fields:
            found = _COUNTED.fullmatch(one.first) if one.tag in {"90D", "90C"} else None
            if found is None:
                continue
            sign = -1 if one.tag == "90D" else 1
            amounts = [sign * entry.amount.minor for entry in entries if sign * entry.amount.minor > 0]
            try:
                said = exact_minor(found["amount"], known_currency(found["currency"]) or self._amounts_in)
            except AmountError:
                continue
            if (len(amounts), sum(amounts)) != (int(found["count"]), said):
                text = (
                    f"The field :{one.tag}: says {found['count']} lines, {found['amount']}; {len(amounts)} were read."
                )
                self._defects.append(Defect("totals_differ", text, f"line {one.line}"))


def _named_currency(message: MtMessage) -> Currency | None:
    """Return the currency of the booked balances, or of the floor limit (MT942); None where none is named."""
    for one in message.fields:
        if one.tag in _OPENING or one.tag in _CLOSING:
            try:
                return read_balance(one.first)[0].currency
            except AmountError:
                continue
    for one in message.fields:
        if one.tag in _OF_THE_DAY:
            named = re.search(r"[A-Z]{3}", one.first)
            if named and known_currency(named[0]):
                return known_currency(named[0])
    return None


def _entry(one: _Open, currency: Currency) -> StatementEntry:
    line = one.line
    facts, code = read_details(one.details, currency) if one.details else (PaymentFacts(), "")
    if one.unstructured:
        facts = read_unstructured(one.unstructured)
    reference, account = line.reference, facts.account
    old = _OLD_DUTCH.fullmatch(reference)
    if old:
        reference = ""
        account = account or ("" if old["account"] == "NONREF" else old["account"].removeprefix("P").lstrip("0"))
        facts = replace(facts, counterparty=facts.counterparty or old["name"].strip())
    # A word such as EREF instead of a reference says that the details hold it.
    named = "" if reference.rstrip("+") in {"EREF", "PREF", "KREF", "MREF"} else reference
    told = tuple(text for text in (line.supplement,) if text and text not in facts.text)
    facts = replace(
        facts,
        amount=line.amount,
        account=account,
        instruction_id=facts.instruction_id or named,
        bank_ref=facts.bank_ref or line.bank_ref,
        is_return=facts.is_return or line.type in {"NRTI", "NRTN"},
        bank_code=code or line.type,
        texts=facts.texts + told,
    )
    return StatementEntry(
        amount=line.amount,
        status=EntryStatus.BOOKED,
        booked_on=line.booked_on,
        value_on=line.value_on,
        facts=facts,
        position=one.position,
        reversal=line.reversal,
        bank_code="/".join(part for part in (line.type, code) if part),
        entry_ref=line.bank_ref,
    )
