"""One sale on the virtual terminal: carries out the steps of a scenario, one message and one wait at a time.

No thread, line or clock in here: the terminal tells what happened and when, and sends the bytes it gets back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from terminal_driver.outcome import TerminalReceipt, TransactionData
from terminal_driver.virtual.cards import CARDS, Card, card_named
from terminal_driver.virtual.journal import Journal, JournalEntry
from terminal_driver.virtual.panel import Awaiting, Key, KeyPress
from terminal_driver.virtual.receipts import amount_text, approved_receipts, declined_receipts
from terminal_driver.virtual.scenarios import PrintForm, Scenario
from terminal_driver.virtual.steps import (
    Abort,
    AwaitCard,
    AwaitPin,
    AwaitRelease,
    Book,
    Complete,
    CutLine,
    CutLineAtNextAnswer,
    Ended,
    PrintApproved,
    PrintDeclined,
    Say,
    SendRefusal,
    SendResult,
    Step,
)
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.intermediate_codes import intermediate
from terminal_driver.zvt.status_codes import Language, result_words

CARDHOLDER_PATIENCE_S = 90.0
"""After this long without a card or PIN the terminal stops by itself."""

_KEY_FOR: dict[type, Key] = {AwaitCard: Key.CARD, AwaitPin: Key.PIN, AwaitRelease: Key.RELEASE}
_AWAITING_FOR: dict[type, Awaiting] = {
    AwaitCard: Awaiting.CARD,
    AwaitPin: Awaiting.PIN,
    AwaitRelease: Awaiting.RELEASE,
}
DISPLAY_COLUMNS = 24

_ONLINE_PIN = 0x70
"""Payment type in 04 0F (BMP 19): PIN checked."""


class LineWish(StrEnum):
    """What the run wants done to the line once its bytes are sent."""

    NONE = "none"
    CUT = "cut"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run works with.

    ``auto_pace``: factor on the scenario's waiting times, None when a person presses keys. ``patience_minutes``: how
    long the register shall wait for its cardholder (T4), None leaves it to the register.
    """

    engine: ZvtDeviceEngine
    journal: Journal
    terminal_id: str
    language: Language
    wall: Callable[[], datetime]
    auto_pace: float | None
    patience_minutes: int | None


