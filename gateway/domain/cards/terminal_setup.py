"""Setting up a card terminal: how it is to be spoken to, what a trial of its line brought, what is set up already."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.ids import DeviceId, RegisterId


@dataclass(frozen=True, slots=True)
class TerminalWish:
    """How a terminal is to be spoken to.

    ``protocol``: name of a wire protocol; ``line``: as in the settings, e.g. ``serial:/dev/ttyUSB0?baud=9600``;
    ``password``: six digits; ``register_no``: by which the terminal tells registers apart; ``message_format``: ``json``
    or ``xml``; ``terminal_id``: the terminal that is meant, empty for whichever answers; ``language``: of what a trial
    tells, ``en`` or ``de``.
    """

    protocol: str
    line: str
    password: str = field(repr=False)
    register_no: str = "01"
    message_format: str = "json"
    terminal_id: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ProtocolFace:
    """What a person has to know to choose a protocol.

    ``serial``, ``network``: the lines it runs over; ``port``: its usual TCP port, 0 where it knows none; ``password``:
    the terminal asks for one; ``tells_last_result``: it can be asked for a lost outcome, else a person decides.
    """

    name: str
    title: str
    serial: bool
    network: bool
    port: int
    password: bool
    tells_last_result: bool


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port of this machine.

    ``line``: how the settings name it, so that a USB device is found again elsewhere; ``words``: maker, product and
    serial number, empty for a built-in port; ``used_by``: a device of ours, or a program, in words; ``group``: whose
    members may use the port.
    """

    device: str
    line: str
    words: str
    used_by: str
    permitted: bool
    group: str


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One thing that was tried. ``what``: what was done; ``result``: what came of it; both in English."""

    what: str
    result: str


class Gravity(StrEnum):
    """How much a finding matters: nothing to do, payments are possible but somebody should act, no payment."""

    GOOD = "good"
    ATTENTION = "attention"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class TrialFinding:
    """What a trial found, and what to do about it. ``code``: stable word; texts in the language of the wish."""

    code: str
    gravity: Gravity
    words: str
    advice: str


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What a trial brought.

    ``answered``: a terminal spoke this protocol and took us in; ``ready``: it would take a sale now; ``line``: where it
    answered, the wish's own or one at another speed; ``state_words``: what it says of itself.
    """

    answered: bool
    ready: bool
    line: str
    findings: tuple[TrialFinding, ...] = ()
    terminal_id: str = ""
    state_words: str = ""


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial of a line. ``report`` is there once it has finished; ``saved_as``: the terminal that was made of it."""

    id: uuid.UUID
    wish: TerminalWish
    state: TrialState
    steps: tuple[TrialStep, ...] = ()
    report: TrialReport | None = None
    saved_as: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class RegisterWish:
    """The till a new terminal stands at: a known one, or a new one with this name and printer; or none of both."""

    register_id: RegisterId | None = None
    name: str = ""
    printer_id: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class DeviceSetup:
    """A terminal or printer of this node and where it comes from.

    ``kind``: ``terminal`` or ``printer``; ``protocol``: empty for a printer; ``line``: as the settings name it;
    ``registers``: names of the tills it stands at; ``removable``: it was set up on the screen.
    """

    id: DeviceId
    kind: str
    name: str
    protocol: str
    line: str
    registers: tuple[str, ...]
    removable: bool
