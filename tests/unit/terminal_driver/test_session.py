"""The session against an engine of another, tiny protocol: it must not know what the bytes mean."""

import threading
from datetime import UTC, datetime

import pytest

from terminal_driver.dialogue_pump import LineLook
from terminal_driver.engine import EngineEvent, Notice, OrphanResult
from terminal_driver.errors import TransportError
from terminal_driver.operations import LogOff
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    TransactionData,
    Unknown,
)
from terminal_driver.outcome_enquiry import REFUSALS_MAX, ask_outcome
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import WriteError
from terminal_driver.transports.memory import MemoryCable
from tests.support.letter_engine import ANSWER_S, REQUEST, LetterEngine, ScriptedLine


def _session(line: ScriptedLine) -> tuple[TerminalSession, list[EngineEvent]]:
    events: list[EngineEvent] = []
    return TerminalSession(LetterEngine(), line, events.append, line.clock), events


LOST = TransportError("line_lost", "unplugged")


@pytest.mark.parametrize(("answer", "kind"), [(b"s", Approved), (b"d", Declined), (b"x", Aborted)])
def test_sale_registers_first_and_returns_the_terminals_outcome(answer: bytes, kind: type) -> None:
    line = ScriptedLine(b".", answer)
    session, events = _session(line)

    outcome = session.transact(REQUEST)

    assert type(outcome) is kind
    assert line.written.replace(b"a", b"") == b"RS"
    assert events == []


def test_second_sale_does_not_register_again() -> None:
    line = ScriptedLine(b"s", b"s")
    session, _ = _session(line)

    session.transact(REQUEST)
    session.transact(REQUEST)

    assert line.written.replace(b"a", b"") == b"RSS"
    assert line.opened == 1


def test_line_that_cannot_be_opened_is_not_started() -> None:
    line = ScriptedLine()
    line.open_error = TransportError("port_missing", "no such port")
    session, _ = _session(line)

    assert session.transact(REQUEST) == NotStarted("port_missing", "no such port")
    assert session.status() == NoAnswer("port_missing", "no such port")
    assert line.written == b""


def test_first_write_that_fails_before_any_byte_is_not_started() -> None:
    line = ScriptedLine()
    session, _ = _session(line)
    line.write_error = WriteError("line_lost", "gone", 0)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert line.written.replace(b"a", b"") == b"R"


def test_first_write_that_fails_after_one_byte_is_unknown() -> None:
    line = ScriptedLine()
    session, _ = _session(line)
    session.register()
    line.write_error = WriteError("line_stuck", "gone", 1)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, Unknown)


def test_line_lost_during_the_sale_is_unknown_and_the_next_call_reconnects() -> None:
    line = ScriptedLine(LOST)
    session, events = _session(line)

    outcome = session.transact(REQUEST)
    line.items.append(b"s")
    again = session.transact(REQUEST)

    assert isinstance(outcome, Unknown)
    assert events == [Notice("line_lost", "unplugged")]
    assert isinstance(again, Approved)
    assert line.opened == 2
    assert line.written.replace(b"a", b"") == b"RSRS"


def test_looks_then_one_for_each_command_with_what_went_wrong_below() -> None:
    looks: list[LineLook] = []
    line = ScriptedLine(LOST)
    session = TerminalSession(LetterEngine(), line, lambda _event: None, line.clock, on_look=looks.append)
    session.transact(REQUEST)
    line.items.append(b"s")
    session.transact(REQUEST)
    line.open_error = TransportError("port_missing", "no such port")
    session.close()
    session.status()

    assert [(look.took_s is not None, look.troubles) for look in looks] == [
        (True, 0),
        (False, 1),
        (True, 0),
        (True, 0),
        (False, 0),
    ]


def test_silence_ends_at_the_engines_deadline() -> None:
    line = ScriptedLine()
    session, _ = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, Unknown)
    assert line.now_s == pytest.approx(ANSWER_S)


def test_refused_registration_means_the_sale_was_not_started() -> None:
    line = ScriptedLine()
    line.answers[b"R"] = b"n"
    session, _ = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert b"S" not in line.written


