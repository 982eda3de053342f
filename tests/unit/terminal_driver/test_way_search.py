"""A session that looks for its terminal: at another speed, on another port, and never at the wrong one."""

import pytest

from terminal_driver.engine import EngineEvent, Notice
from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.operations import ChangeSpeed, Done
from terminal_driver.outcome import Approved, LastResult, NoAnswer, NotStarted, TerminalInfo, Unknown
from terminal_driver.outcome_enquiry import ask_outcome
from terminal_driver.session import QUIET_S, SPEED_CHANGE_S, TerminalSession
from terminal_driver.transports.base import Way
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.trace import TracingTransport
from tests.support.letter_engine import ANSWER_S, REQUEST, LetterEngine, ScriptedLine
from tests.support.switching_line import SILENT, SwitchingLine

FAST, SLOW = Way("ttyUSB0", 115200), Way("ttyUSB0", 9600)
ELSEWHERE = Way("ttyUSB1", 115200)
ALIVE = {b"R": b"r", b"S": b"s", b"L": b"l", b"Q": b"q", b"V": b"v"}
STRANGER = {**ALIVE, b"R": b"t"}
NAMELESS = {**ALIVE, b"R": b"i"}


def _session(line: ScriptedLine, terminal_id: str = "") -> tuple[TerminalSession, list[EngineEvent]]:
    events: list[EngineEvent] = []
    return TerminalSession(LetterEngine(), line, events.append, line.clock, terminal_id=terminal_id), events


def _letters(line: ScriptedLine) -> bytes:
    return line.written.replace(b"a", b"")


def test_terminal_that_answers_where_configured_is_not_searched() -> None:
    line = SwitchingLine({FAST: ALIVE, SLOW: ALIVE})
    session, events = _session(line)

    assert isinstance(session.transact(REQUEST), Approved)
    assert (line.opened_ways, line.proven_way, events) == ([FAST], FAST, [])


def test_silent_terminal_is_found_at_its_other_speed_and_sold_on_once() -> None:
    line = SwitchingLine({FAST: SILENT, SLOW: ALIVE})
    session, events = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, Approved)
    assert _letters(line) == b"RRS"
    assert line.proven_way == SLOW
    assert Notice("way_found", f"the terminal answers on {SLOW}") in events


def test_new_line_is_quiet_before_the_first_byte_and_old_bytes_are_dropped() -> None:
    class Babbling(SwitchingLine):
        def open(self) -> None:
            super().open()
            if self.present_way == SLOW:
                self.items.extend([b"!", b"!"])

    line = Babbling({FAST: SILENT, SLOW: ALIVE})
    session, events = _session(line)

    info = session.register()

    assert isinstance(info, TerminalInfo)
    assert not any(isinstance(event, Notice) and event.code == "illegal" for event in events)
    assert line.now_s >= line.silence_limit_s + QUIET_S


def test_found_speed_is_tried_first_after_the_next_loss() -> None:
    line = SwitchingLine({FAST: SILENT, SLOW: ALIVE})
    session, _ = _session(line)
    session.register()
    line.opened_ways.clear()
    line.answers = {}
    line.items.append(TransportError("line_lost", "unplugged"))

    session.idle(0.1)
    session.register()

    assert line.opened_ways == [SLOW]


def test_proven_way_gets_the_whole_patience_of_the_protocol() -> None:
    line = SwitchingLine({FAST: ALIVE, SLOW: SILENT})
    session, _ = _session(line)
    session.register()
    began = line.now_s
    line.devices[FAST] = line.answers = {}

    refusal = session.register()

    assert isinstance(refusal, NoAnswer)
    assert line.now_s - began >= ANSWER_S + line.silence_limit_s
    assert line.present_way == FAST


def test_no_speed_is_tried_while_a_sale_runs() -> None:
    line = SwitchingLine({FAST: {**ALIVE, b"S": b""}, SLOW: ALIVE})
    session, _ = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, Unknown)
    assert line.took == []
    assert _letters(line) == b"RS"


def test_terminal_that_refuses_is_not_searched_elsewhere() -> None:
    line = SwitchingLine({FAST: {b"R": b"n"}, SLOW: ALIVE})
    session, _ = _session(line)

    assert session.register() == NoAnswer("refused", "not now")
    assert line.took == []


