"""The devices of the crash harness, in a process of their own that outlives every kill of the gateway.

Card terminals on TCP whose scenario changes from sale to sale by a seeded chance, and one receipt printer on TCP. Each
keeps a journal on disk; together they are the evidence the judge compares the gateway's books with. The process prints
its ports as one line of JSON and ends when its standard input is closed.
"""

import argparse
import json
import random
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from terminal_driver.printer.profile import PAPER_80_MM
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.virtual.journal import Journal, Numbers
from terminal_driver.virtual.panel import Awaiting, PanelState
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.printer_endpoints import TcpPrinterServer
from terminal_driver.virtual.scenarios import Scenario, from_name
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.framing import TcpFraming

SHARES = {
    "approve": 74,
    "approve_contactless": 8,
    "decline": 8,
    "line_lost_before_booking": 2,
    "line_lost_before_status": 2,
    "line_lost_after_result": 2,
    "line_lost_before_completion": 2,
    "line_lost_then_reversed": 1,
    "split_and_glued": 1,
}
"""Chance of each scenario in percent."""

AUTO_PACE = 0.02
"""Cardholders act in 30 to 40 ms: long enough for a kill to fall into, short enough for many sales."""

LINE_BACK_AFTER_S = 0.2
FIRST_TERMINAL_ID = 52_500_101
WRAP_MARGIN = 40
"""The first terminal's receipt numbers begin this far below their highest, so that the wrap happens during the run."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the devices listen and keep their journals. Ports in the order of the terminals."""

    terminal_ports: tuple[int, ...]
    printer_port: int


def terminal_journal(folder: Path, number: int) -> Path:
    """Return the journal file of a terminal; ``number`` counts from 1."""
    return folder / f"terminal-{number}.jsonl"


def printer_journal(folder: Path) -> Path:
    """Return the journal file of the printer."""
    return folder / "printer.jsonl"


class ScenarioMix:
    """Gives a terminal another scenario after each sale."""

    def __init__(self, terminal: VirtualTerminal, chance: random.Random) -> None:
        self._terminal = terminal
        self._chance = chance
        self._was = Awaiting.IDLE

    def on_change(self, state: PanelState) -> None:
        """Listen to the terminal's panel."""
        was, self._was = self._was, state.awaiting
        if was is not Awaiting.IDLE and state.awaiting is Awaiting.IDLE:
            self._terminal.choose(self._next())

    def _next(self) -> Scenario:
        name = self._chance.choices(list(SHARES), list(SHARES.values()))[0]
        return replace(from_name(name), line_back_after_s=LINE_BACK_AFTER_S)


def make_terminal(folder: Path, number: int, seed: int) -> tuple[VirtualTerminal, int]:
    """Return a terminal that is not started yet, and its port; ``number`` counts from 1."""
    terminal_id = str(FIRST_TERMINAL_ID + number)
    listener = TcpListener()
    first = Numbers(receipt_no=9_999 - WRAP_MARGIN) if number == 1 else Numbers()
    terminal = zvt_terminal(
        ZvtDeviceEngine(TcpFraming(), DeviceConfig(terminal_id=terminal_id)),
        listener,
        journal=Journal(terminal_journal(folder, number), first=first),
        terminal_id=terminal_id,
        auto_pace=AUTO_PACE,
    )
    terminal.on_change(ScenarioMix(terminal, random.Random(f"{seed} terminal {number}")).on_change)
    return terminal, listener.port


def main() -> int:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--terminals", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    with ExitStack() as running:
        ports = []
        for number in range(1, options.terminals + 1):
            terminal, port = make_terminal(options.folder, number, options.seed)
            running.enter_context(terminal)
            ports.append(port)
        printer = VirtualPrinter(PAPER_80_MM, journal=printer_journal(options.folder))
        server = running.enter_context(TcpPrinterServer(printer))
        print(json.dumps({"terminal_ports": ports, "printer_port": server.address[1]}), flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
