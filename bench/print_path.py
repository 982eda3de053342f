"""From the terminal's completion to the first byte at the printer: the whole gateway, with devices in memory.

The node is the real one: lanes, leases, database, receipts. Only the lines are short: the terminal and the printer are
the virtual ones over in-process lines, so nothing is measured that a faster cable could mend.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.adapters.printer import EscPosPrinter
from gateway.adapters.terminal import DriverTerminal
from gateway.bootstrap import Node, Wrappers
from gateway.configuration.settings import Settings, load_settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.card_receipt import Receipt
from gateway.domain.ids import DeviceId, PaymentId, RegisterId, StoreId, TenantId, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.printing.paper import Paper
from gateway.domain.sales.sale import SaleLine
from gateway.node.device_setup import printer_profile
from gateway.ports.printer import DrawerReport, PrinterDevice, PrinterState, PrintReport
from gateway.services.payments.take_payment import TakePaymentCommand
from gateway.web.payments.payment_answers import new_payment, payment_location
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.transports import MemoryPrinterTransport
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import TcpFraming

SALE_LIMIT_S = 30.0
WARM_UP_SALES = 3
"""The first receipt loads the encoder, the first statements are parsed: a running shop has that behind it."""

RECEIPTS_PER_SALE = 2
LONG_LINES = 700
"""Lines of 4.23 mm (a sixth of an inch, the normal feed of these printers) that are three metres of paper."""

SLOW_BYTES_PER_S = 960
SLOW_PIECE_BYTES = 96
_COMPLETION = b"\x06\x0f"
_ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class PrintTimes:
    """What some sales took.

    Attributes:
        first_byte_s: of each sale, seconds from the completion's arrival to the first byte of its receipt.
        cpu_s: processor seconds of the whole process, devices included, for all sales together.
    """

    first_byte_s: tuple[float, ...]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class BesideTimes:
    """A quick printer alone, and while another one prints a receipt of three metres.

    Attributes:
        alone_s: of each sale, seconds from the completion's arrival to the first byte of its receipt.
        beside_s: the same while the other printer is busy.
        long_bytes: bytes of the long receipt.
        still_printing: the long receipt was not at its end when the last of these sales was.
    """

    alone_s: tuple[float, ...]
    beside_s: tuple[float, ...]
    long_bytes: int
    still_printing: bool


class _Watched(Transport):
    """Passes everything on and notes when the terminal's completion (06 0F) arrived."""

    def __init__(self, inner: Transport, on_completion: Callable[[], None]) -> None:
        self._inner = inner
        self._on_completion = on_completion

    @property
    def description(self) -> str:
        return self._inner.description

    @property
    def holds_line(self) -> bool:
        return self._inner.holds_line

    def open(self) -> None:
        self._inner.open()

    def write(self, data: bytes, deadline_s: float) -> None:
        self._inner.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        data = self._inner.read(max_bytes, timeout_s)
        # Every block arrives alone over a memory line with TCP framing, so its control field comes first.
        if data.startswith(_COMPLETION):
            self._on_completion()
        return data

    def wake(self) -> None:
        self._inner.wake()

    def close(self) -> None:
        self._inner.close()


class _SlowLine:
    """A line of 9600 baud to a printer: 960 bytes a second, until it is told to hurry."""

    def __init__(self, inner: MemoryPrinterTransport) -> None:
        self._inner = inner
        self._hurry = threading.Event()
        self.taken = 0

    def open(self) -> None:
        self._inner.open()

    def write(self, data: bytes, deadline_s: float) -> int:
        piece = data if self._hurry.is_set() else data[:SLOW_PIECE_BYTES]
        self._hurry.wait(min(deadline_s, len(piece) / SLOW_BYTES_PER_S))
        taken = self._inner.write(piece, deadline_s)
        self.taken += taken
        return taken

    def read(self, maximum: int, timeout_s: float) -> bytes:
        return self._inner.read(maximum, timeout_s)

    def close(self) -> None:
        self._inner.close()

    def hurry(self) -> None:
        """Wait no more."""
        self._hurry.set()


