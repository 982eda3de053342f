"""Writes small valid e-invoices of the project's own making: UBL, CII and ZUGFeRD 1.0, with any namespace prefixes."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
UBL_INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
UBL_CREDIT = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
FERD = "urn:ferd:CrossIndustryDocument:invoice:1p0"
FERD_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
FERD_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15"
PROFILE = "urn:cen.eu:en16931:2017"


@dataclass(frozen=True, slots=True)
class Sample:
    """An invoice about two goods at one rate. ``lines``: text, quantity, price; ``rate``: per cent.

    ``beside``: allowances (below zero) and charges of the whole document: amount, reason, code.
    """

    number: str = "R-2031/7"
    date: str = "2031-03-04"
    due: str = "2031-04-03"
    delivery: str = "2031-03-01"
    currency: str = "EUR"
    seller: str = "Muster Holzbau GmbH"
    buyer: str = "Beispiel Laden OHG"
    vat_id: str = "DE136695976"
    iban: str = "DE02120300000000202051"
    bic: str = "BYLADEM1001"
    order: str = "B-77"
    reference: str = "RF18539007547034"
    terms: str = "Zahlbar bis zum 3. April"
    rate: str = "19"
    lines: tuple[tuple[str, str, str], ...] = (("Regal", "2", "49.90"), ("Montage", "1.5", "60.00"))
    prepaid: str = ""
    rounding: str = ""
    type_code: str = "380"
    beside: tuple[tuple[str, str, str], ...] = ()

    def amounts(self) -> tuple[str, ...]:
        """Return the net amount of each line."""
        return tuple(_cents(Decimal(quantity) * Decimal(price)) for _, quantity, price in self.lines)

    @property
    def of_lines(self) -> str:
        """Sum of the lines."""
        return _cents(sum((Decimal(one) for one in self.amounts()), Decimal(0)))

    def beside_sum(self, sign: int) -> str:
        """Sum of the charges, or of the allowances; empty without any."""
        found = [abs(Decimal(amount)) for amount, _, _ in self.beside if Decimal(amount) * sign > 0]
        return _cents(sum(found, Decimal(0))) if found else ""

    @property
    def net(self) -> str:
        """Sum of the lines, less allowances, with charges."""
        return _cents(Decimal(self.of_lines) + sum((Decimal(amount) for amount, _, _ in self.beside), Decimal(0)))

    @property
    def tax(self) -> str:
        """VAT of the net amount."""
        return _cents(Decimal(self.net) * Decimal(self.rate) / 100)

    @property
    def total(self) -> str:
        """Net and VAT."""
        return _cents(Decimal(self.net) + Decimal(self.tax))

    @property
    def payable(self) -> str:
        """Total less what was paid, rounded as stated."""
        return _cents(Decimal(self.total) - Decimal(self.prepaid or 0) + Decimal(self.rounding or 0))


def _cents(number: Decimal) -> str:
    return str(number.quantize(Decimal("0.01")))


def _add(parent: Any, path: str, text: str = "", **attributes: str) -> Any:
    """Add nested elements `prefix:Name/prefix:Name` and return the last."""
    for step in path.split("/"):
        prefix, _, name = step.partition(":")
        # lxml may call the prefixes anything: here they stand for the namespaces of the test.
        parent = etree.SubElement(parent, f"{{{_NAMESPACES[prefix]}}}{name}")
    parent.text = text or None
    for name, value in attributes.items():
        parent.set(name, value)
    return parent


_NAMESPACES = {"a": CAC, "b": CBC, "r": RAM, "s": RSM, "u": UDT}


def ubl(sample: Sample, prefixes: tuple[str | None, str, str] = (None, "cac", "cbc")) -> bytes:
    """Return the invoice, or for type 381 the credit note, in UBL; ``prefixes``: of document, aggregates, basics."""
    credit = sample.type_code == "381"
    kind, uri = ("CreditNote", UBL_CREDIT) if credit else ("Invoice", UBL_INVOICE)
    root = etree.Element(f"{{{uri}}}{kind}", nsmap={prefixes[0]: uri, prefixes[1]: CAC, prefixes[2]: CBC})
    _add(root, "b:CustomizationID", PROFILE)
    _add(root, "b:ID", sample.number)
    _add(root, "b:IssueDate", sample.date)
    if not credit:
        _add(root, "b:DueDate", sample.due)
    _add(root, f"b:{kind}TypeCode", sample.type_code)
    _add(root, "b:DocumentCurrencyCode", sample.currency)
    _add(root, "a:OrderReference/b:ID", sample.order)
    for role, name, vat_id in (("Supplier", sample.seller, sample.vat_id), ("Customer", sample.buyer, "")):
        party = _add(root, f"a:Accounting{role}Party/a:Party")
        address = _add(party, "a:PostalAddress")
        _add(address, "b:StreetName", "Waldweg 5")
        _add(address, "b:CityName", "Lindau")
        _add(address, "b:PostalZone", "88131")
        _add(address, "a:Country/b:IdentificationCode", "DE")
        if vat_id:
            scheme = _add(party, "a:PartyTaxScheme")
            _add(scheme, "b:CompanyID", vat_id)
            _add(scheme, "a:TaxScheme/b:ID", "VAT")
        _add(party, "a:PartyLegalEntity/b:RegistrationName", name)
    _add(root, "a:Delivery/b:ActualDeliveryDate", sample.delivery)
    means = _add(root, "a:PaymentMeans")
    _add(means, "b:PaymentMeansCode", "58")
    if credit:
        _add(means, "b:PaymentDueDate", sample.due)
    _add(means, "b:PaymentID", sample.reference)
    account = _add(means, "a:PayeeFinancialAccount")
    _add(account, "b:ID", sample.iban)
    _add(account, "a:FinancialInstitutionBranch/b:ID", sample.bic)
    _add(root, "a:PaymentTerms/b:Note", sample.terms)
    for amount, reason, code in sample.beside:
        part = _add(root, "a:AllowanceCharge")
        _add(part, "b:ChargeIndicator", "true" if Decimal(amount) > 0 else "false")
        for name, value in (("AllowanceChargeReasonCode", code), ("AllowanceChargeReason", reason)):
            if value:
                _add(part, f"b:{name}", value)
        _add(part, "b:Amount", _cents(abs(Decimal(amount))), currencyID=sample.currency)
        _ubl_category(_add(part, "a:TaxCategory"), sample)
    _ubl_sums(root, sample)
    _ubl_lines(root, sample, credit=credit)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _ubl_sums(root: Any, sample: Sample) -> None:
    money = {"currencyID": sample.currency}
    total = _add(root, "a:TaxTotal")
    _add(total, "b:TaxAmount", sample.tax, **money)
    part = _add(total, "a:TaxSubtotal")
    _add(part, "b:TaxableAmount", sample.net, **money)
    _add(part, "b:TaxAmount", sample.tax, **money)
    _ubl_category(_add(part, "a:TaxCategory"), sample)
    sums = _add(root, "a:LegalMonetaryTotal")
    _add(sums, "b:LineExtensionAmount", sample.of_lines, **money)
    _add(sums, "b:TaxExclusiveAmount", sample.net, **money)
    _add(sums, "b:TaxInclusiveAmount", sample.total, **money)
    for name, sign in (("AllowanceTotalAmount", -1), ("ChargeTotalAmount", 1)):
        if sample.beside_sum(sign):
            _add(sums, f"b:{name}", sample.beside_sum(sign), **money)
    if sample.prepaid:
        _add(sums, "b:PrepaidAmount", sample.prepaid, **money)
    if sample.rounding:
        _add(sums, "b:PayableRoundingAmount", sample.rounding, **money)
    _add(sums, "b:PayableAmount", sample.payable, **money)


def _ubl_category(category: Any, sample: Sample) -> None:
    _add(category, "b:ID", "S")
    _add(category, "b:Percent", sample.rate)
    _add(category, "a:TaxScheme/b:ID", "VAT")


def _ubl_lines(root: Any, sample: Sample, *, credit: bool) -> None:
    kind, quantity_name = ("CreditNoteLine", "CreditedQuantity") if credit else ("InvoiceLine", "InvoicedQuantity")
    for number, ((text, quantity, price), amount) in enumerate(zip(sample.lines, sample.amounts(), strict=True), 1):
        line = _add(root, f"a:{kind}")
        _add(line, "b:ID", str(number))
        _add(line, f"b:{quantity_name}", quantity, unitCode="C62")
        _add(line, "b:LineExtensionAmount", amount, currencyID=sample.currency)
        item = _add(line, "a:Item")
        _add(item, "b:Name", text)
        _ubl_category(_add(item, "a:ClassifiedTaxCategory"), sample)
        _add(line, "a:Price/b:PriceAmount", price, currencyID=sample.currency)


def cii(sample: Sample, prefixes: tuple[str, str, str] = ("rsm", "ram", "udt")) -> bytes:
    """Return the invoice in CII; ``prefixes``: of document, aggregates, data types."""
    names = {prefixes[0]: RSM, prefixes[1]: RAM, prefixes[2]: UDT}
    root = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap=names)
    _add(root, "s:ExchangedDocumentContext/r:GuidelineSpecifiedDocumentContextParameter/r:ID", PROFILE)
    header = _add(root, "s:ExchangedDocument")
    _add(header, "r:ID", sample.number)
    _add(header, "r:TypeCode", sample.type_code)
    _cii_date(header, "r:IssueDateTime", sample.date)
    trade = _add(root, "s:SupplyChainTradeTransaction")
    for number, ((text, quantity, price), amount) in enumerate(zip(sample.lines, sample.amounts(), strict=True), 1):
        line = _add(trade, "r:IncludedSupplyChainTradeLineItem")
        _add(line, "r:AssociatedDocumentLineDocument/r:LineID", str(number))
        _add(line, "r:SpecifiedTradeProduct/r:Name", text)
        _add(line, "r:SpecifiedLineTradeAgreement/r:NetPriceProductTradePrice/r:ChargeAmount", price)
        _add(line, "r:SpecifiedLineTradeDelivery/r:BilledQuantity", quantity, unitCode="C62")
        settled = _add(line, "r:SpecifiedLineTradeSettlement")
        _cii_tax(_add(settled, "r:ApplicableTradeTax"), sample)
        _add(settled, "r:SpecifiedTradeSettlementLineMonetarySummation/r:LineTotalAmount", amount)
    agreement = _add(trade, "r:ApplicableHeaderTradeAgreement")
    for role, name, vat_id in (("Seller", sample.seller, sample.vat_id), ("Buyer", sample.buyer, "")):
        party = _add(agreement, f"r:{role}TradeParty")
        _add(party, "r:Name", name)
        address = _add(party, "r:PostalTradeAddress")
        _add(address, "r:PostcodeCode", "88131")
        _add(address, "r:LineOne", "Waldweg 5")
        _add(address, "r:CityName", "Lindau")
        _add(address, "r:CountryID", "DE")
        if vat_id:
            _add(party, "r:SpecifiedTaxRegistration/r:ID", vat_id, schemeID="VA")
    _add(agreement, "r:BuyerOrderReferencedDocument/r:IssuerAssignedID", sample.order)
    delivery = _add(trade, "r:ApplicableHeaderTradeDelivery")
    _cii_date(delivery, "r:ActualDeliverySupplyChainEvent/r:OccurrenceDateTime", sample.delivery)
    _cii_settlement(_add(trade, "r:ApplicableHeaderTradeSettlement"), sample)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _cii_date(parent: Any, path: str, date: str) -> None:
    _add(parent, f"{path}/u:DateTimeString", date.replace("-", ""), format="102")


def _cii_tax(tax: Any, sample: Sample, **amounts: str) -> None:
    if "CalculatedAmount" in amounts:
        _add(tax, "r:CalculatedAmount", amounts["CalculatedAmount"])
    _add(tax, "r:TypeCode", "VAT")
    if "BasisAmount" in amounts:
        _add(tax, "r:BasisAmount", amounts["BasisAmount"])
    _add(tax, "r:CategoryCode", "S")
    _add(tax, "r:RateApplicablePercent", sample.rate)


def _cii_settlement(settlement: Any, sample: Sample) -> None:
    _add(settlement, "r:PaymentReference", sample.reference)
    _add(settlement, "r:InvoiceCurrencyCode", sample.currency)
    means = _add(settlement, "r:SpecifiedTradeSettlementPaymentMeans")
    _add(means, "r:TypeCode", "58")
    _add(means, "r:PayeePartyCreditorFinancialAccount/r:IBANID", sample.iban)
    _add(means, "r:PayeeSpecifiedCreditorFinancialInstitution/r:BICID", sample.bic)
    _cii_tax(_add(settlement, "r:ApplicableTradeTax"), sample, CalculatedAmount=sample.tax, BasisAmount=sample.net)
    for amount, reason, code in sample.beside:
        part = _add(settlement, "r:SpecifiedTradeAllowanceCharge")
        _add(part, "r:ChargeIndicator/u:Indicator", "true" if Decimal(amount) > 0 else "false")
        _add(part, "r:ActualAmount", _cents(abs(Decimal(amount))))
        for name, value in (("ReasonCode", code), ("Reason", reason)):
            if value:
                _add(part, f"r:{name}", value)
        _cii_tax(_add(part, "r:CategoryTradeTax"), sample)
    terms = _add(settlement, "r:SpecifiedTradePaymentTerms")
    _add(terms, "r:Description", sample.terms)
    _cii_date(terms, "r:DueDateDateTime", sample.due)
    sums = _add(settlement, "r:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "r:LineTotalAmount", sample.of_lines)
    for name, sign in (("ChargeTotalAmount", 1), ("AllowanceTotalAmount", -1)):
        if sample.beside_sum(sign):
            _add(sums, f"r:{name}", sample.beside_sum(sign))
    _add(sums, "r:TaxBasisTotalAmount", sample.net)
    _add(sums, "r:TaxTotalAmount", sample.tax, currencyID=sample.currency)
    if sample.rounding:
        _add(sums, "r:RoundingAmount", sample.rounding)
    _add(sums, "r:GrandTotalAmount", sample.total)
    if sample.prepaid:
        _add(sums, "r:TotalPrepaidAmount", sample.prepaid)
    _add(sums, "r:DuePayableAmount", sample.payable)


_FIRST_NAMES = {
    "ExchangedDocumentContext": "SpecifiedExchangedDocumentContext",
    "ExchangedDocument": "HeaderExchangedDocument",
    "SupplyChainTradeTransaction": "SpecifiedSupplyChainTradeTransaction",
    "ApplicableHeaderTradeAgreement": "ApplicableSupplyChainTradeAgreement",
    "ApplicableHeaderTradeDelivery": "ApplicableSupplyChainTradeDelivery",
    "ApplicableHeaderTradeSettlement": "ApplicableSupplyChainTradeSettlement",
    "SpecifiedLineTradeAgreement": "SpecifiedSupplyChainTradeAgreement",
    "SpecifiedLineTradeDelivery": "SpecifiedSupplyChainTradeDelivery",
    "SpecifiedLineTradeSettlement": "SpecifiedSupplyChainTradeSettlement",
    "SpecifiedTradeSettlementLineMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "SpecifiedTradeSettlementMonetarySummation",
    "RateApplicablePercent": "ApplicablePercent",
    "CrossIndustryInvoice": "CrossIndustryDocument",
}
_FIRST_SPACES = {RSM: FERD, RAM: FERD_RAM, UDT: FERD_UDT}


def zugferd1(sample: Sample) -> bytes:
    """Return the invoice as ZUGFeRD 1.0: the same content under its older names."""
    tree = etree.fromstring(cii(sample))
    for element in tree.iter():
        uri, _, name = element.tag[1:].partition("}")
        element.tag = f"{{{_FIRST_SPACES[uri]}}}{_FIRST_NAMES.get(name, name)}"
    order = tree.find(f".//{{{FERD_RAM}}}IssuerAssignedID")
    order.tag = f"{{{FERD_RAM}}}ID"
    etree.cleanup_namespaces(tree)
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))


def changed(xml: bytes, path: str, text: str) -> bytes:
    """Return the XML with another text at the first element of the path (local names, from anywhere)."""
    root = etree.fromstring(xml)
    condition = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    root.xpath(f"//{condition}")[0].text = text
    return bytes(etree.tostring(root))


def without(xml: bytes, path: str) -> bytes:
    """Return the XML without every element at the path (local names, from anywhere)."""
    root = etree.fromstring(xml)
    condition = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    for element in root.xpath(f"//{condition}"):
        element.getparent().remove(element)
    return bytes(etree.tostring(root))


def pdf_with(*files: tuple[str, bytes], password: str = "") -> bytes:
    """Return a PDF of one empty page with the files attached the usual way."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    for name, data in files:
        writer.add_attachment(name, data)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    return _bytes_of(writer)


def pdf_associated(name: str, data: bytes) -> bytes:
    """Return a PDF that names its file in the array of associated files alone, not in the tree of attachments."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    stream = DecodedStreamObject()
    stream.set_data(data)
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    specification = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/UF"): TextStringObject(name),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(stream)}),
        }
    )
    writer.root_object[NameObject("/AF")] = ArrayObject([writer._add_object(specification)])
    return _bytes_of(writer)


def pdf_bomb(name: str, size: int) -> bytes:
    """Return a small PDF with an attachment that unpacks to so many bytes."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()
    return pdf_associated(name, packed).replace(b"/Type /EmbeddedFile", b"/Filter /FlateDecode", 1)


def pdf_with_circle() -> bytes:
    """Return a PDF whose tree of attachments has itself as its only branch, twice."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    tree = DictionaryObject()
    reference = writer._add_object(tree)
    tree[NameObject("/Kids")] = ArrayObject([reference, reference])
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): reference})
    return _bytes_of(writer)


def _bytes_of(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
