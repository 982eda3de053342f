"""Elements of Caisse-AP messages in words, for people who read a recorded line. Card numbers are cut."""

from terminal_driver.caisse_ap.judgement import REASONS
from terminal_driver.caisse_ap.messages import APPLICATIONS, Action, AnswerResult
from terminal_driver.caisse_ap.tlv import Element
from terminal_driver.card_data import cut_card_numbers, mask_pan

TAGS = {
    "AA": "card number",
    "AB": "expiry of the card (YYMM)",
    "AC": "authorisation number",
    "AE": "result",
    "AF": "reason",
    "AI": "application identifier of the card (AID)",
    "AK": "ticket text in base64",
    "AL": "kind of card number",
    "BA": "time of the answer",
    "BH": "telephone number of the customer",
    "BI": "e-mail address of the customer",
    "CA": "register number",
    "CB": "amount in minor units",
    "CC": "payment application",
    "CD": "action",
    "CE": "currency (ISO 4217)",
    "CF": "private field",
    "CG": "merchant contract",
    "CI": "way of reading the card",
    "CJ": "protocol identifier",
    "CK": "ticket",
    "CZ": "protocol version",
    "ZT": "container of a ticket",
}
"""What each known tag holds."""

_PERSONAL = frozenset({"BH", "BI"})

_VALUES: dict[str, dict[str, str]] = {
    "AE": {
        AnswerResult.DONE: "done",
        AnswerResult.NOT_DONE: "not done",
        AnswerResult.TAKEN_INTO_ACCOUNT: "taken into account, no outcome yet",
    },
    "AF": {code: english for code, (english, _) in REASONS.items()},
    "BA": {"0": "when the payment has ended", "1": "at once, before the payment"},
    "CC": APPLICATIONS,
    "CD": {
        Action.DEBIT: "debit",
        Action.CREDIT: "credit",
        Action.CANCELLATION: "cancellation",
        Action.DUPLICATE: "duplicate of the last ticket",
    },
    "CI": {"0": "any", "1": "contact", "2": "contactless", "3": "magnetic stripe", "4": "keyed in"},
}


def describe_tag(tag: str) -> str:
    """Return what a tag holds; empty for an unknown one."""
    return TAGS.get(tag, "")


def shown_value(element: Element) -> str:
    """Return a value with card numbers cut and without personal data."""
    if element.tag == "AA":
        return mask_pan(element.value)
    return "(hidden)" if element.tag in _PERSONAL else cut_card_numbers(element.value)


def describe_value(element: Element) -> str:
    """Return what a value means; empty where it speaks for itself."""
    return _VALUES.get(element.tag, {}).get(element.value, "")
