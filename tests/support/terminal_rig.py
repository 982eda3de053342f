"""A virtual terminal and a register on one line, for suites that run over every protocol and kind of line."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

import pytest
from _pytest.mark import ParameterSet

from terminal_driver.engine import Engine, EngineEvent
from terminal_driver.operations import MoneyOperation, SaleRequest
from terminal_driver.outcome import Approved, Baseline, Outcome, Verdict
from terminal_driver.protocols import (
    PROTOCOLS,
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    build_engine,
    build_simulator,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import DeviceLine, Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.bookings import moved_minor
from terminal_driver.virtual.journal import Journal, Numbers
from terminal_driver.virtual.scenarios import Scenario
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtEngine
from terminal_driver.zvt.framing import SerialFraming, TcpFraming
from terminal_driver.zvt.register_config import ZvtConfig
from terminal_driver.zvt.rules import AcceptDelivery, RegisterRules
from tests.support.session_rig import DEADLINE_S, SessionRig, closing

AMOUNT = 1234


@dataclass(frozen=True)
class Patience:
    """How long the register waits, in seconds: for a block's confirmation, a command's answer, a command's end."""

    confirm_s: float
    answer_s: float
    completion_s: float


# Only where a deadline has to pass: short enough to wait for, long enough for a machine that has other things to do.
HASTY = Patience(0.6, 1.0, 1.2)
PATIENT = Patience(5.0, 10.0, 60.0)


class LineName(StrEnum):
    """The lines a terminal can be reached over; of those in memory one is framed like a serial line."""

    MEMORY_SERIAL = "memory_serial"
    MEMORY_TCP = "memory_tcp"
    PTY = "pty"
    TCP = "tcp"


@dataclass(frozen=True)
class RigKind:
    """A protocol over a line. ``message_format``: where a protocol has several."""

    protocol: ProtocolName
    line: LineName
    message_format: str = "json"

    @property
    def line_kind(self) -> LineKind:
        """What the line is to the protocol."""
        return LineKind.SERIAL if self.line in (LineName.MEMORY_SERIAL, LineName.PTY) else LineKind.TCP

    def __str__(self) -> str:
        """Return the name of the kind in the ids of tests."""
        form = f"-{self.message_format}" if self.protocol is ProtocolName.NEXO else ""
        return f"{self.protocol}-{self.line}{form}"


_ZVT = tuple(RigKind(ProtocolName.ZVT, line) for line in LineName)
_OTHERS = (
    RigKind(ProtocolName.CONCERT, LineName.MEMORY_SERIAL),
    RigKind(ProtocolName.CONCERT, LineName.PTY),
    RigKind(ProtocolName.CAISSE_AP, LineName.MEMORY_TCP),
    RigKind(ProtocolName.CAISSE_AP, LineName.TCP),
    RigKind(ProtocolName.NEXO, LineName.MEMORY_TCP),
    RigKind(ProtocolName.NEXO, LineName.MEMORY_TCP, "xml"),
    RigKind(ProtocolName.NEXO, LineName.TCP),
)


def _parameters(kinds: tuple[RigKind, ...]) -> list[ParameterSet]:
    return [
        pytest.param(kind, id=str(kind), marks=[pytest.mark.pty] if kind.line is LineName.PTY else []) for kind in kinds
    ]


ZVT_KINDS = _parameters(_ZVT)
"""ZVT over every line: for what only ZVT can say."""

MEMORY_KINDS = _parameters(
    tuple(
        kind
        for kind in _ZVT + _OTHERS
        if kind.line not in (LineName.PTY, LineName.TCP) and kind.message_format == "json"
    )
)
"""Every protocol over a line in memory: for long tables, where the line itself is not the point."""

KINDS = _parameters(_ZVT + _OTHERS)
"""Every protocol over the lines it knows: for what a register must be able to rely on."""


