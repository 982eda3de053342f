"""Every way a print job can end, and that the outcome never promises more than is known."""

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.printer.document import Columns, Cut, Document, Text
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.job import PrinterConnection, PrintOutcome, PrintResult
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PAPER_80_MM, PrinterProfile, StatusKind
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.printer import VirtualPrinter

DEADLINE_S = 0.2  # where the job cannot end well
PATIENT_S = 10.0  # where it does, also on a busy machine
RECEIPT = encode(
    lay_out(
        Document("sale", (Text("Shop"), *(Columns(f"Item {n}", f"{n}.00") for n in range(30)), Cut()), None),
        PAPER_80_MM,
    ),
    PAPER_80_MM,
)
ASKING = [StatusKind.REALTIME, StatusKind.ORDERED, StatusKind.AUTOMATIC]
# Two questions before the first byte and, to a printer that answers in order, the wish to be told: three bytes each.
BEFORE = 9
MIDDLE = BEFORE + len(RECEIPT) // 2  # the fault falls into the middle of the receipt


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal_driver.printer.job.STATUS_WAIT_S", 0.05)
    monkeypatch.setattr("terminal_driver.printer.job.CLEAR_WAIT_S", 0.05)


def connection(printer: VirtualPrinter, kind: StatusKind = StatusKind.ORDERED) -> PrinterConnection:
    return PrinterConnection(MemoryPrinterTransport(printer), PrinterProfile(status=kind))


@pytest.mark.parametrize("kind", list(StatusKind))
@pytest.mark.parametrize("fault", [None, "paper_near_end", "partial_write"])
def test_print_when_printer_is_in_order_then_printed_once(kind: StatusKind, fault: str | None) -> None:
    printer = VirtualPrinter()
    if fault:
        printer.set_fault(fault)

    result = connection(printer, kind).print(RECEIPT, PATIENT_S)

    assert result == PrintResult(PrintOutcome.PRINTED, "", len(RECEIPT))
    assert [receipt.raw for receipt in printer.receipts] == [RECEIPT]
    assert printer.receipts[0].cut


@pytest.mark.parametrize("kind", [StatusKind.REALTIME, StatusKind.ORDERED])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("out_of_paper", "out_of_paper"),
        ("cover_open", "cover_open"),
        ("error", "printer_error"),
        ("offline", "printer_offline"),
        ("silent", "no_answer"),
        ("closes", "printer_unreachable"),
        ("stalls", "no_answer"),
    ],
)
def test_print_when_fault_was_there_before_then_not_printed_and_nothing_sent(
    kind: StatusKind, fault: str, reason: str
) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault)

    result = connection(printer, kind).print(RECEIPT, DEADLINE_S)

    assert result == PrintResult(PrintOutcome.NOT_PRINTED, reason, 0)
    printer.clear_faults()
    assert printer.receipts == ()


@pytest.mark.parametrize("fault", ["out_of_paper", "cover_open", "silent", "closes", "stalls"])
def test_print_when_asb_printer_is_not_in_order_before_then_not_printed(fault: str) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault)

    result = connection(printer, StatusKind.AUTOMATIC).print(RECEIPT, DEADLINE_S)

    assert (result.outcome, result.bytes_sent) == (PrintOutcome.NOT_PRINTED, 0)


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("fault", ["out_of_paper", "cover_open", "error", "offline", "silent", "closes", "stalls"])
def test_print_when_fault_comes_in_the_middle_then_unsure(kind: StatusKind, fault: str) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault, after_bytes=MIDDLE)

    result = connection(printer, kind).print(RECEIPT, DEADLINE_S)

    assert result.outcome is PrintOutcome.UNSURE
    assert 0 < result.bytes_sent <= len(RECEIPT)
    assert result.reason


