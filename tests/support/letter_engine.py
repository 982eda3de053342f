"""An engine of another, tiny protocol and a scripted line, to show that a session does not know what bytes mean.

The tiny protocol: one letter per message. R, S, L, Q ask for registration, sale, last result, status; the device
answers with the small letter (``s`` approved, ``d`` declined; ``r``, ``t`` and ``i`` are the registration at one
terminal, at another one, and at one that tells no id); V asks for another speed, O logs off; ``b`` means busy; ``X``
asks to stop and ``x`` confirms; ``o`` is a result nobody asked for; ``!`` is refused as illegal.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from terminal_driver.engine import EngineEvent, Finished, OrphanResult
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError, TransportError
from terminal_driver.operations import ChangeSpeed, Done, LogOff, MoneyOperation, Operation, SaleRequest
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    StillUnknown,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
    Verdict,
)
from terminal_driver.transports.base import WriteError

REQUEST = SaleRequest(1234, "978", Baseline(receipt_no=7))
ANSWER_S = 3.0

_ANSWERS: dict[str, dict[str, object]] = {
    "R": {
        "r": TerminalInfo("12345678", "978"),
        "t": TerminalInfo("87654321", "978"),
        "i": TerminalInfo(None, None),
        "n": NoAnswer("refused", "not now"),
    },
    "O": {"o": Done("logged off")},
    "V": {"v": Done("new speed"), "n": NoAnswer("refused", "not that speed")},
    "S": {
        "s": Approved(TransactionData(amount_minor=1234)),
        "d": Declined("05", "no"),
        "x": Aborted("6C", "stopped"),
    },
    "L": {
        "l": LastResult(held=True, data=TransactionData(receipt_no=8)),
        "n": NoAnswer("refused", "not told"),
        "u": NoAnswer("not_supported", "no such question"),
    },
    "Q": {
        "q": TerminalStatus(ready=True, busy=False, code="00", words="ready"),
        "b": TerminalStatus(ready=False, busy=True, code="9C", words="busy"),
    },
}


class LetterEngine:
    """The engine of the tiny protocol; fulfils ``terminal_driver.engine.Engine``."""

    def __init__(self) -> None:
        self._running = ""
        self._deadline: float | None = None
        self._events: deque[EngineEvent] = deque()

    def _start(self, letter: str, now_s: float) -> bytes:
        if self._running:
            raise LocalProtocolError("busy", "one command at a time")
        self._running, self._deadline = letter, now_s + ANSWER_S
        return letter.encode()

    def start_registration(self, now_s: float) -> bytes:
        return self._start("R", now_s)

    def start_operation(self, operation: Operation, now_s: float) -> bytes:
        if isinstance(operation, ChangeSpeed):
            return self._start("V", now_s)
        if isinstance(operation, LogOff):
            return self._start("O", now_s)
        if not isinstance(operation, SaleRequest):
            raise LocalProtocolError("not_supported", "the tiny protocol knows sales only")
        assert operation.amount_minor > 0
        return self._start("S", now_s)

    def start_last_result(self, now_s: float, about: MoneyOperation | None = None) -> bytes:
        del about
        return self._start("L", now_s)

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Tell what was judged, in the words of a verdict."""
        words = f"{operation.amount_minor} {sent_at} {last}"
        return StillUnknown("judged", words, TransactionData())

    @property
    def operations(self) -> frozenset[type[Operation]]:
        return frozenset({SaleRequest, ChangeSpeed, LogOff})

    def start_status(self, now_s: float) -> bytes:
        return self._start("Q", now_s)

    def request_abort(self, now_s: float) -> bytes:
        self._deadline = now_s + ANSWER_S
        return b"X"

    def receive(self, data: bytes, now_s: float) -> bytes:
        for letter in data.decode():
            if letter == "!":
                raise RemoteProtocolError("illegal", "an illegal letter")
            if letter == "o" and self._running != "O":
                self._events.append(OrphanResult(TransactionData(receipt_no=99)))
            elif letter == ".":
                self._deadline = now_s + ANSWER_S
            elif (result := _ANSWERS.get(self._running, {}).get(letter)) is not None:
                self._finish(result)
        return b"a" if data else b""

    def _finish(self, result: object) -> None:
        self._running, self._deadline = "", None
        self._events.append(Finished(result))  # type: ignore[arg-type]  # the table above is typed loosely

    def next_event(self) -> EngineEvent | None:
        return self._events.popleft() if self._events else None

    def deadline(self) -> float | None:
        return self._deadline

    def expire(self, now_s: float) -> bytes:
        assert self._deadline is not None
        assert self._deadline <= now_s
        self._give_up("no answer")
        return b""

    def line_lost(self, now_s: float) -> None:
        assert now_s >= 0
        if self._running:
            self._give_up("line lost")

    def _give_up(self, why: str) -> None:
        self._finish(Unknown("lost", why) if self._running == "S" else NoAnswer("lost", why))

    @property
    def busy(self) -> bool:
        return bool(self._running)


class ScriptedLine:
    """A transport whose time is its own: each read takes the next scripted item, and time passes when none comes.

    Items: bytes to read; an exception to raise; a callable to run (somebody pressing a button) before reading on.
    """

    description = "scripted line"

    def __init__(self, *items: bytes | TransportError | Callable[[], object], holds_line: bool = True) -> None:
        self.items = deque(items)
        self.holds_line = holds_line
        self.written = b""
        self.opened = 0
        self.closed = 0
        self.now_s = 0.0
        self.open_error: TransportError | None = None
        self.write_error: WriteError | None = None
        self.answers: dict[bytes, bytes] = {b"R": b"r"}

    def clock(self) -> float:
        return self.now_s

    def open(self) -> None:
        if self.open_error is not None:
            raise self.open_error
        self.opened += 1

    def write(self, data: bytes, deadline_s: float) -> None:
        assert deadline_s > 0
        if self.write_error is not None and data not in self.answers:
            raise self.write_error
        self.written += data
        if data in self.answers:
            self.items.appendleft(self.answers[data])

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        assert max_bytes > 0
        if timeout_s == 0:  # looking for what came meanwhile
            return b""
        while self.items:
            item = self.items.popleft()
            if isinstance(item, bytes):
                return item
            if isinstance(item, TransportError):
                raise item
            item()
        self.now_s += timeout_s
        return b""

    def wake(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1