@dataclass(kw_only=True)
class Rig(SessionRig):
    """A rig of any protocol, by amounts and by the last operation that was sent."""

    kind: RigKind
    sent: MoneyOperation | None = None
    _references: int = 0

    def start_sale(self, amount_minor: int = AMOUNT, baseline: Baseline | None = None) -> "Future[Outcome]":
        return self.start(SaleRequest(amount_minor, "978", baseline or Baseline(), reference=self.new_reference()))

    def start(self, operation: MoneyOperation) -> "Future[Outcome]":
        self.sent = operation
        return super().start(operation)

    def new_reference(self) -> str:
        self._references += 1
        return f"rig-{self._references}"

    def sale(self, amount_minor: int = AMOUNT, baseline: Baseline | None = None) -> Outcome:
        return self.start_sale(amount_minor, baseline).result(DEADLINE_S)

    def first_sale(self) -> Baseline:
        """Make the sale before the one the test is about, and return its numbers."""
        outcome = self.sale(100)
        assert isinstance(outcome, Approved)
        return Baseline(outcome.data.receipt_no, outcome.data.trace_no, outcome.data.turnover_no)

    def ask(self) -> Verdict:
        """Ask what became of the last operation that was sent."""
        assert self.sent is not None
        return self.ask_about(self.sent, DEADLINE_S / 2)

    def booked(self) -> list[int]:
        """Return the amounts the terminal holds as paid."""
        return [entry.amount_minor for entry in self.entries() if not entry.reversed]

    def reversed(self) -> list[int]:
        return [entry.amount_minor for entry in self.entries() if entry.reversed]

    def moved(self) -> int:
        """Return what the terminal took altogether, in minor units."""
        return sum(moved_minor(entry, self.entries()) for entry in self.entries())


def _line(kind: RigKind) -> tuple[DeviceLine, Transport]:
    match kind.line:
        case LineName.MEMORY_SERIAL | LineName.MEMORY_TCP:
            cable = MemoryCable()
            return cable.device_end, cable.register_end
        case LineName.PTY:
            pty = PtyLine()
            return pty, from_url(f"pty:{pty.device_path}")
        case LineName.TCP:
            listener = TcpListener()
            per_command = "?per_command=on" if PROTOCOLS[kind.protocol].per_command else ""
            return listener, from_url(f"tcp:127.0.0.1:{listener.port}{per_command}")


def build_rig(
    kind: RigKind,
    scenario: Scenario | str,
    *,
    patience: Patience = PATIENT,
    auto_pace: float | None = 0.0,
    accept: AcceptDelivery = lambda _: True,
    first: Numbers | None = None,
    rules: RegisterRules | None = None,
) -> Rig:
    line, transport = _line(kind)
    journal = Journal(first=first or Numbers(41, 500, 900))
    if kind.protocol is ProtocolName.ZVT:
        # Built by hand: the limits of the link are no settings of the registry.
        framing = SerialFraming if kind.line_kind is LineKind.SERIAL else TcpFraming
        device = ZvtDeviceEngine(framing(), DeviceConfig(t2_s=patience.confirm_s, t3_s=patience.answer_s))
        terminal = zvt_terminal(
            device, line, scenario=scenario, journal=journal, auto_pace=auto_pace, patience_minutes=None
        )
        config = ZvtConfig(t2_s=patience.confirm_s, t3_s=patience.answer_s, t4_s=patience.completion_s)
        engine: Engine = ZvtEngine(config, framing(), accept, rules)
    else:
        simulated = SimulatorOptions(
            scenario=scenario,
            journal=journal,
            auto_pace=auto_pace,
            patience_minutes=None,
            message_format=kind.message_format,
        )
        terminal = build_simulator(kind.protocol, line, kind.line_kind, simulated)
        options = EngineOptions(
            answer_timeout_s=patience.answer_s,
            completion_timeout_s=patience.completion_s,
            message_format=kind.message_format,
        )
        engine = build_engine(kind.protocol, kind.line_kind, options, lambda data: accept(data) is True)
    events: list[EngineEvent] = []
    session = TerminalSession(engine, transport, events.append)
    terminal.start()
    return Rig(kind=kind, terminal=terminal, session=session, events=events)


def rig_builder(kind: RigKind) -> AbstractContextManager[Callable[..., Rig]]:
    """Give a function that builds rigs on this kind of line; all are closed at the end."""

    def make(scenario: str = "approve", **options: object) -> Rig:
        return build_rig(kind, scenario, **options)  # type: ignore[arg-type]  # passed on as they are

    return closing(make)
