"""Invoices drawn as pages of words, in several layouts and languages, with the values they show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from invoice_capture.model import Box, Line, Page, PageSource, ReadDocument, Word

WIDTH, HEIGHT = 595.0, 842.0
_ADVANCE = 0.5
"""Width of a letter in heights of the type."""


@dataclass(frozen=True)
class Speech:
    """How a country writes invoices. ``number``: net in cents to text; ``date``: pattern of strftime."""

    code: str
    invoice: str
    invoice_number: str
    date_label: str
    due: str
    buyer: str
    net: str
    tax: str
    total: str
    vat_label: str
    heads: tuple[str, str, str, str]
    group: str
    decimal: str
    date: str
    currency: str
    supplier: str
    street: str
    town: str
    vat_id: str
    iban: str


SPEECHES = (
    Speech("de", "Rechnung", "Rechnungsnummer", "Rechnungsdatum", "Fällig am", "Rechnungsempfänger", "Nettobetrag",
           "MwSt", "Gesamtbetrag", "USt-IdNr.", ("Bezeichnung", "Menge", "Einzelpreis", "Betrag"), ".", ",", "%d.%m.%Y",
           "EUR", "Nordlicht Werkzeuge GmbH", "Hafenweg 12", "24103 Kiel", "DE136695976", "DE89370400440532013000"),
    Speech("en", "Invoice", "Invoice No.", "Invoice Date", "Due Date", "Bill to", "Net Amount", "VAT", "Total",
           "VAT No.", ("Description", "Quantity", "Unit Price", "Amount"), ",", ".", "%d/%m/%Y", "GBP",
           "Harbour Tools Ltd", "12 Quay Street", "London SW1A 1AA", "GB980780684", "GB29NWBK60161331926819"),
    Speech("fr", "Facture", "Facture n°", "Date de facture", "Date d'échéance", "Facturé à", "Total HT", "TVA",
           "Total TTC", "N° TVA", ("Désignation", "Quantité", "Prix unitaire", "Montant"), " ", ",", "%d/%m/%Y", "EUR",
           "Outillage du Port SAS", "12 rue du Quai", "29200 Brest", "FR40303265045", "FR1420041010050500013M02606"),
    Speech("it", "Fattura", "Numero fattura", "Data fattura", "Scadenza", "Cliente", "Imponibile", "IVA",
           "Totale fattura", "Partita IVA", ("Descrizione", "Quantità", "Prezzo", "Importo"), ".", ",", "%d/%m/%Y",
           "EUR", "Utensili del Porto S.r.l.", "Via del Molo 12", "16121 Genova", "IT00743110157",
           "IT60X0542811101000000123456"),
    Speech("es", "Factura", "Número de factura", "Fecha de factura", "Vencimiento", "Cliente", "Base imponible", "IVA",
           "Total factura", "NIF", ("Descripción", "Cantidad", "Precio", "Importe"), ".", ",", "%d/%m/%Y", "EUR",
           "Herramientas del Puerto S.L.", "Calle del Muelle 12", "08003 Barcelona", "ESB58378431",
           "ES9121000418450200051332"),
    Speech("nl", "Factuur", "Factuurnummer", "Factuurdatum", "Vervaldatum", "Factuuradres", "Totaal excl. BTW", "BTW",
           "Totaal incl. BTW", "BTW-nummer", ("Omschrijving", "Aantal", "Prijs", "Bedrag"), ".", ",", "%d-%m-%Y", "EUR",
           "Havengereedschap B.V.", "Kade 12", "3011 AB Rotterdam", "NL810433941B01", "NL50INGB0683251309"),
    Speech("pt", "Fatura", "Número da fatura", "Data de emissão", "Data de vencimento", "Cliente", "Total líquido",
           "IVA", "Total da fatura", "Contribuinte", ("Descrição", "Quantidade", "Preço", "Valor"), ".", ",",
           "%d-%m-%Y", "EUR", "Ferramentas do Cais Lda", "Rua do Cais 12", "1200-109 Lisboa", "PT501964843",
           "PT50000201231234567890154"),
    Speech("pl", "Faktura VAT", "Numer faktury", "Data wystawienia", "Termin płatności", "Nabywca", "Razem netto",
           "VAT", "Do zapłaty", "NIP", ("Nazwa towaru", "Ilość", "Cena netto", "Wartość netto"), " ", ",", "%d.%m.%Y",
           "PLN", "Narzędzia Portowe Sp. z o.o.", "ul. Portowa 12", "80-001 Gdańsk", "PL8567346215",
           "PL61109010140000071219812874"),
    Speech("sv", "Faktura", "Fakturanummer", "Fakturadatum", "Förfallodatum", "Fakturaadress", "Summa exkl moms",
           "Moms", "Att betala", "VAT-nr", ("Benämning", "Antal", "Pris", "Belopp"), " ", ",", "%Y-%m-%d", "SEK",
           "Hamnverktyg AB", "Kajgatan 12", "411 09 Göteborg", "SE123456789701", "SE4550000000058398257466"),
    Speech("da", "Faktura", "Fakturanr.", "Fakturadato", "Forfaldsdato", "Kunde", "Beløb ekskl. moms", "Moms",
           "Total inkl. moms", "CVR-nr.", ("Beskrivelse", "Antal", "Pris", "Beløb"), ".", ",", "%d-%m-%Y", "DKK",
           "Havneværktøj ApS", "Kajen 12", "8000 Aarhus", "DK13585628", "DK5000400440116243"),
    Speech("no", "Faktura", "Fakturanummer", "Fakturadato", "Forfallsdato", "Kunde", "Sum eks. mva", "MVA",
           "Sum inkl. mva", "Org.nr", ("Beskrivelse", "Antall", "Pris", "Beløp"), " ", ",", "%d.%m.%Y", "NOK",
           "Havneverktøy AS", "Kaien 12", "5003 Bergen", "NO995525828MVA", "NO9386011117947"),
    Speech("fi", "Lasku", "Laskun numero", "Laskun päiväys", "Eräpäivä", "Laskutusosoite", "Yhteensä ilman ALV", "ALV",
           "Maksettava yhteensä", "ALV-tunnus", ("Kuvaus", "Määrä", "Yksikköhinta", "Yhteensä"), " ", ",", "%d.%m.%Y",
           "EUR", "Satamatyökalut Oy", "Laiturikatu 12", "00160 Helsinki", "FI20774740", "FI2112345600000785"),
    Speech("cs", "Faktura", "Číslo faktury", "Datum vystavení", "Datum splatnosti", "Odběratel", "Celkem bez DPH",
           "DPH", "Celkem s DPH", "DIČ", ("Popis", "Množství", "Cena za MJ", "Celkem"), " ", ",", "%d.%m.%Y", "CZK",
           "Přístavní nářadí s.r.o.", "Nábřežní 12", "110 00 Praha", "CZ25123891", "CZ6508000000192000145399"),
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What the invoice says; amounts in cents. ``lines``: text, quantity, price."""

    number: str = "RE-2024-0815"
    date: dt.date = dt.date(2024, 3, 15)
    due: dt.date = dt.date(2024, 4, 14)
    buyer: str = "Muster Handel"
    buyer_street: str = "Lange Gasse 7"
    buyer_town: str = "50667 Neustadt"
    lines: tuple[tuple[str, int, int], ...] = (("Hammer", 3, 1250), ("Zange rot", 10, 899), ("Kiste", 1, 123456))
    rate: int = 20
    sign: int = 1

    @property
    def net(self) -> int:
        """In cents."""
        return self.sign * sum(quantity * price for _, quantity, price in self.lines)

    @property
    def tax(self) -> int:
        """In cents, rounded half up."""
        return self.sign * ((abs(self.net) * self.rate + 50) // 100)

    @property
    def total(self) -> int:
        """In cents."""
        return self.net + self.tax


class Pen:
    """Writes words on a page. Positions and sizes in points, origin top left."""

    def __init__(self, *, whole: bool = False) -> None:
        self.words: list[Word] = []
        self.whole = whole
        """Words as an OCR engine gives them: what stands together is one piece."""

    def write(self, x: float, y: float, text: str, size: float = 9.0) -> None:
        """Write text that begins at x."""
        if self.whole:
            width = sum(_ADVANCE * size * len(part) + 0.3 * size for part in text.split(" ")) - 0.3 * size
            self.words.append(Word(text, Box(x, y, x + width, y + size), 0.97))
            return
        for part in text.split(" "):
            width = _ADVANCE * size * len(part)
            if part:
                self.words.append(Word(part, Box(x, y, x + width, y + size)))
            x += width + 0.3 * size

    def end_at(self, x: float, y: float, text: str, size: float = 9.0) -> None:
        """Write text that ends at x."""
        parts = text.split(" ")
        width = sum(_ADVANCE * size * len(part) for part in parts) + 0.3 * size * (len(parts) - 1)
        self.write(x - width, y, text, size)

    def page(self, number: int = 1) -> Page:
        """The page with one word a line: the reader's lines are not relied on."""
        return Page(number, WIDTH, HEIGHT, tuple(Line((word,)) for word in self.words), PageSource.TEXT_LAYER)


def amount(speech: Speech, cents: int) -> str:
    """Write an amount as the country does."""
    whole = f"{abs(cents) // 100:,}".replace(",", speech.group)
    return f"{'-' if cents < 0 else ''}{whole}{speech.decimal}{abs(cents) % 100:02}"


def letter(speech: Speech, facts: Facts, *, whole: bool = False) -> ReadDocument:
    """Sender line over an address window, labels and values in two columns at the right, a footer."""
    pen = Pen(whole=whole)
    pen.write(60, 130, f"{speech.supplier} - {speech.street} - {speech.town}", 6)
    for place, text in enumerate((facts.buyer, facts.buyer_street, facts.buyer_town)):
        pen.write(60, 150 + 12 * place, text)
    pairs = (
        (speech.invoice_number, facts.number),
        (speech.date_label, facts.date.strftime(speech.date)),
        (speech.due, facts.due.strftime(speech.date)),
    )
    for place, (label, value) in enumerate(pairs):
        pen.write(360, 150 + 14 * place, label)
        pen.write(480, 150 + 14 * place, value)
    pen.write(60, 260, speech.invoice, 14)
    y = _table(pen, speech, facts, 300)
    _sums(pen, speech, facts, y, 360)
    for place, text in enumerate((speech.supplier, speech.street, speech.town)):
        pen.write(60, 780 + 10 * place, text, 7)
    pen.write(250, 780, f"IBAN {_spaced(speech.iban)}", 7)
    pen.write(250, 790, f"{speech.vat_label} {speech.vat_id}", 7)
    return ReadDocument("pdf", (pen.page(),))


def head(speech: Speech, facts: Facts, *, whole: bool = False) -> ReadDocument:
    """Supplier at the top left, the buyer under a heading, labels in a row with values below."""
    pen = Pen(whole=whole)
    pen.write(40, 40, speech.supplier, 14)
    pen.write(40, 60, speech.street)
    pen.write(40, 72, speech.town)
    pen.write(40, 84, f"{speech.vat_label}: {speech.vat_id}")
    pen.write(400, 120, speech.buyer)
    for place, text in enumerate((facts.buyer, facts.buyer_street, facts.buyer_town)):
        pen.write(400, 134 + 12 * place, text)
    pen.write(40, 200, f"{speech.invoice}", 16)
    for x, label, value in (
        (40, speech.invoice_number, facts.number),
        (220, speech.date_label, facts.date.strftime(speech.date)),
        (400, speech.due, facts.due.strftime(speech.date)),
    ):
        pen.write(x, 240, label)
        pen.write(x, 253, value)
    y = _table(pen, speech, facts, 290)
    _sums(pen, speech, facts, y, 330)
    pen.write(40, 720, f"IBAN: {speech.iban}")
    return ReadDocument("pdf", (pen.page(),))


def inline(speech: Speech, facts: Facts, *, whole: bool = False) -> ReadDocument:
    """Supplier at the top right, labels with colons before their values, amounts with the currency."""
    pen = Pen(whole=whole)
    for place, text in enumerate((speech.supplier, speech.street, speech.town)):
        pen.write(380, 40 + 12 * place, text)
    for place, text in enumerate((facts.buyer, facts.buyer_street, facts.buyer_town)):
        pen.write(50, 140 + 12 * place, text)
    pen.write(50, 220, f"{speech.invoice_number}: {facts.number}")
    pen.write(50, 234, f"{speech.date_label}: {facts.date.strftime(speech.date)}")
    pen.write(50, 248, f"{speech.due}: {facts.due.strftime(speech.date)}")
    y = _table(pen, speech, facts, 290)
    for place, (label, cents) in enumerate(
        ((speech.net, facts.net), (f"{speech.tax} {facts.rate}%", facts.tax), (speech.total, facts.total))
    ):
        pen.write(320, y + 20 + 14 * place, label)
        pen.end_at(560, y + 20 + 14 * place, f"{amount(speech, cents)} {speech.currency}")
    pen.write(50, 760, f"{speech.vat_label} {speech.vat_id}")
    pen.write(50, 772, f"IBAN {speech.iban}")
    return ReadDocument("pdf", (pen.page(),))


class Layout(Protocol):
    """Draws an invoice; ``whole``: in pieces as an OCR engine gives them."""

    __name__: str

    def __call__(self, speech: Speech, facts: Facts, *, whole: bool = False) -> ReadDocument:
        """Return the drawn document."""
        ...


LAYOUTS: tuple[Layout, ...] = (letter, head, inline)


def _table(pen: Pen, speech: Speech, facts: Facts, y: float) -> float:
    text, quantity, price, total = speech.heads
    pen.write(60, y, text)
    pen.end_at(340, y, quantity)
    pen.end_at(450, y, price)
    pen.end_at(560, y, total)
    for name, count, cents in facts.lines:
        y += 16
        pen.write(60, y, name)
        pen.end_at(340, y, str(facts.sign * count))
        pen.end_at(450, y, amount(speech, cents))
        pen.end_at(560, y, amount(speech, facts.sign * count * cents))
    return y + 20


def _sums(pen: Pen, speech: Speech, facts: Facts, y: float, x: float) -> None:
    rows = (
        (speech.net, facts.net),
        (f"{speech.tax} {facts.rate} %", facts.tax),
        (f"{speech.total} {speech.currency}", facts.total),
    )
    for place, (label, cents) in enumerate(rows):
        pen.write(x, y + 20 + 14 * place, label)
        pen.end_at(560, y + 20 + 14 * place, amount(speech, cents))


def _spaced(iban: str) -> str:
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))


def truth_of(speech: Speech, facts: Facts) -> dict[str, str]:
    """The values that the drawn invoice shows, normalised."""
    return {
        "company": speech.supplier,
        "buyer": facts.buyer,
        "invoice_number": facts.number,
        "date": facts.date.isoformat(),
        "due_date": facts.due.isoformat(),
        "currency": speech.currency,
        "net": str(Decimal(facts.net) / 100),
        "tax": str(Decimal(facts.tax) / 100),
        "total": str(Decimal(facts.total) / 100),
        "payable": str(Decimal(facts.total) / 100),
        "vat_id": speech.vat_id,
        "iban": speech.iban,
    }
