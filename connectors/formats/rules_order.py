"""Rules of one order that hold whatever way it goes: identifiers, amount, names, texts, dates."""

import re

from connectors.formats.order_checks import Checked, Days, Finding, Findings, id_findings
from connectors.formats.transliterate import written
from gateway.domain.payables.payment_order import Instrument

NAME_LENGTH_MAX = 70
TEXT_LENGTH_MAX = 140
AMOUNT_MINOR_MAX = 99_999_999_999
"""999,999,999.99, the largest SEPA credit transfer (EPC132-08, AT-04); kept for all ways but where rules say more."""

_UETR = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_PURPOSE = re.compile(r"[A-Z0-9]{1,4}")
_WEEKS_HINT = "Take it out of this run; a later run will propose it again."


def order_findings(checked: Checked) -> Findings:
    """Check everything of an order that does not depend on the day."""
    order = checked.order
    if order.bank_account_id != checked.account.id:
        message = "The order is to be paid from another account."
        yield Finding("bank_account_id", "wrong_account", message, "Build the run again.")
    if order.instrument not in checked.profile.instruments:
        message = "The bank of this account does not carry this kind of payment."
        hint = "Pay it from another account, or set a bank profile that carries it."
        yield Finding("instrument", "instrument_not_offered", message, hint)
    yield from id_findings("end_to_end_id", order.end_to_end_id)
    if order.uetr and not _UETR.fullmatch(order.uetr):
        yield Finding(
            "uetr", "uetr_invalid", "The UETR has not the form of a UUID of version 4.", "Build the run again."
        )
    yield from _amount(checked)
    yield from text_findings(checked, "payee.name", order.payee.name, NAME_LENGTH_MAX)
    if order.ultimate_debtor:
        yield from text_findings(checked, "ultimate_debtor", order.ultimate_debtor, NAME_LENGTH_MAX)
    if order.text and not order.reference:
        yield from text_findings(checked, "text", order.text, TEXT_LENGTH_MAX)
    if order.purpose and not _PURPOSE.fullmatch(order.purpose):
        message = "A purpose code has up to four capital letters and digits."
        yield Finding("purpose", "purpose_invalid", message, "Use a code of the ISO 20022 list, such as SUPP, or none.")


def text_findings(checked: Checked, field: str, text: str, length_max: int) -> Findings:
    """Check a name or text as it will be written."""
    spelled, strange = written(text, checked.order.payee.language, checked.profile.characters)
    if strange:
        message = f"The bank takes no {strange[:10]!r}, and it cannot be spelled out."
        yield Finding(field, "character_unwritable", message, "Write it in Latin letters.")
    elif not spelled:
        yield Finding(field, "text_missing", "This is empty.", "Fill it in with the supplier.")
    elif len(spelled) > length_max:
        message = f"As the bank gets it this has {len(spelled)} characters, at most {length_max} fit."
        yield Finding(field, "text_too_long", message, "Shorten it as the payee's bank knows it.")


def day_findings(checked: Checked, days: Days) -> Findings:
    """Check the date. Instant payments settle on every day."""
    order, profile = checked.order, checked.profile
    until = (order.execute_on - days.today).days
    if until < 0:
        yield Finding("execute_on", "date_past", "The date is over.", "Build the run again.")
        return
    if until > profile.days_ahead:
        message = f"The bank takes orders up to {profile.days_ahead} days ahead."
        yield Finding("execute_on", "date_too_far", message, _WEEKS_HINT)
    if order.instrument is Instrument.SEPA_INSTANT:
        return
    if days.closed(order.execute_on):
        message = "Nothing settles on this day: it is a weekend or a bank holiday."
        yield Finding("execute_on", "date_closed", message, "Choose the banking day before or after it.")
    elif profile.lead_days and _banking_days(checked, days) < profile.lead_days:
        message = f"The bank needs the order {profile.lead_days} banking days before its date."
        yield Finding("execute_on", "date_too_soon", message, "Choose a later banking day.")


def _banking_days(checked: Checked, days: Days) -> int:
    """Count banking days after today up to the date, no further than the lead that is wanted."""
    counted = 0
    for ordinal in range(days.today.toordinal() + 1, checked.order.execute_on.toordinal() + 1):
        if not days.closed(days.today.fromordinal(ordinal)):
            counted += 1
            if counted >= checked.profile.lead_days:
                break
    return counted


def _amount(checked: Checked) -> Findings:
    order, profile = checked.order, checked.profile
    if order.amount.minor <= 0:
        message = "A payment has an amount above zero."
        yield Finding("amount", "amount_not_positive", message, "Leave the credit note for a later invoice.")
    elif order.amount.minor > AMOUNT_MINOR_MAX:
        message = "The amount is more than a single payment can carry."
        yield Finding("amount", "amount_too_large", message, "Ask the supplier for parts, and pay them one by one.")
    elif (
        order.instrument is Instrument.SEPA_INSTANT
        and profile.instant_minor_max
        and order.amount.minor > profile.instant_minor_max
    ):
        message = "The amount is above what the bank carries instantly."
        yield Finding("amount", "amount_too_large", message, "Pay it by an ordinary transfer.")
