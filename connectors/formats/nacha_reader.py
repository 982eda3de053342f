"""Reads NACHA files: returns (addenda 99), corrections (addenda 98), and own files written before.

A return comes as an entry of the opposite direction with the original trace number; the identifier we put into the
entry comes back in it. Records may be shorter than 94 characters where systems cut blanks at the end.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from connectors.formats.message_xml import unreadable
from connectors.formats.nacha_records import Counted
from gateway.domain.money import Currency, Money
from gateway.ports.bank_files import BankEntry, BankReport, BankStatus

RECORD_LENGTH = 94
RECORDS_MAX = 2_000_000
_RETURN, _CHANGE = "99", "98"
_CREDITS = frozenset("1234")
"""Second digits of a transaction code: 2 to 4 credit the payee, 1 answers such a credit; 6 to 9 are debits."""


@dataclass(slots=True)
class _Entry:
    """One entry record with what its addenda say."""

    code: str
    routing: str
    account: str
    amount_minor: int
    identifier: str
    name: str
    trace: str
    entry_class: str
    effective_on: date | None
    addenda: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NachaFile:
    """One file as read. ``created_on``: of the file; ``entries``: with addenda; ``defects``: what does not fit."""

    reference: str
    created_on: date | None
    entries: tuple["NachaEntry", ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NachaEntry:
    """One entry. ``credit``: the account named in it is credited; ``reason``: return (Rnn) or change code (Cnn).

    ``original_trace``: of the entry it answers, or empty; ``corrected``: data of a change; ``texts``: of addenda 05.
    """

    entry_class: str
    credit: bool
    routing: str
    account: str
    amount_minor: int
    identifier: str
    name: str
    trace: str
    effective_on: date | None
    reason: str = ""
    original_trace: str = ""
    corrected: str = ""
    texts: tuple[str, ...] = ()


def read_nacha(content: bytes) -> BankReport:
    """Return returns as entries and corrections as statuses.

    A return's ``end_to_end_id`` is the identifier of its entry (at most 15 characters of the order's own).

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    file = read_nacha_file(content)
    dollar = Currency.of("USD")
    entries, statuses = [], []
    for entry in file.entries:
        if entry.reason.startswith("R"):
            day = entry.effective_on or file.created_on
            if day is None:
                raise unreadable("it has no date")
            # A credit we sent comes back to our account; a debit we took is taken from it again.
            minor = entry.amount_minor if entry.credit else -entry.amount_minor
            entries.append(
                BankEntry(
                    account="",
                    amount=Money(minor, dollar),
                    booked_on=day,
                    value_on=day,
                    booked=True,
                    entry_ref=entry.trace,
                    end_to_end_id=entry.identifier,
                    is_return=True,
                    reason_code=entry.reason,
                    counterparty=entry.name,
                    trace_id=entry.original_trace,
                )
            )
        elif entry.reason.startswith("C"):
            statuses.append(
                BankStatus(
                    message_id=file.reference,
                    status="ACWC",
                    end_to_end_id=entry.identifier,
                    reason_code=entry.reason,
                    reason_text=entry.corrected,
                )
            )
    created = file.created_on
    moment = datetime(created.year, created.month, created.day, tzinfo=UTC) if created else None
    return BankReport("nacha", file.reference, moment, tuple(statuses), tuple(entries), file.defects)


def read_nacha_file(content: bytes) -> NachaFile:
    """Read every entry of a file and check its totals.

    Raises:
        InputError: ``bank_message_unreadable``: no such file, or a record whose numbers cannot be read.
    """
    reader = _Reader()
    lines = content.decode("latin-1").split("\n")
    if len(lines) > RECORDS_MAX:
        raise unreadable("it has too many records")
    for line in lines:
        record = line.rstrip("\r")
        if record.strip():
            reader.record(record.ljust(RECORD_LENGTH))
    return reader.file()


class _Reader:
    """Walks the records."""

    def __init__(self) -> None:
        self._reference = ""
        self._created_on: date | None = None
        self._class = ""
        self._effective_on: date | None = None
        self._entries: list[_Entry] = []
        self._counted = Counted()
        self._defects: list[str] = []
        self._started = False

    def record(self, record: str) -> None:
        if not self._started and record[0] != "1" and record[0] not in "56":
            raise unreadable("it is no NACHA file")
        self._started = True
        match record[0]:
            case "1":
                self._reference = record[86:94].strip()
                self._created_on = _day(record[23:29])
            case "5":
                self._class = record[50:53]
                self._effective_on = _day(record[69:75])
            case "6":
                self._entry(record)
            case "7":
                if not self._entries:
                    raise unreadable("an addenda record has no entry")
                self._entries[-1].addenda.append(record)
                self._counted.entries += 1
            case "9" if record.strip("9 "):
                self._control(record)
            case "8" | "9":
                return
            case _:
                raise unreadable("a record has a type that is not known")

    def file(self) -> NachaFile:
        if not self._started:
            raise unreadable("it is empty")
        entries = tuple(_finished(entry) for entry in self._entries)
        return NachaFile(self._reference, self._created_on, entries, tuple(self._defects))

    def _entry(self, record: str) -> None:
        routing, amount = record[3:12], record[29:39]
        if not (routing[:8].isascii() and routing[:8].isdigit() and amount.isascii() and amount.isdigit()):
            raise unreadable("an entry has no number where one belongs")
        name = record[54:76]
        if self._class == "CTX":
            name = record[58:74]
        read = _Entry(
            code=record[1:3],
            routing=routing,
            account=record[12:29].strip(),
            amount_minor=int(amount),
            identifier=record[39:54].strip(),
            name=name.strip(),
            trace=record[79:94],
            entry_class=self._class,
            effective_on=self._effective_on,
        )
        self._entries.append(read)
        credit = read.code[1:2] in _CREDITS
        self._counted.add(
            routing, debit_minor=0 if credit else read.amount_minor, credit_minor=read.amount_minor if credit else 0
        )

    def _control(self, record: str) -> None:
        counted = self._counted
        said = (record[13:21], record[21:31], record[31:43], record[43:55])
        own = (f"{counted.entries:08}", counted.entry_hash, f"{counted.debit_minor:012}", f"{counted.credit_minor:012}")
        names = ("number of entries", "sum of routing numbers", "sum of debits", "sum of credits")
        for name, theirs, ours in zip(names, said, own, strict=True):
            if theirs.strip() and theirs != ours:
                self._defects.append(f"The {name} of the file is {ours}, its control record says {theirs}.")


def _finished(entry: _Entry) -> NachaEntry:
    read = NachaEntry(
        entry_class=entry.entry_class,
        credit=entry.code[1:2] in _CREDITS,
        routing=entry.routing,
        account=entry.account,
        amount_minor=entry.amount_minor,
        identifier=entry.identifier,
        name=entry.name,
        trace=entry.trace,
        effective_on=entry.effective_on,
        texts=tuple(record[3:83].rstrip() for record in entry.addenda if record[1:3] == "05"),
    )
    for record in entry.addenda:
        if record[1:3] in {_RETURN, _CHANGE}:
            corrected = record[35:64].strip() if record[1:3] == _CHANGE else ""
            read = replace(read, reason=record[3:6], original_trace=record[6:21].strip(), corrected=corrected)
    return read


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
