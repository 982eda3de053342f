"""A real gateway in a process of its own, with virtual devices, for tests that look at it through a browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.support.rates import DAILY, DAY

ROOT = Path(__file__).resolve().parents[2]
_STOP_LIMIT_S = 60
_CONFIG = """
[server]
secure_cookies = false
data_dir = "{folder}/data"
[database]
url = "sqlite:///{folder}/shop.sqlite3"
[shop]
name = "Corner Shop"
address = ["Main Street 1", "12345 Example Town"]
tax_id = "DE000000000"
time_zone = "Europe/Berlin"
[[terminals]]
id = "terminal-1"
name = "Terminal 1"
transport = "virtual:memory"
answer_timeout_s = 1
[[printers]]
id = "printer-1"
name = "Receipt printer 1"
transport = "virtual:memory"
[[registers]]
id = "register-1"
name = "Register 1"
terminal = "terminal-1"
printer = "printer-1"
[security]
requests_per_minute_and_key = 100000
requests_per_minute_and_address = 100000
[transfers]
name = "Corner Shop"
iban = "DE02120300000000202051"
[cash]
foreign = ["CHF"]
rates = "{folder}/rates.xml"
[logging]
format = "json"
[demo]
enabled = true
"""


class GatewayProcess:
    """One gateway on the loopback address; the same folder is the same shop after a restart."""

    def __init__(self, folder: Path, more_settings: str = "") -> None:
        """``more_settings``: further tables of the file of settings."""
        self._folder = folder
        self.database = folder / "shop.sqlite3"
        self._config = folder / "shop.toml"
        today = datetime.now(UTC).date()
        (folder / "rates.xml").write_text(DAILY.replace(DAY.isoformat(), today.isoformat()), encoding="utf-8")
        self._config.write_text(_CONFIG.format(folder=folder) + more_settings, encoding="utf-8")
        self._port = _free_port()
        self._process: subprocess.Popen[str] | None = None
        self.people: dict[str, tuple[str, str, str]] = {}
        """Login, password and PIN by role, as the gateway printed them."""

    @property
    def address(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start and wait until it says that it is ready."""
        command = [
            sys.executable,
            "-m",
            "gateway.cli",
            "serve",
            "--config",
            str(self._config),
            "--port",
            str(self._port),
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TILLBRIDGE_")}
        log = (self._folder / "gateway.log").open("a", encoding="utf-8")
        with log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.fullmatch(r"\s+demo-(\S+)\s+(\S+)\s+PIN (\d+)", line.rstrip()):
                self.people[found[1]] = (f"demo-{found[1]}", found[2], found[3])
            if line.startswith("Ctrl+C"):
                return
        self._process.communicate()
        raise AssertionError(f"The gateway did not start: {(self._folder / 'gateway.log').read_text()[-3000:]}")

    def stop(self) -> None:
        """Stop it as an operator would, and wait until it is gone."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        finally:
            self._process = None

    def restart_with_an_empty_terminal(self) -> None:
        """Stop, take the virtual terminal's memory away, start: as when a repaired terminal comes back."""
        self.stop()
        (self._folder / "data" / "virtual" / "terminal-1.jsonl").unlink()
        self.start()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
