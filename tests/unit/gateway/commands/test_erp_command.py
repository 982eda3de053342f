"""The command `erp sandbox`: says where it listens, and refuses what it cannot do."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from gateway.commands.erp_command import main


def test_sandbox_when_run_then_its_address_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    books = tmp_path / "books.sqlite"
    command = [sys.executable, "-m", "gateway.cli", "erp", "sandbox", "--port", "0", "--data", str(books)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        told = "".join(running.stdout.readline() for _ in range(5))
        found = re.search(r"http://127\.0\.0\.1:\d+", told)
        assert found is not None
        with urllib.request.urlopen(f"{found[0]}/soap?wsdl", timeout=30) as answer:
            described = answer.read()
        running.send_signal(signal.SIGTERM)
        code = running.wait(timeout=60)

    assert code == 0
    assert b"wsdl:definitions" in described
    assert "password and key" in told
    assert books.is_file()


def test_sandbox_when_its_port_is_taken_then_another_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["sandbox", "--port", str(port)]) == 1

    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["1.5", "-1", "many"])
def test_sandbox_when_the_share_of_faults_is_none_then_refused(rate: str) -> None:
    with pytest.raises(SystemExit):
        main(["sandbox", "--faults", rate])
