"""A folder as an ERP: one file for each document, the same bytes each time, and tables in."""

from __future__ import annotations

import csv
import dataclasses
import io
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from connectors.files.connector import connect
from connectors.files.datev_batch import COLUMNS
from gateway.adapters.clock import SystemClock
from gateway.adapters.table_files import TableFiles
from gateway.domain.erp.documents import EntryLine, JournalEntry, PartyRef, TaxShare
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.put_result import FoundState, PutState
from gateway.domain.erp.records import OrderRecord, RecordKind, VendorRecord
from gateway.ports.erp import ErpAccount, ErpConnector, ErpDocument, hints_of
from tests.support.erp_documents import DAY, EUR, PDF, bill, entry, key_of, payment, sales_day

_MAPPING: Mapping[str, Mapping[str, Any]] = {
    "erp": {"folder": "out", "inbox": "in"},
    "accounts": {"supplies": "6815", "cash": "1000", "bank": "1800"},
    "taxes": {"19": "9", "7": "8", "0": ""},
    "revenue": {"19": "4400"},
    "sales_tax": {"19": "3806"},
    "tenders": {"cash": "1000", "card": "1360"},
    "sales": {"tips": "3790"},
    "datev": {"adviser": "1001", "client": "12"},
}
_CREDITOR = PartyRef("s-1", "Paper Mill", erp_id="70001")
FORMATS = ("csv", "xlsx", "datev")


def _connector(folder: Path, form: str, **changes: Mapping[str, Any]) -> ErpConnector:
    for name in ("in", "out"):
        (folder / name).mkdir(exist_ok=True)
    tables = {name: {**table, **changes.get(name, {})} for name, table in _MAPPING.items()}
    tables["erp"] = {**tables["erp"], "format": form}
    return connect(ErpAccount("a", tables, "", SystemClock(), folder=str(folder), tables=TableFiles()))


def _documents() -> list[ErpDocument]:
    named = (bill(1), payment(2))
    return [*(dataclasses.replace(one, vendor=_CREDITOR) for one in named), entry(3), sales_day(4)]


@pytest.mark.parametrize("form", FORMATS)
def test_document_when_put_twice_then_one_file_and_found_by_its_hash(tmp_path: Path, form: str) -> None:
    connector = _connector(tmp_path, form)
    for document in _documents():
        assert connector.find(document.kind, document.key, hints_of(document)) is None

        first, again = connector.put(document), connector.put(document)

        assert (first.state, again.state) == (PutState.POSTED, PutState.DUPLICATE)
        assert dataclasses.replace(again, state=first.state) == first
        found = connector.find(document.kind, document.key, hints_of(document))
        assert found is not None
        assert (found.state, found.erp_id, found.version) == (FoundState.POSTED, first.erp_id, first.version)
    pdfs = [path.read_bytes() for path in (tmp_path / "out").glob("*.pdf")]
    assert pdfs == [PDF + b"1"]
    assert len(list((tmp_path / "out").iterdir())) == 5


@pytest.mark.parametrize("form", FORMATS)
def test_file_when_written_elsewhere_then_byte_for_byte_the_same(tmp_path: Path, form: str) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        for document in _documents():
            _connector(folder, form).put(document)

    first, second = ({path.name: path.read_bytes() for path in (folder / "out").iterdir()} for folder in folders)
    assert first == second
    for name in (one for one in first if one.endswith(".xlsx")):
        with zipfile.ZipFile(io.BytesIO(first[name])) as book:
            assert b">1980-01-01T00:00:00Z<" in book.read("docProps/core.xml")


def test_file_when_there_with_other_content_then_left_and_told(tmp_path: Path) -> None:
    connector, document = _connector(tmp_path, "csv"), entry(3)
    name = connector.put(document).erp_id
    (tmp_path / "out" / name).write_bytes(b"somebody else")
    (tmp_path / "out" / f".{name}.half").write_bytes(b"left by a crash")

    result = connector.put(document)

    assert (result.state, bool(result.note)) == (PutState.DUPLICATE, True)
    assert (tmp_path / "out" / name).read_bytes() == b"somebody else"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_table_when_read_back_then_amounts_and_no_formula(tmp_path: Path, form: str) -> None:
    usual = dataclasses.replace(bill(1), vendor=dataclasses.replace(_CREDITOR, name='=HYPERLINK("x")'))
    path = tmp_path / "out" / _connector(tmp_path, form).put(usual).erp_id

    head, *rows = (row.cells for row in TableFiles().read(path.read_bytes()))

    lines = [dict(zip(head, row, strict=False)) for row in rows]
    assert sum(Decimal(line["line_net"]) for line in lines) == Decimal(lines[0]["net"]) == Decimal("100.00")
    assert lines[0]["account"] == "6815"
    if form == "csv":
        assert lines[0]["partner_name"] == '\'=HYPERLINK("x")'
    else:
        cells = [cell for row in load_workbook(path).worksheets[0].iter_rows() for cell in row]
        assert "f" not in {cell.data_type for cell in cells}


def _batch(folder: Path, document: ErpDocument) -> tuple[list[str], list[dict[str, str]]]:
    path = folder / "out" / _connector(folder, "datev").put(document).erp_id
    text = path.read_bytes().decode("cp1252")
    assert path.name.startswith("EXTF_")
    assert text.endswith("\r\n")
    head, names, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert tuple(names) == COLUMNS
    assert {len(row) for row in rows} == {125}
    return head, [dict(zip(names, row, strict=True)) for row in rows]


