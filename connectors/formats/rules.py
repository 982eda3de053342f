"""All rules over the orders of one account, before a file is written.

Each problem names the order, the field and what to do. The schema of a bank's format says less than its rules do: these
are those of the schemes (EPC132-08, EPC217-08, Swiss Payment Standards, NACHA operating rules) and of the profile.
"""

from collections.abc import Sequence

from connectors.formats.bank_profiles import NACHA, BankProfile
from connectors.formats.order_checks import Checked, Days, Finding, Findings, iban_fault, id_findings
from connectors.formats.rules_nacha import nacha_account_findings, nacha_findings, nacha_id
from connectors.formats.rules_order import day_findings, order_findings
from connectors.formats.rules_payee import (
    ADDRESS_LENGTHS,
    BIC,
    CLEARING_MEMBER,
    COUNTRY,
    OTHER_ACCOUNT,
    payee_findings,
)
from connectors.formats.transliterate import language_of, transliterate, unwritable
from gateway.domain.payables.payment_order import BankAccount, PaymentOrder
from gateway.ports.bank_files import OrderProblem

_OWN = "Correct the account in the settings."


def problems(
    profile: BankProfile, account: BankAccount, orders: Sequence[PaymentOrder], *, days: Days | None
) -> tuple[OrderProblem, ...]:
    """Return everything wrong with the orders of an account.

    Args:
        profile: of the account.
        account: pays.
        orders: to be paid from it.
        days: None leaves the dates out: a file is written again later, byte for byte, when its dates may be over.
    """
    found = [OrderProblem(None, *finding) for finding in _account_findings(profile, account)]
    rules = nacha_findings if profile.format == NACHA else payee_findings
    ids: dict[str, PaymentOrder] = {}
    for order in orders:
        checked = Checked(profile, account, order)
        found.extend(OrderProblem(order.id, *finding) for finding in order_findings(checked))
        found.extend(OrderProblem(order.id, *finding) for finding in rules(checked))
        if days is not None:
            found.extend(OrderProblem(order.id, *finding) for finding in day_findings(checked, days))
        key = nacha_id(order.end_to_end_id) if profile.format == NACHA else order.end_to_end_id
        if ids.setdefault(key, order) is not order:
            message = "Two payments have the same identifier: the bank would take the second for a repetition."
            finding = Finding("end_to_end_id", "identifier_twice", message, "Build the run again.")
            found.append(OrderProblem(order.id, *finding))
    return tuple(found)


def _account_findings(profile: BankProfile, account: BankAccount) -> Findings:
    """Check the own account."""
    language = language_of(account.country)
    if unwritable(account.holder, language, profile.characters):
        message = "The name of the account's holder has characters the bank does not take."
        yield Finding("account.holder", "character_unwritable", message, _OWN)
    elif not 0 < len(transliterate(account.holder, language, profile.characters)) <= 70:
        message = "The name of the account's holder has 1 to 70 characters."
        yield Finding("account.holder", "text_too_long" if account.holder else "text_missing", message, _OWN)
    if profile.format == NACHA:
        yield from nacha_account_findings(account)
        return
    if account.iban and iban_fault(account.iban):
        yield Finding("account.iban", "invalid_iban", iban_fault(account.iban), _OWN)
    elif not account.iban and not account.other_id:
        yield Finding("account.iban", "account_missing", "The account has no number.", _OWN)
    elif not account.iban and not OTHER_ACCOUNT.fullmatch(account.other_id):
        message = "The account number has a character that is not allowed, or is too long."
        yield Finding("account.other_id", "account_characters", message, _OWN)
    if account.bic and not BIC.fullmatch(account.bic):
        yield Finding("account.bic", "invalid_bic", "A BIC has 8 or 11 capital letters and digits.", _OWN)
    if account.clearing_member and not CLEARING_MEMBER.fullmatch(account.clearing_member):
        message = "The number of the bank in its clearing system has capital letters and digits only."
        yield Finding("account.clearing_member", "clearing_member_invalid", message, _OWN)
    if account.initiating_id:
        yield from (
            finding._replace(hint=_OWN) for finding in id_findings("account.initiating_id", account.initiating_id)
        )
    yield from _own_address(profile, account)


def _own_address(profile: BankProfile, account: BankAccount) -> Findings:
    """Check the holder's address, which goes into the file where town and country are set."""
    language = language_of(account.country)
    for name, length_max in ADDRESS_LENGTHS:
        part = getattr(account.address, name)
        if unwritable(part, language, profile.characters):
            message = "The holder's address has characters the bank does not take."
            yield Finding(f"account.address.{name}", "character_unwritable", message, _OWN)
        elif len(transliterate(part, language, profile.characters)) > length_max:
            message = f"At most {length_max} characters fit."
            yield Finding(f"account.address.{name}", "text_too_long", message, _OWN)
    if account.address.country and not COUNTRY.fullmatch(account.address.country):
        message = "A country is written as two capital letters."
        yield Finding("account.address.country", "address_incomplete", message, _OWN)
