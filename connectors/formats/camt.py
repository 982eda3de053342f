"""Reads account messages: camt.052 (during the day), camt.053 (end of day) and camt.054 (notifications).

Entries are read as they come and let go, so that a long statement needs no more memory than what it says. Whatever can
be read is read; what does not fit is told as a defect.
"""

import re
from datetime import datetime

from connectors.formats.camt_entries import read_amount, read_detail, read_entry
from connectors.formats.camt_shapes import CamtBalance, CamtDetail, CamtEntry, CamtMessage, CamtStatement
from connectors.formats.message_xml import Piece, read_pieces, unreadable
from connectors.formats.moments import read_date, read_moment
from gateway.domain.money import Money

_KINDS = {"BkToCstmrAcctRpt": "camt.052", "BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_STATEMENTS = {"Rpt", "Stmt", "Ntfctn"}
_VERSION_SUFFIX = re.compile(r"V[0-9]{2}$")
_OPENING = ("OPBD", "PRCD")
_BOOKED = frozenset({"BOOK", ""})


def read_camt(content: bytes) -> CamtMessage:
    """Read one message of any version.

    Raises:
        InputError: ``bank_message_unreadable``.
    """
    collected = _Collected()
    handlers = {
        "TxDtls": collected.detail,
        "Ntry": collected.entry,
        "GrpHdr": collected.header,
        **dict.fromkeys(_STATEMENTS, collected.statement),
    }
    root = read_pieces(content, handlers, drop=frozenset({"TxDtls", "Ntry", *_STATEMENTS}))
    body = root if _kind(root) else next((piece for piece in root.inside if _kind(piece)), None)
    if body is None:
        raise unreadable("it is no account message")
    return CamtMessage(_kind(body), collected.id, collected.created_at, tuple(collected.statements))


def _kind(piece: Piece) -> str:
    return _KINDS.get(_VERSION_SUFFIX.sub("", piece.name), "")


class _Collected:
    """What was read so far."""

    def __init__(self) -> None:
        self.id = ""
        self.created_at: datetime | None = None
        self.statements: list[CamtStatement] = []

    def header(self, piece: Piece) -> None:
        self.id = piece.words("MsgId")
        self.created_at = read_moment(piece.words("CreDtTm"))

    def detail(self, piece: Piece) -> None:
        entry = piece.around
        while entry is not None and entry.name != "Ntry":
            entry = entry.around
        if entry is None:
            raise unreadable("a payment is in no entry")
        entry.kept.append(read_detail(piece, entry.words("CdtDbtInd")))

    def entry(self, piece: Piece) -> None:
        statement = piece.around
        if statement is None or statement.name not in _STATEMENTS:
            raise unreadable("an entry is in no statement")
        details = tuple(detail for detail in piece.kept if isinstance(detail, CamtDetail))
        statement.kept.append(read_entry(piece, details))

    def statement(self, piece: Piece) -> None:
        entries = tuple(entry for entry in piece.kept if isinstance(entry, CamtEntry))
        account = piece.words("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN", "Acct/Id/UPIC")
        balances = tuple(_balance(found) for found in piece.all("Bal"))
        page = piece.first("StmtPgntn", "RptPgntn", "NtfctnPgntn")
        number = page.words("PgNb") if page is not None else ""
        currencies = {entry.amount.currency.code for entry in entries} | {
            item.amount.currency.code for item in balances
        }
        currency = piece.words("Acct/Ccy") or (currencies.pop() if len(currencies) == 1 else "")
        self.statements.append(
            CamtStatement(
                id=piece.words("Id"),
                account=account.replace(" ", ""),
                currency=currency,
                created_at=read_moment(piece.words("CreDtTm")),
                balances=balances,
                entries=entries,
                sequence=piece.words("ElctrncSeqNb", "LglSeqNb"),
                page=int(number) if number.isascii() and number.isdigit() and len(number) <= 9 else 1,
                is_last_page=page is None or page.words("LastPgInd") != "false",
                copy=bool(piece.words("CpyDplctInd")),
                first_day=read_date(piece.words("FrToDt/FrDtTm", "FrToDt/FrDt")),
                last_day=read_date(piece.words("FrToDt/ToDtTm", "FrToDt/ToDt")),
                defects=_defects(account, balances, entries),
            )
        )


def _balance(piece: Piece) -> CamtBalance:
    amount = read_amount(piece.first("Amt"), piece.words("CdtDbtInd"))
    if amount is None:
        raise unreadable("a balance has no amount")
    kind = piece.words("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry")
    return CamtBalance(kind, amount, read_date(piece.words("Dt/Dt", "Dt/DtTm", "Dt")))


def _defects(account: str, balances: tuple[CamtBalance, ...], entries: tuple[CamtEntry, ...]) -> tuple[str, ...]:
    """Tell what does not fit in a statement; nothing is corrected."""
    found = [] if account else ["The statement does not name its account."]
    opening = next((item for kind in _OPENING for item in balances if item.kind == kind), None)
    closing = next((item for item in balances if item.kind == "CLBD"), None)
    if opening is not None and closing is not None:
        currency = opening.amount.currency
        booked = [entry.amount for entry in entries if entry.status in _BOOKED]
        if closing.amount.currency != currency or any(amount.currency != currency for amount in booked):
            found.append("The statement mixes currencies.")
        else:
            expected = Money(opening.amount.minor + sum(amount.minor for amount in booked), currency)
            if expected != closing.amount:
                message = f"The opening balance and the entries give {expected.to_decimal()} {currency.code}, "
                found.append(f"{message}the statement says {closing.amount.to_decimal()}.")
    for number, entry in enumerate(entries, start=1):
        if entry.booked_on is None and entry.value_on is None and entry.status in _BOOKED:
            found.append(f"Entry {number} has no date.")
        if entry.batch_count and len(entry.details) not in {0, entry.batch_count}:
            found.append(f"Entry {number} says {entry.batch_count} payments and lists {len(entry.details)}.")
    return tuple(found)
