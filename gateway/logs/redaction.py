"""Cuts what must not be read in a log: card numbers, IBANs, secrets; and makes control characters visible.

Pure functions on text and plain data. The rules for card numbers are those of `terminal_driver.card_data`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from terminal_driver.card_data import cut_card_bytes, cut_card_numbers

_MASK = "***"
# Limits on one event: a frame dump or an object graph must not fill the disk or stop the writer.
TEXT_MAX = 16_384
ITEMS_MAX = 200
DEPTH_MAX = 6
_END_NOT_SHOWN = 80

_HIDDEN_NAMES = r"pass(?:word|wd|phrase)|token|api[_-]?key|secret|authorization|cookie|private[_-]?key|pin[_-]?block"
_HIDDEN_NAME = re.compile(_HIDDEN_NAMES, re.IGNORECASE)
# `password=abc`, `"api_key": "abc"`, `Authorization: Bearer abc`, `Cookie: a=b; c=d` (to the end of the line).
_SECRET_HEADER = re.compile(r"(?im)\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n'\"]+")
_SECRET_PAIR = re.compile(
    # Bounded, and begun at the name itself: a long line must not cost its length squared.
    rf"(?i)((?:{_HIDDEN_NAMES})[\w-]{{0,40}}['\"]?\s{{0,8}}[:=]\s{{0,8}})"
    r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&)}\]'\"]+)"
)
_SECRET_IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)")
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]){11,30}(?![0-9A-Za-z])")
_IBAN_LENGTHS = range(15, 35)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def redact_text(text: str) -> str:
    """The text with card numbers cut, IBANs masked (country, check digits, last 4) and secrets replaced by stars."""
    if len(text) > TEXT_MAX:
        # A number that the limit cuts in two is no card number any more, so the end is not shown either.
        return f"{redact_text(text[:TEXT_MAX])[:-_END_NOT_SHOWN]}... ({len(text)} characters)"
    text = _SECRET_HEADER.sub(rf"\1\2{_MASK}", text)
    text = _SECRET_PAIR.sub(rf"\1{_MASK}", text)
    text = _SECRET_IN_URL.sub(rf"\1{_MASK}\2", text)
    return cut_card_numbers(_IBAN.sub(_mask_iban, text))


def redact_value(value: object, *, key: str = "", depth: int = 0) -> object:
    """Plain data (JSON types only) with everything cut that `redact_text` cuts, and values of secret-like keys hidden.

    Args:
        value: anything; what is no plain data is shown by its text.
        key: name under which the value stands.
        depth: how deep it lies; beyond `DEPTH_MAX` only the type is shown.
    """
    if _HIDDEN_NAME.search(key):
        return _MASK
    match value:
        case None | bool() | int() | float():
            cut = cut_card_numbers(str(value))
            return value if cut == str(value) else cut
        case str():
            return redact_text(value)
        case bytes() | bytearray() | memoryview():
            return redact_text(cut_card_bytes(bytes(value[:TEXT_MAX])).hex(" "))
        case _ if depth >= DEPTH_MAX:
            return f"<{type(value).__name__}>"
        case Mapping():
            pairs = islice(value.items(), ITEMS_MAX)
            return {redact_text(str(k)): redact_value(v, key=str(k), depth=depth + 1) for k, v in pairs}
        case list() | tuple() | set() | frozenset():
            items: Iterable[object] = islice(value, ITEMS_MAX)
            return [redact_value(item, depth=depth + 1) for item in items]
        case _:
            return redact_text(str(value))


def show_control_characters(text: str) -> str:
    """The text with control characters other than tab and line feed escaped: no forged lines or colours."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _mask_iban(found: re.Match[str]) -> str:
    text = found[0]
    places = [place for place, sign in enumerate(text) if sign.isalnum()]
    # Words may follow an IBAN written in groups: the longest beginning whose check digits hold is the IBAN.
    for length in reversed(_IBAN_LENGTHS):
        if length > len(places) or (length < len(places) and text[places[length - 1] + 1].isalnum()):
            continue
        signs = "".join(text[place] for place in places[:length])
        if _mod97(signs) == 1:
            return f"{signs[:4]}{_MASK}{signs[-4:]}{text[places[length - 1] + 1 :]}"
    return text


def _mod97(iban: str) -> int:
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97
