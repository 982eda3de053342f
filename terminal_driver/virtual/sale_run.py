"""One operation on the virtual terminal: carries out the steps of a scenario, one message and one wait at a time.

No thread, line or clock in here: the dialogue tells what happened and when, and sends the bytes it gets back. No wire
protocol either: what is said goes through a ``SaleReporter``.
"""

from dataclasses import replace

from terminal_driver.outcome import TerminalReceipt
from terminal_driver.virtual.bookings import last_reversible
from terminal_driver.virtual.cards import CARDS, Card, card_named
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind, Order
from terminal_driver.virtual.panel import Awaiting, Key, KeyPress
from terminal_driver.virtual.progress_words import CARD_WORDS, progress_text
from terminal_driver.virtual.receipts import amount_text, approved_receipts, declined_receipts
from terminal_driver.virtual.refusals import Refusal, refusal_words, result_code
from terminal_driver.virtual.sale_reporter import Refused, SaleReporter, Sent
from terminal_driver.virtual.scenarios import PrintForm, Scenario
from terminal_driver.virtual.steps import (
    Abort,
    Ask,
    AwaitCard,
    AwaitPin,
    AwaitRelease,
    Book,
    Complete,
    CutLine,
    CutLineAtNextAnswer,
    Ended,
    Mute,
    PrintApproved,
    PrintDeclined,
    Say,
    SendRefusal,
    SendResult,
    Step,
    TakeBack,
)

CARDHOLDER_PATIENCE_S = 90.0
"""After this long without a card or PIN the terminal stops by itself."""

_KEY_FOR: dict[type, Key] = {AwaitCard: Key.CARD, AwaitPin: Key.PIN, AwaitRelease: Key.RELEASE}
_AWAITING_FOR: dict[type, Awaiting] = {
    AwaitCard: Awaiting.CARD,
    AwaitPin: Awaiting.PIN,
    AwaitRelease: Awaiting.RELEASE,
}
DISPLAY_COLUMNS = 24

ASK_AGAIN_S = 2.0
"""Pause before a result is reported again to a register that has not delivered yet (84 9C, PA00P015 3.1)."""

ASKED_AGAIN_MAX = 15
"""So often within the 30 seconds of BMP 01."""

_Carried = tuple[bytes, Ended | None]
"""What a step sends, and how it ended; None while it waits for somebody."""


