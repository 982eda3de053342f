"""The virtual terminal as a program: ``python -m terminal_driver.virtual --pty | --tcp HOST:PORT``.

The first line it prints is one JSON object that says where to connect; it runs until SIGTERM, SIGINT or the end of its
input. Each line of input is a command for the terminal's keys and plug.
"""

import argparse
import functools
import json
import logging
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from terminal_driver.errors import DriverError
from terminal_driver.transports.base import DeviceLine
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.virtual.cards import CARDS
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.scenarios import SCENARIOS
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.framing import SerialFraming, TcpFraming
from terminal_driver.zvt.status_codes import Language

_KEYS_BYTES_MAX = 4096
KEYS = "card [BRAND] | pin | cancel | release | cut | restore | scenario NAME"


def run(arguments: Sequence[str], keys: TextIO, out: TextIO) -> int:
    """Run the program until it is told to end.

    Args:
        arguments: command line without the program's name.
        keys: commands, one a line; its end ends the program. It must have a file descriptor.
        out: gets the line that says where to connect, and a line for each change of the panel with ``--panel``.

    Returns:
        Exit status: 0, or 2 when the line or the journal cannot be used.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        line, address = _line(options)
        journal = Journal(options.journal)
    except (DriverError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    framing = SerialFraming() if options.tcp is None else TcpFraming()
    terminal = VirtualTerminal(
        ZvtDeviceEngine(framing, DeviceConfig(terminal_id=options.terminal_id)),
        line,
        scenario=options.scenario,
        journal=journal,
        terminal_id=options.terminal_id,
        language=Language(options.language),
        auto_pace=options.pace if options.auto else None,
    )
    if options.panel:
        terminal.on_change(
            lambda panel: _say(out, {"display": panel.display_lines, "awaiting": panel.awaiting, "last": panel.last})
        )
    # Signals are caught before anybody can know the address, and so can want to end us.
    with _end_signals() as end_reader, terminal:
        _say(out, {**address, "scenario": options.scenario})
        _serve_keys(terminal, keys, end_reader)
    return 0 if terminal.failure is None else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m terminal_driver.virtual",
        description="A simulated ZVT card terminal. The first line printed says where to connect.",
        epilog=f"Keys on standard input: {KEYS}",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pty", action="store_true", help="serial framing on a pseudo-terminal; its path is printed")
    where.add_argument("--tcp", metavar="HOST:PORT", help="TCP framing; port 0 lets the system choose, it is printed")
    parser.add_argument("--scenario", choices=SCENARIOS, default="approve", metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--journal", type=Path, help="file of bookings, continued if it exists")
    parser.add_argument("--auto", action="store_true", help="present card and PIN without a person")
    parser.add_argument("--pace", type=float, default=1.0, help="factor on the waiting times of --auto (default 1)")
    parser.add_argument("--panel", action="store_true", help="print each change of the display as a JSON line")
    parser.add_argument("--terminal-id", default="52500041", help="eight digits")
    parser.add_argument("--language", choices=[str(language) for language in Language], default="de")
    return parser


def _line(options: argparse.Namespace) -> tuple[DeviceLine, dict[str, object]]:
    if options.pty:
        pty = PtyLine()
        return pty, {"url": f"pty:{pty.device_path}", "device": pty.device_path}
    host, _, port = options.tcp.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"--tcp wants HOST:PORT, not {options.tcp!r}")
    listener = TcpListener(host, int(port))
    return listener, {"url": f"tcp:{host}:{listener.port}", "port": listener.port}


@contextmanager
def _end_signals() -> Iterator[int]:
    """Give a descriptor that becomes readable when SIGTERM or SIGINT came."""
    reader, writer = os.pipe()
    before = {
        number: signal.signal(number, functools.partial(_note_end, writer))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield reader
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


def _serve_keys(terminal: VirtualTerminal, keys: TextIO, end_reader: int) -> None:
    """Carry out commands until input ends or ``end_reader`` becomes readable."""
    pending = b""
    while True:
        # Read by ourselves: a buffering reader would hide lines from the wait below.
        ready, _, _ = select.select([end_reader, keys.fileno()], [], [])
        if end_reader in ready or not (data := os.read(keys.fileno(), _KEYS_BYTES_MAX)):
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            _press(terminal, line.decode("ascii", "replace").split())
        pending = pending[:_KEYS_BYTES_MAX]


def _note_end(writer: int, number: int, frame: FrameType | None) -> None:
    del number, frame
    os.write(writer, b"\x00")


def _press(terminal: VirtualTerminal, words: list[str]) -> None:
    actions: dict[str, Callable[[], None]] = {
        "pin": terminal.enter_pin,
        "cancel": terminal.press_cancel,
        "release": terminal.release_result,
        "cut": terminal.cut_line,
        "restore": terminal.restore_line,
    }
    match words:
        case [name] if name in actions:
            actions[name]()
        case ["card"]:
            terminal.present_card()
        case ["card", brand] if brand.lower() in CARDS:
            terminal.present_card(brand)
        case ["scenario", name] if name in SCENARIOS:
            terminal.choose(name)
        case []:
            pass
        case _:
            sys.stderr.write(f"keys: {KEYS}\n")


def _say(out: TextIO, record: dict[str, object]) -> None:
    out.write(json.dumps(record) + "\n")
    out.flush()
