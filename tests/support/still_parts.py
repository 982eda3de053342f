"""Parts of a shop that stand still: a clock that only a test moves, and no virtual devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.ids import DeviceId
    from gateway.ports.virtual_shop import PrintedPaper, TerminalPanel


class MovingClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds


class NoVirtualDevices:
    """A shop without virtual devices."""

    def terminals(self) -> tuple[TerminalPanel, ...]:
        return ()

    def press(self, terminal_id: DeviceId, key: str) -> bool:
        del terminal_id, key
        return False

    def choose_scenario(self, terminal_id: DeviceId, name: str) -> bool:
        del terminal_id, name
        return False

    def printers(self) -> tuple[DeviceId, ...]:
        return ()

    def faults(self, printer_id: DeviceId) -> tuple[str, tuple[str, ...]]:
        del printer_id
        return "none", ()

    def choose_fault(self, printer_id: DeviceId, name: str) -> bool:
        del printer_id, name
        return False

    def drawer_open(self, printer_id: DeviceId) -> bool:
        del printer_id
        return False

    def close_drawer(self, printer_id: DeviceId) -> bool:
        del printer_id
        return False

    def papers(self, printer_id: DeviceId) -> tuple[PrintedPaper, ...]:
        del printer_id
        return ()

    def paper_png(self, printer_id: DeviceId, number: int) -> bytes | None:
        del printer_id, number
        return None
