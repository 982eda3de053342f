"""The command `serve` in a process of its own, spoken to over its API like a till does; it may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.bootstrap import Node
from gateway.configuration.settings import load_settings
from gateway.domain.access import API_KEY_SCOPES, ROLE_PERMISSIONS, Caller, Role
from terminal_driver.virtual.journal import read_journal
from tests.support.running_node import STORE, TENANT
from tests.support.web_shop import new_id

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 60.0
WAIT_S = 30.0
_CONFIG = """
[server]
secure_cookies = false
port = 0
data_dir = "{folder}/data"
[database]
url = "{url}"
[shop]
name = "Corner Shop"
[worker]
lease_s = 3
[[terminals]]
id = "terminal-1"
name = "Terminal 1"
transport = "virtual:memory?scenario={scenario}&pace={pace}"
answer_timeout_s = 1
[[printers]]
id = "printer-1"
name = "Printer 1"
transport = "virtual:memory"
[[registers]]
id = "register-1"
name = "Register 1"
terminal = "terminal-1"
printer = "printer-1"
"""


class ServedGateway:
    """One gateway; the same folder and database are the same shop after a restart."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.config = folder / "served.toml"
        self._url = url
        self._token = ""
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()

    def start(self, scenario: str = "approve", pace: float = 0) -> None:
        """Start with a terminal that plays a scenario by itself; ``pace``: factor on how long its cardholder takes."""
        text = _CONFIG.format(folder=self.folder, url=self._url, scenario=scenario, pace=pace)
        self.config.write_text(text, encoding="utf-8")
        if not self._token:
            self._token = self._make_key()
        with (self.folder / "gateway.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", "serve", "--config", str(self.config)],
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if not name.startswith("TILLBRIDGE_")},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        watchdog = threading.Timer(START_LIMIT_S, self._process.kill)
        watchdog.start()
        for line in self._process.stdout:
            if line.startswith("Tillbridge is ready: "):
                self.address = line.split()[-1]
            if line.startswith("Ctrl+C"):
                watchdog.cancel()
                return
        raise AssertionError((self.folder / "gateway.log").read_text(encoding="utf-8"))

    def kill(self) -> None:
        """Kill it where it stands."""
        assert self._process is not None
        self._process.kill()
        self._wait()

    def terminate(self) -> tuple[int, float]:
        """Send SIGTERM; return exit code and seconds until the end."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        return self._wait(), time.monotonic() - begun

    def _wait(self) -> int:
        assert self._process is not None
        code = self._process.wait(START_LIMIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    def begin(self, amount: str) -> str:
        """Ask for a payment; return its id."""
        payment_id = str(new_id())
        body = {"id": payment_id, "register_id": "register-1", "amount": {"amount": amount, "currency": "EUR"}}
        status, answer = self.call("POST", "/v1/payments", body)
        assert status == 202, answer
        return payment_id

    def begin_and_lose(self, amount: str) -> str:
        """Ask for a payment that the terminal books before its line breaks; find that out; return its id.

        A cancellation that came before the booking would be obeyed, and nothing would be lost.
        """
        payment_id = self.begin(amount)
        self.until(lambda: bool(read_journal(self.folder / "data" / "virtual" / "terminal-1.jsonl")), "the booking")
        self.call("POST", f"/v1/payments/{payment_id}/cancel")
        self.until_state(payment_id, "unknown")
        return payment_id

    def payment(self, payment_id: str) -> dict[str, Any]:
        """Return a payment as the API tells it."""
        status, answer = self.call("GET", f"/v1/payments/{payment_id}")
        assert status == 200, answer
        return answer

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Make one request; return status and document."""
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look again and again until a condition holds."""
        ends_at, never = time.monotonic() + WAIT_S, threading.Event()
        while not condition():
            assert time.monotonic() < ends_at, f"waited in vain for: {what}"
            never.wait(0.05)

    def until_state(self, payment_id: str, state: str) -> dict[str, Any]:
        """Wait until a payment is in a state; return it."""
        seen: dict[str, Any] = {}

        def reached() -> bool:
            seen.update(self.payment(payment_id))
            return bool(seen["state"] == state)

        try:
            self.until(reached, state)
        except AssertionError as error:
            error.add_note(f"it stands at {seen['state']}: {json.dumps(seen['attempts'])}")
            raise
        return seen

    def _make_key(self) -> str:
        node = Node(load_settings(self.config, {}, {}))
        try:
            caller = Caller(TENANT, STORE, uuid.UUID(int=0), "tests", ROLE_PERMISSIONS[Role.ADMINISTRATOR])
            _, token = node.container.api_keys.add(
                caller, name="till", scopes=frozenset(API_KEY_SCOPES), terminals=None, days=1
            )
            return token
        finally:
            node.close()
