"""What a customer's paper may show of a card (C4): the last four digits, never more, and no expiry date."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.cards.card_text import customer_lines, customer_text


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("672590*********0001", "***************0001"),
        ("PAN 4111 11** **** 1111", "PAN **** **** **** 1111"),
        ("Karte 4111-11XX-XXXX-1111", "Karte ****-**XX-XXXX-1111"),
        ("411111xxxxxx1111 EUR", "******xxxxxx1111 EUR"),
        ("4111##########11", "****##########11"),
        ("1234************", "****************"),
        ("374245*****1000", "***********1000"),
    ],
)
def test_masked_number_shows_its_last_four_places_only(printed: str, shown: str) -> None:
    assert customer_text(printed) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Terminal-ID 52500041",
        "VU-Nr. 455600123456",
        "TA-Nr. 000500 BNr. 0041",
        "*** KUNDENBELEG ***",
        "11.03.2026 12:30:11 Uhr",
        "Beleg #12345678",
        "Rabatt xx12",
    ],
)
def test_text_that_is_no_card_is_left_alone(text: str) -> None:
    assert customer_lines((text,)) == (text,)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (("Gültig bis: 12/27 Folge 1",), ("Gültig bis: **/** Folge 1",)),
        (("gueltig bis 1227",), ("gueltig bis ****",)),
        (("EXP.DATE 12/2027",), ("EXP.DATE **/****",)),
        (("Expiry date 2712",), ("Expiry date ****",)),
        (("VALID THRU 12-27",), ("VALID THRU **-**",)),
        (("Verfalldatum", "", "  12/27"), ("Verfalldatum", "", "  **/**")),
        (("Gültig bis", "Betrag 12.34 EUR", "12/27"), ("Gültig bis", "Betrag 12.34 EUR", "12/27")),
    ],
)
def test_expiry_date_is_hidden_by_its_label(printed: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert customer_lines(printed) == shown


@given(
    first=st.text("0123456789", min_size=0, max_size=6),
    last=st.text("0123456789", min_size=0, max_size=4),
    mask=st.sampled_from("*#xX\u2022"),
    gap=st.sampled_from(["", " ", "-", "."]),
    around=st.sampled_from([("", ""), ("PAN ", ""), ("", " EUR"), ("(", ")")]),
)
def test_no_masked_number_ever_shows_more_than_four_digits(
    first: str, last: str, mask: str, gap: str, around: tuple[str, str]
) -> None:
    number = first + mask * (16 - len(first) - len(last)) + last
    printed = around[0] + gap.join(number[at : at + 4] for at in range(0, 16, 4)) + around[1]

    shown = customer_text(printed)

    assert len(shown) == len(printed)
    assert len(re.sub(r"[^0-9]", "", shown)) <= 4
    assert re.sub(r"[^0-9]", "", shown).endswith(last)
