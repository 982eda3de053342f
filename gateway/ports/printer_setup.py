"""What setting up printers needs: the lines there are, a trial, and the printers of this node, which come and go."""

from collections.abc import Mapping
from typing import Protocol

from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.printing.printer_setup import (
    FoundPrinter,
    KitchenRoute,
    PrinterHealth,
    PrinterMakeUp,
    PrinterSetup,
    PrinterTrial,
    PrinterWish,
)


class PrinterFleet(Protocol):
    """The printers of this node."""

    def printers(self) -> tuple[PrinterSetup, ...]:
        """Return them in the order of the settings."""

    def found(self) -> tuple[FoundPrinter, ...]:
        """Return the lines a printer may be on now: USB by its class, serial ports."""

    def try_line(self, wish: PrinterWish, *, page: bool) -> PrinterTrial:
        """Open a line, ask how the printer is, have the calibration page printed if wanted, and close it again.

        Raises:
            InputError: ``invalid_transport``, ``invalid_printer``.
            RuleError: ``port_in_use``.
        """

    def add_printer(self, name: str, wish: PrinterWish, registers: tuple[RegisterId, ...]) -> PrinterSetup:
        """Keep a printer and begin to work it.

        Raises:
            InputError: ``invalid_transport``, ``invalid_printer``, ``unknown_register``.
            RuleError: ``port_in_use``, ``register_has_printer``, ``too_many_printers``.
            OperationalError: ``cannot_be_saved``: nothing was changed.
        """

    def change_printer(self, printer_id: DeviceId, make_up: PrinterMakeUp) -> PrinterSetup:
        """Work a printer by another make-up from its next paper on; errors as above, and ``device_not_found``."""

    def remove_printer(self, printer_id: DeviceId) -> None:
        """Stop working a printer that was set up on the screen.

        Raises:
            NotFound: ``device_not_found``.
            RuleError: ``set_up_by_operator``, ``papers_wait``, ``printer_needed`` by a till or a route of the file.
            OperationalError: ``cannot_be_saved``.
        """

    def routes(self) -> tuple[KitchenRoute, ...]:
        """Return where orders go."""

    def set_routes(self, routes: tuple[KitchenRoute, ...]) -> None:
        """Replace where orders go.

        Raises:
            InputError: ``invalid_routes``.
            OperationalError: ``cannot_be_saved``.
        """

    def hold(self, printer_id: DeviceId, *, held: bool) -> None:
        """Let papers wait, or go on. Raises ``NotFound``: ``device_not_found`` for a printer of another node."""

    def health(self) -> Mapping[DeviceId, PrinterHealth]:
        """Return how the printers of this node have been."""

    def clear(self, printer_id: DeviceId) -> None:
        """Have what the printer still holds forgotten before its next paper; errors as ``hold``."""


class LogoShelf(Protocol):
    """Pictures that stand above receipts."""

    def keep(self, picture: bytes) -> str:
        """Check and keep a picture; return its name. The same picture has the same name.

        Raises:
            InputError: ``unreadable_logo``.
            OperationalError: ``cannot_be_saved``.
        """

    def preview(self, name: str, *, width_mm: int) -> bytes | None:
        """Return a kept picture as the printer draws it, as PNG; None if there is none of this name."""

    def names(self) -> tuple[str, ...]:
        """Return what is kept."""
