"""A receipt printer behind the gateway's port: receipt -> document -> layout -> ESC/POS -> line."""

from pathlib import Path

from gateway.adapters.receipt_document import document_of
from gateway.domain.receipt import Receipt
from gateway.ports.printer import PrinterState, PrintReport, PrintVerdict
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.job import PrinterConnection, PrintOutcome
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PrinterProfile, StatusKind
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.printer import PrintedReceipt, VirtualPrinter

PRINT_DEADLINE_S = 60.0
"""A receipt of three metres takes less even at 9600 baud; longer means a printer that stands still."""

_VERDICTS = {
    PrintOutcome.PRINTED: PrintVerdict.PRINTED,
    PrintOutcome.NOT_PRINTED: PrintVerdict.NOT_PRINTED,
    PrintOutcome.UNSURE: PrintVerdict.UNSURE,
}

_REASONS = {
    "": "Printed.",
    "out_of_paper": "The printer is out of paper. Put in a new roll.",
    "cover_open": "The printer's cover is open. Close it.",
    "printer_error": "The printer reports an error. Switch it off and on.",
    "printer_offline": "The printer is offline. Press its online key.",
    "printer_stalled": "The printer stopped taking data. Check paper, cover and cable.",
    "printer_unreachable": "The printer cannot be reached. Check power and cable.",
    "line_lost": "The line to the printer broke. Check power and cable.",
    "no_answer": "The printer does not answer. Check power and cable.",
}


class EscPosPrinter:
    """One printer; called only by the thread that owns it."""

    def __init__(self, connection: PrinterConnection, profile: PrinterProfile, cache_dir: Path) -> None:
        """``cache_dir``: where the encoder keeps its printer capabilities between starts."""
        self._connection = connection
        self._profile = profile
        self._cache_dir = cache_dir

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        """Lay out, encode and send one receipt."""
        data = encode_receipt(receipt, self._profile, self._cache_dir)
        result = self._connection.print(data, PRINT_DEADLINE_S)
        return PrintReport(_VERDICTS[result.outcome], _reason(result.reason))

    def state(self) -> PrinterState:
        """Ask the device for its state; a device that cannot tell counts as ready."""
        if self._profile.status is StatusKind.NONE:
            return PrinterState(ready=True, words="Takes data; this printer cannot tell its state.")
        status = self._connection.status()
        return PrinterState(status.ready, status.words)

    def close(self) -> None:
        """Nothing to close: the connection opens its line for each job."""


def encode_receipt(receipt: Receipt, profile: PrinterProfile, cache_dir: Path) -> bytes:
    """Return the ESC/POS bytes of a receipt."""
    return encode(lay_out(document_of(receipt), profile), profile, cache_dir=cache_dir)


def _reason(code: str) -> str:
    return _REASONS.get(code, f"The printer cannot be used: {code.replace('_', ' ')}.")


class PaperRenderer:
    """Shows receipts as a printer would print them: through the same bytes, on a virtual printer of its own."""

    def __init__(self, profile: PrinterProfile, cache_dir: Path) -> None:
        self._profile = profile
        self._cache_dir = cache_dir

    def text(self, receipt: Receipt) -> str:
        """Return the printed text, one line per printed line."""
        return self._print(receipt).text

    def png(self, receipt: Receipt) -> bytes:
        """Return the printed paper as a PNG picture."""
        return self._print(receipt).png()

    def _print(self, receipt: Receipt) -> PrintedReceipt:
        paper = VirtualPrinter(self._profile)
        data = encode_receipt(receipt, self._profile, self._cache_dir)
        PrinterConnection(MemoryPrinterTransport(paper), self._profile).print(data, PRINT_DEADLINE_S)
        return paper.receipts[0]
