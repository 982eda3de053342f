"""Reads UBL 2.1 invoices and credit notes, which Peppol BIS and XRechnung are as well."""

from __future__ import annotations

from invoice_capture.einvoice.document import (
    Adjustment,
    EInvoice,
    LinePart,
    Party,
    Payment,
    Syntax,
    TaxPart,
    Totals,
    document_type_of,
)
from invoice_capture.einvoice.elements import Element, days_after, first_text, iso_date, one_text, text_of
from invoice_capture.einvoice.payment_terms import cash_discounts, sentence_of
from invoice_capture.model import DocumentType


def read_ubl(root: Element) -> EInvoice:
    """Return the e-invoice of a UBL tree without namespaces; what is missing stays empty."""
    credit = root.tag == "CreditNote"
    type_code = first_text(root, "CreditNoteTypeCode", "InvoiceTypeCode")
    issued = iso_date(text_of(root, "IssueDate"))
    currency = text_of(root, "DocumentCurrencyCode")
    return EInvoice(
        syntax=Syntax.UBL,
        profile=text_of(root, "CustomizationID"),
        type_code=type_code,
        document_type=DocumentType.CREDIT_NOTE if credit else document_type_of(type_code),
        number=text_of(root, "ID"),
        date=issued,
        delivery_date=iso_date(text_of(root, "Delivery/ActualDeliveryDate")),
        currency=currency,
        order_reference=text_of(root, "OrderReference/ID"),
        seller=_party(root.find("AccountingSupplierParty/Party")),
        buyer=_party(root.find("AccountingCustomerParty/Party")),
        payment=_payment(root, issued),
        totals=_totals(root, currency),
        taxes=tuple(_taxes(root, currency)),
        lines=tuple(_line(node) for node in root.iterfind("CreditNoteLine" if credit else "InvoiceLine")),
        adjustments=_adjustments(root),
    )


def _party(node: Element | None) -> Party:
    if node is None:
        return Party()
    vat_id = tax_number = ""
    for scheme in node.iterfind("PartyTaxScheme"):
        number = text_of(scheme, "CompanyID")
        if text_of(scheme, "TaxScheme/ID").upper() in {"VAT", "UST"}:
            vat_id = vat_id or number
        else:
            tax_number = tax_number or number
    trading_name = text_of(node, "PartyName/Name")
    place = " ".join(filter(None, (text_of(node, "PostalAddress/PostalZone"), text_of(node, "PostalAddress/CityName"))))
    address = (
        text_of(node, "PostalAddress/StreetName"),
        text_of(node, "PostalAddress/AdditionalStreetName"),
        text_of(node, "PostalAddress/AddressLine/Line"),
        place,
        text_of(node, "PostalAddress/CountrySubentity"),
        text_of(node, "PostalAddress/Country/IdentificationCode"),
    )
    return Party(
        name=text_of(node, "PartyLegalEntity/RegistrationName") or trading_name,
        trading_name=trading_name,
        address=tuple(filter(None, address)),
        vat_id=vat_id,
        tax_number=tax_number,
        registration=text_of(node, "PartyLegalEntity/CompanyID"),
    )


def _payment(root: Element, issued: str) -> Payment:
    terms = "\n".join(filter(None, (one_text(note) for note in root.iterfind("PaymentTerms/Note"))))
    discount = next(iter(cash_discounts(terms)), None)
    due = first_text(root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")
    return Payment(
        iban=first_text(root, "PaymentMeans/PayeeFinancialAccount/ID"),
        bic=first_text(root, "PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID"),
        reference=first_text(root, "PaymentMeans/PaymentID"),
        due_date=iso_date(due),
        terms=sentence_of(terms),
        discount_rate=discount.rate if discount else "",
        discount_date=days_after(issued, discount.days) if discount else "",
    )


def _in_currency(nodes: list[Element], path: str, currency: str) -> Element | None:
    """Return the node whose amount is in the currency of the invoice, else the first one that names none."""
    amounts = [(node, node.find(path)) for node in nodes]
    for node, amount in amounts:
        if amount is not None and amount.get("currencyID", "") == currency:
            return node
    # A wrong or missing currency must not hide the only tax there is.
    return nodes[0] if len(nodes) == 1 else None


def _totals(root: Element, currency: str) -> Totals:
    tax_total = _in_currency(root.findall("TaxTotal"), "TaxAmount", currency)
    sums = root.find("LegalMonetaryTotal")
    if sums is None:
        return Totals(tax="" if tax_total is None else text_of(tax_total, "TaxAmount"))
    return Totals(
        lines=text_of(sums, "LineExtensionAmount"),
        allowances=text_of(sums, "AllowanceTotalAmount"),
        charges=text_of(sums, "ChargeTotalAmount"),
        net=text_of(sums, "TaxExclusiveAmount"),
        tax="" if tax_total is None else text_of(tax_total, "TaxAmount"),
        total=text_of(sums, "TaxInclusiveAmount"),
        prepaid=text_of(sums, "PrepaidAmount"),
        rounding=text_of(sums, "PayableRoundingAmount"),
        payable=text_of(sums, "PayableAmount"),
    )


def _taxes(root: Element, currency: str) -> list[TaxPart]:
    tax_total = _in_currency(root.findall("TaxTotal"), "TaxAmount", currency)
    if tax_total is None:
        return []
    return [
        TaxPart(
            category=text_of(part, "TaxCategory/ID"),
            rate=text_of(part, "TaxCategory/Percent"),
            base=text_of(part, "TaxableAmount"),
            tax=text_of(part, "TaxAmount"),
        )
        for part in tax_total.iterfind("TaxSubtotal")
    ]


def _line(node: Element) -> LinePart:
    quantity = node.find("InvoicedQuantity")
    if quantity is None:
        quantity = node.find("CreditedQuantity")
    return LinePart(
        text=first_text(node, "Item/Name", "Item/Description"),
        order=text_of(node, "OrderLineReference/OrderReference/ID"),
        quantity="" if quantity is None else one_text(quantity),
        unit="" if quantity is None else quantity.get("unitCode", ""),
        price=text_of(node, "Price/PriceAmount"),
        price_quantity=text_of(node, "Price/BaseQuantity"),
        rate=text_of(node, "Item/ClassifiedTaxCategory/Percent"),
        amount=text_of(node, "LineExtensionAmount"),
        adjustments=_adjustments(node),
    )


def _adjustments(node: Element) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(
            charge=text_of(part, "ChargeIndicator").lower() in {"true", "1"},
            amount=text_of(part, "Amount"),
            reason=text_of(part, "AllowanceChargeReason"),
            code=text_of(part, "AllowanceChargeReasonCode"),
            rate=text_of(part, "TaxCategory/Percent"),
        )
        for part in node.iterfind("AllowanceCharge")
    )
