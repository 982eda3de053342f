"""A receipt printer as the gateway sees it; called only by the thread that owns it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.domain.cards.card_receipt import Receipt
from gateway.domain.printing.drawer import DrawerVerdict
from gateway.domain.printing.paper import Paper


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
class DrawerReport:
    """What became of the wish to open the drawer. ``proven``: the drawer's own contact told it."""

    verdict: DrawerVerdict
    reason: str
    proven: bool


@dataclass(frozen=True, slots=True)
class PrinterState:
    """State of the device in words; ``ready`` False when it did not answer.

    ``paper``: ``enough``, ``near_end``, ``out`` or ``unknown``; ``cover_open``: None if it does not tell.
    """

    ready: bool
    words: str
    answered: bool = True
    paper: str = "unknown"
    cover_open: bool | None = None


class PrinterDevice(Protocol):
    """One printer."""

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        """Lay out, encode and send one receipt; never raises for what a printer can do."""

    def print_paper(self, paper: Paper) -> PrintReport:
        """As ``print_receipt``, of any other paper."""

    def print_test_page(self) -> PrintReport:
        """Print the page by which width, code page and knife are checked."""

    def open_drawer(self) -> DrawerReport:
        """Open the cash drawer now or not at all; never raises for what a printer can do."""

    def forget_rest(self) -> None:
        """Have whatever an earlier owner left in the printer's buffer cleared before the next job."""

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

    def paper_text(self, paper: Paper) -> str:
        """Return the printed text of any other paper."""

    def paper_png(self, paper: Paper) -> bytes:
        """Return any other paper as a PNG picture."""


__all__ = [
    "DrawerReport",
    "DrawerVerdict",
    "PrintReport",
    "PrintVerdict",
    "PrinterDevice",
    "PrinterState",
    "ReceiptRenderer",
]
