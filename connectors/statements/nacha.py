"""Reads NACHA files of every entry class: returns (addenda 99), changes (98), ADV and IAT layouts, totals.

Amounts are signed as the file means them: an entry that credits the account it names is above zero. That is also how a
return of a credit comes back to who sent it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.statements.amounts import not_readable
from connectors.statements.bank_words import banking_day, short_year
from connectors.statements.statement import Defect, EntryStatus, PaymentFacts, Statement, StatementEntry
from gateway.domain.money import Currency, Money

RECORD_LENGTH = 94
RECORDS_MAX = 2_000_000
_DOLLAR = Currency.of("USD")
_CREDITS, _ADV_CREDITS = frozenset("1234"), frozenset("1357")
_TEXT, _CHANGE, _RETURN, _IAT_NAME = "05", "98", "99", "10"
_LONG_NAMES = frozenset({"CTX", "ATX"})
_KINDS = frozenset("156789")


@dataclass(slots=True)
class _Totals:
    entries: int = 0
    hash: int = 0
    debit: int = 0
    credit: int = 0

    def add(self, other: "_Totals") -> None:
        self.entries += other.entries
        self.hash += other.hash
        self.debit += other.debit
        self.credit += other.credit


@dataclass(slots=True)
class _Read:
    """Everything read so far; ``batch``: header record of the batch, or empty."""

    entries: list[StatementEntry] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    addenda: list[str] = field(default_factory=list)
    batch: str = ""
    batch_totals: _Totals = field(default_factory=_Totals)
    file_totals: _Totals = field(default_factory=_Totals)
    header: str = ""
    records: int = 0
    checked: bool = False


def looks_like_nacha(text: str) -> bool:
    """Return whether the first record is one of a NACHA file (some lack their file header)."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first[:3] == "101" or (first[:1] in {"5", "6"} and first[1:3].isdigit() and 60 <= len(first.rstrip()) <= 94)


def read_nacha_statements(content: bytes) -> tuple[Statement, ...]:
    """Read a file as one statement; its totals are compared with what was read.

    Raises:
        InputError: ``not_a_statement``, ``statement_too_large``.
    """
    read = _Read()
    for position, record in _records(content):
        _take(read, record, position)
    if not read.records:
        raise not_readable(
            "not_a_statement", "it has no record of a NACHA file", "Give a file of 94-character records."
        )
    _finish_entry(read)
    lost = any(defect.code in {"entry_left_out", "totals_differ"} for defect in read.defects)
    entries = tuple(read.entries)
    reference = f"{read.header[86:94].strip()} {read.header[23:33].strip()}{read.header[33:34]}".strip()
    created = _day(read.header[23:29])
    return (
        Statement(
            format="NACHA",
            id=reference,
            account=read.header[13:23].strip(),
            currency=_DOLLAR,
            opening=None,
            closing=None,
            entries=entries,
            first_day=created,
            last_day=created,
            holder=read.header[63:86].strip(),
            controls_agree=False if lost else (True if read.checked else None),
            defects=tuple(read.defects),
            records=read.records,
            info=read.header[40:63].strip(),
        ),
    )


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    """Give each record with its place; files without line ends are cut by length."""
    text = content.decode("latin-1")
    lines = text.splitlines()
    if len(lines) == 1 and len(text) > RECORD_LENGTH and len(text.strip()) % RECORD_LENGTH == 0:
        lines = [text[start : start + RECORD_LENGTH] for start in range(0, len(text.strip()), RECORD_LENGTH)]
    if len(lines) > RECORDS_MAX:
        raise not_readable("statement_too_large", f"it has more than {RECORDS_MAX} records", "Ask for smaller files.")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"line {number}", line.ljust(RECORD_LENGTH)


def _take(read: _Read, record: str, position: str) -> None:
    kind = record[0]
    if kind not in _KINDS:
        read.defects.append(Defect("record_not_known", f"This record has no known type: {record[:20]}", position))
        return
    read.records += 1
    if kind == "7":
        _addenda(read, record, position)
        return
    _finish_entry(read)
    if kind == "1":
        read.header = record
    elif kind == "5":
        read.batch, read.batch_totals = record, _Totals()
    elif kind == "6":
        _entry(read, record, position)
    elif kind == "8":
        _control(read, read.batch_totals, record[4:10], record[10:20], _sums(read, record, 20), "batch", position)
        read.batch = ""
    elif record.strip("9 "):
        _control(read, read.file_totals, record[13:21], record[21:31], _sums(read, record, 31), "file", position)


