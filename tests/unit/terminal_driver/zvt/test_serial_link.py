"""The register side on a serial line: confirmations, repetitions and repeated blocks."""

import pytest

from terminal_driver.engine import EngineEvent, Finished, Notice, Progress
from terminal_driver.operations import AskKey, Done, KeyPressed, LogOff, SaleRequest, TerminalKey
from terminal_driver.outcome import Approved, Baseline, NotStarted, Unknown
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import SerialFraming

ACK, NAK = b"\x06", b"\x15"
REQUEST = SaleRequest(1200, "978", Baseline())


def _frame(hexadecimal: str) -> bytes:
    return SerialFraming().encode(bytes.fromhex(hexadecimal.replace(" ", "")))


POSITIVE = _frame("800000")
COMMAND = _frame("06010a04000000001200490978")
RESULT = _frame("040f0f2700040000000012004909788700 08")


@pytest.fixture
def engine() -> ZvtEngine:
    return ZvtEngine(ZvtConfig(), SerialFraming(), lambda _data: True)


def _events(engine: ZvtEngine) -> list[EngineEvent]:
    found: list[EngineEvent] = []
    while (event := engine.next_event()) is not None:
        found.append(event)
    return found


def test_sale_when_all_blocks_confirmed_then_approved(engine: ZvtEngine) -> None:
    assert engine.start_operation(REQUEST, 0.0) == COMMAND
    assert engine.receive(ACK + POSITIVE, 0.1) == ACK
    assert engine.receive(RESULT, 1.0) == ACK + POSITIVE
    assert engine.receive(ACK + _frame("060f00"), 1.1) == ACK + POSITIVE

    (event,) = _events(engine)
    assert isinstance(event, Finished)
    assert isinstance(event.result, Approved)


def test_command_when_never_confirmed_then_sent_three_times_and_unknown(engine: ZvtEngine) -> None:
    sent = [engine.start_operation(REQUEST, 0.0)]
    for expected in (5.0, 10.0, 15.0):
        assert engine.deadline() == expected
        sent.append(engine.expire(expected))

    assert sent == [COMMAND, COMMAND, COMMAND, b""]
    first, second, end, notice = _events(engine)
    assert [one.code for one in (first, second) if isinstance(one, Notice)] == ["block_repeated", "block_repeated"]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Unknown)
    assert end.result.code == "line_error"
    assert isinstance(notice, Notice)
    assert notice.code == "line_error"


def test_command_when_refused_by_the_link_then_repeated_at_most_twice(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)

    assert engine.receive(NAK, 0.1) == COMMAND
    assert engine.receive(NAK, 0.2) == COMMAND
    assert engine.receive(NAK, 0.3) == b""

    assert not engine.busy


def test_command_when_confirmed_then_t3_begins(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK, 2.0)

    assert engine.deadline() == 7.0


def test_command_when_confirmation_lost_but_answer_comes_then_not_repeated(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)

    assert engine.receive(POSITIVE, 0.3) == ACK
    assert engine.deadline() == 180.3


