"""A virtual nexo terminal and a register on one line, built through the registry as every user of the driver does."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count

import pytest

from terminal_driver.engine import EngineEvent
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Baseline, TransactionData
from terminal_driver.protocols import (
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    build_engine,
    build_simulator,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.scenarios import Scenario
from tests.support.session_rig import SessionRig, closing

PATIENT_S = 60.0
HASTY_S = 0.6
"""Only where a time has to run out: short enough to wait for it."""

KINDS = [
    pytest.param((line, message_format), id=f"{line}-{message_format}")
    for line, message_format in (("memory", "json"), ("tcp", "xml"))
]
_NUMBERS = count(1)


@dataclass(kw_only=True)
class NexoRig(SessionRig):
    """A rig that tells the kind of what is booked, too."""

    def booked(self) -> list[tuple[str, int]]:
        """Return kind and amount of what the terminal holds."""
        return [(entry.kind, entry.amount_minor) for entry in self.entries() if not entry.reversed]


def sale(amount_minor: int = 1234) -> SaleRequest:
    """Return a sale with a name of its own."""
    return SaleRequest(amount_minor, "978", Baseline(), f"rig-{next(_NUMBERS)}")


def nexo_rigs(kind: tuple[str, str]) -> AbstractContextManager[Callable[..., NexoRig]]:
    """Give a function that builds rigs on this kind of line; all are closed at the end."""
    line_name, message_format = kind

    def make(
        scenario: Scenario | str = "approve",
        *,
        timeout_s: float = PATIENT_S,
        auto_pace: float | None = 0.0,
        accept: Callable[[TransactionData], bool] = lambda _data: True,
        journal: Journal | None = None,
    ) -> NexoRig:
        if line_name == "memory":
            cable = MemoryCable()
            line, transport = cable.device_end, cable.register_end
        else:
            listener = TcpListener()
            line, transport = listener, from_url(f"tcp:127.0.0.1:{listener.port}")  # type: ignore[assignment]
        simulated = SimulatorOptions(
            scenario=scenario, journal=journal, auto_pace=auto_pace, message_format=message_format
        )
        spoken = EngineOptions(
            terminal_id="POI-0815",
            answer_timeout_s=timeout_s,
            completion_timeout_s=timeout_s,
            message_format=message_format,
        )
        terminal = build_simulator(ProtocolName.NEXO, line, LineKind.TCP, simulated)
        events: list[EngineEvent] = []
        engine = build_engine(ProtocolName.NEXO, LineKind.TCP, spoken, accept)
        rig = NexoRig(terminal=terminal, session=TerminalSession(engine, transport, events.append), events=events)
        terminal.start()
        return rig

    return closing(make)
