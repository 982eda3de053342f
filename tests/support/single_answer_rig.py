"""A virtual French terminal and a register on one line: Concert over serial lines, Caisse-AP over connections."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum

import pytest

from terminal_driver.caisse_ap.configuration import CaisseApConfig
from terminal_driver.caisse_ap.engine import CaisseApEngine
from terminal_driver.caisse_ap.tickets import TicketsWanted
from terminal_driver.concert.configuration import ConcertConfig
from terminal_driver.concert.engine import ConcertEngine
from terminal_driver.concert.link import LinkTimes
from terminal_driver.engine import Engine, EngineEvent
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Baseline, Outcome, TransactionData
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import DeviceLine, Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.caisse_ap_dialogue import CaisseApDialogue
from terminal_driver.virtual.concert_dialogue import ConcertDialogue
from terminal_driver.virtual.device_dialogue import DeviceDialogue, Surroundings
from terminal_driver.virtual.journal import Journal, Numbers
from terminal_driver.virtual.local_time import local_time
from terminal_driver.virtual.scenarios import Scenario, scenario_of
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.zvt.status_codes import Language
from tests.support.session_rig import SessionRig, closing

AMOUNT = 1234
# Only where a deadline has to pass: short enough to wait for, long enough for a machine that has other things to do.
_HASTY_S, _PATIENT_S = 1.0, 60.0
_HASTY_TIMES = LinkTimes(ready_s=0.5, confirm_s=0.8, pause_s=0.05, frame_s=0.8, quiet_s=0.05)
_PATIENT_TIMES = LinkTimes(ready_s=5.0, confirm_s=5.0, pause_s=0.05, frame_s=5.0, quiet_s=0.05)
_QUIET_S = 0.15


class Kind(StrEnum):
    """Protocol and line."""

    CONCERT_MEMORY = "concert_memory"
    CONCERT_PTY = "concert_pty"
    CAISSE_AP_MEMORY = "caisse_ap_memory"
    CAISSE_AP_TCP = "caisse_ap_tcp"

    @property
    def concert(self) -> bool:
        """True for Concert, False for Caisse-AP."""
        return self in (Kind.CONCERT_MEMORY, Kind.CONCERT_PTY)


KINDS = [pytest.param(kind, marks=[pytest.mark.pty] if kind is Kind.CONCERT_PTY else []) for kind in Kind]


@dataclass(kw_only=True)
class Rig(SessionRig):
    """A rig whose sales bear names of their own."""

    kind: Kind
    names: Iterator[int] = field(default_factory=itertools.count)

    def order(self, amount_minor: int = AMOUNT) -> SaleRequest:
        """Return a sale with a name of its own."""
        return SaleRequest(amount_minor, "978", Baseline(), reference=f"attempt-{next(self.names)}")

    def sale(self, amount_minor: int = AMOUNT) -> Outcome:
        return self.transact(self.order(amount_minor))

    def booked(self) -> list[int]:
        """Return the amounts the terminal holds as booked, in order."""
        return [entry.amount_minor for entry in self.entries() if not entry.reversed]

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries()]


def _line(kind: Kind) -> tuple[DeviceLine, Transport]:
    match kind:
        case Kind.CONCERT_MEMORY | Kind.CAISSE_AP_MEMORY:
            cable = MemoryCable()
            return cable.device_end, cable.register_end
        case Kind.CONCERT_PTY:
            pty = PtyLine()
            return pty, from_url(f"pty:{pty.device_path}")
        case Kind.CAISSE_AP_TCP:
            listener = TcpListener()
            return listener, from_url(f"tcp:127.0.0.1:{listener.port}?per_command=on")


def build_rig(
    kind: Kind,
    scenario: Scenario | str,
    *,
    hasty: bool = False,
    auto_pace: float | None = 0.0,
    accept: Callable[[TransactionData], bool] = lambda _: True,
    tickets: TicketsWanted = TicketsWanted.NONE,
    line: tuple[DeviceLine, Transport] | None = None,
) -> Rig:
    device_end, transport = line or _line(kind)
    times = _HASTY_TIMES if hasty else _PATIENT_TIMES
    answer_s = _HASTY_S if hasty else _PATIENT_S
    around = Surroundings(
        journal=Journal(first=Numbers(41, 500, 900)),
        terminal_id="52500041",
        currency="978",
        language=Language.ENGLISH,
        wall=local_time,
        auto_pace=auto_pace,
        patience_minutes=None,
    )
    dialogue: DeviceDialogue
    engine: Engine
    if kind.concert:
        dialogue = ConcertDialogue(around, scenario_of(scenario), times)
        engine = ConcertEngine(ConcertConfig(times=times, answer_s=answer_s), accept)
    else:
        dialogue = CaisseApDialogue(around, scenario_of(scenario))
        config = CaisseApConfig(answer_s=answer_s, quiet_s=_QUIET_S, tickets=tickets)
        engine = CaisseApEngine(config, accept)
    terminal = VirtualTerminal(dialogue, device_end)
    events: list[EngineEvent] = []
    session = TerminalSession(engine, transport, events.append)
    terminal.start()
    return Rig(kind=kind, terminal=terminal, session=session, events=events)


def rig_builder(kind: Kind) -> AbstractContextManager[Callable[..., Rig]]:
    """Give a function that builds rigs on this kind of line; all are closed at the end."""

    def make(scenario: Scenario | str = "approve", **options: object) -> Rig:
        return build_rig(kind, scenario, **options)  # type: ignore[arg-type]  # passed on as they are

    return closing(make)
