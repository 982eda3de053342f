"""What a person types is read as what it may mean; nothing that can be typed breaks the reading."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.journal import WORDS_MAX, ClueKind, Question, read_question
from gateway.domain.money import Currency

NOW = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
"""Half past midnight on the 30th in Berlin, the day after the clocks were put forward."""
BERLIN = ZoneInfo("Europe/Berlin")
EUR = Currency.of("EUR")


def read(text: str, currency: Currency = EUR) -> Question:
    return read_question(text, now=NOW, zone=BERLIN, currency=currency)


def amounts(text: str, currency: Currency = EUR) -> set[int]:
    return {clue.minor for word in read(text, currency).words for clue in word if clue.kind is ClueKind.AMOUNT}


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("9.30", 930),
        ("9,30", 930),
        ("9,3", 930),
        ("9", 900),
        ("€9.30", 930),
        ("9,30€", 930),
        ("EUR 9.30", 930),
        ("eur9.30", 930),
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("1'234.50", 123450),
        ("-9.30", 930),
    ],
)
def test_amount_in_any_notation_then_its_minor_units(text: str, minor: int) -> None:
    assert amounts(text) == {minor}


def test_amount_with_more_places_than_the_currency_then_none() -> None:
    assert amounts("9.305") == set()
    assert amounts("9.30", Currency.of("JPY")) == set()
    assert amounts("930", Currency.of("JPY")) == {930}


def kinds(text: str) -> set[ClueKind]:
    [word] = read(text).words
    return {clue.kind for clue in word}


def test_word_then_all_it_may_mean() -> None:
    assert {ClueKind.AMOUNT, ClueKind.NUMBER, ClueKind.CARD, ClueKind.CODE} <= kinds("1234")
    assert kinds("..1234") == {ClueKind.CARD, ClueKind.WORDS}
    assert {ClueKind.ID, ClueKind.CODE} <= kinds("1a2b3c4d")
    assert ClueKind.ID not in kinds("123456")
    assert ClueKind.ID in kinds("0197b2c0-0000-7000-8000-000000000001")
    assert kinds("tisch") >= {ClueKind.WORDS}
    assert ClueKind.WORDS not in kinds("9.30")


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("today", "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"),
        ("heute", "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"),
        ("yesterday", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("2026-03-02", "2026-03-02T00:00:00+01:00", "2026-03-03T00:00:00+01:00"),
        ("02.03.2026", "2026-03-02T00:00:00+01:00", "2026-03-03T00:00:00+01:00"),
        ("2.3.26", "2026-03-02T00:00:00+01:00", "2026-03-03T00:00:00+01:00"),
        ("2.3.", "2026-03-02T00:00:00+01:00", "2026-03-03T00:00:00+01:00"),
        ("31.12.", "2025-12-31T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("0:15", "2026-03-30T00:15:00+02:00", "2026-03-30T00:16:00+02:00"),
    ],
)
def test_day_or_time_then_its_window_by_the_shops_clock(text: str, since: str, until: str) -> None:
    question = read(text)

    assert question.words == ()
    assert question.since == datetime.fromisoformat(since)
    assert question.until == datetime.fromisoformat(until)


@pytest.mark.parametrize("text", ["30.2.", "2026-13-01", "0.0.", "99.99.2026"])
def test_day_that_is_none_then_sought_as_a_word(text: str) -> None:
    assert read(text).since is None
    assert len(read(text).words) == 1


@given(st.text(max_size=400))
def test_anything_typed_then_read_within_limits(text: str) -> None:
    question = read(text)

    assert len(question.words) <= WORDS_MAX
    assert all(word for word in question.words)
    assert (question.since is None) == (question.until is None)
