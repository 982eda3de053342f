"""The virtual printer as a program of its own: shows each receipt on standard output."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from terminal_driver.printer.profile import PAPER_58_MM, PAPER_80_MM
from terminal_driver.virtual.escpos_receipt import PrintedReceipt
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from terminal_driver.virtual.printer_endpoints import PtyPrinterServer, TcpPrinterServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; returns the exit code."""
    options = _parser().parse_args(arguments)
    paper = PAPER_58_MM if options.width == 58 else PAPER_80_MM
    printer = VirtualPrinter(paper, journal=options.journal, listener=_show)
    for fault, after_bytes in options.fault:
        printer.set_fault(fault, after_bytes=after_bytes)
    end = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        end.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host, port = options.tcp
    try:
        server = TcpPrinterServer(printer, host, port)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {host}:{port}: {error}\n")
        return 1
    terminal = PtyPrinterServer(printer) if options.pty else None
    host, port = server.address
    sys.stdout.write(f"virtual printer on {host}:{port}{' and ' + terminal.path if terminal else ''}\n")
    sys.stdout.flush()
    with server:
        end.wait()
    if terminal is not None:
        terminal.close()
    return 0


def _show(receipt: PrintedReceipt) -> None:
    edge = "cut" if receipt.cut else "no cut"
    sys.stdout.write(f"--- receipt {receipt.number} ---\n{receipt.text}\n--- {edge} ---\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m terminal_driver.virtual.printer", description=__doc__)
    parser.add_argument("--tcp", type=_address, default=("127.0.0.1", 9100), metavar="HOST:PORT")
    parser.add_argument("--pty", action="store_true", help="also on a pseudo-terminal, whose name is shown")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="append each receipt as a JSON line")
    parser.add_argument("--width", type=int, choices=(58, 80), default=80, help="paper in millimetres")
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME[@BYTES]",
        help=f"switch a fault on, at once or after so many bytes: {', '.join(PrinterFault)}",
    )
    return parser


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or int(port) > 65535:
        message = f"not HOST:PORT: {text!r}"
        raise argparse.ArgumentTypeError(message)
    return host, int(port)


def _fault(text: str) -> tuple[str, int]:
    name, _, after_bytes = text.partition("@")
    if name not in set(PrinterFault) or not (after_bytes or "0").isdigit():
        message = f"not a fault: {text!r}"
        raise argparse.ArgumentTypeError(message)
    return name, int(after_bytes or 0)
