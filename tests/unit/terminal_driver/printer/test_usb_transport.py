"""What is peculiar to a USB printer: it comes and goes, says nothing for a while, and may be of one direction."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.printer.job import PrinterConnection, PrintOutcome, PrintResult
from terminal_driver.printer.profile import PrinterProfile
from terminal_driver.printer.usb_printers import UsbPrinter, find_usb_printers
from terminal_driver.printer.usb_transport import UsbPrinterTransport, _hint
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.printer_endpoints import PtyPrinterServer
from tests.support.usb_tree import UsbTree

RECEIPT = b"\x1b@" + b"line\n" * 300 + b"\x1dV\x00"
DEADLINE_S = 10.0


@pytest.fixture
def tree(tmp_path: Path) -> UsbTree:
    return UsbTree(tmp_path)


def finder(tree: UsbTree) -> Callable[[], tuple[UsbPrinter, ...]]:
    return partial(find_usb_printers, tree.sys_root, tree.dev_root)


@pytest.mark.pty
def test_print_when_plugged_in_elsewhere_between_two_jobs_then_found_again(tree: UsbTree) -> None:
    printer = VirtualPrinter()
    device = PrinterConnection(UsbPrinterTransport("0416:5011/77", find=finder(tree)), PrinterProfile())
    with PtyPrinterServer(printer) as server:
        tree.plug("1-2", serial="77", lp="lp0").symlink_to(server.path)
        first = device.print(RECEIPT, DEADLINE_S)
        tree.unplug("1-2")
        away = device.print(RECEIPT, DEADLINE_S)
        tree.plug("2-1", serial="77", lp="lp3").symlink_to(server.path)
        again = device.print(RECEIPT, DEADLINE_S)

    assert [result.outcome for result in (first, away, again)] == [
        PrintOutcome.PRINTED,
        PrintOutcome.NOT_PRINTED,
        PrintOutcome.PRINTED,
    ]
    assert away == PrintResult(PrintOutcome.NOT_PRINTED, "printer_unreachable", 0)
    assert [receipt.raw for receipt in printer.receipts] == [RECEIPT] * 2


def test_read_when_the_device_has_nothing_to_say_then_empty_and_not_lost(tree: UsbTree) -> None:
    """`usblp` gives no bytes where another device file would mean that the other side has gone."""
    tree.plug("1-2", lp="lp0").touch()
    transport = UsbPrinterTransport(find=finder(tree))
    transport.open()

    assert transport.read(10, 0.05) == b""
    assert transport.write(b"abc", DEADLINE_S) == 3
    transport.close()


def test_write_when_the_printer_takes_nothing_more_then_stops_at_the_deadline(tree: UsbTree) -> None:
    path = tree.plug("1-2", lp="lp0")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    transport = UsbPrinterTransport(find=finder(tree))
    transport.open()
    try:
        taken = transport.write(b"x" * 1_000_000, 0.1)

        assert 0 < taken < 1_000_000
        assert transport.write(b"more", 0.05) == 0
        assert len(os.read(reader, taken)) == taken
    finally:
        transport.close()
        os.close(reader)


@pytest.mark.pty
def test_write_when_the_other_end_has_gone_then_lost_and_nothing_taken(tree: UsbTree) -> None:
    device, terminal = os.openpty()
    tree.plug("1-2", lp="lp0").symlink_to(os.ttyname(terminal))
    transport = UsbPrinterTransport(find=finder(tree))
    transport.open()
    os.close(device)
    os.close(terminal)

    with pytest.raises(TransportError) as lost:
        transport.write(b"x", DEADLINE_S)

    assert lost.value.code == "line_lost"
    transport.close()


def test_open_when_of_one_direction_then_writes_and_never_answers(
    tree: UsbTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel refuses reading; for root, who may read every file, the refusal is played."""
    path = tree.plug("1-2", lp="lp0")
    path.touch()
    really_open = os.open

    def write_only(name: Path, flags: int) -> int:
        if flags & os.O_RDWR:
            raise PermissionError
        return really_open(name, flags)

    monkeypatch.setattr(os, "open", write_only)
    transport = UsbPrinterTransport(find=finder(tree))
    transport.open()

    assert transport.write(b"abc", DEADLINE_S) == 3
    assert transport.read(10, DEADLINE_S) == b""
    transport.close()
    assert path.read_bytes() == b"abc"


def test_open_when_the_device_file_is_missing_then_unreachable(tree: UsbTree) -> None:
    tree.plug("1-2", lp="lp0")

    with pytest.raises(TransportError) as refused:
        UsbPrinterTransport(find=finder(tree)).open()

    assert refused.value.code == "printer_unreachable"


def test_transport_when_address_is_of_another_form_then_refused_at_once() -> None:
    with pytest.raises(ValueError, match="VENDOR:PRODUCT"):
        UsbPrinterTransport("lp0")


@pytest.mark.parametrize(
    ("error", "word"), [(PermissionError(13, "no"), "usermod"), (OSError(16, "busy"), "print service")]
)
def test_hint_when_opening_failed_then_what_to_do(error: OSError, word: str) -> None:
    assert word in _hint(error)
