"""Every fault of a printer and each kind of job of the gateway: one of three outcomes, and never two unmarked papers.

``test_printer_faults.py`` shows it for bytes on every kind of line; here it is shown for what the gateway prints and
for the cash drawer, which has to stay shut where it was not opened, also when the fault is over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.adapters.printer import EscPosPrinter
from gateway.domain.cards.card_receipt import Receipt, ReceiptCopy, ShopFace
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.printing.drawer import DrawerVerdict
from gateway.domain.printing.kitchen import SLIP_WORDS, Change, KitchenOrder, OrderId, OrderLine, TicketId, slip_paper
from gateway.domain.printing.paper import Line, Pair, Paper, Words
from gateway.ports.printer import PrintReport, PrintVerdict
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.profile import PAPER_80_MM
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from tests.support.storage_rows import NOON, new_id

HARMLESS = frozenset({PrinterFault.PAPER_NEAR_END, PrinterFault.PARTIAL_WRITE})
OPENS_ALL_THE_SAME = HARMLESS | {PrinterFault.OUT_OF_PAPER, PrinterFault.COVER_OPEN, PrinterFault.OFFLINE}
NEVER_REACHED = frozenset({PrinterFault.SILENT, PrinterFault.STALLS, PrinterFault.CLOSES})
MIDDLE = 60
"""Bytes after which a fault comes: status questions are over, no paper of these is that short."""

WALL = datetime(2026, 3, 2, 13, 5)  # noqa: DTZ001  the store's wall clock, as a receipt prints it
SOUP = OrderLine("Soup of the day with bread", Decimal(2), "food", "no onions")


def receipt(*, copy: bool) -> Receipt:
    return Receipt(
        copy=ReceiptCopy.CUSTOMER,
        duplicate=copy,
        shop=ShopFace("Corner Shop", ("Main Street 1",), None, "en"),
        register_name="Till 1",
        number="1A2B3C4D",
        local_time=WALL,
        lines=(),
        total=Money(930, Currency.of("EUR")),
        paid=True,
        status_words="Paid by card",
        card_words="Visa ..1234",
        eft_lines=(),
        trace_id="a" * 32,
    )


def slip(*, copy: bool) -> Paper:
    order = KitchenOrder(
        TenantId("main"),
        StoreId("store-1"),
        OrderId(new_id()),
        TicketId(new_id()),
        1,
        RegisterId("till-1"),
        7,
        "Table 4",
        (SOUP,),
        NOON,
        "anna",
    )
    return slip_paper(
        order,
        (Change(SOUP, Decimal(2), Decimal(0)),),
        place_name="Kitchen",
        register_name="Till 1",
        local_time=WALL,
        words=SLIP_WORDS["en"],
        duplicate=copy,
    )


def report(*, copy: bool) -> Paper:
    paper = Paper(
        "Z 17", (Words("Z report 17", bold=True, big=True), Line(), *(Pair(f"Row {n}", "1.00") for n in range(9)))
    )
    return paper.as_copy("COPY") if copy else paper


JOBS: dict[str, Callable[[EscPosPrinter, bool], PrintReport]] = {
    "receipt": lambda device, copy: device.print_receipt(receipt(copy=copy)),
    "slip": lambda device, copy: device.print_paper(slip(copy=copy)),
    "report": lambda device, copy: device.print_paper(report(copy=copy)),
}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("STATUS_WAIT_S", 0.05), ("CLEAR_WAIT_S", 0.05), ("DRAWER_MOVES_S", 0.05), ("LISTEN_S", 0.1)):
        monkeypatch.setattr(f"terminal_driver.printer.job.{name}", seconds)
    monkeypatch.setattr("gateway.adapters.printer.PRINT_DEADLINE_S", 0.4)


@pytest.fixture
def paper() -> VirtualPrinter:
    return VirtualPrinter()


@pytest.fixture
def device(paper: VirtualPrinter, tmp_path: Path) -> EscPosPrinter:
    return EscPosPrinter(PrinterConnection(MemoryPrinterTransport(paper), PAPER_80_MM), PAPER_80_MM, tmp_path)


@pytest.mark.parametrize("after_bytes", [0, MIDDLE], ids=["before", "middle"])
@pytest.mark.parametrize("fault", [*PrinterFault])
@pytest.mark.parametrize("job", JOBS)
def test_fault_and_job_then_the_right_outcome_and_never_two_unmarked(
    device: EscPosPrinter, paper: VirtualPrinter, job: str, fault: PrinterFault, after_bytes: int
) -> None:
    paper.set_fault(fault, after_bytes=after_bytes)

    verdict = JOBS[job](device, False).verdict
    paper.clear_faults()

    expected = PrintVerdict.UNSURE if after_bytes else PrintVerdict.NOT_PRINTED
    assert verdict is (PrintVerdict.PRINTED if fault in HARMLESS else expected)
    # What the thread that owns the printer does, and a person after UNSURE.
    match verdict:
        case PrintVerdict.NOT_PRINTED:
            assert JOBS[job](device, False).verdict is PrintVerdict.PRINTED
        case PrintVerdict.UNSURE:
            assert JOBS[job](device, True).verdict is PrintVerdict.PRINTED
        case PrintVerdict.PRINTED:
            pass
    cut = [one.text for one in paper.receipts if one.cut]
    assert sum("COPY" not in text for text in cut) <= 1
    assert len(cut) >= 1


@pytest.mark.parametrize("fault", [*PrinterFault])
def test_fault_and_drawer_then_told_truly_and_never_opened_later(
    device: EscPosPrinter, paper: VirtualPrinter, fault: PrinterFault
) -> None:
    paper.set_fault(fault)

    told = device.open_drawer()
    pulses = paper.drawer_pulses
    paper.clear_faults()
    device.print_receipt(receipt(copy=False))

    if fault in OPENS_ALL_THE_SAME:
        assert (told.verdict, pulses) == (DrawerVerdict.OPENED, 1)
    elif fault in NEVER_REACHED:
        assert (told.verdict, pulses) == (DrawerVerdict.NOT_OPENED, 0)
    else:
        assert told.verdict is not DrawerVerdict.NOT_OPENED or pulses == 0
    assert paper.drawer_pulses == pulses


@pytest.mark.parametrize("after_bytes", [5, 7, 8, 12])
@pytest.mark.parametrize("fault", sorted(set(PrinterFault) - HARMLESS))
def test_fault_in_the_middle_of_the_pulse_then_never_opened_later(
    device: EscPosPrinter, paper: VirtualPrinter, fault: PrinterFault, after_bytes: int
) -> None:
    paper.set_fault(fault, after_bytes=after_bytes)

    told = device.open_drawer()
    pulses = paper.drawer_pulses
    paper.clear_faults()
    device.print_receipt(receipt(copy=False))

    assert paper.drawer_pulses == pulses
    assert told.verdict is not DrawerVerdict.NOT_OPENED or pulses == 0
    assert told.verdict is not DrawerVerdict.OPENED or pulses == 1
