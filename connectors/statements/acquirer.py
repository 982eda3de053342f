"""What reports of acquirers have in common: movements on the balance they hold for a merchant, one currency each.

A payment is above zero, what is taken or paid out below; the payout is the line the bank will show.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from connectors.statements.amounts import AmountError
from connectors.statements.statement import (
    Defect,
    EntryStatus,
    PaymentFacts,
    Statement,
    StatementEntry,
    difference_defects,
)
from connectors.statements.tables import TableRow, column_sums
from gateway.domain.money import Currency, Money


class MovementKind(StrEnum):
    """What moved the balance an acquirer holds."""

    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSED = "chargeback_reversed"
    FEE = "fee"
    PAYOUT = "payout"
    CONVERSION = "conversion"
    ADJUSTMENT = "adjustment"


@dataclass(slots=True)
class MovementRead:
    """One record of a report; ``net`` moves the balance, ``gross`` and ``fee`` explain it."""

    line: int
    net: Money
    kind: MovementKind
    facts: PaymentFacts
    booked_on: date | None
    value_on: date | None = None
    gross: Money | None = None
    fee: Money | None = None
    status: EntryStatus = EntryStatus.BOOKED
    details: tuple[PaymentFacts, ...] = ()
    bank_code: str = ""


@dataclass(slots=True)
class ReportRead:
    """Everything read from a report. ``balances``: opening and closing by currency, where it tells them."""

    format: str
    id: str = ""
    account: str = ""
    movements: list[MovementRead] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    balances: dict[Currency, tuple[Money, Money]] = field(default_factory=dict)
    agree: bool | None = None
    records: int = 0
    sums: Mapping[str, str] = field(default_factory=dict)

    def left_out(self, line: int, why: AmountError | str) -> None:
        """Tell a record that was not taken."""
        self.defects.append(Defect("entry_left_out", f"The record was not taken: {why}.", f"line {line}"))

    def count(self, header: Sequence[str], rows: Sequence[TableRow], mark: str = "") -> None:
        """Keep the number of rows with that of the headings, and the sums of the columns."""
        self.records, self.sums = len(rows) + 1, column_sums(header, rows, mark)


def statements_of(report: ReportRead) -> tuple[Statement, ...]:
    """Return one statement for each currency; payouts that the other movements do not explain are told."""
    currencies = list(dict.fromkeys([*(one.net.currency for one in report.movements), *report.balances]))
    return tuple(_statement(report, currency) for currency in currencies) or (_base(report, None, ()),)


def _base(report: ReportRead, currency: Currency | None, entries: tuple[StatementEntry, ...]) -> Statement:
    opening, closing = report.balances.get(currency, (None, None)) if currency else (None, None)
    days = [entry.booked_on for entry in entries if entry.booked_on is not None]
    lost = any(defect.code in {"entry_left_out", "totals_differ"} for defect in report.defects)
    return Statement(
        format=report.format,
        id=report.id,
        account=report.account,
        currency=currency,
        opening=opening,
        closing=closing,
        entries=entries,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        controls_agree=False if lost else report.agree,
        defects=tuple(report.defects),
        records=report.records,
        column_sums=report.sums,
    )


def _statement(report: ReportRead, currency: Currency) -> Statement:
    entries = tuple(_entry(one) for one in report.movements if one.net.currency == currency)
    statement = _base(report, currency, entries)
    statement = replace(statement, defects=(*statement.defects, *_fee_defects(entries)))
    if statement.opening is not None:
        return replace(statement, defects=(*statement.defects, *difference_defects(statement)))
    paid = [entry for entry in entries if entry.kind == MovementKind.PAYOUT]
    # A report of payouts alone explains each by its parts.
    if not paid or len(paid) == len(entries):
        return statement
    rest = sum(entry.amount.minor for entry in entries if entry.status == EntryStatus.BOOKED)
    if rest == 0:
        return replace(statement, controls_agree=statement.controls_agree is not False)
    out = Money(-sum(entry.amount.minor for entry in paid), currency)
    earned = Money(out.minor + rest, currency)
    text = f"The movements come to {earned.to_decimal()} {currency.code}, {out.to_decimal()} were paid out."
    return replace(statement, controls_agree=False, defects=(*statement.defects, Defect("payout_differs", text)))


def _fee_defects(entries: Iterable[StatementEntry]) -> list[Defect]:
    found = []
    for entry in entries:
        gross, fee = entry.gross, entry.fee
        if gross is None or fee is None or gross.currency != entry.amount.currency:
            continue
        if gross.minor + fee.minor != entry.amount.minor:
            expected = Money(gross.minor + fee.minor, gross.currency).to_decimal()
            text = f"Gross and fee give {expected}, the net amount is {entry.amount.to_decimal()}."
            found.append(Defect("net_differs", text, entry.position))
    return found


def _entry(one: MovementRead) -> StatementEntry:
    return StatementEntry(
        amount=one.net,
        status=one.status,
        booked_on=one.booked_on,
        value_on=one.value_on or one.booked_on,
        facts=replace(one.facts, amount=one.net),
        position=f"line {one.line}",
        bank_code=one.bank_code,
        entry_ref=one.facts.bank_ref,
        details=one.details,
        kind=one.kind.value,
        gross=one.gross,
        fee=one.fee,
    )


def report_day(text: str, *forms: str) -> date | None:
    """Return a day as reports write it: ISO 8601 or one of the forms; what follows the day is not looked at."""
    plain = text.strip()
    try:
        return date.fromisoformat(plain[:10].replace("/", "-"))
    except ValueError:
        pass
    for form in forms:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day alone has no zone
        except ValueError:
            continue
    return None