class _LongReceipts:
    """A printer whose receipts are three metres long."""

    def __init__(self, inner: EscPosPrinter) -> None:
        self._inner = inner

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        line = SaleLine("Article of a long bill", Decimal(1), receipt.total, receipt.total)
        return self._inner.print_receipt(replace(receipt, lines=(line,) * LONG_LINES))

    def print_paper(self, paper: Paper) -> PrintReport:
        return self._inner.print_paper(paper)

    def print_test_page(self) -> PrintReport:
        return self._inner.print_test_page()

    def open_drawer(self) -> DrawerReport:
        return self._inner.open_drawer()

    def forget_rest(self) -> None:
        self._inner.forget_rest()

    def state(self) -> PrinterState:
        return self._inner.state()

    def close(self) -> None:
        self._inner.close()


class _Till:
    """One register with its two devices, and the time between them."""

    def __init__(self) -> None:
        cable = MemoryCable()
        self.terminal = zvt_terminal(
            ZvtDeviceEngine(TcpFraming()), cable.device_end, scenario="approve_contactless", auto_pace=0.0
        )
        self.printer = VirtualPrinter(printer_profile(None))
        self._line = _Watched(cable.register_end, self._completed)
        self._completed_s: float | None = None
        self._first_byte = threading.Event()
        self.waited_s = 0.0
        self.sales = 0

    def terminal_device(self) -> DriverTerminal:
        """Return the gateway's end of the terminal."""

        def session(owner: DriverTerminal) -> TerminalSession:
            return TerminalSession(ZvtEngine(ZvtConfig(), TcpFraming(), owner.accept), self._line, owner.on_event)

        return DriverTerminal(session, currency_numeric="978", zone=_ZONE)

    def long_printer_device(self, cache_dir: Path, line: _SlowLine) -> _LongReceipts:
        """Return the gateway's end of the printer over a slow line, with long receipts."""
        profile = printer_profile(None)
        connection = PrinterConnection(line, profile, first_byte=self._printing)
        return _LongReceipts(EscPosPrinter(connection, profile, cache_dir))

    def until_first_byte(self) -> None:
        """Wait until the receipt of a sale begun elsewhere comes out."""
        if not self._first_byte.wait(SALE_LIMIT_S):
            raise RuntimeError("no receipt came")

    def printer_device(self, cache_dir: Path) -> EscPosPrinter:
        """Return the gateway's end of the printer."""
        profile = printer_profile(None)
        transport = MemoryPrinterTransport(self.printer)
        return EscPosPrinter(PrinterConnection(transport, profile, first_byte=self._printing), profile, cache_dir)

    def sell(self, begin: Callable[[], None]) -> float:
        """Make one sale and wait until both receipts are out; return the seconds to the first byte of the first."""
        self._first_byte.clear()
        self._completed_s = None
        begin()
        self.sales += 1
        if not self._first_byte.wait(SALE_LIMIT_S):
            raise RuntimeError("no receipt came")
        if not self.printer.wait_for_receipts(self.sales * RECEIPTS_PER_SALE, SALE_LIMIT_S):
            raise RuntimeError("the second receipt did not come")
        return self.waited_s

    def _completed(self) -> None:
        self._completed_s = time.perf_counter()

    def _printing(self) -> None:
        if self._completed_s is not None and not self._first_byte.is_set():
            self.waited_s = time.perf_counter() - self._completed_s
            self._first_byte.set()


