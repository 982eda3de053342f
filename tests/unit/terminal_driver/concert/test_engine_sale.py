"""The register side of a Concert payment, byte by byte: what is approved, what is not, and what nobody can know."""

import pytest

from terminal_driver.concert.configuration import ConcertConfig
from terminal_driver.concert.frame import decode_frame, encode_frame
from terminal_driver.concert.messages import Action, AnswerWanted, Authorisation, Delay, Request, decode_request
from terminal_driver.concert.reference import is_short_reference, short_reference
from terminal_driver.engine import Notice, OrphanResult, Progress
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import (
    BookTip,
    Done,
    EndOfDay,
    Operation,
    Refund,
    RepeatReceipt,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import Approved, Baseline, Declined, NoAnswer, NotStarted, Unknown
from tests.support.concert_register import ACK, ENQ, EOT, NAK, SALE, Register, answer_to


def test_sale_when_paid_and_repeated_exactly_then_approved() -> None:
    register = Register()
    request = register.request()

    assert register.answer(answer_to(request)) == ACK

    assert (request.amount_minor, request.currency, request.action) == (1250, "978", Action.DEBIT)
    assert (request.delay, request.authorisation) == (Delay.AT_THE_END, Authorisation.TERMINAL_DECIDES)
    assert request.private == short_reference("attempt-1")
    progress, end = register.events()
    assert isinstance(progress, Progress)
    approved = end.result  # type: ignore[union-attr]  # checked next
    assert isinstance(approved, Approved)
    assert (approved.data.amount_minor, approved.data.currency_numeric, approved.data.code) == (1250, "978", "0")
    assert approved.data.card_number_masked == "555555******4444"
    assert approved.data.reference == "attempt-1"
    assert not register.engine.busy
    assert register.engine.deadline() is None


@pytest.mark.parametrize(
    "other",
    [
        {"register_no": "02"},
        {"amount_minor": 1251},
        {"currency": "952"},
        {"means": "2"},
        {"private": "          "},
        {"private": "0000000000"},
    ],
)
@pytest.mark.parametrize("result", ["0", "7"])
def test_answer_when_it_does_not_repeat_the_request_then_unknown(result: str, other: dict[str, object]) -> None:
    register = Register()
    request = register.request()

    register.answer(answer_to(request, result, **other))

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "echo_mismatch"
    assert register.asked == []


@pytest.mark.parametrize(
    ("result", "kind", "code"),
    [("7", Declined, "7"), ("9", Unknown, "not_verified"), ("1", Unknown, "unknown_result")],
)
def test_answer_when_not_paid_then_what_it_says(result: str, kind: type[Declined | Unknown], code: str) -> None:
    register = Register()

    register.answer(answer_to(register.request(), result))

    ended = register.result()
    assert isinstance(ended, kind)
    assert ended.code == code


def test_answer_when_short_then_approved_without_a_card_number() -> None:
    register = Register(config=ConcertConfig(answer_wanted=AnswerWanted.NO))

    register.answer(answer_to(register.request(), answer_field=None))

    ended = register.result()
    assert isinstance(ended, Approved)
    assert ended.data.card_number_masked is None


def test_answer_when_the_caller_cannot_keep_it_then_unknown_since_the_money_has_moved() -> None:
    register = Register(accept=False)

    register.answer(answer_to(register.request()))

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "not_taken_back"
    assert ended.data.amount_minor == 1250


@pytest.mark.parametrize("reply", [b"", NAK, b"\x00\xff"])
def test_terminal_when_it_does_not_let_the_request_through_then_not_started(reply: bytes) -> None:
    register = Register()
    sent = register.engine.start_operation(SALE, register.now)
    while register.engine.busy:
        heard = register.hear(reply) if sent == ENQ else b""
        sent = heard or register.wait()
        assert sent in (ENQ, EOT)

    ended = register.result()
    assert isinstance(ended, NotStarted)
    assert ended.code == "terminal_busy"
    assert register.now - 100.0 <= 3 * 3.0 + 2 * 1.0


def test_terminal_when_it_is_ready_at_the_second_enquiry_then_the_sale_goes_on() -> None:
    register = Register()
    assert register.engine.start_operation(SALE, register.now) == ENQ
    assert register.wait() == EOT
    assert register.wait() == ENQ

    assert len(register.hear(ACK)) == 37


def test_request_when_refused_as_damaged_then_repeated_twice_and_then_not_started() -> None:
    register = Register()
    register.engine.start_operation(SALE, register.now)
    frame = register.hear(ACK)

    assert register.hear(NAK) == frame
    assert register.hear(NAK) == frame
    assert register.hear(NAK) == EOT

    ended = register.result()
    assert isinstance(ended, NotStarted)
    assert ended.code == "refused"


def test_request_when_nothing_confirms_it_then_never_sent_again_and_its_answer_is_awaited() -> None:
    register = Register()
    register.engine.start_operation(SALE, register.now)
    frame = register.hear(ACK)

    assert register.wait() == EOT
    assert register.answer(answer_to(_request_of(frame))) == ACK

    assert isinstance(register.result(), Approved)


def test_request_when_nothing_ever_answers_then_unknown() -> None:
    register = Register()
    register.request()

    assert register.wait() == b""

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "no_completion"
    assert register.now == 100.0 + 180.0


@pytest.mark.parametrize("phase", ["enquiring", "sent", "confirmed", "answer begun"])
def test_line_when_lost_then_unknown_once_the_request_has_left(phase: str) -> None:
    register = Register()
    register.engine.start_operation(SALE, register.now)
    if phase != "enquiring":
        frame = register.hear(ACK)
        if phase != "sent":
            register.hear(ACK)
        if phase == "answer begun":
            register.hear(ENQ)
            register.hear(encode_frame(answer_to(_request_of(frame)))[:-1])

    register.engine.line_lost(register.now)

    ended = register.result()
    assert isinstance(ended, NotStarted if phase == "enquiring" else Unknown)
    assert ended.code == "line_lost"


def test_answer_when_damaged_then_refused_after_a_quiet_line_and_taken_when_repeated() -> None:
    register = Register()
    request = register.request()
    frame = bytearray(encode_frame(answer_to(request)))
    frame[7] ^= 0x04
    assert register.hear(ENQ) == ACK

    assert register.hear(bytes(frame) + b"\x05\x04") == b""
    assert register.wait() == NAK
    assert register.hear(encode_frame(answer_to(request))) == ACK

    assert isinstance(register.result(), Approved)


def test_answer_when_it_comes_with_the_confirmation_and_stray_bytes_then_approved() -> None:
    register = Register()
    register.engine.start_operation(SALE, register.now)
    frame = register.hear(b"\x00" + ACK)

    assert register.hear(ACK + ENQ) == EOT + ACK
    assert register.hear(b"\x7f" + encode_frame(answer_to(_request_of(frame)))) == ACK

    assert isinstance(register.result(), Approved)


def test_answer_when_its_frame_holds_nonsense_then_unknown() -> None:
    register = Register()
    register.request()

    assert register.answer(b"0" * 30) == ACK

    ended = register.result()
    assert isinstance(ended, Unknown)
    assert ended.code == "unreadable_answer"


def test_answer_of_an_earlier_call_when_it_comes_in_a_sale_then_kept_apart() -> None:
    register = Register()
    earlier = register.request()
    register.wait()
    register.events()
    request = register.request(SaleRequest(1250, "978", Baseline(), reference="attempt-2"))

    register.answer(answer_to(earlier))
    assert register.engine.busy
    register.answer(answer_to(request, "7"))

    orphan, end = [event for event in register.events() if not isinstance(event, Progress)]
    assert isinstance(orphan, OrphanResult)
    assert orphan.data.reference == "attempt-1"
    assert isinstance(end.result, Declined)  # type: ignore[union-attr]  # the other one is the orphan


def test_answer_when_it_comes_before_the_request_could_leave_then_it_proves_nothing() -> None:
    """All in one piece with the ACK that lets the request through: nobody can have read the request yet."""
    paid = answer_to(Register().request())
    register = Register()
    register.engine.start_operation(SALE, register.now)

    register.hear(ACK + ACK + ENQ + encode_frame(paid) + EOT)
    register.engine.line_lost(register.now)

    assert isinstance(register.result(), Unknown)
    register.engine.start_last_result(register.now, SALE)
    assert isinstance(register.result(), NoAnswer)


def test_both_when_asking_at_once_then_the_terminal_speaks_first_and_the_sale_follows() -> None:
    register = Register()
    earlier = register.request()
    register.wait()
    register.events()
    assert register.engine.start_operation(SaleRequest(1, "978", Baseline()), register.now) == ENQ

    assert register.hear(ENQ) == ACK
    assert register.hear(encode_frame(answer_to(earlier))) == ACK
    assert register.hear(EOT) == ENQ
    assert len(register.hear(ACK)) == 37

    assert [type(event) for event in register.events()] == [OrphanResult]


def test_answer_when_repeated_after_the_end_then_confirmed_and_not_told_twice() -> None:
    register = Register()
    request = register.request()
    register.answer(answer_to(request))
    register.events()

    assert register.answer(answer_to(request)) == ACK

    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["repeated_answer"]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        (Refund(5, "978", Baseline()), Action.CREDIT),
        (Reversal(TransactionReference(), 5, "978", Baseline()), Action.CANCELLATION),
        (RepeatReceipt(), Action.DUPLICATE),
    ],
)
def test_operation_when_started_then_its_action_is_sent(operation: Operation, action: Action) -> None:
    register = Register()

    request = register.request(operation)

    assert request.action is action
    assert is_short_reference(request.private)
    register.answer(answer_to(request))
    assert isinstance(register.result(), Done if action is Action.DUPLICATE else Approved)


