"""What the virtual terminal does with each command and message: scenario, sale, status, last transaction.

No thread, line or clock in here: bytes and the time come in, bytes and a wish for the line go out.
"""

import functools
import logging
from collections import deque
from collections.abc import Callable

from terminal_driver.engine import Notice
from terminal_driver.outcome import TransactionData
from terminal_driver.virtual.panel import Awaiting, KeyPress
from terminal_driver.virtual.receipts import approved_receipts
from terminal_driver.virtual.sale_run import LineWish, SaleRun, Surroundings, transaction_of
from terminal_driver.virtual.scenarios import Answering, Scenario
from terminal_driver.zvt.device_events import (
    AbortRequested,
    Acknowledged,
    AcknowledgementMissing,
    CommandReceived,
    LastResultAsked,
    LineFailed,
    LogOffRequested,
    Registered,
    SaleRequested,
    StatusAsked,
    TerminalCommand,
)
from terminal_driver.zvt.status_codes import UNSUPPORTED, Language

_LOG = logging.getLogger(__name__)

STATUS_READY, STATUS_BUSY = 0x00, 0x9C
"""States of the terminal (PA00P015 chapter 11)."""

_REST = {Language.GERMAN: ("Bereit", ""), Language.ENGLISH: ("Ready", "")}


class TerminalDialogue:
    """The behaviour of one terminal over its engine.

    Args:
        around: engine, journal and the terminal's settings.
        scenario: of the coming sales; may be changed at any time, a running sale keeps its own.
        currency: three digits, for a sale that names none.
    """

    def __init__(self, around: Surroundings, scenario: Scenario, currency: str) -> None:
        self._around = around
        self._engine = around.engine
        self._currency = currency
        self._run: SaleRun | None = None
        self._after_acknowledgement: deque[Callable[[float], bytes]] = deque()
        self._busy_answers = 0
        self._wish = LineWish.NONE
        self.scenario = scenario
        self.registered = False
        self.last_words = ""

    @property
    def display_lines(self) -> tuple[str, str]:
        """The two lines of the display."""
        return _REST[self._around.language] if self._run is None else self._run.display

    @property
    def awaiting(self) -> Awaiting:
        """What the terminal waits for."""
        return Awaiting.IDLE if self._run is None else self._run.awaiting

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return all that is to be sent."""
        return self._engine.receive(data, now_s) + self._take_events(now_s)

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key; without a sale it does nothing."""
        if self._run is None:
            return b""
        return self._moved(self._run.press(key, now_s))

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        dues = [self._engine.deadline(), None if self._run is None else self._run.deadline]
        return min((due for due in dues if due is not None), default=None)

    def expire(self, now_s: float) -> bytes:
        """Act on deadlines that have passed."""
        out = b""
        if self._run is not None and self._run.deadline is not None and now_s >= self._run.deadline:
            out += self._moved(self._run.expire(now_s))
        deadline = self._engine.deadline()
        if deadline is not None and now_s >= deadline:
            out += self._engine.expire(now_s) + self._take_events(now_s)
        return out

    def broken(self, now_s: float) -> None:
        """The line is gone: a running sale ends as its scenario says, everything else is forgotten."""
        self._after_acknowledgement.clear()
        self._engine.line_lost(now_s)
        if self._run is not None:
            self._busy_answers = self._run.scenario.busy_answers
            self._run.unanswered()
            self._moved(b"")

    def take_wish(self) -> LineWish:
        """Return what is to be done to the line after the bytes were sent; asked once per wish."""
        wish, self._wish = self._wish, LineWish.NONE
        return wish

    def _take_events(self, now_s: float) -> bytes:
        out = b""
        while (event := self._engine.next_event()) is not None:
            match event:
                case CommandReceived(command):
                    out += self._answer(command, now_s)
                case Acknowledged(_, accepted, _):
                    out += self._acknowledged(now_s, accepted=accepted)
                case AcknowledgementMissing() | LineFailed():
                    self.broken(now_s)
                case Notice(code, words):
                    _LOG.info("virtual_terminal.notice", extra={"code": code, "words": words})
        return out

    def _answer(self, command: TerminalCommand, now_s: float) -> bytes:
        engine = self._engine
        match command:
            case Registered():
                self.registered = True
                return engine.accept(now_s) + engine.complete(now_s)
            case SaleRequested(amount_minor, currency):
                return self._begin_sale(amount_minor, currency or self._currency, now_s)
            case AbortRequested():
                if self._run is None or not self._run.stoppable:
                    return engine.refuse(UNSUPPORTED, now_s)
                return engine.accept(now_s) + self._moved(self._run.stop(now_s))
            case StatusAsked():
                return engine.answer_status(self._status_code(), now_s)
            case LastResultAsked(with_status, with_print):
                return engine.accept(now_s) + self._tell_last(now_s, with_status=with_status, with_print=with_print)
            case LogOffRequested():
                self.registered = False
                return engine.accept(now_s)

    def _begin_sale(self, amount_minor: int, currency: str, now_s: float) -> bytes:
        scenario = self.scenario
        match scenario.answering:
            case Answering.BUSY:
                return self._engine.refuse(STATUS_BUSY, now_s)
            case Answering.SILENT:
                self._wish = LineWish.MUTE
                return b""
            case Answering.WILLING:
                self._run = SaleRun(scenario, amount_minor, currency, self._around)
                return self._engine.accept(now_s) + self._moved(self._run.start(now_s))

    def _status_code(self) -> int:
        if self._run is not None or self.scenario.answering is Answering.BUSY:
            return STATUS_BUSY
        if self._busy_answers:
            self._busy_answers -= 1
            return STATUS_BUSY
        return STATUS_READY

    def _tell_last(self, now_s: float, *, with_status: bool, with_print: bool) -> bytes:
        """Answer 06 20: the last booking that stands and its receipts, each after the answer to the one before."""
        last = self._around.journal.last_valid
        engine, queue = self._engine, self._after_acknowledgement
        if with_status:
            data = TransactionData() if last is None else transaction_of(last, self._around.terminal_id)
            queue.append(lambda at: engine.send_status_information(data, at, nothing_held=last is None))
        if with_print and last is not None:
            for receipt in approved_receipts(last, self._around.terminal_id, self._around.language):
                queue.append(functools.partial(engine.send_print, receipt))
        queue.append(engine.complete)
        return queue.popleft()(now_s)

    def _acknowledged(self, now_s: float, *, accepted: bool) -> bytes:
        if self._run is not None:
            return self._moved(self._run.acknowledged(now_s, accepted=accepted))
        if self._after_acknowledgement:
            return self._after_acknowledgement.popleft()(now_s)
        return b""

    def _moved(self, data: bytes) -> bytes:
        """Take over what the running sale wants of the line, and let a finished one go."""
        run = self._run
        if run is not None and run.line_wish is not LineWish.NONE:
            self._wish, run.line_wish = run.line_wish, LineWish.NONE
        if run is not None and run.over:
            self.last_words = run.words
            self._run = None
        return data
