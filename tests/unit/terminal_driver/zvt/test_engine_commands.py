"""Stopping, registering, asking: the other commands of the register, and what never leaves the driver."""

import pytest

from terminal_driver.engine import Finished, Notice
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    TerminalInfo,
    TerminalStatus,
    Unknown,
)
from terminal_driver.zvt.commands import Offers, Registration, decode_command
from terminal_driver.zvt.receipts import RECEIPTS_MAX
from terminal_driver.zvt.text import CharacterSet
from tests.support.zvt_register import COMMAND, DONE, GOOD, REQUEST, Register, with_length


def test_abort_when_sale_runs_then_sent_and_sale_ends_by_itself() -> None:
    register = Register()
    register.sale()

    assert register.engine.request_abort(register.now).hex() == "06b000"
    register.hear("800000")
    register.hear("061e0164")

    result = register.events()[-1]
    assert isinstance(result, Finished)
    assert isinstance(result.result, Aborted)


def test_abort_when_too_late_then_sale_is_approved() -> None:
    register = Register()
    register.sale()
    register.engine.request_abort(register.now)
    register.hear("848300")
    register.hear(GOOD)
    register.hear(DONE)

    events = register.events()
    assert events[0] == Notice("abort_refused", "function not possible")
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-1].result, Approved)


def test_abort_when_command_is_not_accepted_yet_then_sent_after_it() -> None:
    register = Register()
    register.engine.start_operation(REQUEST, register.now)

    assert register.engine.request_abort(register.now) == b""
    assert register.hear("800000") == "06b000"


def test_abort_when_nothing_runs_then_our_fault() -> None:
    with pytest.raises(LocalProtocolError, match="no command"):
        Register().engine.request_abort(0.0)


@pytest.mark.parametrize("request_", [SaleRequest(0, "978", Baseline()), SaleRequest(10**12, "978", Baseline())])
def test_sale_when_amount_impossible_then_refused_and_nothing_changes(request_: SaleRequest) -> None:
    register = Register()
    with pytest.raises(LocalProtocolError):
        register.engine.start_operation(request_, 0.0)
    assert not register.engine.busy
    register.sale()
    with pytest.raises(LocalProtocolError):
        register.engine.start_status(0.0)
    assert register.engine.busy


def test_registration_when_completed_then_terminal_id_and_needs() -> None:
    register = Register()

    sent = register.engine.start_registration(register.now).hex()
    register.hear("800000")
    register.hear(with_length("060f 1903 2929001006 490978"))

    assert sent == "06000e0000008e0978060626040a0206d3"
    assert register.result() == TerminalInfo("29001006", "978", ("initialisation", "diagnosis"))


def test_status_when_answered_then_shape_of_status_and_late_end_of_a_sale_passed_over() -> None:
    register = Register()
    assert register.engine.start_status(register.now).hex() == "050103000000"
    register.hear("800000")

    assert register.hear(DONE) == "800000"
    assert register.engine.busy
    register.hear("060f019c")

    end = register.events()[-1]
    assert isinstance(end, Finished)
    assert end.result == TerminalStatus(ready=False, busy=True, code="9C", words="busy, please wait")


def test_last_result_when_status_sent_then_held() -> None:
    register = Register()
    assert register.engine.start_last_result(register.now).hex() == "0620050000000303"
    register.hear("800000")
    register.hear(GOOD)
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, LastResult)
    assert result.held
    assert result.data.receipt_no == 8
    assert register.asked == []


@pytest.mark.parametrize("answers", [["848300"], ["800000", "061e0183"], ["800000", DONE]])
def test_last_result_when_no_status_information_then_no_answer(answers: list[str]) -> None:
    register = Register()
    register.engine.start_last_result(register.now)
    for answer in answers:
        register.hear(answer)

    assert isinstance(register.result(), NoAnswer)


def test_last_result_when_receipt_number_ffff_then_none_held() -> None:
    register = Register()
    register.engine.start_last_result(register.now)
    register.hear("800000")
    register.hear(with_length("040f 87ffff"))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, LastResult)
    assert not result.held


def test_message_when_not_offered_then_refused_with_83() -> None:
    register = Register()
    register.sale()

    assert register.hear("06e400") == "848300"
    assert register.hear("040108aa2611190c120000") == "800000"


def test_line_when_apdu_stays_incomplete_then_line_error() -> None:
    register = Register()
    register.sale()
    register.hear("04ff02")
    assert register.engine.deadline() == 105.0

    register.engine.expire(105.0)

    events = register.events()
    assert isinstance(events[0], Finished)
    assert isinstance(events[0].result, Unknown)
    assert any(isinstance(event, Notice) and event.code == "line_error" for event in events)


