"""Message numbers (1F73) and the synchronisation tag (1F1F): offered, agreed, counted, and what a repetition brings."""

import pytest

from terminal_driver.engine import Finished, Notice, OrphanResult, Progress
from terminal_driver.operations import Done, EndOfDay, LogOff, SaleRequest, SelfTest
from terminal_driver.outcome import Approved, Baseline, NotStarted, TerminalInfo, Unknown
from terminal_driver.zvt.apdu import decode_apdu
from terminal_driver.zvt.engine import ZvtConfig
from terminal_driver.zvt.message_numbers import NUMBER_MAX, MessageNumbers
from tests.support.zvt_register import DONE, Register, with_length

SALE = SaleRequest(1200, "978", Baseline())
AGREED = with_length("060f 1900 2965000028 490978 060c 26040a0206d3 1f7303000000")
NOT_AGREED = with_length("060f 1900 2965000028 490978 0606 26040a0206d3")


def _registered(completion: str = AGREED) -> Register:
    register = Register(config=ZvtConfig(message_numbers=True))
    sent = register.engine.start_registration(register.now).hex()
    assert sent == with_length("0600 000000 8e 0978 060c 26040a0206d3 1f7303000000")
    register.hear("800000")
    assert register.hear(completion) == "800000"
    assert isinstance(register.result(), TerminalInfo)
    return register


def _numbered(data: str, number: int) -> str:
    return with_length(f"{data} 0606 1f7303{number:06d}")


def _begin_sale(register: Register, number: int) -> None:
    sent = register.engine.start_operation(SALE, register.now).hex()
    assert sent == with_length(f"0601 04000000001200 490978 0606 1f7303{number:06d}")
    register.hear(_numbered("8000", number))


def test_numbers_when_terminal_does_not_repeat_the_offer_then_none_are_sent() -> None:
    register = _registered(NOT_AGREED)

    assert register.begin(SALE) == with_length("0601 04000000001200 490978")


def test_numbers_when_not_offered_then_an_echo_changes_nothing() -> None:
    register = Register()
    register.engine.start_registration(register.now)
    register.hear("800000")
    register.hear(AGREED)
    register.events()

    assert register.begin(SALE) == with_length("0601 04000000001200 490978")


def test_numbers_when_agreed_then_every_command_has_the_next_one_and_answers_repeat_those_of_the_terminal() -> None:
    register = _registered()
    _begin_sale(register, 1)

    assert register.hear(_numbered("04ff 0a00", 7)) == _numbered("8000", 7)
    assert register.hear(_numbered("040f 2700 04000000001200 870008", 8)) == _numbered("8000", 8)
    assert register.hear(_numbered("060f", 9)) == _numbered("8000", 9)
    assert isinstance(register.events()[-1], Finished)

    sent = register.engine.start_status(register.now).hex()
    assert sent.endswith("1f7303000002")


def test_numbers_when_a_message_is_repeated_then_same_answer_and_acted_on_once() -> None:
    register = _registered()
    _begin_sale(register, 1)
    status = _numbered("04ff 0a00", 7)
    line = _numbered("06d1 00 41", 8)

    assert register.hear(status) == register.hear(status)
    assert register.hear(line) == register.hear(line)
    register.hear(_numbered("040f 2700 04000000001200 870008", 9))
    register.hear(_numbered("060f", 10))

    events = register.events()
    assert len([event for event in events if isinstance(event, Progress)]) == 1
    end = events[-1]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Approved)
    assert [len(receipt.lines) for receipt in end.result.receipts] == [1]


def test_numbers_when_completion_is_repeated_after_the_end_then_answered_and_nothing_else() -> None:
    register = _registered()
    _begin_sale(register, 1)
    result = _numbered("040f 2700 04000000001200 870008", 8)
    register.hear(result)
    done = _numbered("060f", 9)
    register.hear(done)
    register.events()

    assert register.hear(done) == _numbered("8000", 9)
    assert register.events() == []


def test_numbers_when_a_number_comes_with_another_message_then_it_is_acted_on() -> None:
    register = _registered()
    _begin_sale(register, 1)
    register.hear(_numbered("04ff 0a00", 7))
    register.hear(_numbered("04ff 0b00", 7))

    assert [event.code for event in register.events() if isinstance(event, Progress)] == ["insert_card", "remove_card"]


def test_numbers_when_terminal_always_sends_zero_then_nothing_looks_like_a_repetition() -> None:
    register = _registered()
    _begin_sale(register, 1)
    register.hear(_numbered("04ff 0a00", 0))
    register.hear(_numbered("04ff 0a00", 0))

    assert len([event for event in register.events() if isinstance(event, Progress)]) == 2


