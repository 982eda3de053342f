"""The whole way of receipts, from the outbox to paper, over a printer in which something goes wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.adapters.printer import EscPosPrinter
from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.outbox import OutboxState
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.profile import PAPER_80_MM
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from tests.support.lane_rig import LaneNode
from tests.support.paper_node import Build

FINAL = {OutboxState.DONE, OutboxState.UNSURE}
MARKS = {ReceiptCopy.CUSTOMER: "Customer copy", ReceiptCopy.MERCHANT: "Merchant copy"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoder")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.adapters.printer.PRINT_DEADLINE_S", 0.4)
    monkeypatch.setattr("gateway.jobs.printer_lane.LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr("terminal_driver.printer.job.STATUS_WAIT_S", 0.2)
    monkeypatch.setattr("terminal_driver.printer.job.CLEAR_WAIT_S", 0.1)


@pytest.mark.parametrize("after_bytes", [0, 150, 700])
@pytest.mark.parametrize("fault", [*PrinterFault])
def test_fault_on_the_way_then_every_receipt_ends_and_none_is_twice_on_paper(
    paper: Build, till: LaneNode, cache: Path, fault: PrinterFault, after_bytes: int
) -> None:
    printer = VirtualPrinter(PAPER_80_MM)
    device = EscPosPrinter(PrinterConnection(MemoryPrinterTransport(printer), PAPER_80_MM), PAPER_80_MM, cache)
    one = paper(device).start()
    printer.set_fault(fault, after_bytes=after_bytes)
    payment_id = till.paid(1234)
    till.until(lambda: any(delivery.tries for delivery in one.deliveries(payment_id).values()), "a try")

    printer.clear_faults()
    till.until(lambda: {delivery.state for delivery in one.deliveries(payment_id).values()} <= FINAL, "an end")

    whole = Counter(
        copy for copy, mark in MARKS.items() for sheet in printer.receipts if sheet.cut and mark in sheet.text
    )
    for copy, delivery in one.deliveries(payment_id).items():
        assert whole[ReceiptCopy(copy)] <= 1
        assert delivery.state is OutboxState.UNSURE or whole[ReceiptCopy(copy)] == 1
