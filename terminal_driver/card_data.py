"""Card numbers are recognised and cut here, in text and in raw bytes, to the one truncation format of the house.

Job: no full card number leaves the driver, whatever field, print line or trace it arrives in. This module does not know
any wire protocol; fields that are *known* to carry card data are dropped or masked by the protocol code itself. Anyone
may import it.

How a number is told from an order number, an IBAN or an article number:

* It passes Luhn and starts with an issuer prefix that is used with exactly this length (table below). Every digit
  string of 12 to 19 digits with these properties is cut; there is no digit string of which we know that it is a card
  number and let it pass, with two named exceptions:
* A 13-digit string whose last digit is also the check digit of an EAN-13 is an article number, unless a word like
  "card", "Karte" or "PAN" stands shortly before it. German article numbers begin with 4, like Visa; one in ten passes
  Luhn. Thirteen-digit card numbers have not been issued for many years.
* A telephone number ("+49 ...") of at most 13 digits.

Valid IBANs and ISO 11649 references (mod 97, length by country) are taken out before the search.
An unbroken digit string longer than 19 digits is one number and hence no card number. Where track data follow a number,
their digits are hidden altogether.
"""

import re
from collections.abc import Iterator
from itertools import chain, pairwise, takewhile

PAN_DIGITS_MIN = 12
PAN_DIGITS_MAX = 19
_SHOWN_FIRST = 6
_SHOWN_LAST = 4
_FIRST_SHOWN_FROM_LENGTH = 15  # shorter numbers show the last four only, else too little would be hidden

# (first prefix, last prefix, lengths). Sources: ISO/IEC 7812 ranges as published by the card schemes.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),  # Mastercard, second range
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("300", "305", frozenset({14, 16, 17, 18, 19})),  # Diners Club
    ("309", "309", frozenset({14, 16, 17, 18, 19})),
    ("36", "36", frozenset({14, 15, 16, 17, 18, 19})),
    ("38", "39", frozenset({14, 16, 17, 18, 19})),
    ("3528", "3589", frozenset({16, 17, 18, 19})),  # JCB
    ("50", "50", frozenset(range(12, 20))),  # Maestro
    ("56", "58", frozenset(range(12, 20))),
    ("6", "6", frozenset(range(12, 20))),  # Maestro, girocard, Discover, UnionPay, RuPay
)

_ISSUERS_BY_DIGIT = {
    first: tuple(issuer for issuer in _ISSUERS if issuer[0][0] <= first <= issuer[1][0]) for first in "23456"
}

_IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})([0-9]{2})",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 "
        "EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 "
        "KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 "
        "PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 "
        "VG24 XK20 ",
    )
}
_REFERENCE_PREFIX = "RF"  # ISO 11649 creditor reference: same check as an IBAN, 5 to 25 characters
_REFERENCE_LENGTH_MAX = 25

_DIGITS = frozenset("0123456789")
_SEPARATORS = " -\u00a0\u2009\u202f\u2010\u2011\u2012\u2013"
_NUMBER = re.compile(
    # Groups as on a card, with the same sign between all of them; or digits with blanks and dashes in any places.
    r"[0-9]{4}([./_:])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{6}\1[0-9]{5})(?![0-9])"
    rf"|[0-9](?:[{re.escape(_SEPARATORS)}]?[0-9]){{{PAN_DIGITS_MIN - 1},}}"
)
_GROUP = re.compile(r"[0-9]+")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ ]?[A-Za-z0-9])")
_CARD_WORD = re.compile(
    r"(?i)(?<![a-z])(?:(?:giro|kredit|credit|debit)?(?:cards?|karten?)|carte|pan|visa|maestro)(?:[^a-z]|no|nr|num)"
)
# What follows the number on track 2 (=, expiry, service code, rest) and track 1 (^, name, ^, the same).
_TRACK_REST = re.compile(r"(?:=|\^[^^?\n]{2,26}\^)[0-9]{7,}")
_TRACK_2_REST = re.compile(r"d[0-9]{2}(?:0[0-9]|1[0-2])[0-9]{3,}")  # the same in BCD
_TEXT_SIGNS = frozenset((*range(0x20, 0x7F), 0x0A, 0x0D, *"äöüÄÖÜß".encode("cp437"), *"äöüÄÖÜß".encode("latin-1")))
_ROUNDS_MAX = 8  # a second one is rare, a third is hardly ever seen; hostile data must not keep the line's owner busy
_TEXT_BESIDE_MIN = 4  # so many signs beside decimal-looking bytes make them part of a text
_WORD_SIGNS_MIN = 3  # words and figures of a text have so many signs on average
_CARD_WORD_REACH = 24  # characters before the number in which such a word counts
_PHONE_DIGITS_MAX = 13

