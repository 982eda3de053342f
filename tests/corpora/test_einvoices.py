"""Public e-invoices: every field, every verdict and every rule as published, for UBL and CII.

The documents lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``.
"""

import json
import os
import time
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from invoice_capture.einvoice import fields_of_xml, find_xml
from invoice_capture.model import FieldName

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data")) / "invoices"
_EXPECTED = {"einvoice_xml": 74, "einvoice_pdf": 17}
_CASES_EXPECTED = 716
_PER_SECOND = 100


def _rows(name: str) -> list[dict[str, Any]]:
    file = _FOLDER / name
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


_MANIFEST = [row for row in _rows("manifest.jsonl") if row["kind"] in _EXPECTED]
_CASES = _rows("rule_cases_ubl.jsonl")
pytestmark = pytest.mark.skipif(
    not _MANIFEST,
    reason=f"{sum(_EXPECTED.values())} e-invoices and {_CASES_EXPECTED} cases are not here: set TILLBRIDGE_CORPUS",
)


def _xml(row: dict[str, Any]) -> bytes:
    data = Path(_FOLDER / row["path"]).read_bytes()
    if row["kind"] == "einvoice_xml":
        return data
    found, _ = find_xml(data)
    assert found is not None
    assert found.name == row["attachment"]
    return found.data


def _same(name: str, value: str, truth: str) -> bool:
    if name in {FieldName.NET, FieldName.TAX, FieldName.TOTAL, FieldName.PAYABLE, FieldName.PREPAID}:
        try:
            return Decimal(value) == Decimal(truth)
        except InvalidOperation:
            return False
    return "".join(value.split()).casefold() == "".join(truth.split()).casefold()


def test_corpus_when_counted_then_complete() -> None:
    counts = {kind: sum(row["kind"] == kind for row in _MANIFEST) for kind in _EXPECTED}

    assert counts == _EXPECTED
    assert len(_CASES) == _CASES_EXPECTED


@pytest.mark.parametrize("row", _MANIFEST, ids=lambda row: row["id"])
def test_einvoice_when_read_then_every_published_field(row: dict[str, Any]) -> None:
    invoice = fields_of_xml(_xml(row))

    values = {str(name): field.value for name, field in invoice.fields.items()}
    wrong = {
        name: (values.get(name, ""), str(truth))
        for name, truth in row["truth"].items()
        if not _same(name, values.get(name, ""), str(truth))
    }
    assert wrong == {}
    assert invoice.syntax == row["syntax"]
    assert invoice.profile == (row["profile"] or "")


def test_einvoices_when_read_one_after_another_then_fast_enough() -> None:
    files = [_xml(row) for row in _MANIFEST]
    for data in files:
        fields_of_xml(data)

    started = time.process_time()
    for data in files:
        fields_of_xml(data)
    took = time.process_time() - started

    assert len(files) / took >= _PER_SECOND


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    pytest.importorskip("saxonche", reason=f"verdicts of {_EXPECTED['einvoice_xml']} e-invoices need saxonche")
    from invoice_capture.einvoice.validation.engine import Engine

    with Engine() as made:
        yield made


@pytest.mark.parametrize("row", [row for row in _MANIFEST if "verdict" in row], ids=lambda row: row["id"])
def test_einvoice_when_judged_then_the_published_verdict(row: dict[str, Any], engine: Any) -> None:
    verdict = engine.verdict(_xml(row))

    assert verdict.valid is row["verdict"]["valid"]
    assert {one.rule for one in verdict.failed} == set(row["verdict"]["failed_rules"])
    assert {one.rule for one in verdict.warnings} == set(row["verdict"]["warnings"])


def test_unit_cases_when_judged_then_each_rule_speaks_as_expected(engine: Any) -> None:
    wrong = []
    for case in _CASES:
        verdict = engine.verdict(case["xml"].encode("utf-8"))
        said = {one.rule: "warning" for one in verdict.warnings} | {one.rule: "error" for one in verdict.failed}
        wrong += [
            (case["id"], rule, expected, said.get(rule, "success"))
            for rule, expected in case["expect"].items()
            if said.get(rule, "success") != expected or verdict.valid is None
        ]

    assert wrong == []
