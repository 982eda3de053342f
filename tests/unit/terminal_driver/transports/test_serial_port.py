import errno
import termios
from dataclasses import replace
from pathlib import Path

import pytest

from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.transports.base import Way
from terminal_driver.transports.port_list import PortInfo
from terminal_driver.transports.port_lock import PortLock
from terminal_driver.transports.port_search import PortQuery
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.serial_port import SerialOptions, SerialPort
from tests.support.unprivileged import as_nobody

pytestmark = pytest.mark.pty


def test_missing_port_is_named_so(tmp_path: Path) -> None:
    port = SerialPort(str(tmp_path / "ttyUSB9"), options=SerialOptions(lock_directory=tmp_path))

    with pytest.raises(TransportError) as error:
        port.open()

    assert error.value.code == "port_missing"
    assert error.value.hint


def test_port_without_permission_is_named_so(tmp_path: Path) -> None:
    """Root may open everything, so the refusal of the system is handed in instead of provoked."""
    port = SerialPort("/dev/ttyUSB0", options=SerialOptions(lock_directory=tmp_path))

    error = port._open_error("/dev/ttyUSB0", PermissionError(errno.EACCES, "Permission denied"))

    assert error.code == "no_permission"
    assert "dialout" in error.hint


def test_port_that_refuses_an_ordinary_user_says_who_may_open_it() -> None:
    done = as_nobody(
        "from terminal_driver.errors import TransportError\n"
        "from terminal_driver.transports.serial_port import SerialPort",
        "try:\n    SerialPort(device).open()\nexcept TransportError as error:\n    print(error.code, error.hint)",
    )

    assert done.startswith("no_permission ")
    assert "udev rule" in done


def test_a_file_that_is_no_port_is_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    port = SerialPort(str(plain), options=SerialOptions(lock_directory=tmp_path))

    with pytest.raises(TransportError) as error:
        port.open()

    assert error.value.code == "port_unusable"


def test_second_owner_is_told_who_has_the_port(tmp_path: Path) -> None:
    line = PtyLine()
    options = SerialOptions(lock_directory=tmp_path)
    first, second = SerialPort(line.device_path, options=options), SerialPort(line.device_path, options=options)
    first.open()

    with pytest.raises(PortBusy) as error:
        second.open()

    assert error.value.code == "port_busy"
    assert "this program itself" in str(error.value)
    first.close()
    second.open()
    second.close()
    line.close()


def test_port_is_exclusive_even_without_the_lock_file(tmp_path: Path) -> None:
    line = PtyLine()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = SerialPort(line.device_path, options=SerialOptions(lock_directory=tmp_path / "a"))
    second = SerialPort(line.device_path, options=SerialOptions(lock_directory=tmp_path / "b"))
    first.open()

    with pytest.raises(TransportError) as error:
        second.open()

    assert error.value.code == "port_busy"
    first.close()
    line.close()


def test_two_names_of_one_port_share_one_lock(tmp_path: Path) -> None:
    line = PtyLine()
    alias = tmp_path / "by-id"
    alias.symlink_to(line.device_path)
    lock = PortLock(line.device_path, tmp_path)
    lock.acquire()

    with pytest.raises(PortBusy):
        PortLock(str(alias), tmp_path).acquire()

    lock.release()
    line.close()


def test_unplugging_is_noticed_by_a_read(tmp_path: Path) -> None:
    line = PtyLine()
    port = SerialPort(line.device_path, options=SerialOptions(lock_directory=tmp_path))
    port.open()

    line.close()

    with pytest.raises(TransportError) as error:
        port.read(1, 2.0)
    assert error.value.code == "line_lost"
    port.close()


def test_speed_and_stop_bits_reach_the_port(tmp_path: Path) -> None:
    line = PtyLine()
    port = SerialPort(line.device_path, options=SerialOptions(baud=115200, stop_bits=1, lock_directory=tmp_path))

    port.open()

    assert port.description == f"serial {line.device_path} 115200 8N1"
    assert _speed_of(line) == termios.B115200
    port.close()
    line.close()


def test_speed_of_an_open_port_changes_at_once_and_the_port_still_tells_silence_from_hangup(tmp_path: Path) -> None:
    line = PtyLine()
    port = SerialPort(line.device_path, options=SerialOptions(lock_directory=tmp_path))
    port.open()
    line.write(b"old speed", 1)

    port.take(Way(line.device_path, 115200))

    assert _speed_of(line) == termios.B115200
    assert port.description == f"serial {line.device_path} 115200 8N2"
    assert port.read(10, 0.05) == b""
    line.write(b"new speed", 1)
    assert port.read(100, 5) == b"new speed"
    port.close()
    line.close()


def test_open_port_is_not_swapped_for_another(tmp_path: Path) -> None:
    line = PtyLine()
    port = SerialPort(line.device_path, options=SerialOptions(lock_directory=tmp_path))
    port.open()

    with pytest.raises(TransportError) as error:
        port.take(Way("/dev/ttyS99", 9600))

    assert error.value.code == "port_open"
    port.close()
    line.close()


def test_port_that_moved_is_opened_and_locked_under_its_new_name(tmp_path: Path) -> None:
    first, second = PtyLine(), PtyLine()
    described = PortInfo(first.device_path, "Ingenico", "Desk", "4711", "0b00:0080", "1-1")
    plugged = [described]
    query = PortQuery(first.device_path, follow=True, lister=lambda: tuple(plugged))
    port = SerialPort(first.device_path, options=SerialOptions(lock_directory=tmp_path, query=query))
    port.open()
    port.prove()
    first.close()
    with pytest.raises(TransportError):
        port.read(1, 5)
    port.close()

    plugged[:] = []
    with pytest.raises(TransportError) as gone:
        port.open()
    plugged[:] = [replace(described, device=second.device_path, location="1-2")]
    port.open()
    port.write(b"hello", 1)

    assert gone.value.code == "port_missing"
    assert second.read(10, 5) == b"hello"
    assert port.description == f"serial {second.device_path} 9600 8N2"
    with pytest.raises(PortBusy):
        PortLock(second.device_path, tmp_path).acquire()
    port.close()
    second.close()


def test_ways_are_every_port_at_every_speed_and_what_was_proven_first(tmp_path: Path) -> None:
    line = PtyLine()
    ports = (PortInfo("/dev/ttyACM7", usb_ids="0b00:0080"), PortInfo(line.device_path, usb_ids="0b00:0081"))
    query = PortQuery("auto", terminal_id="52500041", lister=lambda: ports)
    options = SerialOptions(baud=115200, other_speeds=(9600,), lock_directory=tmp_path, query=query)
    port = SerialPort("auto", options=options)
    before = port.ways()
    port.take(Way(line.device_path, 9600))
    port.open()
    port.prove()
    port.close()

    assert before == (
        Way("/dev/ttyACM7", 115200),
        Way(line.device_path, 115200),
        Way("/dev/ttyACM7", 9600),
        Way(line.device_path, 9600),
    )
    assert port.ways() == (Way(line.device_path, 9600), Way(line.device_path, 115200))
    line.close()


def _speed_of(line: PtyLine) -> int:
    """Return the speed the other side has set: a pseudo-terminal keeps it, though it does not act on it."""
    speed = termios.tcgetattr(line._slave)[5]
    assert isinstance(speed, int)
    return speed
