"""What the virtual terminal does with each ZVT command and message: scenario, operations, status, last transaction.

No thread, line or clock in here: bytes and the time come in, bytes and a wish for the line go out.
"""

import logging

from terminal_driver.engine import Notice
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.outcome import TransactionData
from terminal_driver.virtual.bookings import objection_to
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.orders import BookingKind
from terminal_driver.virtual.panel import Awaiting, KeyPress
from terminal_driver.virtual.receipts import approved_receipts
from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.sale_run import SaleRun
from terminal_driver.virtual.scenarios import Answering, Scenario, refusing
from terminal_driver.virtual.zvt_orders import RESERVATION_COMMANDS, order_of
from terminal_driver.virtual.zvt_quiet import QuietCommands
from terminal_driver.virtual.zvt_reporter import ZvtReporter, transaction_of
from terminal_driver.zvt import bcd
from terminal_driver.zvt.bitmaps import first_value, parse_fields
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.device_events import (
    AbortRequested,
    Acknowledged,
    AcknowledgementMissing,
    CommandReceived,
    LastResultAsked,
    LineFailed,
    LogOffRequested,
    MoneyCommand,
    Registered,
    StatusAsked,
    TerminalCommand,
)
from terminal_driver.zvt.status_codes import (
    BUSY,
    END_OF_DAY_OPEN,
    PARTIAL_DELIVERY,
    SUCCESS,
    UNSUPPORTED,
    Language,
)

_LOG = logging.getLogger(__name__)

_REST = {Language.GERMAN: ("Bereit", ""), Language.ENGLISH: ("Ready", "")}


