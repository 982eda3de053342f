import pytest

from terminal_driver.errors import DriverError
from terminal_driver.transports.urls import from_url


@pytest.mark.parametrize(
    ("url", "description", "holds_line"),
    [
        ("serial:/dev/ttyUSB0", "serial /dev/ttyUSB0 9600 8N2", True),
        ("serial:/dev/ttyUSB0?baud=115200&stopbits=1&modem=off", "serial /dev/ttyUSB0 115200 8N1", True),
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
        "serial:/dev/ttyUSB0?baud=9600&baud=19200",
        "serial:/dev/ttyUSB0?modem=yes",
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
