"""A simulated terminal of any protocol on a line of its own, for tests that reach it by its address."""

from collections.abc import Iterator
from contextlib import contextmanager

from terminal_driver.protocols import LineKind, ProtocolName, SimulatorOptions, build_simulator
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.virtual.terminal import VirtualTerminal


@contextmanager
def on_pty(
    protocol: ProtocolName = ProtocolName.ZVT, line: PtyLine | None = None, **options: object
) -> Iterator[tuple[str, VirtualTerminal]]:
    """Give the address of a terminal on a pseudo-terminal, and the terminal."""
    line = line or PtyLine()
    with _running(protocol, line, LineKind.SERIAL, options) as terminal:
        yield f"serial:{line.device_path}?modem=off", terminal


@contextmanager
def on_network(protocol: ProtocolName = ProtocolName.ZVT, **options: object) -> Iterator[tuple[str, VirtualTerminal]]:
    """Give the address of a terminal on the loopback network, and the terminal."""
    line = TcpListener()
    with _running(protocol, line, LineKind.TCP, options) as terminal:
        yield f"tcp:127.0.0.1:{line.port}", terminal


@contextmanager
def _running(
    protocol: ProtocolName, line: PtyLine | TcpListener, kind: LineKind, options: dict[str, object]
) -> Iterator[VirtualTerminal]:
    settings = SimulatorOptions(**{"auto_pace": 0.0, **options})  # type: ignore[arg-type]  # passed on as they are
    with build_simulator(protocol, line, kind, settings) as terminal:
        yield terminal
    assert terminal.failure is None
