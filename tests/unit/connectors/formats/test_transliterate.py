"""Spelling texts in the characters of banks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.bank_profiles import Characters
from connectors.formats.transliterate import language_of, transliterate, unwritable


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Müller & Söhne GmbH", "de", "Mueller und Soehne GmbH"),
        ("ÄRZTE Ägypten Straße", "de", "AERZTE Aegypten Strasse"),
        ("Müller & Sons", "en", "Muller and Sons"),
        ("R&D", "de", "R+D"),
        ("Hansen & Søn Ångstrøm Æble", "da", "Hansen og Soen Aangstroem Aeble"),
        ("Åkesson Öberg", "sv", "Aakesson Oeberg"),
        ("Öztürk İnşaat ve ışık", "tr", "Ozturk Insaat ve isik"),
        ("Łódź Żółć", "pl", "Lodz Zolc"),
        ("Érard & Œuvre", "fr", "Erard et Oeuvre"),
        ("Þór Æsir", "is", "Thor Aesir"),
        ("Ουρανός Ευάγγελος ΑΥΓΗ", "el", "Ouranos Evangelos AVGI"),
        ("Щербаков", "ru", "Shcherbakov"),
        ("Гончаренко Київ", "uk", "Honcharenko Kyiv"),
        ("Хасково Щъркел", "bg", "Haskovo Shtarkel"),
        ("Ђорђевић Његош", "sr", "Djordjevic Njegos"),
        ("5 € @home_x; [1]", "en", "5 EUR (at)home-x, (1)"),
        ("two\nlines\t and  blanks ", "en", "two lines and blanks"),
        ("ﬁne №5", "en", "fine No5"),
    ],
)
def test_text_when_the_bank_takes_basic_letters_then_its_language_spells_it(
    text: str, language: str, expected: str
) -> None:
    assert transliterate(text, language, Characters.SEPA) == expected
    assert unwritable(text, language, Characters.SEPA) == ""


def test_text_when_the_bank_takes_latin_letters_then_they_stay() -> None:
    text = "Zürich & Genève: Škoda, Łódź, Țară €"

    assert transliterate(text, "de", Characters.LATIN) == text


def test_text_when_no_table_knows_a_letter_then_it_is_named_once() -> None:
    assert unwritable("東京 東 Tokyo", "en", Characters.SEPA) == "東京"
    assert transliterate("東京 Tokyo", "en", Characters.SEPA) == "?? Tokyo"


def test_question_mark_when_written_then_it_is_no_unknown_letter() -> None:
    assert unwritable("really?", "en", Characters.SEPA) == ""


def test_soft_hyphen_when_the_bank_takes_latin_letters_then_it_goes() -> None:
    assert transliterate("Gross\u00adhandel", "de", Characters.LATIN) == "Grosshandel"


def test_country_when_asked_for_its_language_then_it_answers_or_english() -> None:
    assert (language_of("AT"), language_of("SE"), language_of("JP")) == ("de", "sv", "en")


@given(text=st.text(max_size=60), language=st.sampled_from(["de", "da", "el", "ru", "tr", "en", "xx", ""]))
def test_any_text_when_spelled_then_only_characters_of_the_bank_are_left(text: str, language: str) -> None:
    basic = transliterate(text, language, Characters.SEPA)
    latin = transliterate(text, language, Characters.LATIN)

    assert re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]*", basic)
    assert re.fullmatch(r"[\x20-\x7e\xa0-\xac\xae-\u017f€ȘșȚț]*", latin)
    assert transliterate(basic, language, Characters.SEPA) == basic
