import io
import json

import pytest

from gateway.cli import main as gateway_main
from terminal_driver.protocols import LineKind, ProtocolName, SimulatorOptions, build_simulator
from terminal_driver.tools.command_line import COMMANDS, main
from terminal_driver.tools.console import Console
from terminal_driver.transports.tcp_listener import TcpListener


def _run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = main(list(words), Console(io.StringIO(), out, err))
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_program_when_called_without_a_command_then_it_lists_all(words: list[str]) -> None:
    status, out, _ = _run(*words)

    assert status == 0
    assert [line.split()[0] for line in out.splitlines()[1:-1]] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_when_asked_for_help_then_it_tells(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        _run(name, "--help")

    assert end.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_program_when_command_is_unknown_then_it_says_so() -> None:
    status, out, err = _run("sell")

    assert (status, out) == (2, "")
    assert "'sell'" in err


def test_gateway_command_when_terminal_is_named_then_the_driver_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert gateway_main(["terminal", "decode", "800000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["control"] == "8000"


def test_quiet_commands_when_terminal_answers_then_results_are_told() -> None:
    listener = TcpListener("127.0.0.1", 0)
    url = f"tcp:127.0.0.1:{listener.port}"

    with build_simulator(ProtocolName.ZVT, listener, LineKind.TCP, SimulatorOptions(auto_pace=0.0)):
        status = _run("status", "--port", url, "--json")
        last = _run("last", "--port", url, "--json")
        registered = _run("do", "register", "--port", url, "--json")

    assert (status[0], json.loads(status[1])["ready"]) == (0, True)
    assert (last[0], json.loads(last[1])["held"]) == (0, False)
    assert (registered[0], json.loads(registered[1])["terminal_id"]) == (0, "52500041")


def test_quiet_command_when_nobody_listens_then_no_answer() -> None:
    listener = TcpListener("127.0.0.1", 0)
    port = listener.port
    listener.close()

    status, out, _ = _run("status", "--port", f"tcp:127.0.0.1:{port}", "--json")

    assert (status, json.loads(out)["result"]) == (1, "no_answer")


def test_quiet_command_when_url_is_wrong_then_status_2() -> None:
    status, out, err = _run("status", "--port", "carrier-pigeon:7")

    assert (status, out) == (2, "")
    assert "bad_transport_url" in err


def test_diagnose_when_terminal_is_ready_then_payments_are_possible() -> None:
    listener = TcpListener("127.0.0.1", 0)

    with build_simulator(ProtocolName.ZVT, listener, LineKind.TCP, SimulatorOptions(auto_pace=0.0)):
        status, out, _ = _run("diagnose", "--port", f"tcp:127.0.0.1:{listener.port}", "--json")

    report = json.loads(out)
    assert (status, report["usable"], report["terminal_id"]) == (0, True, "52500041")


def test_ports_when_asked_for_then_each_has_a_line() -> None:
    status, out, said = _run("ports", "--json")

    assert status == 0
    assert all(json.loads(line)["url"].startswith("serial:") for line in out.splitlines())
    assert bool(out) != bool(said)


def test_console_when_a_terminal_sends_control_signs_then_they_are_not_shown() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(io.StringIO(), out, err)

    console.tell("\x1b]0;title\x07hello")
    console.print("a\x9b2Jb\nc")
    console.record({"text": "\x9b2J \u00e4"}, one_line=False)
    console.result({"text": "\x9b2J \u00e4"})

    assert not [sign for sign in out.getvalue() + err.getvalue() if not sign.isprintable() and sign != "\n"]
    assert json.loads(out.getvalue().splitlines()[-1]) == {"text": "\x9b2J \u00e4"}
    assert "\u00e4" in out.getvalue()
