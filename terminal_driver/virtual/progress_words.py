"""What a terminal can say while it works: the driver's own words with their texts, the same for every protocol."""

from terminal_driver.zvt.intermediate_codes import INTERMEDIATE_CODES
from terminal_driver.zvt.status_codes import Language

_TAKE_GOODS = 0x1C  # of the two codes for "approved" the one of a shop, not of a filling station

INTERMEDIATE_CODE_OF: dict[str, int] = {
    word: code for code, (word, _, _) in reversed(INTERMEDIATE_CODES.items()) if word != "terminal_text"
} | {"approved": _TAKE_GOODS}
"""Each word with the first ZVT intermediate status that means it; its keys are all words a scenario may say."""

CARD_WORDS = frozenset({"insert_card", "enter_pin", "pin_needed", "choose_debit_or_credit", "card_detected"})
"""Said only to someone who holds a card; an operation without a card passes over them."""


def progress_text(word: str, language: Language) -> str:
    """Return what the display shows; ``word``: a key of ``INTERMEDIATE_CODE_OF``."""
    _, english, german = INTERMEDIATE_CODES[INTERMEDIATE_CODE_OF[word]]
    return german if language is Language.GERMAN else english
