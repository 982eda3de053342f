"""Remittance advice: what tells a supplier which invoices one payment covers, in the supplier's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.domain.money import Money


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One invoice or credit note. Amounts are positive; ``credit``: taken off the others. ``issued_on``: or None."""

    number: str
    issued_on: date | None
    gross: Money
    discount: Money
    paid: Money
    credit: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """What a supplier is told.

    ``number``: run and position, as in the text of the payment; ``account``: country and last four of the account.
    """

    number: str
    payer: str
    payee: str
    account: str
    paid_on: date
    total: Money
    lines: tuple[AdviceLine, ...]
    language: str


_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Remittance advice {number} from {payer}",
        "greeting": "We have paid {total} to {payee} ({account}) on {day}:",
        "head": "Number Date Invoiced Discount Paid",
        "credit": "credit note, taken off",
        "total": "Total",
    },
    "de": {
        "title": "Zahlungsavis {number} von {payer}",
        "greeting": "Wir haben am {day} {total} an {payee} ({account}) gezahlt:",
        "head": "Nummer Datum Rechnungsbetrag Skonto Zahlbetrag",
        "credit": "Gutschrift, verrechnet",
        "total": "Summe",
    },
}


def advice_title(advice: Advice) -> str:
    """Return the title of a letter."""
    return _words(advice.language)["title"].format(number=advice.number, payer=advice.payer)


def advice_body(advice: Advice) -> tuple[str, ...]:
    """Return the lines of a letter or page, in the supplier's language."""
    words = _words(advice.language)
    day = _day(advice.paid_on, advice.language)
    greeting = words["greeting"].format(
        total=_money(advice.total, advice.language), payee=advice.payee, account=advice.account, day=day
    )
    head = "".join(cell.ljust(width) for cell, width in zip(words["head"].split(), _WIDTHS, strict=True)).rstrip()
    rows = [_row(line, words["credit"], advice.language) for line in advice.lines]
    total = f"{words['total']}: {_money(advice.total, advice.language)}"
    return (greeting, "", head, *rows, "", total)


_WIDTHS = (26, 12, 18, 14, 16)


def _row(line: AdviceLine, credit: str, language: str) -> str:
    sign = "-" if line.credit else ""
    cells = (
        line.number[: _WIDTHS[0] - 1],
        _day(line.issued_on, language) if line.issued_on else "",
        sign + _money(line.gross, language),
        _money(line.discount, language),
        sign + _money(line.paid, language),
    )
    row = "".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
    return f"{row}  ({credit})" if line.credit else row


def _words(language: str) -> Mapping[str, str]:
    return _WORDS.get(language, _WORDS["en"])


def _day(day: date, language: str) -> str:
    return day.strftime("%d.%m.%Y") if language == "de" else day.isoformat()


def _money(amount: Money, language: str) -> str:
    plain = amount.to_decimal()
    return f"{plain.replace('.', ',') if language == 'de' else plain} {amount.currency.code}"