def test_search_ends_when_the_sale_is_no_longer_wanted() -> None:
    line = SwitchingLine({FAST: SILENT, SLOW: ALIVE})
    session, _ = _session(line)
    line.items.append(session.request_abort)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert line.opened_ways == [FAST]
    assert _letters(line) == b"R"


def test_abort_while_registering_is_kept_for_the_sale_and_not_spent_on_the_registration() -> None:
    line = ScriptedLine()
    line.answers.clear()
    session, _ = _session(line)
    line.items.extend([session.request_abort, b".", b".", b"r"])

    outcome = session.transact(REQUEST)

    assert outcome == NotStarted("aborted_by_cashier", "the sale was stopped before it was sent")
    assert _letters(line) == b"R"


def test_port_that_is_busy_does_not_keep_the_others_from_being_tried() -> None:
    line = SwitchingLine({FAST: ALIVE, ELSEWHERE: ALIVE}, may_move=True, terminal_id="12345678")
    line.faults[FAST] = PortBusy("port_busy", "in use")
    session, _ = _session(line)

    assert isinstance(session.register(), TerminalInfo)
    assert line.opened_ways == [ELSEWHERE]


def test_first_port_that_is_busy_does_not_end_a_sale_before_the_others_are_tried() -> None:
    line = SwitchingLine({FAST: ALIVE, ELSEWHERE: ALIVE}, may_move=True, terminal_id="12345678")
    line.faults[FAST] = PortBusy("port_busy", "in use")
    session, _ = _session(line)

    assert isinstance(session.transact(REQUEST), Approved)
    assert line.opened_ways == [ELSEWHERE]


def test_no_port_that_can_be_opened_starts_nothing() -> None:
    line = SwitchingLine({FAST: ALIVE, ELSEWHERE: ALIVE}, may_move=True)
    line.faults = dict.fromkeys((FAST, ELSEWHERE), PortBusy("port_busy", "in use"))
    session, _ = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert outcome.code == "port_busy"
    assert line.written == b""


def test_search_begins_at_the_first_way_again_after_a_refusal_elsewhere() -> None:
    line = SwitchingLine({FAST: SILENT, SLOW: {b"R": b"n"}})
    session, _ = _session(line)
    assert session.register() == NoAnswer("refused", "not now")
    line.devices[FAST] = ALIVE

    assert isinstance(session.register(), TerminalInfo)
    assert line.opened_ways == [FAST, SLOW, FAST]


def test_closed_session_registers_anew_before_it_sells() -> None:
    """Whoever closed the line may have plugged another terminal in before it is opened again."""
    line = SwitchingLine({FAST: ALIVE}, terminal_id="12345678")
    session, _ = _session(line)
    session.register()
    session.close()
    line.devices[FAST] = STRANGER

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert outcome.code == "other_terminal"


def test_other_terminal_is_passed_over_and_gets_no_sale() -> None:
    line = SwitchingLine({FAST: STRANGER, ELSEWHERE: ALIVE}, may_move=True, terminal_id="12345678")
    session, events = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, Approved)
    assert _letters(line) == b"RRS"
    assert line.present_way == ELSEWHERE
    assert any(isinstance(event, Notice) and event.code == "way_found" for event in events)


@pytest.mark.parametrize(("answers", "code"), [(STRANGER, "other_terminal"), (NAMELESS, "terminal_id_not_told")])
def test_terminal_that_is_not_meant_is_refused_before_any_sale(answers: dict[bytes, bytes], code: str) -> None:
    line = SwitchingLine({FAST: answers}, terminal_id="12345678")
    session, _ = _session(line)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert outcome.code == code
    assert not session.registered
    assert _letters(line) == b"R"
    assert not line.is_open


def test_id_handed_to_the_session_counts_on_a_line_without_a_choice() -> None:
    line = ScriptedLine()
    session, _ = _session(line, "87654321")

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert outcome.code == "other_terminal"
    assert _letters(line) == b"R"


def test_other_terminals_memory_is_never_asked() -> None:
    line = SwitchingLine({FAST: STRANGER}, terminal_id="12345678")
    session, _ = _session(line)
    told: list[str] = []

    recovery = ask_outcome(session, REQUEST, None, deadline_s=5, on_step=told.append)

    assert isinstance(recovery.last, NoAnswer)
    assert recovery.last.code == "other_terminal"
    assert session.last_result() == recovery.last
    assert b"L" not in line.written


