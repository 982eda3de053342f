"""A receipt printer as the gateway sees it; called only by the thread that owns it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.domain.receipt import Receipt


class PrintVerdict(StrEnum):
    """The three things that can be known of a print job."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What became of a job, with a reason in words."""

    verdict: PrintVerdict
    reason: str


@dataclass(frozen=True, slots=True)
class PrinterState:
    """State of the device in words; ``ready`` False when it did not answer."""

    ready: bool
    words: str


class PrinterDevice(Protocol):
    """One printer."""

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        """Lay out, encode and send one receipt; never raises for what a printer can do."""

    def state(self) -> PrinterState:
        """Ask the device for its state."""

    def close(self) -> None:
        """Close the line."""


class ReceiptRenderer(Protocol):
    """Shows a receipt as a printer would print it, through the same bytes."""

    def text(self, receipt: Receipt) -> str:
        """Return the printed text, one line per printed line."""

    def png(self, receipt: Receipt) -> bytes:
        """Return the printed paper as a PNG picture."""
