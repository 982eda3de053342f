"""Public bank files: each statement as the manifest tells it, or refused by name.

The files lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.statements.amounts import exact_sum
from connectors.statements.detect import read_statements
from connectors.statements.statement import Statement
from gateway.domain.errors import InputError
from gateway.domain.money import Money

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data")) / "statements"
_EXPECTED = 125
_REFUSED = {
    "camt/genkgo-camt053.v2.wrong.xml": "statement_empty",
    "ofx/oca-test_ofx_wrong.ofx": "statement_commented_out",
}
_MANIFEST: list[dict[str, Any]] = (
    json.loads((_FOLDER / "manifest.json").read_text(encoding="utf-8")) if (_FOLDER / "manifest.json").exists() else []
)
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not _MANIFEST, reason=f"{_EXPECTED} bank files are not here: set TILLBRIDGE_CORPUS"),
]


def _rows(*folders: str) -> list[Any]:
    rows = [row for row in _MANIFEST if row["file"].partition("/")[0] in folders]
    return [pytest.param(row, id=row["file"]) for row in rows if row["file"] not in _REFUSED]


def _read(row: dict[str, Any]) -> tuple[Statement, ...]:
    return read_statements((_FOLDER / row["file"]).read_bytes())


def _plain(amount: Money | None) -> Decimal | None:
    return None if amount is None else Decimal(amount.to_decimal())


def _said(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _total(statements: tuple[Statement, ...], side: str) -> Decimal:
    return sum((_plain(getattr(one, side)) or Decimal(0) for one in statements), Decimal(0))


def test_corpus_when_counted_then_complete() -> None:
    assert len(_MANIFEST) == _EXPECTED


@pytest.mark.parametrize("row", _rows("camt"))
def test_account_messages_when_read_then_each_statement_is_as_published(row: dict[str, Any]) -> None:
    found = _read(row)

    assert [one.format for one in found] == [row["format"]] * len(row["statements"])
    for one, wanted in zip(found, row["statements"], strict=True):
        assert (one.id, one.account) == (wanted["id"], wanted["account"])
        assert (one.currency.code if one.currency else None) == wanted["currency"]
        assert (_plain(one.opening), _plain(one.closing)) == (_said(wanted["opening"]), _said(wanted["closing"]))
        assert len(one.entries) == wanted["entries"]
        assert sum(len(entry.details) for entry in one.entries) == wanted["transaction_details"]
        assert sum(entry.reversal for entry in one.entries) == wanted["reversal_entries"]
        assert _plain(one.credit_sum) == _said(wanted["credit_sum"])
        assert _plain(one.debit_sum) == _said(wanted["debit_sum"])
        assert one.balanced == wanted.get("balances_add_up")


@pytest.mark.parametrize("row", _rows("mt940"))
def test_mt940_when_read_then_each_block_is_as_published(row: dict[str, Any]) -> None:
    found = _read(row)

    for one, wanted in zip(found, row["statements"], strict=True):
        assert (one.id or None, one.account or None) == (wanted["reference"], wanted["account"])
        assert (one.sequence or None) == wanted["number"]
        assert _plain(one.opening) == _said(wanted.get("opening"))
        assert _plain(one.closing) == _said(wanted.get("closing"))
        assert len(one.entries) == wanted["entries"]
        assert (_plain(one.credit_sum) or Decimal(0)) == _said(wanted["credit_sum"])
        assert (_plain(one.debit_sum) or Decimal(0)) == _said(wanted["debit_sum"])
        assert one.balanced == wanted.get("balances_add_up")


@pytest.mark.parametrize("row", _rows("ofx"))
def test_ofx_when_read_then_it_is_as_the_tags_say(row: dict[str, Any]) -> None:
    found, wanted = _read(row), row["by_tag"]

    assert [one.account for one in found] == wanted["accounts"]
    assert sum(len(one.entries) for one in found) == wanted["entries"]
    assert _total(found, "credit_sum") == _said(wanted["credit_sum"])
    assert _total(found, "debit_sum") == _said(wanted["debit_sum"])
    balances = [_plain(one.closing) for one in found if one.closing is not None]
    assert balances == [_said(text.replace(",", ".")) for text in wanted["ledger_balances"]]


@pytest.mark.parametrize("row", _rows("ach"))
def test_nacha_when_read_then_entries_codes_and_totals_are_as_published(row: dict[str, Any]) -> None:
    (found,) = _read(row)

    left_out = sum(defect.code == "entry_left_out" for defect in found.defects)
    assert len(found.entries) + left_out == row["entries"]
    if "file_control" in row and row.get("credit_sum_cents") is not None:
        assert found.credit_sum is not None
        assert found.debit_sum is not None
        assert (found.credit_sum.minor, found.debit_sum.minor) == (row["credit_sum_cents"], row["debit_sum_cents"])
        assert found.balanced is row["totals_agree"]
    for kind, codes in (("return", row["return_codes"]), ("change", row["change_codes"])):
        assert sorted({one.facts.return_reason for one in found.entries if one.kind == kind}) == codes


def test_nacha_when_an_amount_is_no_number_then_it_is_a_defect_with_its_place() -> None:
    row = next(row for row in _MANIFEST if row["file"].endswith("invalid-two-micro-deposits.ach"))

    (found,) = _read(row)

    assert found.balanced is False
    assert ("entry_left_out", "line 15") in {(one.code, one.position) for one in found.defects}


@pytest.mark.parametrize("row", _rows("acquirer", "csv"))
def test_tables_when_read_then_every_record_and_column_sum_is_as_published(row: dict[str, Any]) -> None:
    found = _read(row)

    assert {one.records for one in found} == {row["records"]}
    for name, total in row["column_sums"].items():
        assert Decimal(found[0].column_sums[name]) == Decimal(total)
    assert not [defect for one in found for defect in one.defects if defect.code == "entry_left_out"]


def test_settlement_report_when_read_then_gross_less_fees_is_the_payout() -> None:
    row = next(row for row in _MANIFEST if row["file"].endswith("detail_report_donation-ach.csv"))

    (found,) = _read(row)

    payment, payout = found.entries
    assert payment.gross is not None
    assert payment.fee is not None
    assert exact_sum([payment.gross.to_decimal(), payment.fee.to_decimal()]) == "0.78"
    assert (payout.kind, payout.amount.to_decimal(), found.balanced) == ("payout", "-0.78", True)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *_REFUSED.items(),
        *((row["file"], "not_a_statement") for row in _MANIFEST if row["file"].startswith(("pain001/", "pain002/"))),
    ],
)
def test_files_when_no_statement_is_in_them_then_refused_by_name(name: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_statements((_FOLDER / name).read_bytes())

    assert refused.value.code == code