def test_terminal_that_moved_is_asked_for_its_last_result() -> None:
    line = SwitchingLine({FAST: ALIVE}, terminal_id="12345678")
    session, _ = _session(line)

    assert isinstance(session.last_result(), LastResult)
    assert _letters(line) == b"RL"


def test_id_is_learned_on_a_line_that_may_move_and_holds_after_a_loss() -> None:
    line = SwitchingLine({FAST: ALIVE}, may_move=True)
    session, _ = _session(line)
    assert isinstance(session.transact(REQUEST), Approved)
    line.devices[FAST] = STRANGER
    line.answers = {}
    line.items.append(TransportError("line_lost", "unplugged"))
    session.idle(0.1)

    outcome = session.transact(REQUEST)

    assert isinstance(outcome, NotStarted)
    assert outcome.code == "other_terminal"


def test_line_that_breaks_between_registration_and_sale_starts_nothing() -> None:
    """The other side hangs up in the moment before the sale: the new line may lead to anybody."""

    class HangingUp(ScriptedLine):
        looks = 0

        def read(self, max_bytes: int, timeout_s: float) -> bytes:
            if timeout_s == 0:
                self.looks += 1
                if self.looks == 3:
                    raise TransportError("line_lost", "hung up")
            return super().read(max_bytes, timeout_s)

    line = HangingUp(b"s")
    session, _ = _session(line)

    outcome = session.transact(REQUEST)

    assert outcome == NotStarted("line_lost", "the line broke before the command was sent")
    assert b"S" not in line.written


def test_changed_speed_is_followed_after_the_terminals_two_seconds() -> None:
    line = SwitchingLine({SLOW: ALIVE, FAST: ALIVE})
    session, _ = _session(line)
    session.register()
    began = line.now_s

    result = session.perform(ChangeSpeed(115200))

    assert result == Done("new speed")
    assert line.now_s - began >= SPEED_CHANGE_S
    assert (line.took, line.proven_way) == ([FAST], FAST)
    assert line.opened_ways == [SLOW]
    assert isinstance(session.transact(REQUEST), Approved)


def test_refused_speed_changes_nothing() -> None:
    line = SwitchingLine({SLOW: {**ALIVE, b"V": b"n"}})
    session, _ = _session(line)

    assert session.perform(ChangeSpeed(115200)) == NoAnswer("refused", "not that speed")
    assert line.took == []


def test_terminal_that_fell_back_after_a_restart_is_found_again() -> None:
    line = SwitchingLine({SLOW: ALIVE, FAST: ALIVE})
    session, _ = _session(line)
    session.perform(ChangeSpeed(115200))
    line.devices[FAST] = line.answers = {}

    silent = session.transact(REQUEST)
    found = session.register()

    assert isinstance(silent, Unknown)
    assert isinstance(found, TerminalInfo)
    assert line.proven_way == SLOW


def test_traced_line_keeps_its_ways_and_writes_down_the_speed() -> None:
    line = SwitchingLine({FAST: SILENT, SLOW: ALIVE}, terminal_id="12345678")
    records: list[dict[str, object]] = []
    traced = TracingTransport(line, records.append, line.clock)
    events: list[EngineEvent] = []
    session = TerminalSession(LetterEngine(), traced, events.append, line.clock)

    assert isinstance(session.register(), TerminalInfo)
    assert [record["baud"] for record in records if record["dir"] == "speed"] == [9600]
    assert (traced.terminal_id, traced.may_move, traced.proven_way) == ("12345678", False, SLOW)


def test_traced_line_without_a_choice_has_no_ways() -> None:
    records: list[dict[str, object]] = []
    traced = TracingTransport(MemoryCable().register_end, records.append)

    assert (traced.ways(), traced.terminal_id, traced.may_move) == ((), "", False)


def test_port_that_cannot_be_found_is_told_as_it_is() -> None:
    class Missing(SwitchingLine):
        def ways(self) -> tuple[Way, ...]:
            raise TransportError("port_ambiguous", "two ports fit")

    session, _ = _session(Missing({FAST: ALIVE}))

    assert session.register() == NoAnswer("port_ambiguous", "two ports fit")