def test_numbers_when_the_answer_to_an_older_command_comes_then_passed_over() -> None:
    register = _registered()
    register.engine.start_status(register.now)
    register.engine.line_lost(register.now)
    register.events()
    register.engine.start_operation(SALE, register.now)

    register.hear(_numbered("8483", 1))

    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["stale_answer"]
    assert register.engine.busy
    register.hear(_numbered("8483", 2))
    assert isinstance(register.result(), NotStarted)


def test_numbers_when_an_answer_has_none_then_taken_all_the_same() -> None:
    register = _registered()
    register.engine.start_operation(LogOff(), register.now)
    register.hear("800000")

    assert register.result() == Done()


def test_numbers_when_a_sale_is_stopped_then_answers_are_told_apart() -> None:
    register = _registered()
    _begin_sale(register, 1)

    assert register.engine.request_abort(register.now).hex() == _numbered("06b0", 2)
    register.hear(_numbered("8483", 2))
    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["abort_refused"]


def test_numbers_when_registered_again_then_counted_from_one() -> None:
    register = _registered()
    _begin_sale(register, 1)
    register.engine.line_lost(register.now)
    register.events()
    register.engine.start_registration(register.now)
    register.hear("800000")
    register.hear(AGREED)
    register.events()

    _begin_sale(register, 1)


def test_numbers_when_the_last_is_used_then_one_again() -> None:
    numbers = MessageNumbers(offered=True)
    numbers.registered(decode_apdu(bytes.fromhex(AGREED)))
    numbers._last = NUMBER_MAX - 1

    assert [numbers.take(), numbers.take()] == [NUMBER_MAX, 1]


SYNCHRONISED = ZvtConfig(synchronise=True)
IN_STEP = with_length("040f 2700 04000000001200 870008 0605 1f1f020008")
UNKNOWN_NUMBER = with_length("0601 04000000001200 490978 0603 1f1f00")
NUMBER_8 = with_length("0601 04000000001200 490978 0605 1f1f020008")


def _sale_of(register: Register, *messages: str) -> str:
    sent = register.begin(SALE)
    for message in messages:
        register.hear(message)
    register.events()
    return sent


def test_synchronisation_when_switched_off_then_no_tag() -> None:
    assert "1f1f" not in Register().begin(SALE)


def test_synchronisation_when_number_unknown_then_empty_and_then_what_the_terminal_said() -> None:
    register = Register(config=SYNCHRONISED)

    assert _sale_of(register, IN_STEP, DONE) == UNKNOWN_NUMBER
    assert _sale_of(register) == NUMBER_8


@pytest.mark.parametrize("operation", [SelfTest(), LogOff()])
def test_synchronisation_when_no_transaction_then_no_tag(operation: SelfTest | LogOff) -> None:
    assert "1f1f" not in Register(config=SYNCHRONISED).begin(operation)


def test_synchronisation_when_end_of_day_then_with_tag() -> None:
    assert Register(config=SYNCHRONISED).begin(EndOfDay()) == with_length("0650 000000 0603 1f1f00")


def test_synchronisation_when_a_sale_is_declined_or_refused_by_us_then_number_stays() -> None:
    register = Register(config=SYNCHRONISED, accept=True)
    _sale_of(register, IN_STEP, DONE)
    _sale_of(register, with_length("040f 2705"), "061e0105")
    other_amount = with_length("040f 2700 04000000009900 870009 0605 1f1f020009")
    _sale_of(register, other_amount, "061e0164")

    assert _sale_of(register) == NUMBER_8


def test_synchronisation_when_outcome_is_unknown_then_terminal_must_not_reverse_by_itself() -> None:
    """What became of it is asked for; were the old number sent, the terminal would undo a sale found good later."""
    register = Register(config=SYNCHRONISED)
    _sale_of(register, IN_STEP, DONE)
    register.begin(SALE)
    register.engine.line_lost(register.now)
    assert isinstance(register.result(), Unknown)

    assert _sale_of(register) == UNKNOWN_NUMBER


def test_synchronisation_when_an_orphan_is_acknowledged_then_its_number_counts() -> None:
    register = Register(config=SYNCHRONISED)

    assert register.hear(IN_STEP) == "800000"
    assert any(isinstance(event, OrphanResult) for event in register.events())
    assert _sale_of(register) == NUMBER_8


def test_numbers_and_synchronisation_when_both_then_one_container() -> None:
    register = Register(config=ZvtConfig(message_numbers=True, synchronise=True))
    register.engine.start_registration(register.now)
    register.hear("800000")
    register.hear(AGREED)
    register.events()

    sent = register.engine.start_operation(SALE, register.now).hex()
    assert sent == with_length("0601 04000000001200 490978 0609 1f1f00 1f7303000001")
