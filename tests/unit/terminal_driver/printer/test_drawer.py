"""The cash drawer: opened when it is wanted, also without paper, and never later."""

import pytest

from terminal_driver.printer.drawer import DrawerOutcome, DrawerPulse, DrawerResult
from terminal_driver.printer.job import PrinterConnection, PrintOutcome
from terminal_driver.printer.profile import PrinterProfile, StatusKind
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.printer import VirtualPrinter

ASKING = [StatusKind.REALTIME, StatusKind.ORDERED, StatusKind.AUTOMATIC]
ASKED_BYTES = {StatusKind.REALTIME: 6, StatusKind.ORDERED: 6, StatusKind.AUTOMATIC: 3}
OPENED = DrawerResult(DrawerOutcome.PULSED, "", moved=True)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATUS_WAIT_S", "CLEAR_WAIT_S", "DRAWER_MOVES_S"):
        monkeypatch.setattr(f"terminal_driver.printer.job.{name}", 0.05)


def connection(printer: VirtualPrinter, kind: StatusKind = StatusKind.ORDERED) -> PrinterConnection:
    return PrinterConnection(MemoryPrinterTransport(printer), PrinterProfile(status=kind))


@pytest.mark.parametrize("kind", ASKING)
def test_drawer_when_printer_is_ready_then_opened_and_its_contact_proves_it(kind: StatusKind) -> None:
    printer = VirtualPrinter()

    result = connection(printer, kind).open_drawer()

    assert result == OPENED
    assert (printer.drawer_pulses, printer.drawer_open, printer.receipts) == (1, True, ())


def test_drawer_when_it_stands_open_already_then_pulsed_without_proof() -> None:
    printer = VirtualPrinter()
    device = connection(printer)
    device.open_drawer()

    again = device.open_drawer()
    printer.close_drawer()
    closed_before = device.open_drawer()

    assert again == DrawerResult(DrawerOutcome.PULSED, "", moved=False)
    assert closed_before == OPENED


def test_drawer_when_printer_cannot_tell_then_the_bytes_taken_decide() -> None:
    printer = VirtualPrinter()
    device = connection(printer, StatusKind.NONE)

    assert device.open_drawer() == DrawerResult(DrawerOutcome.PULSED, "", moved=False)
    printer.set_fault("stalls")
    assert device.open_drawer() == DrawerResult(DrawerOutcome.NOT_PULSED, "printer_stalled", moved=False)
    assert printer.drawer_pulses == 1


@pytest.mark.parametrize("kind", [StatusKind.REALTIME, StatusKind.ORDERED])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [("out_of_paper", "out_of_paper"), ("cover_open", "cover_open"), ("offline", "printer_offline")],
)
def test_drawer_when_printer_cannot_print_then_opened_all_the_same_and_once(
    kind: StatusKind, fault: str, reason: str
) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault)

    result = connection(printer, kind).open_drawer()
    printer.clear_faults()

    assert result == DrawerResult(DrawerOutcome.PULSED, reason, moved=True)
    assert printer.drawer_pulses == 1


def test_drawer_when_printer_has_to_be_restarted_then_unsure() -> None:
    """A printer in this state takes the command and does nothing."""
    printer = VirtualPrinter()
    printer.set_fault("error")

    result = connection(printer).open_drawer()
    printer.clear_faults()

    assert result == DrawerResult(DrawerOutcome.UNSURE, "printer_error", moved=False)
    assert printer.drawer_pulses == 0


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("fault", ["silent", "closes", "stalls"])
def test_drawer_when_printer_is_away_then_not_pulsed_and_stays_shut(kind: StatusKind, fault: str) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault)

    result = connection(printer, kind).open_drawer()
    printer.clear_faults()

    assert (result.outcome, result.moved) == (DrawerOutcome.NOT_PULSED, False)
    assert result.reason
    assert printer.drawer_pulses == 0


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("fault", ["out_of_paper", "closes", "stalls"])
def test_drawer_when_trouble_comes_with_the_pulse_then_it_does_not_open_later(kind: StatusKind, fault: str) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault, after_bytes=ASKED_BYTES[kind] + 2)
    device = connection(printer, kind)

    result = device.open_drawer()
    pulses = printer.drawer_pulses
    printer.clear_faults()

    assert result.outcome is DrawerOutcome.UNSURE
    device.print(b"\x1b@next\n\x1dV\x00", 5.0)
    assert printer.drawer_pulses == pulses == 0


def test_drawer_when_a_receipt_was_left_half_done_then_the_rest_is_forgotten_first() -> None:
    printer = VirtualPrinter()
    device = connection(printer)
    receipt = b"\x1b@" + b"line\n" * 100 + b"\x1dV\x00"
    printer.set_fault("out_of_paper", after_bytes=9 + 200)
    printer.set_fault("closes", after_bytes=9 + 300)
    assert device.print(receipt, 0.2).outcome is PrintOutcome.UNSURE
    printer.clear_fault("closes")

    result = device.open_drawer()
    printer.clear_faults()

    assert (result.outcome, result.moved) == (DrawerOutcome.PULSED, True)
    assert [paper.cut for paper in printer.receipts] == [False]


@pytest.mark.parametrize(
    ("pulse", "in_order", "at_once"),
    [
        (DrawerPulse(), b"\x1bp\x00\x32\x32", b"\x10\x14\x01\x00\x01"),
        (DrawerPulse(pin=5, on_ms=120, off_ms=240), b"\x1bp\x01\x3c\x78", b"\x10\x14\x01\x01\x02"),
        (DrawerPulse(on_ms=510, off_ms=510), b"\x1bp\x00\xff\xff", b"\x10\x14\x01\x00\x06"),
    ],
)
def test_pulse_when_said_then_in_the_units_of_each_command(pulse: DrawerPulse, in_order: bytes, at_once: bytes) -> None:
    assert (pulse.in_order(), pulse.at_once()) == (in_order, at_once)


@pytest.mark.parametrize(("pin", "on_ms", "off_ms"), [(3, 100, 100), (2, 0, 100), (2, 200, 100), (2, 100, 600)])
def test_pulse_when_impossible_then_refused(pin: int, on_ms: int, off_ms: int) -> None:
    with pytest.raises(ValueError, match=r"drawer|pulse"):
        DrawerPulse(pin, on_ms, off_ms)
