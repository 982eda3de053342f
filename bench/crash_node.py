"""The gateway as the crash harness starts and kills it.

Loading the program's modules takes longer than all it does at a start, so each start is a fork of a process that has
loaded them (:mod:`bench.crash_mother`).
"""

import importlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.crash_mother import Mother, die_with_harness
from bench.crash_points import (
    FROM_OUTSIDE,
    CarelessTerminal,
    KillOrder,
    KillSwitch,
    MarkedStorage,
    MarkedTerminal,
    Point,
    say,
)
from bench.crash_printing import MarkedPaperLine, MarkedPrinter
from gateway.adapters.printer import EscPosPrinter
from gateway.bootstrap import Node, Wrappers
from gateway.configuration.settings import Settings, load_settings
from gateway.logs.observability import configure_logging
from gateway.machine.stop_wish import StopWish
from gateway.node.device_setup import printer_profile
from gateway.node.server import WebServer
from gateway.ports.printer import PrinterDevice
from gateway.web.words import load_words
from terminal_driver.printer.encoder import load_escpos
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.transports import TcpPrinterTransport

LOADED_BY_A_START = ("apscheduler.triggers.interval", "terminal_driver.zvt.engine")
"""What the program loads no earlier than a shop needs it; this shop always does."""


def wrappers(settings: Settings, switch: KillSwitch, terminal: type[MarkedTerminal] = MarkedTerminal) -> Wrappers:
    """Return wrappers that mark the points; the one printer is built anew, over a line that can be cut short."""

    def printer(device: PrinterDevice) -> PrinterDevice:
        device.close()
        face = settings.printers[0]
        line = MarkedPaperLine(TcpPrinterTransport(face.address.target, face.address.port), switch)
        profile = printer_profile(face)
        real = EscPosPrinter(PrinterConnection(line, profile), profile, settings.server.data_dir / "cache")
        return MarkedPrinter(real, line)

    one_statement = settings.database.url.startswith("postgresql")
    return Wrappers(
        storage=lambda storage: MarkedStorage(storage, switch, one_statement=one_statement),
        terminal=lambda device: terminal(device, switch),
        printer=printer,
    )


def run_node(config: Path, order: KillOrder | None, life_line: int, *, terminal: type[MarkedTerminal]) -> int:
    """Run one node until SIGTERM, or until the harness is gone (end of ``life_line``)."""
    began_s = time.monotonic()
    stop = StopWish()
    stop.listen(signal.SIGTERM)
    threading.Thread(target=die_with_harness, args=(life_line,), daemon=True).start()
    settings = load_settings(config, {}, {})
    configure_logging(level="info", log_format="json")
    node = Node(settings, wrappers(settings, KillSwitch(order), terminal))
    web = WebServer(node.app, settings.server)
    node.start()
    web.start()
    say({"event": "ready", "pid": os.getpid(), "seconds": time.monotonic() - began_s})
    stop.wait()
    web.stop()
    node.stop()
    return 0


def order_from(words: dict[str, Any]) -> KillOrder | None:
    """Read the order of a start; a random kill comes from outside."""
    if not words or words["point"] in FROM_OUTSIDE:
        return None
    return KillOrder(Point(words["point"]), words["passing"], words["printed_bytes"])


def _be_node(words: dict[str, Any], life_line: int) -> int:
    terminal = CarelessTerminal if words["careless"] else MarkedTerminal
    return run_node(Path(words["config"]), order_from(words["order"]), life_line, terminal=terminal)


def load_all() -> None:
    """Load what every start would load again."""
    load_words()
    # Imported plainly it would leave a temporary folder behind.
    load_escpos()
    for name in LOADED_BY_A_START:
        importlib.import_module(name)


if __name__ == "__main__":
    load_all()
    Mother(int(sys.argv[1]), _be_node).serve()
