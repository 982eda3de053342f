"""ErrorConditions in words, and what each of them says about the money.

A failure is the terminal's definite word that this request has charged nothing. Which of the three kinds it is - never
begun, stopped, refused - stands in one table here; a word not in it is a refusal that keeps its own name. The one
exception is ``InProgress``: the request is still being worked on.
"""

from terminal_driver.nexo.messages import Response
from terminal_driver.nexo.vocabulary import ErrorCondition
from terminal_driver.zvt.status_codes import Language

# English and German words of each condition.
_WORDS: dict[ErrorCondition, tuple[str, str]] = {
    ErrorCondition.ABORTED: ("stopped by the register", "von der Kasse abgebrochen"),
    ErrorCondition.BUSY: ("the terminal is busy", "das Terminal ist beschäftigt"),
    ErrorCondition.CANCEL: ("cancelled at the terminal", "am Terminal abgebrochen"),
    ErrorCondition.DEVICE_OUT: ("a part of the terminal is out of order", "ein Teil des Terminals ist gestört"),
    ErrorCondition.IN_PROGRESS: ("the request is still being worked on", "die Anfrage ist noch in Arbeit"),
    ErrorCondition.INSERTED_CARD: ("a card is still in the reader", "es steckt noch eine Karte"),
    ErrorCondition.INVALID_CARD: ("the card is not valid here", "die Karte ist hier nicht gültig"),
    ErrorCondition.LOGGED_OUT: ("not logged in at the terminal", "nicht am Terminal angemeldet"),
    ErrorCondition.MESSAGE_FORMAT: ("the terminal did not understand", "das Terminal hat nicht verstanden"),
    ErrorCondition.NOT_ALLOWED: ("not allowed at this terminal", "an diesem Terminal nicht erlaubt"),
    ErrorCondition.NOT_FOUND: ("the terminal has no such transaction", "das Terminal kennt diesen Vorgang nicht"),
    ErrorCondition.PAYMENT_RESTRICTION: ("the card may not pay this", "die Karte darf dies nicht bezahlen"),
    ErrorCondition.REFUSAL: ("declined", "abgelehnt"),
    ErrorCondition.UNAVAILABLE_DEVICE: ("a part of the terminal is missing", "ein Teil des Terminals fehlt"),
    ErrorCondition.UNAVAILABLE_SERVICE: ("the terminal does not offer this", "das Terminal bietet dies nicht an"),
    ErrorCondition.UNREACHABLE_HOST: ("the host cannot be reached", "der Host ist nicht erreichbar"),
    ErrorCondition.WRONG_PIN: ("wrong PIN", "falsche PIN"),
}

NEVER_BEGUN: dict[str, str] = {
    ErrorCondition.BUSY: "terminal_busy",
    ErrorCondition.LOGGED_OUT: "not_registered",
    ErrorCondition.MESSAGE_FORMAT: "refused",
    ErrorCondition.NOT_ALLOWED: "refused",
    ErrorCondition.UNAVAILABLE_SERVICE: "not_supported",
}
"""Conditions by which a terminal refuses a request before it begins, with the driver's own code."""

STOPPED = frozenset({ErrorCondition.ABORTED, ErrorCondition.CANCEL})
"""Conditions of a request somebody stopped."""

_NO_WORDS = {Language.ENGLISH: "refused without a reason", Language.GERMAN: "ohne Angabe von Gründen abgelehnt"}


def condition_words(condition: str | None, language: Language) -> str:
    """Say why a request failed; a condition we do not know is said as it is."""
    if not condition:
        return _NO_WORDS[language]
    try:
        english, german = _WORDS[ErrorCondition(condition)]
    except ValueError:
        return condition
    return german if language is Language.GERMAN else english


def failure_words(response: Response, language: Language) -> str:
    """Say why, in our words and, behind a colon, in those of the terminal where it has some."""
    words = condition_words(response.error_condition, language)
    return f"{words}: {response.additional_response}" if response.additional_response else words


def refusal_code(condition: str | None) -> str:
    """Return the driver's code for a question that was refused: a stable snake_case word."""
    if condition == ErrorCondition.IN_PROGRESS:
        return "terminal_busy"
    return NEVER_BEGUN.get(condition or "", "refused")
