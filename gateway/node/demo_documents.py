"""The supplier documents of the demo shop: two e-invoices and a PDF, made here and handed in once.

One e-invoice is in order, the other one does not add up, the PDF has to be read: so the inbox shows what it is for.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

from gateway.domain.documents.document import DocumentSource
from gateway.domain.ids import derived_id
from gateway.services.documents.receive_documents import Handed, ReceiveDocuments

_CENT = Decimal("0.01")
_CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_FONT_SIZE = 10
_RESOURCES = b"<< /Font << /F1 5 0 R >> >>"
NAMESPACE = uuid.UUID("f3a7d2c4-58c1-5e0d-9b7e-2d6c1e4b9a10")


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier of the demo. ``iban``, ``vat_id``: with right check digits, of nobody."""

    name: str
    street: str
    postcode: str
    town: str
    vat_id: str
    iban: str
    phone: str
    mail: str


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One line. ``price``: net, of one piece."""

    text: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class SampleInvoice:
    """An invoice of one tax rate. ``rate``: percent; ``total_off``: added to the printed total, to make it wrong."""

    supplier: Supplier
    number: str
    issued_on: date
    due_on: date
    rate: Decimal
    lines: tuple[SampleLine, ...]
    buyer: str = "Demo Cafe"
    total_off: Decimal = Decimal(0)
    order_number: str = ""

    @property
    def net(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.quantity * line.price for line in self.lines), Decimal(0)).quantize(_CENT)

    @property
    def tax(self) -> Decimal:
        """Tax on the net amount."""
        return (self.net * self.rate / 100).quantize(_CENT, ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        """What is printed as total."""
        return self.net + self.tax + self.total_off


ROASTERY = Supplier(
    "Hafen Kaffeerösterei GmbH",
    "Speicherweg 4",
    "20457",
    "Hamburg",
    "DE123456788",
    "DE02120300000000202051",
    "+49 40 5550100",
    "rechnung@hafen-kaffee.example",
)
PAPER_MILL = Supplier(
    "Papier und Becher KG",
    "Mühlenstraße 12",
    "50667",
    "Köln",
    "DE987654328",
    "DE02500105170137075030",
    "+49 221 5550177",
    "buchhaltung@papier-becher.example",
)


BEANS = (
    SampleLine("Espresso beans 1 kg", 12, Decimal("16.50")),
    SampleLine("Filter roast 1 kg", 6, Decimal("14.20")),
)
ORDER_NUMBER = "4500117"
"""The order the invoice over the beans is for."""
TOUR_ORDER = "4500900"
"""The order the invoice of the tour is for."""
TOUR_LINES = (SampleLine("Espresso beans 1 kg", 20, Decimal("16.50")), SampleLine("Cups", 12, Decimal("7.90")))


def sample_invoices(today: date) -> tuple[tuple[str, bytes], ...]:
    """Return the demo's documents by file name, dated around ``today``."""
    cups = (SampleLine("Paper cups 200 ml, 1000 pieces", 3, Decimal("48.90")), SampleLine("Lids", 3, Decimal("21.40")))
    in_order = SampleInvoice(
        ROASTERY,
        "HK-2026-0117",
        today - timedelta(days=3),
        today + timedelta(days=11),
        Decimal(7),
        BEANS,
        order_number=ORDER_NUMBER,
    )
    wrong = SampleInvoice(
        PAPER_MILL,
        "RE 40218",
        today - timedelta(days=6),
        today + timedelta(days=24),
        Decimal(19),
        cups,
        total_off=Decimal("10.00"),
    )
    on_paper = SampleInvoice(
        PAPER_MILL, "RE 40231", today - timedelta(days=1), today + timedelta(days=29), Decimal(19), cups[:1]
    )
    return (
        ("hafen-kaffee-0117.xml", ubl_of(in_order)),
        ("papier-becher-40218.xml", ubl_of(wrong)),
        ("papier-becher-40231.pdf", pdf_of(on_paper)),
    )


def seed_demo_documents(receive: ReceiveDocuments, today: date) -> None:
    """Hand in the demo's documents."""
    for name, data in sample_invoices(today):
        receive.take_in(Handed(derived_id(NAMESPACE, name), name, data, DocumentSource.UPLOAD, "demo"))


def ubl_of(invoice: SampleInvoice) -> bytes:
    """Return the invoice as UBL 2.1 by EN 16931, in the profile of XRechnung."""
    amount = 'currencyID="EUR"'
    lines = "".join(_ubl_line(number, line, invoice.rate) for number, line in enumerate(invoice.lines, start=1))
    rate = f"{invoice.rate:f}"
    number = escape(invoice.order_number)
    order = f"<cac:OrderReference><cbc:ID>{number}</cbc:ID></cac:OrderReference>\n" if number else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>{_CUSTOMIZATION}</cbc:CustomizationID>
