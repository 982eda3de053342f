"""Numbers of documents in the text of a bank line: equal ones by an index, spoiled ones by likeness to an item at hand.

Banks wrap texts, payers drop prefixes and hyphens, scanners confuse letters. An index knows whole numbers, joined
from up to
six neighbouring words; `likeness` weighs what is left of a number against one item.
"""

import re
from collections.abc import Iterable

import msgspec
from rapidfuzz.distance import DamerauLevenshtein

from gateway.reconciliation.entries import Entry
from gateway.reconciliation.explanations import ReasonCode
from gateway.reconciliation.payer_text import payer_text
from gateway.reconciliation.records import BankLine, OpenItem
from gateway.reconciliation.wording import RANGE_WORDS, compact, read_as_digits, words_of

WORDS_JOINED_MAX = 6
WORDS_READ_MAX = 240
"""A payment may list forty documents of four words each."""
KEY_LENGTH_MIN, KEY_LENGTH_MAX = 4, 35


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A number in the text that is one of ours. ``first``, ``last``: the words it was joined from."""

    item: Entry
    code: ReasonCode
    key: str
    first: int
    last: int
    last_length: int = 0

    @property
    def plain(self) -> bool:
        """Whether it is a short number without letters, as it also comes up by accident."""
        return len(self.key) <= 7 and self.key.isdigit()

    @property
    def loose(self) -> bool:
        """Whether it needed words far apart, or a last word of one letter, which may belong to something else."""
        return self.plain or (self.last > self.first and self.last_length == 1)


class ReferenceIndex:
    """All document, order and structured numbers of the items, and the end-to-end ids of our own payments."""

    def __init__(self) -> None:
        self._known: dict[str, Entry | list[Entry]] = {}
        self._beginnings: set[str] = set()
        self._sent: dict[str, Entry | list[Entry]] = {}

    def add(self, item: Entry) -> None:
        """Take the numbers of an item in."""
        for text in (item.document, item.reference, item.order):
            if text:
                key = compact(text)
                if len(key) >= KEY_LENGTH_MIN:
                    _put(self._known, key, item)
                    if key[0] > "9":
                        letters = key.rstrip("0123456789")
                        if letters not in self._beginnings:
                            self._beginnings.update(key[:at] for at in range(1, len(key) + 1) if key[:at].isalpha())
        if item.end_to_end:
            _put(self._sent, item.end_to_end.upper(), item)

    def sent(self, end_to_end: str) -> tuple[Entry, ...]:
        """Return the items of our own payment order with this end-to-end id or batch id."""
        return _get(self._sent, end_to_end.upper())

    def structured(self, reference: str) -> tuple[Entry, ...]:
        """Return the items with this structured reference."""
        return _get(self._known, compact(reference))

    def find(self, words: list[str], positive: bool) -> list[Hit]:  # noqa: FBT001 - the sign of the line
        """Return the numbers of ours among the words, in their order, the longest reading of each.

        ``positive``: only items of this sign, and those opposite to it that are credit notes, can be meant.
        """
        hits: list[Hit] = []
        known = self._known
        count = min(len(words), WORDS_READ_MAX)
        at = 0
        while at < count:
            if words[at].isalpha() and words[at] not in self._beginnings:
                at += 1
                continue
            key, best, end = "", "", at
            for last in range(at, min(at + WORDS_JOINED_MAX, count)):
                key += words[last]
                if len(key) > KEY_LENGTH_MAX:
                    break
                if key in known and len(key) >= KEY_LENGTH_MIN:
                    best, end = key, last
            if best:
                found = [item for item in _get(known, best) if (item.amount > 0) is positive or item.credit_note]
                hits += [Hit(item, _code(item, best), best, at, end, len(words[end])) for item in found]
                at = end if found else at
            at += 1
        return hits


_NO_DIGIT = re.compile(r"[^0-9]+")


def document_digits(item: OpenItem) -> tuple[str, ...]:
    """Return the digits of the item's document and structured number."""
    return tuple([_NO_DIGIT.sub("", text) for text in (item.document, item.reference) if text])


def digits_of(entry: Entry) -> tuple[str, ...]:
    """Return the same digits, for likeness; they are read once."""
    known = entry.digits
    if known is None:
        known = entry.digits = document_digits(entry)
    return known


def _put(index: dict[str, Entry | list[Entry]], key: str, item: Entry) -> None:
    present = index.get(key)
    if present is None:
        index[key] = item
    elif isinstance(present, list):
        present.append(item)
    elif present is not item:
        index[key] = [present, item]


def _get(index: dict[str, Entry | list[Entry]], key: str) -> tuple[Entry, ...]:
    present = index.get(key)
    if present is None:
        return ()
    return tuple(present) if isinstance(present, list) else (present,)


