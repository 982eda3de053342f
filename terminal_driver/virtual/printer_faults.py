"""What can be wrong with the virtual printer, and how that looks in the status bytes it sends. Pure.

Source of the bits: Epson ESC/POS command reference, DLE EOT n, GS r n, GS a n.
"""

from collections.abc import Set as AbstractSet
from enum import StrEnum


class PrinterFault(StrEnum):
    """A switch of the virtual printer."""

    PAPER_NEAR_END = "paper_near_end"
    """Prints, but says that the roll is near its end."""
    OUT_OF_PAPER = "out_of_paper"
    """Prints nothing; keeps up to 4 KiB in its buffer and prints them when the switch is released, as real ones do."""
    COVER_OPEN = "cover_open"
    """As OUT_OF_PAPER, for an open cover."""
    OFFLINE = "offline"
    """As OUT_OF_PAPER, without a cause."""
    ERROR = "error"
    """As OUT_OF_PAPER, for a jammed knife."""
    SILENT = "silent"
    """Takes and prints everything, never answers."""
    CLOSES = "closes"
    """Closes the line and answers no new one."""
    STALLS = "stalls"
    """Takes no more bytes; the line stays open."""
    PARTIAL_WRITE = "partial_write"
    """Takes a few bytes at a time; slow, but in order."""


STOPS_PRINTING = frozenset(
    {PrinterFault.OUT_OF_PAPER, PrinterFault.COVER_OPEN, PrinterFault.OFFLINE, PrinterFault.ERROR}
)


def realtime_answer(number: int, faults: AbstractSet[PrinterFault], *, drawer_open: bool = False) -> bytes:
    """Return the one byte that answers DLE EOT `number` (1 to 4) under these active faults."""
    out, near = PrinterFault.OUT_OF_PAPER in faults, PrinterFault.PAPER_NEAR_END in faults
    error, cover = PrinterFault.ERROR in faults, PrinterFault.COVER_OPEN in faults
    bits = {
        1: 0x04 * drawer_open | 0x08 * bool(STOPS_PRINTING & faults),
        2: 0x04 * cover | 0x20 * out | 0x40 * error,
        3: 0x08 * error,
        4: 0x0C * (near or out) | 0x60 * out,
    }
    return bytes((0x12 | bits[number],))


def sensor_answer(faults: AbstractSet[PrinterFault]) -> bytes:
    """Return the one byte that answers GS r 1."""
    out, near = PrinterFault.OUT_OF_PAPER in faults, PrinterFault.PAPER_NEAR_END in faults
    return bytes((0x03 * (near or out) | 0x0C * out,))


def automatic_status(faults: AbstractSet[PrinterFault], *, drawer_open: bool = False) -> bytes:
    """Return the four bytes of automatic status back."""
    error, cover = PrinterFault.ERROR in faults, PrinterFault.COVER_OPEN in faults
    first = 0x10 | 0x04 * drawer_open | 0x08 * bool(STOPS_PRINTING & faults) | 0x20 * cover
    return bytes((first, 0x08 * error, *sensor_answer(faults), 0x0F))
