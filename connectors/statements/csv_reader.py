"""Reads bank tables by a description. Rows that are no movement are balances, or told as defects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from connectors.statements.amounts import NOT_NAMED, AmountError, known_currency, not_readable, table_amount
from connectors.statements.csv_description import CsvDescription
from connectors.statements.statement import (
    Defect,
    EntryStatus,
    PaymentFacts,
    Statement,
    StatementEntry,
    difference_defects,
)
from connectors.statements.tables import TableRow, cells_by_name, column_sums, header_key
from gateway.domain.money import Currency, Money

HEADER_ROWS_MAX = 30


@dataclass(slots=True)
class _Table:
    """What was read so far, by currency in the order they appeared."""

    entries: dict[Currency, list[StatementEntry]] = field(default_factory=dict)
    running: dict[Currency, list[Money]] = field(default_factory=dict)
    opening: str = ""
    closing: str = ""
    account: str = ""
    defects: list[Defect] = field(default_factory=list)


def header_of(rows: Sequence[TableRow], header: Iterable[str]) -> int | None:
    """Return the index of the row with all of these headings; None where there is none."""
    wanted = set(header)
    for index, row in enumerate(rows[:HEADER_ROWS_MAX]):
        if wanted and wanted <= {header_key(cell) for cell in row.cells}:
            return index
    return None


def fits_without_headings(rows: Sequence[TableRow], description: CsvDescription) -> bool:
    """Return whether a table is one that was described without headings: its width, days and amounts in every row."""
    if description.header or not description.width or not rows:
        return False
    names = [f"#{number}" for number in range(1, description.width + 1)]
    for row in rows:
        cells = cells_by_name(names, row)
        try:
            amount = _amount(cells, description, NOT_NAMED) if len(row.cells) == description.width else None
        except AmountError:
            return False
        if amount is None or _day(cells.get(description.columns.booked, ""), description.dates) is None:
            return False
    return True


def read_csv(rows: Sequence[TableRow], description: CsvDescription, *, header_at: int | None) -> tuple[Statement, ...]:
    """Read a table, one statement for each currency.

    Args:
        rows: of the table.
        description: how it is written.
        header_at: index of the row with the headings, None where columns are counted (``#1``).

    Raises:
        InputError: ``statement_empty``: not one row is a movement.
    """
    width = max((len(row.cells) for row in rows), default=0)
    header = [f"#{number}" for number in range(1, width + 1)]
    if header_at is not None:
        header = [header_key(cell) or f"#{number}" for number, cell in enumerate(rows[header_at].cells, start=1)]
    table = _Table()
    preamble = rows[: header_at or 0]
    for row in preamble:
        _balance_row(table, row, description)
    table.account = _account_of(preamble)
    currency = known_currency(description.currency) or _currency_of(preamble)
    body = rows[header_at + 1 :] if header_at is not None else rows
    for row in body:
        if not _balance_row(table, row, description):
            _row(table, cells_by_name(header, row), row, description, currency)
    if not table.entries:
        raise not_readable("statement_empty", "not one row of it is a movement", "Check the description of this table.")
    titles = rows[header_at].cells if header_at is not None else header
    several = len(table.entries) > 1
    found = [_statement(table, one, description, several=several) for one in table.entries]
    sums = column_sums(titles, body)
    return tuple(replace(one, records=len(rows), column_sums=sums) for one in found)


def _row(
    table: _Table, cells: Mapping[str, str], row: TableRow, description: CsvDescription, usual: Currency | None
) -> None:
    columns, position = description.columns, f"line {row.line}"
    code = cells.get(columns.currency, "").upper() if columns.currency else ""
    currency = known_currency(code) if code else usual or NOT_NAMED
    if currency is None:
        text = f"The row was not taken: its currency “{code[:8]}” is not known."
        table.defects.append(Defect("entry_left_out", text, position))
        return
    booked = _day(cells.get(columns.booked, ""), description.dates)
    try:
        amount = _amount(cells, description, currency)
        running = cells.get(columns.balance, "") if columns.balance else ""
        balance = table_amount(running, currency, description.decimal) if running else None
    except AmountError as error:
        table.defects.append(Defect("entry_left_out", f"The row was not taken: {error}.", position))
        return
    if amount is None or booked is None:
        why = "it has no day that fits" if amount is not None else "it has no amount"
        table.defects.append(Defect("entry_left_out", f"The row was not taken: {why}: {row.cells[0][:40]}", position))
        return
    own = cells.get(columns.account, "") if columns.account else ""
    table.account = table.account or own.replace(" ", "")
    state = cells.get(columns.status, "").lower() if columns.status else ""
    pending = any(word in state for word in columns.pending_words)
    entry = StatementEntry(
        amount=amount,
        status=EntryStatus.PENDING if pending else EntryStatus.BOOKED,
        booked_on=booked,
        value_on=_day(cells.get(columns.value, ""), description.dates) or booked,
        facts=_facts(cells, description, amount),
        position=position,
        bank_code=cells.get(columns.kind, "") if columns.kind else "",
        entry_ref=cells.get(columns.reference, "") if columns.reference else "",
    )
    table.entries.setdefault(currency, []).append(entry)
    if balance is not None:
        table.running.setdefault(currency, []).append(balance)


def _amount(cells: Mapping[str, str], description: CsvDescription, currency: Currency) -> Money | None:
    columns, mark = description.columns, description.decimal
    if columns.amount:
        written = cells.get(columns.amount, "")
        if not written:
            return None
        amount = table_amount(written, currency, mark)
        if columns.sign and cells.get(columns.sign, "").strip().lower() in description.debit_words:
            amount = Money(-abs(amount.minor), currency)
        return -amount if description.inverse else amount
    debit, credit = cells.get(columns.debit, ""), cells.get(columns.credit, "")
    if not debit and not credit:
        return None
    minor = table_amount(credit, currency, mark).minor if credit else 0
    # Some banks write the debits of their column with a sign, others without.
    minor -= abs(table_amount(debit, currency, mark).minor) if debit else 0
    return Money(minor, currency)


def _facts(cells: Mapping[str, str], description: CsvDescription, amount: Money) -> PaymentFacts:
    columns = description.columns

    def cell(name: str) -> str:
        return cells.get(name, "") if name else ""

    used = {
        columns.booked,
        columns.value,
        columns.amount,
        columns.debit,
        columns.credit,
        columns.currency,
        *columns.text,
    }
    used |= {columns.name, columns.account, columns.counterparty_account, columns.bic, columns.end_to_end}
    used |= {columns.mandate, columns.party_id, columns.batch, columns.reference, columns.balance, columns.kind}
    return PaymentFacts(
        amount=amount,
        end_to_end_id=cell(columns.end_to_end),
        batch_id=cell(columns.batch),
        bank_ref=cell(columns.reference),
        mandate_id=cell(columns.mandate),
        text=" ".join(cell(name) for name in columns.text if cell(name)),
        counterparty=cell(columns.name),
        account=cell(columns.counterparty_account).replace(" ", ""),
        bic=cell(columns.bic),
        party_id=cell(columns.party_id),
        bank_code=cell(columns.kind),
        texts=tuple(f"{name}: {text}" for name, text in cells.items() if text and name not in used),
    )


def _day(text: str, forms: Sequence[str]) -> date | None:
    plain = text.strip()
    for form in forms:
        for part in (plain, plain.partition(" ")[0], plain.partition("T")[0]):
            try:
                return datetime.strptime(part, form).date()  # noqa: DTZ007 - a day alone has no zone
            except ValueError:
                continue
    return None


def _balance_row(table: _Table, row: TableRow, description: CsvDescription) -> bool:
    """Take a row that tells a balance instead of a movement."""
    words = " ".join(cell.lower() for cell in row.cells if cell)
    for kind, wanted in (("opening", description.opening_words), ("closing", description.closing_words)):
        if any(word in words for word in wanted):
            numbers = [cell for cell in row.cells if any(sign.isdigit() for sign in cell)]
            if numbers:
                setattr(table, kind, numbers[-1])
            return True
    return False


def _account_of(preamble: Sequence[TableRow]) -> str:
    """Return the account that the rows before the headings name."""
    for row in preamble:
        for index, cell in enumerate(row.cells):
            label, _, value = cell.partition(":")
            if header_key(label) in {"account number", "iban", "konto", "kontonummer", "account", "compte", "rekening"}:
                following = row.cells[index + 1] if index + 1 < len(row.cells) else ""
                return (value.strip() or following).replace(" ", "").partition("/")[0]
    return ""


def _currency_of(preamble: Sequence[TableRow]) -> Currency | None:
    for row in preamble:
        for cell in row.cells:
            for word in (cell.rpartition(":")[2].strip(), cell.strip()):
                if len(word) == 3 and word.isupper() and known_currency(word):
                    return known_currency(word)
    return None


def _statement(table: _Table, currency: Currency, description: CsvDescription, *, several: bool) -> Statement:
    entries, running = table.entries[currency], table.running.get(currency, [])
    opening, closing, defects = None, None, list(table.defects)
    try:
        opening = table_amount(table.opening, currency, description.decimal) if table.opening and not several else None
        closing = table_amount(table.closing, currency, description.decimal) if table.closing and not several else None
    except AmountError as error:
        defects.append(Defect("balance_left_out", f"A balance was not taken: {error}."))
    if running and len(running) == len(entries) and opening is None:
        first, last = (-1, 0) if _newest_first(entries, running, description) else (0, -1)
        opening, closing = running[first] - entries[first].amount, closing or running[last]
    days = [entry.booked_on for entry in entries if entry.booked_on is not None]
    lost = any(defect.code == "entry_left_out" for defect in defects)
    statement = Statement(
        format=f"CSV {description.name}",
        id=" ".join([table.account, *(day.isoformat() for day in (min(days), max(days)))]).strip(),
        account=table.account,
        currency=None if currency == NOT_NAMED else currency,
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        first_day=min(days),
        last_day=max(days),
        controls_agree=False if lost else None,
        defects=tuple(defects),
    )
    return replace(statement, defects=(*statement.defects, *difference_defects(statement)))


def _newest_first(entries: Sequence[StatementEntry], running: Sequence[Money], description: CsvDescription) -> bool:
    """Return whether the first row is the last movement: the running balance knows, else the days."""
    if description.newest_first is not None:
        return description.newest_first
    pairs = range(1, len(entries))
    rising = sum(running[at].minor == running[at - 1].minor + entries[at].amount.minor for at in pairs)
    falling = sum(running[at - 1].minor == running[at].minor + entries[at - 1].amount.minor for at in pairs)
    if rising != falling:
        return falling > rising
    first, last = entries[0].booked_on, entries[-1].booked_on
    return first is not None and last is not None and first > last
