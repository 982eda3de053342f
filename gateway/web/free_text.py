"""Text that people and programs hand over: bounded, without control characters, with card numbers cut (C2, W5).

A card number in a reference, an article text or a reason is cut here, before anything is stored, hashed or logged.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from terminal_driver.card_data import cut_card_numbers

# No C0/C1 controls (PostgreSQL refuses NUL, a printer obeys ESC) and no bidirectional overrides (they forge lines).
_CLEAN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"

REFERENCE_MAX = 64
LINE_TEXT_MAX = 100
NAME_MAX = 60
REASON_MAX = 500

cut = cut_card_numbers
"""The one door through which the web layer reaches the rule for card numbers."""

Reference = Annotated[str, Field(min_length=1, max_length=REFERENCE_MAX, pattern=_CLEAN), AfterValidator(cut)]
LineText = Annotated[str, Field(min_length=1, max_length=LINE_TEXT_MAX, pattern=_CLEAN), AfterValidator(cut)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX, pattern=_CLEAN), AfterValidator(cut)]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_MAX, pattern=_CLEAN), AfterValidator(cut)]


def is_clean(text: str) -> bool:
    """Tell whether a text can be stored everywhere: no lone surrogate and no NUL."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
