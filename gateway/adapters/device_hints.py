"""Hints inside one process: wakes the lane that owns a device here; a device of another node polls the database."""

import uuid
from typing import Protocol

from gateway.domain.ids import AttemptId, DeviceId


class WakeableTerminal(Protocol):
    """What a terminal's lane offers."""

    def wake(self) -> None:
        """Something was committed for this terminal."""

    def cancel(self, attempt_id: AttemptId) -> None:
        """A cancel was committed."""


class WakeablePrinter(Protocol):
    """What a printer's lane offers."""

    def wake(self) -> None:
        """Something was committed for this printer."""


class NodeHints:
    """Filled while the node is built; afterwards only read."""

    def __init__(self) -> None:
        self._terminals: dict[str, WakeableTerminal] = {}
        self._printers: dict[str, WakeablePrinter] = {}

    def add_terminal(self, terminal_id: DeviceId, lane: WakeableTerminal) -> None:
        """A terminal is owned (or wanted) by this node."""
        self._terminals[terminal_id] = lane

    def add_printer(self, printer_id: DeviceId, lane: WakeablePrinter) -> None:
        """A printer is owned (or wanted) by this node."""
        self._printers[printer_id] = lane

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
        """Wake the lane of the printer."""
        lane = self._printers.get(target)
        if lane is not None:
            lane.wake()

    def terminal_asked(self, terminal_id: DeviceId) -> None:
        """Wake the lane of the terminal: somebody wants an open outcome asked again."""
        self._wake(terminal_id)

    def _wake(self, terminal_id: DeviceId) -> None:
        lane = self._terminals.get(terminal_id)
        if lane is not None:
            lane.wake()
