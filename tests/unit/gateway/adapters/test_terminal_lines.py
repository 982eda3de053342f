"""Lines as the driver reads them, and which of them are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.terminal_lines import driver_url, line_marks
from terminal_driver.protocols import ProtocolName


@pytest.mark.parametrize(
    ("line", "protocol", "terminal_id", "expected"),
    [
        ("tcp:192.0.2.1:20007", ProtocolName.ZVT, "", "tcp:192.0.2.1:20007"),
        ("tcp:192.0.2.1:8888?keepalive=9", ProtocolName.CAISSE_AP, "", "tcp:192.0.2.1:8888?keepalive=9&per_command=on"),
        ("tcp:192.0.2.1:8888?per_command=off", ProtocolName.CAISSE_AP, "", "tcp:192.0.2.1:8888?per_command=off"),
        ("serial:/dev/ttyS0", ProtocolName.ZVT, "52500041", "serial:/dev/ttyS0?terminal_id=52500041"),
        ("serial:/dev/ttyS0?terminal_id=1", ProtocolName.ZVT, "52500041", "serial:/dev/ttyS0?terminal_id=1"),
        ("tcp:192.0.2.1:7778", ProtocolName.NEXO, "P400Plus-275008", "tcp:192.0.2.1:7778"),
    ],
)
def test_line_then_what_protocol_and_terminal_add_to_it(
    line: str, protocol: ProtocolName, terminal_id: str, expected: str
) -> None:
    assert driver_url(line, protocol, terminal_id) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tcp:localhost:20007", "tls:127.0.0.1:20007"),
        ("tcp:[2001:db8:0:0::1]:20007", "tcp:[2001:db8::1]:20007?keepalive=9"),
        ("tcp:Terminal.example:20007", "tcp:terminal.EXAMPLE:20007"),
        ("serial:/dev/pts/9?baud=9600", "pty:/dev/pts/9"),
        ("serial:/dev/../dev/ttyS7", "file:/dev/ttyS7"),
    ],
)
def test_lines_to_one_port_then_they_share_a_mark(one: str, other: str) -> None:
    assert line_marks(one) & line_marks(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tcp:192.0.2.1:20007", "tcp:192.0.2.1:20008"),
        ("tcp:192.0.2.1:20007", "tcp:192.0.2.2:20007"),
        ("serial:/dev/ttyS7", "serial:/dev/ttyS8"),
        ("virtual:memory", "virtual:memory"),
        ("serial:auto?usb=ffff:ffff", "serial:auto?usb=ffff:ffff"),
    ],
)
def test_lines_to_several_ports_then_no_mark_is_shared(one: str, other: str) -> None:
    assert not line_marks(one) & line_marks(other)


def test_link_to_a_port_then_it_is_that_port(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    link = tmp_path / "by-id"
    link.symlink_to(port)

    assert line_marks(f"serial:{link}") == line_marks(f"serial:{port}")
