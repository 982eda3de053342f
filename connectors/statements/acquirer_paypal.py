"""Reads PayPal's settlement report (STL) and the tables of activity and statement that people download."""

from collections.abc import Mapping, Sequence

from connectors.statements.acquirer import MovementKind, MovementRead, ReportRead, report_day
from connectors.statements.amounts import AmountError, exact_minor, known_currency, table_amount
from connectors.statements.statement import Defect, PaymentFacts
from connectors.statements.tables import TableRow, cells_by_name, column_sums, header_key
from gateway.domain.money import Currency, Money

SETTLEMENT_RECORDS = frozenset({"RH", "FH", "SH", "CH", "SB", "SF", "SC", "RF", "RC", "FF"})
_NAMES: Mapping[str, str] = {
    "fecha": "date",
    "datum": "date",
    "descripción": "description",
    "beschreibung": "description",
    "type": "description",
    "typ": "description",
    "divisa": "currency",
    "währung": "currency",
    "bruto": "gross",
    "brutto": "gross",
    "comisión": "fee",
    "gebühr": "fee",
    "neto": "net",
    "netto": "net",
    "saldo": "balance",
    "guthaben": "balance",
    "id. de transacción": "transaction id",
    "transaktionscode": "transaction id",
    "correo electrónico del remitente": "from email address",
    "absender e-mail-adresse": "from email address",
    "nombre": "name",
    "nombre del banco": "bank name",
    "cuenta bancaria": "bank account",
    "id. de factura": "invoice id",
    "rechnungsnummer": "invoice id",
    "invoice number": "invoice id",
    "id. de referencia de trans.": "reference txn id",
}
TABLE_HEADER = frozenset({"date", "currency", "gross", "fee", "net", "transaction id"})
_KINDS = (
    ("T02", MovementKind.CONVERSION),
    ("T04", MovementKind.PAYOUT),
    ("T1107", MovementKind.REFUND),
    ("T1108", MovementKind.CHARGEBACK_REVERSED),
    ("T1111", MovementKind.CHARGEBACK),
    ("T1106", MovementKind.CHARGEBACK),
    ("T1201", MovementKind.CHARGEBACK),
    ("T1202", MovementKind.CHARGEBACK_REVERSED),
    ("T01", MovementKind.FEE),
    ("T00", MovementKind.PAYMENT),
)
"""Transaction event codes of PayPal by their beginnings, the longest that fits first among those listed."""
_WORDS = (
    ("currency conversion", MovementKind.CONVERSION),
    ("withdrawal", MovementKind.PAYOUT),
    ("retirada", MovementKind.PAYOUT),
    ("chargeback reversal", MovementKind.CHARGEBACK_REVERSED),
    ("chargeback", MovementKind.CHARGEBACK),
    ("refund", MovementKind.REFUND),
    ("reembolso", MovementKind.REFUND),
)


def paypal_names(header: Sequence[str]) -> list[str]:
    """Return the headings of a table in English, whatever the language of the account."""
    return [_NAMES.get(header_key(name), header_key(name).replace("time zone", "timezone")) for name in header]


def read_paypal_table(header: Sequence[str], rows: Sequence[TableRow]) -> ReportRead:
    """Read a table of activity or statement; its running balance shows opening and closing of each currency."""
    report = ReportRead("PayPal activity")
    names = paypal_names(header)
    mark = "," if any(row.cells[names.index("net")][-3:-2] == "," for row in rows if len(row.cells) > 9) else "."
    report.count(header, rows, mark)
    day_first = _day_first(report, names, header, rows)
    running: dict[Currency, tuple[Money, Money]] = {}
    for row in rows:
        cells = cells_by_name(names, row)
        currency = known_currency(cells["currency"])
        if currency is None:
            report.left_out(row.line, "it names no currency that is known")
            continue
        try:
            gross, fee, net = (table_amount(cells[key], currency, mark) for key in ("gross", "fee", "net"))
            balance = table_amount(cells["balance"], currency, mark) if cells.get("balance") else None
        except AmountError as error:
            report.left_out(row.line, error)
            continue
        report.account = report.account or _own_address(cells, net)
        words = cells.get("description", "")
        kind = next((kind for part, kind in _WORDS if part in words.lower()), MovementKind.PAYMENT)
        report.movements.append(
            MovementRead(
                line=row.line,
                net=net,
                kind=kind,
                facts=_facts_of_table(cells),
                booked_on=report_day(cells["date"], "%d/%m/%Y" if day_first else "%m/%d/%Y", "%d.%m.%Y"),
                gross=gross,
                fee=fee,
                bank_code=words,
            )
        )
        if balance is not None:
            first = running.get(currency, (balance - net, balance))[0]
            running[currency] = (first, balance)
    report.balances = running
    return report


def _day_first(report: ReportRead, names: Sequence[str], header: Sequence[str], rows: Sequence[TableRow]) -> bool:
    """Return whether days begin with the day; where no day proves it, the language of the headings decides."""
    at = names.index("date")
    days = [row.cells[at].replace(".", "/").split("/") for row in rows if len(row.cells) > at]
    if any(_number(parts[0]) > 12 for parts in days):
        return True
    english = header_key(header[at]) == "date"
    if not any(len(parts) > 1 and _number(parts[1]) > 12 for parts in days):
        order = "the month" if english else "the day"
        report.defects.append(
            Defect("days_ambiguous", f"No day proves the order of day and month; {order} was taken first.")
        )
    return not english


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0


