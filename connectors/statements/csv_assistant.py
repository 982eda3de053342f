"""Proposes how an unknown table is to be read, with reasons: columns by their contents first, by their headings second.

What proves a proposal is the running balance: where each one is the last one with the amount, the columns and their
order are certain. Without such a proof a person has to look.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from connectors.statements.amounts import AmountError, known_currency, plain_number
from connectors.statements.csv_description import CsvColumns, CsvDescription
from connectors.statements.tables import TableRow, header_key
from gateway.domain.bank.iban import check_iban
from gateway.domain.errors import InputError

_FORMS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%Y%m%d",
    "%Y/%m/%d",
)
_AMBIGUOUS = {"%d/%m/%Y": "%m/%d/%Y", "%d/%m/%y": "%m/%d/%y"}
_HEADINGS: tuple[tuple[str, str], ...] = (
    ("balance", r"balance|saldo|solde|kontostand|guthaben"),
    ("value", r"valu|wert|rente"),
    ("booked", r"buchung|book|date|datum|fecha|posted|boek"),
    ("debit", r"debit|soll|débit|cargo|ausgang|paid out|withdrawal|lastschrift"),
    ("credit", r"credit|haben|crédit|abono|eingang|paid in|deposit|gutschrift"),
    ("currency", r"currency|währung|waehrung|devise|divisa|valuta|munt"),
    ("amount", r"amount|betrag|umsatz|montant|importe|bedrag|gross|belopp"),
    ("name", r"name|payee|partner|empfänger|beguenstigter|begünstigter|auftraggeber|naam|counterparty|beneficiary"),
    ("mandate", r"mandat"),
    ("end_to_end", r"end.?to.?end|kundenreferenz"),
    ("bic", r"\bbic\b|swift"),
    ("reference", r"reference|referenz|transaction id|referentie|référence"),
    ("text", r"text|description|verwendungszweck|label|libell|concept|omschrijving|memo|details|remittance|purpose"),
)
_MOST = 0.8
_ROWS_SEEN = 400


class QuestionCode(StrEnum):
    """What a person has to say about a proposal."""

    DAY_FIRST = "day_first"
    DEBIT_AND_CREDIT = "debit_and_credit"
    SUMS = "sums"
    SIGNS = "signs"


@dataclass(frozen=True, slots=True)
class CsvQuestion:
    """One question. ``text``: for a person; ``columns``: the headings it is about."""

    code: QuestionCode
    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CsvProposal:
    """A description to confirm. ``header_at``: index of the headings, None without; ``certain``: proved by balances.

    ``questions``: what a person has to answer, empty where nothing is open.
    """

    description: CsvDescription
    header_at: int | None
    certain: bool
    questions: tuple[CsvQuestion, ...]


@dataclass(slots=True)
class _Column:
    """One column: its heading or number, the cells, and the share of filled ones that are of a kind."""

    name: str
    cells: list[str]

    def share(self, fits: Callable[[str], bool]) -> float:
        """Return how many of the filled cells fit, 0 to 1; this judges, it counts no money."""
        filled = [cell for cell in self.cells if cell]
        return sum(1 for cell in filled if fits(cell)) / len(filled) if filled else 0

    @property
    def empty(self) -> bool:
        return not any(self.cells)


def propose(rows: Sequence[TableRow]) -> CsvProposal | None:
    """Return a proposal, None where no column holds days or none holds amounts."""
    if not rows:
        return None
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    even = [index for index, row in enumerate(rows) if len(row.cells) == width and row.filled > 1]
    header_at = next((index for index in even if not any(_is_value(cell) for cell in rows[index].cells)), None)
    if header_at is not None and header_at != even[0] and not _only_preamble(rows, even, header_at):
        header_at = None
    names = (
        [header_key(cell) or f"#{n}" for n, cell in enumerate(rows[header_at].cells, 1)]
        if header_at is not None
        else []
    )
    body = [rows[index] for index in even if header_at is None or index > header_at][:_ROWS_SEEN]
    columns = [_Column(names[at] if names else f"#{at + 1}", [row.cells[at] for row in body]) for at in range(width)]
    return _proposal(columns, header_at, tuple(names)) if body else None


def _only_preamble(rows: Sequence[TableRow], even: Sequence[int], header_at: int) -> bool:
    return not any(sum(map(_is_value, rows[index].cells)) > 1 for index in even if index < header_at)


def _proposal(columns: list[_Column], header_at: int | None, names: tuple[str, ...]) -> CsvProposal | None:
    reasons: list[str] = []
    questions: list[CsvQuestion] = []
    days = [column for column in columns if column.share(_is_day) >= _MOST]
    mark = _mark_of(columns)
    amounts = [one for one in columns if one not in days and one.share(lambda cell: _is_amount(cell, mark)) >= _MOST]
    if not days or not amounts:
        return None
    booked, value = _named(days, "booked") or days[0], _named(days, "value")
    if value is booked:
        booked = next((one for one in days if one is not value), booked)
    forms, doubt = _forms(booked)
    reasons.append(f"“{booked.name}” holds a day in every row.")
    if doubt:
        text = f"Does “{booked.cells[0]}” in “{booked.name}” begin with the day or with the month?"
        questions.append(CsvQuestion(QuestionCode.DAY_FIRST, text, (booked.name,)))
    found, balanced = _money_columns(amounts, mark, reasons, questions)
    taken = {booked.name, value.name if value else "", *found.values()}
    rest = [one for one in columns if one.name not in taken and not one.empty]
    found |= _words_columns(rest, reasons)
    told = tuple(one.name for one in rest if one.name not in found.values() and _is_named(one, "text"))
    columns_found = replace(
        CsvColumns(booked=booked.name, text=told or _longest(rest, set(found.values()))),
        value=value.name if value is not None and value is not booked else "",
        **found,  # type: ignore[arg-type]
    )
    description = CsvDescription(
        name="proposed",
        columns=columns_found,
        header=tuple(name for name in names if not name.startswith("#")),
        width=len(columns),
        decimal=mark,
        dates=forms,
        reasons=tuple(reasons),
    )
    return CsvProposal(description, header_at, balanced and not questions, tuple(questions))


def _money_columns(
    amounts: list[_Column], mark: str, reasons: list[str], questions: list[CsvQuestion]
) -> tuple[dict[str, str], bool]:
    """Return which columns hold amounts and balance, and whether the running balance proves it."""
    for balance in amounts:
        for amount in amounts:
            if amount is not balance and _runs(amount.cells, balance.cells, mark):
                reasons.append(f"“{balance.name}” is the running balance of “{amount.name}”: every row fits.")
                return {"amount": amount.name, "balance": balance.name}, True
    debit, credit = _named(amounts, "debit"), _named(amounts, "credit")
    if debit is None or credit is None or debit is credit:
        pairs = [(one, two) for one in amounts for two in amounts if one is not two and _complements(one, two)]
        debit, credit = pairs[0] if pairs else (None, None)
        if debit is not None and credit is not None:
            text = f"Is “{debit.name}” the column of debits and “{credit.name}” that of credits?"
            questions.append(CsvQuestion(QuestionCode.DEBIT_AND_CREDIT, text, (debit.name, credit.name)))
    balance_named = _named(amounts, "balance")
    if debit is not None and credit is not None and _complements(debit, credit):
        reasons.append(f"Each row fills either “{debit.name}” or “{credit.name}”.")
        net = [_net(one, two, mark) for one, two in zip(debit.cells, credit.cells, strict=True)]
        if balance_named is not None and _runs(net, balance_named.cells, mark):
            reasons.append(f"“{balance_named.name}” is the running balance: every row fits.")
            return {"debit": debit.name, "credit": credit.name, "balance": balance_named.name}, True
        text = "Do the sums of debits and credits equal those of the bank?"
        questions.append(CsvQuestion(QuestionCode.SUMS, text, (debit.name, credit.name)))
        return {"debit": debit.name, "credit": credit.name}, False
    free = [one for one in amounts if one is not balance_named] or amounts
    amount = _named(free, "amount") or max(free, key=lambda one: sum(map(bool, one.cells)))
    reasons.append(f"“{amount.name}” holds amounts.")
    if not any(cell.startswith(("-", "(")) or cell.endswith("-") for cell in amount.cells):
        text = f"No amount of “{amount.name}” has a sign: are all of them credits?"
        questions.append(CsvQuestion(QuestionCode.SIGNS, text, (amount.name,)))
    text = "No running balance proves the amounts: do their sums equal those of the bank?"
    questions.append(CsvQuestion(QuestionCode.SUMS, text, (amount.name,)))
    return {"amount": amount.name}, False


def _words_columns(rest: Sequence[_Column], reasons: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in rest:
        if "counterparty_account" not in found and column.share(_is_account) >= _MOST:
            found["counterparty_account"] = column.name
            reasons.append(f"“{column.name}” holds IBANs with right check digits.")
        elif "currency" not in found and column.share(lambda cell: known_currency(cell.upper()) is not None) >= _MOST:
            found["currency"] = column.name
            reasons.append(f"“{column.name}” holds codes of currencies.")
        else:
            key = next((key for key, words in _HEADINGS if re.search(words, column.name)), "")
            if key in {"name", "mandate", "end_to_end", "bic", "reference"} and key not in found:
                found[key] = column.name
    return found


def _named(columns: Sequence[_Column], key: str) -> _Column | None:
    return next((column for column in columns if _is_named(column, key)), None)


def _is_named(column: _Column, key: str) -> bool:
    return next((name for name, words in _HEADINGS if re.search(words, column.name)), "") == key


def _longest(columns: Sequence[_Column], taken: set[str]) -> tuple[str, ...]:
    free = [column for column in columns if column.name not in taken]
    return (max(free, key=lambda one: sum(map(len, one.cells))).name,) if free else ()


def _forms(column: _Column) -> tuple[tuple[str, ...], bool]:
    """Return the forms in which every day can be read, and whether day and month could be exchanged."""
    cells = [cell for cell in column.cells if _is_day(cell)]
    fitting = [form for form in _FORMS if all(_day(cell, form) is not None for cell in cells)]
    doubt = any(form in fitting and other in fitting for form, other in _AMBIGUOUS.items())
    return tuple(fitting) or _FORMS, doubt


def _day(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text.partition(" ")[0].partition("T")[0], form).date()  # noqa: DTZ007 - a day alone
    except ValueError:
        return None


def _is_day(text: str) -> bool:
    return any(_day(text, form) is not None for form in _FORMS)


def _is_amount(text: str, mark: str = "") -> bool:
    try:
        plain_number(text, mark)
    except AmountError:
        return False
    return len(text) < 24


def _is_value(text: str) -> bool:
    return _is_day(text) or (_is_amount(text) and any(sign.isdigit() for sign in text)) or _is_account(text)


def _is_account(text: str) -> bool:
    try:
        check_iban(text.replace(" ", ""))
    except InputError:
        return False
    return True


def _mark_of(columns: Sequence[_Column]) -> str:
    """Return what stands before two decimals in most cells that are amounts."""
    found = Counter(
        cell.strip("-+ )€$£")[-3] for column in columns for cell in column.cells
        if re.fullmatch(r"[-+(]?[0-9][0-9.,' ]*[.,][0-9]{2}[-+)]?", cell)
    )  # fmt: skip
    return found.most_common(1)[0][0] if found else ""


def _complements(one: _Column, two: _Column) -> bool:
    return all(bool(a) != bool(b) for a, b in zip(one.cells, two.cells, strict=True))


def _net(debit: str, credit: str, mark: str) -> str:
    if credit:
        return plain_number(credit, mark)
    return f"-{plain_number(debit, mark).lstrip('-')}"


def _runs(amounts: Sequence[str], balances: Sequence[str], mark: str) -> bool:
    """Return whether every balance is the one before (or after) with the amount of its row."""
    try:
        moved = [_hundredths(cell, mark) for cell in amounts]
        stood = [_hundredths(cell, mark) for cell in balances]
    except AmountError:
        return False
    pairs = range(1, len(moved))
    if len(moved) < 3 or not any(moved):
        return False
    return all(stood[at] == stood[at - 1] + moved[at] for at in pairs) or all(
        stood[at - 1] == stood[at] + moved[at - 1] for at in pairs
    )


def _hundredths(cell: str, mark: str) -> int:
    whole, _, parts = plain_number(cell, mark).partition(".")
    return int(f"{whole}{parts[:4].ljust(4, '0')}")