class ZvtDialogue:
    """The behaviour of one terminal over its engine; fulfils ``DeviceDialogue``.

    Args:
        engine: the terminal's side of the protocol.
        around: journal and the terminal's settings.
        scenario: of the coming operations; may be changed at any time, a running one keeps its own.
    """

    def __init__(self, engine: ZvtDeviceEngine, around: Surroundings, scenario: Scenario) -> None:
        self._engine = engine
        self._quiet = QuietCommands(engine, around)
        self._run: SaleRun | None = None
        self._busy_answers = 0
        self._wish = LineWish.NONE
        self._day_closed_under: Scenario | None = None
        self.scenario = scenario
        self.registered = False
        self.last_words = ""

    @property
    def around(self) -> Surroundings:
        """What the terminal works with; clock and language are as a register has set them."""
        return self._quiet.around

    @property
    def block_start(self) -> bytes:
        """The start of a block on a serial line; nothing over TCP, where no checksum is."""
        return self._engine.block_start

    @property
    def display_lines(self) -> tuple[str, str]:
        """The two lines of the display."""
        run = self._run  # read once: a panel may look from another thread
        if run is not None:
            return run.display
        return self._quiet.display if any(self._quiet.display) else _REST[self.around.language]

    @property
    def awaiting(self) -> Awaiting:
        """What the terminal waits for."""
        run = self._run
        return self._quiet.awaiting if run is None else run.awaiting

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return all that is to be sent."""
        return self._engine.receive(data, now_s) + self._take_events(now_s)

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key; while nothing runs it does nothing."""
        if self._run is None:
            return self._quiet.press(key, now_s)
        return self._moved(self._run.press(key, now_s))

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        dues = [self._engine.deadline(), self._quiet.deadline, None if self._run is None else self._run.deadline]
        return min((due for due in dues if due is not None), default=None)

    def expire(self, now_s: float) -> bytes:
        """Act on deadlines that have passed."""
        out = b""
        if self._run is not None and self._run.deadline is not None and now_s >= self._run.deadline:
            out += self._moved(self._run.expire(now_s))
        if self._quiet.deadline is not None and now_s >= self._quiet.deadline:
            out += self._quiet.expire(now_s)
        deadline = self._engine.deadline()
        if deadline is not None and now_s >= deadline:
            out += self._engine.expire(now_s) + self._take_events(now_s)
        return out

    def broken(self, now_s: float) -> None:
        """The line is gone: a running operation ends as its scenario says, everything else is forgotten."""
        self._quiet.broken()
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
                case Acknowledged():
                    out += self._acknowledged(event, now_s)
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
            case AbortRequested():
                return self._stopped(now_s)
            case StatusAsked(with_version):
                return engine.answer_status(self._status_code(), now_s, with_version=with_version)
            case LastResultAsked(with_status, with_print):
                return engine.accept(now_s) + self._tell_last(now_s, with_status=with_status, with_print=with_print)
            case LogOffRequested():
                self.registered = False
                return engine.accept(now_s)
            case _:
                if isinstance(command, MoneyCommand):
                    return self._begin(command, now_s)
                if self.scenario.answering is Answering.BUSY:
                    return engine.refuse(BUSY, now_s)
                closed = self._quiet.days_closed
                out = self._quiet.begin(command, self.scenario.card_after_s, now_s)
                if self._quiet.days_closed > closed:
                    self._day_closed_under = self.scenario
                return out

    def _stopped(self, now_s: float) -> bytes:
        engine = self._engine
        if self._run is not None and self._run.stoppable:
            return engine.accept(now_s) + self._moved(self._run.stop(now_s))
        if self._run is None and self._quiet.awaiting is Awaiting.CARD:
            return engine.accept(now_s) + self._quiet.stop(now_s)
        return engine.refuse(UNSUPPORTED, now_s)

    def _begin(self, command: MoneyCommand, now_s: float) -> bytes:
        scenario, journal = self.scenario, self.around.journal
        if scenario.answering is Answering.BUSY:
            return self._engine.refuse(BUSY, now_s)
        if scenario.answering is Answering.SILENT:
            self._wish = LineWish.MUTE
            return b""
        # A reservation outlives the end of day; what is settled can be refunded, but not undone any more.
        bookings = journal.entries if isinstance(command, RESERVATION_COMMANDS) else journal.unsettled
        order = order_of(command, bookings, self.around.currency)
        objection = objection_to(order, bookings)
        if self._day_pending:
            objection = Refusal.END_OF_DAY_NEEDED
        elif objection is None and order.amount_minor <= 0 and order.kind is not BookingKind.RELEASE:
            objection = Refusal.AMOUNT_TOO_SMALL  # of a reservation used to the last cent nothing is given back
        if objection is not None:
            scenario = refusing(scenario, objection)
        self._run = SaleRun(scenario, order, self.around, ZvtReporter(self._engine, self.around))
        return self._engine.accept(now_s) + self._moved(self._run.start(now_s))

    @property
    def _day_pending(self) -> bool:
        """True when the scenario wants an end of day that has not come since it was chosen."""
        waits = self.scenario.answering is Answering.END_OF_DAY_FIRST
        return waits and self._day_closed_under is not self.scenario

    def _status_code(self) -> int:
        if self._run is not None or self.scenario.answering is Answering.BUSY:
            return BUSY
        if self._busy_answers:
            self._busy_answers -= 1
            return BUSY
        return END_OF_DAY_OPEN if self._day_pending else SUCCESS

    def _tell_last(self, now_s: float, *, with_status: bool, with_print: bool) -> bytes:
        """Answer 06 20: the last booking that stands and its receipts, each after the answer to the one before."""
        around, engine, quiet = self.around, self._engine, self._quiet
        last = around.journal.last_valid
        messages = []
        if with_status:
            data = TransactionData() if last is None else transaction_of(last, around.terminal_id)
            messages.append(lambda at: engine.send_status_information(data, at, nothing_held=last is None))
        if with_print and last is not None:
            messages += quiet.receipts(approved_receipts(last, around.terminal_id, around.language))
        return quiet.tell([*messages, engine.complete], now_s)

    def _acknowledged(self, answer: Acknowledged, now_s: float) -> bytes:
        if self._run is None:
            return self._quiet.acknowledged(now_s)
        if answer.code == BUSY:
            return self._moved(self._run.ask_again(now_s))
        if answer.code == PARTIAL_DELIVERY:
            return self._moved(self._run.delivered(_amount_in(answer.data), now_s))
        return self._moved(self._run.acknowledged(now_s, accepted=answer.accepted))

    def _moved(self, data: bytes) -> bytes:
        """Take over what the running operation wants of the line, and let a finished one go."""
        run = self._run
        if run is not None and run.line_wish is not LineWish.NONE:
            self._wish, run.line_wish = run.line_wish, LineWish.NONE
        if run is not None and run.over:
            self.last_words = run.words
            self._run = None
        return data


def _amount_in(data: bytes) -> int:
    """Return the amount delivered (84 9D 07 04 ...), 0 when it cannot be read."""
    try:
        return bcd.to_int(first_value(parse_fields(data), 0x04) or b"\x00")
    except RemoteProtocolError:
        return 0
