"""Every way to a printer keeps the same promises: memory, TCP, pseudo-terminal with pyserial, device file."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.printer.document import Columns, Cut, Document, Rule, Text
from terminal_driver.printer.encoder import encode
from terminal_driver.printer.job import PrinterConnection, PrintOutcome, PrintResult
from terminal_driver.printer.layout import lay_out
from terminal_driver.printer.profile import PAPER_80_MM, PrinterProfile, StatusKind
from terminal_driver.printer.transports import (
    FilePrinterTransport,
    PrinterTransport,
    SerialPrinterTransport,
    TcpPrinterTransport,
)
from terminal_driver.printer.usb_transport import UsbPrinterTransport
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.printer_endpoints import PtyPrinterServer, TcpPrinterServer
from tests.support.printer_ways import WAYS, Way

DEADLINE_S = 10.0  # a passing test never waits for it
RECEIPT = encode(
    lay_out(
        Document("contract", (*(Columns(f"Item {n}", f"{n}.00") for n in range(200)), Rule(), Text("Łódź"), Cut())),
        PAPER_80_MM,
    ),
    PAPER_80_MM,
)


@pytest.fixture(params=[*WAYS])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    with ExitStack() as stack:
        yield WAYS[request.param](VirtualPrinter(), stack)


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal_driver.printer.job.STATUS_WAIT_S", 0.4)
    monkeypatch.setattr("terminal_driver.printer.job.CLEAR_WAIT_S", 0.1)


@pytest.mark.parametrize("kind", list(StatusKind))
def test_print_when_printer_is_in_order_then_all_bytes_arrive_once(way: Way, kind: StatusKind) -> None:
    result = PrinterConnection(way.transport, PrinterProfile(status=kind)).print(RECEIPT, DEADLINE_S)

    assert result == PrintResult(PrintOutcome.PRINTED, "", len(RECEIPT))
    assert way.printer.wait_for_receipts(1, DEADLINE_S)
    assert [receipt.raw for receipt in way.printer.receipts] == [RECEIPT]


def test_print_when_repeated_on_one_connection_then_each_is_printed(way: Way) -> None:
    connection = PrinterConnection(way.transport, PAPER_80_MM)

    outcomes = [connection.print(RECEIPT, DEADLINE_S).outcome for _ in range(3)]

    assert outcomes == [PrintOutcome.PRINTED] * 3
    assert [receipt.raw for receipt in way.printer.receipts] == [RECEIPT] * 3


def test_status_when_faults_come_and_go_then_followed(way: Way) -> None:
    connection = PrinterConnection(way.transport, PAPER_80_MM)

    problems = [connection.status().problem]
    for fault in ("out_of_paper", "cover_open"):
        way.printer.set_fault(fault)
        problems.append(connection.status().problem)
        way.printer.clear_faults()
    problems.append(connection.status().problem)

    assert problems == [None, "out_of_paper", "cover_open", None]


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("fault", ["out_of_paper", "cover_open", "silent"])
def test_print_when_fault_was_there_before_then_not_printed(way: Way, fault: str) -> None:
    way.printer.set_fault(fault)

    result = PrinterConnection(way.transport, PAPER_80_MM).print(RECEIPT, 0.5)

    assert (result.outcome, result.bytes_sent) == (PrintOutcome.NOT_PRINTED, 0)
    way.printer.clear_faults()
    assert way.printer.receipts == ()


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("fault", ["out_of_paper", "cover_open", "silent", "stalls", "closes"])
def test_print_when_fault_comes_in_the_middle_then_unsure(way: Way, fault: str) -> None:
    way.printer.set_fault(fault, after_bytes=len(RECEIPT) // 2)

    result = PrinterConnection(way.transport, PAPER_80_MM).print(RECEIPT, 0.8)

    assert result.outcome is PrintOutcome.UNSURE


def test_print_when_printer_takes_little_at_a_time_then_printed(way: Way) -> None:
    way.printer.set_fault("partial_write")

    assert PrinterConnection(way.transport, PAPER_80_MM).print(RECEIPT, DEADLINE_S).outcome is PrintOutcome.PRINTED


def test_transport_when_not_open_then_refuses(way: Way) -> None:
    with pytest.raises(TransportError) as refused:
        way.transport.write(b"x", 0.1)
    with pytest.raises(TransportError):
        way.transport.read(1, 0.1)

    assert refused.value.code == "line_not_open"


def test_transport_when_closed_twice_and_opened_twice_then_works(way: Way) -> None:
    way.transport.close()
    way.transport.open()
    way.transport.open()

    assert way.transport.write(b"\x10\x04\x01", DEADLINE_S) == 3
    assert way.transport.read(10, DEADLINE_S) == b"\x12"
    assert way.transport.read(10, 0.0) == b""
    way.transport.close()
    way.transport.close()


@pytest.mark.parametrize("way", ["memory", "tcp"], indirect=True)  # a printer cannot hang up a terminal line
def test_transport_when_printer_hangs_up_then_reading_says_so(way: Way) -> None:
    way.transport.open()
    way.transport.write(b"\x10\x04\x01", DEADLINE_S)
    way.transport.read(10, DEADLINE_S)

    way.printer.set_fault("closes", after_bytes=1)
    way.transport.write(b"x", DEADLINE_S)

    with pytest.raises(TransportError) as lost:
        way.transport.read(10, DEADLINE_S)
    assert lost.value.code == "line_lost"
    way.transport.close()


@pytest.mark.parametrize("kind", ["tcp", "serial", "file", "usb"])
def test_transport_when_nothing_is_there_then_unreachable_and_not_printed(kind: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    missing = tmp_path / "lp0"
    transports: dict[str, PrinterTransport] = {
        "tcp": TcpPrinterTransport("127.0.0.1", port),
        "serial": SerialPrinterTransport(str(missing)),
        "file": FilePrinterTransport(missing),
        "usb": UsbPrinterTransport(find=lambda: ()),
    }

    result = PrinterConnection(transports[kind], PAPER_80_MM).print(RECEIPT, 1.0)

    assert result == PrintResult(PrintOutcome.NOT_PRINTED, "printer_unreachable", 0)
    assert not missing.exists()


@pytest.mark.parametrize("mode", [0o600, 0o200])
def test_plain_file_when_used_as_printer_then_jobs_are_appended(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "jobs.bin"
    path.write_bytes(b"before")
    path.chmod(mode)
    connection = PrinterConnection(FilePrinterTransport(path), PrinterProfile(status=StatusKind.NONE))

    assert connection.print(RECEIPT, DEADLINE_S).outcome is PrintOutcome.PRINTED
    path.chmod(0o600)
    assert path.read_bytes() == b"before" + RECEIPT
    assert PrinterConnection(FilePrinterTransport(path), PAPER_80_MM).status().answered is False


def test_pty_server_when_closed_then_terminal_is_gone() -> None:
    server = PtyPrinterServer(VirtualPrinter())
    server.close()

    assert not os.path.exists(server.path)  # noqa: PTH110  a device name, not a path of ours


def test_tcp_server_when_a_second_client_comes_then_it_waits_for_the_first() -> None:
    printer = VirtualPrinter()
    with TcpPrinterServer(printer) as server:
        first, second = TcpPrinterTransport(*server.address), TcpPrinterTransport(*server.address)
        first.open()
        first.write(b"first\n\x10\x04\x01", DEADLINE_S)
        assert first.read(1, DEADLINE_S) == b"\x12"
        second.open()
        second.write(b"second\n\x1dV\x00\x10\x04\x01", DEADLINE_S)
        first.write(b"still first\n\x1dV\x00", DEADLINE_S)
        first.close()
        assert second.read(1, DEADLINE_S) == b"\x12"
        second.close()

    assert [receipt.text for receipt in printer.receipts] == ["first\nstill first", "second"]
