"""Each benchmark runs on tiny settings and yields its figures; how large they are is never asserted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from bench.run import MET, MISSED, main
from bench.start import slowest_imports


def _document(name: str, options: Sequence[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code = main([name, "--json", *options])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["bench"] == name
    assert code == (MET if document["met"] else MISSED)
    return document


def _figures(document: dict[str, Any]) -> dict[str, Any]:
    return {figure["key"]: figure for figure in document["figures"]}


def test_zvt_when_run_briefly_then_yields_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("zvt", ["--seconds", "0.2"], capsys)

    assert set(_figures(document)) == {"blocks_per_s", "engine_ms_per_sale", "driver_ms_per_sale"}
    assert document["details"]["blocks"] > 10


def test_payments_when_run_briefly_on_sqlite_then_yields_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("payments", ["--seconds", "1", "--rounds", "1", "--no-postgres"], capsys)

    figures = _figures(document)
    measured = {"cpu_ms_sqlite", "group_commit_ratio", "first_byte_p99_ms_sqlite", "first_byte_p99_ms_busy"}
    left_out = {
        "ratio_two_nodes",
        "commits_per_sale",
        "cpu_ms_postgresql",
        "first_byte_p99_ms_postgresql",
    }
    assert {key for key, figure in figures.items() if figure["value"] is not None} == measured
    assert {key for key, figure in figures.items() if figure["value"] is None} == left_out
    assert all(figures[key]["remark"] == "left out on request" for key in left_out)


@pytest.mark.postgres
@pytest.mark.slow
def test_payments_when_run_briefly_on_postgresql_then_two_commits_a_sale(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("payments", ["--seconds", "1", "--rounds", "1", "--scale", "1"], capsys)

    figures = _figures(document)
    assert all(figure["value"] is not None for figure in figures.values())
    assert figures["commits_per_sale"]["value"] == 2.0
    assert figures["commits_per_sale"]["met"] is True
    assert {"ratio_two_nodes", "ratio_one_node", "cpu_ms_postgresql"} <= set(figures)


@pytest.mark.slow
def test_waiting_when_two_terminals_wait_then_yields_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("waiting", ["--terminals", "2", "--requests", "3"], capsys)

    assert set(_figures(document)) == {"get_p99_ms", "post_p99_ms", "get_ratio", "post_ratio"}
    assert document["details"]["bytes_of_streams"] > 0


@pytest.mark.slow
def test_start_when_started_once_then_yields_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("start", ["--starts", "1"], capsys)

    assert set(_figures(document)) == {"start_s", "cpu_s", "first_start_s"}
    assert len(document["details"]["starts_s"]) == 1


@pytest.mark.slow
def test_imports_when_listed_then_by_package() -> None:
    listed = slowest_imports()

    assert " gateway " in listed
    assert listed.splitlines()[-1].split()[0] == "all"
