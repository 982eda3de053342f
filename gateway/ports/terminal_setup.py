"""What setting up a terminal needs: a look at the ports, trials in the background, and the devices of this node."""

import uuid
from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.domain.cards.line_health import LineHealth
from gateway.domain.cards.terminal_setup import (
    DeviceSetup,
    ProtocolFace,
    RegisterWish,
    SerialPort,
    TerminalWish,
    Trial,
    TrialReport,
    TrialStep,
)
from gateway.domain.ids import DeviceId

LineUse = tuple[str, frozenset[str]]
"""The name of a device and the marks of its line (see ``TerminalProbe.line_marks``)."""

OnStep = Callable[[TrialStep], None]
"""Called with each step when it is done."""


class TerminalProbe(Protocol):
    """Looks at lines without ever sending a command that moves money."""

    def protocols(self) -> tuple[ProtocolFace, ...]:
        """Return the protocols this installation speaks."""

    def ports(self) -> tuple[SerialPort, ...]:
        """Return the serial ports of this machine in natural order; ``used_by`` names programs only."""

    def line_marks(self, line: str) -> frozenset[str]:
        """Return what a line is reached by: two lines to one port share a mark, however they are written."""

    def check(self, wish: TerminalWish) -> None:
        """Refuse a wish no line can be opened by.

        Raises:
            InputError: ``invalid_transport``, ``wrong_line`` or ``invalid_password``, with a pointer.
        """

    def try_line(self, wish: TerminalWish, on_step: OnStep, stopped: Callable[[], bool]) -> TrialReport:
        """Open the line, find out who answers, and close it again; never raises for what a line can do.

        ``stopped``: asked between the steps; True ends the trial early.
        """


class TrialBook(Protocol):
    """Trials of this node, in the background; forgotten after a while."""

    def begin(self, wish: TerminalWish) -> Trial:
        """Begin a trial.

        Raises:
            RuleError: ``trial_running`` while this line is tried already, or too many others are.
        """

    def get(self, trial_id: uuid.UUID) -> Trial | None:
        """Return a trial as it stands, or None."""

    def saved(self, trial_id: uuid.UUID, terminal_id: DeviceId) -> None:
        """Note which terminal was made of a trial."""


class DeviceFleet(Protocol):
    """The devices of this node, of which terminals come and go while it runs."""

    def devices(self) -> tuple[DeviceSetup, ...]:
        """Return terminals, then printers, in the order of the settings."""

    def uses(self) -> tuple[LineUse, ...]:
        """Return what lines the devices of this node use."""

    def line_health(self) -> Mapping[DeviceId, LineHealth]:
        """Return how the lines to the terminals of this node were, as long as it runs."""

    def add_terminal(self, name: str, wish: TerminalWish, register: RegisterWish) -> DeviceSetup:
        """Keep a terminal and begin to work it.

        Raises:
            InputError: ``unknown_register``, ``unknown_printer``.
            RuleError: ``port_in_use``, ``register_taken``, ``too_many_terminals``.
            OperationalError: ``cannot_be_saved``: nothing was changed.
        """

    def remove_terminal(self, terminal_id: DeviceId) -> None:
        """Stop working a terminal and forget how it is reached; its payments stay.

        Raises:
            NotFound: ``device_not_found``.
            RuleError: ``set_up_by_operator``, ``terminal_has_open_payment``.
            OperationalError: ``cannot_be_saved``: nothing was changed.
        """
