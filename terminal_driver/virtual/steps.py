"""The vocabulary of scenarios: what a simulated terminal can be told to do, one step after the other.

A scenario's program is a generator of steps. The terminal carries each out and sends back how it went; the program
never touches a line, a clock or a thread.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum

from terminal_driver.virtual.refusals import Refusal


class Ended(StrEnum):
    """How a step ended, as the program is told."""

    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Question(StrEnum):
    """What a terminal can ask its register in the middle of an operation."""

    SIGNATURE = "signature"
    CARD_BLOCKED = "card_blocked"
    INPUT = "input"
    MENU = "menu"


@dataclass(frozen=True, slots=True)
class Say:
    """Show what is waited for and tell the register; ``word``: one of ``progress_words``.

    ``patience``: ask the register for more time (ZVT: the minutes of 04 FF).
    """

    word: str
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
    """Book the operation: from here on the terminal holds it as done.

    ``percent``: share of the amount ordered. ``amount_added``: minor units booked too much. ``tip_minor``: a tip the
    cardholder adds. ``last_instead``: whatever booking was named, the last one that stands is meant.
    """

    amount_added: int = 0
    percent: int = 100
    tip_minor: int = 0
    last_instead: bool = False


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take the booking back; nothing is charged any more. ``why``: words for the panel."""

    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the register; ``REFUSED`` when it says no (the signature is wrong, the card is blocked, input cancelled)."""

    question: Question


@dataclass(frozen=True, slots=True)
class SendResult:
    """Report the booking. ``REFUSED``: the register does not want it, the booking was taken back."""


@dataclass(frozen=True, slots=True)
class SendRefusal:
    """Report that nothing is charged. ``code``: ZVT result code 1 to 255; None takes that of the reason."""

    reason: Refusal
    code: int | None = None


@dataclass(frozen=True, slots=True)
class PrintApproved:
    """Print both copies through the register, if it offered to print. ``signature``: with room for a signature.

    ``REFUSED``: the register could not print and the scenario says that the booking was taken back therefore.
    """

    signature: bool = False


@dataclass(frozen=True, slots=True)
class PrintDeclined:
    """Print the customer's receipt of a refused sale through the register, if it offered to print."""

    reason: Refusal
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """End the operation with success."""


@dataclass(frozen=True, slots=True)
class Abort:
    """End the operation without success; fields as in :class:`SendRefusal`."""

    reason: Refusal
    code: int | None = None


@dataclass(frozen=True, slots=True)
class CutLine:
    """Pull the plug; it stays out until restored by command or, if the scenario states one, after a time."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Fall silent: the line stays open, nothing is said and nothing heard until it is restored."""


@dataclass(frozen=True, slots=True)
class CutLineAtNextAnswer:
    """Pull the plug when the next message has left: its answer never arrives here."""


Step = (
    Say
    | AwaitCard
    | AwaitPin
    | AwaitRelease
    | Book
    | TakeBack
    | Ask
    | SendResult
    | SendRefusal
    | PrintApproved
    | PrintDeclined
    | Complete
    | Abort
    | CutLine
    | Mute
    | CutLineAtNextAnswer
)

Program = Generator[Step, Ended, None]
