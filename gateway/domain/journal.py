"""What a person asks the journal, and what it finds: "where is this 9.30?".

A question is read word by word. A day narrows it; every other word is a clue that may mean several things (``1234`` is
an amount, a number and the end of a card), and what is found fits every word. Pure.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from gateway.domain.ids import RegisterId
from gateway.domain.money import Currency, Money

WORDS_MAX = 8
"""Words of one question; who types more has pasted something."""
WORD_MAX = 64
"""Characters of one word."""

_POINT = re.compile(r"-?[0-9]{1,3}(?:[, '’][0-9]{3})+\.[0-9]{1,3}|-?[0-9]{1,12}\.[0-9]{1,3}")
_COMMA = re.compile(r"-?[0-9]{1,3}(?:[. '’][0-9]{3})+,[0-9]{1,3}|-?[0-9]{1,12},[0-9]{1,3}")
_WHOLE = re.compile(r"[0-9]{1,12}")
_MARKED_CARD = re.compile(r"(?:\.\.|··|\*+|x+)([0-9]{4})")
_ID = re.compile(r"[0-9a-f]{8}|[0-9a-f]{32}")
"""The end of an id as receipts print it, or all of it."""
_CODE = re.compile(r"[0-9a-z-]{3,12}")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}|[0-9]{2})?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_TODAY = frozenset({"today", "heute"})
_YESTERDAY = frozenset({"yesterday", "gestern"})
_MARKS = ("€", "$", "£", "chf", "eur", "usd", "gbp")


class ClueKind(StrEnum):
    """What a word may mean."""

    AMOUNT = "amount"
    NUMBER = "number"
    """of a document, or a running number of a terminal"""
    CARD = "card"
    """the last four digits of a card"""
    CODE = "code"
    """an authorisation code, or the end of a voucher's code"""
    ID = "id"
    """the end of an id, as receipts print it, or all of it"""
    WORDS = "words"
    """a part of a reference, a name or a reason"""


class ThingKind(StrEnum):
    """What is found."""

    PAYMENT = "payment"
    REFUND = "refund"
    SALE = "sale"
    TENDER = "tender"
    GIVE_BACK = "give_back"
    VOUCHER = "voucher"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class Clue:
    """One meaning of one word. ``minor``: of an amount; ``number``: of a number."""

    kind: ClueKind
    text: str
    minor: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``words``: the meanings of each word; ``since`` is included, ``until`` is not."""

    words: tuple[tuple[Clue, ...], ...]
    since: datetime | None
    until: datetime | None

    @property
    def empty(self) -> bool:
        """Nothing is asked."""
        return not self.words and self.since is None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found.

    Attributes:
        sale_id: of the sale it belongs to, if it belongs to one.
        state: as its own kind names it; empty where it has none.
        who: person or key that made it.
        detail: a reference, a reason or the like.
        clues: the kinds of clue it was found by.
    """

    kind: ThingKind
    id: uuid.UUID
    at: datetime
    amount: Money
    register_id: RegisterId | None
    sale_id: uuid.UUID | None
    state: str
    who: str
    detail: str
    clues: frozenset[ClueKind] = frozenset()


def read_question(text: str, *, now: datetime, zone: tzinfo, currency: Currency) -> Question:
    """Read what a person typed.

    Args:
        text: anything; at most eight words of 64 characters are read.
        now: to know what today is, and which year is meant.
        zone: the store's time zone.
        currency: whose minor units an amount without a currency is read in.
    """
    today = now.astimezone(zone).date()
    day: date | None = None
    clock: time | None = None
    words: list[tuple[Clue, ...]] = []
    for word in text.lower().split()[:WORDS_MAX]:
        bare = _without_marks(word[:WORD_MAX])
        if not bare:
            continue
        found = _day(bare, today)
        if found is not None:
            day = found
        elif match := _CLOCK.fullmatch(bare):
            clock = time(int(match[1]), int(match[2]))
        else:
            words.append(_clues(bare, currency))
    since, until = _window(day or (today if clock else None), clock, zone)
    return Question(tuple(words), since, until)


def _window(day: date | None, clock: time | None, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    if day is None:
        return None, None
    since = datetime.combine(day, clock or time(), zone)
    # Calendar arithmetic on the wall clock: a day in which the clocks change is as long as it is.
    until = since + timedelta(minutes=1) if clock else datetime.combine(day + timedelta(days=1), time(), zone)
    return since, until


def _without_marks(word: str) -> str:
    bare = word.strip("\"'()[]")
    for mark in _MARKS:
        if bare.startswith(mark) and bare[len(mark) :][:1].isdigit():
            bare = bare[len(mark) :]
        elif bare.endswith(mark) and bare[: -len(mark)][-1:].isdigit():
            bare = bare[: -len(mark)]
        elif bare == mark:
            return ""
    return bare


def _clues(word: str, currency: Currency) -> tuple[Clue, ...]:
    found: list[Clue] = []
    amount = _amount(word)
    if amount is not None and (minor := _minor(amount, currency)) is not None:
        found.append(Clue(ClueKind.AMOUNT, word, minor=minor))
    if _WHOLE.fullmatch(word):
        found.append(Clue(ClueKind.NUMBER, word, number=int(word)))
        if len(word) == 4:
            found.append(Clue(ClueKind.CARD, word))
    if match := _MARKED_CARD.fullmatch(word):
        found.append(Clue(ClueKind.CARD, match[1]))
    if _CODE.fullmatch(word):
        found.append(Clue(ClueKind.CODE, word.upper()))
    plain = word.replace("-", "")
    if _ID.fullmatch(plain):
        found.append(Clue(ClueKind.ID, plain))
    if amount is None or not found:
        found.append(Clue(ClueKind.WORDS, word))
    return tuple(found)


def _amount(word: str) -> Decimal | None:
    if _POINT.fullmatch(word):
        return abs(Decimal(re.sub(r"[, '’]", "", word)))
    if _COMMA.fullmatch(word):
        return abs(Decimal(re.sub(r"[. '’]", "", word).replace(",", ".")))
    return Decimal(word) if _WHOLE.fullmatch(word) else None


def _minor(amount: Decimal, currency: Currency) -> int | None:
    scaled = amount.scaleb(currency.exponent)
    return int(scaled) if scaled == scaled.to_integral_value() else None


def _day(word: str, today: date) -> date | None:
    if word in _TODAY:
        return today
    if word in _YESTERDAY:
        return today - timedelta(days=1)
    try:
        if match := _ISO_DAY.fullmatch(word):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DAY.fullmatch(word):
            return _day_of_month(int(match[1]), int(match[2]), match[3], today)
    except ValueError:
        return None
    return None


def _day_of_month(day: int, month: int, year: str | None, today: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = date(today.year, month, day)
    # The journal holds the past: a day that is still to come was meant a year ago.
    return found if found <= today else date(today.year - 1, month, day)
