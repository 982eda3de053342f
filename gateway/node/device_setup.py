"""Turns the settings of terminals and printers into devices, and starts the virtual ones they name."""

import functools
import logging
import threading
from datetime import datetime
from pathlib import Path

from gateway.adapters.clock import SystemClock
from gateway.adapters.line_log import LineLog
from gateway.adapters.printer import EscPosPrinter
from gateway.adapters.terminal import DriverTerminal
from gateway.adapters.terminal_lines import driver_url
from gateway.adapters.virtual_shop import VirtualDevices
from gateway.configuration.settings import PrinterSettings, Settings, TerminalSettings
from gateway.configuration.transport_address import TransportKind
from gateway.domain.errors import ConfigurationError
from gateway.domain.ids import DeviceId
from gateway.domain.money import Currency
from gateway.logs.observability import log_event
from terminal_driver.dialogue_pump import LineLook
from terminal_driver.errors import DriverError
from terminal_driver.printer.document import Logo
from terminal_driver.printer.drawer import DrawerPulse
from terminal_driver.printer.encoder import load_escpos
from terminal_driver.printer.job import PrinterConnection
from terminal_driver.printer.logo import load_logo
from terminal_driver.printer.profile import PrinterProfile, StatusKind
from terminal_driver.printer.transports import (
    FilePrinterTransport,
    MemoryPrinterTransport,
    PrinterTransport,
    SerialPrinterTransport,
    TcpPrinterTransport,
)
from terminal_driver.printer.usb_transport import UsbPrinterTransport
from terminal_driver.protocols import EngineOptions, SimulatorOptions, build_engine, build_simulator
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import DeviceLine, Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.trace import TraceFile, TracingTransport
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.printer import VirtualPrinter

log = logging.getLogger(__name__)

DOTS_PER_WIDTH = {80: 576, 58: 384}
LOGO_FOLDER = "logos"
"""Folder of the data folder with the pictures that stand above receipts."""


