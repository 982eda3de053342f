"""The register side of a sale over TCP, message by message, with the bytes as they stand on the wire."""

import pytest

from terminal_driver.engine import Finished, Notice, OrphanResult, Progress
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    NotStarted,
    ReceiptKind,
    Unknown,
)
from terminal_driver.zvt.engine import ZvtConfig
from terminal_driver.zvt.status_codes import Language
from tests.support.zvt_register import DONE, GOOD, REQUEST, Register, with_length


def test_sale_when_result_and_completion_then_approved_with_data() -> None:
    register = Register()
    register.sale()

    assert register.hear("04ff010a") == "800000"
    assert register.hear(GOOD) == "800000"
    assert register.hear(with_length("06d1 00 48414c4c4f")) == "800000"
    assert register.hear(DONE) == "800000"

    events = register.events()
    assert events[0] == Progress("insert_card", "insert or present the card")
    end = events[-1]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Approved)
    assert end.result.data.amount_minor == 1200
    assert (end.result.data.receipt_no, end.result.data.trace_no, end.result.data.turnover_no) == (8, 8, 8)
    assert end.result.receipts[0].kind is ReceiptKind.CUSTOMER
    assert end.result.receipts[0].lines[0].text == "HALLO"
    assert not register.engine.busy
    assert register.engine.deadline() is None


def test_sale_when_completion_without_result_then_unknown() -> None:
    register = Register()
    register.sale()
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code == "completed_without_result"


def test_sale_when_result_without_code_then_never_approved() -> None:
    register = Register()
    register.sale()
    register.hear(with_length("040f 04000000001200"))
    register.hear(DONE)

    assert isinstance(register.result(), Unknown)


@pytest.mark.parametrize(
    "message",
    [
        with_length("040f 2700 04000000001201 490978 870008"),
        with_length("040f 2700 04000000001100 490978 870008"),
        with_length("040f 2700 04000000001200 490840 870008"),
    ],
    ids=["larger amount", "smaller amount", "other currency"],
)
def test_sale_when_approval_is_not_what_was_asked_then_refused(message: str) -> None:
    register = Register()
    register.sale()

    assert register.hear(message) == "849a00"
    assert register.hear("061e016c") == "800000"

    result = register.result()
    assert isinstance(result, Declined)
    assert "taken back" in result.reason
    assert register.asked == []


def test_sale_when_register_cannot_store_then_refused_and_declined() -> None:
    register = Register(accept=False)
    register.sale()

    assert register.hear(GOOD) == "84a000"
    register.hear("061e0164")

    assert isinstance(register.result(), Declined)
    assert len(register.asked) == 1


@pytest.mark.parametrize("end", ["061e019a", "061e019b", "061e01a1", "061e01a3", "061e00", DONE])
def test_sale_when_refused_approval_and_reversal_unproven_then_unknown(end: str) -> None:
    register = Register(accept=False)
    register.sale()
    register.hear(GOOD)
    register.hear(end)

    assert isinstance(register.result(), Unknown)


@pytest.mark.parametrize("code", ["9a", "9b", "a1", "a3", "6c", "05", "00"])
def test_sale_when_abort_follows_acknowledged_approval_then_unknown_with_data(code: str) -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    register.hear(f"061e01{code}")

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.data.receipt_no == 8


def test_sale_when_declined_by_host_then_declined_with_text_of_terminal() -> None:
    register = Register()
    register.sale()
    register.hear(with_length("040f 2705 3cf0f0f9 4142474c45484e54 21"))
    register.hear("061e0105")

    result = register.result()
    assert isinstance(result, Declined)
    assert (result.code, result.reason) == ("05", "ABGLEHNT!")


def test_sale_when_cancelled_or_timed_out_then_aborted() -> None:
    register = Register(config=ZvtConfig(language=Language.GERMAN))
    register.sale()
    register.hear(with_length("040f 276c"))
    register.hear("061e016c")

    result = register.result()
    assert isinstance(result, Aborted)
    assert (result.code, result.reason) == ("6C", "Zeit abgelaufen oder abgebrochen")


def test_sale_when_wrong_pin_then_approved_then_last_result_counts() -> None:
    register = Register()
    register.sale()
    register.hear(with_length("040f 2755"))
    register.hear(GOOD)
    register.hear(DONE)

    assert isinstance(register.result(), Approved)


def test_sale_when_approved_then_declined_then_last_result_counts() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    register.hear(with_length("040f 2755"))
    register.hear("061e0155")

    assert isinstance(register.result(), Declined)


def test_sale_when_result_is_repeated_then_asked_once() -> None:
    register = Register()
    register.sale()

    assert register.hear(GOOD) == register.hear(GOOD) == "800000"

    assert len(register.asked) == 1


