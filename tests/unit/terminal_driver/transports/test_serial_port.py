import errno
import os
from pathlib import Path

import pytest

from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.transports.port_lock import PortLock
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.serial_port import SerialOptions, SerialPort

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

    error = port._open_error(PermissionError(errno.EACCES, "Permission denied"))

    assert error.code == "no_permission"
    assert "dialout" in error.hint


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
    assert str(os.getpid()) in str(error.value)
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
    port.close()
    line.close()