class Devices:
    """All devices of one node. Nothing is opened before ``start`` and the first call of the owning thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._virtual = VirtualDevices()
        self.cache_dir = settings.server.data_dir / "cache"
        self.words: list[str] = []
        self._traces: dict[str, TraceFile] = {}
        self.lines = LineLog(SystemClock())

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
        for trace in self._traces.values():
            trace.close()

    def terminal(self, settings: TerminalSettings) -> DriverTerminal:
        """Build one terminal.

        Raises:
            ConfigurationError: ``invalid_transport``, or what the protocol has against the settings.
        """
        transport = self._terminal_line(settings)
        options = engine_options(settings, self._settings)
        folder = self._settings.server.data_dir / "trace"
        folder.mkdir(parents=True, exist_ok=True)
        trace = TraceFile(folder / f"{settings.id}.jsonl")
        self._traces[settings.id] = trace
        traced = TracingTransport(transport, trace.append)

        def session(owner: DriverTerminal) -> TerminalSession:
            engine = build_engine(settings.spoken, settings.line_kind, options, owner.accept)
            return TerminalSession(engine, traced, owner.on_event, on_look=noted)

        def noted(look: LineLook) -> None:
            self.lines.note(DeviceId(settings.id), look.took_s, look.troubles)

        self.words.append(f"{settings.name}: {settings.spoken} over {transport.description}")
        try:
            return DriverTerminal(
                session,
                currency_numeric=options.currency_numeric,
                zone=self._settings.shop.zone(),
                protocol=settings.spoken,
            )
        except DriverError as error:
            raise ConfigurationError(error.code, f"Terminal {settings.id}: {error}", error.hint) from error

    def drop_terminal(self, terminal_id: str) -> None:
        """Close the trace of a terminal that is given up."""
        self.lines.forget(DeviceId(terminal_id))
        trace = self._traces.pop(terminal_id, None)
        if trace is not None:
            trace.close()

    def printer(self, settings: PrinterSettings) -> EscPosPrinter:
        """Build one printer."""
        profile = printer_profile(settings)
        transport = self._printer_line(settings, profile)
        self.words.append(f"{settings.name}: {settings.transport}")
        pulse = DrawerPulse(pin=settings.drawer_pin) if settings.drawer_pin else None
        connection = PrinterConnection(transport, profile)
        return EscPosPrinter(connection, profile, self.cache_dir, logo=self.logo(settings), pulse=pulse)

    def printer_on_trial(self, settings: PrinterSettings) -> EscPosPrinter:
        """Build a printer that is only tried: nobody else learns of it."""
        profile = printer_profile(settings)
        connection = PrinterConnection(self._printer_line(settings, profile), profile)
        return EscPosPrinter(connection, profile, self.cache_dir, logo=self.logo(settings))

    def logo(self, settings: PrinterSettings | None) -> Logo | None:
        """Return the shop's logo for the paper of a printer; None without one, or when its file cannot be read."""
        if settings is None or not settings.logo:
            return None
        try:
            return load_logo(
                self._settings.server.data_dir / LOGO_FOLDER / settings.logo, dots=printer_profile(settings).dots
            )
        except DriverError as error:
            log_event(log, "printer.logo_unreadable", level=logging.WARNING, device_id=settings.id, reason=str(error))
            return None

    def _terminal_line(self, settings: TerminalSettings) -> Transport:
        if settings.address.kind is TransportKind.VIRTUAL:
            return self._virtual_terminal(settings)
        try:
            return from_url(driver_url(settings.transport, settings.spoken, settings.terminal_id))
        except DriverError as error:
            raise ConfigurationError("invalid_transport", f"Terminal {settings.id}: {error}", error.hint) from error

    def _virtual_terminal(self, settings: TerminalSettings) -> Transport:
        """Build a virtual terminal and return the register's end of the line to it."""
        address = settings.address
        line: DeviceLine
        if address.target == "pty":
            pty = PtyLine()
            line, transport = pty, from_url(f"pty:{pty.device_path}")
        else:
            cable = MemoryCable()
            line, transport = cable.device_end, cable.register_end
        folder = self._settings.server.data_dir / "virtual"
        folder.mkdir(parents=True, exist_ok=True)
        options = SimulatorOptions(
            scenario=address.options.get("scenario", "approve"),
            journal=Journal(folder / f"{settings.id}.jsonl"),
            terminal_id=str(52_500_041 + len(self._virtual.terminals())),
            currency_numeric=Currency.of(settings.currency or self._settings.shop.currency).numeric,
            language=self._settings.shop.language,
            auto_pace=float(address.options["pace"]) if "pace" in address.options else None,
            wall=functools.partial(datetime.now, self._settings.shop.zone()),
            message_format=settings.message_format,
        )
        try:
            terminal = build_simulator(settings.spoken, line, settings.line_kind, options)
        except (DriverError, ValueError) as error:
            raise ConfigurationError("invalid_transport", f"Terminal {settings.id}: {error}") from error
        self._virtual.add_terminal(settings.id, terminal)
        return transport

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
            case TransportKind.USB:
                return UsbPrinterTransport(address.target)
            case TransportKind.PTY | TransportKind.TLS:
                hint = "Use virtual:memory, usb:, tcp:HOST:PORT, serial:DEVICE?baud=38400 or file:PATH."
                message = f"Printer {settings.id}: {address.kind} is no line of a printer."
                raise ConfigurationError("invalid_transport", message, hint)


def engine_options(settings: TerminalSettings, shop: Settings) -> EngineOptions:
    """Return how a terminal is spoken to."""
    return EngineOptions(
        password=settings.password.get_secret_value(),
        currency_numeric=Currency.of(settings.currency or shop.shop.currency).numeric,
        language=shop.shop.language,
        register_no=settings.register_no,
        terminal_id=settings.terminal_id,
        answer_timeout_s=settings.answer_timeout_s,
        completion_timeout_s=settings.completion_timeout_s,
        config_byte=settings.config_byte,
        message_format=settings.message_format,
    )


@functools.lru_cache(maxsize=64)
def printer_profile(settings: PrinterSettings | None) -> PrinterProfile:
    """Return what a printer can do; without settings the profile of common 80 mm paper."""
    if settings is None:
        return PrinterProfile()
    usual = StatusKind.NONE if settings.address.kind is TransportKind.FILE else StatusKind.ORDERED
    status = StatusKind(settings.status) if settings.status else usual
    return PrinterProfile(
        columns=settings.columns,
        width_mm=settings.width_mm,
        dots=DOTS_PER_WIDTH[settings.width_mm],
        code_page=settings.code_page,
        code_page_number=settings.code_page_number,
        cut=settings.cut,
        status=status,
    )
