"""Text of terminals: code page 437 unless something else was agreed (PA00P015 rev 13.08; deviations in the field).

Decoding never fails: a byte without a meaning becomes the replacement sign. Control bytes never pass, so that printed
text cannot carry commands to a printer; card numbers inside the text are cut.
"""

from enum import StrEnum

from terminal_driver.card_data import cut_card_numbers

_ZVT7_SIGNS = dict(zip("[\\]{|}~", "ÄÖÜäöüß", strict=True))
_ZVT7_BYTES = {sign: code for code, sign in _ZVT7_SIGNS.items()}


class CharacterSet(StrEnum):
    """Character sets a terminal may use."""

    CP437 = "cp437"
    LATIN_1 = "latin-1"
    UTF_8 = "utf-8"
    ZVT7 = "zvt7"


# Value of TLV tag 14 by which a character set is offered; the 7-bit set cannot be offered.
TAG_14_VALUES = {CharacterSet.CP437: 0xFF, CharacterSet.UTF_8: 0xFE, CharacterSet.LATIN_1: 0x01}


def decode_text(data: bytes, character_set: CharacterSet = CharacterSet.CP437) -> str:
    """Return the text without control signs (line feed and carriage return become a line feed) and card numbers."""
    if character_set is CharacterSet.ZVT7:
        text = "".join(_ZVT7_SIGNS.get(sign, sign) for sign in data.decode("ascii", errors="replace"))
    else:
        text = data.decode(character_set.value, errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return cut_card_numbers("".join(sign for sign in lines if sign == "\n" or sign.isprintable()))


def encode_text(text: str, character_set: CharacterSet = CharacterSet.CP437) -> bytes:
    """Return the bytes of the text; a sign the set does not have becomes a question mark."""
    if character_set is CharacterSet.ZVT7:
        return "".join(_ZVT7_BYTES.get(sign, sign) for sign in text).encode("ascii", errors="replace")
    return text.encode(character_set.value, errors="replace")