def measure(url: str, folder: Path, *, registers: int, seconds: float, sales_max: int) -> PrintTimes:
    """Sell on all registers at once for some time.

    Args:
        url: an empty or fitting database.
        folder: for settings and the node's files.
        registers: each with a terminal and a printer of its own, > 0.
        seconds: how long; a sale that has begun is ended.
        sales_max: of each register at most, > 0; at least one is made.
    """
    tills = [_Till() for _ in range(registers)]
    with _running(url, folder, tills) as node:
        for number in range(registers):
            for _ in range(WARM_UP_SALES):
                tills[number].sell(partial(_begin, node, number))
        times: list[float] = []
        failures: list[Exception] = []
        until_s, cpu_s = time.perf_counter() + seconds, time.process_time()

        def work(number: int) -> None:
            try:
                for _ in range(sales_max):
                    times.append(tills[number].sell(partial(_begin, node, number)))
                    if time.perf_counter() >= until_s:
                        return
            except Exception as error:  # noqa: BLE001 - border of a worker thread; raised again below
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(registers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used_s = time.process_time() - cpu_s
    if failures:
        raise failures[0]
    return PrintTimes(tuple(times), used_s)


def measure_beside_slow(url: str, folder: Path, *, seconds: float, sales_max: int) -> BesideTimes:
    """Sell on one register, first alone, then while another register's printer works on three metres of paper.

    Args:
        url: an empty or fitting database.
        folder: for settings and the node's files.
        seconds: how long each of the two; the long receipt takes half a minute.
        sales_max: sales of each at most, > 0; at least one is made.
    """
    quick, slow = _Till(), _Till()
    line = _SlowLine(MemoryPrinterTransport(slow.printer))
    devices: list[PrinterDevice] = [
        quick.printer_device(folder / "cache"),
        slow.long_printer_device(folder / "cache", line),
    ]
    with _running(url, folder, [quick, slow], devices) as node:
        begin = partial(_begin, node, 0)
        for _ in range(WARM_UP_SALES):
            quick.sell(begin)
        alone_s = _sell_for(quick, begin, seconds, sales_max)
        _begin(node, 1)
        slow.until_first_byte()
        beside_s = _sell_for(quick, begin, seconds, sales_max)
        still_printing = not slow.printer.receipts
        line.hurry()
        if not slow.printer.wait_for_receipts(1, SALE_LIMIT_S):
            raise RuntimeError("the long receipt did not come to its end")
        long_bytes = len(slow.printer.receipts[0].raw)
    return BesideTimes(alone_s, beside_s, long_bytes, still_printing)


def _sell_for(till: _Till, begin: Callable[[], None], seconds: float, sales_max: int) -> tuple[float, ...]:
    until_s = time.perf_counter() + seconds
    times = [till.sell(begin)]
    while time.perf_counter() < until_s and len(times) < sales_max:
        times.append(till.sell(begin))
    return tuple(times)


@contextmanager
def _running(
    url: str, folder: Path, tills: list[_Till], devices: Sequence[PrinterDevice] | None = None
) -> Iterator[Node]:
    settings = _settings(url, folder, len(tills))
    terminals = iter([till.terminal_device() for till in tills])
    printers = iter(devices or [till.printer_device(folder / "cache") for till in tills])
    wrappers = Wrappers(terminal=lambda _device: next(terminals), printer=lambda _device: next(printers))
    for till in tills:
        till.terminal.start()
    try:
        node = Node(settings, wrappers)
        node.start()
        try:
            yield node
        finally:
            node.stop()
    finally:
        for till in tills:
            till.terminal.stop()


def _settings(url: str, folder: Path, registers: int) -> Settings:
    lines = ["[shop]", 'tenant = "bench"', 'name = "Bench Store"', "[server]", f"threads = {registers + 16}"]
    for number in range(registers):
        # The addresses are never opened: the devices behind them are exchanged for watched ones.
        lines += ["[[terminals]]", f'id = "terminal-{number}"', f'name = "Terminal {number}"']
        lines += ['transport = "tcp:127.0.0.1:1"']
        lines += ["[[printers]]", f'id = "printer-{number}"', f'name = "Printer {number}"']
        lines += ['transport = "tcp:127.0.0.1:1"']
        lines += ["[[registers]]", f'id = "register-{number}"', f'name = "Register {number}"']
        lines += [f'terminal = "terminal-{number}"', f'printer = "printer-{number}"']
    config = folder / "shop.toml"
    config.write_text("\n".join(lines), encoding="utf-8")
    return load_settings(config, {"database.url": url, "server.data_dir": str(folder / "data")}, {})


def _begin(node: Node, number: int) -> None:
    """Ask for one payment, as the API does."""
    payment_id = PaymentId(uuid7(time.time_ns() // 1_000_000))
    caller = Caller(
        TenantId("bench"), StoreId("store-1"), uuid.UUID(int=1), "key:bench", ROLE_PERMISSIONS[Role.CASHIER]
    )
    command = TakePaymentCommand(
        payment_id=payment_id,
        sale_id=None,
        register_id=RegisterId(f"register-{number}"),
        terminal_id=DeviceId(f"terminal-{number}"),
        amount=Money(1250, Currency.of("EUR")),
        lines=(),
        reference=None,
        key=str(payment_id),
        request_hash=f"{payment_id.int:064x}",
        location=payment_location(payment_id),
    )
    node.container.take_payment.begin(
        caller, command, lambda payment, attempt: new_payment(payment, attempt, (), caller)
    )
