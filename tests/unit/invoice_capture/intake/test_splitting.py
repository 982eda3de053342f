from __future__ import annotations

import pytest

from invoice_capture.intake.splitting import parts_of
from invoice_capture.model import Page
from invoice_capture.read.published_text import read_published


def _pages(*texts: str) -> list[Page]:
    found = []
    for number, text in enumerate(texts, start=1):
        [page] = read_published({"id": "1", "lines": text.split("\n")}).pages
        found.append(Page(number, page.width, page.height, page.lines, page.source))
    return found


@pytest.mark.parametrize(
    ("texts", "sizes"),
    [
        ((), []),
        (("Invoice No. A-17",), [1]),
        (("Invoice No. A-17\nPage 1 of 2", "Page 2 of 2\nTotal 10.00"), [2]),
        (("Invoice No. A-17", "Invoice No. A-18", "Invoice No. A-18"), [1, 2]),
        (("Rechnungsnummer: 2024/1\nSeite 1 von 1", "Rechnungsnummer: 2024/2\nSeite 1 von 1"), [1, 1]),
        (("Seite 1 von 2", "Seite 2 von 2", "Seite 1 von 1"), [2, 1]),
        (("Invoice No. A-17\nPage 1 of 2", "Page 2 of 2", "Invoice No. A-18\nPage 1 of 1"), [2, 1]),
        (("some words", "more words", "general terms"), [3]),
        (("Invoice No. A-17\nPage 1/2", "Invoice No. A-17\nPage 2/2"), [2]),
        (("Facture n° F100\n1/1", "Facture n° F101\n1/1"), [1, 1]),
        (("Invoice No. A-17", "terms", "Invoice No. A-17"), [3]),
        (("Invoice No. see below", "Invoice No. to come"), [2]),
    ],
)
def test_pages_when_they_say_where_they_belong_then_they_are_parted_there(
    texts: tuple[str, ...], sizes: list[int]
) -> None:
    pages = _pages(*texts)

    parts = parts_of(pages)

    assert [len(part) for part in parts] == sizes
    assert [page for part in parts for page in part] == pages
