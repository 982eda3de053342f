"""Right-to-left and mixed lines as they stand on paper; checked against an independent implementation of UAX #9."""

import pytest

from terminal_driver.printer.arabic_forms import joined
from terminal_driver.printer.reading_order import begins_right_to_left, has_right_to_left, on_paper


@pytest.mark.parametrize(
    ("text", "right_to_left", "drawn"),
    [
        ("Total 5.00", False, "Total 5.00"),
        ("שלום", True, "םולש"),
        ("קפה 2 × 12.50", True, "12.50 × 2 הפק"),
        ("12.50 ₪", True, "₪ 12.50"),
        ("₪12.50 סך", True, "ךס ₪12.50"),
        ("Espresso קפה חם", False, "Espresso םח הפק"),
        ("קפה (Espresso) חם", True, "םח (Espresso) הפק"),
        ("(קפה) חם", True, "םח (הפק)"),
        ("abc (אבג) def", False, "abc (גבא) def"),
        ("טלפון 03-555-1234", True, "03-555-1234 ןופלט"),
        ("٤٥٫٥٠ ريال", True, "لاير ٤٥٫٥٠"),
        ("a [ב] c", False, "a [ב] c"),
        ("ab ", True, " ab"),
        ("", True, ""),
        ("שָׁלוֹם", True, "םוֹלשָׁ"),
    ],
)
def test_line_when_drawn_then_in_reading_order(text: str, drawn: str, *, right_to_left: bool) -> None:
    assert on_paper(text, right_to_left=right_to_left) == drawn


@pytest.mark.parametrize(
    ("text", "backwards", "any_backwards"),
    [
        ("abc", False, False),
        ("12.00", False, False),
        ("אבג", True, True),
        ("12 אבג abc", True, True),
        ("abc אבג", False, True),
        ("٤٥", False, True),
    ],
)
def test_direction_when_asked_then_the_first_letter_decides(text: str, *, backwards: bool, any_backwards: bool) -> None:
    assert (begins_right_to_left(text), has_right_to_left(text)) == (backwards, any_backwards)


def test_brackets_when_too_many_then_the_line_still_comes_out_whole() -> None:
    text = "א" + "(" * 200 + "b" + ")" * 200

    assert sorted(on_paper(text, right_to_left=True)) == sorted(text)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Total", "Total"),
        ("سلام", "\ufeb3\ufefc\ufee1"),
        ("محمد", "\ufee3\ufea4\ufee4\ufeaa"),
        ("لا", "\ufefb"),
        ("دار", "\ufea9\ufe8d\ufead"),
        ("پ", "\ufb56"),
        ("ـبـ", "ـ\ufe92ـ"),
        ("مَدّ", "\ufee3\u064e\ufeaa\u0651"),
        ("ب 5 ب", "\ufe8f 5 \ufe8f"),
    ],
)
def test_arabic_when_joined_then_each_letter_has_its_form(text: str, forms: str) -> None:
    assert joined(text) == forms