def _sums(read: _Read, record: str, start: int) -> tuple[str, str]:
    """Return total debits and credits as written: twelve digits each, twenty where the file only has ADV entries."""
    adv = bool(read.entries) and all(entry.bank_code.startswith("ADV") for entry in read.entries)
    length = 20 if adv else 12
    return record[start : start + length], record[start + length : start + 2 * length]


def _control(
    read: _Read, own: _Totals, count: str, total_hash: str, sums: tuple[str, str], what: str, position: str
) -> None:
    pairs = (
        ("number of entries", count, own.entries),
        ("sum of routing numbers", total_hash, own.hash % 10**10),
        ("sum of debits", sums[0], own.debit),
        ("sum of credits", sums[1], own.credit),
    )
    for name, said, counted in pairs:
        if not said.strip():
            continue
        read.checked = True
        if not (said.isascii() and said.isdigit()) or int(said) != counted:
            text = f"The {name} of the {what} is {counted}, its control record says {said.strip()}."
            read.defects.append(Defect("totals_differ", text, position))


def _entry(read: _Read, record: str, position: str) -> None:
    entry_class = read.batch[50:53].strip()
    adv = entry_class == "ADV"
    written, routing, code = record[27:39] if adv else record[29:39], record[3:11], record[1:3]
    if not all(text.isascii() and text.isdigit() for text in (written, routing, code)):
        text = f"The entry has no number where one belongs: {record[:54].rstrip()}"
        read.defects.append(Defect("entry_left_out", text, position))
        _count(read, _Totals(entries=1, hash=int(routing) if routing.isascii() and routing.isdigit() else 0))
        return
    credit = code[1] in (_ADV_CREDITS if adv else _CREDITS)
    minor = int(written)
    _count(read, _Totals(1, int(routing), 0 if credit else minor, minor if credit else 0))
    effective = _day(read.batch[69:75])
    facts = PaymentFacts(
        amount=Money(minor if credit else -minor, _DOLLAR),
        end_to_end_id="" if entry_class == "IAT" or adv else record[39:54].strip(),
        batch_id=read.batch[87:94].strip(),
        bank_ref=record[79:94].strip(),
        counterparty=_name(record, entry_class),
        account=(record[39:74] if entry_class == "IAT" else record[12:27] if adv else record[12:29]).strip(),
        bic=record[3:12].strip(),
        text=read.batch[53:63].strip(),
        bank_code=f"{entry_class}/{code}",
    )
    amount = Money(minor if credit else -minor, _DOLLAR)
    status = EntryStatus.BOOKED if minor else EntryStatus.INFO
    kept = StatementEntry(
        amount, status, effective, effective, facts, position, bank_code=facts.bank_code, entry_ref=facts.bank_ref
    )
    read.entries.append(kept)


def _name(record: str, entry_class: str) -> str:
    if entry_class == "IAT":
        return ""
    return (record[58:74] if entry_class in _LONG_NAMES else record[54:76]).strip()


def _count(read: _Read, one: _Totals) -> None:
    read.batch_totals.add(one)
    read.file_totals.add(one)


def _addenda(read: _Read, record: str, position: str) -> None:
    _count(read, _Totals(entries=1))
    if not read.entries:
        read.defects.append(Defect("record_not_known", "An addenda record has no entry before it.", position))
        return
    read.addenda.append(record)


def _finish_entry(read: _Read) -> None:
    """Put what the addenda say into their entry."""
    if not read.addenda:
        return
    entry = read.entries[-1]
    facts = entry.facts
    texts: list[str] = []
    for record in read.addenda:
        kind = record[1:3]
        if kind in {_RETURN, _CHANGE}:
            told = record[35:79] if kind == _RETURN else record[35:64]
            facts = replace(
                facts,
                return_reason=record[3:6],
                return_text=told.strip(),
                is_return=kind == _RETURN,
                instruction_id=record[6:21].strip(),
            )
        elif kind == _IAT_NAME:
            facts = replace(facts, counterparty=record[46:81].strip(), instruction_id=record[24:46].strip())
        else:
            texts.append((record[3:83] if kind == _TEXT else record[3:87]).strip())
    facts = replace(facts, texts=facts.texts + tuple(text for text in texts if text))
    kind = "return" if facts.is_return else "change" if facts.return_reason else ""
    read.entries[-1] = replace(entry, facts=facts, kind=kind)
    read.addenda = []


def _day(digits: str) -> date | None:
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    return banking_day(short_year(digits[:2]), int(digits[2:4]), int(digits[4:]))
