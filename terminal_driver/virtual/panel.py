"""What a person sees and presses on the virtual terminal."""

from dataclasses import dataclass, field
from enum import StrEnum


class Awaiting(StrEnum):
    """What the terminal waits for."""

    IDLE = "idle"
    CARD = "card"
    PIN = "pin"
    HOST = "host"
    REGISTER = "register"
    RELEASE = "release"
    KEY = "key"
    NUMBER = "number"


class Key(StrEnum):
    """What a person can do."""

    CARD = "card"
    PIN = "pin"
    CANCEL = "cancel"
    RELEASE = "release"
    CONFIRM = "confirm"
    CLEAR = "clear"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class KeyPress:
    """One action of a person; ``brand`` only for :attr:`Key.CARD`, ``digits`` only for :attr:`Key.NUMBER`."""

    key: Key
    brand: str = ""
    digits: str = field(default="", repr=False)


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
