"""Operations that move no money, over TCP, message by message."""

from datetime import UTC, datetime

import pytest

from terminal_driver.engine import Finished, Notice, OrphanResult
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import (
    AskKey,
    AskNumber,
    Balance,
    CardBalance,
    CardSeen,
    ChangeSpeed,
    DayTotals,
    Diagnosis,
    DiagnosisKind,
    DisplayText,
    Done,
    EndOfDay,
    Initialise,
    KeyPressed,
    LogOff,
    NumberTyped,
    OpenReservations,
    Operation,
    QuietOperation,
    ReadCard,
    RepeatReceipt,
    Reprint,
    ReservationList,
    SchemeTotal,
    SelectLanguage,
    SelfTest,
    SetClock,
    TerminalKey,
    Totals,
)
from terminal_driver.outcome import LastResult, NoAnswer, ReceiptKind
from tests.support.zvt_register import DONE, GOOD, Register, with_length

TOTALS_FIELD = "60f0f5f3 0199 0203 05000000006000" + " 00000000000000" * 6
COMMANDS: list[tuple[Operation, str]] = [
    (OpenReservations(), "0623 87ffff"),
    (Balance(), "0603"),
    (EndOfDay(), "0650 000000"),
    (Totals(), "0610 000000"),
    (RepeatReceipt(), "0620 000000 0301"),
    (Reprint(3, 9), "0612 000000 0003 0009"),
    (Diagnosis(), "0670"),
    (Diagnosis(DiagnosisKind.EP2), "0670 0603 1b0105"),
    (Initialise(), "0693 000000"),
    (SelfTest(), "0679"),
    (SetClock(datetime(2024, 5, 13, 12, 29, 1, tzinfo=UTC)), "0691 000000 aa240513 0c122901"),
    (LogOff(), "0602"),
    (ReadCard(30), "06c0 1e"),
    (DisplayText(("Hallo",), 5, 1), "06e0 f005 f1f0f548616c6c6f f901"),
    (AskKey(("Ja?",), 20), "06e1 f014 f1f0f34a613f"),
    (AskNumber(("Nr",), 1, 6, 20), "06e2 f014 f1f0f24e72 e001 e906"),
    (ChangeSpeed(115200), "0840 07"),
    (SelectLanguage("DE"), "0830 0604 15026465"),
]


@pytest.mark.parametrize(("operation", "command"), COMMANDS, ids=lambda value: "" if isinstance(value, str) else None)
def test_operation_when_started_then_sent_as_documented(operation: Operation, command: str) -> None:
    register = Register()

    assert register.engine.start_operation(operation, register.now).hex() == with_length(command)
    assert type(operation) in register.engine.operations


@pytest.mark.parametrize("operation", [operation for operation, _ in COMMANDS])
def test_operation_when_refused_silent_or_line_lost_then_no_answer(operation: QuietOperation) -> None:
    register = Register()
    register.engine.start_operation(operation, register.now)
    register.hear("849c00")
    assert register.result() == NoAnswer("terminal_busy", "please wait")

    register.engine.start_operation(operation, register.now)
    register.engine.line_lost(register.now)
    assert isinstance(register.result(), NoAnswer)

    register.engine.start_operation(operation, register.now)
    due = register.engine.deadline()
    assert due is not None
    register.engine.expire(due)
    assert isinstance(register.result(), NoAnswer)


def test_end_of_day_when_totals_and_receipt_then_both_come_back() -> None:
    register = Register()
    register.begin(EndOfDay())
    register.hear(with_length("040f 2700 04000000006000 490978 " + TOTALS_FIELD))
    register.hear(with_length("06d1 00 414243 06041f070103"))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, DayTotals)
    assert (result.sum_minor, result.first_receipt_no, result.last_receipt_no) == (6000, 199, 203)
    assert result.schemes == (SchemeTotal("girocard", 5, 6000),)
    assert [receipt.kind for receipt in result.receipts] == [ReceiptKind.ADMINISTRATION]
    assert result.follow_up == ""


@pytest.mark.parametrize(("end", "word"), [("060f0227e0", "software_update"), ("060f0227fc", "restart")])
def test_end_of_day_when_terminal_announces_own_work_then_follow_up(end: str, word: str) -> None:
    register = Register()
    register.begin(EndOfDay())
    register.hear(with_length("040f 2700 04000000000000 " + TOTALS_FIELD))
    register.hear(end)

    result = register.result()
    assert isinstance(result, DayTotals)
    assert result.follow_up == word


