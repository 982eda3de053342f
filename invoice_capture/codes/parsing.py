"""A code on a page as what it says of a payment."""

from __future__ import annotations

from invoice_capture.codes.epc import parse_epc
from invoice_capture.codes.payment import PaymentCode
from invoice_capture.codes.swiss_qr import parse_swiss_qr
from invoice_capture.codes.zatca import parse_zatca
from invoice_capture.model import Code, CodeKind


def payment_code(code: Code) -> PaymentCode | None:
    """Return what a code says of a payment, None when it is no payment code or a broken one."""
    match code.kind:
        case CodeKind.EPC:
            return parse_epc(code.text)
        case CodeKind.SWISS_QR_BILL:
            return parse_swiss_qr(code.text)
        case CodeKind.ZATCA:
            return parse_zatca(code.text)
        case CodeKind.OTHER:
            return None