def _told(row: Mapping[str, str]) -> tuple[str, ...]:
    names = ("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "Konto", "Gegenkonto (ohne BU-Schlüssel)")
    return tuple(row[name] for name in (*names, "BU-Schlüssel"))


def test_batch_when_a_bill_then_head_and_gross_postings_with_tax_keys(tmp_path: Path) -> None:
    made = dataclasses.replace(bill(1), vendor=_CREDITOR, number="R/1 ü")

    head, rows = _batch(tmp_path, made)

    assert head[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
    assert (len(head), head[10:16]) == (31, ["1001", "12", "20260101", "4", "20261103", "20261103"])
    assert [_told(row) for row in rows] == [
        ("39,66", "S", "6815", "70001", "9"),
        ("79,34", "S", "6815", "70001", "9"),
    ]
    assert {(row["Belegdatum"], row["Belegfeld 1"], row["Belegfeld 2"]) for row in rows} == {
        ("0311", "R/1--", "031226")
    }
    assert rows[0]["Buchungstext"] == "Paper Mill R/1 ü"
    assert rows[0]["KOST1 - Kostenstelle"] == "Shop"


def test_batch_when_a_credit_note_or_a_rebate_then_the_sides_are_turned(tmp_path: Path) -> None:
    lines = (bill().lines[0], dataclasses.replace(bill().lines[1], tax_code="0", net_minor=-1_000))
    usual = bill(1)
    note = dataclasses.replace(
        usual,
        vendor=_CREDITOR,
        credit_note=True,
        lines=(dataclasses.replace(lines[0], net_minor=10_000), lines[1]),
        net_minor=9_000,
        tax_minor=1_900,
        gross_minor=10_900,
        taxes=(TaxShare("19", Decimal(19), 10_000, 1_900), TaxShare("0", Decimal(0), -1_000, 0)),
    )

    _, rows = _batch(tmp_path, note)

    assert [_told(row)[:2] for row in rows] == [("119,00", "H"), ("10,00", "S")]


def test_batch_when_an_entry_of_many_lines_then_pairs_with_the_same_balances(tmp_path: Path) -> None:
    lines = (
        EntryLine("cash", debit_minor=700),
        EntryLine("supplies", debit_minor=500),
        EntryLine("bank", credit_minor=1_000),
        EntryLine("cash", credit_minor=200),
    )
    _, rows = _batch(tmp_path, JournalEntry(key_of(9), DAY, EUR, "Any", "J-9", lines))

    assert [_told(row)[:4] for row in rows] == [
        ("7,00", "S", "1000", "1800"),
        ("3,00", "S", "6815", "1800"),
        ("2,00", "S", "6815", "1000"),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"datev": {"adviser": "x"}}, "datev.adviser"),
        ({"datev": {"year_begins": "3112"}}, "datev.year_begins"),
        ({"datev": {"account_digits": 3}}, "datev.account_digits"),
    ],
)
def test_mapping_when_wrong_then_its_field_is_named(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ErpFailure) as failed:
        _connector(tmp_path, "datev", **changes)

    assert (failed.value.failure, failed.value.field) == (FailureCode.MAPPING_WRONG, field)


def test_check_when_a_folder_or_an_account_does_not_fit_then_it_is_named(tmp_path: Path) -> None:
    good = _connector(tmp_path, "datev").check()
    odd = _connector(tmp_path, "datev", accounts={"bank": "BANK"}, erp={"folder": "nowhere"}).check()

    assert (good.findings, good.version) == ((), "datev 1")
    assert [one.field for one in odd.findings] == ["erp.folder", "accounts.bank"]


def test_tables_in_when_paged_then_nothing_is_lost_and_a_new_table_begins_anew(tmp_path: Path) -> None:
    connector = _connector(tmp_path, "csv", erp={"decimal": ","})
    inbox = tmp_path / "in"
    (inbox / "vendors.csv").write_text(
        "erp_id;name;iban;terms_days\n70001;Mill;DE02120300000000202051;30\n70002;Ink;;\n"
    )
    orders = "erp_id;number;vendor;currency;ordered_on;line_id;ordered;received;billed;unit_price\n"
    rows = "1;PO-1;70001;EUR;2026-10-01;10;1.000;5;0;4,50\n1;PO-1;70001;EUR;2026-10-01;20;2;0;0;1,00\n"
    (inbox / "orders.csv").write_text(orders + rows)

    first = connector.fetch(RecordKind.VENDOR, "", 1)
    second = connector.fetch(RecordKind.VENDOR, first.next_cursor, 1)
    order = connector.fetch(RecordKind.ORDER, "", 10).records[0]
    (inbox / "vendors.csv").write_text("erp_id;name\n70003;New\n")
    anew = connector.fetch(RecordKind.VENDOR, second.next_cursor, 10)

    assert [one.erp_id for page in (first, second, anew) for one in page.records] == ["70001", "70002", "70003"]
    assert (first.complete, second.complete) == (False, True)
    assert isinstance(first.records[0], VendorRecord)
    assert first.records[0].terms_days == 30
    assert isinstance(order, OrderRecord)
    assert [str(line.ordered) for line in order.lines] == ["1000", "2"]
    assert [str(line.unit_price) for line in order.lines] == ["4.50", "1.00"]
    with pytest.raises(ErpFailure) as failed:
        connector.fetch(RecordKind.CUSTOMER, "", 10)
    assert failed.value.failure is FailureCode.NOT_SUPPORTED
