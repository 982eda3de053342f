"""What a payment ends with: approved only with the whole proof, otherwise a reason that can be trusted."""

from dataclasses import replace

import pytest

from terminal_driver.engine import Finished, Notice, OrphanResult
from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo.binding import Message, MessageFormat
from terminal_driver.nexo.messages import DiagnosisResponse, MessageReference, Response
from terminal_driver.nexo.payment_messages import (
    PaymentRequest,
    PaymentResponse,
    ReversalResponse,
)
from terminal_driver.nexo.service_ids import derived_service_id
from terminal_driver.operations import (
    MoneyOperation,
)
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    NotStarted,
    ReceiptKind,
    TransactionData,
    Unknown,
)
from tests.support.nexo_register import MADE, SALE, Register, approved, failed


@pytest.fixture(params=list(MessageFormat))
def register(request: pytest.FixtureRequest) -> Register:
    return Register(request.param)


def _sell(register: Register, operation: MoneyOperation = SALE) -> Message:
    return register.note(register.engine.start_operation(operation, 0.0))


def test_sale_when_sent_then_it_names_amount_currency_and_transaction(register: Register) -> None:
    request = _sell(register)

    assert request.header.service_id == derived_service_id(SALE.reference)
    assert (request.header.sale_id, request.header.poi_id) == ("TILL7", "POI-0815")
    body = request.body
    assert isinstance(body, PaymentRequest)
    amounts = body.payment_transaction.amounts_req
    assert (amounts.currency, str(amounts.requested_amount), amounts.tip_amount) == ("EUR", "12.34", None)
    assert body.sale_data.sale_transaction_id is not None
    assert body.sale_data.sale_transaction_id.transaction_id == SALE.reference
    assert body.payment_data is not None
    assert body.payment_data.payment_type == "Normal"


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [("978", 1, "0.01"), ("392", 1234, "1234"), ("048", 1234, "1.234"), ("978", 999_999_999_999, "9999999999.99")],
)
def test_amount_when_sent_then_the_currency_says_how_many_places(
    register: Register, currency: str, minor: int, written: str
) -> None:
    body = _sell(register, replace(SALE, amount_minor=minor, currency_numeric=currency)).body

    assert isinstance(body, PaymentRequest)
    assert str(body.payment_transaction.amounts_req.requested_amount) == written


def test_sale_when_everything_fits_then_approved_with_references_and_receipts(register: Register) -> None:
    _sell(register)

    register.answer(approved())

    outcome = register.result()
    assert isinstance(outcome, Approved)
    assert outcome.data == TransactionData(
        code="Success",
        amount_minor=1234,
        currency_numeric="978",
        terminal_id="T-1",
        merchant_contract="M-1",
        authorisation="A77",
        card_name="Visa",
        card_number_masked="411111******1111",
        date_mmdd="0302",
        time_hhmmss="140509",
        reference=SALE.reference,
        terminal_reference=MADE.transaction_id,
        made_at=MADE.time_stamp,
    )
    assert [receipt.kind for receipt in outcome.receipts] == [ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER]
    assert [line.text for line in outcome.receipts[0].lines] == ["Merchant", ""]
    assert [line.text for line in outcome.receipts[1].lines] == ["  Customer"]
    assert not register.engine.busy


def test_currency_when_the_terminal_leaves_it_out_then_it_is_that_of_the_request(register: Register) -> None:
    _sell(register)

    register.answer(approved(currency=None))

    assert isinstance(register.result(), Approved)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (approved(amount="12.33"), "other_amount"),
        (approved(amount="1234"), "other_amount"),
        (approved(amount="0"), "other_amount"),
        (approved(amount="-12.34"), "other_amount"),
        (approved(amount="12.341"), "unreadable_answer"),
        (approved(amount=None), "no_amount"),
        (approved(currency="USD"), "other_currency"),
        (approved(currency="XXQ"), "unreadable_answer"),
        (approved("till-7-000122"), "other_transaction"),
        (approved(payment_type="Refund"), "other_kind"),
        (approved(amount="6.00", result="Partial"), "partial_not_allowed"),
        (approved(result="Perhaps"), "unreadable_result"),
        (approved(result="Failure", condition="Refusal"), "contradictory_result"),
        (failed("InProgress"), "in_progress"),
    ],
)
def test_answer_when_it_does_not_add_up_then_unknown(register: Register, answer: PaymentResponse, code: str) -> None:
    _sell(register)

    register.answer(answer)

    outcome = register.result()
    assert isinstance(outcome, Unknown)
    assert outcome.code == code


