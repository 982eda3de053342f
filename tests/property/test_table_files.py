"""Whatever bytes are handed in: rows of text, or a refusal with a known code."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from gateway.adapters.table_files import TableFiles
from gateway.domain.errors import InputError
from gateway.domain.payables.import_fields import Cells, ImportKind, columns_of, decimal_mark
from gateway.ports.table_reader import CELL_MAX, COLUMNS_MAX, TableRow

REFUSALS = {"unreadable_table", "table_too_large"}
CELLS = {"number_ambiguous", "number_unreadable", "day_unreadable", "answer_unreadable", "cell_empty"}


def _book() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["number", "name"], ["70001", "Hafen"], [70002, 1.5]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


BOOK = _book()


def _read(data: bytes) -> tuple[TableRow, ...]:
    try:
        rows = TableFiles().read(data)
    except InputError as error:
        assert error.code in REFUSALS  # noqa: PT017  # one of several
        return ()
    for row in rows:
        assert row.cells
        assert len(row.cells) <= COLUMNS_MAX
        assert all(len(cell) <= CELL_MAX for cell in row.cells)
    return rows


@given(st.binary(max_size=400))
def test_bytes_then_rows_or_a_refusal(data: bytes) -> None:
    _read(data)


@settings(max_examples=60)
@given(st.integers(min_value=0, max_value=len(BOOK) - 1), st.integers(min_value=1, max_value=255))
def test_workbook_when_a_byte_is_flipped_then_rows_or_a_refusal(place: int, mask: int) -> None:
    _read(BOOK[:place] + bytes([BOOK[place] ^ mask]) + BOOK[place + 1 :])


@settings(max_examples=40)
@given(st.integers(min_value=0, max_value=len(BOOK)))
def test_workbook_when_cut_then_rows_or_a_refusal(length: int) -> None:
    _read(BOOK[:length])


def test_workbook_then_its_rows() -> None:
    assert [row.cells for row in _read(BOOK)] == [("number", "name"), ("70001", "Hafen"), ("70002", "1.5")]


@pytest.mark.parametrize("hostile", [b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', b"\x00" * (65 * 1024 * 1024)])
def test_workbook_when_it_would_grow_then_refused(hostile: bytes) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", hostile)

    with pytest.raises(InputError) as refused:
        TableFiles().read(file.getvalue())
    assert refused.value.code in REFUSALS


@given(st.text(max_size=30), st.sampled_from([",", ".", ""]))
def test_cell_then_a_value_or_a_refusal(text: str, mark: str) -> None:
    cells = Cells({"field": text}, mark)
    for read in (cells.number, cells.whole, cells.day, lambda name: cells.yes(name, otherwise=False)):
        try:
            read("field")
        except InputError as error:
            assert error.code in CELLS  # noqa: PT017  # one of several


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from([",", "."]))
def test_number_then_it_comes_back_however_it_is_written(value: Decimal, mark: str) -> None:
    other = "." if mark == "," else ","
    grouped = f"{value:,.2f}".replace(",", "_").replace(".", mark).replace("_", other)
    plain = f"{value:.2f}".replace(".", mark)

    assert Cells({"n": grouped}, mark).number("n") == value
    assert Cells({"n": plain}, mark).number("n") == value
    assert decimal_mark([plain]) == mark


@given(st.lists(st.text(max_size=12), max_size=12))
def test_headings_then_columns_or_a_refusal(headings: list[str]) -> None:
    for kind in ImportKind:
        with pytest.raises(InputError) as refused:
            columns_of(kind, headings)
        assert refused.value.code in {"columns_missing", "column_repeated"}
