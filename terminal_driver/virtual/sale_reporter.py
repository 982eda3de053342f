"""How a running operation speaks: one Protocol, so that the steps of a scenario serve every wire protocol.

A protocol that answers with one single message sends it all in ``result`` or ``refusal`` (receipts included, they are
handed over there too) and nothing in the other calls; ``NOTHING`` says so.
"""

from dataclasses import dataclass
from typing import Protocol

from terminal_driver.outcome import TerminalReceipt
from terminal_driver.virtual.cards import Card
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import Order
from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.steps import Question


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes to send. ``awaits_answer``: the next step comes when the register has answered, else at once."""

    data: bytes = b""
    awaits_answer: bool = False


NOTHING = Sent()
"""For a message the protocol does not have."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that ends without a booking. ``code``: ZVT result code, 1 to 255; ``words``: for display, receipt.

    ``card``: None when none was shown.
    """

    reason: Refusal
    code: int
    words: str
    order: Order
    card: Card | None = None


class SaleReporter(Protocol):
    """Sends what a run has to say; only called while nothing sent before is still unanswered."""

    def progress(self, word: str, now_s: float, *, patience: bool) -> Sent:
        """Say what the terminal waits for: a word of ``progress_words``; ``patience``: ask for more time."""

    def ask(self, question: Question, card: Card, now_s: float) -> Sent:
        """Ask the register something; ``NOTHING`` where the protocol has no such question, which then counts as yes."""

    def result(self, booking: JournalEntry, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Report a booking. ``receipts``: what ``print_receipt`` would print."""

    def refusal(self, refused: Refused, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Report that nothing is charged."""

    def print_receipt(self, receipt: TerminalReceipt, now_s: float, *, as_block: bool) -> Sent:
        """Print a receipt through the register."""

    def complete(self, now_s: float) -> Sent:
        """End the operation with success."""

    def abort(self, refused: Refused, now_s: float) -> Sent:
        """End the operation without success."""
