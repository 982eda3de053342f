"""What a simulated terminal is made of besides its line: one Protocol that every wire protocol's dialogue fulfils.

How another protocol plugs in:

1. A codec and a link for the device side, in the protocol's own package: pure, bytes in and bytes out.
2. A :class:`terminal_driver.virtual.sale_reporter.SaleReporter` that turns "tell the result", "print this", "complete"
   into the protocol's messages, and says for each whether an answer of the register is awaited.
3. A class that fulfils :class:`DeviceDialogue`: it reads commands, refuses or begins them, gives each money operation
   to a :class:`terminal_driver.virtual.sale_run.SaleRun` (which carries out the steps of the scenario, books in the
   journal and wishes the line cut) and tells the run when the register has answered.
4. :class:`terminal_driver.virtual.terminal.VirtualTerminal` takes that dialogue and a line; thread, keys, faults of the
   line and panel are its affair. The dialogue is only ever called by its thread, except for what a panel shows: those
   properties may be read by other threads at any moment, and must not fail whatever happens meanwhile.

Nothing here knows a thread, a line or a clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.panel import Awaiting, KeyPress
from terminal_driver.virtual.scenarios import Scenario
from terminal_driver.zvt.status_codes import Language


class LineWish(StrEnum):
    """What a dialogue wants done to the line once its bytes are sent."""

    NONE = "none"
    CUT = "cut"
    MUTE = "mute"
    HANG_UP = "hang_up"
    """End the connection and take the next one."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a terminal of any protocol works with.

    ``terminal_id``: as on receipts and in results. ``currency``: three digits, for an operation that names none.
    ``auto_pace``: factor on the scenario's waiting times, None when a person presses keys. ``wall``: local time with
    zone. ``patience_minutes``: how long the register shall wait for its cardholder, 1 to 99; None leaves it to the
    register.
    """

    journal: Journal
    terminal_id: str
    currency: str
    language: Language
    wall: Callable[[], datetime]
    auto_pace: float | None
    patience_minutes: int | None


class DeviceDialogue(Protocol):
    """The terminal's side of one protocol. ``now_s`` is a monotonic time in seconds, given by the caller."""

    scenario: Scenario
    """Of the coming operations; may be changed at any time, a running one keeps its own."""

    @property
    def around(self) -> Surroundings:
        """What the terminal works with; its journal is the terminal's memory."""

    @property
    def registered(self) -> bool:
        """True while a register is logged on; always True where the protocol knows no registration."""

    @property
    def last_words(self) -> str:
        """The last booking or refusal in words, empty before the first."""

    @property
    def display_lines(self) -> tuple[str, str]:
        """The two lines of the display."""

    @property
    def awaiting(self) -> Awaiting:
        """What the terminal waits for."""

    @property
    def block_start(self) -> bytes:
        """The bytes that begin a block with a checksum as its last byte; empty when no block has one."""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line, in pieces of any size; return all that is to be sent."""

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key; return what is to be sent."""

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""

    def expire(self, now_s: float) -> bytes:
        """Act on deadlines that have passed; harmless when none has."""

    def broken(self, now_s: float) -> None:
        """The line is gone: a running operation ends as its scenario says, everything else is forgotten."""

    def take_wish(self) -> LineWish:
        """Return what is to be done to the line after the bytes were sent; asked once per wish."""