@pytest.mark.parametrize(("amount", "fits"), [("6.00", True), ("0", False), ("12.34", False), ("12.35", False)])
def test_part_when_the_register_can_take_one_then_only_a_real_part_is_approved(
    register: Register, amount: str, *, fits: bool
) -> None:
    _sell(register, replace(SALE, partial_allowed=True))

    register.answer(approved(amount=amount, result="Partial"))

    outcome = register.result()
    assert isinstance(outcome, Approved if fits else Unknown)
    assert outcome.data.amount_minor == int(amount.replace(".", ""))


@pytest.mark.parametrize(
    ("condition", "kind", "code"),
    [
        ("Refusal", Declined, "Refusal"),
        ("WrongPIN", Declined, "WrongPIN"),
        ("UnreachableHost", Declined, "UnreachableHost"),
        ("SomethingNew", Declined, "SomethingNew"),
        (None, Declined, "Failure"),
        ("Cancel", Aborted, "Cancel"),
        ("Aborted", Aborted, "Aborted"),
        ("Busy", NotStarted, "terminal_busy"),
        ("NotAllowed", NotStarted, "refused"),
        ("MessageFormat", NotStarted, "refused"),
        ("UnavailableService", NotStarted, "not_supported"),
        ("LoggedOut", NotStarted, "not_registered"),
    ],
)
def test_failure_when_told_then_nothing_is_charged(
    register: Register, condition: str | None, kind: type[Declined | Aborted | NotStarted], code: str
) -> None:
    _sell(register)

    register.answer(failed(condition, "said the host"))

    outcome = next(event.result for event in register.events() if isinstance(event, Finished))
    assert isinstance(outcome, Declined | Aborted | NotStarted)
    assert type(outcome) is kind
    assert outcome.code == code
    assert outcome.reason.endswith("said the host")


def test_terminal_when_it_forgot_our_login_then_a_fresh_line_is_wanted(register: Register) -> None:
    """The session registers again on a fresh line only; without this notice each sale would fail for ever."""
    _sell(register)

    register.answer(failed("LoggedOut"))

    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["line_error"]


def test_approval_when_the_caller_cannot_keep_it_then_unknown_and_nothing_is_sent() -> None:
    """There is no acknowledgement to withhold: the terminal holds the money and tells so when asked again."""
    register = Register(accept=lambda _data: False)
    _sell(register)

    register.answer(approved())

    outcome = register.result()
    assert isinstance(outcome, Unknown)
    assert (outcome.code, outcome.data.amount_minor) == ("not_accepted", 1234)
    assert len(register.sent) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"service_id": "BCDFGHJKMN"},
        {"service_id": None},
        {"message_class": "Device"},
        {"message_category": "Reversal"},
        {"device_id": "1"},
    ],
)
def test_answer_when_its_header_is_another_then_the_sale_goes_on(
    register: Register, wrong: dict[str, str | None]
) -> None:
    _sell(register)
    answer = ReversalResponse(Response("Success")) if "message_category" in wrong else approved()

    register.answer(answer, wrong=wrong)

    assert register.engine.busy
    assert [type(event) for event in register.events()] == [OrphanResult]


@pytest.mark.parametrize("wrong", [{"sale_id": "TILL8"}, {"poi_id": "POI-0816"}])
def test_answer_when_between_others_then_it_is_not_even_an_orphan(register: Register, wrong: dict[str, str]) -> None:
    _sell(register)

    register.answer(approved(), wrong=wrong)

    assert register.engine.busy
    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["foreign_message"]


def test_answer_when_nothing_runs_then_it_is_kept_as_an_orphan(register: Register) -> None:
    request = _sell(register)
    register.engine.expire(1e6)
    assert isinstance(register.result(), Unknown)

    register.answer(approved(), to=request)

    [orphan] = register.events()
    assert isinstance(orphan, OrphanResult)
    assert (orphan.data.reference, orphan.data.amount_minor) == (SALE.reference, 1234)


def test_answer_when_it_comes_twice_then_one_end_and_one_orphan(register: Register) -> None:
    request = _sell(register)

    register.answer(approved())
    register.answer(approved(), to=request)

    assert [type(event) for event in register.events()] == [Finished, OrphanResult]