def _own_address(cells: Mapping[str, str], net: Money) -> str:
    return (
        cells.get("to email address" if net.minor > 0 else "from email address", "")
        if "to email address" in cells
        else ""
    )


def _facts_of_table(cells: Mapping[str, str]) -> PaymentFacts:
    told = tuple(cells[key] for key in ("status", "note", "receipt id") if cells.get(key))
    return PaymentFacts(
        end_to_end_id=cells.get("invoice id", ""),
        bank_ref=cells["transaction id"],
        references=tuple(found for found in (cells.get("reference txn id", ""),) if found),
        text=" ".join(found for found in (cells.get("description", ""), cells.get("subject", "")) if found),
        counterparty=cells.get("name", "") or cells.get("bank name", ""),
        account=cells.get("bank account", ""),
        party_id=cells.get("from email address", ""),
        texts=told,
    )


def read_paypal_settlement(rows: Sequence[TableRow]) -> ReportRead:
    """Read a settlement report: records by their first cell, amounts in the smallest unit, totals in the footers."""
    report = ReportRead("PayPal settlement")
    report.records = len(rows)
    header: list[str] = []
    titles: tuple[str, ...] = ()
    for row in rows:
        kind = row.cells[0]
        if kind == "SH":
            report.account = row.cells[3] if len(row.cells) > 3 else ""
            report.id = row.cells[1] if len(row.cells) > 1 else ""
        elif kind == "CH":
            header = [header_key(name) for name in row.cells]
            titles = row.cells
        elif kind == "SB":
            _settlement_row(report, cells_by_name(header, row), row.line)
        elif kind not in SETTLEMENT_RECORDS:
            report.defects.append(
                Defect("record_not_known", f"This record is not known: {kind[:20]}", f"line {row.line}")
            )
    if header:
        # As a spreadsheet adds them: everything below the headings, footers too.
        start = next(index for index, row in enumerate(rows) if row.cells[0] == "CH")
        report.sums = column_sums(titles, rows[start + 1 :])
    footers = [row for row in rows if row.cells[0] == "SF"] or [row for row in rows if row.cells[0] == "RF"]
    for row in footers:
        _footer(report, row)
    return report


def _settlement_row(report: ReportRead, cells: Mapping[str, str], line: int) -> None:
    currency = known_currency(cells.get("gross transaction currency", ""))
    if currency is None:
        report.left_out(line, "it names no currency that is known")
        return
    try:
        gross = _units(
            cells.get("gross transaction amount", ""), cells.get("transaction debit or credit", ""), currency
        )
        fee_currency = known_currency(cells.get("fee currency", "")) or currency
        fee = _units(cells.get("fee amount", "") or "0", cells.get("fee debit or credit", ""), fee_currency)
        if fee.currency != currency and fee.minor:
            message = "its fee has another currency"
            report.left_out(line, message)
            return
    except AmountError as error:
        report.left_out(line, error)
        return
    code = cells.get("transaction event code", "")
    kind = next((kind for head, kind in _KINDS if code.startswith(head)), MovementKind.ADJUSTMENT)
    facts = PaymentFacts(
        end_to_end_id=cells.get("invoice id", "") or cells.get("custom field", ""),
        instruction_id=cells.get("payment tracking id", ""),
        bank_ref=cells.get("transaction id", ""),
        references=tuple(found for found in (cells.get("paypal reference id", ""),) if found),
        counterparty=cells.get("consumer business name", "")
        or " ".join(cells[key] for key in ("first name", "last name") if cells.get(key)),
        party_id=cells.get("payer's account id", "") or cells.get("consumer id", ""),
        batch_id=cells.get("bank reference id", ""),
        texts=tuple(cells[key] for key in ("custom field", "transaction note") if cells.get(key)),
    )
    net = Money(gross.minor + fee.minor, currency)
    days = (report_day(cells.get(f"transaction {key} date", "")) for key in ("completion", "initiation"))
    booked = next((day for day in days if day is not None), None)
    report.movements.append(
        MovementRead(line, net, kind, facts, booked, gross=gross, fee=Money(fee.minor, currency), bank_code=code)
    )


def _units(text: str, direction: str, currency: Currency) -> Money:
    """Return an amount written without a decimal mark, in the smallest unit."""
    if not (text.isascii() and text.isdigit()):
        message = f"“{text[:40]}” is no whole number of the smallest unit"
        raise AmountError(message)
    minor = exact_minor(text, Currency(currency.code, currency.numeric, 0))
    return Money(-minor if direction == "DR" else minor, currency)


def _footer(report: ReportRead, row: TableRow) -> None:
    """Take the balances of one currency (available at the beginning and at the end)."""
    currency = known_currency(row.cells[1]) if len(row.cells) > 9 else None
    if currency is None:
        return
    try:
        opening = _units(row.cells[7], row.cells[6], currency)
        closing = _units(row.cells[9], row.cells[8], currency)
    except AmountError as error:
        report.defects.append(Defect("balance_left_out", f"A balance was not taken: {error}.", f"line {row.line}"))
        return
    report.balances.setdefault(currency, (opening, closing))
