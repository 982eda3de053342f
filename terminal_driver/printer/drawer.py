"""The pulse that opens a cash drawer, and what is known of it afterwards. Pure; never part of a receipt.

There are two ways to say it. ESC p stands in the data: a printer without paper keeps it and opens the drawer when the
new roll is in, minutes later and unasked. DLE DC4 1 is heard at once, in whatever state the printer is. So the first is
said only to a printer that is ready, the second to one that is not. Source: Epson ESC/POS command reference.
"""

from dataclasses import dataclass
from enum import StrEnum

_UNIT_MS = 2  # ESC p counts in 2 ms
_REALTIME_UNIT_MS = 100  # DLE DC4 1 counts in 100 ms
_REALTIME_UNITS_MAX = 8
PULSE_MS_MAX = 255 * _UNIT_MS


@dataclass(frozen=True, slots=True)
class DrawerPulse:
    """One pulse on the drawer's connector.

    Attributes:
        pin: 2 (first drawer) or 5 (second).
        on_ms: length in milliseconds, 2 to 510.
        off_ms: rest afterwards in milliseconds, `on_ms` to 510: a coil without rest burns.

    Raises:
        ValueError: a figure is outside its range.
    """

    pin: int = 2
    on_ms: int = 100
    off_ms: int = 100

    def __post_init__(self) -> None:
        if self.pin not in (2, 5):
            message = f"a drawer is on pin 2 or 5, not {self.pin}"
            raise ValueError(message)
        if not _UNIT_MS <= self.on_ms <= self.off_ms <= PULSE_MS_MAX:
            message = f"a pulse takes 2 to {PULSE_MS_MAX} ms and rests at least as long: {self.on_ms}, {self.off_ms}"
            raise ValueError(message)

    def in_order(self) -> bytes:
        """Return ESC p m t1 t2: works when the printer comes to it."""
        return bytes((0x1B, 0x70, self.pin == 5, self.on_ms // _UNIT_MS, self.off_ms // _UNIT_MS))

    def at_once(self) -> bytes:
        """Return DLE DC4 1 m t: works now; its length is rounded up to 100 ms."""
        units = min(_REALTIME_UNITS_MAX, -(-self.on_ms // _REALTIME_UNIT_MS))
        return bytes((0x10, 0x14, 0x01, self.pin == 5, units))


class DrawerOutcome(StrEnum):
    """What is known of a pulse."""

    PULSED = "pulsed"
    """The printer took the command and worked it off. Whether a drawer is plugged in, only its contact tells."""
    NOT_PULSED = "not_pulsed"
    """The printer got nothing: the drawer will not open later either."""
    UNSURE = "unsure"
    """It got a part, or never confirmed it. Look at the drawer."""


@dataclass(frozen=True, slots=True)
class DrawerResult:
    """The end of one command.

    Attributes:
        outcome: one of three.
        reason: empty if pulsed by a printer in order; else why not, or what else is wrong: the names of `PrintResult`.
        moved: the drawer's contact changed: it did open. False proves nothing, many drawers have no contact.
    """

    outcome: DrawerOutcome
    reason: str
    moved: bool
