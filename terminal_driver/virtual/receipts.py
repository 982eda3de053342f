"""Receipt texts of the virtual terminal, merchant and customer copy, in German or English."""

from terminal_driver.operations import SchemeTotal
from terminal_driver.outcome import ReceiptKind, ReceiptLine, TerminalReceipt
from terminal_driver.virtual.cards import Card
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.zvt.status_codes import Language

COLUMNS = 24
"""Narrow enough for every receipt printer, as real terminals assume."""

# ISO 4217 numeric code -> alphabetic code and number of decimals.
_CURRENCIES = {"978": ("EUR", 2), "756": ("CHF", 2), "840": ("USD", 2), "826": ("GBP", 2), "392": ("JPY", 0)}

_WORDS: dict[Language, dict[str, str]] = {
    Language.GERMAN: {
        "merchant": "H\u00e4ndlerbeleg",
        "customer": "Kundenbeleg",
        "payment": "Kartenzahlung",
        "refund": "Gutschrift",
        "reversal": "Storno",
        "reservation": "Reservierung",
        "completion": "Reservierung gebucht",
        "release": "Teilstorno",
        "cancellation": "Reservierung storniert",
        "tip": "Trinkgeld",
        "signature": "Unterschrift",
        "end_of_day": "Kassenschnitt",
        "totals": "Zwischensumme",
        "count": "Anzahl",
        "sum": "Summe",
        "terminal": "Terminal-ID",
        "trace": "TA-Nr.",
        "receipt": "Beleg-Nr.",
        "card": "Karte",
        "amount": "Betrag",
        "approved": "Zahlung erfolgt",
        "declined": "Vorgang abgelehnt",
        "keep": "Bitte Beleg aufbewahren",
        "decimal": ",",
        "date": "%d.%m.%Y",
    },
    Language.ENGLISH: {
        "merchant": "Merchant copy",
        "customer": "Customer copy",
        "payment": "Card payment",
        "refund": "Refund",
        "reversal": "Reversal",
        "reservation": "Reservation",
        "completion": "Reservation booked",
        "release": "Partial reversal",
        "cancellation": "Reservation cancelled",
        "tip": "Tip",
        "signature": "Signature",
        "end_of_day": "End of day",
        "totals": "Totals",
        "count": "Count",
        "sum": "Sum",
        "terminal": "Terminal ID",
        "trace": "Trace no.",
        "receipt": "Receipt no.",
        "card": "Card",
        "amount": "Amount",
        "approved": "Payment approved",
        "declined": "Payment declined",
        "keep": "Please keep this receipt",
        "decimal": ".",
        "date": "%Y-%m-%d",
    },
}


def amount_text(amount_minor: int, currency_numeric: str, language: Language) -> str:
    """Return an amount in minor units with its currency in words: ``EUR 12,34``."""
    name, decimals = _CURRENCIES.get(currency_numeric, (currency_numeric, 2))
    if decimals == 0:
        return f"{name} {amount_minor}"
    whole, rest = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{name} {sign}{whole}{_WORDS[language]['decimal']}{rest:0{decimals}d}"


def approved_receipts(
    entry: JournalEntry, terminal_id: str, language: Language, *, signature: bool = False
) -> tuple[TerminalReceipt, ...]:
    """Return merchant and customer copy of a booking; the customer's shows only the last four digits of the card.

    ``signature``: the merchant's copy has room for one.
    """
    words = _WORDS[language]
    return tuple(
        TerminalReceipt(
            kind,
            (
                *_head(kind, words, entry.kind),
                _pair(words["terminal"], terminal_id),
                _pair(words["trace"], f"{entry.trace_no:06d}"),
                _pair(words["receipt"], f"{entry.receipt_no:04d}"),
                _pair(entry.at.strftime(words["date"]), entry.at.strftime("%H:%M:%S")),
                _pair(words["card"], entry.card_name),
                ReceiptLine(_number_for(kind, entry.card_masked)),
                ReceiptLine(""),
                _pair(words["amount"], amount_text(entry.amount_minor, entry.currency, language)),
                ReceiptLine(""),
                ReceiptLine(words["approved"], centred=True),
                ReceiptLine(words["keep"], centred=True),
                *((_pair(words["signature"], "_" * 10),) if signature and kind is ReceiptKind.MERCHANT else ()),
            ),
            approved=True,
            signature_field=signature and kind is ReceiptKind.MERCHANT,
        )
        for kind in (ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER)
    )


def declined_receipts(
    amount: str, card: Card, terminal_id: str, reason: str, language: Language
) -> tuple[TerminalReceipt, ...]:
    """Return the customer's receipt of a refused sale; ``amount`` and ``reason`` in words."""
    words = _WORDS[language]
    lines = (
        *_head(ReceiptKind.CUSTOMER, words),
        _pair(words["terminal"], terminal_id),
        _pair(words["card"], card.name),
        ReceiptLine(_number_for(ReceiptKind.CUSTOMER, card.masked)),
        _pair(words["amount"], amount),
        ReceiptLine(""),
        ReceiptLine(words["declined"], centred=True),
        ReceiptLine(reason[:COLUMNS], centred=True),
    )
    return (TerminalReceipt(ReceiptKind.CUSTOMER, lines, approved=False, signature_field=False),)


def totals_receipt(
    title: str, totals: tuple[SchemeTotal, ...], currency: str, terminal_id: str, language: Language
) -> TerminalReceipt:
    """Return the receipt of an end of day (``title`` ``end_of_day``) or of totals in between (``totals``)."""
    words = _WORDS[language]
    sum_minor = sum(total.sum_minor for total in totals)
    lines = (
        ReceiptLine(words[title], centred=True, double_height=True),
        ReceiptLine(""),
        _pair(words["terminal"], terminal_id),
        *(
            line
            for total in totals
            for line in (
                _pair(total.scheme, f"{words['count']} {total.count}"),
                _pair("", amount_text(total.sum_minor, currency, language)),
            )
        ),
        _pair(words["sum"], amount_text(sum_minor, currency, language)),
    )
    return TerminalReceipt(ReceiptKind.ADMINISTRATION, lines)


def notice_receipt(lines: tuple[str, ...]) -> TerminalReceipt:
    """Return a receipt of plain lines that belongs to no transaction."""
    return TerminalReceipt(ReceiptKind.ADMINISTRATION, tuple(ReceiptLine(line[:COLUMNS]) for line in lines))


def _head(kind: ReceiptKind, words: dict[str, str], title: str = "payment") -> tuple[ReceiptLine, ...]:
    return (
        ReceiptLine(words[kind.value], centred=True),
        ReceiptLine(words["payment" if title == "sale" else title], centred=True, double_height=True),
        ReceiptLine(""),
    )


def _pair(left: str, right: str) -> ReceiptLine:
    return ReceiptLine(f"{left} {right:>{max(0, COLUMNS - len(left) - 1)}}")


def _number_for(kind: ReceiptKind, masked: str) -> str:
    """Return the number as this copy may show it (PCI DSS 3.4.1: a customer's receipt shows the last four only)."""
    return masked if kind is ReceiptKind.MERCHANT else "*" * (len(masked) - 4) + masked[-4:]
