"""The command `statement read`: one line of JSON for each statement, and one for each file that was refused."""

import io
import json
from pathlib import Path
from typing import Any

from gateway.commands.statement_command import DONE, MISUSED, NOTHING_READ, SOME_REFUSED, main
from tests.support.bank_statements import IBAN, camt, camt_entry, mt940


def _run(folder: Path, files: dict[str, bytes]) -> tuple[int, list[dict[str, Any]], str]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    out, errors = folder / "out.jsonl", io.StringIO()
    code = main(["read", *(str(folder / name) for name in files), "--out", str(out)], errors=errors)
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    return code, [json.loads(line) for line in lines], errors.getvalue()


def test_command_when_files_are_read_then_one_line_for_each_statement(tmp_path: Path) -> None:
    files = {
        "a.xml": camt([camt_entry("10.00", ref="B1"), camt_entry("-2.50")], "-5.00", "2.50"),
        "b.sta": mt940([":61:2603020302C5,00NTRFNONREF"], closing="C260302EUR4,99"),
    }

    code, lines, words = _run(tmp_path, files)

    assert code == DONE
    assert "2 statements, 1 do not add up, 0 files refused" in words
    first = lines[0]
    assert first["file"] == str(tmp_path / "a.xml")
    assert (first["format"], first["id"], first["account"], first["currency"]) == ("camt.053.001.08", "S1", IBAN, "EUR")
    assert (first["opening"], first["closing"], first["balanced"]) == ("-5.00", "2.50", True)
    assert (first["credit_sum"], first["debit_sum"]) == ("10.00", "2.50")
    assert [entry["amount"] for entry in first["entries"]] == ["10.00", "-2.50"]
    assert first["entries"][0]["entry_ref"] == "B1"
    assert (lines[1]["balanced"], lines[1]["difference"]) == (False, "-0.01")


def test_command_when_one_file_is_refused_then_its_line_says_why(tmp_path: Path) -> None:
    code, lines, words = _run(tmp_path, {"a.txt": b"just words", "b.sta": mt940([])})

    assert code == SOME_REFUSED
    assert lines[0]["refused"] == "not_a_statement"
    assert lines[0]["reason"] in words
    assert lines[1]["entries"] == []


def test_command_when_a_message_breaks_off_after_many_entries_then_only_its_refusal_is_written(tmp_path: Path) -> None:
    whole = camt([camt_entry("1.00", ref=f"R{number}") for number in range(1_200)], "0.00", "1200.00")

    code, lines, _ = _run(tmp_path, {"a.xml": whole, "b.xml": whole[:-20], "c.xml": whole})

    assert code == SOME_REFUSED
    assert [line.get("refused") for line in lines] == [None, "bank_message_unreadable", None]
    assert [len(line.get("entries", ())) for line in lines] == [1_200, 0, 1_200]
    assert len({entry["entry_ref"] for entry in lines[2]["entries"]}) == 1_200


def test_command_when_nothing_can_be_read_then_told(tmp_path: Path) -> None:
    out, errors = tmp_path / "out.jsonl", io.StringIO()

    assert main(["read", str(tmp_path / "missing"), "--out", str(out)], errors=errors) == NOTHING_READ
    assert json.loads(out.read_text(encoding="utf-8"))["refused"] == "file_unreadable"


def test_command_when_the_place_cannot_be_written_then_misused(tmp_path: Path) -> None:
    (tmp_path / "a.sta").write_bytes(mt940([]))

    assert main(["read", str(tmp_path / "a.sta"), "--out", str(tmp_path / "no" / "o")], errors=io.StringIO()) == MISUSED
