"""Reads UN/CEFACT cross industry invoices: ZUGFeRD 1.0 and 2, Factur-X of every profile, XRechnung.

ZUGFeRD 1.0 uses older element names around the same content; one set of names serves both, see ``_Names``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invoice_capture.einvoice.document import (
    FREIGHT_CODE,
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


@dataclass(frozen=True, slots=True)
class _Names:
    context: str
    header: str
    transaction: str
    agreement: str
    delivery: str
    settlement: str
    line_agreement: str
    line_delivery: str
    line_settlement: str
    line_sums: str
    sums: str


_NOW = _Names(
    context="ExchangedDocumentContext",
    header="ExchangedDocument",
    transaction="SupplyChainTradeTransaction",
    agreement="ApplicableHeaderTradeAgreement",
    delivery="ApplicableHeaderTradeDelivery",
    settlement="ApplicableHeaderTradeSettlement",
    line_agreement="SpecifiedLineTradeAgreement",
    line_delivery="SpecifiedLineTradeDelivery",
    line_settlement="SpecifiedLineTradeSettlement",
    line_sums="SpecifiedTradeSettlementLineMonetarySummation",
    sums="SpecifiedTradeSettlementHeaderMonetarySummation",
)
_FIRST = _Names(
    context="SpecifiedExchangedDocumentContext",
    header="HeaderExchangedDocument",
    transaction="SpecifiedSupplyChainTradeTransaction",
    agreement="ApplicableSupplyChainTradeAgreement",
    delivery="ApplicableSupplyChainTradeDelivery",
    settlement="ApplicableSupplyChainTradeSettlement",
    line_agreement="SpecifiedSupplyChainTradeAgreement",
    line_delivery="SpecifiedSupplyChainTradeDelivery",
    line_settlement="SpecifiedSupplyChainTradeSettlement",
    line_sums="SpecifiedTradeSettlementMonetarySummation",
    sums="SpecifiedTradeSettlementMonetarySummation",
)
_DAYS_UNITS = frozenset({"DAY", "D"})
# Lines of the EXTENDED profile that head or explain others; their amounts are not part of the sum.
_LINES_BESIDE = frozenset({"GROUP", "INFORMATION"})


def read_cii(root: Element) -> EInvoice:
    """Return the e-invoice of a CII tree without namespaces; what is missing stays empty."""
    names = _NOW if root.tag == "CrossIndustryInvoice" else _FIRST
    header = _part(root, names.header)
    transaction = _part(root, names.transaction)
    agreement = _part(transaction, names.agreement)
    delivery = _part(transaction, names.delivery)
    settlement = _part(transaction, names.settlement)
    type_code = text_of(header, "TypeCode")
    issued = _date(header, "IssueDateTime")
    currency = text_of(settlement, "InvoiceCurrencyCode")
    return EInvoice(
        syntax=Syntax.CII,
        profile=text_of(root, f"{names.context}/GuidelineSpecifiedDocumentContextParameter/ID"),
        type_code=type_code,
        document_type=document_type_of(type_code),
        number=text_of(header, "ID"),
        date=issued,
        delivery_date=_date(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime"),
        currency=currency,
        order_reference=first_text(
            agreement, "BuyerOrderReferencedDocument/IssuerAssignedID", "BuyerOrderReferencedDocument/ID"
        ),
        seller=_party(agreement.find("SellerTradeParty")),
        buyer=_party(agreement.find("BuyerTradeParty")),
        payment=_payment(settlement, issued),
        totals=_totals(settlement.find(names.sums), currency),
        taxes=tuple(_taxes(settlement)),
        lines=tuple(_line(node, names) for node in transaction.iterfind("IncludedSupplyChainTradeLineItem")),
        adjustments=(*_adjustments(settlement), *_logistics(settlement)),
    )


def _part(node: Element, name: str) -> Element:
    """Return the child, or an empty element: what is missing then simply has no texts."""
    found = node.find(name)
    return node.makeelement(name) if found is None else found


def _date(node: Element, path: str) -> str:
    return iso_date(first_text(node, f"{path}/DateTimeString", f"{path}/DateString", f"{path}/DateTime", path))


def _party(node: Element | None) -> Party:
    if node is None:
        return Party()
    vat_id = tax_number = ""
    for element in node.iterfind("SpecifiedTaxRegistration/ID"):
        if element.get("schemeID") == "VA":
            vat_id = vat_id or one_text(element)
        else:
            tax_number = tax_number or one_text(element)
    address = node.find("PostalTradeAddress")
    lines: tuple[str, ...] = ()
    if address is not None:
        place = " ".join(filter(None, (text_of(address, "PostcodeCode"), text_of(address, "CityName"))))
        parts = [text_of(address, name) for name in ("LineOne", "LineTwo", "LineThree")]
        subdivision, country = text_of(address, "CountrySubDivisionName"), text_of(address, "CountryID")
        lines = tuple(filter(None, (*parts, place, subdivision, country)))
    return Party(
        name=text_of(node, "Name"),
        trading_name=text_of(node, "SpecifiedLegalOrganization/TradingBusinessName"),
        address=lines,
        vat_id=vat_id,
        tax_number=tax_number,
        registration=text_of(node, "SpecifiedLegalOrganization/ID"),
    )


def _payment(settlement: Element, issued: str) -> Payment:
    nodes = settlement.findall("SpecifiedTradePaymentTerms")
    terms = "\n".join(filter(None, (one_text(note) for node in nodes for note in node.iterfind("Description"))))
    rate, until = _discount(nodes, terms, issued)
    account = "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"
    return Payment(
        iban=first_text(settlement, f"{account}/IBANID", f"{account}/ProprietaryID"),
        bic=first_text(
            settlement, "SpecifiedTradeSettlementPaymentMeans/PayeeSpecifiedCreditorFinancialInstitution/BICID"
        ),
        reference=text_of(settlement, "PaymentReference"),
        due_date=next(filter(None, (_date(node, "DueDateDateTime") for node in nodes)), ""),
        terms=sentence_of(terms),
        discount_rate=rate,
        discount_date=until,
    )


def _discount(nodes: list[Element], terms: str, issued: str) -> tuple[str, str]:
    for node in nodes:
        part = node.find("ApplicableTradePaymentDiscountTerms")
        if part is None or not text_of(part, "CalculationPercent"):
            continue
        rate = text_of(part, "CalculationPercent")
        # ZUGFeRD gives a date to count from, a number of days, or both.
        start = _date(part, "BasisDateTime")
        period = part.find("BasisPeriodMeasure")
        if period is None:
            return rate, start or _date(node, "DueDateDateTime")
        days = one_text(period)
        if period.get("unitCode", "DAY") in _DAYS_UNITS and days.isdecimal():
            return rate, days_after(start or issued, int(days))
        return rate, ""
    written = next(iter(cash_discounts(terms)), None)
    return (written.rate, days_after(issued, written.days)) if written else ("", "")


def _totals(sums: Element | None, currency: str) -> Totals:
    if sums is None:
        return Totals()
    return Totals(
        lines=text_of(sums, "LineTotalAmount"),
        allowances=text_of(sums, "AllowanceTotalAmount"),
        charges=text_of(sums, "ChargeTotalAmount"),
        net=_in_currency(sums, "TaxBasisTotalAmount", currency),
        tax=_in_currency(sums, "TaxTotalAmount", currency),
        total=_in_currency(sums, "GrandTotalAmount", currency),
        prepaid=text_of(sums, "TotalPrepaidAmount"),
        rounding=text_of(sums, "RoundingAmount"),
        payable=text_of(sums, "DuePayableAmount"),
    )


def _in_currency(sums: Element, name: str, currency: str) -> str:
    """Return the amount in the currency of the invoice; one without a currency counts as such."""
    found = sums.findall(name)
    for element in found:
        if element.get("currencyID", currency) == currency:
            return one_text(element)
    # A wrong currency must not hide the only amount there is.
    return one_text(found[0]) if len(found) == 1 else ""


def _rate(tax: Element) -> str:
    return first_text(tax, "RateApplicablePercent", "ApplicablePercent")


def _taxes(settlement: Element) -> list[TaxPart]:
    return [
        TaxPart(
            category=text_of(tax, "CategoryCode"),
            rate=_rate(tax),
            base=text_of(tax, "BasisAmount"),
            tax=text_of(tax, "CalculatedAmount"),
        )
        for tax in settlement.iterfind("ApplicableTradeTax")
    ]


def _line(node: Element, names: _Names) -> LinePart:
    settlement = _part(node, names.line_settlement)
    quantity = node.find(f"{names.line_delivery}/BilledQuantity")
    tax = settlement.find("ApplicableTradeTax")
    price = f"{names.line_agreement}/NetPriceProductTradePrice"
    return LinePart(
        text=first_text(
            node,
            "SpecifiedTradeProduct/Name",
            "SpecifiedTradeProduct/Description",
            "AssociatedDocumentLineDocument/IncludedNote/Content",
        ),
        quantity="" if quantity is None else one_text(quantity),
        unit="" if quantity is None else quantity.get("unitCode", ""),
        order=first_text(
            node,
            f"{names.line_agreement}/BuyerOrderReferencedDocument/IssuerAssignedID",
            f"{names.line_agreement}/BuyerOrderReferencedDocument/ID",
        ),
        counts=text_of(node, "AssociatedDocumentLineDocument/LineStatusReasonCode") not in _LINES_BESIDE,
        price=text_of(node, f"{price}/ChargeAmount"),
        price_quantity=text_of(node, f"{price}/BasisQuantity"),
        rate="" if tax is None else _rate(tax),
        amount=text_of(settlement, f"{names.line_sums}/LineTotalAmount"),
        adjustments=_adjustments(settlement),
    )


def _adjustments(settlement: Element) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(
            charge=first_text(part, "ChargeIndicator/Indicator", "ChargeIndicator").lower() in {"true", "1"},
            amount=text_of(part, "ActualAmount"),
            reason=text_of(part, "Reason"),
            code=text_of(part, "ReasonCode"),
            rate=_rate(_part(part, "CategoryTradeTax")),
        )
        for part in settlement.iterfind("SpecifiedTradeAllowanceCharge")
    )


def _logistics(settlement: Element) -> Iterator[Adjustment]:
    """Return the freight of ZUGFeRD's extended profile, which stands apart from the other charges and counts as one."""
    for part in settlement.iterfind("SpecifiedLogisticsServiceCharge"):
        yield Adjustment(
            charge=True,
            amount=text_of(part, "AppliedAmount"),
            reason=text_of(part, "Description"),
            code=FREIGHT_CODE,
            rate=_rate(_part(part, "AppliedTradeTax")),
        )
