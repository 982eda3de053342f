"""Recording, showing and playing back what passes on a line; a hostile terminal cannot put secrets into a trace."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from terminal_driver.protocols import LineKind, ProtocolName, SimulatorOptions, build_simulator
from terminal_driver.tools.command_line import main
from terminal_driver.tools.console import Console
from terminal_driver.tools.terminal_link import PASSWORD_VARIABLE
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.trace import TraceFile, TracingTransport
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, encode_fields
from terminal_driver.zvt.framing import SerialFraming, TcpFraming
from terminal_driver.zvt.messages import Acknowledgement
from terminal_driver.zvt.requests import typed_object
from terminal_driver.zvt.text import CharacterSet

_PASSWORD = "258369"
_PAN = "4111111111111111"
_TRACK_2 = f"{_PAN}D25122012345678901"
_PACKED = "7391"
_TYPED_AT_THE_TILL = typed_object(_PACKED, CharacterSet.CP437)
_TYPED = b"4812"


def _run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = main(list(words), Console(io.StringIO(), out, err))
    return status, out.getvalue(), err.getvalue()


@contextmanager
def _terminal(scenario: str = "approve") -> Iterator[str]:
    line = PtyLine()
    options = SimulatorOptions(scenario=scenario, auto_pace=0.0, wall=lambda: NOON)
    with build_simulator(ProtocolName.ZVT, line, LineKind.SERIAL, options):
        yield f"pty:{line.device_path}"


def _records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# A fixed time: its digits stand beside amount and numbers, and some times make them look like a card number by chance.
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(name="recorded")
def _recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sale on a serial line, recorded by the command that made it."""
    monkeypatch.setenv(PASSWORD_VARIABLE, _PASSWORD)
    trace = tmp_path / "sale.jsonl"
    with _terminal() as url:
        status, _, _ = _run("pay", "--port", url, "--amount", "12.34", "--trace", str(trace))
    assert status == 0
    return trace


def test_show_when_a_sale_was_recorded_then_each_message_is_explained(recorded: Path) -> None:
    status, out, _ = _run("trace", "show", str(recorded))

    assert status == 0
    assert "06 00  Registration" in out
    assert "000000001234  12.34 EUR" in out
    assert "insert or present the card" in out
    assert "not valid" not in out
    assert _PASSWORD not in out


def test_show_when_json_then_one_object_a_message(recorded: Path) -> None:
    _, out, _ = _run("trace", "show", str(recorded), "--json")

    shown = _records(out)
    controls = [record["control"] for record in shown if record.get("control") not in {None, "06", "8000"}]
    assert [control for control in controls if control != "04FF"][:6] == [
        "0600",
        "060F",
        "0620",
        "040F",
        "060F",
        "0601",
    ]
    assert shown[0]["dir"] == "open"


def test_replay_when_a_sale_was_recorded_then_the_same_result_comes_out(recorded: Path) -> None:
    status, out, said = _run("trace", "replay", str(recorded), "--json")

    results = _records(out)
    assert [result["command"] for result in results] == ["register", "last", "sale"]
    assert (results[2]["outcome"], results[2]["data"]["amount_minor"]) == ("approved", 1234)
    assert (status, "not as recorded" in said) == (0, False)


def test_replay_when_the_trace_ends_early_then_the_sale_is_unknown(recorded: Path) -> None:
    lines = recorded.read_text(encoding="ascii").splitlines(keepends=True)
    sale = next(at for at, line in enumerate(lines) if "1002060" + "10a04" in line)
    recorded.write_text("".join(lines[: sale + 4]), encoding="ascii")

    status, out, _ = _run("trace", "replay", str(recorded), "--json")

    assert _records(out)[-1]["outcome"] == "unknown"
    assert status in {0, 1}


