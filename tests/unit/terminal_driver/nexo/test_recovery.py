"""A lost answer: which question is asked, and what its answer proves."""

from dataclasses import replace

import pytest

from terminal_driver.engine import Finished
from terminal_driver.nexo.binding import Message, MessageFormat
from terminal_driver.nexo.messages import MessageHeader, MessageReference, Response
from terminal_driver.nexo.payment_messages import (
    PaymentResponse,
    RepeatedBody,
    RepeatedMessageResponse,
    ReversalResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
)
from terminal_driver.nexo.service_ids import derived_service_id
from terminal_driver.operations import MoneyOperation, Reversal, SaleRequest, TransactionReference
from terminal_driver.outcome import (
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotCharged,
    StillUnknown,
    TransactionData,
    Verdict,
)
from tests.support.nexo_register import AT, SALE, Register, approved, failed

SERVICE_ID = derived_service_id(SALE.reference)
REPEATED = MessageHeader("Service", "Payment", "Response", "TILL7", "POI-0815", SERVICE_ID)
REFERENCE = MessageReference("Payment", SERVICE_ID, "TILL7")


@pytest.fixture(params=list(MessageFormat))
def register(request: pytest.FixtureRequest) -> Register:
    """A register that was just started: it remembers nothing of the sale."""
    return Register(request.param)


def _ask(register: Register, about: MoneyOperation | None = SALE) -> Message:
    return register.note(register.engine.start_last_result(0.0, about))


def _told(register: Register, answer: TransactionStatusResponse, about: MoneyOperation = SALE) -> Verdict:
    """Ask, let the terminal answer, and judge."""
    _ask(register, about)
    register.answer(answer)
    result = register.result()
    assert isinstance(result, LastResult | NoAnswer)
    return register.engine.judge(about, AT, result)


def _repeats(
    body: PaymentResponse | ReversalResponse,
    header: MessageHeader = REPEATED,
    reference: MessageReference | None = None,
) -> TransactionStatusResponse:
    repeated = RepeatedBody(
        body if isinstance(body, PaymentResponse) else None, body if isinstance(body, ReversalResponse) else None
    )
    return TransactionStatusResponse(Response("Success"), reference, RepeatedMessageResponse(header, repeated))


def test_question_when_the_register_was_restarted_then_it_names_the_same_service_id(register: Register) -> None:
    before = Register().note(Register().engine.start_operation(SALE, 0.0))

    request = _ask(register)

    assert isinstance(request.body, TransactionStatusRequest)
    assert request.body.message_reference == MessageReference("Payment", before.header.service_id, "TILL7")
    assert request.header.service_id != before.header.service_id


def test_question_when_asked_while_an_old_sale_is_remembered_then_about_that_one(register: Register) -> None:
    sale = register.note(register.engine.start_operation(replace(SALE, reference=""), 0.0))
    register.engine.line_lost(1.0)
    register.events()

    for about in (None, replace(SALE, reference="")):
        request = _ask(register, about)
        assert isinstance(request.body, TransactionStatusRequest)
        assert request.body.message_reference == MessageReference("Payment", sale.header.service_id, "TILL7")
        register.engine.line_lost(1.0)


def test_question_when_nothing_is_remembered_then_about_the_last_transaction(register: Register) -> None:
    request = _ask(register, None)

    assert isinstance(request.body, TransactionStatusRequest)
    assert request.body.message_reference is None


def test_question_when_an_operation_has_no_name_then_no_answer_and_nothing_sent(register: Register) -> None:
    assert register.engine.start_last_result(0.0, SaleRequest(1, "978", Baseline())) == b""

    assert register.events() == [
        Finished(NoAnswer("no_reference", "the operation has no reference by which the terminal could be asked"))
    ]
    assert not register.engine.busy


@pytest.mark.parametrize("reference", [None, REFERENCE, MessageReference("Payment"), MessageReference()])
def test_approval_when_repeated_then_approved(register: Register, reference: MessageReference | None) -> None:
    verdict = _told(register, _repeats(approved(), reference=reference))

    assert isinstance(verdict, Approved)
    assert (verdict.data.amount_minor, verdict.data.terminal_reference) == (1234, "000042")
    assert len(verdict.receipts) == 2


def test_approval_when_the_body_stands_in_the_repeated_message_itself_then_approved(register: Register) -> None:
    repeated = RepeatedMessageResponse(REPEATED, payment_response=approved())

    verdict = _told(register, TransactionStatusResponse(Response("Success"), None, repeated))

    assert isinstance(verdict, Approved)


@pytest.mark.parametrize("condition", ["Refusal", "Cancel", "Aborted", "UnreachableHost", None])
def test_failure_when_repeated_then_declined(register: Register, condition: str | None) -> None:
    verdict = _told(register, _repeats(failed(condition)))

    assert isinstance(verdict, Declined)
    assert verdict.code == (condition or "Failure")


