"""What simulated terminals have in common whose protocol knows one request and one answer, and little else.

There is no registration, no status and no way for the register to stop a payment. What is left is the run of a
scenario, the keys and the wishes for the line; a protocol adds its codec and its reporter.
"""

from terminal_driver.outcome import TerminalReceipt
from terminal_driver.virtual.bookings import last_reversible, objection_to
from terminal_driver.virtual.cards import Card
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.orders import BookingKind, Order
from terminal_driver.virtual.panel import Awaiting, KeyPress
from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.sale_reporter import NOTHING, Refused, SaleReporter, Sent
from terminal_driver.virtual.sale_run import SaleRun
from terminal_driver.virtual.scenarios import Answering, Scenario
from terminal_driver.virtual.steps import Question
from terminal_driver.zvt.status_codes import Language

_REST = {Language.GERMAN: ("Bereit", ""), Language.ENGLISH: ("Ready", "")}


class SilentReporter:
    """The part of ``SaleReporter`` that such a protocol leaves unsaid; ``result`` and ``refusal`` are the answer."""

    def progress(self, word: str, now_s: float, *, patience: bool) -> Sent:
        """Say nothing: the protocol has no such message."""
        del word, now_s, patience
        return NOTHING

    def ask(self, question: Question, card: Card, now_s: float) -> Sent:
        """Ask nothing: the protocol has no such message."""
        del question, card, now_s
        return NOTHING

    def print_receipt(self, receipt: TerminalReceipt, now_s: float, *, as_block: bool) -> Sent:
        """Print nothing by itself: tickets are part of the answer, or come from the terminal's own printer."""
        del receipt, now_s, as_block
        return NOTHING

    def complete(self, now_s: float) -> Sent:
        """End without a word: the answer was the end."""
        del now_s
        return NOTHING

    def abort(self, refused: Refused, now_s: float) -> Sent:
        """End without a word: the answer was the end."""
        del refused, now_s
        return NOTHING


class SingleAnswerDialogue:
    """The part of ``DeviceDialogue`` that needs no codec.

    Args:
        around: journal and the terminal's settings.
        scenario: of the coming operations; may be changed at any time, a running one keeps its own.
    """

    registered = True

    def __init__(self, around: Surroundings, scenario: Scenario) -> None:
        self._run: SaleRun | None = None
        self._wish = LineWish.NONE
        self.around = around
        self.scenario = scenario
        self.last_words = ""

    @property
    def display_lines(self) -> tuple[str, str]:
        """The two lines of the display."""
        run = self._run  # read once: a panel may look from another thread
        return _REST[self.around.language] if run is None else run.display

    @property
    def awaiting(self) -> Awaiting:
        """What the terminal waits for."""
        run = self._run
        return Awaiting.IDLE if run is None else run.awaiting

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key; without a running operation it does nothing."""
        return b"" if self._run is None else self._moved(self._run.press(key, now_s))

    def take_wish(self) -> LineWish:
        """Return what is to be done to the line after the bytes were sent; asked once per wish."""
        wish, self._wish = self._wish, LineWish.NONE
        return wish

    def _order(self, kind: BookingKind, amount_minor: int, currency: str, reference: str) -> Order:
        """Return what the register ordered; a reversal is always of the last booking that can be undone."""
        original = last_reversible(self.around.journal.unsettled) if kind is BookingKind.REVERSAL else None
        return Order(amount_minor, currency, kind, original=original, reference=reference)

    def _objection(self, order: Order) -> Refusal | None:
        """Say why an order is refused without a card."""
        if self.scenario.answering is Answering.END_OF_DAY_FIRST:
            return Refusal.END_OF_DAY_NEEDED
        return objection_to(order, self.around.journal.unsettled)

    def _begin(self, order: Order, reporter: SaleReporter, now_s: float) -> bytes:
        self._run = SaleRun(self.scenario, order, self.around, reporter)
        return self._moved(self._run.start(now_s))

    def _run_deadline(self) -> float | None:
        return None if self._run is None else self._run.deadline

    def _run_expire(self, now_s: float) -> bytes:
        run = self._run
        if run is None or run.deadline is None or now_s < run.deadline:
            return b""
        return self._moved(run.expire(now_s))

    def _unanswered(self) -> None:
        """The register cannot hear the running operation any more."""
        if self._run is not None:
            self._run.unanswered()
            self._moved(b"")

    def _moved(self, data: bytes) -> bytes:
        """Take over what the running operation wants of the line, and let a finished one go."""
        run = self._run
        if run is not None and run.line_wish is not LineWish.NONE:
            self._wish, run.line_wish = run.line_wish, LineWish.NONE
        if run is not None and run.over:
            self.last_words = run.words
            self._run = None
        return data
