"""One shop of the crash harness: a folder, a database, devices that survive, nodes that are killed and restarted."""

import hmac
import json
import os
import queue
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bench.crash_devices import Places
from bench.crash_points import KillOrder
from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import API_KEY_SCOPES, Caller, Permission
from gateway.domain.ids import StoreId, TenantId, uuid7
from gateway.services.access.manage_api_keys import ManageApiKeys

ROOT = Path(__file__).resolve().parent.parent
TENANT, STORE = TenantId("main"), StoreId("store-1")
PORTS = range(20_000, 32_000)
"""Below the ports the system gives to outgoing connections: a node must find its port free at each start."""

START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """What is to be built.

    ``lease_s``: whole seconds, at least 1; longer with two nodes. ``careless``: the nodes do not believe the terminal
    when they ask it after a break, which has to do damage. ``every_point``: kill on until each point of a
    single node came.
    """

    folder: Path
    database_url: str
    nodes: int
    terminals: int
    lease_s: int
    seed: int
    careless: bool = False
    every_point: bool = False


class Shop:
    """Devices and nodes. Use as a context manager; nothing of it outlives the block."""

    def __init__(self, plan: ShopPlan) -> None:
        self.plan = plan
        self.token = ""
        self.ports = _free_ports(plan.nodes, plan.seed)
        self.places = Places((), 0)
        self._running = ExitStack()
        self._mother: subprocess.Popen[bytes] | None = None
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._life_line = -1

    def __enter__(self) -> Self:
        """Make the database and an API key, start devices and the mother of the nodes."""
        with self._running as running:
            self.token = make_key(self.plan.database_url)
            self._start_devices()
            for number in range(1, self.plan.nodes + 1):
                self._config(number).write_text(self._settings(number), encoding="utf-8")
            self._start_mother()
            self._running = running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process."""
        self._running.close()

    def start(self, node: int, order: KillOrder | None) -> None:
        """Have a node started; its end is an event."""
        words = {
            "node": node,
            "config": str(self._config(node)),
            "log": str(self.plan.folder / f"node-{node}.log"),
            "order": None if order is None else asdict(order),
            "careless": self.plan.careless,
        }
        self._mother_input().write(json.dumps(words).encode() + b"\n")

    def event(self, timeout_s: float) -> dict[str, Any] | None:
        """Return the next word of mother or nodes; None when there is none in time."""
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _start_devices(self) -> None:
        arguments = ["--folder", str(self.plan.folder), "--terminals", str(self.plan.terminals)]
        command = [sys.executable, "-m", "bench.crash_devices", *arguments, "--seed", str(self.plan.seed)]
        with (self.plan.folder / "devices.log").open("wb") as log:
            devices = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self._running.callback(_end, devices)
        first = devices.stdout.readline() if devices.stdout is not None else b""
        if not first:
            raise RuntimeError(f"the devices did not start: {(self.plan.folder / 'devices.log').read_text()}")
        told = json.loads(first)
        self.places = Places(tuple(told["terminal_ports"]), told["printer_port"])

    def _start_mother(self) -> None:
        read_end, self._life_line = os.pipe()
        self._running.callback(os.close, self._life_line)
        with (self.plan.folder / "mother.log").open("wb") as log:
            self._mother = subprocess.Popen(
                [sys.executable, "-m", "bench.crash_node", str(read_end)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(read_end,),
                bufsize=0,
            )
        os.close(read_end)
        self._running.callback(_end, self._mother)
        if self._mother.stdout is None:
            raise RuntimeError("the mother of the nodes has no output")
        threading.Thread(target=self._listen, args=(self._mother.stdout,), daemon=True).start()
        if (self.event(START_LIMIT_S) or {}).get("event") != "loaded":
            raise RuntimeError(f"the gateway could not be loaded: {(self.plan.folder / 'mother.log').read_text()}")

    def _listen(self, output: IO[bytes]) -> None:
        reader = os.fdopen(os.dup(output.fileno()), "rb")
        with reader:
            for line in reader:
                self._events.put(json.loads(line))

    def _mother_input(self) -> IO[bytes]:
        if self._mother is None or self._mother.stdin is None:
            raise RuntimeError("the shop is not open")
        return self._mother.stdin

    def _config(self, node: int) -> Path:
        return self.plan.folder / f"node-{node}.toml"

    def _settings(self, node: int) -> str:
        plan, place = self.plan, self.places
        numbers = range(1, plan.terminals + 1)
        lines = [
            "[server]",
            f"port = {self.ports[node - 1]}",
            f"threads = {max(24, plan.terminals + 20)}",
            "secure_cookies = false",
            f'data_dir = "{plan.folder / f"node-{node}"}"',
            "[database]",
            f'url = "{plan.database_url}"',
            "[shop]",
            'name = "Crash Shop"',
            'time_zone = "UTC"  # what the virtual terminals tell',
            "[worker]",
            f'node = "node-{node}"',
            f"lease_s = {plan.lease_s}",
            "poll_ms = 30",
            "[security]",
            "requests_per_minute_and_key = 10000000",
            "requests_per_minute_and_address = 10000000",
            "[[printers]]",
            'id = "printer-1"',
            'name = "Printer"',
            f'transport = "tcp:127.0.0.1:{place.printer_port}"',
        ]
        for number in numbers:
            lines += [
                "[[terminals]]",
                f'id = "terminal-{number}"',
                f'name = "Terminal {number}"',
                f'transport = "tcp:127.0.0.1:{place.terminal_ports[number - 1]}"',
                "[[registers]]",
                f'id = "register-{number}"',
                f'name = "Register {number}"',
                f'terminal = "terminal-{number}"',
                'printer = "printer-1"',
            ]
        return "\n".join(lines) + "\n"


def make_key(database_url: str) -> str:
    """Bring the database up to date and make the API key of the tills."""
    schema.upgrade(database_url)
    clock = SystemClock()
    storage = SqlStorage(database_url, clock)
    try:
        owner = Caller(
            TENANT, STORE, uuid7(time.time_ns() // 1_000_000), "harness", frozenset({Permission.KEYS_MANAGE})
        )
        # Only a key is made here: a token of this process would be worth nothing in the gateway.
        own = secrets.token_bytes(32)
        keys = ManageApiKeys(storage=storage, clock=clock, mac=lambda body: hmac.digest(own, body, "sha256"))
        _, token = keys.add(owner, name="till", scopes=frozenset(API_KEY_SCOPES), terminals=None, days=1)
    finally:
        storage.close()
    return token


def _free_ports(count: int, seed: int) -> tuple[int, ...]:
    chance = random.Random(f"{seed} ports {os.getpid()}")
    found: list[int] = []
    while len(found) < count:
        port = chance.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return tuple(found)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
