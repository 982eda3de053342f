"""Rules of the payee: account, bank, address, and the structured reference that belongs to the account."""

import re

from connectors.formats.bank_profiles import BicUse
from connectors.formats.order_checks import Checked, Finding, Findings, has_qr_iban, iban_fault
from connectors.formats.references import ReferenceKind, plain_reference, reference_kind
from connectors.formats.rules_order import text_findings
from gateway.domain.bank.iban import EEA_COUNTRIES, SEPA_COUNTRIES
from gateway.domain.payables.payment_order import Instrument

BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
CLEARING_MEMBER = re.compile(r"[A-Z0-9]{1,35}")
CLEARING_SYSTEM = re.compile(r"[A-Z]{5}")
OTHER_ACCOUNT = re.compile(r"[A-Za-z0-9./+-]{1,34}")
_SEPA = frozenset({Instrument.SEPA, Instrument.SEPA_INSTANT})
_EEA_CURRENCIES = frozenset({"BGN", "CZK", "DKK", "EUR", "HUF", "ISK", "NOK", "PLN", "RON", "SEK"})
COUNTRY = re.compile(r"[A-Z]{2}")
_ACCOUNT_TYPE = re.compile(r"[A-Z0-9]{1,4}")
ADDRESS_LENGTHS = (("street", 70), ("building", 16), ("postcode", 16), ("town", 35))
_ACCOUNT_HINT = "Compare the account with the supplier's papers, and have a change confirmed by a second person."


def payee_findings(checked: Checked) -> Findings:
    """Check the payee of an order that goes by pain.001."""
    yield from _account(checked)
    match checked.order.instrument:
        case Instrument.SEPA | Instrument.SEPA_INSTANT:
            yield from _sepa(checked)
        case Instrument.SWISS:
            yield from _swiss(checked)
        case _:
            yield from _cross_border(checked)
    yield from _address(checked)
    yield from _reference(checked)


def _account(checked: Checked) -> Findings:
    payee = checked.order.payee
    if payee.iban:
        fault = iban_fault(payee.iban)
        if fault:
            yield Finding("payee.iban", "invalid_iban", fault, _ACCOUNT_HINT)
    elif not payee.other_id:
        yield Finding("payee.iban", "account_missing", "The payee has no account.", "Ask the supplier for its account.")
    elif checked.order.instrument is not Instrument.CROSS_BORDER:
        message = "This kind of payment needs an IBAN."
        yield Finding("payee.iban", "iban_missing", message, "Ask the supplier for its IBAN.")
    elif not OTHER_ACCOUNT.fullmatch(payee.other_id):
        message = "The account number has a character that is not allowed, or is too long."
        yield Finding("payee.other_id", "account_characters", message, _ACCOUNT_HINT)
    if payee.account_type and not _ACCOUNT_TYPE.fullmatch(payee.account_type):
        message = "A kind of account has up to four capital letters, such as SVGS."
        yield Finding("payee.account_type", "account_type_invalid", message, "Use a code of ISO 20022, or none.")
    if payee.bic and not BIC.fullmatch(payee.bic):
        message = "A BIC has 8 or 11 capital letters and digits."
        yield Finding("payee.bic", "invalid_bic", message, "Copy it again, or leave it out where the IBAN is enough.")


def _sepa(checked: Checked) -> Findings:
    order = checked.order
    if order.amount.currency.code != "EUR":
        message = "SEPA carries euro only."
        yield Finding("amount", "currency_not_allowed", message, "Pay it across borders, or in euro.")
    if order.payee.iban and order.payee.iban[:2] not in SEPA_COUNTRIES:
        message = "The payee's account is outside SEPA."
        yield Finding("payee.iban", "country_outside_sepa", message, "Pay it across borders.")
    if order.charges != "SLEV":
        message = "In SEPA each side bears the charges of its own bank (SLEV)."
        yield Finding("charges", "charges_not_allowed", message, "Set the charges of the order to SLEV.")
    if checked.profile.bic is BicUse.REQUIRED and not order.payee.bic:
        yield Finding("payee.bic", "bic_missing", "This bank wants the BIC of the payee's bank.", "Ask the supplier.")
    if has_qr_iban(order.payee.iban):
        yield from _qr_elsewhere()


def _swiss(checked: Checked) -> Findings:
    order = checked.order
    if order.amount.currency.code not in {"CHF", "EUR"}:
        message = "Within Switzerland francs and euro are carried."
        yield Finding("amount", "currency_not_allowed", message, "Pay it across borders.")
    if order.payee.iban and order.payee.iban[:2] not in {"CH", "LI"}:
        message = "The payee's account is neither in Switzerland nor in Liechtenstein."
        yield Finding("payee.iban", "country_outside_switzerland", message, "Pay it by SEPA or across borders.")
    if order.charges not in {"SLEV", "SHAR"}:
        message = "Within Switzerland each side bears its own charges."
        yield Finding("charges", "charges_not_allowed", message, "Set the charges of the order to SLEV.")


