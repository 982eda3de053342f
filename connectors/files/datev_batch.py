"""DATEV booking batches: EXTF, header version 700, category 21 "Buchungsstapel", format version 13.

Fields and columns are those of the published description (developer.datev.de, DATEV-Format, header and Buchungsstapel);
a batch was not imported into DATEV here. A posting names one account and one contra account; a tax key makes DATEV take
the tax out of the gross amount.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from connectors.erp_mapping.mapping_file import MappingFile, wrong
from gateway.domain.erp.documents import JournalEntry, VendorBill, VendorPayment
from gateway.domain.erp.sales_day import SalesDay, journal_of
from gateway.domain.money import Currency, Money
from gateway.domain.rounding import apportioned
from gateway.ports.erp import ErpDocument

_TEXT_MAX = 60
_NUMBER_MAX = 36
_NOT_IN_NUMBERS = re.compile(r"[^A-Za-z0-9$%&*+\-/]")
_BEFORE = (
    "Umsatz (ohne Soll/Haben-Kz)",
    "Soll/Haben-Kennzeichen",
    "WKZ Umsatz",
    "Kurs",
    "Basis-Umsatz",
    "WKZ Basis-Umsatz",
    "Konto",
    "Gegenkonto (ohne BU-Schlüssel)",
    "BU-Schlüssel",
    "Belegdatum",
    "Belegfeld 1",
    "Belegfeld 2",
    "Skonto",
    "Buchungstext",
    "Postensperre",
    "Diverse Adressnummer",
    "Geschäftspartnerbank",
    "Sachverhalt",
    "Zinssperre",
    "Beleglink",
)
_MIDDLE = (
    "KOST1 - Kostenstelle",
    "KOST2 - Kostenstelle",
    "Kost-Menge",
    "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)",
    "Abw. Versteuerungsart",
    "Sachverhalt L+L",
    "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp",
    "BU 49 Hauptfunktionsnummer",
    "BU 49 Funktionsergänzung",
)
_AFTER = (
    "Stück",
    "Gewicht",
    "Zahlweise",
    "Forderungsart",
    "Veranlagungsjahr",
    "Zugeordnete Fälligkeit",
    "Skontotyp",
    "Auftragsnummer",
    "Buchungstyp",
    "USt-Schlüssel (Anzahlungen)",
    "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)",
    "EU-Steuersatz (Anzahlungen)",
    "Erlöskonto (Anzahlungen)",
    "Herkunft-Kz",
    "Buchungs GUID",
    "KOST-Datum",
    "SEPA-Mandatsreferenz",
    "Skontosperre",
    "Gesellschaftername",
    "Beteiligtennummer",
    "Identifikationsnummer",
    "Zeichnernummer",
    "Postensperre bis",
    "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung",
    "Festschreibung",
    "Leistungsdatum",
    "Datum Zuord. Steuerperiode",
    "Fälligkeit",
    "Generalumkehr (GU)",
    "Steuersatz",
    "Land",
    "Abrechnungsreferenz",
    "BVV-Position",
    "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)",
    "Abw. Skontokonto",
)
COLUMNS = (
    *_BEFORE,
    *(f"Beleginfo - {part} {number}" for number in range(1, 9) for part in ("Art", "Inhalt")),
    *_MIDDLE,
    # One blank is missing in the published description, too.
    *(f"Zusatzinformation{part} {number}" for number in range(1, 21) for part in (" - Art", "- Inhalt")),
    *_AFTER,
)


@dataclass(frozen=True, slots=True)
class _Posting:
    """One row. ``amount_minor``: > 0; ``debit``: the side of ``account``."""

    amount_minor: int
    debit: bool
    account: str
    contra: str
    tax_key: str = ""
    number: str = ""
    due_on: date | None = None
    discount_minor: int = 0
    text: str = ""
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class BatchHead:
    """Who the batch is for. ``year_begins``: month and day (``0101``); ``account_digits``: of general accounts."""

    adviser: str
    client: str
    year_begins: str
    account_digits: int

    @classmethod
    def of(cls, mapping: MappingFile) -> BatchHead:
        """Read ``[datev]``.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        found = cls(
            mapping.text("datev", "adviser"),
            mapping.text("datev", "client"),
            mapping.text("datev", "year_begins", "0101"),
            mapping.number("datev", "account_digits", 4),
        )
        for name, value, digits in (("adviser", found.adviser, 7), ("client", found.client, 5)):
            if not value.isascii() or not value.isdigit() or len(value) > digits:
                raise wrong(f"datev.{name}", f"It is a number of up to {digits} digits.")
        if not re.fullmatch(r"(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])", found.year_begins):
            raise wrong("datev.year_begins", "It is month and day, such as 0101.")
        if not 4 <= found.account_digits <= 8:
            raise wrong("datev.account_digits", "It is 4 to 8.")
        return found


def batch_of(document: ErpDocument, mapping: MappingFile) -> bytes:
    """Return the batch of one document: Windows-1252, lines ended by CR LF. The same document, the same bytes.

    Raises:
        ErpFailure: ``mapping_wrong``, ``unknown_account``, ``unknown_tax``.
    """
    day, postings = _postings(document, mapping)
    head = BatchHead.of(mapping)
    rows = [_row(one, day, document.currency) for one in postings]
    named = ";".join(COLUMNS)
    text = "\r\n".join([_head(head, day, document), named, *rows, ""])
    return text.encode("cp1252", errors="replace")


