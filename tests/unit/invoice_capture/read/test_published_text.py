from __future__ import annotations

import json
from typing import Any

import pytest

from invoice_capture.errors import Refused
from invoice_capture.model import PageSource
from invoice_capture.read.published_text import read_published, read_published_line


def test_text_when_it_has_boxes_then_rows_are_lines() -> None:
    row = {
        "id": "r1",
        "words": ["TOTAL", "7.70", "NORDWIND"],
        "boxes": [[10, 40, 60, 52], [120, 41, 150, 53], [10, 10, 90, 22]],
        "size": {"width": 200, "height": 300},
    }

    identity, document = read_published_line(json.dumps(row))

    [page] = document.pages
    assert (identity, page.source, page.width, page.height) == ("r1", PageSource.PUBLISHED, 200, 300)
    assert [line.text for line in page.lines] == ["NORDWIND", "TOTAL 7.70"]


def test_text_when_it_has_lines_then_their_order_and_columns_are_kept() -> None:
    [page] = read_published({"id": "r1", "lines": ["NORDWIND", "", "TOTAL    7.70"]}).pages

    assert [line.text for line in page.lines] == ["NORDWIND", "TOTAL 7.70"]
    total, amount = page.lines[1].words
    assert (total.box.x0, total.box.x1, amount.box.x0) == (0, 50, 90)
    assert page.lines[1].box.y0 > page.lines[0].box.y1


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1"},
        {"id": "1", "words": ["a"], "boxes": []},
        {"id": "1", "words": ["a"], "boxes": [[1, 2, 3]]},
        {"id": "1", "words": ["a"], "boxes": [["x", 2, 3, 4]]},
        {"id": "1", "lines": 7},
    ],
)
def test_text_when_it_is_broken_then_it_is_refused_by_name(row: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read_published(row)

    assert refused.value.code == "published_text_broken"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lines": []}', "[" * 100_000])
def test_line_when_it_is_no_object_with_an_id_then_it_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_published_line(text)
