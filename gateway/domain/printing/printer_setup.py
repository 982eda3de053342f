"""Setting up a receipt printer: how it is reached and what it can do, what was found, and what a trial brought."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import DeviceId, RegisterId


@dataclass(frozen=True, slots=True)
class PrinterMakeUp:
    """What a printer can do, as a person sets it.

    Attributes:
        width_mm: 58 or 80.
        code_page: name of the page it is switched to, such as ``cp858``.
        code_page_number: of that page in ESC t where the device numbers otherwise, 0 to 255; None for the usual one.
        cut: it has a knife.
        status: ``none``, ``realtime``, ``ordered`` or ``automatic``; empty for what the line can carry.
        drawer_pin: 2 or 5, the pin its cash drawer is on; 0 without one.
        logo: name of a picture kept before; empty for none.
    """

    width_mm: int = 80
    code_page: str = "cp858"
    code_page_number: int | None = None
    cut: bool = True
    status: str = ""
    drawer_pin: int = 2
    logo: str = ""


@dataclass(frozen=True, slots=True)
class PrinterWish:
    """A printer to try or to keep. ``line``: as in the settings, e.g. ``usb:04b8:0e15`` or ``tcp:192.0.2.30:9100``."""

    line: str
    make_up: PrinterMakeUp = PrinterMakeUp()


@dataclass(frozen=True, slots=True)
class FoundPrinter:
    """A line a printer may be on. ``used_by``: a device of ours; ``permitted``: the gateway may open it."""

    line: str
    words: str
    used_by: str
    permitted: bool


@dataclass(frozen=True, slots=True)
class PrinterTrial:
    """What a line brought. ``answered``: a printer is there; ``ready``: it could print; ``words``: how it is."""

    answered: bool
    ready: bool
    words: str


@dataclass(frozen=True, slots=True)
class PrinterSetup:
    """A printer of this node as it is set up.

    ``registers``: the tills that print on it; ``removable``: it was set up on the screen; ``held``: its papers wait
    because somebody holds them.
    """

    id: DeviceId
    name: str
    line: str
    make_up: PrinterMakeUp
    registers: tuple[RegisterId, ...]
    removable: bool
    held: bool


@dataclass(frozen=True, slots=True)
class PrinterLook:
    """One look at a printer. ``took_ms``: how long its answer took; None when none came."""

    at: datetime
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class PrinterHealth:
    """How a printer has been since this node works it.

    ``looks``: the latest, oldest first; ``paper``, ``cover_open``: as in ``PrinterState``; ``failures``: when a paper
    was not printed, or nobody knows; ``held``: its papers wait because somebody holds them.
    """

    looks: tuple[PrinterLook, ...]
    paper: str
    cover_open: bool | None
    failures: tuple[datetime, ...]
    held: bool


@dataclass(frozen=True, slots=True)
class KitchenRoute:
    """Where orders of an item group go; ``*`` is every group that is not named."""

    group: str
    printer_id: DeviceId
