from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from invoice_capture.model import Box, Word
from invoice_capture.read.reading_order import lines_of


def _row(top: float, *texts: tuple[float, str], height: float = 10) -> list[Word]:
    """Words of a typewriter: six units a letter."""
    return [Word(text, Box(left, top, left + 6 * len(text), top + height)) for left, text in texts]


def test_lines_when_a_letter_has_two_columns_then_they_are_kept_apart() -> None:
    words = [
        *_row(100, (50, "Kunde"), (86, "AG"), (400, "Rechnung"), (454, "17")),
        *_row(112, (50, "Weg"), (74, "2"), (400, "14.03.2024")),
    ]

    assert [line.text for line in lines_of(words)] == ["Kunde AG", "Rechnung 17", "Weg 2", "14.03.2024"]


def test_lines_when_a_receipt_is_narrow_then_a_row_is_one_line() -> None:
    words = [*_row(100, (10, "TOTAL"), (180, "7.70")), *_row(112, (10, "CASH"), (174, "10.00"))]

    assert [line.text for line in lines_of(words)] == ["TOTAL 7.70", "CASH 10.00"]


def test_lines_when_the_page_slants_then_rows_are_not_mixed() -> None:
    """Three rows of four words, each word three units lower than the one before it."""
    words = [
        Word(f"{row}{place}", Box(place * 50, row * 14 + place * 3, place * 50 + 40, row * 14 + place * 3 + 10))
        for row in range(3)
        for place in range(4)
    ]

    assert [line.text for line in lines_of(words)] == ["00 01 02 03", "10 11 12 13", "20 21 22 23"]


def test_lines_when_a_title_stands_beside_small_print_then_it_is_a_line_of_its_own() -> None:
    words = [*_row(100, (10, "INVOICE"), height=40), *_row(102, (60, "one")), *_row(116, (60, "two"))]

    assert [line.text for line in lines_of(words)] == ["one", "INVOICE", "two"]


def test_lines_when_there_are_blank_words_only_then_there_are_none() -> None:
    assert lines_of([Word("  ", Box(0, 0, 5, 5))]) == ()


_BOXES = st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(0.5, 100), st.floats(0.5, 40))


@given(st.lists(_BOXES, max_size=40))
def test_lines_when_words_stand_anywhere_then_each_is_in_one_line(places: list[tuple[float, ...]]) -> None:
    words = [
        Word(str(number), Box(left, top, left + width, top + height))
        for number, (left, top, width, height) in enumerate(places)
    ]

    lines = lines_of(words)

    assert sorted(word.text for line in lines for word in line.words) == sorted(word.text for word in words)
    assert all(
        one.box.x0 <= other.box.x0 for line in lines for one, other in zip(line.words, line.words[1:], strict=False)
    )