@pytest.mark.parametrize("protocol", [ProtocolName.CAISSE_AP, ProtocolName.NEXO])
def test_replay_when_protocol_is_another_then_the_sale_comes_out_again(protocol: ProtocolName, tmp_path: Path) -> None:
    trace = tmp_path / "sale.jsonl"
    listener = TcpListener("127.0.0.1", 0)
    url = f"tcp:127.0.0.1:{listener.port}"
    with build_simulator(protocol, listener, LineKind.TCP, SimulatorOptions(auto_pace=0.0)):
        sale = ["--protocol", protocol, "--reference", "till-1"]
        sold = _run("pay", "--port", url, *sale, "--amount", "12.34", "--trace", str(trace))

    _, out, _ = _run("trace", "replay", str(trace), *sale, "--json")

    last = _records(out)[-1]
    assert sold[0] == 0
    assert (last["command"], last["outcome"], last["data"]["amount_minor"]) == ("sale", "approved", 1234)


def test_record_when_told_to_end_by_itself_then_the_registration_is_written_down(tmp_path: Path) -> None:
    trace = tmp_path / "line.jsonl"

    with _terminal() as url:
        status, _, said = _run("trace", "record", "--port", url, "--trace", str(trace), "--seconds", "0.1")

    assert status == 0
    assert str(trace) in said
    shown = _run("trace", "show", str(trace), "--json")[1]
    assert "0600" in {record.get("control") for record in _records(shown)}


@pytest.mark.parametrize("lines", ["{}", "nothing", '{"at": 0, "dir": "in", "hex": "0"}'])
def test_show_when_file_is_no_trace_then_it_is_said(lines: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(lines + "\n", encoding="ascii")

    status, out, err = _run("trace", "show", str(file))

    assert (status, out) == (2, "")
    assert "bad_trace" in err


def test_show_when_file_is_missing_then_it_is_said(tmp_path: Path) -> None:
    status, _, err = _run("trace", "show", str(tmp_path / "none.jsonl"))

    assert status == 2
    assert "unreadable_file" in err


@pytest.mark.parametrize("framing", [SerialFraming(), TcpFraming()], ids=["serial", "tcp"])
@pytest.mark.parametrize("split", [1, 5, 4096])
def test_trace_when_terminal_is_hostile_then_no_number_track_pin_or_password(
    framing: SerialFraming | TcpFraming, split: int, tmp_path: Path
) -> None:
    """Whatever side says it, in whatever pieces: card numbers, tracks, typed digits and passwords stay out."""
    messages = [
        f"040F2E 2700 22F0F8{_PAN} 23F1F7{_TRACK_2} 0E2512",
        f"040F14 0612 5A08{_PAN} 5707{'4000000000000000'[:14]}",
        f"06D113 40{f'PAN {_PAN[:14]}'.encode().hex()}",
        f"06D112 40{_PAN.encode().hex()}20",
        f"800004{_TYPED.hex()}",
        f"800003{_PACKED}F7",
        f"0622 0B 22F0F8{_PAN}",
    ]
    blocks = [bytes.fromhex(message.replace(" ", "")) for message in messages]
    blocks = [block[:2] + bytes([len(block) - 3]) + block[3:] for block in blocks]
    container = encode_fields([BitmapField(TLV_CONTAINER, objects=(_TYPED_AT_THE_TILL,))])
    typed_here = Acknowledgement(accepted=True, data=container)
    cable = MemoryCable()
    trace = TraceFile(tmp_path / "hostile.jsonl")
    register = TracingTransport(cable.register_end, trace.append)
    register.open()
    cable.device_end.open()
    for block in blocks:
        sent = framing.encode(block)
        for start in range(0, len(sent), split):
            cable.device_end.write(sent[start : start + split], 1)
            assert register.read(4096, 1)
        register.write(framing.encode(bytes.fromhex(f"063003{_PASSWORD}")), 1)
        register.write(framing.encode(typed_here.encode().encode()), 1)
    register.close()
    trace.close()

    text = (tmp_path / "hostile.jsonl").read_text(encoding="ascii")
    for secret in (
        _PAN,
        _PAN.encode().hex(),
        _TRACK_2,
        _PASSWORD,
        _TYPED.hex(),
        _PACKED,
        _PACKED.encode().hex(),
        "2512",
        "12345678901",
    ):
        assert secret not in text
    assert text.count('"dir":"in"') == len(blocks)
