"""Every way to a virtual printer: memory, TCP, pseudo-terminal by pyserial, device file, USB."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from terminal_driver.printer.transports import (
    FilePrinterTransport,
    MemoryPrinterTransport,
    PrinterTransport,
    SerialPrinterTransport,
    TcpPrinterTransport,
)
from terminal_driver.printer.usb_printers import find_usb_printers
from terminal_driver.printer.usb_transport import UsbPrinterTransport
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.printer_endpoints import PtyPrinterServer, TcpPrinterServer
from tests.support.usb_tree import UsbTree


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a virtual printer of its own."""

    printer: VirtualPrinter
    transport: PrinterTransport


def _memory(printer: VirtualPrinter, _stack: ExitStack) -> Way:
    return Way(printer, MemoryPrinterTransport(printer))


def _tcp(printer: VirtualPrinter, stack: ExitStack) -> Way:
    server = stack.enter_context(TcpPrinterServer(printer))
    return Way(printer, TcpPrinterTransport(*server.address))


def _serial(printer: VirtualPrinter, stack: ExitStack) -> Way:
    server = stack.enter_context(PtyPrinterServer(printer))
    return Way(printer, SerialPrinterTransport(server.path, baud=115200))


def _device_file(printer: VirtualPrinter, stack: ExitStack) -> Way:
    server = stack.enter_context(PtyPrinterServer(printer))
    return Way(printer, FilePrinterTransport(Path(server.path)))


def _usb(printer: VirtualPrinter, stack: ExitStack) -> Way:
    server = stack.enter_context(PtyPrinterServer(printer))
    tree = UsbTree(Path(stack.enter_context(tempfile.TemporaryDirectory())))
    tree.plug("1-2", serial="77", lp="lp0").symlink_to(server.path)
    return Way(
        printer, UsbPrinterTransport("0416:5011/77", find=partial(find_usb_printers, tree.sys_root, tree.dev_root))
    )


WAYS: dict[str, Callable[[VirtualPrinter, ExitStack], Way]] = {
    "memory": _memory,
    "tcp": _tcp,
    "serial": _serial,
    "file": _device_file,
    "usb": _usb,
}