def test_end_of_day_when_completed_without_totals_then_nothing_is_invented() -> None:
    register = Register()
    register.begin(EndOfDay())
    register.hear(DONE)

    assert register.result() == DayTotals()


def test_end_of_day_when_it_fails_then_why() -> None:
    register = Register()
    register.begin(EndOfDay())
    register.hear(with_length("040f 2777 0c171548 0d0416"))
    register.hear("061e0177")

    assert register.result() == NoAnswer("refused", "end of day not possible")


def test_totals_when_result_says_no_but_completion_comes_then_no_answer() -> None:
    register = Register()
    register.begin(Totals())
    register.hear(with_length("040f 27f0"))
    register.hear(DONE)

    assert register.result() == NoAnswer("end_of_day_needed", "end of day must be done first")


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("061e b8 87ffff", ()),
        ("061e b8 870123", (123,)),
        ("061e b8 870123 060a 2308 08020123 08024567", (123, 4567)),
    ],
)
def test_open_reservations_when_told_then_list(answer: str, numbers: tuple[int, ...]) -> None:
    register = Register()
    register.begin(OpenReservations())

    assert register.hear(with_length(answer)) == "800000"
    assert register.result() == ReservationList(numbers)


@pytest.mark.parametrize("answer", ["061e016b", "061e01b8", "060f00"])
def test_open_reservations_when_not_told_then_no_answer(answer: str) -> None:
    register = Register()
    register.begin(OpenReservations())
    register.hear(answer)

    assert isinstance(register.result(), NoAnswer)


@pytest.mark.parametrize(
    ("fields", "amount"), [("04000000000500", 500), ("04000000000500 0609 1f6a06d00000001250", -1250)]
)
def test_balance_when_told_then_amount_and_sign(fields: str, amount: int) -> None:
    register = Register()
    register.begin(Balance())
    register.hear(with_length("040f 2700 490978 8bf0f547656c6400 " + fields))
    register.hear(DONE)

    assert register.result() == CardBalance(amount, "978", "Geld")


@pytest.mark.parametrize(
    "messages",
    [[], [with_length("040f 2700")], [with_length("040f 04000000000500")], [with_length("040f 2772")]],
    ids=["nothing", "no amount", "no code", "refused"],
)
def test_balance_when_not_told_then_no_answer(messages: list[str]) -> None:
    register = Register()
    register.begin(Balance())
    for message in [*messages, DONE]:
        register.hear(message)

    assert isinstance(register.result(), NoAnswer)


def test_repeat_receipt_when_printed_then_result_with_receipt() -> None:
    register = Register()
    register.begin(RepeatReceipt())
    register.hear(GOOD)
    register.hear(with_length("06d1 00 41"))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, LastResult)
    assert len(result.receipts) == 1
    assert register.asked == []


@pytest.mark.parametrize("operation", [Diagnosis(), Initialise(), SelfTest(), Reprint(3), SelectLanguage("de")])
def test_service_when_completed_then_done_with_words_and_receipts(operation: QuietOperation) -> None:
    register = Register()
    register.begin(operation)
    register.hear("04ff01c9")
    register.hear(with_length("06d1 00 41"))
    register.hear(with_length("060f 3cf0f0f24f4b"))

    result = register.result()
    assert isinstance(result, Done)
    assert result.words == "OK"
    assert len(result.receipts) == 1


def test_service_when_a_late_payment_result_comes_then_kept_as_orphan() -> None:
    register = Register()
    register.begin(Diagnosis())

    assert register.hear(GOOD) == "800000"
    register.hear(DONE)

    events = register.events()
    assert any(isinstance(event, OrphanResult) for event in events)
    assert isinstance(events[-1], Finished)
    assert events[-1].result == Done()