@pytest.mark.parametrize(
    ("fault", "after_bytes", "outcome"),
    [
        ("stalls", 0, PrintOutcome.NOT_PRINTED),
        ("closes", 0, PrintOutcome.NOT_PRINTED),
        ("stalls", 100, PrintOutcome.UNSURE),
        ("closes", 100, PrintOutcome.UNSURE),
        ("silent", 0, PrintOutcome.PRINTED),
    ],
)
def test_print_when_device_has_no_status_then_bytes_taken_decide(
    fault: str, after_bytes: int, outcome: PrintOutcome
) -> None:
    printer = VirtualPrinter()
    printer.set_fault(fault, after_bytes=after_bytes)

    result = connection(printer, StatusKind.NONE).print(RECEIPT, DEADLINE_S)

    assert result.outcome is outcome


@pytest.mark.parametrize("kind", [StatusKind.REALTIME, StatusKind.ORDERED])
def test_print_when_paper_ran_out_then_the_rest_does_not_come_out_with_the_new_roll(kind: StatusKind) -> None:
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper", after_bytes=MIDDLE)
    device = connection(printer, kind)

    first = device.print(RECEIPT, DEADLINE_S)
    printer.clear_faults()
    again = device.print(RECEIPT, PATIENT_S)

    assert (first.outcome, first.reason) == (PrintOutcome.UNSURE, "out_of_paper")
    assert again.outcome is PrintOutcome.PRINTED
    assert [receipt.cut for receipt in printer.receipts] == [False, True]
    assert printer.receipts[1].text == connection_text()


def connection_text() -> str:
    printer = VirtualPrinter()
    connection(printer).print(RECEIPT, PATIENT_S)
    return printer.receipts[0].text


def test_print_when_line_broke_in_the_middle_then_next_job_clears_the_buffer_first() -> None:
    """The cover is opened and the line breaks: the half receipt waits in the buffer of the printer."""
    printer = VirtualPrinter()
    printer.set_fault("cover_open", after_bytes=MIDDLE)
    printer.set_fault("closes", after_bytes=MIDDLE + 100)
    device = connection(printer)
    assert device.print(RECEIPT, DEADLINE_S).outcome is PrintOutcome.UNSURE

    printer.clear_fault("closes")
    assert device.print(RECEIPT, DEADLINE_S) == PrintResult(PrintOutcome.NOT_PRINTED, "cover_open", 0)
    printer.clear_faults()

    assert [receipt.cut for receipt in printer.receipts] == [False]
    assert device.print(RECEIPT, PATIENT_S).outcome is PrintOutcome.PRINTED
    assert printer.receipts[-1].text == connection_text()


def test_print_when_only_the_cut_was_not_reached_then_unsure() -> None:
    """All bytes were taken and all text is on paper; still it hangs in the printer, so nobody may call it printed."""
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper", after_bytes=BEFORE + len(RECEIPT) - 3)

    result = connection(printer).print(RECEIPT, DEADLINE_S)

    assert (result.outcome, result.bytes_sent) == (PrintOutcome.UNSURE, len(RECEIPT))
    assert printer.receipts[-1].cut is False


@pytest.mark.parametrize("kind", [StatusKind.ORDERED, StatusKind.AUTOMATIC])
@pytest.mark.parametrize(("fault", "reason"), [("out_of_paper", "out_of_paper"), ("cover_open", "cover_open")])
def test_print_when_line_takes_nothing_more_then_the_printer_has_said_why_by_itself(
    kind: StatusKind, fault: str, reason: str
) -> None:
    """A network line with a full buffer carries no question: only automatic status tells the cause."""
    printer = VirtualPrinter()
    printer.set_fault(fault, after_bytes=MIDDLE)
    printer.set_fault("stalls", after_bytes=MIDDLE + 100)

    result = connection(printer, kind).print(RECEIPT, DEADLINE_S)

    assert (result.outcome, result.reason) == (PrintOutcome.UNSURE, reason)


@pytest.mark.parametrize("kind", [StatusKind.ORDERED, StatusKind.AUTOMATIC])
def test_print_when_paper_is_renewed_before_the_deadline_then_the_receipt_goes_on(kind: StatusKind) -> None:
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper", after_bytes=BEFORE + 100)
    printer.set_fault("stalls", after_bytes=BEFORE + 400)
    line = _RenewsPaper(printer)

    result = PrinterConnection(line, PrinterProfile(status=kind)).print(RECEIPT, PATIENT_S)

    assert result.outcome is PrintOutcome.PRINTED
    assert [(receipt.raw, receipt.cut) for receipt in printer.receipts] == [(RECEIPT, True)]


