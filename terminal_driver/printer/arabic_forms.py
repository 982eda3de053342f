"""Gives each Arabic letter the form it has between its neighbours, as a printer draws every character alone. Pure.

The forms are those Unicode keeps for such devices (Arabic Presentation Forms-A and -B); which letter joins where is
read from the same table, so no list of letters stands here. Text stays in the order it is read in.
"""

import functools
import unicodedata
from dataclasses import dataclass, field

from terminal_driver.printer.printable import clusters

_FORMS = (*range(0xFB50, 0xFBC2), *range(0xFBD3, 0xFC00), *range(0xFE80, 0xFEFD))
_KINDS = {"<isolated>": "isolated", "<initial>": "initial", "<medial>": "medial", "<final>": "final"}
_LAM = "\N{ARABIC LETTER LAM}"
_TATWEEL = "\N{ARABIC TATWEEL}"  # a stroke that joins on both sides and has one form only


@dataclass(frozen=True, slots=True)
class _Letter:
    """The forms of one letter, by kind; a letter without an initial form does not join the one after it."""

    forms: dict[str, str] = field(default_factory=dict)


def has_arabic(text: str) -> bool:
    """Say whether `text` has a letter whose form depends on its neighbours."""
    return not text.isascii() and any("\u0600" <= character <= "\u06ff" for character in text)


def joined(text: str) -> str:
    """Return `text` with every letter in its form, and lam with alef as the one sign it is; marks stay on theirs."""
    if not has_arabic(text):
        return text
    letters = clusters(text)
    shaped: list[str] = []
    joins = False  # whether the letter before reaches out to this one
    place = 0
    while place < len(letters):
        base, marks = letters[place][0], letters[place][1:]
        following = letters[place + 1][0] if place + 1 < len(letters) else ""
        if base == _LAM and base + following in _letters():
            base, marks = base + following, marks + letters[place + 1][1:]
            place += 1
            following = letters[place + 1][0] if place + 1 < len(letters) else ""
        shaped.append(_form(base, before=joins, after=_reaches_back(following)) + marks)
        joins = _reaches_on(base)
        place += 1
    return "".join(shaped)


def _form(base: str, *, before: bool, after: bool) -> str:
    letter = _letters().get(base)
    if letter is None:
        return base
    before = before and "final" in letter.forms
    after = after and "initial" in letter.forms
    kind = ("medial" if after else "final") if before else ("initial" if after else "isolated")
    return letter.forms.get(kind) or letter.forms.get("isolated", base)


def _reaches_on(base: str) -> bool:
    return base == _TATWEEL or (base in _letters() and "initial" in _letters()[base].forms)


def _reaches_back(base: str) -> bool:
    return base == _TATWEEL or (base in _letters() and "final" in _letters()[base].forms)


@functools.lru_cache(maxsize=1)
def _letters() -> dict[str, _Letter]:
    """Return single letters and lam with alef, each with its forms."""
    found: dict[str, _Letter] = {}
    for point in _FORMS:
        kind, *parts = unicodedata.decomposition(chr(point)).split() or [""]
        base = "".join(chr(int(part, 16)) for part in parts)
        if kind in _KINDS and (len(base) == 1 or (len(base) == 2 and point >= 0xFEF5)):
            found.setdefault(base, _Letter()).forms.setdefault(_KINDS[kind], chr(point))
    return found
