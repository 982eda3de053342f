"""Refund, reversal, reservations and tips over TCP: the same strict rule of proof as for a sale."""

import pytest

from terminal_driver.engine import Finished, OrphanResult
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import Aborted, Approved, Baseline, Declined, NotStarted, Unknown
from terminal_driver.zvt.rules import DeliveryAnswer, PartlyDelivered
from tests.support.zvt_register import DONE, Register, with_length

BEFORE = Baseline(receipt_no=7, trace_no=7, turnover_no=7)
ORIGINAL = TransactionReference(receipt_no=5, trace_no=5)
REVERSAL = Reversal(ORIGINAL, 1200, "978", BEFORE)
NEWER = " 490978 870008 0b000008 88000008"
GOOD = with_length("040f 2700 04000000001200" + NEWER)
UNDONE = with_length("040f 2700 04000000001200 37000005" + NEWER)

COMMANDS: list[tuple[MoneyOperation, str]] = [
    (Refund(1200, "978", BEFORE), "0631 000000 04000000001200 490978"),
    (REVERSAL, "0630 000000 870005 04000000001200 490978"),
    (PreAuthorisation(1200, "978", BEFORE), "0622 04000000001200 490978"),
    (BookReservation(ORIGINAL, 1200, "978", BEFORE), "0624 870005 04000000001200 490978"),
    (ReleaseReservation(ORIGINAL, 1200, "978", BEFORE), "0623 870005 04000000001200 490978"),
    (CancelReservation(ORIGINAL, 1200, "978", BEFORE), "0625 870005 04000000001200 490978"),
    (BookTip(ORIGINAL, 1200, "978", BEFORE), "060c 04000000001200 870005 490978"),
    (
        SaleRequest(1200, "978", BEFORE, tip_minor=150, partial_allowed=True),
        "0601 04000000001200 490978 060d 1f3606000000000150 1f700101",
    ),
]
OPERATIONS = [operation for operation, _ in COMMANDS]
named = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)


@pytest.mark.parametrize(("operation", "command"), COMMANDS, ids=lambda value: "" if isinstance(value, str) else None)
def test_operation_when_started_then_sent_as_documented(operation: MoneyOperation, command: str) -> None:
    assert Register().begin(operation) == with_length(command)


@named
def test_operation_when_result_and_completion_then_approved(operation: MoneyOperation) -> None:
    register = Register()
    register.begin(operation)

    assert register.hear(GOOD) == "800000"
    assert register.hear(DONE) == "800000"

    result = register.result()
    assert isinstance(result, Approved)
    assert (result.data.amount_minor, result.data.receipt_no) == (1200, 8)
    assert len(register.asked) == 1


@named
@pytest.mark.parametrize("messages", [[], [with_length("040f 04000000001200 870008")]], ids=["none", "without code"])
def test_operation_when_completion_without_result_then_unknown(operation: MoneyOperation, messages: list[str]) -> None:
    register = Register()
    register.begin(operation)
    for message in [*messages, DONE]:
        register.hear(message)

    assert isinstance(register.result(), Unknown)


@named
def test_operation_when_register_cannot_store_then_refused_and_declined(operation: MoneyOperation) -> None:
    register = Register(accept=False)
    register.begin(operation)

    assert register.hear(GOOD) == "84a000"
    register.hear("061e0164")

    assert isinstance(register.result(), Declined)


@named
def test_operation_when_terminal_refuses_line_breaks_or_time_runs_out_then_honest_end(
    operation: MoneyOperation,
) -> None:
    register = Register()
    register.engine.start_operation(operation, register.now)
    register.hear("848300")
    assert isinstance(register.result(), NotStarted)

    register.begin(operation)
    register.hear("061e016c")
    assert isinstance(register.result(), Aborted)

    register.begin(operation)
    register.hear(GOOD)
    register.engine.line_lost(register.now)
    result = register.result()
    assert isinstance(result, Unknown)
    assert result.data.receipt_no == 8

    register.engine.start_operation(operation, register.now)
    register.engine.expire(register.now + 5.0)
    assert isinstance(register.result(), Unknown)