def _code(item: Entry, key: str) -> ReasonCode:
    if item.document and compact(item.document) == key:
        return ReasonCode.DOCUMENT
    if item.reference and compact(item.reference) == key:
        return ReasonCode.STRUCTURED
    return ReasonCode.ORDER


def has_check_digits(reference: str) -> bool:
    """Return whether it is a structured reference whose check digits hold: ISO 11649 (RF) or a Swiss QR reference."""
    key = compact(reference)
    if key.startswith("RF") and 5 <= len(key) <= 25:
        return int("".join(str(int(sign, 36)) for sign in key[4:] + key[:4])) % 97 == 1
    if len(key) == 27 and key.isdigit():
        carry = 0
        for sign in key[:-1]:
            carry = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)[(carry + int(sign)) % 10]
        return (10 - carry) % 10 == int(key[-1])
    return False


def numbers_in(words: list[str], hits: Iterable[Hit], line: BankLine) -> tuple[str, ...]:
    """Return the numbers of the text that no hit has used, as digits, neighbours joined too; the customer's left in.

    A word with letters that scanners mistake for digits is read as digits.
    """
    used = {at for hit in hits for at in range(hit.first, hit.last + 1)}
    singles: list[tuple[int, str]] = []
    for at, word in enumerate(words[:WORDS_READ_MAX]):
        if at in used:
            continue
        read = read_as_digits(word)
        if read is None and len(word) > 5 and not word.isalpha():
            tail = word.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            read = read_as_digits(tail) or read_as_digits(word[2:]) if tail else None
        if read is not None:
            singles.append((at, read))
    numbers = [read for _, read in singles]
    for width in (2, 3, 4):
        for start in range(len(singles) - width + 1):
            group = singles[start : start + width]
            if group[-1][0] - group[0][0] == width - 1:
                numbers.append("".join(read for _, read in group))
    if line.reference:
        numbers.append("".join(sign for sign in compact(line.reference) if sign.isdigit()))
    return tuple(dict.fromkeys(number for number in numbers if 3 <= len(number) <= 30))


def likeness(number: str, digits: str) -> tuple[ReasonCode, float] | None:  # noqa: PLR0911 - one way of spoiling each
    """Weigh one number of a text against the digits of one item's number.

    Returns:
        The reason and its weight in nats, None when they do not look related. The longer what agrees, the heavier;
        one more
        digit makes an accident ten times rarer.
    """
    length, whole = len(number), len(digits)
    if whole < 3:
        return None
    if digits.endswith(number) or (whole >= 5 and number.endswith(digits)):
        return ReasonCode.DOCUMENT_TAIL, min(8.0, 1.55 * min(length, whole) - 1.2)
    if length >= 6 and number[:4] == digits[:4] and number[4:] == digits[4 - length :]:
        return ReasonCode.DOCUMENT_CUT, 5.0
    if length >= 5 and 0 < whole - length <= 2 and digits.startswith(number):
        return ReasonCode.DOCUMENT_CUT, min(7.0, 1.4 * length - 4.0 - (whole - length))
    if length < 5 or abs(whole - length) > 2 + whole // 8:
        if 5 <= length < whole:
            return _tail_likeness(number, digits)
        return None
    third = whole // 3
    if (
        number[:third] != digits[:third]
        and number[-third:] != digits[-third:]
        and number[third : third + 2] not in digits
    ):
        return None
    allowed = 1 if whole < 8 else 2 if whole < 14 else 4
    distance = DamerauLevenshtein.distance(number, digits, score_cutoff=allowed)
    if distance > allowed:
        return _tail_likeness(number, digits)
    return ReasonCode.DOCUMENT_ALIKE, min(7.0, 0.9 * (whole if whole < 12 else 10) - 2.6 * distance)


def _tail_likeness(number: str, digits: str) -> tuple[ReasonCode, float] | None:
    tail, half = digits[-len(number) :], len(number) // 2
    if number[:half] != tail[:half] and number[-half:] != tail[-half:]:
        return None
    if len(number) < 5 or DamerauLevenshtein.distance(number, tail, score_cutoff=1) > 1:
        return None
    return ReasonCode.DOCUMENT_ALIKE, 0.9 * len(number) - 3.0


def range_end(words: list[str], hits: list[Hit]) -> tuple[int, int] | None:
    """Return the last digits of both ends of a range like "RE-100 bis 105" whose first is ours, else None."""
    for hit in hits:
        at = hit.last + 1
        if at + 1 < len(words) and words[at] in RANGE_WORDS:
            tail = "".join(word for word in words[at + 1 : at + 4] if word.isdigit())
            digits = "".join(sign for sign in hit.key if sign.isdigit())
            if 3 <= len(tail) <= len(digits):
                start, end = int(digits[-len(tail) :]), int(tail)
                if start <= end:
                    return start, end
    return None


def words_in(line: BankLine) -> list[str]:
    """Return the words of the line's text."""
    return words_of(payer_text(line.text))
