"""A receipt printer behind the gateway's port: receipt -> document -> layout -> ESC/POS -> line."""

from pathlib import Path

from gateway.adapters.paper_document import document_of_paper
from gateway.adapters.receipt_document import document_of
from gateway.domain.cards.card_receipt import Receipt
from gateway.domain.printing.paper import Paper
from gateway.ports.printer import DrawerReport, DrawerVerdict, PrinterState, PrintReport, PrintVerdict
from terminal_driver.printer.calibration import calibration_page
from terminal_driver.printer.document import Document, Logo
from terminal_driver.printer.drawer import DrawerOutcome, DrawerPulse
from terminal_driver.printer.encoder import EncodedJob, encode_job
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

_DRAWER_VERDICTS = {
    DrawerOutcome.PULSED: DrawerVerdict.OPENED,
    DrawerOutcome.NOT_PULSED: DrawerVerdict.NOT_OPENED,
    DrawerOutcome.UNSURE: DrawerVerdict.UNSURE,
}

MISSING_TOLD_MAX = 20
"""So many letters without a font are named in the note of a job; a whole receipt of them says it once."""

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

    def __init__(
        self,
        connection: PrinterConnection,
        profile: PrinterProfile,
        cache_dir: Path,
        *,
        logo: Logo | None = None,
        pulse: DrawerPulse | None = None,
    ) -> None:
        """``cache_dir``: where the encoder keeps its printer capabilities between starts; ``pulse``: of its drawer."""
        self._connection = connection
        self._profile = profile
        self._cache_dir = cache_dir
        self._logo = logo
        self._pulse = pulse or DrawerPulse()

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        """Lay out, encode and send one receipt; letters that no font here has are named in the report."""
        return self._print(document_of(receipt, self._logo))

    def print_paper(self, paper: Paper) -> PrintReport:
        """As ``print_receipt``, of any other paper."""
        return self._print(document_of_paper(paper, self._logo))

    def print_test_page(self) -> PrintReport:
        """Print the page by which width, code page and knife are checked."""
        return self._print(calibration_page(self._profile))

    def open_drawer(self) -> DrawerReport:
        """Open the cash drawer now or not at all; also without paper."""
        result = self._connection.open_drawer(self._pulse)
        words = "Opened." if not result.reason else _reason(result.reason)
        return DrawerReport(_DRAWER_VERDICTS[result.outcome], words, proven=result.moved)

    def forget_rest(self) -> None:
        """Have the printer's buffer cleared before the next job."""
        self._connection.forget_rest()

    def state(self) -> PrinterState:
        """Ask the device for its state; a device that cannot tell counts as ready."""
        if self._profile.status is StatusKind.NONE:
            return PrinterState(ready=True, words="Takes data; this printer cannot tell its state.")
        status = self._connection.status()
        if not status.answered:
            return PrinterState(status.ready, status.words, answered=False)
        return PrinterState(
            status.ready, status.words, answered=True, paper=status.paper.value, cover_open=status.cover_open
        )

    def close(self) -> None:
        """Nothing to close: the connection opens its line for each job."""

    def _print(self, document: Document) -> PrintReport:
        job = _job_of(document, self._profile, self._cache_dir)
        result = self._connection.print(job.data, PRINT_DEADLINE_S)
        return PrintReport(_VERDICTS[result.outcome], _reason(result.reason) + _missing_words(job.missing))


def encode_receipt(receipt: Receipt, profile: PrinterProfile, cache_dir: Path) -> bytes:
    """Return the ESC/POS bytes of a receipt."""
    return _job_of(document_of(receipt), profile, cache_dir).data


def _job_of(document: Document, profile: PrinterProfile, cache_dir: Path) -> EncodedJob:
    return encode_job(lay_out(document, profile), profile, cache_dir=cache_dir)


def _reason(code: str) -> str:
    return _REASONS.get(code, f"The printer cannot be used: {code.replace('_', ' ')}.")


def _missing_words(missing: tuple[str, ...]) -> str:
    if not missing:
        return ""
    named = " ".join(missing[:MISSING_TOLD_MAX]) + (" ..." if len(missing) > MISSING_TOLD_MAX else "")
    return f" No font here has {named}: a crossed box stands in the place. Install fonts-unifont."


class PaperRenderer:
    """Shows papers as a printer would print them: through the same bytes, on a virtual printer of its own."""

    def __init__(self, profile: PrinterProfile, cache_dir: Path, *, logo: Logo | None = None) -> None:
        self._profile = profile
        self._cache_dir = cache_dir
        self._logo = logo

    def text(self, receipt: Receipt) -> str:
        """Return the printed text, one line per printed line."""
        return self._print(document_of(receipt, self._logo)).text

    def png(self, receipt: Receipt) -> bytes:
        """Return the printed paper as a PNG picture."""
        return self._print(document_of(receipt, self._logo)).png()

    def paper_text(self, paper: Paper) -> str:
        """Return the printed text of any other paper."""
        return self._print(document_of_paper(paper, self._logo)).text

    def paper_png(self, paper: Paper) -> bytes:
        """Return any other paper as a PNG picture."""
        return self._print(document_of_paper(paper, self._logo)).png()

    def _print(self, document: Document) -> PrintedReceipt:
        paper = VirtualPrinter(self._profile)
        data = _job_of(document, self._profile, self._cache_dir).data
        PrinterConnection(MemoryPrinterTransport(paper), self._profile).print(data, PRINT_DEADLINE_S)
        return paper.receipts[0]
