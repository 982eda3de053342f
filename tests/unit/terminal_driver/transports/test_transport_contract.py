"""Every transport keeps the same promises; here each is run against its own device end."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import DeviceLine, Transport, WriteError
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.serial_port import SerialOptions, SerialPort
from terminal_driver.transports.tcp import TcpTransport
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.trace import TracingTransport

DEADLINE_S = 5.0


@dataclass(frozen=True)
class Line:
    near: Transport
    far: DeviceLine
    notices_cut: bool


def _memory() -> Line:
    cable = MemoryCable()
    return Line(cable.register_end, cable.device_end, notices_cut=True)


def _pty() -> Line:
    far = PtyLine()
    return Line(SerialPort(far.device_path, options=SerialOptions(modem_lines=True)), far, notices_cut=False)


def _tcp() -> Line:
    far = TcpListener()
    return Line(TcpTransport("127.0.0.1", far.port), far, notices_cut=True)


def _traced() -> Line:
    cable = MemoryCable()
    records: list[dict[str, object]] = []
    return Line(TracingTransport(cable.register_end, records.append), cable.device_end, notices_cut=True)


@pytest.fixture(params=[_memory, pytest.param(_pty, marks=pytest.mark.pty), _tcp, _traced])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    build: Callable[[], Line] = request.param
    made = build()
    made.far.open()
    yield made
    made.near.close()
    made.far.close()


def _read_exactly(end: Transport, count: int) -> bytes:
    until = time.monotonic() + DEADLINE_S
    data = b""
    while len(data) < count and time.monotonic() < until:
        data += end.read(count - len(data), 0.2)
    return data


def test_bytes_pass_unchanged_in_both_directions(line: Line) -> None:
    every_byte = bytes(range(256)) * 4
    line.near.open()

    line.near.write(every_byte, DEADLINE_S)
    arrived = _read_exactly(line.far, len(every_byte))
    line.far.write(every_byte[::-1], DEADLINE_S)
    answered = _read_exactly(line.near, len(every_byte))

    assert arrived == every_byte
    assert answered == every_byte[::-1]


def test_read_returns_at_most_what_was_asked_for(line: Line) -> None:
    line.near.open()
    line.near.write(b"abcdef", DEADLINE_S)

    first = line.far.read(2, DEADLINE_S) or line.far.read(2, DEADLINE_S)

    assert 1 <= len(first) <= 2
    assert _read_exactly(line.far, 6 - len(first)) == b"abcdef"[len(first) :]


def test_read_without_data_returns_nothing_after_its_time(line: Line) -> None:
    line.near.open()
    began = time.monotonic()

    data = line.near.read(10, 0.02)

    assert data == b""
    assert time.monotonic() - began >= 0.019


def test_wake_before_the_read_is_kept(line: Line) -> None:
    line.near.open()

    line.near.wake()
    began = time.monotonic()
    data = line.near.read(10, DEADLINE_S)

    assert data == b""
    assert time.monotonic() - began < DEADLINE_S / 2


def test_wake_from_another_thread_interrupts_a_read(line: Line) -> None:
    line.near.open()
    waker = threading.Timer(0.01, line.near.wake)
    began = time.monotonic()

    waker.start()
    data = line.near.read(10, DEADLINE_S)
    waker.join()

    assert data == b""
    assert time.monotonic() - began < DEADLINE_S / 2


def test_closed_line_refuses_reads_and_writes_and_proves_that_nothing_left(line: Line) -> None:
    line.near.open()
    line.near.close()

    with pytest.raises(TransportError) as read_error:
        line.near.read(1, 0)
    with pytest.raises(WriteError) as write_error:
        line.near.write(b"x", 1)

    assert read_error.value.code == "line_closed"
    assert (write_error.value.code, write_error.value.accepted) == ("line_closed", 0)


def test_waking_and_closing_a_closed_line_is_harmless(line: Line) -> None:
    line.near.close()

    line.near.wake()
    line.near.close()
    line.near.open()
    line.near.write(b"still usable", DEADLINE_S)

    assert _read_exactly(line.far, 12) == b"still usable"


def test_a_cut_line_carries_nothing_and_a_restored_one_does_again(line: Line) -> None:
    line.near.open()
    line.near.write(b"1", DEADLINE_S)
    assert _read_exactly(line.far, 1) == b"1"

    line.far.cut()
    if line.notices_cut:
        with pytest.raises(TransportError) as lost:
            line.near.read(1, DEADLINE_S)
        assert lost.value.code == "line_lost"
        line.near.close()
        with pytest.raises(TransportError):
            line.near.open()
    else:
        line.near.write(b"into the void", DEADLINE_S)
        line.far.write(b"into the void", DEADLINE_S)
        assert line.near.read(10, 0.02) == b""
    line.far.restore()
    line.near.close()
    line.near.open()
    line.near.write(b"2", DEADLINE_S)

    assert _until_read(line.far) == b"2"


def _until_read(end: DeviceLine) -> bytes:
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        with contextlib.suppress(TransportError):
            if data := end.read(10, 0.2):
                return data
    return b""
