"""Which lines make a name and an address, and how both are written."""

from __future__ import annotations

from itertools import pairwise

import pytest

from invoice_capture.read.published_text import read_published
from invoice_capture.receipts.segments import Segment, segments_of
from invoice_capture.receipts.writing import address_of, address_run, may_be_name, name_of, name_run


def _segments(*lines: str) -> tuple[Segment, ...]:
    return segments_of(read_published({"id": "own", "lines": list(lines)}).pages)


@pytest.mark.parametrize(
    ("lines", "chosen", "address"),
    [
        # The number of a plot is no postcode: what follows is the same address.
        (
            ("LOT P.T. 41230, BATU 3", "JALAN SUNGAI, MUKIM HILIR", "42100 KLANG, SELANGOR"),
            [0, 1, 2],
            "LOT P.T. 41230, BATU 3 JALAN SUNGAI, MUKIM HILIR 42100 KLANG, SELANGOR",
        ),
        (("PT51234, SEKSYEN U4,", "40150 SHAH ALAM,"), [0, 1], "PT51234, SEKSYEN U4, 40150 SHAH ALAM,"),
        # A second address behind the postcode of the first is another one.
        (
            ("12, JALAN SATU,", "50000 KUALA LUMPUR", "34, JALAN DUA,", "51000 IPOH"),
            [0, 1, 2, 3],
            "12, JALAN SATU, 50000 KUALA LUMPUR",
        ),
        # Postcode and town, and the state alone, belong to it although nothing else says so.
        (("13, JLN TASIK 8", "57000 KL", "INVOICE"), [0], "13, JLN TASIK 8 57000 KL"),
        (
            ("13, JLN TASIK 8", "57000 KL", "SELANGOR, MALAYSIA.", "TAX INVOICE"),
            [0, 1],
            "13, JLN TASIK 8 57000 KL SELANGOR, MALAYSIA.",
        ),
        (("13, JLN TASIK 8", "57000 KL", "ORDER 7"), [0, 1], "13, JLN TASIK 8 57000 KL"),
        # The house stands in a row of its own.
        (("RIVER SHOP", "NO 43-45G,", "TAMAN SUNGAI, 45600 IPOH"), [2], "NO 43-45G, TAMAN SUNGAI, 45600 IPOH"),
        (("RIVER SHOP,", "TAMAN SUNGAI, 45600 IPOH"), [1], "TAMAN SUNGAI, 45600 IPOH"),
        (("HQ ADD: LOT 12, JALAN SATU", "41400 KLANG"), [0, 1], "LOT 12, JALAN SATU 41400 KLANG"),
    ],
)
def test_address_when_its_lines_are_chosen_then_it_is_whole_and_alone(
    lines: tuple[str, ...], chosen: list[int], address: str
) -> None:
    segments = _segments(*lines)

    assert address_of([segments[place].text for place in address_run(segments, chosen)]) == address


@pytest.mark.parametrize(
    ("lines", "chosen", "name"),
    [
        # A legal form is no name: what it belongs to stands above it, in whatever case.
        (("River Grill", "River Chickenland Malaysia", "Sdn Bhd"), [2], "River Chickenland Malaysia Sdn Bhd"),
        (("RIVER SHOP", "TRADING"), [1], "RIVER SHOP TRADING"),
        (("Table 7", "TRADING"), [1], "TRADING"),
    ],
)
def test_name_when_its_lines_are_chosen_then_it_is_whole(lines: tuple[str, ...], chosen: list[int], name: str) -> None:
    segments = _segments(*lines)

    assert name_of([segments[place].text for place in name_run(segments, chosen)]) == name


@pytest.mark.parametrize(
    ("text", "may"),
    [("Cash Sale", False), ("TAX INVOICE:", False), ("Sep", False), ("7-11", True), ("IKEA", True), ("SDN BHD", True)],
)
def test_text_when_it_titles_a_paper_or_is_a_scrap_then_it_is_no_name(text: str, *, may: bool) -> None:
    assert may_be_name(text) is may


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("RIVER SHOP SDN BHD (123456-K)", "RIVER SHOP SDN BHD"),
        ("RIVER SHOP SB(306295-X) FKA LAKE SHOP SB", "RIVER SHOP SB"),
        ("OLD RIVER OWN BY: LAKE SDN BHD", "LAKE SDN BHD"),
        ("#000002 RIVER (M) SDN BHD", "RIVER (M) SDN BHD"),
        ("FKARI TRADING", "FKARI TRADING"),
    ],
)
def test_name_when_other_words_stand_beside_it_then_it_is_the_name_alone(printed: str, name: str) -> None:
    assert name_of([printed]) == name


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("81750 JOHOR BAHRU, JOHOR, TEL NO.: 07-387 3322", ["81750 JOHOR BAHRU, JOHOR", "TEL NO.: 07-387 3322"]),
        ("RIVER SHOP GST ID: 001558", ["RIVER SHOP", "GST ID: 001558"]),
        ("HOTEL 5 STARS", ["HOTEL 5 STARS"]),
        ("TEL: 07-387 3322", ["TEL: 07-387 3322"]),
        ("TELEPHONE CARD 5", ["TELEPHONE CARD 5"]),
    ],
)
def test_line_when_a_number_of_the_shop_begins_in_it_then_it_is_two(line: str, parts: list[str]) -> None:
    segments = _segments(line)

    assert [segment.text for segment in segments] == parts
    assert all(one.box.x1 <= two.box.x0 for one, two in pairwise(segments))
