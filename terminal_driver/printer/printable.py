"""Makes foreign text safe to print and measures it in character cells of a receipt printer.

Text reaches a receipt from customers, card terminals and item lists; a control character in it would be a command to
the printer. Everything printed passes `printable` twice: in the layout and, because the encoder is public, there again.
"""

import functools
import unicodedata

# Control (Cc), invisible format marks such as direction overrides (Cf), lone surrogates (Cs).
_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})
# They choose between two looks of the sign before them; paper has one.
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
# Every blank becomes the plain one: thin and no-break spaces of number formats are not in the code pages.
_BLANK_CATEGORIES = frozenset({"Zs", "Zl", "Zp"})
_NO_CELL_CATEGORIES = frozenset({"Mn", "Me"})


def printable(text: str) -> str:
    """Return one line of text without anything that could steer a printer.

    Line ends and tabs become a blank, other control and invisible characters are removed, all kinds of blank become
    the plain one, and composed letters are used where they exist (NFC), as the code pages hold only those.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_printable_character, unicodedata.normalize("NFC", text)))


@functools.lru_cache(maxsize=4096)
def _printable_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BLANK_CATEGORIES or character in "\t\n\r\v\f":
        return " "
    chooses = any(ord(character) in selectors for selectors in _VARIATION_SELECTORS)
    return "" if chooses or category in _REMOVED_CATEGORIES else character


def clusters(text: str) -> list[str]:
    """Split into what takes its own place on paper: a character with the marks that stand on it."""
    parts: list[str] = []
    for character in text:
        if parts and unicodedata.category(character) in _NO_CELL_CATEGORIES:
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def cells(text: str) -> int:
    """Count the character cells of `text`: 2 for an East Asian wide character, 0 for a mark on another."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


@functools.lru_cache(maxsize=4096)
def _cells_of(character: str) -> int:
    if unicodedata.category(character) in _NO_CELL_CATEGORIES:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
