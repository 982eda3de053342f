"""Printers in a list, for tests of the setup screen; a whole node has its own tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.printing.printer_setup import (
    FoundPrinter,
    KitchenRoute,
    PrinterHealth,
    PrinterLook,
    PrinterMakeUp,
    PrinterSetup,
    PrinterTrial,
    PrinterWish,
)

ANSWERING = "tcp:192.0.2.30:9100"
"""The one line at which a printer answers."""


@dataclass
class ListedPrinters:
    """See ``PrinterFleet``; ``waiting``: printers that papers wait for."""

    listed: list[PrinterSetup] = field(
        default_factory=lambda: [
            PrinterSetup(
                DeviceId("printer-1"),
                "Printer",
                "virtual:memory",
                PrinterMakeUp(),
                (RegisterId("till-1"),),
                removable=False,
                held=False,
            )
        ]
    )
    orders_go: tuple[KitchenRoute, ...] = ()
    waiting: set[DeviceId] = field(default_factory=set)
    cleared: list[DeviceId] = field(default_factory=list)

    def printers(self) -> tuple[PrinterSetup, ...]:
        return tuple(self.listed)

    def found(self) -> tuple[FoundPrinter, ...]:
        return (FoundPrinter("usb:04b8:0e15", "Epson TM-T20", "", permitted=True),)

    def try_line(self, wish: PrinterWish, *, page: bool) -> PrinterTrial:
        answers = wish.line == ANSWERING
        words = "Printed." if page else "Ready."
        return PrinterTrial(answered=answers, ready=answers, words=words if answers else "The printer does not answer.")

    def add_printer(self, name: str, wish: PrinterWish, registers: tuple[RegisterId, ...]) -> PrinterSetup:
        number = len(self.listed) + 1
        made = PrinterSetup(
            DeviceId(f"printer-{number}"), name, wish.line, wish.make_up, registers, removable=True, held=False
        )
        self.listed.append(made)
        return made

    def change_printer(self, printer_id: DeviceId, make_up: PrinterMakeUp) -> PrinterSetup:
        return self._become(printer_id, make_up=make_up)

    def remove_printer(self, printer_id: DeviceId) -> None:
        found = self._one(printer_id)
        if not found.removable:
            raise RuleError("set_up_by_operator", "This printer stands in the configuration file.", "")
        if printer_id in self.waiting:
            raise RuleError("papers_wait", "1 papers wait for this printer.", "")
        self.listed.remove(found)

    def routes(self) -> tuple[KitchenRoute, ...]:
        return self.orders_go

    def set_routes(self, routes: tuple[KitchenRoute, ...]) -> None:
        self.orders_go = routes

    def hold(self, printer_id: DeviceId, *, held: bool) -> None:
        self._become(printer_id, held=held)

    def health(self) -> dict[DeviceId, PrinterHealth]:
        looks = tuple(PrinterLook(datetime(2026, 3, 2, 8, minute, tzinfo=UTC), 4 + minute) for minute in range(3))
        return {one.id: PrinterHealth(looks, "near_end", False, (), one.held) for one in self.listed}

    def clear(self, printer_id: DeviceId) -> None:
        self._one(printer_id)
        self.cleared.append(printer_id)

    def _one(self, printer_id: DeviceId) -> PrinterSetup:
        found = next((one for one in self.listed if one.id == printer_id), None)
        if found is None:
            raise NotFound("device_not_found", "There is no such printer here.", "")
        return found

    def _become(self, printer_id: DeviceId, **changes: object) -> PrinterSetup:
        found = self._one(printer_id)
        made = replace(found, **changes)  # type: ignore[arg-type]  # a caller names the fields
        self.listed[self.listed.index(found)] = made
        return made