<cbc:ProfileID>{_PROFILE}</cbc:ProfileID>
<cbc:ID>{escape(invoice.number)}</cbc:ID>
<cbc:IssueDate>{invoice.issued_on}</cbc:IssueDate>
<cbc:DueDate>{invoice.due_on}</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cbc:BuyerReference>demo</cbc:BuyerReference>
{order}{_ubl_supplier(invoice.supplier)}
<cac:AccountingCustomerParty><cac:Party>
<cbc:EndpointID schemeID="EM">office@demo-cafe.example</cbc:EndpointID>
<cac:PostalAddress><cbc:StreetName>Main Street 1</cbc:StreetName><cbc:CityName>Berlin</cbc:CityName>
<cbc:PostalZone>10115</cbc:PostalZone><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>
</cac:PostalAddress>
<cac:PartyLegalEntity><cbc:RegistrationName>{escape(invoice.buyer)}</cbc:RegistrationName></cac:PartyLegalEntity>
</cac:Party></cac:AccountingCustomerParty>
<cac:Delivery><cbc:ActualDeliveryDate>{invoice.issued_on}</cbc:ActualDeliveryDate></cac:Delivery>
<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
<cac:PayeeFinancialAccount><cbc:ID>{invoice.supplier.iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount {amount}>{invoice.tax}</cbc:TaxAmount>
<cac:TaxSubtotal><cbc:TaxableAmount {amount}>{invoice.net}</cbc:TaxableAmount>
<cbc:TaxAmount {amount}>{invoice.tax}</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{rate}</cbc:Percent>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount {amount}>{invoice.net}</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount {amount}>{invoice.net}</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount {amount}>{invoice.total}</cbc:TaxInclusiveAmount>
<cbc:PayableAmount {amount}>{invoice.total}</cbc:PayableAmount></cac:LegalMonetaryTotal>
{lines}</Invoice>
""".encode()


def _ubl_supplier(one: Supplier) -> str:
    return f"""<cac:AccountingSupplierParty><cac:Party>
<cbc:EndpointID schemeID="EM">{escape(one.mail)}</cbc:EndpointID>
<cac:PostalAddress><cbc:StreetName>{escape(one.street)}</cbc:StreetName><cbc:CityName>{escape(one.town)}</cbc:CityName>
<cbc:PostalZone>{one.postcode}</cbc:PostalZone>
<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>{one.vat_id}</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>{escape(one.name)}</cbc:RegistrationName></cac:PartyLegalEntity>
<cac:Contact><cbc:Name>Accounts</cbc:Name><cbc:Telephone>{one.phone}</cbc:Telephone>
<cbc:ElectronicMail>{escape(one.mail)}</cbc:ElectronicMail></cac:Contact>
</cac:Party></cac:AccountingSupplierParty>"""


def _ubl_line(number: int, line: SampleLine, rate: Decimal) -> str:
    amount = (line.quantity * line.price).quantize(_CENT)
    return f"""<cac:InvoiceLine><cbc:ID>{number}</cbc:ID>
<cbc:InvoicedQuantity unitCode="C62">{line.quantity}</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">{amount}</cbc:LineExtensionAmount>
<cac:Item><cbc:Name>{escape(line.text)}</cbc:Name>
<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{rate:f}</cbc:Percent>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">{line.price}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
"""


def pdf_of(invoice: SampleInvoice) -> bytes:
    """Return the invoice as a page of A4 with a text layer (PDF 1.4, one of the fonts every reader has)."""
    one = invoice.supplier
    texts: list[tuple[int, int, str]] = [
        (50, 790, one.name),
        (50, 776, one.street),
        (50, 762, f"{one.postcode} {one.town}"),
        (50, 700, invoice.buyer),
        (50, 686, "Main Street 1"),
        (50, 672, "10115 Berlin"),
        (50, 620, "Rechnung"),
        (360, 620, f"Rechnungsnummer: {invoice.number}"),
        (360, 606, f"Rechnungsdatum: {_german(invoice.issued_on)}"),
        (360, 592, f"Fällig am: {_german(invoice.due_on)}"),
        (50, 550, "Bezeichnung"),
        (300, 550, "Menge"),
        (370, 550, "Einzelpreis"),
        (470, 550, "Betrag EUR"),
    ]
    height = 532
    for line in invoice.lines:
        amount = (line.quantity * line.price).quantize(_CENT)
        texts += [(50, height, line.text), (300, height, str(line.quantity))]
        texts += [(370, height, _comma(line.price)), (470, height, _comma(amount))]
        height -= 16
    height -= 20
    sums = (
        ("Nettobetrag", invoice.net),
        (f"USt. {invoice.rate:f} %", invoice.tax),
        ("Gesamtbetrag EUR", invoice.total),
    )
    for label, value in sums:
        texts += [(340, height, label), (470, height, _comma(value))]
        height -= 16
    texts += [(50, 90, f"IBAN: {_in_fours(one.iban)}"), (50, 76, f"USt-IdNr.: {one.vat_id}")]
    return _pdf_page(texts)


def _pdf_page(texts: list[tuple[int, int, str]]) -> bytes:
    drawn = b"".join(
        b"BT /F1 %d Tf %d %d Td (%s) Tj ET\n" % (_FONT_SIZE, left, up, _pdf_text(text)) for left, up, text in texts
    )
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % _RESOURCES,
        b"<< /Length %d >>\nstream\n%sendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(written))
    return written + head + tail


def _pdf_text(text: str) -> bytes:
    encoded = text.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _german(day: date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year}"


def _comma(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


def _in_fours(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
