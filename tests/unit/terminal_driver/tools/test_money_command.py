"""The commands that move money, against a simulated terminal over TCP: what they print, and the exit status."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terminal_driver.protocols import PROTOCOLS, LineKind, ProtocolName, SimulatorOptions, available, build_simulator
from terminal_driver.tools.command_line import main
from terminal_driver.tools.console import Console
from terminal_driver.tools.terminal_link import PASSWORD_VARIABLE
from terminal_driver.transports.base import DeviceLine
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.scenarios import from_name
from terminal_driver.virtual.terminal import VirtualTerminal

_ROOT = Path(__file__).resolve().parents[4]
_PASSWORD = "258369"


def _held(terminal: VirtualTerminal) -> list[int]:
    """Return the amounts the terminal regards as paid."""
    return [entry.amount_minor for entry in terminal.journal.entries if not entry.reversed]


@contextmanager
def _terminal(scenario: str, *, pace: float | None = 0.0) -> Iterator[tuple[VirtualTerminal, str]]:
    listener = TcpListener("127.0.0.1", 0)
    chosen = replace(from_name(scenario), line_back_after_s=0.05)
    options = SimulatorOptions(scenario=chosen, journal=Journal(), auto_pace=pace)
    with build_simulator(ProtocolName.ZVT, listener, LineKind.TCP, options) as terminal:
        yield terminal, f"tcp:127.0.0.1:{listener.port}"


def _run(*words: str) -> tuple[int, dict[str, Any], str]:
    out, err = io.StringIO(), io.StringIO()
    status = main(list(words), Console(io.StringIO(), out, err))
    return status, json.loads(out.getvalue() or "{}"), err.getvalue()


def test_pay_when_approved_then_numbers_and_receipts_are_told() -> None:
    with _terminal("approve") as (terminal, url):
        status, result, said = _run("pay", "--port", url, "--amount", "12.34")

    assert (status, result["outcome"]) == (0, "approved")
    assert (result["data"]["amount_minor"], result["data"]["receipt_no"]) == (1234, 1)
    assert [receipt["kind"] for receipt in result["receipts"]] == ["merchant", "customer"]
    assert "insert or present the card" in said
    assert _held(terminal) == [1234]


@pytest.mark.parametrize(
    ("scenario", "outcome"), [("decline", "declined"), ("cancel", "aborted"), ("busy", "not_started")]
)
def test_pay_when_not_approved_then_status_1(scenario: str, outcome: str) -> None:
    with _terminal(scenario) as (terminal, url):
        status, result, _ = _run("pay", "--port", url, "--amount", "1")

    assert (status, result["outcome"]) == (1, outcome)
    assert _held(terminal) == []


@pytest.mark.parametrize("scenario", ["line_lost_before_status", "line_lost_after_result", "line_lost_then_busy"])
def test_pay_when_line_is_lost_then_asked_and_charged_once(scenario: str) -> None:
    with _terminal(scenario) as (terminal, url):
        status, result, said = _run("pay", "--port", url, "--amount", "5.00")

    assert (status, result["outcome"]) == (0, "approved")
    assert "nothing is sent again" in said
    assert "the terminal has told its last transaction" in result["steps"]
    assert _held(terminal) == [500]


def test_pay_when_terminal_says_nothing_and_nobody_asks_then_unknown() -> None:
    with _terminal("line_lost_before_status") as (_, url):
        status, result, _ = _run("pay", "--port", url, "--amount", "5.00", "--ask", "0")

    assert (status, result["outcome"]) == (3, "unknown")


def test_pay_when_another_amount_is_approved_then_refused() -> None:
    with _terminal("wrong_amount") as (terminal, url):
        status, result, _ = _run("pay", "--port", url, "--amount", "5.00")

    assert status in {1, 3}
    assert result["outcome"] != "approved"
    assert _held(terminal) == []


def test_pay_when_nobody_listens_then_not_started() -> None:
    listener = TcpListener("127.0.0.1", 0)
    port = listener.port
    listener.close()

    status, result, _ = _run("pay", "--port", f"tcp:127.0.0.1:{port}", "--amount", "1")

    assert (status, result["outcome"]) == (1, "not_started")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["pay", "--amount", "1.234"], "bad_amount"),
        (["pay", "--amount", "0"], "bad_amount"),
        (["pay", "--amount", "1", "--currency", "QQQ"], "unknown_currency"),
        (["pay", "--amount", "1", "--password", "12"], "bad_password"),
        (["pay", "--amount", "1", "--reference", "x" * 36], "bad_reference"),
        (["pay", "--amount", "1", "--protocol", "concert"], "wrong_line"),
        (["reverse", "--amount", "1"], "no_original"),
        (["reverse", "--amount", "1", "--receipt", "10000"], "bad_number"),
    ],
)
def test_money_command_when_words_are_wrong_then_status_2_and_nothing_is_sent(words: list[str], code: str) -> None:
    with _terminal("approve") as (terminal, url):
        status, result, said = _run(*words, "--port", url)

        assert (status, result) == (2, {})
        assert code in said
        assert not terminal.panel().registered


def test_pay_when_traced_then_password_and_card_are_not_in_the_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, _PASSWORD)
    trace = tmp_path / "line.jsonl"

    with _terminal("approve") as (_, url):
        status, _, said = _run("pay", "--port", url, "--amount", "12.34", "--trace", str(trace))

    assert status == 0
    assert trace.stat().st_mode & 0o777 == 0o600
    assert _PASSWORD not in trace.read_text(encoding="ascii")
    assert _PASSWORD not in said


def test_pay_when_interrupted_then_terminal_is_asked_to_stop_and_its_result_is_told() -> None:
    """A person presses Ctrl+C while the terminal waits for a card: the result still is the terminal's own."""
    with _terminal("approve", pace=None) as (terminal, url):
        command = [sys.executable, "-m", "terminal_driver", "pay", "--port", url, "--amount", "1", "--json"]
        with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as paying:
            assert terminal.wait_for(lambda panel: panel.awaiting is Awaiting.CARD, 20)
            os.kill(paying.pid, signal.SIGINT)
            out, said = paying.communicate(timeout=20)

        assert json.loads(out)["outcome"] == "aborted"
        assert paying.returncode == 1
        assert "asked to stop" in said
        assert _held(terminal) == []


