"""From the bytes of an e-invoice to its captured fields: recognises the syntax, reads it, recomputes the sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from invoice_capture.einvoice.cii import read_cii
from invoice_capture.einvoice.document import FREIGHT_CODE, Adjustment, EInvoice, LinePart, Syntax
from invoice_capture.einvoice.elements import Element
from invoice_capture.einvoice.sums import checks_of, decimal_of, line_check, plain
from invoice_capture.einvoice.ubl import read_ubl
from invoice_capture.einvoice.xml_intake import parse_untrusted, without_namespaces
from invoice_capture.errors import Refused
from invoice_capture.model import (
    CapturedField,
    CapturedInvoice,
    CapturedLine,
    CapturedTax,
    Check,
    FieldName,
    Mark,
    Method,
    Reason,
)
from invoice_capture.values.bank import iban_ok

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CII = "urn:un:unece:uncefact:data:standard:"
_SYNTAX_OF_ROOT = {
    f"{{{_UBL}Invoice-2}}Invoice": Syntax.UBL,
    f"{{{_UBL}CreditNote-2}}CreditNote": Syntax.UBL,
    f"{{{_CII}CrossIndustryInvoice:100}}CrossIndustryInvoice": Syntax.CII,
    "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument": Syntax.CII,
}
_ORDER_ROOT = "SCRDMCCBDACIOMessageStructure"
# Bytes that may be blank before the first element.
_START = 4096
# What the sender states is taken as stated: the value is what the file says. What contradicts itself is not sure.
_STATED = 0.999
_CONTRADICTED = 0.6
_UNREADABLE = 0.3

_DATES = frozenset({FieldName.DATE, FieldName.DELIVERY_DATE, FieldName.DUE_DATE, FieldName.DISCOUNT_DATE})
_AMOUNTS = frozenset(
    {
        FieldName.NET,
        FieldName.TAX,
        FieldName.TOTAL,
        FieldName.PREPAID,
        FieldName.ROUNDING,
        FieldName.PAYABLE,
        FieldName.DISCOUNT_RATE,
    }
)
_WITHOUT_BLANKS = frozenset({FieldName.IBAN, FieldName.BIC, FieldName.VAT_ID})


def is_einvoice(data: bytes) -> bool:
    """Return whether the bytes are an e-invoice in a syntax this library reads; broken or hostile XML is none."""
    if b"<" not in data[:_START]:
        return False
    try:
        return _syntax_of(parse_untrusted(data)) is not None
    except Refused:
        return False


def fields_of_xml(data: bytes) -> CapturedInvoice:
    """Return what an e-invoice says; the verdict of the rules is left out.

    Raises:
        Refused: as ``parse_untrusted``, or `xml_is_order` for Order-X, `xml_not_invoice` for any other XML.
    """
    return captured(read_einvoice(data))


def read_einvoice(data: bytes) -> EInvoice:
    """Return an e-invoice in the words of EN 16931; errors as ``fields_of_xml``."""
    root = parse_untrusted(data)
    syntax = syntax_or_refusal(root)
    plain_root = without_namespaces(root)
    return read_ubl(plain_root) if syntax is Syntax.UBL else read_cii(plain_root)


def syntax_or_refusal(root: Element) -> Syntax:
    """Return the syntax of a root element, or raise what ``fields_of_xml`` raises for no invoice."""
    syntax = _syntax_of(root)
    if syntax is not None:
        return syntax
    if root.tag.rpartition("}")[2] == _ORDER_ROOT:
        raise Refused(
            "xml_is_order", "The XML is an order (Order-X), not an invoice.", "Ask the sender for an invoice."
        )
    raise Refused("xml_not_invoice", "The XML is no invoice in UBL or CII.", "Ask the sender for an e-invoice.")


def _syntax_of(root: Element) -> Syntax | None:
    return _SYNTAX_OF_ROOT.get(root.tag)


def captured(invoice: EInvoice) -> CapturedInvoice:
    """Return the fields of an e-invoice with their evidence: a value in a sum that does not hold is to be checked."""
    checks = (*checks_of(invoice), *_digit_checks(invoice))
    broken = _broken_fields(checks)
    fields = {name: _field(name, text, broken.get(str(name), "")) for name, text in _texts(invoice).items()}
    if not invoice.order_reference and len(_line_orders(invoice)) > 1:
        reason = Reason("several_orders", {"orders": ", ".join(_line_orders(invoice))})
        doubtful = replace(fields[FieldName.ORDER_REF], confidence=_CONTRADICTED, mark=Mark.CHECK, reasons=(reason,))
        fields[FieldName.ORDER_REF] = doubtful
    return CapturedInvoice(
        document_type=invoice.document_type,
        pages=(),
        fields=fields,
        lines=tuple(
            _captured_line(line) if line.counts else CapturedLine(text=_cell(line.text)) for line in invoice.lines
        ),
        taxes=tuple(CapturedTax(_cell(part.rate), _cell(part.base), _cell(part.tax)) for part in invoice.taxes),
        adjustments=tuple(_adjustment(one) for one in invoice.adjustments),
        checks=checks,
        syntax=str(invoice.syntax),
        profile=invoice.profile,
    )


def _captured_line(line: LinePart) -> CapturedLine:
    return CapturedLine(
        text=_cell(line.text),
        quantity=_cell(line.quantity),
        unit=_cell(line.unit),
        price=_cell(line.price),
        rate=_cell(line.rate),
        amount=_line_amount(line),
    )


def _adjustment(one: Adjustment) -> CapturedLine:
    amount = decimal_of(one.amount)
    signed = one.amount if amount is None else plain(amount if one.charge else -amount)
    kind = "Discount"
    if one.charge:
        kind = "Freight" if one.code == FREIGHT_CODE else "Surcharge"
    return CapturedLine(text=_cell(one.reason or kind), rate=_cell(one.rate), amount=_cell(signed))


def _line_orders(invoice: EInvoice) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.order for line in invoice.lines if line.order))


def _texts(invoice: EInvoice) -> dict[FieldName, str]:
    seller, payment, totals = invoice.seller, invoice.payment, invoice.totals
    return {
        FieldName.COMPANY: seller.name or seller.trading_name,
        FieldName.ADDRESS: ", ".join(seller.address),
        FieldName.VAT_ID: seller.vat_id,
        FieldName.TAX_NUMBER: seller.tax_number,
        FieldName.REGISTRATION_NUMBER: seller.registration,
        FieldName.IBAN: payment.iban,
        FieldName.BIC: payment.bic,
        FieldName.BUYER: invoice.buyer.name or invoice.buyer.trading_name,
        FieldName.INVOICE_NUMBER: invoice.number,
        FieldName.DATE: invoice.date,
        FieldName.DELIVERY_DATE: invoice.delivery_date,
        FieldName.DUE_DATE: payment.due_date,
        FieldName.TERMS: payment.terms,
        FieldName.DISCOUNT_RATE: payment.discount_rate,
        FieldName.DISCOUNT_DATE: payment.discount_date,
        FieldName.ORDER_REF: invoice.order_reference or next(iter(_line_orders(invoice)), ""),
        FieldName.CURRENCY: invoice.currency,
        FieldName.NET: totals.net,
        FieldName.TAX: totals.tax,
        FieldName.TOTAL: totals.total,
        FieldName.PREPAID: totals.prepaid,
        FieldName.ROUNDING: totals.rounding,
        FieldName.PAYABLE: totals.payable,
        FieldName.PAYMENT_REF: payment.reference,
    }


def _digit_checks(invoice: EInvoice) -> tuple[Check, ...]:
    account = "".join(invoice.payment.iban.split()).upper()
    # Accounts of countries without IBAN stand in the same place: only what looks like one is judged.
    if len(account) < 15 or not account[:2].isalpha() or not account[2:4].isdecimal():
        return ()
    return (Check("iban_check_digits", iban_ok(account), ((str(FieldName.IBAN), account),)),)


def _broken_fields(checks: tuple[Check, ...]) -> dict[str, str]:
    broken: dict[str, str] = {}
    for check in checks:
        for name, _ in () if check.holds else check.terms:
            broken.setdefault(name, check.code)
    return broken


def _field(name: FieldName, text: str, broken_by: str) -> CapturedField:
    one_line = " ".join(text.split())
    if not one_line:
        return CapturedField("", "", (), 0.0, Mark.MISSING, Method.XML)
    value = _normal(name, one_line)
    if value is None:
        reason = Reason("not_readable", {"text": one_line})
        return CapturedField(one_line, text, (), _UNREADABLE, Mark.CHECK, Method.XML, (reason,))
    if broken_by:
        reason = Reason("check_failed", {"check": broken_by})
        return CapturedField(value, text, (), _CONTRADICTED, Mark.CHECK, Method.XML, (reason,))
    return CapturedField(value, text, (), _STATED, Mark.ACCEPT, Method.XML)


def _normal(name: FieldName, text: str) -> str | None:
    """Return the normalised value; None when the text is no date or amount though the field is one."""
    if name in _AMOUNTS:
        number = decimal_of(text)
        return None if number is None else plain(number)
    if name in _DATES:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            return None
    if name in _WITHOUT_BLANKS:
        return (
            "".join(text.replace(".", "").split()).upper()
            if name is FieldName.VAT_ID
            else "".join(text.split()).upper()
        )
    return text.upper() if name is FieldName.CURRENCY else text


def _cell(text: str) -> CapturedField | None:
    one_line = " ".join(text.split())
    return CapturedField(one_line, text, (), _STATED, Mark.ACCEPT, Method.XML) if one_line else None


def _line_amount(line: LinePart) -> CapturedField | None:
    cell, check = _cell(line.amount), line_check(line)
    if cell is None or check is None or check.holds:
        return cell
    reason = Reason("check_failed", {"check": check.code})
    return replace(cell, confidence=_CONTRADICTED, mark=Mark.CHECK, reasons=(reason,))
