"""Blanks and letters that an OCR engine misread, put right where general words and signs leave no doubt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from invoice_capture.receipts.line_features import LEXICON

_LONGEST = 16
_SHORTEST = 3
_RUNS = re.compile(r"[^\W\d_]+")
_STRONG = (
    frozenset(word for name in ("suffix", "road", "place") for word in LEXICON[name] if word.isalpha())
    | {"ENTERPRISE", "TRADING", "KUALA", "LUMPUR", "SHAH", "ALAM", "PETALING", "SRI", "PULAU", "NEGERI", "DARUL"}
) - {"KUALALUMPUR", "PULAUPINANG", "NEGERISEMBILAN", "SHAHALAM", "DARULEHSAN", "HP", "ID"}
"""Words that engines glue to their neighbours: those of addresses and legal forms."""
_PLACES = tuple(word for word in sorted(_STRONG) if len(word) >= 7)
"""Words so long that one misread letter does not make another word of them."""
_LONG = tuple(sorted(word for word in LEXICON["trade"] if len(word) >= 9))
"""Trades so long that no other word holds them by chance."""
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=[A-Za-z\d.])\((?=[A-Za-z]{2,})|(?<=[A-Za-z]{2})\((?=[A-Za-z\d])"), " ("),
    (re.compile(r"\)(?=[A-Za-z\d]{2,})"), ") "),
    (re.compile(r",(?=[A-Za-z\d])"), ", "),
    (re.compile(r"(?i)(?<=\bSDN)\.(?=BHD)"), ". "),
    (re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[A-Z]{3})(?=[A-Z][a-z]{3})|(?<=[A-Za-z]\d)(?=[A-Z][a-z]{2})"), " "),
    (re.compile(r"(?<=\b\d{5})(?=[A-Za-z](?!\b))|(?<=\b\d{5})(?=[A-Z]\.)"), " "),
    (re.compile(r"(?<=\d)[oO](?=\b|\d)|(?<=\d)[oO](?=[oO]\b)"), "0"),
    (re.compile(r"\b1(?=[A-Z]{3,})"), "I"),
    (re.compile(r"(?:(?<=\s)|^)['\"`](?=\w)|['\"`](?=\s|$)"), ""),
)
_NAME_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\bS\s?[DI0O]\s?N(?=[.\s]*B\s?H\s?D\b)"), "SDN"),
    (re.compile(r"\b[S5$]\s?/\s?[BD8]\b"), "S/B"),
    (re.compile(r"\b(?=[A-Z]\.)((?:[A-Z]\.)+)(?=[A-Z]{3,})"), r"\1 "),
    (re.compile(r"\bMR\.(?=\S)"), "MR. "),
    (re.compile(r"(?<=[A-Za-z]{2})&|&(?=[A-Za-z]{3,})"), " & "),
)
_ADDRESS_RULES: tuple[tuple[re.Pattern[str], str], ...] = ((re.compile(r"(?i)\bLOT(?=[A-Z]\.)"), "LOT "),)
_BEFORE_NUMBER = re.compile(r"\b([A-Za-z]{3,})(?=\d)")


class Blanks:
    """Puts right what was misread. ``words``: general words, in capitals, of text that people typed."""

    __slots__ = ("_misread", "_words")

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words) | _STRONG
        self._misread: dict[str, str] = {}

    def name(self, text: str) -> str:
        """Return a name with its blanks and its legal form as they were printed."""
        return self._restored(text, (*_NAME_RULES, *_RULES))

    def address(self, text: str) -> str:
        """Return an address with its blanks and with the words of addresses as they are spelled."""
        restored = self._restored(text, (*_RULES, *_ADDRESS_RULES))
        return _BEFORE_NUMBER.sub(self._apart, restored)

    def _apart(self, hit: re.Match[str]) -> str:
        """Part a word from the number behind it; letters that are no word are a part of the number: `SS23`."""
        upper = hit[1].upper()
        is_word = upper in _STRONG or (len(upper) > _SHORTEST and upper in self._words)
        return f"{hit[1]} " if is_word else hit[1]

    def _restored(self, text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
        for pattern, put in rules:
            text = pattern.sub(put, text)
        return " ".join(_RUNS.sub(lambda hit: self._parted(hit[0]), text).split())

    def _parted(self, run: str) -> str:
        """Part a run of letters where a word of addresses meets another word."""
        upper = run.upper()
        if not upper.isascii():
            plain = "".join(one for one in unicodedata.normalize("NFKD", run) if not unicodedata.combining(one))
            if plain.upper() in self._words and len(plain) == len(run):
                return plain
        if len(upper) < 2 * _SHORTEST or upper in self._words:
            return run
        if upper not in self._misread:
            self._misread[upper] = _nearest(upper)
        corrected = self._misread[upper]
        if corrected:
            return corrected if run.isupper() else corrected.capitalize()
        for word in _LONG:
            start = upper.find(word)
            if start >= 0:
                parts = (run[:start], run[start : start + len(word)], run[start + len(word) :])
                return " ".join(self._parted(part) if len(part) < len(run) else part for part in parts if part)
        return self._cut(run, upper)

    def _cut(self, run: str, upper: str) -> str:
        """Cut a run after or before the first word of addresses that leaves a known word."""
        for cut in range(_SHORTEST, len(upper) - 1):
            left, right = upper[:cut], upper[cut:]
            if left in _STRONG and (right in self._words or self._parts(right)):
                return f"{run[:cut]} {self._parted(run[cut:])}"
            if right in _STRONG and left in self._words:
                return f"{run[:cut]} {run[cut:]}"
        return run

    def _parts(self, upper: str) -> bool:
        """Whether a run begins with a strong word that another known word follows."""
        return any(
            upper[:cut] in _STRONG and upper[cut:] in self._words
            for cut in range(_SHORTEST, min(len(upper) - _SHORTEST + 1, _LONGEST))
        )


def _nearest(upper: str) -> str:
    """Return the word of addresses of which a run is one misread letter away, empty when it is none or several."""
    near = [word for word in _PLACES if abs(len(word) - len(upper)) <= 1 and _one_apart(word, upper)]
    return near[0] if len(near) == 1 else ""


def _one_apart(one: str, two: str) -> bool:
    """Whether two different words differ by one letter: another, one more or one less."""
    start = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    return any(one[start + left :] == two[start + right :] for left, right in ((1, 1), (1, 0), (0, 1)))
