"""The gateway as the crash harness starts and kills it.

Loading the program's modules takes longer than all it does at a start, so one mother process loads them once and each
start of a node is a fork of it: a process of its own with its own threads, connections, locks and death. The mother
takes one line of JSON for each start on standard input; she and the nodes report on standard output.
"""

import json
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from bench.crash_points import (
    FROM_OUTSIDE,
    CarelessTerminal,
    KillOrder,
    KillSwitch,
    MarkedPaperLine,
    MarkedPrinter,
    MarkedStorage,
    MarkedTerminal,
    Point,
    say,
)
from gateway.adapters.printer import EscPosPrinter
from gateway.bootstrap import Node, Wrappers
from gateway.device_setup import printer_profile
from gateway.observability import configure_logging
from gateway.ports.printer import PrinterDevice
from gateway.server import WebServer
from gateway.settings import Settings, load_settings
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.transports import TcpPrinterTransport

READ_BYTES = 65_536


def wrappers(settings: Settings, switch: KillSwitch, terminal: type[MarkedTerminal] = MarkedTerminal) -> Wrappers:
    """Return wrappers that mark the points; the one printer is built anew, over a line that can be cut short."""

    def printer(device: PrinterDevice) -> PrinterDevice:
        device.close()
        face = settings.printers[0]
        line = MarkedPaperLine(TcpPrinterTransport(face.address.target, face.address.port), switch)
        profile = printer_profile(face)
        real = EscPosPrinter(PrinterConnection(line, profile), profile, settings.server.data_dir / "cache")
        return MarkedPrinter(real, line)

    return Wrappers(
        storage=lambda storage: MarkedStorage(storage, switch),
        terminal=lambda device: terminal(device, switch),
        printer=printer,
    )


def run_node(config: Path, order: KillOrder | None, life_line: int, *, terminal: type[MarkedTerminal]) -> int:
    """Run one node until SIGTERM, or until the harness is gone (end of ``life_line``)."""
    began_s = time.monotonic()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    threading.Thread(target=_die_with_harness, args=(life_line,), daemon=True).start()
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


def _die_with_harness(life_line: int) -> None:
    os.read(life_line, 1)
    os._exit(3)


def order_from(words: dict[str, Any]) -> KillOrder | None:
    """Read the order of a start; a random kill comes from outside."""
    if not words or words["point"] in FROM_OUTSIDE:
        return None
    return KillOrder(Point(words["point"]), words["passing"], words["printed_bytes"])


def _become_node(words: dict[str, Any], life_line: int) -> NoReturn:
    """Turn this fork into a node. Its log goes to a file; whatever ends it, no code of the mother runs again."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        log = os.open(words["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, sys.stderr.fileno())
        terminal = CarelessTerminal if words["careless"] else MarkedTerminal
        code = run_node(Path(words["config"]), order_from(words["order"]), life_line, terminal=terminal)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


class Mother:
    """Forks nodes on command and reports their ends."""

    def __init__(self, life_line: int) -> None:
        self._life_line = life_line
        self._waiting = b""

    def serve(self) -> None:
        """Work until standard input ends."""
        bell, bell_writer = os.pipe()
        os.set_blocking(bell_writer, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(bell_writer)
        say({"event": "loaded", "pid": os.getpid()})
        while True:
            ready, _, _ = select.select([sys.stdin.fileno(), bell], [], [])
            if bell in ready:
                os.read(bell, READ_BYTES)
                self._report_ends()
            if sys.stdin.fileno() in ready and not self._take_commands():
                return

    def _take_commands(self) -> bool:
        data = os.read(sys.stdin.fileno(), READ_BYTES)
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        for line in lines:
            words = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _become_node(words, self._life_line)
            say({"event": "started", "pid": pid, "node": words["node"]})
        return bool(data)

    def _report_ends(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            say({"event": "ended", "pid": pid, "code": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    Mother(int(sys.argv[1])).serve()
