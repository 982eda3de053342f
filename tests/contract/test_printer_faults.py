"""Every fault of a printer, at every moment, on every kind of line: the right one of three outcomes, and one receipt.

The policy is the one of the thread that owns a printer: what was not printed is printed again, what is printed is never
sent again, and of what is unsure a person prints a copy, which is marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from terminal_driver.printer.document import Columns, Cut, Document, Text
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.job import PrinterConnection, PrintOutcome
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PAPER_80_MM
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from tests.support.printer_ways import WAYS, Way

PATIENT_S = 10.0  # for jobs that end well: never waited for
HASTY_S = 0.6  # for those that cannot
ITEMS = tuple(Columns(f"Item {number}", f"{number}.00") for number in range(40))
ORIGINAL = Document("sale", (Text("Corner Café"), *ITEMS, Cut()))
COPY = Document("sale", ORIGINAL.elements, "COPY")
BEFORE = 9  # two questions and the wish to be told, three bytes each

HARMLESS = frozenset({PrinterFault.PAPER_NEAR_END, PrinterFault.PARTIAL_WRITE})
# A pseudo-terminal cannot be hung up: it opens, and nobody answers. A network opens before the printer closes.
REASONS_BEFORE = {
    PrinterFault.OUT_OF_PAPER: {"out_of_paper"},
    PrinterFault.COVER_OPEN: {"cover_open"},
    PrinterFault.OFFLINE: {"printer_offline"},
    PrinterFault.ERROR: {"printer_error"},
    PrinterFault.SILENT: {"no_answer"},
    PrinterFault.STALLS: {"no_answer"},
    PrinterFault.CLOSES: {"printer_unreachable", "line_lost", "no_answer"},
}


def encoded(document: Document) -> bytes:
    return encode(lay_out(document, PAPER_80_MM), PAPER_80_MM)


MOMENTS = {
    "before": 0,
    "first bytes": BEFORE + 5,
    "middle": BEFORE + len(encoded(ORIGINAL)) // 2,
    "cut": BEFORE + len(encoded(ORIGINAL)) - 3,
}


@pytest.fixture(params=["memory", "tcp", pytest.param("serial", marks=pytest.mark.pty)])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    with ExitStack() as stack:
        yield WAYS[request.param](VirtualPrinter(), stack)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal_driver.printer.job.STATUS_WAIT_S", 0.3)
    monkeypatch.setattr("terminal_driver.printer.job.CLEAR_WAIT_S", 0.1)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", [*PrinterFault])
def test_fault_when_it_comes_then_the_right_outcome_and_never_two_unmarked_receipts(
    way: Way, fault: PrinterFault, moment: str
) -> None:
    printer, device = way.printer, PrinterConnection(way.transport, PAPER_80_MM)
    printer.set_fault(fault, after_bytes=MOMENTS[moment])

    result = device.print(encoded(ORIGINAL), PATIENT_S if fault in HARMLESS else HASTY_S)
    printer.clear_faults()

    if fault in HARMLESS:
        expected = PrintOutcome.PRINTED
    else:
        expected = PrintOutcome.NOT_PRINTED if moment == "before" else PrintOutcome.UNSURE
    assert result.outcome is expected
    if expected is PrintOutcome.NOT_PRINTED:
        assert result.reason in REASONS_BEFORE[fault]
        assert result.bytes_sent == 0
    match result.outcome:
        case PrintOutcome.NOT_PRINTED:
            assert device.print(encoded(ORIGINAL), PATIENT_S).outcome is PrintOutcome.PRINTED
        case PrintOutcome.UNSURE:
            assert device.print(encoded(COPY), PATIENT_S).outcome is PrintOutcome.PRINTED
        case PrintOutcome.PRINTED:
            assert result.bytes_sent == len(encoded(ORIGINAL))
    originals = [paper for paper in printer.receipts if paper.cut and "COPY" not in paper.text]
    copies = [paper for paper in printer.receipts if paper.cut and "COPY" in paper.text]
    assert len(originals) <= 1
    assert len(copies) == (result.outcome is PrintOutcome.UNSURE)
    assert len(originals) + len(copies) >= 1
    if result.outcome is not PrintOutcome.UNSURE:
        assert [paper.raw for paper in printer.receipts] == [encoded(ORIGINAL)]