def test_life_of_a_sale_when_given_by_commands_then_reversed_refunded_and_closed() -> None:
    with _terminal("approve") as (terminal, url):
        _run("pay", "--port", url, "--amount", "12.34")
        reversal = _run("reverse", "--port", url, "--amount", "12.34", "--receipt", "1")
        again = _run("reverse", "--port", url, "--amount", "12.34", "--receipt", "1")
        refund = _run("refund", "--port", url, "--amount", "2.00")
        day = _run("end-of-day", "--port", url)
        booked = [(str(entry.kind), entry.amount_minor) for entry in terminal.journal.entries]

    assert (reversal[0], reversal[1]["outcome"]) == (0, "approved")
    assert again[0] == 1
    assert (refund[0], refund[1]["outcome"]) == (0, "approved")
    assert booked == [("sale", 1234), ("reversal", 1234), ("refund", 200)]
    assert (day[0], day[1]["result"]) == (0, "day_totals")


@pytest.mark.parametrize(
    ("protocol", "line_kind"),
    [(protocol, line_kind) for protocol in available() for line_kind in PROTOCOLS[protocol].lines],
)
@pytest.mark.parametrize(("scenario", "expected"), [("approve", 0), ("decline", 1)])
def test_pay_when_protocol_and_line_differ_then_the_same_command_works(
    protocol: ProtocolName, line_kind: LineKind, scenario: str, expected: int
) -> None:
    line: DeviceLine
    if line_kind is LineKind.SERIAL:
        line = pty = PtyLine()
        url = f"pty:{pty.device_path}"
    else:
        line = listener = TcpListener("127.0.0.1", 0)
        url = f"tcp:127.0.0.1:{listener.port}"
    options = SimulatorOptions(scenario=scenario, auto_pace=0.0)
    with build_simulator(protocol, line, line_kind, options) as terminal:
        status, result, _ = _run("pay", "--port", url, "--protocol", protocol, "--amount", "12.34")
        held = _held(terminal)

    assert status == expected, result
    assert held == ([1234] if expected == 0 else [])