def test_sale_when_result_carries_numbers_of_the_last_sale_then_orphan() -> None:
    """A result that was under way when the line broke must not pay for the next sale."""
    register = Register()
    register.sale()
    old = with_length("040f 2700 04000000001200 870007 0b000007 88000007")

    assert register.hear(old) == "800000"
    register.hear(DONE)

    events = register.events()
    assert any(isinstance(event, OrphanResult) and event.data.receipt_no == 7 for event in events)
    end = events[-1]
    assert isinstance(end, Finished)
    assert isinstance(end.result, Unknown)


def test_sale_when_result_comes_before_the_command_is_accepted_then_orphan() -> None:
    register = Register()
    register.engine.start_operation(REQUEST, register.now)

    assert register.hear(GOOD) == "800000"

    (event,) = register.events()
    assert isinstance(event, OrphanResult)
    assert register.engine.busy


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("849c00", "terminal_busy"),
        ("846b00", "not_registered"),
        ("84f000", "end_of_day_needed"),
        ("841e017d", "refused"),
    ],
)
def test_sale_when_command_is_refused_then_not_started(answer: str, code: str) -> None:
    register = Register()
    register.engine.start_operation(REQUEST, register.now)
    register.hear(answer)

    result = register.result()
    assert isinstance(result, NotStarted)
    assert result.code == code


def test_sale_when_84_00_then_started() -> None:
    register = Register()
    register.engine.start_operation(REQUEST, register.now)
    register.hear("840000")

    assert register.engine.busy
    assert register.events() == []


def test_sale_when_no_answer_within_t3_then_unknown_and_never_sent_again() -> None:
    register = Register()
    register.engine.start_operation(REQUEST, register.now)
    assert register.engine.deadline() == 105.0

    assert register.engine.expire(105.0) == b""

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code == "no_answer"


def test_sale_when_status_sets_minutes_then_t4_follows() -> None:
    register = Register()
    register.sale()
    assert register.engine.deadline() == 280.0
    register.now = 200.0
    register.hear("04ff020e05")
    assert register.engine.deadline() == 500.0
    register.now = 300.0
    register.hear("04ff010e")
    assert register.engine.deadline() == 600.0
    register.now = 310.0
    register.hear(GOOD)
    assert register.engine.deadline() == 610.0

    register.engine.expire(610.0)

    result = register.result()
    assert isinstance(result, Unknown)
    assert (result.code, result.data.code) == ("no_completion", "00")


def test_sale_when_line_lost_then_unknown_and_late_messages_are_answered() -> None:
    register = Register()
    register.sale()
    register.engine.line_lost(register.now)
    result = register.result()
    assert isinstance(result, Unknown)

    assert register.hear(GOOD) == "800000"
    assert register.hear(with_length("06d1 00 4142")) == "800000"
    assert register.hear(DONE) == "800000"

    orphan, *notices = register.events()
    assert isinstance(orphan, OrphanResult)
    assert orphan.data.receipt_no == 8
    assert {event.code for event in notices if isinstance(event, Notice)} == {"stray_print", "late_end"}


def test_result_when_no_call_and_unreadable_then_still_no_error_to_the_terminal() -> None:
    register = Register()

    assert register.hear(with_length("040f 2700 6c")) == "800000"

    assert any(isinstance(event, OrphanResult) for event in register.events())


def test_sale_when_result_unreadable_then_refused_and_not_approved() -> None:
    register = Register()
    register.sale()

    assert register.hear(with_length("040f 2700 04000000001200 6c")) == "848300"
    register.hear(DONE)

    assert isinstance(register.result(), Unknown)


def test_sale_when_print_block_then_receipts_by_kind() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    merchant = "06d3" + "14" + "0612" + "1f070101" + "250c" + "070141" + "090140" + "07024243" + "0700"
    assert register.hear(merchant) == "800000"
    assert register.hear(DONE) == "800000"

    result = register.result()
    assert isinstance(result, Approved)
    (receipt,) = result.receipts
    assert receipt.kind is ReceiptKind.MERCHANT
    assert [(line.text, line.centred) for line in receipt.lines] == [("A", False), ("BC", True), ("", True)]


def test_sale_when_lines_without_kind_then_merchant_copy_before_customer_copy() -> None:
    register = Register()
    register.sale()
    register.hear(GOOD)
    for line in ("06d1020041", "06d10181", "06d1020042", "06d1028143", DONE):
        register.hear(line)

    result = register.result()
    assert isinstance(result, Approved)
    assert [(r.kind, [line.text for line in r.lines]) for r in result.receipts] == [
        (ReceiptKind.MERCHANT, ["A"]),
        (ReceiptKind.CUSTOMER, ["B", "C"]),
    ]