@pytest.mark.parametrize("operation", [LogOff(), DisplayText(("x",)), ChangeSpeed(9600)])
def test_operation_when_answered_at_once_then_over_and_next_may_begin(operation: QuietOperation) -> None:
    register = Register()
    register.begin(operation)

    assert register.result() == Done()
    assert register.engine.deadline() is None
    register.sale()


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("8000010d", KeyPressed(TerminalKey.CONFIRM, 0x0D)),
        ("80000118", KeyPressed(TerminalKey.CLEAR, 0x18)),
        ("8000011b", KeyPressed(TerminalKey.STOP, 0x1B)),
        ("8000016c", KeyPressed(TerminalKey.TIMEOUT, 0x6C)),
        ("846c00", KeyPressed(TerminalKey.TIMEOUT, 0x6C)),
        ("80000135", KeyPressed(TerminalKey.OTHER, 0x35)),
        ("800000", NoAnswer("no_key", "the terminal named no key")),
    ],
)
def test_key_when_pressed_then_named(answer: str, result: object) -> None:
    register = Register()
    register.engine.start_operation(AskKey(("Ja?",), 20), register.now)
    register.hear(answer)

    assert register.result() == result


@pytest.mark.parametrize(
    ("answer", "digits"), [("800003313233", "123"), ("8000020123", "0123"), ("800002f123", "123"), ("800000", "")]
)
def test_number_when_typed_then_digits_and_never_shown(answer: str, digits: str) -> None:
    register = Register()
    register.engine.start_operation(AskNumber(("Nr",), 1, 6, 20), register.now)
    register.hear(answer)

    result = register.result()
    assert result == NumberTyped(digits)
    assert not digits or digits not in repr(result)


@pytest.mark.parametrize("answer", ["8000016c", "800002abcd"])
def test_number_when_none_then_no_answer(answer: str) -> None:
    register = Register()
    register.engine.start_operation(AskNumber(("Nr",)), register.now)
    register.hear(answer)

    assert isinstance(register.result(), NoAnswer)


def test_question_when_it_has_a_time_limit_then_t3_is_longer_and_it_can_be_stopped() -> None:
    register = Register()
    register.engine.start_operation(AskKey(("Ja?",), 20), register.now)
    assert register.engine.deadline() == 125.0

    assert register.engine.request_abort(register.now).hex() == "06b000"
    register.hear("800000")
    assert register.engine.busy
    register.hear("8000011b")

    assert [event for event in register.events() if isinstance(event, Finished)] == [
        Finished(KeyPressed(TerminalKey.STOP, 0x1B))
    ]


def test_question_when_stopped_and_never_answered_then_ends_soon() -> None:
    register = Register()
    register.engine.start_operation(AskKey(("Ja?",), 200), register.now)
    register.engine.request_abort(register.now)
    register.hear("800000")

    assert register.engine.deadline() == 105.0
    register.engine.expire(105.0)
    assert isinstance(register.result(), NoAnswer)


def test_card_when_read_then_seen_at_04_0f_without_completion() -> None:
    register = Register()
    register.begin(ReadCard(30))
    assert register.hear("04ff010a") == "800000"

    answer = register.hear(
        with_length("040f 2700 22f0f84111111111111111 0e3012 8a06 8bf0f55669736100 060a 4c0404a1b2c3 1f1401d0")
    )

    assert answer == "800000"
    result = register.result()
    assert result == CardSeen("411111******1111", "Visa", 6, "D0", "04A1B2C3")
    assert "04A1" not in repr(result)
    assert register.engine.deadline() is None
    register.sale()


@pytest.mark.parametrize("answer", [with_length("040f 276c"), "061e016c", "060f00"])
def test_card_when_none_comes_then_no_answer(answer: str) -> None:
    register = Register()
    register.begin(ReadCard(30))

    assert register.hear(answer) == "800000"
    assert isinstance(register.result(), NoAnswer)


def test_card_when_06_0f_follows_all_the_same_then_only_noticed() -> None:
    register = Register()
    register.begin(ReadCard(30))
    register.hear(with_length("040f 2700"))
    register.events()

    assert register.hear(DONE) == "800000"
    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["late_end"]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (ReadCard(0), "bad_timeout"),
        (ReadCard(256), "bad_timeout"),
        (DisplayText(()), "bad_text"),
        (DisplayText(("",)), "bad_text"),
        (DisplayText(("x",), 256), "number_too_long"),
        (AskNumber(("x",), 5, 4), "bad_digits"),
        (SelectLanguage("deu"), "bad_language"),
        (ChangeSpeed(300), "bad_speed"),
        (Reprint(10_000), "number_too_long"),
    ],
)
def test_operation_when_it_cannot_be_sent_then_our_fault_and_nothing_begins(
    operation: QuietOperation, code: str
) -> None:
    register = Register()
    with pytest.raises(LocalProtocolError) as refusal:
        register.engine.start_operation(operation, register.now)

    assert refusal.value.code == code
    assert not register.engine.busy
