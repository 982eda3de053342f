"""The virtual terminal as a program: ``python -m terminal_driver.virtual --protocol NAME --pty | --tcp HOST:PORT``.

The first line it prints is one JSON object that says where to connect; it runs until SIGTERM or SIGINT. The cardholder
acts alone, unless ``--by-hand``. With ``--keys``, or where somebody types, each line of input is a command for the
terminal's keys and plug, and the end of the input ends the program.
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
from terminal_driver.protocols import LineKind, ProtocolName, SimulatorOptions, build_simulator
from terminal_driver.transports.base import DeviceLine
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.virtual.cards import CARDS
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.scenario_file import load_scenarios
from terminal_driver.virtual.scenarios import SCENARIOS, Scenario
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.zvt.status_codes import Language

_KEYS_BYTES_MAX = 4096
PACE_MAX = 1000.0
KEYS = "card [BRAND] | pin | confirm | clear | cancel | number DIGITS | release | cut | restore | scenario NAME"


def run(arguments: Sequence[str], keys: TextIO, out: TextIO) -> int:
    """Run the program until it is told to end.

    Args:
        arguments: command line without the program's name.
        keys: commands, one a line, read with ``--keys`` or ``--by-hand`` or where somebody types; then its end ends the
            program, else only a signal does. It must have a file descriptor.
        out: gets the line that says where to connect, and a line for each change of the panel with ``--panel``.

    Returns:
        Exit status: 0, or 2 when the line or the journal cannot be used.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        scenarios = {**SCENARIOS, **(load_scenarios(options.scenario_file) if options.scenario_file else {})}
        scenario = _chosen(options.scenario, scenarios)
        terminal, address = _terminal(options, scenario)
    except (DriverError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.panel:
        terminal.on_change(
            lambda panel: _say(out, {"display": panel.display_lines, "awaiting": panel.awaiting, "last": panel.last})
        )
    # Signals are caught before anybody can know the address, and so can want to end us.
    with _end_signals() as end_reader, terminal:
        _say(out, {**address, "protocol": options.protocol, "scenario": scenario.name})
        if options.keys or options.by_hand or keys.isatty():
            _serve_keys(terminal, scenarios, keys, end_reader)
        else:
            select.select([end_reader], [], [])
    return 0 if terminal.failure is None else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m terminal_driver.virtual",
        description="A simulated card terminal. The first line printed says where to connect.",
        epilog=f"Keys, also read where somebody types: {KEYS}",
    )
    parser.add_argument(
        "--protocol", choices=[str(name) for name in ProtocolName], default="zvt", help="what it speaks (default zvt)"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pty", action="store_true", help="a serial line on a pseudo-terminal; its path is printed")
    where.add_argument(
        "--tcp", metavar="HOST:PORT", help="a TCP listener; port 0 lets the system choose, it is printed"
    )
    parser.add_argument(
        "--scenario", metavar="NAME", help=f"default approve, or the file's first: {', '.join(SCENARIOS)}"
    )
    parser.add_argument("--scenario-file", type=Path, metavar="FILE", help="scenarios of your own, in TOML")
    parser.add_argument("--journal", type=Path, help="file of bookings, continued if it exists")
    parser.add_argument("--keys", action="store_true", help="read the keys below from standard input; its end ends it")
    parser.add_argument("--by-hand", action="store_true", help="the same, and card and PIN come only by keys")
    parser.add_argument("--pace", type=_pace, default=1.0, help="factor on the waits for card and PIN (default 1)")
    parser.add_argument("--panel", action="store_true", help="print each change of the display as a JSON line")
    parser.add_argument("--terminal-id", default="52500041", help="eight digits")
    parser.add_argument("--currency", default="978", help="three digits, ISO 4217 (default 978)")
    parser.add_argument("--message-format", choices=["json", "xml"], default="json", help="of nexo (default json)")
    parser.add_argument("--language", choices=[str(language) for language in Language], default="de")
    return parser


def _pace(text: str) -> float:
    pace = float(text)
    if not 0 <= pace <= PACE_MAX:  # written so that NaN fails
        raise ValueError
    return pace


def _chosen(name: str | None, scenarios: dict[str, Scenario]) -> Scenario:
    """Return the scenario asked for; else the first of the file, else the built-in ``approve``."""
    if name is None:
        own = [scenario for known, scenario in scenarios.items() if known not in SCENARIOS]
        return own[0] if own else scenarios["approve"]
    if name not in scenarios:
        raise ValueError(f"no scenario {name!r}; there are {', '.join(scenarios)}")
    return scenarios[name]


def _terminal(options: argparse.Namespace, scenario: Scenario) -> tuple[VirtualTerminal, dict[str, object]]:
    """Build the terminal and say where it is; nothing stays open when that fails."""
    line, address, line_kind = _line(options)
    try:
        simulated = SimulatorOptions(
            scenario=scenario,
            journal=Journal(options.journal),
            terminal_id=options.terminal_id,
            currency_numeric=options.currency,
            language=options.language,
            auto_pace=None if options.by_hand else options.pace,
            message_format=options.message_format,
        )
        return build_simulator(ProtocolName(options.protocol), line, line_kind, simulated), address
    except (DriverError, OSError, ValueError):
        line.close()
        raise


def _line(options: argparse.Namespace) -> tuple[DeviceLine, dict[str, object], LineKind]:
    if options.pty:
        pty = PtyLine()
        return pty, {"url": f"pty:{pty.device_path}", "device": pty.device_path}, LineKind.SERIAL
    host, _, port = options.tcp.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"--tcp wants HOST:PORT, not {options.tcp!r}")
    listener = TcpListener(host, int(port))
    return listener, {"url": f"tcp:{host}:{listener.port}", "port": listener.port}, LineKind.TCP


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


def _serve_keys(terminal: VirtualTerminal, scenarios: dict[str, Scenario], keys: TextIO, end_reader: int) -> None:
    """Carry out commands until input ends or ``end_reader`` becomes readable."""
    pending = b""
    while True:
        # Read by ourselves: a buffering reader would hide lines from the wait below.
        ready, _, _ = select.select([end_reader, keys.fileno()], [], [])
        if end_reader in ready or not (data := os.read(keys.fileno(), _KEYS_BYTES_MAX)):
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            _press(terminal, scenarios, line.decode("ascii", "replace").split())
        pending = pending[:_KEYS_BYTES_MAX]


def _note_end(writer: int, number: int, frame: FrameType | None) -> None:
    del number, frame
    os.write(writer, b"\x00")


def _press(terminal: VirtualTerminal, scenarios: dict[str, Scenario], words: list[str]) -> None:
    actions: dict[str, Callable[[], None]] = {
        "pin": terminal.enter_pin,
        "confirm": terminal.press_confirm,
        "clear": terminal.press_clear,
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
        case ["number", digits] if digits.isascii() and digits.isdecimal():
            terminal.type_number(digits)
        case ["scenario", name] if name in scenarios:
            terminal.choose(scenarios[name])
        case []:
            pass
        case _:
            sys.stderr.write(f"keys: {KEYS}\n")


def _say(out: TextIO, record: dict[str, object]) -> None:
    out.write(json.dumps(record) + "\n")
    out.flush()