class SaleRun:
    """The life of one money operation, from its acceptance to completion, abort or loss of the line.

    Args:
        scenario: what is to happen.
        order: what the register wants.
        around: what the terminal works with.
        reporter: how the terminal speaks.
    """

    def __init__(self, scenario: Scenario, order: Order, around: Surroundings, reporter: SaleReporter) -> None:
        self.scenario = scenario
        self._order = order
        self._around = around
        self._reporter = reporter
        self._program = scenario.program()
        self._step: Step | None = None
        self._due: float | None = None
        self._card: Card = next(iter(CARDS.values()))
        self._entry: JournalEntry | None = None
        self._receipts: list[TerminalReceipt] = []
        self._asked_again = 0
        self._cut_at_answer = False
        self._stop_wanted = False
        self.over = False
        self.line_wish = LineWish.NONE
        self.words = ""
        self.display = ("", "")

    @property
    def awaiting(self) -> Awaiting:
        """What the terminal waits for now."""
        return _AWAITING_FOR.get(type(self._step), Awaiting.REGISTER)

    @property
    def deadline(self) -> float | None:
        """Monotonic time at which ``expire`` must be called, or None."""
        return self._due

    @property
    def stoppable(self) -> bool:
        """True until the sale is booked: from then on neither cancel key nor register can stop it."""
        return self._entry is None

    def start(self, now_s: float) -> bytes:
        """Begin; returns the first bytes to send."""
        self._step = next(self._program)
        return self._advance(self._carry_out(self._step, now_s), now_s)

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key; one that nothing waits for does nothing, as on a real terminal."""
        if key.key is Key.CANCEL:
            return self.stop(now_s)
        if self._step is None or _KEY_FOR.get(type(self._step)) is not key.key:
            return b""
        if key.key is Key.CARD:
            self._card = card_named(key.brand)
        return self._advance((b"", Ended.DONE), now_s)

    def stop(self, now_s: float) -> bytes:
        """Cancel key or 06 B0: ends a wait for the cardholder now, or the next one; a booked sale goes on."""
        if isinstance(self._step, AwaitCard | AwaitPin):
            return self._advance((b"", Ended.CANCELLED), now_s)
        self._stop_wanted = self.stoppable
        return b""

    def expire(self, now_s: float) -> bytes:
        """Act on the passed deadline: the unattended cardholder acts, a patient terminal gives up."""
        if isinstance(self._step, SendResult | Ask):
            self._due = None
            return self._advance(self._sent(self._message(self._step, now_s)), now_s)
        unattended = self._around.auto_pace is not None or isinstance(self._step, AwaitRelease)
        return self._advance((b"", Ended.DONE if unattended else Ended.CANCELLED), now_s)

    def acknowledged(self, now_s: float, *, accepted: bool) -> bytes:
        """The register answered the last message. Not accepted: it refused, or said no to a question."""
        if accepted and self._receipts:
            return self._advance(self._print_next(now_s), now_s)
        return self._advance((b"", Ended.DONE if accepted else self._refused_by_register()), now_s)

    def ask_again(self, now_s: float) -> bytes:
        """The register cannot say yet: result or question are sent again after a while, so often and no more."""
        self._asked_again += 1
        if not isinstance(self._step, SendResult | Ask) or self._asked_again > ASKED_AGAIN_MAX:
            return self.acknowledged(now_s, accepted=False)
        self._due = now_s + ASK_AGAIN_S
        return b""

    def delivered(self, amount_minor: int, now_s: float) -> bytes:
        """The register delivered goods for this amount only: the booking is amended and reported once more."""
        entry = self._entry
        if not isinstance(self._step, SendResult) or entry is None or not 0 < amount_minor <= entry.amount_minor:
            return self.acknowledged(now_s, accepted=False)
        self._entry = self._around.journal.amend(entry, amount_minor)
        self.words = f"delivered {amount_text(amount_minor, entry.currency, self._around.language)}"
        return self._advance(self._sent(self._message(self._step, now_s)), now_s)

    def _refused_by_register(self) -> Ended:
        """Do what a refused message leads to, and say how the step has ended."""
        self._receipts.clear()
        match self._step:
            case SendResult():
                self._take_back("refused by the register")
                return Ended.REFUSED
            case PrintApproved() if self.scenario.reverses_unprinted:
                self._take_back("not printed")
                return Ended.REFUSED
            case Ask():
                return Ended.REFUSED
            case _:
                return Ended.DONE  # a register that cannot print: the sale stands all the same

    def unanswered(self) -> None:
        """The register did not answer, or the line is gone: the sale ends here, a booking stays or is taken back."""
        unproven = (self.scenario.reverses_unanswered and isinstance(self._step, SendResult)) or (
            self.scenario.reverses_unprinted and isinstance(self._step, SendResult | PrintApproved)
        )
        if self._entry is not None and unproven:
            self._take_back("not acknowledged")
        self._program.close()
        self._step, self._due, self.over = None, None, True

    def _advance(self, carried: _Carried, now_s: float) -> bytes:
        """Carry out one step after the other until one has to wait or the run is over; return all that is sent."""
        out, ended = carried
        while ended is not None:
            self._due = None
            if isinstance(self._step, Complete | Abort):
                self.over = True
                return out
            try:
                self._step = self._program.send(ended)
            except StopIteration:
                self._step, self.over = None, True
                return out
            data, ended = self._carry_out(self._step, now_s)
            out += data
        return out

    def _carry_out(self, step: Step, now_s: float) -> _Carried:
        match step:
            case AwaitCard() | AwaitPin() | AwaitRelease():
                return b"", self._wait(step, now_s)
            case Book() | TakeBack():
                self._book(step) if isinstance(step, Book) else self._take_back(step.why)
                return b"", Ended.DONE
            case CutLine() | Mute():
                self.line_wish = LineWish.CUT if isinstance(step, CutLine) else LineWish.MUTE
                return b"", None
            case CutLineAtNextAnswer():
                self._cut_at_answer = True
                return b"", Ended.DONE
            case PrintApproved() | PrintDeclined():
                self._receipts = list(self._texts(step))
                return self._print_next(now_s)
            case Say(word) if word in CARD_WORDS and not self._order.card_needed:
                return b"", Ended.DONE
            case _:
                return self._sent(self._message(step, now_s))

    def _wait(self, step: AwaitCard | AwaitPin | AwaitRelease, now_s: float) -> Ended | None:
        """Begin to wait for a person, unless the wait has ended already."""
        if not isinstance(step, AwaitRelease):
            if self._stop_wanted:
                return Ended.CANCELLED
            if not self._order.card_needed:
                return Ended.DONE
        self._due = now_s + self._patience_s(step)
        return None

    def _message(self, step: Say | Ask | SendResult | SendRefusal | Complete | Abort, now_s: float) -> Sent:
        """Let the reporter send the message of a step."""
        match step:
            case Say(word, patience):
                self.display = two_lines(progress_text(word, self._around.language))
                return self._reporter.progress(word, now_s, patience=patience)
            case Ask(question):
                return self._reporter.ask(question, self._card, now_s)
            case SendResult():
                return self._reporter.result(self._booked(), self._approved_texts(), now_s)
            case SendRefusal(reason, code):
                refused = self._refused(reason, code)
                self.words = refused.words
                return self._reporter.refusal(refused, self._declined_texts(refused), now_s)
            case Complete():
                return self._reporter.complete(now_s)
            case Abort(reason, code):
                return self._reporter.abort(self._refused(reason, code), now_s)

    def _sent(self, sent: Sent) -> _Carried:
        if self._cut_at_answer and sent.data:
            self._cut_at_answer = False
            self.line_wish = LineWish.CUT
            return sent.data, None
        return sent.data, None if sent.awaits_answer else Ended.DONE

    def _print_next(self, now_s: float) -> _Carried:
        """Print one receipt, or all where the protocol awaits no answer to it."""
        out, ended = b"", Ended.DONE
        as_block = self.scenario.print_form is PrintForm.BLOCK_IF_OFFERED
        while self._receipts:
            receipt = self._receipts.pop(0)
            data, waits = self._sent(self._reporter.print_receipt(receipt, now_s, as_block=as_block))
            out += data
            if waits is None:
                return out, None
        return out, ended

    def _patience_s(self, step: AwaitCard | AwaitPin | AwaitRelease) -> float:
        if isinstance(step, AwaitRelease):
            return self.scenario.release_after_s
        pace = self._around.auto_pace
        if pace is None:
            return CARDHOLDER_PATIENCE_S
        return pace * (self.scenario.card_after_s if isinstance(step, AwaitCard) else self.scenario.pin_after_s)

    def _book(self, step: Book) -> None:
        journal, order = self._around.journal, self._order
        original, amount_minor = order.original, order.amount_minor
        if step.last_instead and original is not None:
            original = last_reversible(journal.unsettled) or original
            amount_minor = original.amount_minor
        numbers = journal.next_numbers()
        self._entry = JournalEntry(
            receipt_no=numbers.receipt_no,
            trace_no=numbers.trace_no,
            turnover_no=numbers.turnover_no,
            amount_minor=_share(amount_minor, step.percent) + step.amount_added + step.tip_minor,
            currency=order.currency,
            at=self._around.wall(),
            kind=str(order.kind),
            card_masked=self._card.masked if original is None else original.card_masked,
            card_name=self._card.name if original is None else original.card_name,
            card_type_id=self._card.type_id if original is None else original.card_type_id,
            original_trace_no=None if original is None else original.trace_no,
            reference=order.reference,
            tip_minor=order.tip_minor + step.tip_minor,
        )
        journal.book(self._entry)
        what = "booked" if order.kind is BookingKind.SALE else str(order.kind)
        self.words = f"{what} {amount_text(self._entry.amount_minor, order.currency, self._around.language)}"

    def _take_back(self, why: str) -> None:
        if self._entry is not None:
            self._around.journal.reverse(self._entry)
            self._entry = replace(self._entry, reversed=True)
            self.words = f"taken back: {why}"

    def _texts(self, step: PrintApproved | PrintDeclined) -> tuple[TerminalReceipt, ...]:
        if isinstance(step, PrintApproved):
            return self._approved_texts(signature=step.signature)
        return self._declined_texts(self._refused(step.reason, step.code))

    def _approved_texts(self, *, signature: bool = False) -> tuple[TerminalReceipt, ...]:
        around = self._around
        return approved_receipts(self._booked(), around.terminal_id, around.language, signature=signature)

    def _declined_texts(self, refused: Refused) -> tuple[TerminalReceipt, ...]:
        amount = amount_text(self._order.amount_minor, self._order.currency, self._around.language)
        return declined_receipts(amount, self._card, self._around.terminal_id, refused.words, self._around.language)

    def _booked(self) -> JournalEntry:
        if self._entry is None:
            raise ValueError(f"scenario {self.scenario.name} reports a booking it never made")
        return self._entry

    def _refused(self, reason: Refusal, code: int | None) -> Refused:
        words = refusal_words(reason, code, self._around.language)
        return Refused(reason, result_code(reason, code), words, self._order, self._card)


def _share(amount_minor: int, percent: int) -> int:
    """Return a share of an amount, never less than one minor unit."""
    return amount_minor if percent == 100 else max(1, amount_minor * percent // 100)


def two_lines(text: str) -> tuple[str, str]:
    """Break a text for a display of two lines at a blank near the middle; a short one stays on the first line."""
    if len(text) <= DISPLAY_COLUMNS or " " not in text:
        return text, ""
    blank = min(
        (place for place, sign in enumerate(text) if sign == " "), key=lambda place: abs(place - len(text) // 2)
    )
    return text[:blank], text[blank + 1 :]
