"""Set up printers on the screen, look after their papers, and say where orders of the kitchen go."""

import logging
import re
import uuid
from collections.abc import Mapping

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, NotPermitted
from gateway.domain.ids import DeviceId, OutboxId, RegisterId, StoreId, TenantId, derived_id
from gateway.domain.outbox import Delivery, OutboxMessage
from gateway.domain.printing.printer_setup import (
    FoundPrinter,
    KitchenRoute,
    PrinterHealth,
    PrinterMakeUp,
    PrinterSetup,
    PrinterTrial,
    PrinterWish,
)
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.printer import PrinterDevice
from gateway.ports.printer_setup import LogoShelf, PrinterFleet
from gateway.ports.unit_of_work import Storage
from gateway.services.paper.print_paper import delivery_of

log = logging.getLogger(__name__)

PRINT_TEST_PAGE = "print_test_page"
# Only what is a printer's line can be opened from the screen: never a disk, a watchdog or somebody's console.
_LINE = re.compile(
    r"tcp:[^\s?#/]+:[0-9]{1,5}|usb:([0-9a-fA-F]{4}:[0-9a-fA-F]{4}(/[A-Za-z0-9._-]{1,64})?)?"
    r"|serial:/dev/(tty[A-Z][A-Za-z]*[0-9]+|rfcomm[0-9]+|serial/by-(id|path)/[A-Za-z0-9._:+@-]+)(\?baud=[0-9]{3,6})?"
)


