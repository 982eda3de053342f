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


def test_terminal_when_run_briefly_then_every_sale_is_approved(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("terminal", ["--seconds", "0.2", "--terminals", "4", "--sales", "2"], capsys)

    figures = _figures(document)
    assert set(figures) == {
        "cpu_ms_per_sale",
        "codec_ratio",
        "bytes_per_s",
        "not_approved",
        "sales_per_s",
        "p99_ms",
    }
    assert (figures["not_approved"]["value"], document["details"]["approved"]) == (0, 8)


@pytest.mark.slow
def test_fuzz_when_each_decoder_gets_20000_inputs_then_nothing_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("fuzz", ["--inputs", "20000"], capsys)

    figures = _figures(document)
    assert len(figures) == len(document["details"]) + 1 > 15
    assert [key for key, figure in figures.items() if figure["met"] is not True] == []
    decoders = {"zvt apdu", "zvt tlv", "concert", "caisse-ap", "nexo json", "nexo xml", "nexo frame"}
    assert {name for name, found in document["details"].items() if found["refused"] > 1000} >= decoders


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
def test_payments_when_run_briefly_on_postgresql_then_at_most_two_commits_a_sale(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = _document("payments", ["--seconds", "1", "--rounds", "1", "--scale", "1"], capsys)

    figures = _figures(document)
    assert all(figure["value"] is not None for figure in figures.values())
    assert 0 < figures["commits_per_sale"]["value"] <= 2.0
    assert figures["commits_per_sale"]["met"] is True
    assert {"ratio_two_nodes", "ratio_one_node", "cpu_ms_postgresql"} <= set(figures)


def test_printing_when_run_briefly_then_yields_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document("printing", ["--seconds", "0.3"], capsys)

    figures = _figures(document)
    assert set(figures) == {
        "making_ms",
        "making_pictures_ms",
        "first_byte_p99_ms",
        "first_byte_beside_p99_ms",
        "beside_ratio",
    }
    assert "40 lines" in figures["making_ms"]["words"]
    assert document["details"]["still_printing"]
    assert document["details"]["long_bytes"] > 25_000


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


def test_erp_when_run_briefly_then_nothing_is_lost_or_there_twice(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--documents", "8", "--rounds", "1", "--causes", "2", "--mixed", "12"]
    document = _document("erp", options, capsys)

    figures = _figures(document)
    counted = {"duplicates", "lost", "unknown"}
    speeds = {"rest_per_s", "rest_requests_ratio", "rest_httpx_ratio", "soap_per_s", "soap_zeep_ratio"}
    speeds |= {"posted_p99_s", "posted_median_s"}
    counts = {f"{name}_{what}" for name in ("generic_rest", "generic_soap") for what in counted}
    assert set(figures) == speeds | counts
    assert {figures[key]["value"] for key in counts} == {0}
