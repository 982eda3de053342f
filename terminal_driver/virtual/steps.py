"""The vocabulary of scenarios: what a simulated terminal can be told to do, one step after the other.

A scenario's program is a generator of steps. The terminal carries each out and sends back how it went; the program
never touches a line, a clock or a thread.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum


class Ended(StrEnum):
    """How a step ended, as the program is told."""

    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Say:
    """Send an intermediate status (04 FF) and show its words; ``patience``: with the terminal's wish for T4."""

    code: int
    patience: bool = False


@dataclass(frozen=True, slots=True)
class AwaitCard:
    """Wait for a card. ``CANCELLED`` by the cancel key, by the register, or after the terminal's patience."""


@dataclass(frozen=True, slots=True)
class AwaitPin:
    """Wait for the PIN; ends like :class:`AwaitCard`."""


@dataclass(frozen=True, slots=True)
class AwaitRelease:
    """Hold everything until the release key, or until the scenario's stated time has passed."""


@dataclass(frozen=True, slots=True)
class Book:
    """Book the sale: from here on the terminal holds it as paid. ``amount_added``: minor units booked too much."""

    amount_added: int = 0


@dataclass(frozen=True, slots=True)
class SendResult:
    """Report the booking (04 0F, 27 00). ``REFUSED``: the register does not want it, the booking was taken back."""


@dataclass(frozen=True, slots=True)
class SendRefusal:
    """Report that nothing is charged (04 0F with this result code)."""

    code: int


@dataclass(frozen=True, slots=True)
class PrintApproved:
    """Print both copies of an approved sale through the register, if it offered to print."""


@dataclass(frozen=True, slots=True)
class PrintDeclined:
    """Print the customer's receipt of a refused sale through the register, if it offered to print."""

    code: int


@dataclass(frozen=True, slots=True)
class Complete:
    """End the sale with 06 0F."""


@dataclass(frozen=True, slots=True)
class Abort:
    """End the sale with 06 1E and this result code."""

    code: int


@dataclass(frozen=True, slots=True)
class CutLine:
    """Pull the plug; it stays out until restored by command or, if the scenario states one, after a time."""


@dataclass(frozen=True, slots=True)
class CutLineAtNextAnswer:
    """Pull the plug when the next message has left: its answer never arrives here."""


Step = (
    Say
    | AwaitCard
    | AwaitPin
    | AwaitRelease
    | Book
    | SendResult
    | SendRefusal
    | PrintApproved
    | PrintDeclined
    | Complete
    | Abort
    | CutLine
    | CutLineAtNextAnswer
)

Program = Generator[Step, Ended, None]