class _RenewsPaper(MemoryPrinterTransport):
    """A line at whose printer somebody puts in a new roll as soon as it takes nothing more."""

    def __init__(self, printer: VirtualPrinter) -> None:
        super().__init__(printer)
        self._printer = printer

    def write(self, data: bytes, deadline_s: float) -> int:
        taken = super().write(data, min(deadline_s, 0.01))
        if not taken:
            self._printer.clear_faults()
        return taken


@pytest.mark.parametrize("before", ["stranded", "fresh"])
def test_print_when_an_earlier_owner_left_a_rest_then_forgotten_only_if_told(before: str) -> None:
    """The gateway was killed in the middle of a receipt: a new connection knows nothing of it but is told."""
    printer = VirtualPrinter()
    printer.set_fault("out_of_paper")
    line = printer.connect()
    line.accept(b"\x1b@old receipt\n\x1dV\x00", 1.0)
    line.hang_up()
    device = connection(printer)
    if before == "stranded":
        device.forget_rest()

    device.print(RECEIPT, DEADLINE_S)
    printer.clear_faults()

    assert [receipt.text for receipt in printer.receipts] == ([] if before == "stranded" else ["old receipt"])


def test_print_when_there_is_nothing_then_not_printed() -> None:
    assert connection(VirtualPrinter()).print(b"", 1.0) == PrintResult(PrintOutcome.NOT_PRINTED, "nothing_to_print", 0)


def test_print_when_first_byte_is_taken_then_told_once_and_only_then() -> None:
    told: list[int] = []
    printer = VirtualPrinter()
    device = PrinterConnection(
        MemoryPrinterTransport(printer), PAPER_80_MM, first_byte=lambda: told.append(len(printer.receipts))
    )

    device.print(RECEIPT, PATIENT_S)
    printer.set_fault("out_of_paper")
    device.print(RECEIPT, DEADLINE_S)

    assert told == [0]


@pytest.mark.parametrize("kind", ASKING)
def test_status_when_printer_answers_then_told_in_words(kind: StatusKind) -> None:
    printer = VirtualPrinter()
    device = connection(printer, kind)

    assert (device.status().ready, device.status().words) == (True, "The printer is ready.")
    printer.set_fault("paper_near_end")
    assert (device.status().ready, device.status().words) == (True, "The printer answers: its paper is near the end.")
    printer.set_fault("silent")
    assert (device.status().ready, device.status().answered) == (False, False)


def test_status_when_device_cannot_tell_then_not_answered() -> None:
    status = connection(VirtualPrinter(), StatusKind.NONE).status()

    assert (status.answered, status.words) == (False, "This printer cannot tell its state.")


def test_status_when_unreachable_then_not_answered() -> None:
    printer = VirtualPrinter()
    printer.set_fault("closes")

    assert connection(printer).status().problem == "no_answer"


class _Babbler:
    """A device that talks without end and never answers: noise on a serial line."""

    def open(self) -> None:
        pass

    def write(self, data: bytes, deadline_s: float) -> int:
        return len(data) if deadline_s > 0 else 0

    def read(self, maximum: int, timeout_s: float) -> bytes:
        return b"\xff" * maximum if timeout_s >= 0 else b""

    def close(self) -> None:
        pass


def test_print_when_the_line_is_full_of_noise_then_ends_by_the_deadline_not_printed() -> None:
    result = PrinterConnection(_Babbler(), PAPER_80_MM).print(RECEIPT, DEADLINE_S)

    assert result == PrintResult(PrintOutcome.NOT_PRINTED, "no_answer", 0)


def test_memory_transport_when_used_closed_then_refused() -> None:
    transport = MemoryPrinterTransport(VirtualPrinter())

    with pytest.raises(TransportError, match="not open"):
        transport.write(b"x", 0.1)
    transport.close()
