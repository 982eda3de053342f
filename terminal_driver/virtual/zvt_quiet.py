"""The ZVT commands that book nothing, on the terminal's side: closing the day, printing, asking, reading a card.

Each is a queue of messages, sent one after the other as the register answers them; some wait for a person first.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from terminal_driver.outcome import TerminalReceipt, TransactionData
from terminal_driver.virtual.bookings import booking_with_receipt, open_reservations, totals_by_scheme
from terminal_driver.virtual.cards import CARDS, Card, card_named
from terminal_driver.virtual.device_dialogue import Surroundings
from terminal_driver.virtual.panel import Awaiting, Key, KeyPress
from terminal_driver.virtual.progress_words import INTERMEDIATE_CODE_OF, progress_text
from terminal_driver.virtual.receipts import approved_receipts, notice_receipt, totals_receipt
from terminal_driver.zvt import commands
from terminal_driver.zvt.day_totals import COUNT_MAX, SchemeTotals
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.device_events import QuietCommand
from terminal_driver.zvt.messages import StatusInformation, encode_abort
from terminal_driver.zvt.status_codes import RESERVATION_ERROR, TIMEOUT_OR_CANCEL, Language

KEY_CODES = {Key.CONFIRM: 0x0D, Key.CLEAR: 0x18, Key.CANCEL: 0x1B}
"""Keys that end a question, with the byte they are reported by (PA00P015 2.37)."""

KEY_TIMEOUT = 0x6C
QUESTION_S = 30.0
"""Patience for a key or a number when the register names none."""

_NOTHING_PRINTED = 0x66  # processing error: no receipt has one of these numbers
_REST = ("", "")

_Message = Callable[[float], bytes]


@dataclass(frozen=True, slots=True)
class _Wait:
    """A wait for a person. ``ended``: what is sent then; it is told None when time ran out or the red key was pressed.

    ``unattended``: what happens when nobody is there.
    """

    awaiting: Awaiting
    keys: frozenset[Key]
    due_s: float | None
    unattended: KeyPress | None
    ended: Callable[[KeyPress | None, float], bytes]


class QuietCommands:
    """Carries out one command at a time. ``around`` changes with the clock and the language a register sets."""

    def __init__(self, engine: ZvtDeviceEngine, around: Surroundings) -> None:
        self._engine = engine
        self._wall = around.wall
        self._queue: deque[_Message] = deque()
        self._waiting: _Wait | None = None
        self.around = around
        self.display = _REST
        self.days_closed = 0

    @property
    def busy(self) -> bool:
        """True while a command waits or has messages left."""
        return bool(self._queue) or self._waiting is not None

    @property
    def awaiting(self) -> Awaiting:
        """What is waited for."""
        wait = self._waiting
        if wait is not None:
            return wait.awaiting
        return Awaiting.REGISTER if self._queue else Awaiting.IDLE

    @property
    def deadline(self) -> float | None:
        """Monotonic time at which ``expire`` must be called, or None."""
        return None if self._waiting is None else self._waiting.due_s

    def begin(self, command: QuietCommand, card_after_s: float, now_s: float) -> bytes:
        """Accept a command and begin it; ``card_after_s``: pace of the scenario."""
        match command:
            case commands.AskKey() | commands.AskNumber():
                return self._question(command, card_after_s, now_s)
            case commands.ReadCard(timeout_s):
                self._wait_for_card(self._card_read, float(timeout_s) or None, card_after_s, now_s)
                return self._engine.accept(now_s)
            case commands.BalanceEnquiry():
                self._wait_for_card(self._balance_told, QUESTION_S, card_after_s, now_s)
                return self._engine.accept(now_s)
            case commands.DisplayText(lines):
                self.display = _two(lines)
                return self._engine.accept(now_s)
            case commands.ChangeSpeed() | commands.PrintLine() | commands.PrintBlock():
                return self._engine.accept(now_s)
            case _:
                self._queue.extend(self._messages(command))
                return self._engine.accept(now_s) + self.acknowledged(now_s)

    def acknowledged(self, now_s: float) -> bytes:
        """Send the next message, if there is one."""
        if self._queue:
            return self._queue.popleft()(now_s)
        if self._waiting is None:
            self.display = _REST
        return b""

    def tell(self, messages: list[_Message], now_s: float) -> bytes:
        """Send messages of somebody else in the same way."""
        self._queue.extend(messages)
        return self.acknowledged(now_s)

    def receipts(self, printed: tuple[TerminalReceipt, ...]) -> list[_Message]:
        """Return the messages that print receipts through the register, none when it does not print."""
        if not self._engine.register_prints:
            return []
        return [partial(self._engine.send_print, receipt) for receipt in printed]

    def press(self, key: KeyPress, now_s: float) -> bytes:
        """Take a key."""
        wait = self._waiting
        if wait is None or (key.key not in wait.keys and key.key is not Key.CANCEL):
            return b""
        self._waiting = None
        return wait.ended(key, now_s)

    def stop(self, now_s: float) -> bytes:
        """06 B0: end a wait."""
        return self.press(KeyPress(Key.CANCEL), now_s)

    def expire(self, now_s: float) -> bytes:
        """Time ran out, or the unattended person acts."""
        wait, self._waiting = self._waiting, None
        return b"" if wait is None else wait.ended(wait.unattended, now_s)

    def broken(self) -> None:
        """Forget what was going on."""
        self._queue.clear()
        self._waiting = None
        self.display = _REST

    def _messages(self, command: QuietCommand) -> list[_Message]:
        """Return the messages of a command that needs no person, the last one ending it."""
        match command:
            case commands.OpenReservationsEnquiry():
                open_nos = tuple(entry.receipt_no for entry in open_reservations(self.around.journal.entries))
                apdu = encode_abort(RESERVATION_ERROR, open_nos, tlv=self._engine.tlv)
                return [partial(self._engine.send_message, apdu)]
            case commands.Reprint(first_no=first_no, last_no=last_no):
                return self._reprint(first_no, first_no if last_no is None else last_no)
            case commands.SetClock(date_yymmdd=date, time_hhmmss=time):
                return self._clock_set(date + time)
            case _:
                return [*self._work(command), self._engine.complete]

    def _work(self, command: QuietCommand) -> list[_Message]:
        """Return what is sent before the completion."""
        match command:
            case commands.EndOfDay():
                return [*self._says("please_wait"), *self._totals("end_of_day")]
            case commands.Totals():
                return self._totals("totals")
            case commands.Diagnosis():
                return self._says("diagnosis")
            case commands.Initialisation():
                return self._says("initialisation")
            case commands.PrintConfiguration():
                lines = (f"Terminal-ID {self.around.terminal_id}", f"{self.around.currency} {self.around.language}")
                return self.receipts((notice_receipt(lines),))
            case commands.SelectLanguage(language=str(language)) if language.lower() in list(Language):
                self.around = replace(self.around, language=Language(language.lower()))
        return []

    def _says(self, word: str) -> list[_Message]:
        self.display = (progress_text(word, self.around.language), "")
        if not self._engine.register_wants_progress:
            return []
        return [lambda at: self._engine.send_intermediate(INTERMEDIATE_CODE_OF[word], None, at)]

    def _totals(self, title: str) -> list[_Message]:
        """Return the totals and their receipt; at an end of day the bookings are settled before anybody hears of it."""
        around, engine = self.around, self._engine
        journal = around.journal
        day = journal.unsettled
        schemes = totals_by_scheme(day, journal.entries)
        if title == "end_of_day":
            journal.close_day()
            self.days_closed += 1
        at_wall = around.wall()
        sum_minor = sum(total.sum_minor for total in schemes)
        data = TransactionData(
            code="00",
            amount_minor=sum_minor if sum_minor >= 0 else None,
            currency_numeric=around.currency,
            terminal_id=around.terminal_id,
            trace_no=journal.next_numbers().trace_no,
            date_mmdd=at_wall.strftime("%m%d"),
            time_hhmmss=at_wall.strftime("%H%M%S"),
        )
        # BMP 60 has no sign and one byte for a count: what does not fit stands on the receipt alone.
        told = all(total.sum_minor >= 0 and total.count <= COUNT_MAX for total in schemes)
        first_no, last_no = (day[0].receipt_no, day[-1].receipt_no) if day else (0, 0)
        info = StatusInformation(data, totals=SchemeTotals(first_no, last_no, schemes) if told else None)
        receipt = totals_receipt(title, schemes, around.currency, around.terminal_id, around.language)
        return [partial(engine.send_information, info), *self.receipts((receipt,))]

    def _reprint(self, first_no: int, last_no: int) -> list[_Message]:
        around = self.around
        numbers = range(first_no, last_no + 1)
        entries = [booking_with_receipt(around.journal.unsettled, number) for number in numbers]
        texts = [
            receipt
            for entry in entries
            if entry is not None
            for receipt in approved_receipts(entry, around.terminal_id, around.language)
        ]
        if not texts:
            return [lambda at: self._engine.abort(_NOTHING_PRINTED, at)]
        return [*self.receipts(tuple(texts)), self._engine.complete]

    def _clock_set(self, digits: str) -> list[_Message]:
        now = self._wall()
        try:
            # The terminal knows no zone: the register's digits are its local time.
            told = datetime.strptime(digits, "%y%m%d%H%M%S").replace(tzinfo=now.tzinfo)
        except ValueError:
            return [lambda at: self._engine.abort(_NOTHING_PRINTED, at)]
        shift: timedelta = told - now
        wall = self._wall
        self.around = replace(self.around, wall=lambda: wall() + shift)
        return [self._engine.complete]

    def _question(self, command: commands.AskKey | commands.AskNumber, card_after_s: float, now_s: float) -> bytes:
        self.display = _two(command.lines)
        limit_s = float(command.duration_s or QUESTION_S)
        if isinstance(command, commands.AskKey):
            self._waiting = _Wait(
                Awaiting.KEY,
                frozenset(KEY_CODES),
                self._due(limit_s, card_after_s, now_s),
                KeyPress(Key.CONFIRM) if self._unattended else None,
                self._key_told,
            )
            return b""
        least, most = command.digits_min or 1, command.digits_max or 8

        def number_told(key: KeyPress | None, at_s: float) -> bytes:
            if key is None or key.key is not Key.NUMBER:
                return self._engine.accept(at_s, bytes([KEY_TIMEOUT]))
            return self._engine.accept(at_s, key.digits[:most].encode("ascii"))

        self._waiting = _Wait(
            Awaiting.NUMBER,
            frozenset({Key.NUMBER}),
            self._due(limit_s, card_after_s, now_s),
            KeyPress(Key.NUMBER, digits="1" * least) if self._unattended else None,
            number_told,
        )
        return b""

    def _key_told(self, key: KeyPress | None, now_s: float) -> bytes:
        return self._engine.accept(now_s, bytes([KEY_TIMEOUT if key is None else KEY_CODES[key.key]]))

    def _wait_for_card(
        self, ended: Callable[[Card, float], bytes], limit_s: float | None, card_after_s: float, now_s: float
    ) -> None:
        def shown(key: KeyPress | None, at_s: float) -> bytes:
            self.display = _REST
            if key is None or key.key is not Key.CARD:
                return self._engine.abort(TIMEOUT_OR_CANCEL, at_s)
            return ended(card_named(key.brand) if key.brand else next(iter(CARDS.values())), at_s)

        self.display = (progress_text("insert_card", self.around.language), "")
        self._waiting = _Wait(
            Awaiting.CARD,
            frozenset({Key.CARD}),
            self._due(limit_s, card_after_s, now_s),
            KeyPress(Key.CARD) if self._unattended else None,
            shown,
        )

    def _card_read(self, card: Card, now_s: float) -> bytes:
        return self._engine.send_status_information(_card_data(card), now_s)

    def _balance_told(self, card: Card, now_s: float) -> bytes:
        data = replace(_card_data(card), amount_minor=card.balance_minor, currency_numeric=self.around.currency)
        return self.tell([lambda at: self._engine.send_status_information(data, at), self._engine.complete], now_s)

    @property
    def _unattended(self) -> bool:
        return self.around.auto_pace is not None

    def _due(self, limit_s: float | None, card_after_s: float, now_s: float) -> float | None:
        if self.around.auto_pace is not None:
            return now_s + self.around.auto_pace * card_after_s
        return None if limit_s is None else now_s + limit_s


def _card_data(card: Card) -> TransactionData:
    return TransactionData(code="00", card_name=card.name, card_type_id=card.type_id, card_number_masked=card.masked)


def _two(lines: tuple[str, ...]) -> tuple[str, str]:
    shown = [line for line in lines if line]
    return (shown[0] if shown else "", " ".join(shown[1:]))