def test_block_when_checksum_wrong_then_refused_and_taken_when_repeated(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    damaged = RESULT[:-1] + bytes([RESULT[-1] ^ 1])

    assert engine.receive(damaged, 0.2) == NAK
    assert engine.receive(RESULT, 0.3) == ACK + POSITIVE


def test_block_when_it_stops_then_refused_after_t1(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    engine.receive(RESULT[:7], 1.0)

    assert engine.deadline() == pytest.approx(1.2)
    assert engine.expire(1.2) == NAK


def test_block_when_repeated_because_our_answer_is_lost_then_answered_again_and_not_acted_on_twice(
    engine: ZvtEngine,
) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    status = _frame("04ff010a")

    assert engine.receive(status, 1.0) == ACK + POSITIVE
    assert engine.receive(status, 6.0) == ACK + POSITIVE

    assert _events(engine) == [Progress("insert_card", "insert or present the card")]


def test_answer_when_not_confirmed_then_repeated(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    engine.receive(RESULT, 1.0)

    assert engine.deadline() == 6.0
    assert engine.expire(6.0) == POSITIVE


def test_abort_when_an_answer_is_under_way_then_sent_after_its_confirmation(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    engine.receive(_frame("04ff010a"), 1.0)

    assert engine.request_abort(1.1) == b""
    assert engine.receive(ACK, 1.2) == _frame("06b000")


def test_end_when_our_last_answer_is_never_confirmed_then_result_stands_and_next_command_goes(
    engine: ZvtEngine,
) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    engine.receive(RESULT, 1.0)
    engine.receive(ACK + _frame("060f00"), 1.1)

    assert not engine.busy
    assert engine.start_status(2.0) == _frame("0501030000 00")


def test_answer_when_it_is_repeated_because_our_06_was_late_then_not_taken_for_that_of_the_next_command(
    engine: ZvtEngine,
) -> None:
    """The old 80 00 00 must not make the terminal master of a sale that it then refuses."""
    engine.start_operation(LogOff(), 0.0)
    assert engine.receive(ACK + POSITIVE, 0.1) == ACK
    engine.start_operation(REQUEST, 0.2)

    assert engine.receive(POSITIVE, 5.1) == ACK
    assert engine.receive(ACK + _frame("848300"), 5.3) == ACK

    ends = [event.result for event in _events(engine) if isinstance(event, Finished)]
    assert ends == [Done(), NotStarted("not_supported", "function not possible")]


def test_key_when_old_answer_is_repeated_then_the_new_one_counts(engine: ZvtEngine) -> None:
    confirm, stop = _frame("8000010d"), _frame("8000011b")
    engine.start_operation(AskKey(("Ja?",)), 0.0)
    engine.receive(ACK + confirm, 0.1)
    engine.start_operation(AskKey(("Wirklich?",)), 0.2)

    engine.receive(confirm, 5.1)
    engine.receive(ACK + stop, 5.3)

    keys = [event.result for event in _events(engine) if isinstance(event, Finished)]
    assert keys == [KeyPressed(TerminalKey.CONFIRM, 0x0D), KeyPressed(TerminalKey.STOP, 0x1B)]


def test_answer_when_it_equals_the_last_one_and_its_confirmation_was_lost_then_sale_goes_on(engine: ZvtEngine) -> None:
    """The other reading of the same bytes: the terminal works on the sale, only its 06 never came."""
    engine.start_operation(LogOff(), 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    engine.start_operation(REQUEST, 0.2)

    engine.receive(POSITIVE, 0.3)
    assert engine.receive(RESULT, 1.0) == ACK + POSITIVE
    engine.receive(ACK + _frame("060f00"), 1.1)

    end = _events(engine)[-1]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Approved)


def test_end_when_it_is_repeated_then_it_does_not_confirm_the_next_command(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    engine.receive(ACK + POSITIVE, 0.1)
    engine.receive(RESULT, 1.0)
    done = _frame("060f00")
    engine.receive(ACK + done, 1.1)
    sent = engine.start_status(1.2)

    assert engine.receive(done, 6.0) == ACK
    assert engine.expire(6.2) == sent


def test_command_when_refused_after_a_silent_repetition_then_unknown_since_the_first_copy_may_run(
    engine: ZvtEngine,
) -> None:
    engine.start_operation(REQUEST, 0.0)
    assert engine.expire(5.0) == COMMAND
    engine.receive(ACK + _frame("849c00"), 5.1)

    repeated, event = _events(engine)
    assert repeated == Notice("block_repeated", "no confirmation of a block")
    assert isinstance(event, Finished)
    assert isinstance(event.result, Unknown)
    assert event.result.code == "refused_after_repetition"


def test_command_when_refused_after_the_link_refused_a_copy_then_nothing_happened(engine: ZvtEngine) -> None:
    engine.start_operation(REQUEST, 0.0)
    assert engine.receive(NAK, 0.1) == COMMAND
    engine.receive(ACK + _frame("849c00"), 0.2)

    repeated, event = _events(engine)
    assert repeated == Notice("block_repeated", "a block was refused")
    assert isinstance(event, Finished)
    assert isinstance(event.result, NotStarted)