@named
def test_operation_when_result_has_the_numbers_of_the_last_transaction_then_orphan(operation: MoneyOperation) -> None:
    register = Register()
    register.begin(operation)

    assert register.hear(with_length("040f 2700 04000000001200 870007 0b000007 88000007")) == "800000"
    register.hear(DONE)

    events = register.events()
    assert any(isinstance(event, OrphanResult) for event in events)
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-1].result, Unknown)


@pytest.mark.parametrize(
    "message",
    [
        with_length("040f 2700 04000000001300 37000005" + NEWER),
        with_length("040f 2700 04000000001200 37000004" + NEWER),
        with_length("040f 2700 04000000001200 37000005 490840 870008"),
    ],
    ids=["other amount", "other trace number", "other currency"],
)
@pytest.mark.parametrize("end", [DONE, "061e0164", "061e019b", "061e00"])
@pytest.mark.parametrize("operation", [REVERSAL, CancelReservation(ORIGINAL, 1200, "978", BEFORE)])
def test_reversal_when_terminal_reversed_another_transaction_then_refused_and_unknown_at_any_end(
    operation: MoneyOperation, message: str, end: str
) -> None:
    """One maker's terminal reverses its last sale whatever number is sent."""
    register = Register()
    register.begin(operation)

    assert register.hear(message) == "849a00"
    register.hear(end)

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code in {"another_reversed", "other_currency"}
    assert register.asked == []


def test_reversal_when_terminal_does_not_say_what_it_reversed_then_unknown() -> None:
    register = Register()
    register.begin(REVERSAL)

    assert register.hear(with_length("040f 2700" + NEWER)) == "800000"
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code == "reversal_unverified"


def test_reversal_when_only_the_trace_number_is_named_then_approved() -> None:
    register = Register()
    register.begin(REVERSAL)
    register.hear(with_length("040f 2700 37000005" + NEWER))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Approved)
    assert (result.data.amount_minor, result.data.original_trace_no) == (1200, 5)


def test_reversal_when_it_keeps_the_number_of_the_last_sale_but_names_it_then_approved() -> None:
    register = Register()
    register.begin(Reversal(TransactionReference(receipt_no=7, trace_no=7), 1200, "978", BEFORE))

    register.hear(with_length("040f 2700 04000000001200 37000007 870007 0b000007 88000007"))
    register.hear(DONE)

    assert isinstance(register.result(), Approved)


def test_reversal_when_already_reversed_then_declined() -> None:
    register = Register()
    register.begin(REVERSAL)
    register.hear(with_length("040f 27b4"))
    register.hear("061e01b4")

    result = register.result()
    assert isinstance(result, Declined)
    assert (result.code, result.reason) == ("B4", "already reversed")


@pytest.mark.parametrize(
    "operation", [op for op in OPERATIONS if not isinstance(op, Reversal | CancelReservation | BookReservation)]
)
def test_operation_when_terminal_reports_a_reversal_instead_then_never_approved(operation: MoneyOperation) -> None:
    register = Register()
    register.begin(operation)
    register.hear(UNDONE)
    register.hear("061e0164")

    if not isinstance(operation, ReleaseReservation | BookTip):  # those do change an earlier transaction
        assert isinstance(register.result(), Declined)


@pytest.mark.parametrize(
    "operation", [BookTip(ORIGINAL, 150, "978", BEFORE), ReleaseReservation(ORIGINAL, 150, "978", BEFORE)]
)
def test_follow_up_when_terminal_names_another_amount_then_acknowledged_but_unknown(operation: MoneyOperation) -> None:
    """Terminals differ in which amount they name; refusing it would undo what may be right."""
    register = Register()
    register.begin(operation)

    assert register.hear(GOOD) == "800000"
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Unknown)
    assert result.code == "other_amount"


def test_tip_when_total_and_tip_are_named_then_approved_with_both() -> None:
    register = Register()
    register.begin(BookTip(ORIGINAL, 150, "978", BEFORE))
    register.hear(with_length("040f 2700 04000000001350" + NEWER + " 0609 1f3606000000000150"))
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Approved)
    assert (result.data.amount_minor, result.data.tip_minor) == (1350, 150)