class SaleRun:
    """The life of one sale command, from its acceptance to completion, abort or loss of the line."""

    def __init__(self, scenario: Scenario, amount_minor: int, currency: str, around: Surroundings) -> None:
        self.scenario = scenario
        self._amount_minor = amount_minor
        self._currency = currency
        self._around = around
        self._program = scenario.program()
        self._step: Step | None = None
        self._due: float | None = None
        self._card: Card = next(iter(CARDS.values()))
        self._entry: JournalEntry | None = None
        self._receipts: list[TerminalReceipt] = []
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
        return self._run(next(self._program), now_s)

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key; one that nothing waits for does nothing, as on a real terminal."""
        if key.key is Key.CANCEL:
            return self.stop(now_s)
        if self._step is None or _KEY_FOR.get(type(self._step)) is not key.key:
            return b""
        if key.key is Key.CARD:
            self._card = card_named(key.brand)
        return self._resume(Ended.DONE, now_s)

    def stop(self, now_s: float) -> bytes:
        """Cancel key or 06 B0: ends a wait for the cardholder now, or the next one; a booked sale goes on."""
        if isinstance(self._step, AwaitCard | AwaitPin):
            return self._resume(Ended.CANCELLED, now_s)
        self._stop_wanted = self.stoppable
        return b""

    def expire(self, now_s: float) -> bytes:
        """Act on the passed deadline: the unattended cardholder acts, a patient terminal gives up."""
        unattended = self._around.auto_pace is not None or isinstance(self._step, AwaitRelease)
        return self._resume(Ended.DONE if unattended else Ended.CANCELLED, now_s)

    def acknowledged(self, now_s: float, *, accepted: bool) -> bytes:
        """The register answered the last message."""
        if self._receipts and accepted:
            return self._print_next(now_s)
        self._receipts.clear()  # 84 CC: the register cannot print; the sale stands all the same
        match self._step:
            case SendResult() if not accepted:
                self._take_back("refused by the register")
                return self._resume(Ended.REFUSED, now_s)
            case Complete() | Abort():
                self.over = True
                return b""
            case _:
                return self._resume(Ended.DONE, now_s)

    def unanswered(self) -> None:
        """The register did not answer, or the line is gone: the sale ends here, a booking stays or is taken back."""
        if self._entry is not None and self.scenario.reverses_unanswered and isinstance(self._step, SendResult):
            self._take_back("not acknowledged")
        self._program.close()
        self._step, self._due, self.over = None, None, True

    def _resume(self, ended: Ended, now_s: float) -> bytes:
        self._due = None
        try:
            step = self._program.send(ended)
        except StopIteration:
            self._step, self.over = None, True
            return b""
        return self._run(step, now_s)

    def _run(self, step: Step, now_s: float) -> bytes:
        """Carry out a step; steps that end at once lead straight to the next one."""
        self._step = step
        match step:
            case AwaitCard() | AwaitPin() if self._stop_wanted:
                return self._resume(Ended.CANCELLED, now_s)
            case AwaitCard() | AwaitPin() | AwaitRelease():
                self._due = now_s + self._patience_s(step)
                return b""
            case Book(amount_added):
                self._book(amount_added)
                return self._resume(Ended.DONE, now_s)
            case CutLine():
                self.line_wish = LineWish.CUT
                return b""
            case CutLineAtNextAnswer():
                self._cut_at_answer = True
                return self._resume(Ended.DONE, now_s)
            case PrintApproved() | PrintDeclined():
                self._receipts = list(self._texts(step))
                return self._print_next(now_s)
            case _:
                return self._sent(self._message(step, now_s))

    def _message(self, step: Say | SendResult | SendRefusal | Complete | Abort, now_s: float) -> bytes:
        """Send the message of a step; the next step comes when the register has answered it."""
        engine = self._around.engine
        match step:
            case Say(code, patience):
                self.display = two_lines(intermediate(code, self._around.language)[1])
                minutes = self._around.patience_minutes if patience else None
                return engine.send_intermediate(code, minutes, now_s)
            case SendResult():
                return engine.send_status_information(self._result(), now_s)
            case SendRefusal(code):
                self.words = result_words(code, self._around.language)
                return engine.send_status_information(self._refusal(code), now_s)
            case Complete():
                return engine.complete(now_s)
            case Abort(code):
                return engine.abort(code, now_s)

    def _sent(self, data: bytes) -> bytes:
        if self._cut_at_answer:
            self._cut_at_answer = False
            self.line_wish = LineWish.CUT
        return data

    def _print_next(self, now_s: float) -> bytes:
        block = self.scenario.print_form is PrintForm.BLOCK_IF_OFFERED
        return self._sent(self._around.engine.send_print(self._receipts.pop(0), now_s, as_block=block))

    def _patience_s(self, step: AwaitCard | AwaitPin | AwaitRelease) -> float:
        if isinstance(step, AwaitRelease):
            return self.scenario.release_after_s
        pace = self._around.auto_pace
        if pace is None:
            return CARDHOLDER_PATIENCE_S
        return pace * (self.scenario.card_after_s if isinstance(step, AwaitCard) else self.scenario.pin_after_s)

    def _book(self, amount_added: int) -> None:
        numbers = self._around.journal.next_numbers()
        self._entry = JournalEntry(
            receipt_no=numbers.receipt_no,
            trace_no=numbers.trace_no,
            turnover_no=numbers.turnover_no,
            amount_minor=self._amount_minor + amount_added,
            currency=self._currency,
            at=self._around.wall(),
            kind="sale",
            card_masked=self._card.masked,
            card_name=self._card.name,
            card_type_id=self._card.type_id,
        )
        self._around.journal.book(self._entry)
        self.words = f"booked {amount_text(self._entry.amount_minor, self._currency, self._around.language)}"

    def _take_back(self, why: str) -> None:
        if self._entry is not None:
            self._around.journal.reverse(self._entry)
            self._entry = replace(self._entry, reversed=True)
            self.words = f"taken back: {why}"

    def _texts(self, step: PrintApproved | PrintDeclined) -> tuple[TerminalReceipt, ...]:
        around = self._around
        if isinstance(step, PrintApproved):
            return approved_receipts(self._booked(), around.terminal_id, around.language)
        amount = amount_text(self._amount_minor, self._currency, around.language)
        reason = result_words(step.code, around.language)
        return declined_receipts(amount, self._card, around.terminal_id, reason, around.language)

    def _result(self) -> TransactionData:
        return transaction_of(self._booked(), self._around.terminal_id)

    def _booked(self) -> JournalEntry:
        if self._entry is None:
            raise ValueError(f"scenario {self.scenario.name} reports a booking it never made")
        return self._entry

    def _refusal(self, code: int) -> TransactionData:
        return TransactionData(
            code=f"{code:02X}",
            amount_minor=self._amount_minor,
            currency_numeric=self._currency,
            terminal_id=self._around.terminal_id,
            text=result_words(code, self._around.language),
        )


def transaction_of(entry: JournalEntry, terminal_id: str) -> TransactionData:
    """Return what the terminal reports of a booking, in the sale itself and when asked again later."""
    return TransactionData(
        code="00",
        amount_minor=entry.amount_minor,
        currency_numeric=entry.currency,
        trace_no=entry.trace_no,
        receipt_no=entry.receipt_no,
        turnover_no=entry.turnover_no,
        terminal_id=terminal_id,
        card_name=entry.card_name,
        card_type_id=entry.card_type_id,
        card_number_masked=entry.card_masked,
        date_mmdd=entry.at.strftime("%m%d"),
        time_hhmmss=entry.at.strftime("%H%M%S"),
        payment_type=_ONLINE_PIN,
    )


def two_lines(text: str) -> tuple[str, str]:
    """Break a text for a display of two lines at a blank near the middle; a short one stays on the first line."""
    if len(text) <= DISPLAY_COLUMNS or " " not in text:
        return text, ""
    blank = min(
        (place for place, sign in enumerate(text) if sign == " "), key=lambda place: abs(place - len(text) // 2)
    )
    return text[:blank], text[blank + 1 :]
