"""A virtual terminal and a register on one line, for suites that run over every kind of line."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import pytest

from terminal_driver.engine import EngineEvent, SaleRequest
from terminal_driver.outcome import (
    Approved,
    Baseline,
    Declined,
    Outcome,
    TransactionData,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import DeviceLine, Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import Journal, Numbers
from terminal_driver.virtual.panel import Awaiting, PanelState
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import Framing, SerialFraming, TcpFraming
from terminal_driver.zvt.recovery import NotCharged, StillUnknown, judge

DEADLINE_S = 20.0
# Only where a deadline has to pass: short enough to wait for, long enough for a machine that has other things to do.
HASTY = ZvtConfig(t2_s=0.6, t3_s=1.0, t4_s=2.0)
PATIENT = ZvtConfig(t2_s=5.0, t3_s=10.0, t4_s=60.0)
AMOUNT = 1234


class Kind(StrEnum):
    MEMORY_SERIAL = "memory_serial"
    MEMORY_TCP = "memory_tcp"
    PTY = "pty"
    TCP = "tcp"


@dataclass
class Rig:
    """One terminal and one register on one line; the session is used by its own owner thread only."""

    terminal: VirtualTerminal
    session: TerminalSession
    events: list[EngineEvent] = field(default_factory=list)
    accept: Callable[[TransactionData], bool] = lambda _: True
    owner: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def start_sale(self, amount_minor: int = AMOUNT, baseline: Baseline | None = None) -> "Future[Outcome]":
        request = SaleRequest(amount_minor, "978", baseline or Baseline())
        return self.owner.submit(self.session.sale, request)

    def sale(self, amount_minor: int = AMOUNT, baseline: Baseline | None = None) -> Outcome:
        return self.start_sale(amount_minor, baseline).result(DEADLINE_S)

    def first_sale(self) -> Baseline:
        """Make the sale before the one the test is about, and return its numbers."""
        outcome = self.sale(100)
        assert isinstance(outcome, Approved)
        return Baseline(outcome.data.receipt_no, outcome.data.trace_no, outcome.data.turnover_no)

    def ask(self, baseline: Baseline, amount_minor: int = AMOUNT) -> Approved | Declined | NotCharged | StillUnknown:
        request = SaleRequest(amount_minor, "978", baseline)
        steps: list[str] = []
        asked = self.owner.submit(
            lambda: self.session.ask_outcome(
                request, lambda sale, last: judge(sale, None, last), deadline_s=DEADLINE_S, on_step=steps.append
            )
        )
        verdict = asked.result(DEADLINE_S).verdict
        assert steps
        return verdict

    def booked(self) -> list[int]:
        """Return the amounts the terminal holds as paid."""
        return [entry.amount_minor for entry in self.terminal.journal.entries if not entry.reversed]

    def reversed(self) -> list[int]:
        return [entry.amount_minor for entry in self.terminal.journal.entries if entry.reversed]

    def idle_until(self, arrived: Callable[[], bool]) -> None:
        until = time.monotonic() + DEADLINE_S
        while not arrived() and time.monotonic() < until:
            self.owner.submit(self.session.idle, 0.05).result(DEADLINE_S)
        assert arrived()

    def close(self) -> None:
        self.owner.submit(self.session.close).result(DEADLINE_S)
        self.owner.shutdown()
        self.terminal.stop()
        assert self.terminal.failure is None


def _line(kind: Kind) -> tuple[DeviceLine, Transport, type[SerialFraming | TcpFraming]]:
    match kind:
        case Kind.MEMORY_SERIAL | Kind.MEMORY_TCP:
            cable = MemoryCable()
            framing = SerialFraming if kind is Kind.MEMORY_SERIAL else TcpFraming
            return cable.device_end, cable.register_end, framing
        case Kind.PTY:
            pty = PtyLine()
            return pty, from_url(f"pty:{pty.device_path}"), SerialFraming
        case Kind.TCP:
            listener = TcpListener()
            return listener, from_url(f"tcp:127.0.0.1:{listener.port}"), TcpFraming


def build_rig(
    kind: Kind,
    scenario: str,
    *,
    config: ZvtConfig = PATIENT,
    auto_pace: float | None = 0.0,
    accept: Callable[[TransactionData], bool] = lambda _: True,
    first: Numbers | None = None,
) -> Rig:
    line, transport, framing = _line(kind)
    device_framing: Framing = framing()
    device = ZvtDeviceEngine(device_framing, DeviceConfig(t2_s=config.t2_s, t3_s=config.t3_s))
    terminal = VirtualTerminal(
        device,
        line,
        scenario=scenario,
        journal=Journal(first=first or Numbers(41, 500, 900)),
        auto_pace=auto_pace,
        patience_minutes=None,
    )
    events: list[EngineEvent] = []
    session = TerminalSession(ZvtEngine(config, framing(), accept), transport, events.append)
    terminal.start()
    return Rig(terminal, session, events)


def awaits(what: Awaiting) -> Callable[[PanelState], bool]:
    return lambda panel: panel.awaiting is what


KINDS = [pytest.param(kind, marks=[pytest.mark.pty] if kind is Kind.PTY else []) for kind in Kind]


@contextmanager
def rig_builder(kind: Kind) -> Iterator[Callable[..., Rig]]:
    """Give a function that builds rigs on this kind of line; all are closed at the end."""
    made: list[Rig] = []

    def make(scenario: str = "approve", **options: object) -> Rig:
        rig = build_rig(kind, scenario, **options)  # type: ignore[arg-type]  # passed on as they are
        made.append(rig)
        return rig

    yield make
    for rig in made:
        rig.close()
