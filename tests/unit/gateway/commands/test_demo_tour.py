"""The tour of the command `demo`: exit code 0 only when every step ended as it has to, and no traces left."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.commands import demo_tour
from gateway.commands.demo_tour import STEPS, Step, run_tour
from gateway.configuration.settings import Settings, load_settings

PAYABLES = """
[demo]
enabled = true
statement = true
[[payables.accounts]]
id = "main"
name = "Virtual bank"
holder = "Demo"
iban = "DE62000000000000000017"
opening = "100000.00"
"""
CONFIG = """
[server]
secure_cookies = false
[shop]
currency = "{currency}"
[[terminals]]
id = "terminal-1"
name = "Terminal 1"
transport = "virtual:memory"
answer_timeout_s = 1
[[printers]]
id = "printer-1"
name = "Printer 1"
transport = "virtual:memory"
"""
REGISTER = """
[[registers]]
id = "register-1"
name = "Register 1"
terminal = "terminal-1"
printer = "printer-1"
"""

_TRACED = ("matched    with order", "The bill as", "The payment as", "cleared    HK-2026-0500")
"""Stops of the invoice's way that name its trace."""


@pytest.fixture(autouse=True)
def _own_folder_and_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Temporary folders below the test's own, and the log as it was before."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def _settings(folder: Path, currency: str = "EUR", register: str = REGISTER) -> Settings:
    path = folder / "tour.toml"
    path.write_text(CONFIG.format(currency=currency) + register, encoding="utf-8")
    return load_settings(path, {"server.data_dir": str(folder / "own")}, {})


@pytest.mark.parametrize(("currency", "total"), [("EUR", "35.74"), ("JPY", "3574")])
def test_whole_tour_then_it_adds_up_in_the_terminals_currency(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], currency: str, total: str
) -> None:
    code = run_tour(_settings(tmp_path, currency), keep=False)

    said = capsys.readouterr().out
    assert code == 0
    assert f"Everything adds up: {currency} {total} taken" in said
    assert list(tmp_path.glob("tillbridge-tour-*")) == []


def test_tour_with_an_account_at_the_virtual_bank_then_an_invoice_goes_to_the_statement_and_the_shift_to_the_erp(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_tour, "STEPS", STEPS[:1])

    own = _settings(tmp_path, register=REGISTER + PAYABLES)
    own = own.model_copy(update={"demo": own.demo.model_copy(update={"erp": True})})

    code = run_tour(own, keep=False)

    said = capsys.readouterr()
    assert code == 0, said.err
    stops = ("uploaded", "captured", "matched", "that is enough", "The bill as ", "proposed", "released", "cleared")
    places = [said.out.index(stop) for stop in (*stops, "The payment as ")]
    assert places == sorted(places)
    of_invoice = [line for line in said.out.splitlines() if any(f" {stop}" in line for stop in _TRACED)]
    assert len(of_invoice) == len(_TRACED)
    assert len({line.rpartition(", trace ")[2] for line in of_invoice}) == 1, of_invoice
    assert "2 payments: what else is due goes along" in said.out
    assert "EUR 454.54 was bought and paid once" in said.out
    [closed] = [line for line in said.out.splitlines() if line.startswith("The shift is closed")]
    assert "Z register-1 1" in closed
    assert "In the books of the sandbox ERP as ENTRY-1, trace " in said.out


def test_tour_where_files_are_not_read_then_the_invoice_is_sent_and_paid_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_tour, "STEPS", STEPS[:1])

    code = run_tour(_settings(tmp_path, register=REGISTER + PAYABLES + "[capture]\nenabled = false\n"), keep=False)

    said = capsys.readouterr()
    assert code == 0, said.err
    assert "uploaded" not in said.out
    assert "EUR 454.54 was bought and paid once" in said.out


def test_step_that_ends_otherwise_then_failed_with_its_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_tour, "STEPS", (Step("A card that is declined", "decline", 9900, "approved"),))

    code = run_tour(_settings(tmp_path), keep=False)

    assert code == 1
    assert "step 1 ended as declined, not approved" in capsys.readouterr().err
    assert list(tmp_path.glob("tillbridge-tour-*")) == []


def test_settings_without_a_register_then_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_tour(_settings(tmp_path, register=""), keep=False)

    assert code == 1
    assert "needs a register" in capsys.readouterr().err


def test_keep_then_the_folder_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_tour, "STEPS", STEPS[:1])

    assert run_tour(_settings(tmp_path), keep=True) == 0

    [folder] = tmp_path.glob("tillbridge-tour-*")
    assert str(folder) in capsys.readouterr().out
    assert (folder / "tour.sqlite3").exists()
