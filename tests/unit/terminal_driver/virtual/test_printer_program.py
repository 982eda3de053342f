"""The virtual printer started as a program."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from terminal_driver.printer.job import PrinterConnection, PrintOutcome
from terminal_driver.printer.profile import PAPER_80_MM
from terminal_driver.printer.transports import TcpPrinterTransport
from terminal_driver.virtual.printer_program import main


def test_program_when_started_then_prints_journals_and_ends_on_sigterm(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    command = [
        sys.executable,
        "-m",
        "terminal_driver.virtual.printer",
        "--tcp",
        "127.0.0.1:0",
        "--journal",
        str(journal),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        address = program.stdout.readline().split()[-1]
        host, port = address.rsplit(":", 1)
        connection = PrinterConnection(TcpPrinterTransport(host, int(port)), PAPER_80_MM)

        result = connection.print(b"\x1b@hello\n\x1dV\x00", 20.0)
        program.send_signal(signal.SIGTERM)
        output, _ = program.communicate(timeout=20.0)

    assert result.outcome is PrintOutcome.PRINTED
    assert program.returncode == 0
    assert "--- receipt 1 ---\nhello\n--- cut ---" in output
    assert json.loads(journal.read_text(encoding="utf-8"))["text"] == "hello"


@pytest.mark.parametrize(
    "arguments",
    [["--tcp", "9100"], ["--tcp", "127.0.0.1:x"], ["--tcp", "h:99999"], ["--fault", "fire"], ["--fault", "stalls@x"]],
)
def test_program_when_arguments_are_wrong_then_says_so_and_ends(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "not" in capsys.readouterr().err
