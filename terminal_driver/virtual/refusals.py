"""Why a simulated terminal refuses, in words that every protocol can say in its own way."""

from enum import StrEnum

from terminal_driver.zvt.status_codes import Language, result_words


class Refusal(StrEnum):
    """Reasons a scenario can name."""

    DECLINED = "declined"
    CANCELLED = "cancelled"
    CARD_UNREADABLE = "card_unreadable"
    CARD_BLOCKED = "card_blocked"
    CARD_EXPIRED = "card_expired"
    CARD_UNKNOWN = "card_unknown"
    CREDIT_TOO_LOW = "credit_too_low"
    WRONG_CURRENCY = "wrong_currency"
    AMOUNT_TOO_LARGE = "amount_too_large"
    AMOUNT_TOO_SMALL = "amount_too_small"
    NO_HOST = "no_host"
    PROCESSING_ERROR = "processing_error"
    END_OF_DAY_NEEDED = "end_of_day_needed"
    ALREADY_REVERSED = "already_reversed"
    REVERSAL_IMPOSSIBLE = "reversal_impossible"
    RESERVATION_AMOUNT = "reservation_amount"
    RESERVATION_FAILED = "reservation_failed"
    SYSTEM_ERROR = "system_error"


RESULT_CODES: dict[Refusal, int] = {
    Refusal.DECLINED: 0x05,
    Refusal.CANCELLED: 0x6C,
    Refusal.CARD_UNREADABLE: 0x64,
    Refusal.CARD_BLOCKED: 0x6E,
    Refusal.CARD_EXPIRED: 0x78,
    Refusal.CARD_UNKNOWN: 0x7A,
    Refusal.CREDIT_TOO_LOW: 0x71,
    Refusal.WRONG_CURRENCY: 0x6F,
    Refusal.AMOUNT_TOO_LARGE: 0xC3,
    Refusal.AMOUNT_TOO_SMALL: 0xC8,
    Refusal.NO_HOST: 0xA3,
    Refusal.PROCESSING_ERROR: 0x66,
    Refusal.END_OF_DAY_NEEDED: 0xF0,
    Refusal.ALREADY_REVERSED: 0xB4,
    Refusal.REVERSAL_IMPOSSIBLE: 0xB5,
    Refusal.RESERVATION_AMOUNT: 0xB7,
    Refusal.RESERVATION_FAILED: 0xB8,
    Refusal.SYSTEM_ERROR: 0xFF,
}
"""ZVT result code of each reason (PA00P015 rev 13.08, chapter 10); 05 is the hosts' "do not honour"."""


def result_code(reason: Refusal, code: int | None = None) -> int:
    """Return the ZVT result code of a refusal; ``code`` goes before that of the reason."""
    return RESULT_CODES[reason] if code is None else code


def refusal_words(reason: Refusal, code: int | None, language: Language) -> str:
    """Say why, for display and receipt."""
    return result_words(result_code(reason, code), language)
