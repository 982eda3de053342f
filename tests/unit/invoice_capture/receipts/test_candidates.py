"""Dates and amounts of a receipt: which there are, and what an amount is called."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoice_capture.read.published_text import read_published
from invoice_capture.receipts.choosing import chances
from invoice_capture.receipts.dates import date_candidates
from invoice_capture.receipts.segments import Segment, segments_of
from invoice_capture.receipts.totals import amounts_of, best_amount, label_of, total_candidates, value_of


def _segments(*lines: str) -> tuple[Segment, ...]:
    return segments_of(read_published({"id": "own", "lines": list(lines)}).pages)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("DATE: 05/03/2018", "2018-03-05"),
        ("01:34PM 568017 05 02-18", "2018-02-05"),
        ("05 02-18 OR 06/03/2018", "2018-03-06"),
        ("23-04-17 11:20", "2017-04-23"),
        ("12Mar2018 18:19", "2018-03-12"),
        ("2018-11-30", "2018-11-30"),
        ("13/25/2018", ""),
        ("TEL 03-5547360", ""),
        ("JUNE 8, 2019", "2019-06-08"),
        ("12/25/2018", "2018-12-25"),
    ],
)
def test_date_when_printed_then_it_is_found_once(text: str, value: str) -> None:
    found = [one.value.isoformat() for one in date_candidates(_segments(text))]

    assert found == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("SUB TOTAL", "subtotal"),
        ("ROUNDED TOTAL RM", "rounded"),
        ("ROUNDING ADJ", "rounding"),
        ("TOTAL (INCLUSIVE OF GST):", "including"),
        ("TOTAL QTY", "total_quantity"),
        ("GRAND TOTAL", "grand"),
        ("CHANGE", "change"),
        ("RM", "none"),
        ("GREEN APPLE", "item"),
    ],
)
def test_label_when_an_amount_has_a_name_then_its_class_is_known(text: str, label: str) -> None:
    assert label_of(text) == label


@pytest.mark.parametrize(
    ("number", "value"), [("1,234.50", "1234.50"), ("8 .20", "8.20"), ("1.234,50", "1234.50"), ("7,00", "7.00")]
)
def test_amount_when_its_signs_differ_then_its_value_is_the_same(number: str, value: str) -> None:
    assert value_of(number) == Decimal(value)


def test_amounts_when_a_sign_stands_apart_then_it_is_no_part_of_what_is_printed() -> None:
    apart, glued = (total_candidates(amounts_of(_segments(text)))[0] for text in ("TOTAL RM 9.00", "TOTAL RM9.00"))

    assert best_amount(apart).printed == "9.00"
    assert best_amount(glued).printed == "RM9.00"


def test_amounts_when_there_is_a_percentage_or_a_code_then_it_is_none() -> None:
    assert amounts_of(_segments("GST @6.00%", "REF A12.34.56")) == []


def test_chances_when_weighed_then_they_add_up_to_one() -> None:
    found = chances([{"a": 1.0}, {"b": 1.0}, {}], {"a": 2.0, "b": -1.0})

    assert sum(found) == pytest.approx(1.0)
    assert found[0] > found[2] > found[1]
    assert chances([], {}) == []
