import pytest

from terminal_driver.errors import DriverError
from terminal_driver.transports.base import NamesTerminal, SwitchableLine, Way
from terminal_driver.transports.urls import from_url


@pytest.mark.parametrize(
    ("url", "description", "holds_line"),
    [
        ("serial:/dev/ttyUSB0", "serial /dev/ttyUSB0 9600 8N2", True),
        ("serial:/dev/ttyUSB0?baud=115200&stopbits=1&modem=off", "serial /dev/ttyUSB0 115200 8N1", True),
        (
            "serial:/dev/ttyACM0?baud=57600&fallback=9600,115200&silence=3&follow=on",
            "serial /dev/ttyACM0 57600 8N2",
            True,
        ),
        ("serial:/dev/ttyACM0?bits=7E&stopbits=1", "serial /dev/ttyACM0 9600 7E1", True),
        ("serial:auto", "serial any USB serial device 9600 8N2", True),
        (
            "serial:auto?usb=0403:6001&serial_number=A%201&terminal_id=52500041",
            "serial USB ids 0403:6001, serial number A 1 9600 8N2",
            True,
        ),
        ("pty:/dev/pts/3", "serial /dev/pts/3 9600 8N2", True),
        ("tcp:127.0.0.1:5577", "tcp 127.0.0.1:5577", True),
        ("tcp:terminal.example", "tcp terminal.example:20007", True),
        ("tcp:[::1]:20008?per_command=on&connect_timeout=2&keepalive=30", "tcp ::1:20008", False),
        ("tls:terminal.example:22001", "tls terminal.example:22001", True),
    ],
)
def test_url_names_a_transport(url: str, description: str, holds_line: bool) -> None:  # noqa: FBT001 - a table
    transport = from_url(url)

    assert transport.description == description
    assert transport.holds_line is holds_line


@pytest.mark.parametrize(
    "url",
    [
        "",
        "serial",
        "serial:",
        "usb:/dev/ttyUSB0",
        "serial:/dev/ttyUSB0?baud=fast",
        "serial:/dev/ttyUSB0?baud=1234",
        "serial:/dev/ttyUSB0?stopbits=3",
        "serial:/dev/ttyUSB0?parity=even",
        "serial:/dev/ttyUSB0?bits=7O",
        "serial:/dev/ttyUSB0?baud=9600&baud=19200",
        "serial:/dev/ttyUSB0?modem=yes",
        "serial:/dev/ttyUSB0?fallback=on",
        "serial:/dev/ttyUSB0?fallback=9600,1234",
        "serial:/dev/ttyUSB0?usb=0403:6001",
        "serial:/dev/ttyUSB0?terminal_id=12%2034",
        "serial:auto?follow=on",
        "serial:auto?usb=0403",
        "tcp:127.0.0.1:1?unanswered=9999999",
        "tcp:127.0.0.1:0",
        "tcp:127.0.0.1:70000",
        "tcp:127.0.0.1:abc",
        "tcp::20007",
        "tcp:[::1:20007",
        "tcp:127.0.0.1:1?keepalive=-1",
        "pty:/dev/pts/3?baud=9600",
        "tls:terminal.example?ca=/nowhere/authority.pem",
    ],
)
def test_wrong_url_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(DriverError) as error:
        from_url(url)

    assert error.value.code == "bad_transport_url"


@pytest.mark.parametrize(
    ("options", "speeds"),
    [
        ("", [9600]),
        ("?baud=115200", [115200, 9600]),
        ("?baud=115200&fallback=off", [115200]),
        ("?baud=9600&fallback=115200", [9600, 115200]),
        ("?baud=19200&fallback=115200,9600,19200", [19200, 115200, 9600]),
    ],
)
def test_speeds_to_try_come_in_their_order(options: str, speeds: list[int]) -> None:
    line = from_url(f"serial:/dev/ttyUSB0{options}")

    assert isinstance(line, SwitchableLine)
    assert line.ways() == tuple(Way("/dev/ttyUSB0", speed) for speed in speeds)


@pytest.mark.parametrize("url", ["serial:/dev/ttyUSB0", "serial:auto", "pty:/dev/pts/3", "tcp:127.0.0.1:1"])
def test_every_line_takes_the_id_of_its_terminal(url: str) -> None:
    named, unnamed = from_url(f"{url}?terminal_id=52500041"), from_url(url)

    assert isinstance(named, NamesTerminal)
    assert isinstance(unnamed, NamesTerminal)
    assert (named.terminal_id, unnamed.terminal_id) == ("52500041", "")
