from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from invoice_capture.commands.capture_command import DONE, MISUSED, NOTHING_READ, main
from invoice_capture.commands.progress_bar import ProgressBar
from tests.support.drawn_documents import pdf_of, zip_of

pytestmark = pytest.mark.ocr


def _invoice(number: int) -> bytes:
    return pdf_of(
        [
            [
                (50, 60, "Nordwind Handel GmbH"),
                (50, 74, "Hafenstrasse 12, 20457 Hamburg"),
                (50, 140, f"Rechnungsnummer: R-{number}"),
                (50, 154, "Rechnungsdatum: 14.03.2024"),
                (50, 300, "Nettobetrag 100,00 EUR"),
                (50, 314, "USt 19 % 19,00 EUR"),
                (50, 328, "Gesamtbetrag 119,00 EUR"),
            ]
        ]
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _run(*words: object) -> tuple[int, str]:
    errors = io.StringIO()
    return main([str(word) for word in ("--engine", "none", *words)], errors=errors), errors.getvalue()


def test_command_when_files_are_read_then_each_has_a_line_in_their_order(tmp_path: Path) -> None:
    files = []
    for number in (1, 2, 3):
        files.append(tmp_path / f"{number}.pdf")
        files[-1].write_bytes(_invoice(number))
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 broken")
    (tmp_path / "post.zip").write_bytes(zip_of({"a.pdf": _invoice(4), "b.pdf": _invoice(5)}))
    out = tmp_path / "out.jsonl"

    code, words = _run(*files, tmp_path / "bad.pdf", tmp_path / "post.zip", "--out", out, "--jobs", 2)

    lines = _lines(out)
    assert code == DONE
    assert [line["id"] for line in lines] == ["1.pdf", "2.pdf", "3.pdf", "bad.pdf", "post.zip", "post.zip#2"]
    assert lines[0]["fields"]["total"] == "119.00"
    assert lines[0]["fields"]["date"] == "2024-03-14"
    assert lines[0]["fields"].keys() == lines[0]["confidence"].keys() == lines[0]["evidence"].keys()
    assert lines[0]["evidence"]["total"]["places"][0]["page"] == 1
    assert lines[3]["error"]["code"] == "pdf_broken"
    assert "5/5" in words
    assert "5 invoices" in words
    assert "1 documents could not be read" in words


def test_command_when_there_is_a_manifest_then_it_gives_ids_and_files(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "1.pdf").write_bytes(_invoice(1))
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text(json.dumps({"id": "first", "path": "docs/1.pdf"}) + "\n")

    for words in ((), (tmp_path / "docs" / "1.pdf",)):
        code, _ = _run(*words, "--manifest", manifest, "--out", tmp_path / "out.jsonl")

        assert code == DONE
        assert [line["id"] for line in _lines(tmp_path / "out.jsonl")] == ["first"]


def test_command_when_text_is_given_then_no_pixels_are_read(tmp_path: Path) -> None:
    text = tmp_path / "text.jsonl"
    text.write_text(
        json.dumps({"id": "t1", "lines": ["NORDWIND HANDEL GMBH", "Invoice No. 17", "Total EUR 10.00"]}) + "\n"
    )

    code, _ = _run("--text", text, "--out", tmp_path / "out.jsonl")

    assert code == DONE
    assert [line["id"] for line in _lines(tmp_path / "out.jsonl")] == ["t1"]


def test_command_when_nothing_can_be_read_then_the_exit_code_says_so(tmp_path: Path) -> None:
    code, _ = _run(tmp_path / "missing.pdf", "--out", tmp_path / "out.jsonl")

    assert code == NOTHING_READ
    assert _lines(tmp_path / "out.jsonl")[0]["error"]["code"] == "file_not_read"


@pytest.mark.parametrize("words", [(), ("--manifest", "missing.jsonl"), ("--text", "missing.jsonl")])
def test_command_when_it_is_called_wrongly_then_it_says_what_is_missing(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, told = _run(*words, "--out", tmp_path / "out.jsonl")

    assert code == MISUSED
    assert told


def test_bar_when_nobody_watches_then_only_some_lines_are_written() -> None:
    stream = io.StringIO()
    bar = ProgressBar(100, stream)

    for number in range(100):
        bar.advance(str(number))

    assert stream.getvalue().count("\n") == 10
    assert "100/100" in stream.getvalue().splitlines()[-1]