def test_duplicate_when_refused_then_no_answer() -> None:
    register = Register()

    register.answer(answer_to(register.request(RepeatReceipt()), "7"))

    assert isinstance(register.result(), NoAnswer)


def test_calls_without_a_name_when_repeated_then_never_the_same_private_field() -> None:
    register = Register()
    nameless = SaleRequest(5, "978", Baseline())
    seen = set()

    for _ in range(3):
        request = register.request(nameless)
        seen.add(request.private)
        register.answer(answer_to(request))

    assert len(seen) == 3


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (SaleRequest(0, "978", Baseline()), "bad_amount"),
        (SaleRequest(100_000_000, "978", Baseline()), "bad_amount"),
        (SaleRequest(5, "97", Baseline()), "bad_currency"),
        (EndOfDay(), "not_supported"),
        (BookTip(TransactionReference(), 5, "978", Baseline()), "not_supported"),
    ],
)
def test_operation_when_it_cannot_be_carried_then_refused_and_nothing_changes(operation: Operation, code: str) -> None:
    register = Register()

    with pytest.raises(LocalProtocolError) as refusal:
        register.engine.start_operation(operation, register.now)

    assert refusal.value.code == code
    assert not register.engine.busy
    assert register.engine.deadline() is None
    register.request()


@pytest.mark.parametrize(
    ("number", "means"), [("1", "1"), ("00", "1"), ("1x", "1"), ("٠١", "1"), ("01", ""), ("01", "11")]
)
def test_settings_when_they_do_not_fit_then_refused(number: str, means: str) -> None:
    with pytest.raises(LocalProtocolError):
        ConcertConfig(register_no=number, means=means)


def _request_of(frame: bytes) -> Request:
    return decode_request(decode_frame(frame))
