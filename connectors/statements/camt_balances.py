"""What account messages say of a whole statement: account, period, page, balances, totals."""

from collections.abc import Sequence
from dataclasses import replace

from connectors.formats.moments import read_date
from connectors.statements.amounts import AmountError, exact_minor, known_currency
from connectors.statements.camt_payments import signed_amount
from connectors.statements.statement import Defect, EntryTally, Statement, difference_defects
from connectors.statements.xml_shapes import Part
from gateway.domain.money import Currency, Money

_ACCOUNT = tuple(f"Acct/Id/{kind}" for kind in ("IBAN", "Othr/Id", "PrtryAcct/Id", "BBAN", "UPIC"))
_INCOMPLETE = frozenset({"entry_left_out", "summary_differs"})
_DIGITS = 9
_Balance = tuple[Money, str]


def read_statement(piece: Part, form: str, message_id: str, tally: EntryTally, told: Sequence[Defect]) -> Statement:
    """Read a statement whose entries were cut out.

    Args:
        piece: its element.
        form: of the message.
        message_id: where the statement has no name of its own.
        tally: sums of its entries.
        told: what did not fit in them.
    """
    defects = list(told)
    balances = _balances(piece, defects)
    account = piece.words(*_ACCOUNT)
    if not account:
        defects.append(Defect("no_account", "The statement does not name its account."))
    pages = next((name for name in ("StmtPgntn", "RptPgntn", "NtfctnPgntn") if piece.has(name)), "")
    number = piece.words(f"{pages}/PgNb")
    page = int(number) if number.isascii() and number.isdigit() and len(number) <= _DIGITS else 1
    is_last = not pages or piece.words(f"{pages}/LastPgInd") != "false"
    opening, closing = _opening(balances, page), _closing(balances, is_last=is_last)
    statement = Statement(
        format=form,
        id=piece.words("Id") or message_id,
        account=account.replace(" ", ""),
        currency=known_currency(piece.words("Acct/Ccy")) or _currency(opening, closing, tally, balances),
        opening=opening[0] if opening else None,
        closing=closing[0] if closing else None,
        entries=(),
        opening_on=read_date(opening[1]) if opening else None,
        closing_on=read_date(closing[1]) if closing else None,
        sequence=piece.words("ElctrncSeqNb", "LglSeqNb"),
        page=page,
        is_last_page=is_last,
        is_continued=page > 1,
        first_day=read_date(piece.words("FrToDt/FrDtTm", "FrToDt/FrDt")),
        last_day=read_date(piece.words("FrToDt/ToDtTm", "FrToDt/ToDt")),
        holder=piece.words("Acct/Ownr/Nm", "Acct/Nm"),
        info=piece.words("AddtlStmtInf", "AddtlRptInf", "AddtlNtfctnInf"),
        tally=tally,
    )
    defects += _summary_defects(piece, statement)
    agree = False if any(defect.code in _INCOMPLETE for defect in defects) else None
    statement = replace(statement, controls_agree=agree)
    return replace(statement, defects=(*defects, *difference_defects(statement)))


def _opening(balances: dict[str, list[_Balance]], page: int) -> _Balance | None:
    """Return the first opening balance; a later page opens with the first one between pages (``ITBD``)."""
    found = balances.get("OPBD") or balances.get("PRCD") or (balances.get("ITBD") if page > 1 else None)
    return found[0] if found else None


def _closing(balances: dict[str, list[_Balance]], *, is_last: bool) -> _Balance | None:
    """Return the first closing balance; a page that is not the last closes with the last one between pages."""
    if "CLBD" in balances:
        return balances["CLBD"][0]
    between = [] if is_last else balances.get("ITBD", [])
    return between[-1] if between else None


def _currency(
    opening: _Balance | None, closing: _Balance | None, tally: EntryTally, balances: dict[str, list[_Balance]]
) -> Currency | None:
    for found in (opening, closing):
        if found:
            return found[0].currency
    of_entries = next((one.currency for one in tally.sums.values()), None)
    return of_entries or next((found[0][0].currency for found in balances.values()), None)


def _balances(piece: Part, defects: list[Defect]) -> dict[str, list[_Balance]]:
    """Return the balances of each kind with their days as written."""
    found: dict[str, list[_Balance]] = {}
    for number, balance in enumerate(piece.parts("Bal"), start=1):
        kind = balance.words("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry")
        own = balance.amount("Amt")
        if own is None:
            defects.append(Defect("balance_left_out", "A balance has no amount.", f"balance {number}"))
            continue
        try:
            amount = signed_amount(own, balance.words("CdtDbtInd"))
        except AmountError as error:
            defects.append(Defect("balance_left_out", f"A balance was not taken: {error}.", f"balance {number}"))
            continue
        found.setdefault(kind, []).append((amount, balance.words("Dt/Dt", "Dt/DtTm", "Dt")))
    return found


def _summary_defects(piece: Part, statement: Statement) -> list[Defect]:
    """Compare the entries with the totals that the message gives (``TxsSummry``)."""
    found = []
    for side, own in (("TtlCdtNtries", statement.credit_sum), ("TtlDbtNtries", statement.debit_sum)):
        written = piece.words(f"TxsSummry/{side}/Sum")
        if not written or own is None:
            continue
        try:
            said = Money(exact_minor(written, own.currency), own.currency)
        except AmountError:
            continue
        if said != own:
            name = "credits" if side == "TtlCdtNtries" else "debits"
            text = f"The {name} add up to {own.to_decimal()}, the summary says {said.to_decimal()}."
            found.append(Defect("summary_differs", text))
    return found