@pytest.mark.parametrize("condition", ["Busy", "LoggedOut", "NotAllowed", "MessageFormat"])
def test_refusal_to_begin_when_repeated_then_not_charged(register: Register, condition: str) -> None:
    assert isinstance(_told(register, _repeats(failed(condition))), NotCharged)


@pytest.mark.parametrize("reference", [None, REFERENCE])
def test_not_found_when_told_about_this_request_then_not_charged(
    register: Register, reference: MessageReference | None
) -> None:
    answer = TransactionStatusResponse(Response("Failure", "NotFound"), reference)

    assert isinstance(_told(register, answer), NotCharged)


@pytest.mark.parametrize(
    "answer",
    [
        TransactionStatusResponse(Response("Failure", "InProgress")),
        TransactionStatusResponse(Response("Failure", "Busy")),
        TransactionStatusResponse(Response("Failure", "UnavailableService")),
        TransactionStatusResponse(Response("Failure")),
        TransactionStatusResponse(Response("Failure", "NotFound"), replace(REFERENCE, service_id="OTHER")),
        TransactionStatusResponse(Response("Failure", "NotFound"), replace(REFERENCE, sale_id="TILL8")),
        TransactionStatusResponse(Response("Failure", "NotFound"), replace(REFERENCE, message_category="Reversal")),
        TransactionStatusResponse(Response("Success")),
        TransactionStatusResponse(Response("Success"), None, RepeatedMessageResponse(REPEATED)),
        TransactionStatusResponse(Response("Maybe")),
        _repeats(approved(), replace(REPEATED, service_id="OTHER")),
        _repeats(approved(), replace(REPEATED, sale_id="TILL8")),
        _repeats(approved(), replace(REPEATED, poi_id="POI-0816")),
        _repeats(approved(), replace(REPEATED, message_category="Reversal")),
        _repeats(ReversalResponse(Response("Success"))),
        _repeats(approved(payment_type="Refund")),
        _repeats(approved("till-7-000122")),
        _repeats(approved(amount="12.33")),
        _repeats(approved(amount=None)),
        _repeats(approved(amount="12.345")),
        _repeats(approved(currency="USD")),
        _repeats(approved(amount="6.17", result="Partial")),
        _repeats(approved(result="Failure", condition="Refusal")),
        _repeats(failed("InProgress")),
        _repeats(failed("NeverHeardOf")),
        _repeats(approved(result="Maybe")),
        _repeats(failed("NotFound"), replace(REPEATED, service_id="OTHER")),
    ],
)
def test_answer_when_it_does_not_prove_this_sale_then_still_unknown(
    register: Register, answer: TransactionStatusResponse
) -> None:
    assert isinstance(_told(register, answer), StillUnknown)


def test_in_progress_when_told_then_the_terminal_is_busy_and_can_be_asked_again(register: Register) -> None:
    _ask(register)
    register.answer(TransactionStatusResponse(Response("Failure", "InProgress")))

    result = register.result()

    assert isinstance(result, NoAnswer)
    assert result.code == "terminal_busy"


def test_not_found_when_asked_for_the_last_transaction_then_it_proves_nothing_about_a_sale(register: Register) -> None:
    _ask(register, None)
    register.answer(TransactionStatusResponse(Response("Failure", "NotFound")))

    result = register.result()

    assert isinstance(result, LastResult)
    assert not result.held
    assert isinstance(register.engine.judge(SALE, None, result), StillUnknown)


@pytest.mark.parametrize(
    "last",
    [
        NoAnswer("line_lost", "no line"),
        LastResult(held=False),
        LastResult(held=False, data=TransactionData(code="NotFound", reference="another")),
        LastResult(held=False, data=TransactionData(reference=SALE.reference)),
        LastResult(held=True),
        LastResult(held=True, data=TransactionData(reference=SALE.reference, amount_minor=1234)),
    ],
)
def test_judgement_when_the_evidence_is_of_something_else_then_still_unknown(
    register: Register, last: LastResult | NoAnswer
) -> None:
    assert isinstance(register.engine.judge(SALE, AT, last), StillUnknown)


def test_reversal_when_its_answer_was_lost_then_judged_by_its_own_kind(register: Register) -> None:
    original = TransactionReference(terminal_reference="000041", made_at="2026-03-02T09:00:00+01:00")
    reversal = Reversal(original, 1234, "978", Baseline(), SALE.reference)
    header = replace(REPEATED, message_category="Reversal")

    verdict = _told(register, _repeats(ReversalResponse(Response("Success")), header), reversal)

    assert isinstance(verdict, Approved)
    assert verdict.data.amount_minor == 1234


def test_question_when_not_answered_in_time_then_no_answer(register: Register) -> None:
    _ask(register)

    register.engine.expire(30.0)

    result = register.result()
    assert isinstance(result, NoAnswer)
    assert result.code == "no_answer"
