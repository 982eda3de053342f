"""Rules of NACHA files (ACH credits in the United States)."""

import re

from connectors.formats.order_checks import Checked, Finding, Findings
from gateway.domain.payables.payment_order import BankAccount

ENTRY_MINOR_MAX = 9_999_999_999
"""Ten digits of cents (NACHA operating rules, appendix three, field "Amount")."""

ID_LENGTH = 15
CLEARING_SYSTEM = "USABA"
_ROUTING = re.compile(r"[0-9]{9}")
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,17}")
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)
_OWN = "Correct the account in the settings."


def nacha_id(end_to_end_id: str) -> str:
    """Return the part of an identifier a NACHA entry can carry; returns name it again."""
    return end_to_end_id[:ID_LENGTH]


def is_routing_number(text: str) -> bool:
    """Return whether nine digits are a routing number (weights 3 7 1, sum a multiple of ten)."""
    if not _ROUTING.fullmatch(text) or text == "000000000":
        return False
    return sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)) % 10 == 0


def nacha_findings(checked: Checked) -> Findings:
    """Check what NACHA says of one order."""
    order, payee = checked.order, checked.order.payee
    if order.amount.currency.code != "USD":
        yield Finding("amount", "currency_not_allowed", "ACH carries US dollars only.", "Pay it across borders.")
    elif order.amount.minor > ENTRY_MINOR_MAX:
        message = "An ACH entry carries at most 99,999,999.99."
        yield Finding("amount", "amount_too_large", message, "Ask the supplier for parts, and pay them one by one.")
    if payee.clearing_system not in {"", CLEARING_SYSTEM} or not is_routing_number(payee.clearing_member):
        message = "The routing number of the payee's bank has nine digits whose last one fits."
        yield Finding("payee.clearing_member", "routing_number_invalid", message, "Copy it again from the invoice.")
    if not _ACCOUNT.fullmatch(payee.other_id):
        message = "An account number has 1 to 17 letters, digits and hyphens."
        yield Finding("payee.other_id", "account_characters", message, "Ask the supplier for its account number.")
    if len(order.allocations) > 9_000:
        message = "One entry explains at most 9,000 invoices."
        yield Finding("allocations", "too_many_invoices", message, "Split the payment.")


def nacha_account_findings(account: BankAccount) -> Findings:
    """Check the own account: routing number of the bank, account number and the company's id."""
    if not is_routing_number(account.clearing_member):
        message = "The own bank needs its routing number (clearing_member), nine digits."
        yield Finding("account.clearing_member", "routing_number_invalid", message, _OWN)
    if not re.fullmatch(r"[A-Za-z0-9 -]{1,10}", account.initiating_id):
        message = "The bank's id of the company (initiating_id) has 1 to 10 letters and digits."
        yield Finding("account.initiating_id", "identifier_length", message, _OWN)
    if not _ACCOUNT.fullmatch(account.other_id):
        message = "The own account needs its number (other_id), at most 17 letters and digits."
        yield Finding("account.other_id", "account_characters", message, _OWN)
