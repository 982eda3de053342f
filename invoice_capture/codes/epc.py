"""EPC QR code ("GiroCode") for SEPA credit transfers: EPC069-12, version 2.1."""

from __future__ import annotations

from invoice_capture.codes.payment import PaymentCode, amount_of

_VERSIONS = frozenset({"001", "002"})
_LINES_MIN = 7
_LINES_MAX = 12


def parse_epc(text: str) -> PaymentCode | None:
    """Return what an EPC code says, None when it is none.

    Lines (EPC069-12 section 3): service tag, version, character set, identification, BIC, name, IBAN, amount, purpose,
    structured reference, unstructured text, information for the one who scans.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if len(lines) < _LINES_MIN or lines[0] != "BCD" or lines[1] not in _VERSIONS or lines[3] != "SCT":
        return None
    lines = (lines + [""] * _LINES_MAX)[:_LINES_MAX]
    _, _, _, _, bic, name, iban, amount, _, reference, remittance, _ = lines
    euros = amount_of(amount.removeprefix("EUR")) if amount.startswith("EUR") else None
    return PaymentCode(
        name=name,
        iban=iban.replace(" ", "").upper(),
        bic=bic.upper(),
        amount=euros,
        currency="EUR" if euros is not None else "",
        reference=reference.replace(" ", ""),
        text=remittance,
    )
