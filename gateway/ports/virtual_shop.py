"""The virtual terminal and printer of a demo or test shop, as their small web panel operates them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import DeviceId


@dataclass(frozen=True, slots=True)
class TerminalPanel:
    """What the virtual terminal shows. ``awaiting``: ``idle``, ``card``, ``pin`` or ``busy``."""

    terminal_id: DeviceId
    display: tuple[str, ...]
    awaiting: str
    scenario: str
    scenarios: tuple[str, ...]
    line_up: bool


@dataclass(frozen=True, slots=True)
class PrintedPaper:
    """One receipt that came out of the virtual printer. ``number`` counts from 1 since its start."""

    number: int
    text: str
    printed_at: datetime


class VirtualShop(Protocol):
    """All virtual devices of this node; empty where real devices are configured."""

    def terminals(self) -> tuple[TerminalPanel, ...]:
        """Return the panels of all virtual terminals."""

    def press(self, terminal_id: DeviceId, key: str) -> bool:
        """Press ``present_card``, ``enter_pin``, ``cancel`` or ``restore_line``; False when one is unknown."""

    def choose_scenario(self, terminal_id: DeviceId, name: str) -> bool:
        """Choose what the terminal does from now on; False for an unknown terminal or name."""

    def printers(self) -> tuple[DeviceId, ...]:
        """Return the ids of the virtual printers."""

    def faults(self, printer_id: DeviceId) -> tuple[str, tuple[str, ...]]:
        """Return the fault that is on (``none`` when none) and the names of all faults."""

    def choose_fault(self, printer_id: DeviceId, name: str) -> bool:
        """Switch a fault on (``none``: off); False for an unknown printer or name."""

    def drawer_open(self, printer_id: DeviceId) -> bool:
        """Return whether the cash drawer at a printer stands open; only a hand closes it."""

    def close_drawer(self, printer_id: DeviceId) -> bool:
        """Push the cash drawer in; False for an unknown printer."""

    def papers(self, printer_id: DeviceId) -> tuple[PrintedPaper, ...]:
        """Return what was printed, newest first, at most 20."""

    def paper_png(self, printer_id: DeviceId, number: int) -> bytes | None:
        """Return one printed receipt as PNG."""