@pytest.mark.parametrize(
    ("allowed", "amount", "answer"),
    [(True, "800", "80"), (False, "800", "84"), (True, "1300", "84"), (True, "0", "84")],
)
def test_sale_when_another_amount_is_approved_then_only_a_smaller_one_and_only_if_allowed(
    *, allowed: bool, amount: str, answer: str
) -> None:
    register = Register()
    register.begin(SaleRequest(1200, "978", BEFORE, partial_allowed=allowed))

    assert register.hear(with_length(f"040f 2700 04{amount:0>12}" + NEWER))[:2] == answer
    register.hear(DONE)

    result = register.result()
    if answer == "80":
        assert isinstance(result, Approved)
        assert result.data.amount_minor == 800
    else:
        assert isinstance(result, Unknown)


def test_delivery_when_goods_are_not_given_yet_then_asked_again_until_they_are() -> None:
    register = Register(accept=DeliveryAnswer.ASK_AGAIN)
    register.begin(SaleRequest(1200, "978", BEFORE))

    assert register.hear(GOOD) == "849c00"
    assert register.hear(GOOD) == "849c00"
    register.goods_given()
    assert register.hear(GOOD) == "800000"
    register.hear(DONE)

    assert isinstance(register.result(), Approved)
    assert len(register.asked) == 3


@pytest.mark.parametrize(("end", "kind"), [("061e0164", Declined), (DONE, Unknown), ("061e019b", Unknown)])
def test_delivery_when_never_confirmed_then_taken_back_only_if_terminal_says_so(end: str, kind: type) -> None:
    register = Register(accept=DeliveryAnswer.ASK_AGAIN)
    register.begin(SaleRequest(1200, "978", BEFORE))
    register.hear(GOOD)
    register.hear(end)

    assert isinstance(register.result(), kind)


def test_delivery_when_only_in_part_then_amount_told_and_approved_with_it() -> None:
    register = Register(accept=PartlyDelivered(800))
    register.begin(SaleRequest(1200, "978", BEFORE))

    assert register.hear(GOOD) == "849d0704000000000800"
    assert register.hear(with_length("040f 2700 04000000000800" + NEWER)) == "800000"
    register.hear(DONE)

    result = register.result()
    assert isinstance(result, Approved)
    assert result.data.amount_minor == 800


@pytest.mark.parametrize("amount_minor", [0, -1, 1200, 1300])
def test_delivery_when_part_is_no_part_then_not_accepted(amount_minor: int) -> None:
    register = Register(accept=PartlyDelivered(amount_minor))
    register.begin(SaleRequest(1200, "978", BEFORE))

    assert register.hear(GOOD) == "84a000"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (Refund(0, "978", BEFORE), "bad_amount"),
        (Refund(10**12, "978", BEFORE), "bad_amount"),
        (Refund(1, "97", BEFORE), "bad_currency"),
        (Reversal(TransactionReference(), 1, "978", BEFORE), "reference_missing"),
        (Reversal(TransactionReference(receipt_no=10_000), 1, "978", BEFORE), "reference_missing"),
        (CancelReservation(TransactionReference(receipt_no=0), 1, "978", BEFORE), "reference_missing"),
        (SaleRequest(100, "978", BEFORE, tip_minor=100), "bad_tip"),
        (SaleRequest(100, "978", BEFORE, tip_minor=-1), "bad_tip"),
    ],
)
def test_operation_when_it_cannot_be_sent_then_our_fault_and_nothing_begins(
    operation: MoneyOperation, code: str
) -> None:
    register = Register()
    with pytest.raises(LocalProtocolError) as refusal:
        register.engine.start_operation(operation, register.now)

    assert refusal.value.code == code
    assert not register.engine.busy


def test_reservation_when_used_up_then_released_with_nothing_left() -> None:
    sent = Register().begin(ReleaseReservation(ORIGINAL, 0, "978", BEFORE))

    assert sent == with_length("0623 870005 04000000000000 490978")
