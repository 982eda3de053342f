"""Checks of what is said of suppliers: keys they are found by, terms of payment, and bank accounts."""

import hashlib
import re
from dataclasses import dataclass

from gateway.domain.bank.iban import IBAN_LENGTHS, Iban, check_iban, iban_for_log
from gateway.domain.errors import InputError
from gateway.domain.payables.supplier import PaymentTerms, SupplierAccount

NET_DAYS_MAX = 365
DISCOUNTS_MAX = 3
_NO_SIGN = re.compile(r"[\W_]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_OTHER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{0,32}[A-Za-z0-9]|[A-Za-z0-9]")
CLEARING_MEMBERS = {
    "AUBSB": r"[0-9]{6}",
    "CACPA": r"0?[0-9]{8}",
    "CHBCC": r"[0-9]{3,5}",
    "CHSIC": r"[0-9]{6}",
    "CNAPS": r"[0-9]{12}",
    "GBDSC": r"[0-9]{6}",
    "HKNCC": r"[0-9]{3}",
    "INFSC": r"[A-Z0-9]{11}",
    "JPZGN": r"[0-9]{7}",
    "NZNCC": r"[0-9]{6}",
    "SGIBG": r"[0-9]{7}",
    "USABA": r"[0-9]{9}",
    "USPID": r"[0-9]{4}",
    "ZANCC": r"[0-9]{6}",
}
"""Form of a bank's number by ISO 20022 ExternalClearingSystemIdentification1Code."""
_ABA_WEIGHTS = (3, 7, 1) * 3


@dataclass(frozen=True, slots=True)
class BankDetails:
    """An account as somebody gives it: ``iban``, or ``other_id`` with the bank's BIC or clearing number."""

    holder: str
    country: str = ""
    iban: str = ""
    bic: str = ""
    other_id: str = ""
    clearing_system: str = ""
    clearing_member: str = ""
    bank_name: str = ""


def vat_key(vat_id: str) -> str:
    """Return a VAT id as it is compared: capital letters and digits only, at most 40."""
    return _NO_SIGN.sub("", vat_id).upper()[:40]


def account_hash(account: str) -> str:
    """Return the SHA-256 of an account number without blanks, hex: how accounts of employees are listed."""
    return hashlib.sha256(_NO_SIGN.sub("", account).upper().encode()).hexdigest()


def account_number_shown(account: str) -> str:
    """Return the country, where the number tells one, and the last four signs of an account number."""
    plain = _NO_SIGN.sub("", account).upper()
    country = plain[:2] if plain[:2].isalpha() and len(plain) > 8 else ""
    return f"{country}..{plain[-4:]}" if len(plain) > 8 else f"..{plain[-2:]}"


def account_for_log(account: SupplierAccount | BankDetails) -> str:
    """Return the country and the last four characters of an account."""
    if account.iban:
        return iban_for_log(Iban(account.iban))
    return f"{account.country}..{account.other_id[-4:]}"


def check_terms(terms: PaymentTerms, pointer: str = "/terms") -> None:
    """Refuse terms that contradict themselves.

    Raises:
        InputError: ``invalid_terms``.
    """
    hint = "Give the earliest discount first; each later one is smaller and none lies behind the net days."
    if not 0 <= terms.net_days <= NET_DAYS_MAX:
        message = f"Net days lie between 0 and {NET_DAYS_MAX}."
        raise InputError("invalid_terms", message, hint, f"{pointer}/net_days")
    if len(terms.discounts) > DISCOUNTS_MAX:
        raise InputError("invalid_terms", f"There are at most {DISCOUNTS_MAX} discounts.", hint, pointer)
    before = None
    for step in terms.discounts:
        if not (step.percent.is_finite() and 0 < step.percent < 100 and 0 <= step.days <= terms.net_days):
            raise InputError("invalid_terms", "A discount is not one, or ends after the net days.", hint, pointer)
        if before is not None and not (before.days < step.days and before.percent > step.percent):
            raise InputError("invalid_terms", "The discounts are not in order.", hint, pointer)
        before = step


def checked_details(given: BankDetails, pointer: str = "") -> BankDetails:
    """Return the account in the form it is stored in: no blanks in an IBAN, its country from it.

    Raises:
        InputError: ``invalid_iban``, ``invalid_bic``, ``invalid_account``, ``invalid_holder``.
    """
    holder = " ".join(given.holder.split())
    if not holder or len(holder) > 140:
        hint = "Write the name the account is held in, as the bank knows it."
        raise InputError(
            "invalid_holder", "The name of the account's holder is missing or too long.", hint, f"{pointer}/holder"
        )
    bic = given.bic.replace(" ", "").upper()
    if bic and not _BIC.fullmatch(bic):
        hint = "A BIC has 8 or 11 signs, such as COBADEFFXXX."
        raise InputError("invalid_bic", "This is not the form of a BIC.", hint, f"{pointer}/bic")
    if given.iban:
        return _with_iban(given, holder, bic, pointer)
    return _without_iban(given, holder, bic, pointer)


def _with_iban(given: BankDetails, holder: str, bic: str, pointer: str) -> BankDetails:
    iban = check_iban(given.iban.upper(), f"{pointer}/iban")
    if given.other_id or given.clearing_system or given.clearing_member:
        message = "An account with an IBAN needs no other number."
        raise InputError("invalid_account", message, "Leave the other fields empty.", f"{pointer}/other_id")
    if given.country and given.country != iban[:2]:
        message = f"The account number begins with {iban[:2]}, the country given is another."
        raise InputError("invalid_account", message, "Leave the country empty.", f"{pointer}/country")
    return BankDetails(holder, iban[:2], iban, bic, bank_name=given.bank_name.strip())


def _without_iban(given: BankDetails, holder: str, bic: str, pointer: str) -> BankDetails:
    hint = "Give the IBAN; where the country has none, the account number with the bank's BIC or clearing number."
    if not _COUNTRY.fullmatch(given.country):
        raise InputError("invalid_account", "The country of the account is missing.", hint, f"{pointer}/country")
    if given.country in IBAN_LENGTHS and given.country != "BR":
        message = f"Accounts of {given.country} have an IBAN."
        raise InputError("invalid_account", message, hint, f"{pointer}/iban")
    number = given.other_id.strip()
    if not _OTHER_ID.fullmatch(number):
        raise InputError("invalid_account", "The account number is missing or not one.", hint, f"{pointer}/other_id")
    if not bic and not given.clearing_system:
        raise InputError("invalid_account", "The bank of the account is missing.", hint, f"{pointer}/bic")
    member = given.clearing_member.replace(" ", "").replace("-", "").upper()
    if given.clearing_system or member:
        form = CLEARING_MEMBERS.get(given.clearing_system)
        if form is None:
            known = ", ".join(sorted(CLEARING_MEMBERS))
            message = "This clearing system is not known."
            raise InputError("invalid_account", message, f"Known are {known}.", f"{pointer}/clearing_system")
        if not re.fullmatch(form, member) or (given.clearing_system == "USABA" and not _aba_fits(member)):
            message = "The number of the bank is not one of this clearing system."
            raise InputError("invalid_account", message, hint, f"{pointer}/clearing_member")
    return BankDetails(holder, given.country, "", bic, number, given.clearing_system, member, given.bank_name.strip())


def _aba_fits(member: str) -> bool:
    """Return whether the check digit of an ABA routing number fits (weights 3, 7, 1; sum divisible by ten)."""
    return sum(int(digit) * weight for digit, weight in zip(member, _ABA_WEIGHTS, strict=True)) % 10 == 0
