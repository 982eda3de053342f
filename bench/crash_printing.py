"""Stand-ins around a printer and its line that kill the process in the middle of a receipt (see ``crash_points``)."""

from bench.crash_points import KillSwitch, Point
from gateway.domain.cards.card_receipt import Receipt
from gateway.domain.printing.paper import Paper
from gateway.ports.printer import DrawerReport, PrinterDevice, PrinterState, PrintReport
from terminal_driver.printer.transports import PrinterTransport


class MarkedPaperLine:
    """A line to a printer that kills the process when the ordered byte of a receipt has left."""

    def __init__(self, inner: PrinterTransport, switch: KillSwitch) -> None:
        self._inner = inner
        self._switch = switch
        self._left: int | None = None

    def receipt_begins(self) -> None:
        """Count from here."""
        self._left = self._switch.printing_stops_after()

    def receipt_ended(self) -> None:
        """Count no longer. Of a receipt that is shorter than ordered the last byte is the one to die after."""
        if self._left is not None:
            self._switch.passing(Point.WHILE_PRINTING)
        self._left = None

    def open(self) -> None:
        """Pass on."""
        self._inner.open()

    def write(self, data: bytes, deadline_s: float) -> int:
        """Send; of the last piece only as much as was ordered, then die."""
        if self._left is None:
            return self._inner.write(data, deadline_s)
        taken = self._inner.write(data[: self._left], deadline_s)
        self._left -= taken
        if self._left == 0:
            self._switch.passing(Point.WHILE_PRINTING)
            self._left = None
        return taken

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """Pass on."""
        return self._inner.read(maximum, timeout_s)

    def close(self) -> None:
        """Pass on."""
        self._inner.close()


class MarkedPrinter:
    """A printer whose line is told where a receipt begins and ends."""

    def __init__(self, inner: PrinterDevice, line: MarkedPaperLine) -> None:
        self._inner = inner
        self._line = line

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        """Print."""
        self._line.receipt_begins()
        try:
            return self._inner.print_receipt(receipt)
        finally:
            self._line.receipt_ended()

    def print_paper(self, paper: Paper) -> PrintReport:
        """Print."""
        self._line.receipt_begins()
        try:
            return self._inner.print_paper(paper)
        finally:
            self._line.receipt_ended()

    def print_test_page(self) -> PrintReport:
        """Pass on."""
        return self._inner.print_test_page()

    def open_drawer(self) -> DrawerReport:
        """Pass on."""
        return self._inner.open_drawer()

    def forget_rest(self) -> None:
        """Pass on."""
        self._inner.forget_rest()

    def state(self) -> PrinterState:
        """Pass on."""
        return self._inner.state()

    def close(self) -> None:
        """Pass on."""
        self._inner.close()
