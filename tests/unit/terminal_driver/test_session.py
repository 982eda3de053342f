"""The session against an engine of another, tiny protocol: it must not know what the bytes mean.

The tiny protocol: one letter per message. R, S, L, Q ask for registration, sale, last result, status; the device
answers with the small letter (``s`` approved, ``d`` declined); ``b`` means busy; ``X`` asks to stop and ``x`` confirms;
``o`` is a result nobody asked for; ``!`` is refused as illegal.
"""

import threading
from collections import deque
from collections.abc import Callable

import pytest

from terminal_driver.engine import EngineEvent, Finished, Notice, OrphanResult, SaleRequest
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError, TransportError
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
)
from terminal_driver.session import REFUSALS_MAX, TerminalSession
from terminal_driver.transports.base import WriteError
from terminal_driver.transports.memory import MemoryCable

REQUEST = SaleRequest(1234, "978", Baseline(receipt_no=7))
ANSWER_S = 3.0

_ANSWERS: dict[str, dict[str, object]] = {
    "R": {"r": TerminalInfo("12345678", "978"), "n": NoAnswer("refused", "not now")},
    "S": {
        "s": Approved(TransactionData(amount_minor=1234)),
        "d": Declined("05", "no"),
        "x": Aborted("6C", "stopped"),
    },
    "L": {"l": LastResult(held=True, data=TransactionData(receipt_no=8)), "n": NoAnswer("refused", "not told")},
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

    def start_sale(self, request: SaleRequest, now_s: float) -> bytes:
        assert request.amount_minor > 0
        return self._start("S", now_s)

    def start_last_result(self, now_s: float) -> bytes:
        return self._start("L", now_s)

    def start_status(self, now_s: float) -> bytes:
        return self._start("Q", now_s)

    def request_abort(self, now_s: float) -> bytes:
        self._deadline = now_s + ANSWER_S
        return b"X"

    def receive(self, data: bytes, now_s: float) -> bytes:
        for letter in data.decode():
            if letter == "!":
                raise RemoteProtocolError("illegal", "an illegal letter")
            if letter == "o":
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


def _session(line: ScriptedLine) -> tuple[TerminalSession, list[EngineEvent]]:
    events: list[EngineEvent] = []
    return TerminalSession(LetterEngine(), line, events.append, line.clock), events


LOST = TransportError("line_lost", "unplugged")


@pytest.mark.parametrize(("answer", "kind"), [(b"s", Approved), (b"d", Declined), (b"x", Aborted)])
def test_sale_registers_first_and_returns_the_terminals_outcome(answer: bytes, kind: type) -> None:
    line = ScriptedLine(b".", answer)
    session, events = _session(line)

    outcome = session.sale(REQUEST)

    assert type(outcome) is kind
    assert line.written.replace(b"a", b"") == b"RS"
    assert events == []


def test_second_sale_does_not_register_again() -> None:
    line = ScriptedLine(b"s", b"s")
    session, _ = _session(line)

    session.sale(REQUEST)
    session.sale(REQUEST)

    assert line.written.replace(b"a", b"") == b"RSS"
    assert line.opened == 1


def test_line_that_cannot_be_opened_is_not_started() -> None:
    line = ScriptedLine()
    line.open_error = TransportError("port_missing", "no such port")
    session, _ = _session(line)

    assert session.sale(REQUEST) == NotStarted("port_missing", "no such port")
    assert session.status() == NoAnswer("port_missing", "no such port")
    assert line.written == b""


def test_first_write_that_fails_before_any_byte_is_not_started() -> None:
    line = ScriptedLine()
    session, _ = _session(line)
    line.write_error = WriteError("line_lost", "gone", 0)

    outcome = session.sale(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert line.written.replace(b"a", b"") == b"R"


def test_first_write_that_fails_after_one_byte_is_unknown() -> None:
    line = ScriptedLine()
    session, _ = _session(line)
    session.register()
    line.write_error = WriteError("line_stuck", "gone", 1)

    outcome = session.sale(REQUEST)

    assert isinstance(outcome, Unknown)


def test_line_lost_during_the_sale_is_unknown_and_the_next_call_reconnects() -> None:
    line = ScriptedLine(LOST)
    session, events = _session(line)

    outcome = session.sale(REQUEST)
    line.items.append(b"s")
    again = session.sale(REQUEST)

    assert isinstance(outcome, Unknown)
    assert events == [Notice("line_lost", "unplugged")]
    assert isinstance(again, Approved)
    assert line.opened == 2
    assert line.written.replace(b"a", b"") == b"RSRS"


def test_silence_ends_at_the_engines_deadline() -> None:
    line = ScriptedLine()
    session, _ = _session(line)

    outcome = session.sale(REQUEST)

    assert isinstance(outcome, Unknown)
    assert line.now_s == pytest.approx(ANSWER_S)


def test_refused_registration_means_the_sale_was_not_started() -> None:
    line = ScriptedLine()
    line.answers[b"R"] = b"n"
    session, _ = _session(line)

    outcome = session.sale(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert b"S" not in line.written


def test_abort_during_a_sale_is_sent_and_the_sale_ends_with_its_own_result() -> None:
    pressed: list[bool] = []
    line = ScriptedLine()
    session, _ = _session(line)
    line.items.extend([b".", lambda: pressed.append(session.request_abort()), b".", b"s"])

    outcome = session.sale(REQUEST)

    assert pressed == [True]
    assert line.written.count(b"X") == 1
    assert isinstance(outcome, Approved)


def test_abort_without_a_sale_changes_nothing() -> None:
    line = ScriptedLine(b"s")
    session, _ = _session(line)

    pressed = session.request_abort()
    outcome = session.sale(REQUEST)

    assert pressed is False
    assert b"X" not in line.written
    assert isinstance(outcome, Approved)


def test_abort_during_registration_keeps_the_sale_from_being_sent() -> None:
    line = ScriptedLine()
    session, _ = _session(line)
    line.answers.clear()
    line.items.extend([session.request_abort, b"r"])

    outcome = session.sale(REQUEST)

    assert outcome == NotStarted("aborted_by_cashier", "the sale was stopped before it was sent")
    assert b"S" not in line.written


def test_illegal_bytes_become_a_notice_and_the_sale_goes_on() -> None:
    line = ScriptedLine(b"!", b"s")
    session, events = _session(line)

    outcome = session.sale(REQUEST)

    assert isinstance(outcome, Approved)
    assert events == [Notice("illegal", "an illegal letter")]


def test_idle_answers_and_delivers_what_nobody_asked_for() -> None:
    line = ScriptedLine(b"o")
    session, events = _session(line)

    session.idle(2.0)

    assert events == [OrphanResult(TransactionData(receipt_no=99))]
    assert line.written == b"a"
    assert line.now_s == pytest.approx(2.0)


def test_idle_reports_a_lost_line_once_and_opens_it_on_the_next_call() -> None:
    line = ScriptedLine(LOST)
    session, events = _session(line)

    session.idle(0.01)
    session.idle(0.01)

    assert events == [Notice("line_lost", "unplugged")]
    assert line.opened == 2


def test_line_per_command_is_closed_after_each() -> None:
    line = ScriptedLine(b"q", b"q", holds_line=False)
    session, _ = _session(line)

    session.status()
    session.status()

    assert (line.opened, line.closed) == (2, 2)


def test_callback_that_raises_gives_the_line_up_and_leaves_the_session_usable() -> None:
    line = ScriptedLine(b"o")

    def refuse(_: EngineEvent) -> None:
        raise OSError("disk full")

    session = TerminalSession(LetterEngine(), line, refuse, line.clock)
    with pytest.raises(OSError, match="disk full"):
        session.sale(REQUEST)
    line.items.append(b"s")

    assert isinstance(session.sale(REQUEST), Approved)
    assert line.opened == 2


def test_ask_outcome_waits_while_busy_and_hands_the_answer_to_the_judge() -> None:
    line = ScriptedLine()
    line.answers |= {b"Q": b"b", b"L": b"l"}
    session, _ = _session(line)
    told: list[str] = []

    def on_step(step: str) -> None:
        told.append(step)
        if "busy" in step:
            line.answers[b"Q"] = b"q"

    found = session.ask_outcome(REQUEST, lambda request, last: (request, last), deadline_s=30, on_step=on_step)

    assert found.verdict == (REQUEST, found.last)
    assert found.last == LastResult(held=True, data=TransactionData(receipt_no=8))
    assert found.steps == tuple(told)
    assert any("busy" in step for step in told)
    assert b"S" not in line.written


def test_ask_outcome_of_a_silent_terminal_ends_at_its_deadline_with_no_answer() -> None:
    line = ScriptedLine()
    line.answers.clear()
    session, _ = _session(line)

    told: list[str] = []
    found = session.ask_outcome(REQUEST, lambda _, last: last, deadline_s=20, on_step=told.append)

    assert isinstance(found.verdict, NoAnswer)
    assert 20 <= line.now_s <= 20 + 2 * ANSWER_S


def test_ask_outcome_believes_a_ready_terminal_that_refuses_to_tell() -> None:
    line = ScriptedLine()
    line.answers |= {b"Q": b"q", b"L": b"n"}
    session, _ = _session(line)

    told: list[str] = []
    found = session.ask_outcome(REQUEST, lambda _, last: last, deadline_s=600, on_step=told.append)

    assert found.verdict == NoAnswer("refused", "not told")
    assert line.written.count(b"L") == REFUSALS_MAX


def test_wake_from_another_thread_ends_an_idle_on_a_real_line() -> None:
    cable = MemoryCable()
    events: list[EngineEvent] = []
    session = TerminalSession(LetterEngine(), cable.register_end, events.append)
    done = threading.Event()

    def own() -> None:
        session.idle(60)
        done.set()

    owner = threading.Thread(target=own)
    owner.start()
    session.wake()

    assert done.wait(5)
    owner.join()
    session.close()
