"""Swiss QR code of the QR-bill: Swiss Implementation Guidelines QR-bill, version 2.3, section 4.2.2."""

from __future__ import annotations

from datetime import date

from invoice_capture.codes.payment import PaymentCode, amount_of

_VERSION = "02"
_LINES_MIN = 31
"""Up to the trailer EPD; what follows is optional."""
_NO_REFERENCE = "NON"
_BILLING_MARK = "//S1"


def parse_swiss_qr(text: str) -> PaymentCode | None:
    """Return what the code of a QR-bill says, None when it is none.

    Lines from 0: type SPC, version, coding, IBAN, creditor (type, name, 2 address lines, code, town, country),
    ultimate creditor (7), amount, currency, debtor (7), reference type, reference, message, trailer, billing data.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if len(lines) < _LINES_MIN or lines[0] != "SPC" or not lines[1].startswith(_VERSION) or lines[30] != "EPD":
        return None
    billing = lines[31] if len(lines) > _LINES_MIN else ""
    facts = billing_facts(billing)
    return PaymentCode(
        name=lines[5],
        iban=lines[3].replace(" ", "").upper(),
        amount=amount_of(lines[18]),
        currency=lines[19] if lines[19] in {"CHF", "EUR"} else "",
        reference="" if lines[27] == _NO_REFERENCE else lines[28].replace(" ", ""),
        text=lines[29],
        vat_id=_vat_id(facts.get("30", "")),
        issued_on=_date(facts.get("11", "")),
    )


def billing_facts(text: str) -> dict[str, str]:
    """Return the tagged values of the billing data (Swico syntax S1 1.2), by tag; empty when it is in no such syntax.

    Tags: 10 invoice number, 11 date (YYMMDD), 20 customer's reference, 30 VAT number without CHE, 31 date or period of
    the service, 32 rates, 33 rates of import, 40 terms. A backslash takes the meaning of the sign after it away.
    """
    if not text.startswith(_BILLING_MARK):
        return {}
    parts, current, escaped = [], "", False
    for letter in text[len(_BILLING_MARK) :]:
        if escaped:
            current, escaped = current + letter, False
        elif letter == "\\":
            escaped = True
        elif letter == "/":
            parts.append(current)
            current = ""
        else:
            current += letter
    parts.append(current)
    return dict(zip(parts[1::2], parts[2::2], strict=False))


def _vat_id(digits: str) -> str:
    return f"CHE{digits}" if len(digits) == 9 and digits.isascii() and digits.isdecimal() else ""


def _date(text: str) -> date | None:
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        return None
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