def _postings(document: ErpDocument, mapping: MappingFile) -> tuple[date, list[_Posting]]:
    match document:
        case VendorBill():
            return document.posting_on, _bill(document, mapping)
        case VendorPayment():
            bank = mapping.account(document.account)
            return document.paid_on, [
                _Posting(
                    one.amount_minor,
                    debit=True,
                    account=document.vendor.erp_id,
                    contra=bank,
                    number=one.number,
                    discount_minor=one.discount_minor,
                    text=document.vendor.name,
                )
                for one in document.pays
            ]
        case JournalEntry():
            accounts = {line.account: mapping.account(line.account) for line in document.lines}
            return document.entry_on, _entry(document, accounts)
        case SalesDay():
            made = journal_of(document, mapping.sales_accounts())
            return made.entry_on, _entry(made, {line.account: line.account for line in made.lines})


def _bill(bill: VendorBill, mapping: MappingFile) -> list[_Posting]:
    """Return a posting for each account, tax and cost centre: gross, its share of the tax by largest remainder."""
    nets: defaultdict[str, defaultdict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for line in bill.lines:
        nets[line.tax_code][mapping.account(line.account), line.cost_centre] += line.net_minor
    taxes: defaultdict[str, int] = defaultdict(int)
    for share in bill.taxes:
        taxes[share.code] += share.amount_minor
    text = f"{bill.vendor.name} {bill.number}" if _short(bill.number) != bill.number else bill.vendor.name
    found = []
    for code, groups in nets.items():
        base = sum(groups.values())
        exact = [Fraction(net * taxes[code], base) if base else Fraction(0) for net in groups.values()]
        shares = apportioned(exact, taxes[code] if base else 0)
        for ((account, cost_centre), net), tax in zip(groups.items(), shares, strict=True):
            gross = net + tax
            if gross:
                found.append(
                    _Posting(
                        abs(gross),
                        debit=(gross > 0) is not bill.credit_note,
                        account=account,
                        contra=bill.vendor.erp_id,
                        tax_key=mapping.tax(code),
                        number=bill.number,
                        due_on=bill.due_on,
                        text=text,
                        cost_centre=cost_centre,
                    )
                )
    if sum(one.amount_minor if one.debit is not bill.credit_note else -one.amount_minor for one in found) != (
        bill.gross_minor
    ):
        raise wrong("taxes", "There is tax on a base of zero, which a posting with a tax key cannot carry.")
    return found


def _entry(entry: JournalEntry, accounts: dict[str, str]) -> list[_Posting]:
    """Return an entry as pairs: what is left of a debit goes against what is left of a credit, in their order."""
    debits = deque((line.debit_minor, accounts[line.account], line.text) for line in entry.lines if line.debit_minor)
    credits_ = deque((line.credit_minor, accounts[line.account]) for line in entry.lines if line.credit_minor)
    found = []
    while debits:
        (left, account, text), (other, contra) = debits.popleft(), credits_.popleft()
        part = min(left, other)
        told = text or entry.text
        found.append(_Posting(part, debit=True, account=account, contra=contra, number=entry.reference, text=told))
        if left > part:
            debits.appendleft((left - part, account, text))
        if other > part:
            credits_.appendleft((other - part, contra))
    return found


def _head(head: BatchHead, day: date, document: ErpDocument) -> str:
    begins = date(day.year, int(head.year_begins[:2]), int(head.year_begins[2:]))
    begins = begins if begins <= day else begins.replace(year=day.year - 1)
    shown = f"{day:%Y%m%d}"
    fields = [
        _quoted("EXTF"),
        "700",
        "21",
        _quoted("Buchungsstapel"),
        "13",
        # The day of the document and not the present time: written again, it has to be the same file.
        f"{shown}000000000",
        "",
        _quoted("TB"),
        _quoted(""),
        _quoted(""),
        head.adviser,
        head.client,
        f"{begins:%Y%m%d}",
        str(head.account_digits),
        shown,
        shown,
        _quoted(f"{document.kind.value} {document.key[:8]}"),
        _quoted(""),
        "1",
        "0",
        "0",
        _quoted(document.currency.code),
        *("", _quoted(""), "", "", _quoted(""), "", "", _quoted(""), _quoted("")),
    ]
    return ";".join(fields)


def _row(one: _Posting, day: date, currency: Currency) -> str:
    told = {
        "Umsatz (ohne Soll/Haben-Kz)": _amount(one.amount_minor, currency),
        "Soll/Haben-Kennzeichen": _quoted("S" if one.debit else "H"),
        "WKZ Umsatz": _quoted(currency.code),
        "Konto": one.account,
        "Gegenkonto (ohne BU-Schlüssel)": one.contra,
        "BU-Schlüssel": _quoted(one.tax_key),
        "Belegdatum": f"{day:%d%m}",
        "Belegfeld 1": _quoted(_short(one.number)),
        "Belegfeld 2": _quoted(f"{one.due_on:%d%m%y}" if one.due_on else ""),
        "Skonto": _amount(one.discount_minor, currency) if one.discount_minor else "",
        "Buchungstext": _quoted(one.text[:_TEXT_MAX]),
        "KOST1 - Kostenstelle": _quoted(one.cost_centre[:_NUMBER_MAX]),
        "Festschreibung": "0",
    }
    return ";".join(told.get(name, "") for name in COLUMNS)


def _amount(minor: int, currency: Currency) -> str:
    return Money(minor, currency).to_decimal().replace(".", ",")


def _short(number: str) -> str:
    return _NOT_IN_NUMBERS.sub("-", number)[:_NUMBER_MAX]


def _quoted(text: str) -> str:
    plain = " ".join(text.split()).replace('"', '""')
    return f'"{plain}"'


def check_accounts(named: Sequence[str]) -> list[str]:
    """Return the accounts that DATEV cannot have: they are numbers of up to nine digits."""
    return [one for one in named if not (one.isascii() and one.isdigit() and len(one) <= 9)]
