"""Hints inside one process: wakes the lane that owns a device here; a device of another node polls the database."""

import uuid
from typing import Protocol

from gateway.domain.ids import AttemptId, DeviceId
from gateway.domain.telling.change import CHANGES
from gateway.ports.terminal import TerminalSilent

HELD_LIMIT_S = 8.0
"""Seconds somebody waits for a terminal's list: a quiet one answers in one."""
_ELSEWHERE = TerminalSilent("terminal_elsewhere", "Another node works this terminal: ask there.")


class WakeableTerminal(Protocol):
    """What a terminal's lane offers."""

    def wake(self) -> None:
        """Something was committed for this terminal."""

    def cancel(self, attempt_id: AttemptId) -> None:
        """A cancel was committed."""

    def held_reservations(self, timeout_s: float) -> tuple[int, ...] | TerminalSilent:
        """Have the terminal asked which reservations it holds."""


class WakeablePrinter(Protocol):
    """What a printer's lane offers."""

    def wake(self) -> None:
        """Something was committed for this printer."""


class WakeableOutward(Protocol):
    """What the lane of the systems outside offers."""

    def wake(self) -> None:
        """Something was committed for a system outside."""


class NodeHints:
    """Filled while the node is built; later changed only where a terminal comes or goes."""

    def __init__(self) -> None:
        self._terminals: dict[str, WakeableTerminal] = {}
        self._printers: dict[str, WakeablePrinter] = {}
        self._outward: WakeableOutward | None = None

    def add_terminal(self, terminal_id: DeviceId, lane: WakeableTerminal) -> None:
        """A terminal is owned (or wanted) by this node."""
        self._terminals[terminal_id] = lane

    def add_printer(self, printer_id: DeviceId, lane: WakeablePrinter) -> None:
        """A printer is owned (or wanted) by this node."""
        self._printers[printer_id] = lane

    def add_outward(self, lane: WakeableOutward) -> None:
        """The systems outside are worked by this node, too."""
        self._outward = lane

    def remove_terminal(self, terminal_id: DeviceId) -> None:
        """A terminal is no longer this node's."""
        self._terminals.pop(terminal_id, None)

    def remove_printer(self, printer_id: DeviceId) -> None:
        """A printer is no longer this node's."""
        self._printers.pop(printer_id, None)

    def payment_sent(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        """Wake the lane of the terminal; the attempt itself is read from the database."""
        del attempt_id
        self._wake(terminal_id)

    def cancel_requested(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        """Tell the lane which attempt to stop."""
        lane = self._terminals.get(terminal_id)
        if lane is not None:
            lane.cancel(AttemptId(attempt_id))

    def outbox_filled(self, target: str) -> None:
        """Wake the lane of the printer, or of the systems outside; changes are numbered by whoever reads them."""
        if target == CHANGES:
            return
        lane = self._printers.get(target) or self._outward
        if lane is not None:
            lane.wake()

    def terminal_asked(self, terminal_id: DeviceId) -> None:
        """Wake the lane of the terminal: somebody wants an open outcome asked again."""
        self._wake(terminal_id)

    def held_reservations(self, terminal_id: DeviceId) -> tuple[int, ...] | TerminalSilent:
        """Have the lane of the terminal ask which reservations it holds; only where this node works it."""
        lane = self._terminals.get(terminal_id)
        return _ELSEWHERE if lane is None else lane.held_reservations(HELD_LIMIT_S)

    def _wake(self, terminal_id: DeviceId) -> None:
        lane = self._terminals.get(terminal_id)
        if lane is not None:
            lane.wake()