Span = tuple[int, int]


def luhn_valid(digits: str) -> bool:
    """Tell whether a string of ASCII digits passes the Luhn check (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = ord(char) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def is_card_number(digits: str) -> bool:
    """Tell whether a digit string has prefix, length and check digit of a card number (EAN-13s not excepted)."""
    length = len(digits)
    if not PAN_DIGITS_MIN <= length <= PAN_DIGITS_MAX:
        return False
    issuers = _ISSUERS_BY_DIGIT.get(digits[0], ())
    known = any(length in lengths and low <= digits[: len(low)] <= high for low, high, lengths in issuers)
    return known and luhn_valid(digits)


def mask_pan(digits: str) -> str:
    """Cut a number known to be a card number to the house format.

    Args:
        digits: the number; separators are ignored, any other sign (such as a digit the terminal already hid) counts as
            one hidden digit.

    Returns:
        At 15 places and more the first six and last four, stars between; below that stars and the last four;
        at eight places and less only stars.
    """
    places = "".join(sign if "0" <= sign <= "9" else "*" for sign in digits if sign not in _SEPARATORS)
    return "".join("*" if hidden else sign for sign, hidden in zip(places, _hidden(len(places)), strict=True))


def cut_card_numbers(text: str) -> str:
    """Return the text with every card number cut to the house format; separators inside the number fall away."""
    pieces: list[str] = []
    done = 0
    for numbers in _joined(_find(text)):
        start, end = numbers[0][0][0], max(span[1] for span, _ in numbers)
        hidden = {index for _, places in numbers for index in places}
        pieces.append(text[done:start])
        pieces.append(
            "".join("*" if at in hidden else text[at] for at in range(start, end) if text[at] not in _SEPARATORS)
        )
        done = end
    return "".join(pieces) + text[done:] if pieces else text


def cut_card_bytes(data: bytes) -> bytes:
    """Return raw line bytes of the same length in which card numbers are made unreadable.

    ASCII digits become ``*`` (2A), EBCDIC digits ``*`` (5C), BCD digits the nibble E. A BCD number is seen when a
    length byte (plain or LLVAR) before it names its size, when a track separator D follows, or when it stands between
    bytes that are not BCD, unless it is plainly a piece of a text; inside a longer row of BCD bytes nothing tells where
    a number begins, so such rows stay as they are: the protocol code masks its own card fields before a trace is
    written.

    The digits that stay can form a number with the bytes beside them: it is cut, too, so that cutting again changes
    nothing (but for data made up to need ever more rounds).
    """
    if len(data) < PAN_DIGITS_MIN // 2:
        return data
    for _ in range(_ROUNDS_MAX):
        if (cut := _cut_once(data)) == data:
            break
        data = cut
    return data


def _cut_once(data: bytes) -> bytes:
    changed = bytearray(data)
    for at in _hidden_places(data.decode("latin-1")):
        changed[at] = 0x2A
    for at in _hidden_places(_ebcdic_digits(data)):
        changed[at] = 0x5C
    for nibble in _hidden_nibbles(data):
        at, low = divmod(nibble, 2)
        changed[at] = (changed[at] & 0xF0) | 0x0E if low else (changed[at] & 0x0F) | 0xE0
    return bytes(changed)


def _hidden(length: int) -> list[bool]:
    """Say for each place of a number of this length whether it is starred."""
    first = _SHOWN_FIRST if length >= _FIRST_SHOWN_FROM_LENGTH else 0
    last = _SHOWN_LAST if length > 2 * _SHOWN_LAST else 0
    return [first <= place < length - last for place in range(length)]


def _find(text: str) -> Iterator[tuple[Span, list[int]]]:
    """Yield the span of each card number in the text with the indexes of its hidden digits, by rising start."""
    spared: list[Span] | None = None
    for match in _NUMBER.finditer(text):
        if spared is None:  # only texts with long numbers pay for this search
            spared = list(_reference_spans(text))
        groups = [group.span() for group in _GROUP.finditer(text, match.start(), match.end())]
        taken_to = 0
        for first, (start, _) in enumerate(groups):
            end = _longest_number(text, groups, first, spared)
            if end > taken_to:  # one that lies within a longer number shows no digit that the longer one hides
                taken_to = end
                places = [at for at in range(start, end) if text[at] in _DIGITS]
                hidden = [at for at, off in zip(places, _hidden(len(places)), strict=True) if off]
                track = _TRACK_REST.match(text, end)
                rest = range(end, track.end() if track else end)
                yield (start, rest.stop), hidden + [at for at in rest if text[at].isdigit()]


def _longest_number(text: str, groups: list[Span], first: int, spared: list[Span]) -> int:
    """Return where the longest card number ends that begins with this group, or 0."""
    start, longest, digits = groups[first][0], 0, ""
    if text[start] not in _ISSUERS_BY_DIGIT:
        return 0
    for at in range(first, len(groups)):
        digits += text[groups[at][0] : groups[at][1]]
        if len(digits) > PAN_DIGITS_MAX:
            break
        span = (start, groups[at][1])
        if len(digits) >= PAN_DIGITS_MIN and is_card_number(digits) and not _excepted(text, span, digits, spared):
            longest = span[1]
    return longest


def _joined(found: Iterator[tuple[Span, list[int]]]) -> Iterator[list[tuple[Span, list[int]]]]:
    """Gather overlapping numbers: which of them is the card cannot be known, so a digit hidden in one is hidden."""
    together: list[tuple[Span, list[int]]] = []
    for number in found:
        if together and number[0][0] >= max(span[1] for span, _ in together):
            yield together
            together = []
        together.append(number)
    if together:
        yield together


def _excepted(text: str, span: Span, digits: str, spared: list[Span]) -> bool:
    """Apply the exceptions of the module text."""
    start, end = span
    if any(from_ <= start and end <= to for from_, to in spared):
        return True
    if _CARD_WORD.search(text, max(0, start - _CARD_WORD_REACH), start):
        return False
    if len(digits) <= _PHONE_DIGITS_MAX and text[max(0, start - 1) : start] == "+":
        return True
    return any(_is_ean13(group) for group in _GROUP.findall(text[start:end]))


def _is_ean13(digits: str) -> bool:
    """Check length and check digit of an EAN-13 (weights 1 and 3 in turn, sum a multiple of ten)."""
    return len(digits) == 13 and sum((ord(d) - 48) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0


def _reference_spans(text: str) -> Iterator[Span]:
    """Yield the spans of valid IBANs and ISO 11649 references, written with or without single spaces."""
    for match in _IBAN_START.finditer(text):
        country = match.group()[:2].upper()
        wanted = _REFERENCE_LENGTH_MAX if country == _REFERENCE_PREFIX else _IBAN_LENGTHS.get(country, 0)
        signs: list[str] = []
        at = match.start()
        while at < len(text) and len(signs) < wanted:
            sign = text[at]
            if sign.isascii() and sign.isalnum():
                signs.append(sign.upper())
            elif sign != " " or text[at - 1] == " ":
                break
            at += 1
        ends_here = not (text[at : at + 1].isascii() and text[at : at + 1].isalnum())
        complete = len(signs) == wanted or country == _REFERENCE_PREFIX
        if wanted and complete and ends_here and _mod97(signs) == 1:
            yield match.start(), at


def _mod97(signs: list[str]) -> int:
    """Return the ISO 7064 remainder: country and check digits moved to the end, letters as 10 to 35."""
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97


def _hidden_places(text: str) -> set[int]:
    return {at for _, places in _find(text) for at in places}


def _ebcdic_digits(data: bytes) -> str:
    """Spell EBCDIC digits, blanks and hyphens as text of the same length, anything else as a sign that separates.

    The two bytes of an LLVAR length look like EBCDIC digits as well: where they name the size of what follows they
    are spelled as separators.
    """
    signs = [chr(byte - 0xC0) if 0xF0 <= byte <= 0xF9 else {0x40: " ", 0x60: "-"}.get(byte, "|") for byte in data]
    for at in range(len(data) - PAN_DIGITS_MIN - 1):
        if "".join(signs[at : at + 2]).isdigit():
            size = int(signs[at] + signs[at + 1])
            following = "".join(signs[at + 2 : at + 2 + size])
            if (
                size >= PAN_DIGITS_MIN
                and following.isdecimal()
                and len(following) == size
                and is_card_number(following)
            ):
                signs[at : at + 2] = "||"
                signs[at + 2 + size : at + 3 + size] = "|" * len(signs[at + 2 + size : at + 3 + size])
    return "".join(signs)


def _hidden_nibbles(data: bytes) -> set[int]:
    """Return the indexes of the nibbles to hide: see ``cut_card_bytes`` for what counts as a BCD number."""
    nibbles = data.hex()
    hidden: set[int] = set()
    for row in re.finditer(r"[0-9]{12,}", nibbles):
        begin = row.start() + row.start() % 2
        for start, end in _bcd_numbers(data, nibbles, begin, row.end()):
            hidden.update(start + place for place, off in enumerate(_hidden(end - start)) if off)
            if track := _TRACK_2_REST.match(nibbles, end):
                hidden.update(range(end + 1, track.end()))
    return hidden


def _bcd_numbers(data: bytes, nibbles: str, begin: int, end: int) -> Iterator[Span]:
    """Yield nibble spans of card numbers in one row of decimal nibbles; ``begin`` lies on a byte boundary."""
    if _TRACK_2_REST.match(nibbles, end):
        yield from ((start, end) for start in range(begin, end, 2) if is_card_number(nibbles[start:end]))
    for start in range(begin, end - PAN_DIGITS_MIN + 1, 2):
        for size in range(PAN_DIGITS_MIN // 2, PAN_DIGITS_MAX // 2 + 2):
            if _length_says(data, start // 2, size):
                yield from _filling(nibbles, start, start + 2 * size, end)
    if nibbles[end : end + 1] not in ("", "f") and end % 2:
        end -= 1  # the last nibble belongs to a byte that is not BCD
    if is_card_number(nibbles[begin:end]) and not _within_text(data, begin // 2, end // 2):
        yield begin, end


def _filling(nibbles: str, start: int, stop: int, row_end: int) -> Iterator[Span]:
    """Yield the number that fills a field from start to stop, whole or with one F behind."""
    if stop <= row_end and is_card_number(nibbles[start:stop]):
        yield start, stop
    elif stop - 1 == row_end and nibbles[row_end] == "f" and is_card_number(nibbles[start:row_end]):
        yield start, row_end


def _length_says(data: bytes, at: int, size: int) -> bool:
    """Tell whether the byte or the two LLVAR bytes before ``at`` say that ``size`` bytes follow."""
    if at >= 2 and data[at - 2] & 0xF0 == 0xF0 and data[at - 1] & 0xF0 == 0xF0:
        return (data[at - 2] & 0x0F) * 10 + (data[at - 1] & 0x0F) == size
    return at >= 1 and data[at - 1] == size


def _within_text(data: bytes, start: int, end: int) -> bool:
    """Tell whether decimal-looking bytes are part of a text: they read like words, and a text goes on beside them.

    Packed digits look like printable signs often enough, and so do the bytes around them. But they change between
    letters, digits and other signs at nearly every byte, where texts do so seldom, blanks left out.
    """
    signs = data[start:end]
    if not all(0x20 <= byte <= 0x7E for byte in signs):
        return False
    changes = sum(one != other for one, other in pairwise(_sign_kind(byte) for byte in signs if byte != 0x20))
    if changes > len(signs) // _WORD_SIGNS_MIN:
        return False
    beside = chain(
        takewhile(_TEXT_SIGNS.__contains__, reversed(data[max(0, start - _TEXT_BESIDE_MIN) : start])),
        takewhile(_TEXT_SIGNS.__contains__, data[end : end + _TEXT_BESIDE_MIN]),
    )
    return sum(1 for _ in beside) >= _TEXT_BESIDE_MIN


def _sign_kind(byte: int) -> str:
    sign = chr(byte)
    return "letter" if sign.isalpha() else "digit" if sign.isdigit() else "other"
