"""What a check of one order knows and says; the rules themselves are in the modules named ``rules``."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from connectors.formats.bank_profiles import BankProfile
from gateway.domain.bank.iban import EEA_COUNTRIES, Iban, check_iban, is_qr_iban
from gateway.domain.errors import InputError
from gateway.domain.payables.payment_order import BankAccount, PaymentOrder

ID_LENGTH_MAX = 35
_ID = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")


class Finding(NamedTuple):
    """One thing wrong: the field of the order, a code, what is wrong, and what to do."""

    field: str
    code: str
    message: str
    hint: str


Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Days:
    """The day of the check and the days on which the bank is closed."""

    today: date
    closed: Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Checked:
    """One order with what its rules depend on."""

    profile: BankProfile
    account: BankAccount
    order: PaymentOrder

    @property
    def payee_country(self) -> str:
        """Two letters of the payee's account: of its IBAN, or as the supplier said."""
        return self.order.payee.iban[:2] or self.order.payee.country

    @property
    def payer_country(self) -> str:
        """Two letters of the own account."""
        return self.account.iban[:2] or self.account.country

    @property
    def beyond_eea(self) -> bool:
        """Whether one of the two accounts is outside the European Economic Area."""
        return self.payer_country not in EEA_COUNTRIES or self.payee_country not in EEA_COUNTRIES

    @property
    def writes_address(self) -> bool:
        """Whether the payee's address goes into the file: beyond the EEA, or where the bank wants it."""
        return self.profile.payee_address or self.beyond_eea


@lru_cache(maxsize=50_000)
def iban_fault(iban: str) -> str:
    """Return what is wrong with an account number in words without the number, or an empty text."""
    try:
        check_iban(iban)
    except InputError as error:
        return error.message
    return "" if " " not in iban else "It has blanks."


def has_qr_iban(iban: str) -> bool:
    """Return whether a well-formed account number is a QR-IBAN."""
    return not iban_fault(iban) and is_qr_iban(Iban(iban))


def id_findings(field: str, value: str) -> Findings:
    """Check an identifier: it is refused, never rewritten, since it has to come back unchanged."""
    hint = "This is made by the program: build the run again, and tell the operator if it happens again."
    if not 0 < len(value) <= ID_LENGTH_MAX:
        yield Finding(field, "identifier_length", f"An identifier has 1 to {ID_LENGTH_MAX} characters.", hint)
    elif not _ID.fullmatch(value) or value != value.strip():
        yield Finding(field, "identifier_characters", "The identifier has a character no bank takes.", hint)
    elif value.startswith("/") or value.endswith("/") or "//" in value:
        yield Finding(field, "identifier_slash", "An identifier neither begins nor ends with / and has no //.", hint)
