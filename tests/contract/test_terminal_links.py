"""Lines with a life of their own: several terminals at once, one that hangs, one that moved, one at another speed."""

import termios
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from terminal_driver.engine import EngineEvent, Notice
from terminal_driver.operations import ChangeSpeed, Done, SaleRequest
from terminal_driver.outcome import Approved, Baseline, NoAnswer, NotStarted, Outcome, TerminalInfo, Unknown
from terminal_driver.protocols import (
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    build_engine,
    build_simulator,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import Transport
from terminal_driver.transports.port_list import PortInfo
from terminal_driver.transports.port_search import PortQuery
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.serial_port import SerialOptions, SerialPort
from terminal_driver.transports.urls import from_url
from tests.support.session_rig import DEADLINE_S
from tests.support.simulated_terminal import on_network, on_pty

pytestmark = pytest.mark.pty

TERMINALS = 8
REQUEST = SaleRequest(1234, "978", Baseline())


def _session(transport: Transport, kind: LineKind, events: list[EngineEvent] | None = None) -> TerminalSession:
    engine = build_engine(ProtocolName.ZVT, kind, EngineOptions(), lambda _: True)
    return TerminalSession(engine, transport, (events if events is not None else []).append)


class SpeedyLine(PtyLine):
    """A terminal that understands one speed only: at another one it hears nothing.

    A pseudo-terminal keeps the speed the register sets, though it does not act on it.
    """

    speed = termios.B9600

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        data = super().read(max_bytes, timeout_s)
        return data if self.speed_set() == self.speed else b""

    def speed_set(self) -> int:
        speed = termios.tcgetattr(self._slave)[5]
        assert isinstance(speed, int)
        return speed


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def _descriptors_are_given_back() -> Iterator[None]:
    before, threads = _descriptors(), threading.active_count()
    yield
    assert _descriptors() == before
    assert threading.active_count() == threads


def test_one_terminal_that_hangs_never_disturbs_the_others() -> None:
    """Eight registers sell at once; the first terminal falls silent in the middle of its sale and stays so."""
    with _descriptors_are_given_back(), ExitStack() as stack:
        owners = stack.enter_context(ThreadPoolExecutor(TERMINALS))
        sessions: list[TerminalSession] = []
        terminals = []
        for number in range(TERMINALS):
            place = on_pty if number % 2 else on_network
            scenario = "approve" if number else "mute_after_booking"
            url, terminal = stack.enter_context(place(terminal_id=f"5250000{number}", scenario=scenario))
            sessions.append(_session(from_url(url), LineKind.SERIAL if number % 2 else LineKind.TCP))
            terminals.append(terminal)
        sales = [owners.submit(session.transact, REQUEST) for session in sessions]

        healthy = [sale.result(DEADLINE_S) for sale in sales[1:]]
        still_hanging = not sales[0].done()
        terminals[0].cut_line()
        hanging = sales[0].result(DEADLINE_S)
        for session in sessions:
            session.close()

        assert all(isinstance(outcome, Approved) for outcome in healthy)
        assert still_hanging
        assert isinstance(hanging, Unknown)
        assert [len(terminal.journal.entries) for terminal in terminals] == [1] * TERMINALS


def test_lines_opened_and_lost_again_and_again_leak_nothing() -> None:
    with on_network() as (url, terminal):
        session = _session(from_url(url), LineKind.TCP)
        session.register()
        with _descriptors_are_given_back():
            for _ in range(20):
                terminal.cut_line()
                assert isinstance(session.status(), NoAnswer)
                terminal.restore_line()
                assert isinstance(session.register(), TerminalInfo)
        session.close()


def test_ports_that_cannot_be_opened_leak_nothing(tmp_path: Path) -> None:
    with _descriptors_are_given_back():
        for target in (f"serial:{tmp_path}/ttyUSB9", "serial:/dev/null", "tcp:127.0.0.1:1", "tls:127.0.0.1:1"):
            session = _session(from_url(target), LineKind.TCP)
            for _ in range(5):
                assert isinstance(session.transact(REQUEST), NotStarted)


def test_terminal_at_the_slow_speed_is_found_and_sold_on_once() -> None:
    line = SpeedyLine()
    events: list[EngineEvent] = []
    with on_pty(line=line) as (url, terminal):
        transport = from_url(f"{url}&baud=115200&silence=1")
        session = _session(transport, LineKind.SERIAL, events)

        outcome = session.transact(REQUEST)
        session.close()

        assert isinstance(outcome, Approved)
        assert line.speed_set() == termios.B9600
        assert transport.description.endswith("9600 8N2")
        assert [event.code for event in events if isinstance(event, Notice)][-1] == "way_found"
        assert len(terminal.journal.entries) == 1


def test_change_of_speed_is_carried_out_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal_driver.session.SPEED_CHANGE_S", 0.1)
    line = SpeedyLine()
    with on_pty(line=line) as (url, terminal):
        session = _session(from_url(url), LineKind.SERIAL)
        session.register()

        changed = session.perform(ChangeSpeed(115200))
        line.speed = termios.B115200
        outcome = session.transact(REQUEST)
        session.close()

        assert isinstance(changed, Done), changed
        assert isinstance(outcome, Approved)
        assert line.speed_set() == termios.B115200
        assert len(terminal.journal.entries) == 1


class Shop:
    """A USB terminal that can be pulled out and plugged in again elsewhere, with the ports a system would list."""

    def __init__(self, tmp_path: Path) -> None:
        self._options = SerialOptions(modem_lines=False, lock_directory=tmp_path)
        self._plugged: list[PortInfo] = []
        self._names: set[str] = set()
        self._stack = ExitStack()

    def plug(self, terminal_id: str) -> PtyLine:
        line = PtyLine()
        if line.device_path in self._names:  # it came back under its old name: somebody else takes that one first
            self._stack.callback(line.close)
            line = PtyLine()
        self._names.add(line.device_path)
        place = f"1-{len(self._names)}"
        self._plugged = [PortInfo(line.device_path, "Maker", "Terminal", "4711", "0b00:0080", place)]
        options = SimulatorOptions(terminal_id=terminal_id, auto_pace=0.0)
        self._stack.enter_context(build_simulator(ProtocolName.ZVT, line, LineKind.SERIAL, options))
        return line

    def pull(self) -> None:
        self._plugged = []
        self._stack.close()

    def port(self, device: str, terminal_id: str = "") -> SerialPort:
        query = PortQuery(device, follow=True, terminal_id=terminal_id, lister=lambda: tuple(self._plugged))
        return SerialPort(device, options=replace(self._options, query=query, terminal_id=terminal_id))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.pull()


def _sell(session: TerminalSession) -> Outcome:
    return session.transact(REQUEST)


def test_terminal_plugged_in_elsewhere_is_found_and_sold_on(shop: Shop) -> None:
    first = shop.plug("52500777")
    session = _session(shop.port(first.device_path), LineKind.SERIAL)
    assert isinstance(_sell(session), Approved)

    shop.pull()
    gone = _sell(session)
    second = shop.plug("52500777")
    back = _sell(session)
    session.close()

    assert isinstance(gone, NotStarted)
    assert gone.code == "port_missing"
    assert isinstance(back, Approved)
    assert second.device_path != first.device_path
    assert session.description == f"serial {second.device_path} 9600 8N2"


def test_other_terminal_plugged_in_gets_no_sale(shop: Shop) -> None:
    first = shop.plug("52500777")
    session = _session(shop.port(first.device_path), LineKind.SERIAL)
    assert isinstance(_sell(session), Approved)

    shop.pull()
    shop.plug("52500888")
    refused = _sell(session)
    asked = session.last_result()
    session.close()

    assert isinstance(refused, NotStarted)
    assert refused.code == "other_terminal"
    assert isinstance(asked, NoAnswer)
    assert asked.code == "other_terminal"