def test_messages_when_card_data_inside_then_nothing_of_it_comes_out() -> None:
    """C1: number, expiry, tracks, verification value and their EMV twins."""
    register = Register()
    register.sale()
    track_2 = "4111111111111111d30121010000000f"
    answer = register.hear(
        with_length(
            "040f 2700 04000000001200 22f0f84111111111111111 0e3012 23f1f6" + track_2 + " 3a123f"
            " 3cf0f1f6 34313131313131313131313131313131"
            " 06 22 57 10" + track_2 + " 5a 08 4111111111111111 5f24 03 301231"
        )
    )
    assert answer == "800000"
    register.hear(with_length("06d1 00 504144 34313131313131313131313131313131"))
    register.hear(DONE)

    events = register.events()
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-1].result, Approved)
    text = repr(events)
    assert "4111111111111111" not in text
    assert "3012" not in text
    assert "411111******1111" in text


def test_sale_when_completed_after_a_decline_then_declined() -> None:
    register = Register()
    register.sale()
    register.hear(with_length("040f 2705"))
    register.hear(DONE)

    assert isinstance(register.result(), Declined)


@pytest.mark.parametrize("start", ["start_registration", "start_status"])
@pytest.mark.parametrize(
    ("answers", "code"),
    [(["849c00"], "terminal_busy"), (["800000", "061e016b"], "not_registered"), (["800000", "061e00"], "refused")],
)
def test_question_when_refused_then_no_answer_with_word(start: str, answers: list[str], code: str) -> None:
    register = Register()
    getattr(register.engine, start)(register.now)
    for answer in answers:
        register.hear(answer)

    result = register.result()
    assert isinstance(result, NoAnswer)
    assert result.code == code


@pytest.mark.parametrize("start", ["start_registration", "start_status", "start_last_result"])
def test_question_when_line_lost_or_silent_then_no_answer(start: str) -> None:
    register = Register()
    getattr(register.engine, start)(register.now)
    register.engine.line_lost(register.now)
    assert isinstance(register.result(), NoAnswer)

    getattr(register.engine, start)(register.now)
    register.engine.expire(register.now + 5.0)
    assert isinstance(register.result(), NoAnswer)


def test_registration_when_everything_is_offered_then_read_by_the_terminal_as_sent() -> None:
    offers = Offers(
        commands=(0x06D3, 0x06D0),
        register_no="00000042",
        cashier_display=(16, 2),
        customer_display=(20, 4),
        printer_columns=40,
        character_set=CharacterSet.LATIN_1,
    )
    command = Registration("123456", 0x8E, "978", service_byte=2, offers=offers)

    assert decode_command(command.encode()) == command


def test_abort_when_terminal_does_not_answer_it_then_told_and_sale_goes_on() -> None:
    register = Register()
    register.sale()
    register.engine.request_abort(register.now)

    register.engine.expire(register.now + 5.0)

    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["abort_unanswered"]
    assert register.engine.busy


def test_receipt_when_kind_changes_then_a_new_one_begins() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    register.hear(with_length("06d1 00 41 06041f070101"))
    register.hear(with_length("06d1 00 42 06041f070102"))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Approved)
    assert [receipt.kind.value for receipt in result.receipts] == ["merchant", "customer"]


def test_receipt_when_it_never_ends_then_printing_is_refused_and_memory_bounded() -> None:
    register = Register()
    register.sale()
    feeds = with_length("06d1 ff ff")

    answers = {register.hear(feeds) for _ in range(102)}

    assert answers == {"800000", "84cc00"}


def test_receipts_when_they_never_cease_then_printing_is_refused_and_memory_bounded() -> None:
    register = Register()
    register.sale()
    whole = with_length("06d1 81 41")

    answers = [register.hear(whole) for _ in range(RECEIPTS_MAX + 1)]

    assert set(answers[:-1]) == {"800000"}
    assert answers[-1] == "84cc00"


def _stopped_and_ended() -> Register:
    """A sale that ended by itself while our 06 B0 was under way."""
    register = Register()
    register.sale()
    register.engine.request_abort(register.now)
    register.hear("061e016c")
    register.events()
    return register


@pytest.mark.parametrize("late", ["848300", "800000"])
def test_abort_when_answered_only_after_the_sale_then_not_taken_for_the_answer_to_the_next(late: str) -> None:
    """Taken for it, 84 83 would say "nothing happened" about a sale that the terminal carries out."""
    register = _stopped_and_ended()
    assert register.engine.start_operation(REQUEST, register.now) == b""

    assert register.hear(late) == COMMAND
    register.hear("800000")
    register.hear(GOOD)
    register.hear(DONE)

    assert isinstance(register.result(), Approved)


def test_abort_when_never_answered_then_next_command_goes_out_after_t3() -> None:
    register = _stopped_and_ended()
    register.engine.start_operation(REQUEST, register.now)

    assert register.engine.deadline() == 105.0
    assert register.engine.expire(105.0).hex() == COMMAND
    assert register.engine.deadline() == 110.0


def test_command_when_held_back_and_line_breaks_then_unknown_and_nothing_is_sent_later() -> None:
    register = _stopped_and_ended()
    register.engine.start_operation(REQUEST, register.now)
    register.engine.line_lost(register.now)

    assert isinstance(register.result(), Unknown)
    assert register.engine.deadline() is None
    assert register.engine.start_status(register.now).hex() == "050103000000"