@pytest.mark.parametrize("text", [b"", b"{", b"<", b"\x00", b'{"SaleToPOIResponse":{}}', b"<SaleToPOIResponse/>"])
def test_message_when_unreadable_then_the_sale_ends_unknown_at_once(register: Register, text: bytes) -> None:
    _sell(register)

    register.hear_text(text or b" ")

    outcome = register.result()
    assert isinstance(outcome, Unknown)
    assert outcome.code == "unreadable_answer"


def test_body_when_unreadable_but_not_ours_then_the_sale_goes_on(register: Register) -> None:
    request = _sell(register)
    stray = Message(replace(request.header, message_type="Response", service_id="OTHER"), None)

    register.hear(stray)

    assert register.engine.busy


def test_body_when_unreadable_and_ours_then_unknown(register: Register) -> None:
    request = _sell(register)

    register.hear(Message(replace(request.header, message_type="Response"), None))

    outcome = register.result()
    assert isinstance(outcome, Unknown)
    assert outcome.code == "unreadable_answer"


def test_stream_when_it_cannot_be_cut_then_unknown_and_a_fresh_line_is_wanted(register: Register) -> None:
    _sell(register)

    register.engine.receive(b"\xff\xff\xff\xff", 1.0)

    end, notice = register.events()
    assert isinstance(end, Finished)
    assert isinstance(end.result, Unknown)
    assert isinstance(notice, Notice)
    assert notice.code == "line_error"


def test_sale_when_time_runs_out_then_unknown_and_nothing_is_sent_again(register: Register) -> None:
    _sell(register)
    due = register.engine.deadline()
    assert due == 150.0

    assert register.engine.expire(due - 0.1) == b""
    assert register.engine.busy
    assert register.engine.expire(due) == b""

    outcome = register.result()
    assert isinstance(outcome, Unknown)
    assert outcome.code == "no_answer"
    assert register.engine.deadline() is None


def test_sale_when_the_line_breaks_then_unknown_and_half_a_message_is_forgotten(register: Register) -> None:
    request = _sell(register)
    register.engine.receive(b"\x00\x00\x01\x00half", 1.0)

    register.engine.line_lost(2.0)

    assert isinstance(register.result(), Unknown)
    register.answer(approved(), to=request)
    assert [type(event) for event in register.events()] == [OrphanResult]


def test_abort_when_asked_then_it_names_the_running_request_and_the_answer_decides(register: Register) -> None:
    request = _sell(register)

    abort = register.note(register.engine.request_abort(2.0))

    assert abort.header.message_category == "Abort"
    assert abort.header.service_id != request.header.service_id
    reference = getattr(abort.body, "message_reference", None)
    assert reference == MessageReference("Payment", request.header.service_id, "TILL7")
    register.answer(approved(), to=request)
    assert isinstance(register.result(), Approved)


def test_abort_when_nothing_runs_then_refused(register: Register) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        register.engine.request_abort(0.0)

    assert caught.value.code == "nothing_running"


def test_card_number_when_complete_then_it_is_cut_everywhere(register: Register) -> None:
    _sell(register)
    answer = approved(pan="4111111111111111")
    receipt = replace(
        answer.payment_receipt[0],
        output_content=replace(
            answer.payment_receipt[0].output_content,
            output_text=(replace(answer.payment_receipt[0].output_content.output_text[0], text="4111 1111 1111 1111"),),
        ),
    )
    words = Response("Success", None, "card 4111111111111111")

    register.answer(replace(answer, response=words, payment_receipt=(receipt,)))

    outcome = register.result()
    assert isinstance(outcome, Approved)
    assert outcome.data.card_number_masked == "411111******1111"
    assert "411111111111" not in repr(outcome)
    assert "1111 1111" not in repr(outcome)


def test_stray_answer_when_it_tells_of_no_money_then_a_notice(register: Register) -> None:
    request = _sell(register)

    register.answer(DiagnosisResponse(Response("Success")), to=request, wrong={"message_category": "Diagnosis"})

    assert [event.code for event in register.events() if isinstance(event, Notice)] == ["stray_answer"]
    assert register.engine.busy


def test_receipt_when_it_cannot_be_read_then_the_approval_still_counts() -> None:
    register = Register()
    request = _sell(register)
    text = register.binding.encode(Message(replace(request.header, message_type="Response"), approved()))
    assert text.count(b'"OutputFormat":"Text"') == 2

    register.hear_text(text.replace(b'"OutputFormat":"Text"', b'"OutputFormat":{}'))

    outcome = register.result()
    assert isinstance(outcome, Approved)
    assert outcome.receipts == ()
