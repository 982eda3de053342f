"""Fields of Concert messages in words, for people who read a recorded line. Card numbers are cut."""

from terminal_driver.concert.layout import ANSWER_FIELD, Fields
from terminal_driver.concert.messages import (
    Action,
    AnswerResult,
    AnswerWanted,
    Authorisation,
    Delay,
    masked_number,
)

_NAMES = {
    "register_no": "register number",
    "amount_minor": "amount in minor units",
    "answer_wanted": "answer field wanted",
    "means": "means of payment",
    "action": "transaction",
    "currency": "currency (ISO 4217)",
    "private": "private field",
    "delay": "time of the answer",
    "authorisation": "authorisation",
    "result": "result",
    ANSWER_FIELD: "answer field",
}

_MEANS = {
    "0": "other",
    "1": "card",
    "2": "American Express",
    "3": "Cetelem or CB Enseigne",
    "5": "Cofinoga",
    "6": "Diners",
    "7": "CB-Pass",
    "8": "Franfinance",
    "9": "JCB",
    "A": "Banque Accord",
    "C": "cheque",
    "F": "Fintrax",
    "O": "Moneo",
    "U": "CUP",
}

_VALUES: dict[str, dict[str, str]] = {
    "answer_wanted": {AnswerWanted.NO: "no", AnswerWanted.YES: "yes, 55 characters", "2": "yes, as elements"},
    "means": _MEANS,
    "action": {
        Action.DEBIT: "debit",
        Action.CREDIT: "credit",
        Action.CANCELLATION: "refund or cancellation",
        Action.DUPLICATE: "duplicate of the last ticket",
        Action.AUTOMATIC: "automatic",
    },
    "delay": {Delay.AT_THE_END: "when the payment has ended", Delay.AT_ONCE: "at once, before the payment"},
    "authorisation": {
        Authorisation.TERMINAL_DECIDES: "the terminal decides",
        Authorisation.FORCED: "the host must be called",
    },
    "result": {
        AnswerResult.PAID: "paid",
        AnswerResult.NOT_DONE: "refused or not done",
        AnswerResult.NOT_VERIFIED: "not verified",
    },
}


def describe_fields(fields: Fields) -> tuple[tuple[str, str, str], ...]:
    """Return for each field its name in words, its value with card numbers cut, and what the value means."""
    return tuple(
        (_NAMES[name], _shown(name, value), _VALUES.get(name, {}).get(value, ""))
        for (name, _), value in zip(fields.layout.fields, fields.values, strict=True)
    )


def _shown(name: str, value: str) -> str:
    """The answer field is never shown as it is: whatever stands behind the number is not needed by anybody."""
    return value if name != ANSWER_FIELD else masked_number(value) or "(no card number)"
