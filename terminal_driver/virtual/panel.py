"""What a person sees and presses on the virtual terminal."""

from dataclasses import dataclass
from enum import StrEnum


class Awaiting(StrEnum):
    """What the terminal waits for."""

    IDLE = "idle"
    CARD = "card"
    PIN = "pin"
    HOST = "host"
    REGISTER = "register"
    RELEASE = "release"


class Key(StrEnum):
    """What a person can do."""

    CARD = "card"
    PIN = "pin"
    CANCEL = "cancel"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class KeyPress:
    """One action of a person; ``brand`` only for :attr:`Key.CARD`."""

    key: Key
    brand: str = ""


@dataclass(frozen=True, slots=True)
class PanelState:
    """The panel at one moment.

    Attributes:
        display_lines: the two lines of the display.
        awaiting: what the terminal waits for.
        scenario: name of the scenario the next sale runs.
        line_up: False while the line to the register is dead.
        registered: a register has logged on.
        last: the last booking or refusal in words, ``""`` before the first.
    """

    display_lines: tuple[str, str]
    awaiting: Awaiting
    scenario: str
    line_up: bool
    registered: bool
    last: str = ""
