"""The code of the Swiss QR-bill as text (SPC, version 0200, structured addresses only).

Source: Swiss Implementation Guidelines for the QR-bill, version 2.3, chapter 4. Drawn with error correction level M and
the Swiss cross; at most 997 characters. Amounts of zero (bills that are only announced) are not made here.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from gateway.domain.bank.creditor_reference import check_creditor_reference, check_qr_reference
from gateway.domain.bank.iban import Iban, check_iban, is_qr_iban
from gateway.domain.bank.qr_payment import amount_text, code_error, expect, lines_of, one_line, read_amount
from gateway.domain.money import Currency, Money

PAYLOAD_MAX = 997
"""Characters of the code with its line ends (guidelines, section 5.2); the limits of the parts keep it."""

NOTES_MAX = 140
"""Message and billing information together (guidelines, section 4.2.2)."""

ALTERNATIVES_MOST, ALTERNATIVE_MAX = 2, 100
_LINES_LEAST, _LINES_MOST = 31, 34
_NO_PARTY = [""] * 7
_TRAILER = 30
_FOREIGN = re.compile(r"[^\x20-\x7e\xa0-\u017f\u0218-\u021b\u20ac]")
"""What is not in the character set: Basic Latin, Latin-1, Latin Extended-A, S and T with comma below, the euro."""


class ReferenceType(StrEnum):
    """What the reference of a bill is."""

    QRR = "QRR"
    """27 digits; only with a QR-IBAN"""
    SCOR = "SCOR"
    """ISO 11649 (RF); only with an ordinary account"""
    NON = "NON"
    """none; only with an ordinary account"""


@dataclass(frozen=True, slots=True)
class SwissAddress:
    """A structured address. ``country``: two letters of ISO 3166; street and building number may be empty.

    Raises:
        InputError: ``code_text_*``, ``code_character_not_allowed``, ``invalid_country``.
    """

    name: str
    street: str
    building: str
    postal_code: str
    town: str
    country: str

    def __post_init__(self) -> None:
        _text(self.name, part="name", longest=70, required=True)
        _text(self.street, part="street", longest=70)
        _text(self.building, part="building", longest=16)
        _text(self.postal_code, part="postal_code", longest=16, required=True)
        _text(self.town, part="town", longest=35, required=True)
        if not re.fullmatch(r"[A-Z]{2}", self.country):
            hint = "Use two capital letters, such as CH."
            raise code_error("invalid_country", "This is not the form of a country code.", hint, "/country")


@dataclass(frozen=True, slots=True)
class SwissBill:
    """One payment part, checked when it is made.

    Attributes:
        iban: account in Switzerland or Liechtenstein.
        creditor: who is paid.
        currency: CHF or EUR.
        amount: 0.01 to 999999999.99 of that currency; None leaves it to the payer.
        debtor: who pays, or None.
        reference_type: with a QR-IBAN always QRR, otherwise SCOR or NON.
        reference: plain form; empty for NON.
        message: unstructured message.
        billing_information: structured, from the biller's software; together with the message up to 140 characters.
        alternatives: up to two alternative procedures of up to 100 characters each.

    Raises:
        InputError: ``code_text_*``, ``code_character_not_allowed``, ``code_amount_out_of_range``, ``invalid_iban``,
            ``iban_not_swiss``, ``currency_not_allowed``, ``currency_mismatch``, ``qr_iban_needs_qr_reference``,
            ``qr_reference_needs_qr_iban``, ``invalid_reference``, ``too_many_alternatives``.
    """

    iban: Iban
    creditor: SwissAddress
    currency: Currency
    amount: Money | None
    debtor: SwissAddress | None
    reference_type: ReferenceType
    reference: str
    message: str = ""
    billing_information: str = ""
    alternatives: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.currency.code not in {"CHF", "EUR"}:
            message = f"A QR-bill is in CHF or EUR, not in {self.currency.code}."
            raise code_error("currency_not_allowed", message, "Convert the amount first.", "/currency")
        if self.amount is not None and self.amount.currency != self.currency:
            message = "The amount is in another currency than the bill."
            raise code_error("currency_mismatch", message, "Send one currency.", "/amount")
        self._check_account()
        self._check_notes()
        if self.amount is not None:
            amount_text(self.amount)

    def _check_account(self) -> None:
        if check_iban(self.iban) != self.iban or self.iban[:2] not in {"CH", "LI"}:
            message = "A QR-bill pays to an account in Switzerland or Liechtenstein, written without blanks."
            raise code_error("iban_not_swiss", message, "Use a Swiss account.", "/iban")
        if is_qr_iban(self.iban) and self.reference_type is not ReferenceType.QRR:
            message = "This account is a QR-IBAN: it takes only payments with a QR reference."
            raise code_error("qr_iban_needs_qr_reference", message, "Use QRR, or the ordinary account.", "/iban")
        if self.reference_type is ReferenceType.QRR and not is_qr_iban(self.iban):
            message = "A QR reference goes only with a QR-IBAN (institution 30000 to 31999)."
            raise code_error("qr_reference_needs_qr_iban", message, "Use the QR-IBAN, or SCOR or NON.", "/iban")
        if _plain_reference(self.reference_type, self.reference) != self.reference:
            message = f"A reference of type {self.reference_type} has another form."
            raise code_error("invalid_reference", message, "Send it without blanks, or empty for NON.", "/reference")

    def _check_notes(self) -> None:
        _text(self.message, part="message", longest=NOTES_MAX)
        _text(self.billing_information, part="billing_information", longest=NOTES_MAX)
        if len(self.message) + len(self.billing_information) > NOTES_MAX:
            message = f"Message and billing information have more than {NOTES_MAX} characters together."
            raise code_error("code_text_too_long", message, "Shorten the message.", "/message")
        if len(self.alternatives) > ALTERNATIVES_MOST:
            hint = f"Send at most {ALTERNATIVES_MOST}."
            raise code_error("too_many_alternatives", "Too many alternative procedures.", hint, "/alternatives")
        for text in self.alternatives:
            _text(text, part="alternatives", longest=ALTERNATIVE_MAX, required=True)


def encode_swiss(bill: SwissBill) -> str:
    """Return the text of the code: lines end in LF; what may follow the trailer is left out when empty."""
    lines = ["SPC", "0200", "1", bill.iban, *_party(bill.creditor), *_NO_PARTY]
    lines += ["" if bill.amount is None else amount_text(bill.amount), bill.currency.code]
    lines += _NO_PARTY if bill.debtor is None else _party(bill.debtor)
    lines += [bill.reference_type, bill.reference, bill.message, "EPD"]
    if bill.billing_information or bill.alternatives:
        lines += [bill.billing_information, *bill.alternatives]
    return "\n".join(lines)


def parse_swiss(payload: str) -> SwissBill:
    """Read a code strictly.

    Raises:
        InputError: ``not_a_swiss_code``, ``code_version_unsupported``, ``code_character_set_unsupported``,
            ``code_wrong_number_of_lines``, ``address_not_structured``, ``ultimate_creditor_not_allowed``,
            ``unknown_reference_type``, ``code_amount_unreadable``, ``code_line_ends_mixed``, and all that
            :class:`SwissBill` and :class:`SwissAddress` raise.
    """
    lines = lines_of(payload)
    expect(lines, 0, "SPC", code="not_a_swiss_code", part="type")
    if not _LINES_LEAST <= len(lines) <= _LINES_MOST:
        message = f"The code has {len(lines)} lines."
        raise code_error("code_wrong_number_of_lines", message, "Ask who made the code.")
    expect(lines, 1, "0200", code="code_version_unsupported", part="version")
    expect(lines, 2, "1", code="code_character_set_unsupported", part="character set")
    expect(lines, _TRAILER, "EPD", code="not_a_swiss_code", part="trailer")
    if lines[11:18] != _NO_PARTY:
        message = "The code names an ultimate creditor, which is reserved."
        raise code_error("ultimate_creditor_not_allowed", message, "Ask who made the code.")
    if lines[27] not in set(ReferenceType):
        message = "The code has an unknown type of reference."
        raise code_error("unknown_reference_type", message, "Ask who made the code.", "/reference_type")
    currency = Currency.of(lines[19])
    return SwissBill(
        iban=Iban(lines[3]),
        creditor=_read_party(lines[4:11]),
        currency=currency,
        amount=read_amount(lines[18], currency, decimals=r"\.[0-9]{2}") if lines[18] else None,
        debtor=None if lines[20:27] == _NO_PARTY else _read_party(lines[20:27]),
        reference_type=ReferenceType(lines[27]),
        reference=lines[28],
        message=lines[29],
        billing_information=lines[31] if len(lines) > _LINES_LEAST else "",
        alternatives=tuple(lines[32:]),
    )


def _party(address: SwissAddress) -> list[str]:
    named = [address.name, address.street, address.building, address.postal_code, address.town, address.country]
    return ["S", *named]


def _read_party(lines: list[str]) -> SwissAddress:
    if lines[0] != "S":
        message = "The code has an address that is not structured; since November 2025 banks refuse it."
        raise code_error("address_not_structured", message, "Ask for a new bill.")
    return SwissAddress(*lines[1:])


def _plain_reference(kind: ReferenceType, text: str) -> str:
    match kind:
        case ReferenceType.QRR:
            return check_qr_reference(text)
        case ReferenceType.SCOR:
            return check_creditor_reference(text)
        case ReferenceType.NON:
            return ""
        case _:
            assert_never(kind)


def _text(text: str, *, part: str, longest: int, required: bool = False) -> None:
    one_line(text, part=part, longest=longest, required=required)
    foreign = _FOREIGN.search(text)
    if foreign is not None:
        message = f"The {part} holds {foreign[0]!r}, which the Swiss code cannot carry."
        raise code_error("code_character_not_allowed", message, "Write it in Latin letters.", f"/{part}")