class DeliverTestPage:
    """Has the calibration page printed."""

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Print it; never raises for what a printer can do."""
        del message
        return delivery_of(printer.print_test_page())


class SetUpPrinters:
    """Printers of the store this node stands in."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        store_id: StoreId,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        fleet: PrinterFleet,
        logos: LogoShelf,
    ) -> None:
        self._place = (tenant_id, store_id)
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._fleet = fleet
        self._logos = logos

    def printers(self, caller: Caller) -> tuple[PrinterSetup, ...]:
        """Return the printers of this node; none to whoever belongs to another store."""
        caller.require(Permission.DEVICES_READ)
        return self._fleet.printers() if (caller.tenant_id, caller.store_id) == self._place else ()

    def health(self, caller: Caller) -> Mapping[DeviceId, PrinterHealth]:
        """Return how the printers of this node have been; empty to whoever belongs to another store."""
        caller.require(Permission.DEVICES_READ)
        return self._fleet.health() if (caller.tenant_id, caller.store_id) == self._place else {}

    def found(self, caller: Caller) -> tuple[FoundPrinter, ...]:
        """Return the lines a printer may be on now."""
        self._require(caller)
        return self._fleet.found()

    def try_line(self, caller: Caller, wish: PrinterWish, *, page: bool) -> PrinterTrial:
        """Try a line, with or without a calibration page on paper; errors as ``PrinterFleet.try_line``."""
        self._require(caller)
        _check_line(wish.line)
        log_event(log, "devices.printer_tried", actor=caller.name, line=wish.line)
        return self._fleet.try_line(wish, page=page)

    def add(self, caller: Caller, name: str, wish: PrinterWish, registers: tuple[RegisterId, ...]) -> PrinterSetup:
        """Keep a printer; errors as ``PrinterFleet.add_printer``."""
        self._require(caller)
        _check_line(wish.line)
        made = self._fleet.add_printer(name, wish, registers)
        log_event(log, "devices.printer_added", actor=caller.name, device_id=made.id, line=made.line)
        return made

    def change(self, caller: Caller, printer_id: DeviceId, make_up: PrinterMakeUp) -> PrinterSetup:
        """Change what a printer is said to be able to do; errors as ``PrinterFleet.change_printer``."""
        self._require(caller)
        made = self._fleet.change_printer(printer_id, make_up)
        log_event(log, "devices.printer_changed", actor=caller.name, device_id=made.id)
        return made

    def remove(self, caller: Caller, printer_id: DeviceId) -> None:
        """Take a printer out of use; errors as ``PrinterFleet.remove_printer``."""
        self._require(caller)
        self._fleet.remove_printer(printer_id)
        log_event(log, "devices.printer_removed", actor=caller.name, device_id=printer_id)

    def routes(self, caller: Caller) -> tuple[KitchenRoute, ...]:
        """Return where orders of the kitchen go."""
        self._require(caller)
        return self._fleet.routes()

    def set_routes(self, caller: Caller, routes: tuple[KitchenRoute, ...]) -> tuple[KitchenRoute, ...]:
        """Replace where orders go; errors as ``PrinterFleet.set_routes``."""
        self._require(caller)
        self._fleet.set_routes(routes)
        log_event(log, "devices.routes_changed", actor=caller.name, count=len(routes))
        return self._fleet.routes()

    def keep_logo(self, caller: Caller, picture: bytes) -> str:
        """Keep a picture to stand above receipts; errors as ``LogoShelf.keep``."""
        self._require(caller)
        return self._logos.keep(picture)

    def logos(self, caller: Caller) -> tuple[str, ...]:
        """Return the names of the pictures that are kept."""
        self._require(caller)
        return self._logos.names()

    def logo(self, caller: Caller, name: str, *, width_mm: int) -> bytes:
        """Return a picture as the printer draws it, as PNG.

        Raises:
            NotFound: ``logo_not_found``.
        """
        self._require(caller)
        found = self._logos.preview(name, width_mm=width_mm)
        if found is None:
            raise NotFound("logo_not_found", "There is no such picture.", "Load the page again.")
        return found

    def print_test_page(self, caller: Caller, printer_id: DeviceId, request_id: uuid.UUID) -> OutboxMessage:
        """Have the calibration page printed in its turn; the same ``request_id`` again is the same page.

        Raises:
            NotPermitted: without ``devices:operate``.
            NotFound: ``device_not_found``.
        """
        self._operate(caller)
        self._known(caller, printer_id)
        message = OutboxMessage(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=OutboxId(derived_id(request_id, f"test page {printer_id}")),
            kind=PRINT_TEST_PAGE,
            target=printer_id,
            payload={"subject_id": str(request_id), "title": "Printer test", "duplicate": ""},
            created_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(printer_id)
        return message

    def hold(self, caller: Caller, printer_id: DeviceId, *, held: bool) -> None:
        """Let papers of a printer wait, or go on.

        Raises:
            NotPermitted: without ``devices:operate``.
            NotFound: ``device_not_found``, also for a printer that another node works.
        """
        self._operate(caller)
        self._fleet.hold(printer_id, held=held)
        event = "printer.held" if held else "printer.released"
        log_event(log, event, actor=caller.name, device_id=printer_id)

    def clear(self, caller: Caller, printer_id: DeviceId) -> int:
        """Give up every paper that waits for a printer, and have it forget what it holds; return how many.

        What is given up is told so in its journal; a person asks for a copy of what is still wanted. Errors as
        ``hold``.
        """
        self._operate(caller)
        self._fleet.clear(printer_id)
        note = f"Given up by {caller.name} before it was printed. Print a copy if it is wanted."
        with self._storage.write() as unit:
            given_up = unit.orders.give_up(caller.tenant_id, caller.store_id, printer_id, note, self._clock.now())
        log_event(log, "printer.cleared", actor=caller.name, device_id=printer_id, count=given_up)
        return given_up

    def _known(self, caller: Caller, printer_id: DeviceId) -> None:
        with self._storage.read() as unit:
            rows = unit.devices.list(caller.tenant_id, caller.store_id)
        if all(row.id != printer_id or row.kind != "printer" for row in rows):
            raise NotFound("device_not_found", "There is no such printer here.", "Load the list again.")

    def _operate(self, caller: Caller) -> None:
        caller.require(Permission.DEVICES_OPERATE)
        self._here(caller)

    def _require(self, caller: Caller) -> None:
        caller.require(Permission.DEVICES_MANAGE)
        self._here(caller)

    def _here(self, caller: Caller) -> None:
        if (caller.tenant_id, caller.store_id) != self._place:
            hint = "Open the gateway of your own store."
            raise NotPermitted("other_store", "This gateway stands in another store.", hint)


def _check_line(line: str) -> None:
    if not _LINE.fullmatch(line):
        hint = "Name tcp:HOST:PORT, a USB printer or a serial port of the list. Other lines belong into the file."
        raise InputError("invalid_transport", "This is no line of a printer.", hint, "/transport")
