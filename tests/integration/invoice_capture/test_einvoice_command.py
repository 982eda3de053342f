"""The command `einvoice validate`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from invoice_capture.commands.einvoice_command import DONE, MISUSED, NOT_VALID, NOTHING_JUDGED, main
from tests.support.einvoices import Sample, changed, cii, ubl

pytest.importorskip("saxonche", reason="the rules of EN 16931 need saxonche")


def _run(*words: str) -> tuple[int, str]:
    errors = io.StringIO()
    return main(["validate", *words], errors=errors), errors.getvalue()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_files_when_judged_then_a_line_each_in_their_order(tmp_path: Path) -> None:
    good, bad, other, out = (tmp_path / name for name in ("good.xml", "bad.xml", "other.xml", "out.jsonl"))
    good.write_bytes(ubl(Sample()))
    bad.write_bytes(changed(cii(Sample()), "GrandTotalAmount", "225.96"))
    other.write_bytes(b"<html/>")

    code, told = _run(str(bad), str(good), str(other), str(tmp_path / "none.xml"), "--out", str(out), "--jobs", "2")

    lines = _lines(out)
    assert code == DONE
    assert [line["id"] for line in lines] == ["bad.xml", "good.xml", "other.xml", "none.xml"]
    assert [line["valid"] for line in lines] == [False, True, None, None]
    assert lines[0]["failed_rules"] == ["BR-CO-15", "BR-CO-16"]
    assert lines[0]["warnings"] == []
    assert {one["rule"] for one in lines[0]["failures"]} == {"BR-CO-15", "BR-CO-16"}
    assert all(one["text"] and one["where"] for one in lines[0]["failures"])
    assert lines[2]["not_judged"].startswith("xml_not_invoice")
    assert lines[3]["not_judged"].startswith("file_not_read")
    assert "4/4" in told
    assert "1 valid, 1 not valid, 2 not judged" in told


def test_manifest_when_alone_then_its_einvoices_are_judged_under_its_ids(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(cii(Sample()))
    rows = [
        {"id": "first", "path": "a.xml", "kind": "einvoice_xml"},
        {"id": "scan", "path": "a.jpg", "kind": "receipt_image"},
    ]
    manifest, out = tmp_path / "manifest.jsonl", tmp_path / "out.jsonl"
    manifest.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    code, _ = _run("--manifest", str(manifest), "--out", str(out), "--strict")

    assert code == DONE
    assert [(line["id"], line["valid"]) for line in _lines(out)] == [("first", True)]


def test_strict_when_one_is_not_valid_then_the_exit_code_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(b"<x/>")
    out = str(tmp_path / "out.jsonl")

    assert _run(str(tmp_path / "a.xml"), "--out", out, "--strict")[0] == NOT_VALID
    assert _run(str(tmp_path / "a.xml"), "--out", out)[0] == NOTHING_JUDGED


@pytest.mark.parametrize("manifest", ["", "no json", '{"id": "x"}'])
def test_words_when_wrong_then_said_and_nothing_written(tmp_path: Path, manifest: str) -> None:
    file, out = tmp_path / "m.jsonl", tmp_path / "out.jsonl"
    file.write_text(manifest, encoding="utf-8")

    code, told = _run("--manifest", str(file), "--out", str(out))

    assert code == MISUSED
    assert told
    assert not out.exists()