def test_abort_during_a_sale_is_sent_and_the_sale_ends_with_its_own_result() -> None:
    pressed: list[bool] = []
    line = ScriptedLine()
    session, _ = _session(line)
    line.items.extend([b".", lambda: pressed.append(session.request_abort()), b".", b"s"])

    outcome = session.transact(REQUEST)

    assert pressed == [True]
    assert line.written.count(b"X") == 1
    assert isinstance(outcome, Approved)


def test_abort_without_a_sale_changes_nothing() -> None:
    line = ScriptedLine(b"s")
    session, _ = _session(line)

    pressed = session.request_abort()
    outcome = session.transact(REQUEST)

    assert pressed is False
    assert b"X" not in line.written
    assert isinstance(outcome, Approved)


def test_abort_during_registration_keeps_the_sale_from_being_sent() -> None:
    line = ScriptedLine()
    session, _ = _session(line)
    line.answers.clear()
    line.items.extend([session.request_abort, b"r"])

    outcome = session.transact(REQUEST)

    assert outcome == NotStarted("aborted_by_cashier", "the sale was stopped before it was sent")
    assert b"S" not in line.written


def test_illegal_bytes_become_a_notice_and_the_sale_goes_on() -> None:
    line = ScriptedLine(b"!", b"s")
    session, events = _session(line)

    outcome = session.transact(REQUEST)

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


@pytest.mark.parametrize("answer", [b"o", b".", LOST])
def test_log_off_ends_the_registration_whether_it_was_answered_or_not(answer: bytes | TransportError) -> None:
    line = ScriptedLine(b"s", answer)
    session, _ = _session(line)
    session.transact(REQUEST)

    session.perform(LogOff())
    registered = session.registered
    line.items.append(b"s")
    again = session.transact(REQUEST)

    assert not registered
    assert isinstance(again, Approved)
    assert line.written.replace(b"a", b"") == b"RSORS"


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
        session.transact(REQUEST)
    line.items.append(b"s")

    assert isinstance(session.transact(REQUEST), Approved)
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

    sent_at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    found = ask_outcome(session, REQUEST, sent_at, deadline_s=30, on_step=on_step)

    assert found.verdict == LetterEngine().judge(REQUEST, sent_at, found.last)
    assert found.last == LastResult(held=True, data=TransactionData(receipt_no=8))
    assert found.steps == tuple(told)
    assert any("busy" in step for step in told)
    assert b"S" not in line.written


def test_ask_outcome_of_a_silent_terminal_ends_at_its_deadline_with_no_answer() -> None:
    line = ScriptedLine()
    line.answers.clear()
    session, _ = _session(line)

    told: list[str] = []
    found = ask_outcome(session, REQUEST, None, deadline_s=20, on_step=told.append)

    assert isinstance(found.last, NoAnswer)
    assert 20 <= line.now_s <= 20 + 2 * ANSWER_S


def test_ask_outcome_believes_a_ready_terminal_that_refuses_to_tell() -> None:
    line = ScriptedLine()
    line.answers |= {b"Q": b"q", b"L": b"n"}
    session, _ = _session(line)

    told: list[str] = []
    found = ask_outcome(session, REQUEST, None, deadline_s=600, on_step=told.append)

    assert found.last == NoAnswer("refused", "not told")
    assert line.written.count(b"L") == REFUSALS_MAX


def test_ask_outcome_asks_once_where_the_protocol_has_no_such_question() -> None:
    line = ScriptedLine()
    line.answers |= {b"Q": b"q", b"L": b"u"}
    session, _ = _session(line)
    steps: list[str] = []

    recovery = ask_outcome(session, REQUEST, None, deadline_s=60.0, on_step=steps.append)

    assert recovery.last == NoAnswer("not_supported", "no such question")
    assert line.written.count(b"L") == 1
    assert line.now_s == 0.0
    assert steps[-1] == "the terminal did not tell its last transaction: no such question"


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
