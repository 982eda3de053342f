"""Turns the settings of terminals and printers into devices, and starts the virtual ones they name."""

import functools
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.adapters.printer import EscPosPrinter
from gateway.adapters.terminal import DriverTerminal
from gateway.adapters.virtual_shop import VirtualDevices
from gateway.domain.errors import ConfigurationError
from gateway.domain.money import Currency
from gateway.settings import PrinterSettings, Settings, TerminalSettings
from gateway.transport_address import TransportAddress, TransportKind
from terminal_driver.errors import DriverError
from terminal_driver.printer.encoder import load_escpos
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.profile import PrinterProfile, StatusKind
from terminal_driver.printer.transports import (
    FilePrinterTransport,
    MemoryPrinterTransport,
    PrinterTransport,
    SerialPrinterTransport,
    TcpPrinterTransport,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import DeviceLine, Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.trace import TraceFile, TracingTransport
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.zvt.device_engine import DeviceConfig, ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import Framing, SerialFraming, TcpFraming
from terminal_driver.zvt.status_codes import Language

_LANGUAGES = {"de": Language.GERMAN, "en": Language.ENGLISH}
_SERIAL = {TransportKind.SERIAL, TransportKind.PTY}
DOTS_PER_WIDTH = {80: 576, 58: 384}


class Devices:
    """All devices of one node. Nothing is opened before ``start`` and the first call of the owning thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._virtual = VirtualDevices()
        self.cache_dir = settings.server.data_dir / "cache"
        self.words: list[str] = []
        self._traces: list[TraceFile] = []

    @property
    def virtual_shop(self) -> VirtualDevices:
        """The virtual devices among them."""
        return self._virtual

    def start(self) -> None:
        """Switch the virtual devices on, and load the receipt encoder aside: its first use takes half a second."""
        self._virtual.start()
        if self._settings.printers:
            threading.Thread(target=load_escpos, args=(self.cache_dir,), name="load-encoder", daemon=True).start()

    def stop(self) -> None:
        """Switch the virtual devices off and close journals and traces; also of devices that were never started."""
        self._virtual.stop()
        for trace in self._traces:
            trace.close()

    def terminal(self, settings: TerminalSettings) -> DriverTerminal:
        """Build one terminal.

        Raises:
            ConfigurationError: ``invalid_transport``.
        """
        transport, framing = self._terminal_line(settings)
        numeric = Currency.of(settings.currency or self._settings.shop.currency).numeric
        config = ZvtConfig(
            password=settings.password.get_secret_value(),
            config_byte=settings.config_byte,
            currency_numeric=numeric,
            language=_LANGUAGES[self._settings.shop.language],
            t3_s=float(settings.answer_timeout_s),
            t4_s=float(settings.completion_timeout_s),
        )

        folder = self._settings.server.data_dir / "trace"
        folder.mkdir(parents=True, exist_ok=True)
        trace = TraceFile(folder / f"{settings.id}.jsonl")
        self._traces.append(trace)
        traced = TracingTransport(transport, trace.append)

        def session(owner: DriverTerminal) -> TerminalSession:
            return TerminalSession(ZvtEngine(config, framing, owner.accept), traced, owner.on_event)

        self.words.append(f"{settings.name}: {transport.description}")
        return DriverTerminal(session, currency_numeric=numeric, zone=self._settings.shop.zone())

    def printer(self, settings: PrinterSettings) -> EscPosPrinter:
        """Build one printer."""
        profile = printer_profile(settings)
        transport = self._printer_line(settings, profile)
        self.words.append(f"{settings.name}: {settings.transport}")
        return EscPosPrinter(PrinterConnection(transport, profile), profile, self.cache_dir)

    def _terminal_line(self, settings: TerminalSettings) -> tuple[Transport, Framing]:
        address = settings.address
        if address.kind is TransportKind.VIRTUAL:
            return self._virtual_terminal(settings, address)
        try:
            transport = from_url(settings.transport)
        except DriverError as error:
            raise ConfigurationError("invalid_transport", f"Terminal {settings.id}: {error}", error.hint) from error
        return transport, SerialFraming() if address.kind in _SERIAL else TcpFraming()

    def _virtual_terminal(self, settings: TerminalSettings, address: TransportAddress) -> tuple[Transport, Framing]:
        """Build a virtual terminal and the register's end of the line to it, over the same framing on both sides."""
        framing: Callable[[], Framing] = TcpFraming if address.options.get("framing") == "tcp" else SerialFraming
        line: DeviceLine
        if address.target == "pty":
            pty = PtyLine()
            line, transport = pty, from_url(f"pty:{pty.device_path}")
        else:
            cable = MemoryCable()
            line, transport = cable.device_end, cable.register_end
        folder = self._settings.server.data_dir / "virtual"
        folder.mkdir(parents=True, exist_ok=True)
        number = 52_500_041 + len(self._virtual.terminals())
        language = _LANGUAGES[self._settings.shop.language]
        currency = Currency.of(settings.currency or self._settings.shop.currency).numeric
        terminal = VirtualTerminal(
            ZvtDeviceEngine(framing(), DeviceConfig(terminal_id=str(number), currency_numeric=currency)),
            line,
            scenario=address.options.get("scenario", "approve"),
            journal=Journal(folder / f"{settings.id}.jsonl"),
            terminal_id=str(number),
            language=language,
            wall=functools.partial(datetime.now, self._settings.shop.zone()),
            auto_pace=float(address.options["pace"]) if "pace" in address.options else None,
        )
        self._virtual.add_terminal(settings.id, terminal)
        return transport, framing()

    def _printer_line(self, settings: PrinterSettings, profile: PrinterProfile) -> PrinterTransport:
        address = settings.address
        match address.kind:
            case TransportKind.VIRTUAL:
                folder = self._settings.server.data_dir / "virtual"
                folder.mkdir(parents=True, exist_ok=True)
                printer = VirtualPrinter(profile, journal=folder / f"{settings.id}.jsonl")
                self._virtual.add_printer(settings.id, printer)
                return MemoryPrinterTransport(printer)
            case TransportKind.TCP:
                return TcpPrinterTransport(address.target, address.port)
            case TransportKind.SERIAL:
                return SerialPrinterTransport(address.target, baud=int(address.options.get("baud", "38400")))
            case TransportKind.FILE:
                return FilePrinterTransport(Path(address.target))
            case TransportKind.PTY | TransportKind.TLS:
                hint = "Use virtual:memory, tcp:HOST:PORT, serial:DEVICE?baud=38400 or file:PATH."
                message = f"Printer {settings.id}: {address.kind} is no line of a printer."
                raise ConfigurationError("invalid_transport", message, hint)


@functools.lru_cache(maxsize=64)
def printer_profile(settings: PrinterSettings | None) -> PrinterProfile:
    """Return what a printer can do; without settings the profile of common 80 mm paper."""
    if settings is None:
        return PrinterProfile()
    status = StatusKind.NONE if settings.address.kind is TransportKind.FILE else StatusKind.ORDERED
    return PrinterProfile(
        columns=settings.columns,
        width_mm=settings.width_mm,
        dots=DOTS_PER_WIDTH[settings.width_mm],
        code_page=settings.code_page,
        status=status,
    )
