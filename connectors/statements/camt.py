"""Reads camt.052, camt.053 and camt.054 of every version: entries are taken as they come, and let go."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from connectors.formats.camt_entries import DEBIT, is_return_code
from connectors.formats.message_xml import unreadable
from connectors.formats.moments import read_date
from connectors.statements.amounts import AmountError, not_readable
from connectors.statements.camt_balances import read_statement
from connectors.statements.camt_payments import code_of, read_charges, read_facts, signed_amount
from connectors.statements.statement import (
    Defect,
    EntryStatus,
    EntryTally,
    PaymentFacts,
    Statement,
    StatementEntry,
)
from connectors.statements.statement_parts import (
    BATCH,
    EntriesRead,
    StatementBegins,
    StatementEnds,
    StatementPart,
    whole_statements,
)
from connectors.statements.xml_shapes import Part, PathTable, read_part
from connectors.statements.xml_stream import Cut, cut_elements, cut_out
from gateway.domain.errors import InputError
from gateway.domain.money import Money

_KINDS = {"BkToCstmrAcctRpt": "camt.052", "BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_BODY = re.compile(rf"<(?:[^\s<>/:]+:)?({'|'.join(_KINDS)})(?:V[0-9]{{2}})?[\s>]")
_STATEMENTS = ("Rpt", "Stmt", "Ntfctn")
_OPEN_STATEMENT = re.compile(rf"<(?:[^\s<>/:]+:)?(?:{'|'.join(_STATEMENTS)})[\s>]")
_OPEN_ENTRY = re.compile(r"<(?:[^\s<>/:]+:)?Ntry[\s>]")
_NAMESPACE = re.compile(r"(?:tech:xsd:|\s)(camt\.05[234]\.[0-9]{3}\.[0-9]{2})\b")
_STATUS = {"BOOK": EntryStatus.BOOKED, "": EntryStatus.BOOKED, "PDNG": EntryStatus.PENDING, "FUTR": EntryStatus.PENDING}
_COUNT_DIGITS = 9
_PAYMENT = "TxDtls"
_BEGIN_AND_END = 2
_DIRECTIONS = frozenset({"CRDT", DEBIT})
_CHUNK = 64 * 1024
_ENTRY: PathTable = {
    "direction": ("CdtDbtInd",),
    "status": ("Sts/Cd", "Sts/Prtry", "Sts"),
    "booked": ("BookgDt/Dt", "BookgDt/DtTm"),
    "value": ("ValDt/Dt", "ValDt/DtTm"),
    "reversal": ("RvslInd",),
    "entry_ref": ("AcctSvcrRef",),
    "count": ("NtryDtls/Btch/NbOfTxs", "Btch/NbOfTxs"),
    "batch_id": ("NtryDtls/Btch/PmtInfId", "Btch/PmtInfId"),
    "message_id": ("NtryDtls/Btch/MsgId", "Btch/MsgId"),
    "info": ("AddtlNtryInf",),
    "number": ("NtryRef",),
}


def read_camt_statements(content: bytes) -> tuple[Statement, ...]:
    """Read every statement, report or notification of a message.

    Raises:
        InputError: ``bank_message_unreadable``, ``not_a_statement`` or ``statement_empty``.
    """
    chunks = (content[start : start + _CHUNK] for start in range(0, max(len(content), 1), _CHUNK))
    return tuple(whole_statements(camt_parts(chunks)))


def camt_parts(chunks: Iterable[bytes]) -> Iterator[StatementPart]:
    """Give the parts of every statement of a message of any length as it is read.

    Raises:
        InputError: as :func:`read_camt_statements`, at any point: what was given before belongs to a message that is
            not one.
    """
    reading = _Reading()
    for cut in cut_elements(chunks, ("Ntry", "GrpHdr", *_STATEMENTS), inner=(_PAYMENT,)):
        if cut.name == _PAYMENT:
            reading.detail(cut)
        elif cut.name == "GrpHdr":
            reading.message_id = read_part(cut.body).words("MsgId")
        elif not cut.name:
            reading.finish(cut)
        else:
            if not reading.begun:
                yield reading.begin(cut)
            yield from reading.take(cut)


class _Reading:
    """What is open while a message is read."""

    def __init__(self) -> None:
        self.message_id = ""
        self.form = ""
        self.found = 0
        self.begun = False
        self._number = 0
        self._tally = EntryTally()
        self._entries: list[StatementEntry] = []
        self._defects: list[Defect] = []
        self._details: list[dict[str, Any]] = []
        self._unfit: list[Defect] = []
        self._direction: str | None = None

    def detail(self, cut: Cut) -> None:
        """Take a payment of an entry that is long and not at its end."""
        if self._direction is None:
            # Of the entry that is still open, as far as it was read: its direction comes before its payments.
            text = "".join(cut.around)
            opened = [found.start() for found in _OPEN_ENTRY.finditer(text)]
            if not opened:
                raise unreadable("a payment is in no entry")
            self._direction = read_part(text[opened[-1] :]).words("CdtDbtInd")
        self._payment(read_part(cut.body), self._direction)

    def _payment(self, piece: Part, direction: str) -> None:
        try:
            self._details.append(read_facts(piece, direction))
        except AmountError as error:
            self._unfit.append(Defect("payment_amount", f"The amount of a payment was not taken: {error}."))
            self._details.append(read_facts(piece, direction, with_amount=False))

    def take(self, cut: Cut) -> Sequence[StatementPart]:
        """Take an entry, or the end of a statement; return what is ready to be handed over."""
        if cut.name == "Ntry":
            self._entry(cut)
            return (self._batch(),) if len(self._entries) >= BATCH else ()
        rest = (self._batch(),) if self._entries else ()
        return (*rest, self._statement(cut))

    def finish(self, left: Cut) -> None:
        """Check what is left at the end of the message."""
        if self.found:
            return
        if not _BODY.search(left.body):
            raise _no_account_message()
        why = "the message has a header and no statement"
        raise not_readable("statement_empty", why, "Ask the bank for the message again; nothing was taken from it.")

    def _entry(self, cut: Cut) -> None:
        self._number += 1
        position = f"entry {self._number}"
        piece, payments = _with_payments(cut.body)
        direction = piece.words("CdtDbtInd")
        for payment in payments:
            self._payment(payment, direction)
        if self._unfit:
            self._defects += [replace(one, position=position) for one in self._unfit]
            self._unfit = []
        found = _entry(piece, self._details, position, self._defects)
        self._details, self._direction = [], None
        if found is not None:
            self._tally.add(found)
            self._entries.append(found)

    def _statement(self, cut: Cut) -> StatementEnds:
        self.found += 1
        whole = read_statement(read_part(cut.body), self.form, self.message_id, self._tally, self._defects)
        self.begun, self._number, self._tally, self._defects = False, 0, EntryTally(), []
        return StatementEnds(whole)

    def begin(self, cut: Cut) -> StatementBegins:
        """Begin a statement with its first entry, or where it has none, with its end."""
        around = "".join(cut.around)
        kind = _BODY.search(around)
        opened = [found.start() for found in _OPEN_STATEMENT.finditer(around)]
        whole = cut.name != "Ntry"
        if kind is None:
            raise _no_account_message()
        if not whole and not opened:
            raise unreadable("an entry is in no statement")
        if not self.form:
            plain = _KINDS[kind[1]]
            named = _NAMESPACE.search(around[: kind.end()])
            self.form = named[1] if named and named[1].startswith(plain) else plain
        piece = read_part(cut.body if whole else around[opened[-1] :])
        self.begun = True
        return StatementBegins(replace(read_statement(piece, self.form, self.message_id, EntryTally(), []), defects=()))

    def _batch(self) -> EntriesRead:
        entries, self._entries = tuple(self._entries), []
        return EntriesRead(entries)


def _with_payments(body: str) -> tuple[Part, Sequence[Part]]:
    """Return an entry and its payments: the usual single one is read with it, several are cut out before."""
    named = body.count(_PAYMENT)
    if not named:
        return read_part(body), ()
    if named == _BEGIN_AND_END:
        piece = read_part(body)
        payments = piece.parts(f"NtryDtls/{_PAYMENT}")
        if len(payments) == 1:
            return piece, payments
    rest, bodies = cut_out(body, _PAYMENT)
    return read_part(rest), [read_part(one) for one in bodies]


def _no_account_message() -> InputError:
    return not_readable("not_a_statement", "it is no account message", "Give a camt.052, camt.053 or camt.054.")


def _entry(piece: Part, told: list[dict[str, Any]], position: str, defects: list[Defect]) -> StatementEntry | None:
    """Return the entry, None where it has no amount that can be taken; what does not fit is added to the defects."""
    named, own = piece.named(_ENTRY), piece.amount("Amt")
    direction = named.get("direction", "")
    if direction not in _DIRECTIONS or own is None:
        lacking = "amount" if own is None else "direction (credit or debit)"
        defects.append(Defect("entry_left_out", f"The entry has no {lacking}.", position))
        return None
    try:
        amount = signed_amount(own, direction)
    except AmountError as error:
        defects.append(Defect("entry_left_out", f"The amount of the entry was not taken: {error}.", position))
        return None
    code, count = code_of(piece), named.get("count", "")
    own_facts = _facts_of_entry(piece, named, told, amount, code)
    # The one payment of an entry is what the entry says, unless their amounts differ.
    whole = len(told) == 1 and told[0].get("amount") == amount
    details = (own_facts,) if whole else tuple(PaymentFacts(**one) for one in told)
    entry = StatementEntry(
        amount=amount,
        status=_STATUS.get(named.get("status", ""), EntryStatus.INFO),
        booked_on=_day(named.get("booked", "")),
        value_on=_day(named.get("value", "")),
        facts=own_facts,
        position=position,
        reversal=named.get("reversal", "") in {"true", "1"},
        bank_code=code,
        entry_ref=named.get("entry_ref", ""),
        details=details,
        batch_count=int(count) if count.isascii() and count.isdigit() and len(count) <= _COUNT_DIGITS else 0,
    )
    defects += _entry_defects(entry)
    return entry


@lru_cache(maxsize=2_000)
def _day(text: str) -> date | None:
    """Return a day; a statement names few of them, and each many times."""
    return read_date(text)


def _facts_of_entry(
    piece: Part,
    named: Mapping[str, str],
    told: list[dict[str, Any]],
    amount: Money,
    code: str,
) -> PaymentFacts:
    """Return what holds for the whole entry: of its one payment, or of the batch."""
    facts: dict[str, Any] = told[0].copy() if len(told) == 1 else {}
    number = named.get("number", "")
    # Many banks only count the entries of each statement in it: it tells nothing from one statement to the next.
    texts = tuple(text for text in (named.get("info", ""), f"NtryRef {number}" if number else "") if text)
    facts["amount"] = amount
    for name in ("batch_id", "message_id"):
        if name in named:
            facts[name] = named[name]
    if facts.get("charges") is None and piece.has("Chrgs"):
        facts["charges"] = read_charges(piece)
    facts["bank_code"] = facts.get("bank_code") or code
    facts["is_return"] = facts.get("is_return") or is_return_code(code)
    facts["bank_ref"] = facts.get("bank_ref") or named.get("entry_ref", "")
    if texts:
        facts["texts"] = (*facts.get("texts", ()), *texts)
    return PaymentFacts(**facts)


def _entry_defects(entry: StatementEntry) -> list[Defect]:
    found = []
    if entry.booked_on is None and entry.value_on is None and entry.status is EntryStatus.BOOKED:
        found.append(Defect("entry_without_date", "The entry has no date.", entry.position))
    count, own = len(entry.details), entry.amount
    if entry.batch_count and count and count != entry.batch_count:
        text = f"The entry says {entry.batch_count} payments and lists {count}."
        found.append(Defect("batch_count", text, entry.position))
    amounts = [detail.amount for detail in entry.details if detail.amount is not None]
    if count == 1 and amounts == [own]:
        return found
    if count and len(amounts) == count and all(amount.currency == own.currency for amount in amounts):
        total = sum([amount.minor for amount in amounts])
        if own.minor == total:
            return found
        charges = entry.facts.charges
        taken = charges.minor if charges is not None and charges.currency == own.currency else 0
        # Banks book charges within the entry or beside it; both are right.
        if own.minor != total + taken:
            listed = Money(total, own.currency).to_decimal()
            text = f"The payments of the entry add up to {listed}, the entry is {own.to_decimal()}."
            found.append(Defect("details_differ", text, entry.position))
    return found
