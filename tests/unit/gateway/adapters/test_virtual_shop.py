"""The panel of the virtual devices: only keys, scenarios and faults that exist, only for devices that exist."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.adapters.virtual_shop import NO_FAULT, PAPERS_SHOWN, VirtualDevices
from gateway.domain.ids import DeviceId
from terminal_driver.printer.document import Cut, Document, Text
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PrinterProfile
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.framing import SerialFraming

TERMINAL, PRINTER, NOWHERE = DeviceId("terminal-1"), DeviceId("printer-1"), DeviceId("nowhere")
KEYS = ("present_card", "enter_pin", "cancel", "restore_line", "cut_line", "release_result")


@pytest.fixture
def devices() -> Iterator[VirtualDevices]:
    shop = VirtualDevices()
    shop.add_terminal(TERMINAL, zvt_terminal(ZvtDeviceEngine(SerialFraming()), MemoryCable().device_end))
    shop.add_printer(PRINTER, VirtualPrinter(PrinterProfile()))
    shop.start()
    yield shop
    shop.stop()


def test_panel_shows_the_terminal_at_rest(devices: VirtualDevices) -> None:
    [panel] = devices.terminals()

    assert (panel.terminal_id, panel.awaiting, panel.scenario, panel.line_up) == (TERMINAL, "idle", "approve", True)
    assert {"approve", "decline", "line_lost_before_status"} <= set(panel.scenarios)
    assert devices.printers() == (PRINTER,)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_exists_and_is_harmless_at_rest(devices: VirtualDevices, key: str) -> None:
    assert devices.press(TERMINAL, key)

    assert devices.terminals()[0].awaiting == "idle"


@pytest.mark.parametrize("key", ["", "explode", "__class__", "PRESENT_CARD"])
def test_unknown_key_then_nothing(devices: VirtualDevices, key: str) -> None:
    assert not devices.press(TERMINAL, key)


def test_unknown_device_then_nothing(devices: VirtualDevices) -> None:
    assert not devices.press(NOWHERE, "cancel")
    assert not devices.choose_scenario(NOWHERE, "approve")
    assert not devices.choose_fault(NOWHERE, NO_FAULT)
    assert devices.papers(NOWHERE) == ()
    assert devices.paper_png(NOWHERE, 1) is None
    assert devices.faults(NOWHERE)[0] == NO_FAULT


def test_scenario_when_chosen_then_shown_and_an_unknown_one_is_refused(devices: VirtualDevices) -> None:
    assert devices.choose_scenario(TERMINAL, "decline")
    assert not devices.choose_scenario(TERMINAL, "no such thing")

    assert devices.terminals()[0].scenario == "decline"


def test_every_fault_may_be_chosen_and_replaces_the_one_before(devices: VirtualDevices) -> None:
    _, names = devices.faults(PRINTER)

    for name in names:
        assert devices.choose_fault(PRINTER, name)
        assert devices.faults(PRINTER)[0] == name
    assert not devices.choose_fault(PRINTER, "no such fault")
    assert devices.choose_fault(PRINTER, NO_FAULT)
    assert devices.faults(PRINTER)[0] == NO_FAULT


def test_papers_then_the_newest_first_and_no_endless_list(devices: VirtualDevices) -> None:
    profile = PrinterProfile()
    connection = PrinterConnection(MemoryPrinterTransport(devices._printers[PRINTER]), profile)
    for number in range(PAPERS_SHOWN + 2):
        document = Document("a receipt", (Text(f"receipt no {number}"), Cut()))
        connection.print(encode(lay_out(document, profile), profile), 20)

    papers = devices.papers(PRINTER)

    assert len(papers) == PAPERS_SHOWN
    assert f"receipt no {PAPERS_SHOWN + 1}" in papers[0].text
    assert (devices.paper_png(PRINTER, papers[0].number) or b"").startswith(b"\x89PNG")
    assert devices.paper_png(PRINTER, 10_000) is None