def _cross_border(checked: Checked) -> Findings:
    order, payee = checked.order, checked.order.payee
    inside = checked.payer_country in EEA_COUNTRIES and checked.payee_country in EEA_COUNTRIES
    if order.charges not in {"SHAR", "DEBT"}:
        message = "Across borders the charges are shared (SHAR) or the payer's (DEBT)."
        yield Finding("charges", "charges_not_allowed", message, "Set the charges of the order to SHAR.")
    elif order.charges == "DEBT" and inside and order.amount.currency.code in _EEA_CURRENCIES:
        message = "Inside the EEA, in its currencies, each side bears its own charges."
        yield Finding("charges", "charges_not_allowed", message, "Set the charges of the order to SHAR.")
    elif order.charges == "DEBT" and not checked.profile.debt_charges:
        message = "The bank does not let the payer take all charges."
        yield Finding("charges", "charges_not_allowed", message, "Set the charges of the order to SHAR.")
    if not payee.bic:
        yield from _bank(checked)
    if payee.clearing_member and not CLEARING_MEMBER.fullmatch(payee.clearing_member):
        message = "The number of the bank in its clearing system has a character that is not allowed."
        yield Finding("payee.clearing_member", "clearing_member_invalid", message, "Copy it again, without blanks.")
    if payee.clearing_system and not CLEARING_SYSTEM.fullmatch(payee.clearing_system):
        message = "A clearing system is named by five capital letters, such as USABA."
        yield Finding("payee.clearing_system", "clearing_system_invalid", message, "Use the code of ISO 20022.")
    if has_qr_iban(payee.iban):
        yield from _qr_elsewhere()
    if payee.country in checked.profile.purpose_countries and not order.purpose:
        message = f"Payments to {payee.country} need a purpose code."
        yield Finding("purpose", "purpose_missing", message, "Set the purpose code the supplier's bank asks for.")


def _bank(checked: Checked) -> Findings:
    payee = checked.order.payee
    named = payee.clearing_system and payee.clearing_member and payee.bank_name
    if not named or not COUNTRY.fullmatch(payee.country):
        message = "The payee's bank is not known."
        hint = "Add its BIC, or the clearing code with name and country of the bank."
        yield Finding("payee.bic", "bank_unknown", message, hint)
        return
    yield from text_findings(checked, "payee.bank_name", payee.bank_name, 140)


def _qr_elsewhere() -> Findings:
    message = "A QR-IBAN only takes payments within Switzerland with a QR reference."
    hint = "Ask the supplier for its ordinary IBAN, or pay from a Swiss account."
    yield Finding("payee.iban", "qr_iban_not_allowed", message, hint)


def _address(checked: Checked) -> Findings:
    """Check an address that goes into the file: town and country, each part short enough, one line each.

    One that stays out of the file stops no payment, however it was typed.
    """
    if not checked.writes_address:
        return
    order, address = checked.order, checked.order.payee.address
    parts = (address.street, address.building, address.postcode, address.town, address.country)
    if not any(parts):
        outside = checked.payee_country not in EEA_COUNTRIES
        # Swiss domestic payments go by name alone; SEPA to beyond the EEA wants the address (Regulation 2023/1113).
        if outside and order.instrument is not Instrument.SWISS:
            message = "Payments to outside the European Economic Area need the payee's address."
            yield Finding("payee.address", "address_missing", message, "Add town and country to the supplier.")
        return
    if any("\n" in part or "\r" in part for part in parts):
        message = "An address of several lines in one field is refused by banks since November 2026."
        hint = "Split it into street, number, postcode, town and country."
        yield Finding("payee.address", "address_unstructured", message, hint)
        return
    if not address.town or not COUNTRY.fullmatch(address.country):
        code = "address_unstructured" if address.street and not address.town else "address_incomplete"
        message = "An address needs at least town and country, each in its own field."
        hint = "Split it into street, number, postcode, town and country."
        yield Finding("payee.address", code, message, hint)
    for name, length_max in ADDRESS_LENGTHS:
        part = getattr(address, name)
        if part:
            yield from text_findings(checked, f"payee.address.{name}", part, length_max)


def _reference(checked: Checked) -> Findings:
    order = checked.order
    qr = order.instrument is Instrument.SWISS and has_qr_iban(order.payee.iban)
    if not order.reference:
        if qr:
            yield _no_qr_reference()
        return
    country = checked.payee_country
    kind = reference_kind(plain_reference(order.reference, country), country)
    if kind is None:
        message = "The reference follows no rule of the payee's country, or its check digits do not fit."
        hint = "Copy it again from the invoice, or send it as text."
        yield Finding("reference", "reference_invalid", message, hint)
    elif qr and kind is not ReferenceKind.QRR:
        yield _no_qr_reference()
    elif kind is ReferenceKind.QRR and not qr and order.instrument is Instrument.SWISS:
        message = "A QR reference only goes to a QR-IBAN."
        yield Finding("reference", "qr_iban_missing", message, "Use the IBAN of the QR-bill.")
    elif kind is ReferenceKind.QRR and order.instrument in _SEPA | {Instrument.CROSS_BORDER}:
        message = "A QR reference only goes by a payment within Switzerland."
        yield Finding("reference", "reference_invalid", message, "Send it as text.")


def _no_qr_reference() -> Finding:
    message = "A QR-IBAN takes payments with a QR reference only."
    return Finding("reference", "qr_reference_missing", message, "Copy the 27 digits of the QR-bill.")
