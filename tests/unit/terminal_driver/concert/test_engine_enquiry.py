"""What a Concert engine says of registration, status, late answers and the wish to stop."""

from collections.abc import Callable

import pytest

from terminal_driver.engine import Finished, Notice, OrphanResult
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import (
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    StillUnknown,
    TerminalInfo,
    TerminalStatus,
)
from tests.support.concert_register import ACK, ENQ, EOT, NAK, SALE, Register, answer_to


def test_registration_when_asked_then_nothing_is_sent() -> None:
    register = Register()

    assert register.engine.start_registration(register.now) == b""

    assert register.result() == TerminalInfo(None, "978", lasting=True)


def test_status_when_the_terminal_is_ready_then_ready_and_nothing_else_is_sent() -> None:
    register = Register()

    assert register.engine.start_status(register.now) == ENQ
    assert register.hear(ACK) == EOT

    status = register.result()
    assert isinstance(status, TerminalStatus)
    assert (status.ready, status.busy) == (True, False)


@pytest.mark.parametrize(("reply", "kind"), [(NAK, TerminalStatus), (b"", NoAnswer)])
def test_status_when_the_terminal_does_not_let_us_through_then_busy_or_no_answer(reply: bytes, kind: type) -> None:
    register = Register()
    register.engine.start_status(register.now)
    while register.engine.busy:
        register.hear(reply)
        if register.engine.busy:
            register.wait()

    status = register.result()
    assert isinstance(status, kind)
    assert not isinstance(status, TerminalStatus) or status.busy


def test_last_result_when_no_late_answer_has_come_then_not_supported() -> None:
    register = Register()

    assert register.engine.start_last_result(register.now, SALE) == b""

    last = register.result()
    assert isinstance(last, NoAnswer)
    assert last.code == "not_supported"
    assert isinstance(register.engine.judge(SALE, None, last), StillUnknown)


@pytest.mark.parametrize(("result", "kind"), [("0", Approved), ("7", Declined), ("9", StillUnknown)])
def test_late_answer_when_it_bears_our_reference_then_it_decides(result: str, kind: type) -> None:
    register = Register()
    request = register.request()
    register.wait()
    register.events()

    assert register.answer(answer_to(request, result)) == ACK

    [orphan] = register.events()
    assert isinstance(orphan, OrphanResult)
    assert (orphan.data.amount_minor, orphan.data.reference) == (1250, "attempt-1")
    register.engine.start_last_result(register.now, SALE)
    last = register.result()
    assert isinstance(last, LastResult)
    assert isinstance(register.engine.judge(SALE, None, last), kind)


def test_late_answer_when_the_line_was_lost_in_between_then_it_still_decides() -> None:
    register = Register()
    request = register.request()
    register.engine.line_lost(register.now)
    register.events()

    register.answer(answer_to(request))

    assert isinstance(register.engine.judge(SALE, None, NoAnswer("not_supported", "")), Approved)


def test_late_answers_when_they_contradict_each_other_then_nothing_is_proven() -> None:
    register = Register()
    request = register.request()
    register.wait()
    register.answer(answer_to(request, "7"))
    register.answer(answer_to(request, "0"))

    assert isinstance(register.engine.judge(SALE, None, NoAnswer("not_supported", "")), StillUnknown)


@pytest.mark.parametrize(
    "asked",
    [
        SaleRequest(1250, "978", Baseline(), reference="attempt-2"),
        SaleRequest(1250, "978", Baseline()),
        SaleRequest(1251, "978", Baseline(), reference="attempt-1"),
        SaleRequest(1250, "952", Baseline(), reference="attempt-1"),
    ],
)
def test_late_answer_when_of_another_call_then_it_proves_nothing(asked: SaleRequest) -> None:
    register = Register()
    request = register.request()
    register.wait()
    register.answer(answer_to(request))

    assert isinstance(register.engine.judge(asked, None, NoAnswer("not_supported", "")), StillUnknown)


def test_stop_when_the_request_has_not_left_then_not_started() -> None:
    register = Register()
    register.engine.start_operation(SALE, register.now)

    assert register.engine.request_abort(register.now) == EOT

    ended = register.result()
    assert isinstance(ended, NotStarted)
    assert ended.code == "aborted_by_cashier"
    assert register.hear(ACK) == b""
    register.request()


def test_stop_when_the_request_has_left_then_only_a_notice_and_the_answer_still_counts() -> None:
    register = Register()
    request = register.request()
    register.events()

    assert register.engine.request_abort(register.now) == b""
    register.answer(answer_to(request))

    notice, end = register.events()
    assert isinstance(notice, Notice)
    assert notice.code == "abort_not_supported"
    assert isinstance(end, Finished)
    assert isinstance(end.result, Approved)


def test_stop_when_nothing_runs_then_refused() -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        Register().engine.request_abort(1.0)

    assert refusal.value.code == "nothing_running"


def test_command_when_another_runs_then_refused_and_that_one_goes_on() -> None:
    register = Register()
    request = register.request()

    engine = register.engine
    starts: list[Callable[[float], bytes]] = [
        lambda now_s: engine.start_operation(SALE, now_s),
        engine.start_status,
        engine.start_registration,
        engine.start_last_result,
    ]
    for start in starts:
        with pytest.raises(LocalProtocolError) as refusal:
            start(register.now)
        assert refusal.value.code == "busy"

    register.answer(answer_to(request))
    assert isinstance(register.result(), Approved)


def test_enquiry_of_the_terminal_when_nothing_follows_then_forgotten() -> None:
    register = Register()

    assert register.hear(ENQ) == ACK
    assert register.wait() == b""

    assert register.engine.deadline() is None
    assert register.events() == []


def test_request_when_the_terminal_speaks_without_end_then_given_up_all_the_same() -> None:
    register = Register()
    sent = register.engine.start_operation(SALE, register.now)
    rounds = 0
    while register.engine.busy:
        rounds += 1
        assert rounds < 50
        register.hear(ENQ)
        sent = register.wait()
        assert sent in (b"", ENQ, EOT)

    assert isinstance(register.result(), NotStarted)
