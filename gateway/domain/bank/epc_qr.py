"""The payment code of the European Payments Council: a SEPA credit transfer as text (EPC069-12, version 002, UTF-8).

Source: EPC069-12, "Quick Response Code: Guidelines to Enable Data Capture for the Initiation of a SEPA Credit
Transfer", section 2. Drawn with error correction level M and at most QR version 13.
"""

import re
from dataclasses import dataclass

from gateway.domain.bank.creditor_reference import CreditorReference, check_creditor_reference
from gateway.domain.bank.iban import EEA_COUNTRIES, SEPA_COUNTRIES, Iban, check_iban
from gateway.domain.bank.qr_payment import amount_text, code_error, expect, lines_of, one_line, read_amount
from gateway.domain.money import Currency, Money

PAYLOAD_BYTES_MAX = 331
"""QR version 13 at level M (EPC069-12, section 2)."""

NAME_MAX, MESSAGE_MAX, INFORMATION_MAX = 70, 140, 70
_LINES_LEAST, _LINES_MOST = 7, 12
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
_PURPOSE = re.compile(r"[A-Z0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class EpcPayment:
    """One credit transfer in euro, checked when it is made.

    Attributes:
        name: who is paid, 1 to 70 characters.
        iban: the account, in a SEPA country.
        amount: 0.01 to 999999999.99 euro; None leaves it to the payer.
        bic: bank of the account; may be empty within the European Economic Area.
        purpose: ISO 20022 purpose code of up to four signs, or empty.
        reference: RF reference, or None; not together with a message.
        message: up to 140 characters that the creditor reads.
        information: up to 70 characters for the payer alone.

    Raises:
        InputError: ``code_text_*``, ``code_amount_out_of_range``, ``invalid_iban``, ``invalid_reference``,
            ``iban_outside_sepa``, ``bic_required``, ``invalid_bic``, ``invalid_purpose``, ``not_in_euro``,
            ``reference_and_message``, ``code_too_large``.
    """

    name: str
    iban: Iban
    amount: Money | None
    bic: str = ""
    purpose: str = ""
    reference: CreditorReference | None = None
    message: str = ""
    information: str = ""

    def __post_init__(self) -> None:
        one_line(self.name, part="name", longest=NAME_MAX, required=True)
        one_line(self.message, part="message", longest=MESSAGE_MAX)
        one_line(self.information, part="information", longest=INFORMATION_MAX)
        self._check_account()
        if self.purpose and not _PURPOSE.fullmatch(self.purpose):
            hint = "Use a purpose code of ISO 20022, such as GDDS."
            raise code_error("invalid_purpose", "The purpose has up to four capital letters.", hint, "/purpose")
        if self.amount is not None and self.amount.currency.code != "EUR":
            message = f"A SEPA credit transfer is in euro, not in {self.amount.currency.code}."
            raise code_error("not_in_euro", message, "Convert the amount first.", "/amount")
        if self.reference is not None and check_creditor_reference(self.reference) != self.reference:
            hint = "Send it without blanks."
            raise code_error("invalid_reference", "The reference is not in its plain form.", hint, "/reference")
        if self.reference is not None and self.message:
            message = "A code carries a reference or a message, not both."
            raise code_error("reference_and_message", message, "Leave one out.", "/message")
        size = len(encode_epc(self).encode())
        if size > PAYLOAD_BYTES_MAX:
            message = f"The code would have {size} bytes; {PAYLOAD_BYTES_MAX} are allowed."
            raise code_error("code_too_large", message, "Shorten the texts; letters with accents count double.")

    def _check_account(self) -> None:
        if check_iban(self.iban) != self.iban:
            raise code_error("invalid_iban", "The account number is not in its plain form.", "Drop blanks.", "/iban")
        if self.iban[:2] not in SEPA_COUNTRIES:
            message = f"Accounts of {self.iban[:2]} cannot be paid by SEPA credit transfer."
            raise code_error("iban_outside_sepa", message, "Use an account in a SEPA country.", "/iban")
        if not self.bic and self.iban[:2] not in EEA_COUNTRIES:
            message = f"For an account of {self.iban[:2]} the code needs the bank's BIC."
            raise code_error("bic_required", message, "Fill in the BIC.", "/bic")
        if self.bic and not _BIC.fullmatch(self.bic):
            hint = "Use 8 or 11 capital letters and digits."
            raise code_error("invalid_bic", "This is not the form of a BIC.", hint, "/bic")


def encode_epc(payment: EpcPayment) -> str:
    """Return the text of the code: lines end in LF, nothing follows the last one that is filled."""
    lines = ["BCD", "002", "1", "SCT", payment.bic, payment.name, payment.iban]
    lines.append("" if payment.amount is None else "EUR" + amount_text(payment.amount))
    lines += [payment.purpose, payment.reference or "", payment.message, payment.information]
    return "\n".join(lines).rstrip("\n")


def parse_epc(payload: str) -> EpcPayment:
    """Read a code strictly.

    Raises:
        InputError: ``not_an_epc_code``, ``code_version_unsupported``, ``code_character_set_unsupported``,
            ``code_wrong_number_of_lines``, ``code_amount_unreadable``, ``code_line_ends_mixed``, and all that
            :class:`EpcPayment` raises.
    """
    lines = lines_of(payload)
    expect(lines, 0, "BCD", code="not_an_epc_code", part="service tag")
    if not _LINES_LEAST <= len(lines) <= _LINES_MOST or not lines[-1]:
        message = "The code has too few or too many lines, or ends in an empty one."
        raise code_error("code_wrong_number_of_lines", message, "Ask who made the code.")
    expect(lines, 1, "002", code="code_version_unsupported", part="version")
    expect(lines, 2, "1", code="code_character_set_unsupported", part="character set")
    expect(lines, 3, "SCT", code="not_an_epc_code", part="identification")
    bic, name, iban, amount, purpose, reference, message, information = (*lines[4:], *[""] * (12 - len(lines)))
    if amount and not amount.startswith("EUR"):
        raise code_error("code_amount_unreadable", "The amount is not in euro.", "Ask who made the code.", "/amount")
    return EpcPayment(
        name=name,
        iban=Iban(iban),
        amount=read_amount(amount[3:], Currency.of("EUR"), decimals=r"(?:\.[0-9]{1,2})?") if amount else None,
        bic=bic,
        purpose=purpose,
        reference=CreditorReference(reference) if reference else None,
        message=message,
        information=information,
    )
