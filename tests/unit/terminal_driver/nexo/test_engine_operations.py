"""Operations besides a plain sale, what they quote, and what cannot be sent at all."""

from dataclasses import replace
from decimal import Decimal

import pytest

from terminal_driver.engine import OrphanResult
from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo.binding import Message, MessageFormat
from terminal_driver.nexo.messages import Response
from terminal_driver.nexo.payment_messages import PaymentRequest, ReversalRequest, ReversalResponse
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
from terminal_driver.outcome import Approved, Baseline, Declined, Unknown
from tests.support.nexo_register import SALE, Register, approved, failed

ORIGINAL = TransactionReference(terminal_reference="000041", made_at="2026-03-02T09:00:00+01:00")


@pytest.fixture(params=list(MessageFormat))
def register(request: pytest.FixtureRequest) -> Register:
    return Register(request.param)


def _sell(register: Register, operation: MoneyOperation) -> Message:
    return register.note(register.engine.start_operation(operation, 0.0))


@pytest.mark.parametrize(
    ("operation", "payment_type"),
    [
        (Refund(1234, "978", Baseline(), "r-1"), "Refund"),
        (PreAuthorisation(1234, "978", Baseline(), "r-1"), "FirstReservation"),
        (BookReservation(ORIGINAL, 1234, "978", Baseline(), "r-1"), "Completion"),
    ],
)
def test_payment_of_another_kind_when_proved_then_approved(
    register: Register, operation: MoneyOperation, payment_type: str
) -> None:
    body = _sell(register, operation).body
    assert isinstance(body, PaymentRequest)
    assert body.payment_data is not None
    assert body.payment_data.payment_type == payment_type
    original = body.payment_transaction.original_poi_transaction
    assert (original is not None) == isinstance(operation, BookReservation)

    register.answer(approved("r-1", payment_type=payment_type))

    assert isinstance(register.result(), Approved)


@pytest.mark.parametrize("kind", [Reversal, CancelReservation])
def test_reversal_when_sent_then_it_quotes_the_terminal_and_names_no_part(
    register: Register, kind: type[Reversal | CancelReservation]
) -> None:
    body = _sell(register, kind(ORIGINAL, 1234, "978", Baseline(), "r-1")).body

    assert isinstance(body, ReversalRequest)
    named = body.original_poi_transaction.poi_transaction_id
    assert named is not None
    assert (named.transaction_id, named.time_stamp) == ("000041", "2026-03-02T09:00:00+01:00")
    assert body.reversed_amount is None
    register.answer(ReversalResponse(Response("Success")))
    outcome = register.result()
    assert isinstance(outcome, Approved)
    assert (outcome.data.amount_minor, outcome.data.reference) == (1234, "r-1")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ReversalResponse(Response("Success"), reversed_amount=Decimal("12.34")), Approved),
        (ReversalResponse(Response("Success"), reversed_amount=Decimal("12.33")), Unknown),
        (ReversalResponse(Response("Partial")), Unknown),
        (ReversalResponse(Response("Failure", "NotFound")), Declined),
    ],
)
def test_reversal_when_answered_then_only_the_whole_is_an_approval(
    register: Register, answer: ReversalResponse, kind: type[Approved | Unknown | Declined]
) -> None:
    _sell(register, Reversal(ORIGINAL, 1234, "978", Baseline(), "r-1"))

    register.answer(answer)

    assert type(register.result()) is kind


def test_payment_answer_when_a_reversal_runs_then_it_is_an_orphan(register: Register) -> None:
    request = _sell(register, Reversal(ORIGINAL, 1234, "978", Baseline(), "r-1"))

    register.answer(approved("r-1"), to=request, wrong={"message_category": "Payment"})

    assert [type(event) for event in register.events()] == [OrphanResult]
    assert register.engine.busy


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (replace(SALE, amount_minor=0), "bad_amount"),
        (replace(SALE, amount_minor=10**12), "bad_amount"),
        (replace(SALE, tip_minor=1235), "bad_amount"),
        (replace(SALE, currency_numeric="000"), "bad_currency"),
        (replace(SALE, reference="x" * 36), "bad_reference"),
        (replace(SALE, reference="a\nb"), "bad_reference"),
        (Reversal(TransactionReference(receipt_no=7), 1, "978", Baseline(), "r"), "no_original"),
        (BookReservation(TransactionReference(reference="r"), 1, "978", Baseline(), "r"), "no_original"),
        (ReleaseReservation(ORIGINAL, 1, "978", Baseline(), "r"), "not_supported"),
        (BookTip(ORIGINAL, 1, "978", Baseline(), "r"), "not_supported"),
    ],
)
def test_operation_when_it_cannot_be_carried_then_refused_and_nothing_runs(
    register: Register, operation: MoneyOperation, code: str
) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        register.engine.start_operation(operation, 0.0)

    assert caught.value.code == code
    assert not register.engine.busy
    assert register.engine.next_event() is None


def test_reference_when_used_twice_then_the_second_is_never_sent(register: Register) -> None:
    _sell(register, SALE)
    register.answer(failed("Busy"))
    register.events()

    with pytest.raises(LocalProtocolError) as caught:
        register.engine.start_operation(SALE, 1.0)

    assert caught.value.code == "reference_used"


def test_operation_when_another_runs_then_refused(register: Register) -> None:
    _sell(register, SALE)

    for start in (register.engine.start_registration, register.engine.start_status, register.engine.start_last_result):
        with pytest.raises(LocalProtocolError) as caught:
            start(0.0)
        assert caught.value.code == "busy"
    with pytest.raises(LocalProtocolError):
        register.engine.start_operation(replace(SALE, reference="other"), 0.0)
    register.answer(approved())
    assert isinstance(register.result(), Approved)


def test_sale_without_reference_when_sent_then_counted_names_are_used(register: Register) -> None:
    request = _sell(register, SaleRequest(1234, "978", Baseline()))

    assert request.header.service_id == "0000000001"
    register.answer(approved("0000000001"))
    assert isinstance(register.result(), Approved)
