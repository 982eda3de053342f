"""A printer behind the gateway's port: every end of a job has its verdict and words a cashier understands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters.printer import _REASONS, EscPosPrinter, _missing_words, _reason
from gateway.ports.printer import DrawerVerdict, PrinterDevice, PrintVerdict
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.profile import PAPER_80_MM, PrinterProfile, StatusKind
from terminal_driver.printer.transports import FilePrinterTransport, MemoryPrinterTransport
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from tests.unit.gateway.adapters.test_receipt_document import PLAIN


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


def _printer(paper: VirtualPrinter, cache: Path, profile: PrinterProfile = PAPER_80_MM) -> PrinterDevice:
    return EscPosPrinter(PrinterConnection(MemoryPrinterTransport(paper), profile), profile, cache)


def test_receipt_then_printed(cache: Path) -> None:
    paper = VirtualPrinter(PAPER_80_MM)
    printer = _printer(paper, cache)

    report = printer.print_receipt(PLAIN)

    assert (report.verdict, report.reason) == (PrintVerdict.PRINTED, "Printed.")
    assert len(paper.receipts) == 1
    assert printer.state().ready
    printer.close()


@pytest.mark.parametrize("fault", ["out_of_paper", "cover_open"])
def test_fault_before_the_job_then_not_printed_with_words_and_not_ready(cache: Path, fault: str) -> None:
    paper = VirtualPrinter(PAPER_80_MM)
    paper.set_fault(PrinterFault(fault))
    printer = _printer(paper, cache)

    report, state = printer.print_receipt(PLAIN), printer.state()

    assert report.verdict is PrintVerdict.NOT_PRINTED
    assert report.reason == _REASONS[fault]
    assert not state.ready
    assert state.words
    assert paper.receipts == ()


def test_device_that_cannot_tell_its_state_then_it_counts_as_ready(cache: Path, tmp_path: Path) -> None:
    profile = replace(PAPER_80_MM, status=StatusKind.NONE)
    printer = EscPosPrinter(
        PrinterConnection(FilePrinterTransport(tmp_path / "missing" / "lp0"), profile), profile, cache
    )

    assert printer.state().ready
    report = printer.print_receipt(PLAIN)
    assert report.verdict is PrintVerdict.NOT_PRINTED
    assert report.reason


def test_unknown_reason_then_words_all_the_same() -> None:
    assert _reason("paper_jam") == "The printer cannot be used: paper jam."


@pytest.mark.parametrize(
    ("fault", "verdict", "words", "pulses"),
    [
        (None, DrawerVerdict.OPENED, "Opened.", 1),
        ("out_of_paper", DrawerVerdict.OPENED, _REASONS["out_of_paper"], 1),
        ("closes", DrawerVerdict.NOT_OPENED, _REASONS["printer_unreachable"], 0),
    ],
)
def test_drawer_then_told_in_words(
    cache: Path, fault: str | None, verdict: DrawerVerdict, words: str, pulses: int
) -> None:
    paper = VirtualPrinter(PAPER_80_MM)
    if fault:
        paper.set_fault(fault)

    report = _printer(paper, cache).open_drawer()

    assert (report.verdict, report.reason, report.proven) == (verdict, words, bool(pulses))
    assert paper.drawer_pulses == pulses


def test_receipt_with_a_letter_no_font_has_then_printed_and_the_letter_named(cache: Path) -> None:
    paper = VirtualPrinter(PAPER_80_MM)

    report = _printer(paper, cache).print_receipt(replace(PLAIN, card_words="\U0003fffd"))

    assert report.verdict is PrintVerdict.PRINTED
    assert report.reason.startswith("Printed. No font here has \U0003fffd: a crossed box")


def test_missing_letters_when_many_then_the_first_are_named() -> None:
    assert _missing_words(()) == ""
    assert "t ...:" in _missing_words(tuple("abcdefghijklmnopqrstuvwxyz"))


def test_rest_of_an_earlier_owner_then_cleared_before_the_next_receipt(cache: Path) -> None:
    paper = VirtualPrinter(PAPER_80_MM)
    paper.set_fault("out_of_paper")
    line = paper.connect()
    line.accept(b"half a receipt\n", 1.0)
    line.hang_up()
    printer = _printer(paper, cache)

    printer.forget_rest()
    printer.print_receipt(PLAIN)
    paper.clear_faults()

    assert paper.receipts == ()
