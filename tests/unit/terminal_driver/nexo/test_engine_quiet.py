"""Login, status, totals and the requests of the terminal: nothing here moves money."""

from decimal import Decimal

import pytest

from terminal_driver.engine import EngineEvent, Finished, Notice, Progress
from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo.binding import Body, Message, MessageFormat
from terminal_driver.nexo.configuration import NexoConfig
from terminal_driver.nexo.messages import (
    DiagnosisRequest,
    DiagnosisResponse,
    DisplayOutput,
    DisplayRequest,
    DisplayResponse,
    EventNotification,
    GetTotalsResponse,
    HostStatus,
    InputData,
    InputRequest,
    InputResponse,
    LoginRequest,
    LoginResponse,
    LogoutResponse,
    OutputContent,
    OutputResult,
    OutputText,
    PaymentTotals,
    PoiStatus,
    PoiSystemData,
    PrintOutput,
    PrintRequest,
    PrintResponse,
    ReconciliationRequest,
    ReconciliationResponse,
    Response,
    TransactionTotals,
)
from terminal_driver.nexo.payment_messages import (
    PaymentResponse,
    RepeatedMessageResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
)
from terminal_driver.operations import (
    AskKey,
    Balance,
    DayTotals,
    Diagnosis,
    DiagnosisKind,
    DisplayText,
    Done,
    EndOfDay,
    LogOff,
    Operation,
    RepeatReceipt,
    SchemeTotal,
    Totals,
)
from terminal_driver.outcome import (
    Approved,
    LastResult,
    NoAnswer,
    ReceiptKind,
    TerminalInfo,
    TerminalStatus,
)
from tests.support.nexo_register import SALE, Register, approved, header

DONE = Response("Success")


@pytest.fixture(params=list(MessageFormat))
def register(request: pytest.FixtureRequest) -> Register:
    return Register(request.param)


def _asked(register: Register, operation: Operation, answer: Body) -> object:
    register.note(register.engine.start_operation(operation, 0.0))
    register.answer(answer)
    return register.result()


def _totals(kind: str, count: int, amount: str) -> PaymentTotals:
    return PaymentTotals(kind, count, Decimal(amount))


def test_login_when_answered_then_it_tells_what_the_terminal_wants(register: Register) -> None:
    request = register.note(register.engine.start_registration(0.0))
    assert isinstance(request.body, LoginRequest)
    assert request.body.date_time == "2026-03-02T14:05:06+00:00"

    register.answer(LoginResponse(DONE, PoiSystemData(None, PoiStatus("OK", printer_status="NoPaper"))))

    assert register.result() == TerminalInfo("POI-0815", None, ("printer",))


def test_login_when_refused_then_no_answer(register: Register) -> None:
    register.note(register.engine.start_registration(0.0))

    register.answer(LoginResponse(Response("Failure", "UnavailableService")))

    result = register.result()
    assert isinstance(result, NoAnswer)
    assert result.code == "not_supported"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (DiagnosisResponse(DONE, PoiStatus("OK")), TerminalStatus(True, False, "OK", "ready")),
        (DiagnosisResponse(DONE), TerminalStatus(True, False, "OK", "ready")),
        (DiagnosisResponse(DONE, PoiStatus("Busy")), TerminalStatus(False, True, "Busy", "busy")),
        (
            DiagnosisResponse(DONE, PoiStatus("OK", ped_ok_flag=False)),
            TerminalStatus(False, False, "OK", "ready, pin_pad"),
        ),
        (
            DiagnosisResponse(Response("Failure", "Busy")),
            TerminalStatus(False, True, "Busy", "the terminal is busy"),
        ),
    ],
)
def test_status_when_answered_then_ready_only_without_a_fault(
    register: Register, answer: DiagnosisResponse, expected: TerminalStatus
) -> None:
    request = register.note(register.engine.start_status(0.0))
    assert request.body == DiagnosisRequest(host_diagnosis_flag=False)

    register.answer(answer)

    assert register.result() == expected


def test_host_when_out_of_reach_then_named(register: Register) -> None:
    hosts = (HostStatus("ACQ1", True), HostStatus("ACQ2", False))

    result = _asked(register, Diagnosis(), DiagnosisResponse(DONE, None, hosts))

    assert result == NoAnswer("no_host", "not reached: ACQ2")
    assert _asked(register, Diagnosis(), DiagnosisResponse(DONE, None, hosts[:1])) == Done("ACQ1")


def test_totals_when_told_then_summed_by_brand_in_minor_units(register: Register) -> None:
    told = (
        TransactionTotals(
            "Card", "A", "Visa", "EUR", (_totals("Debit", 3, "30.30"), _totals("ReverseDebit", 1, "0.30"))
        ),
        TransactionTotals("Card", "B", "Visa", "EUR", (_totals("Credit", 1, "5.00"), _totals("Declined", 9, "99"))),
        TransactionTotals("Card", "A", "American Express", None, (_totals("CompletedReservation", 1, "7"),)),
    )

    result = _asked(register, Totals(), GetTotalsResponse(DONE, transaction_totals=told))

    assert result == DayTotals(
        sum_minor=3200,
        currency_numeric="978",
        schemes=(SchemeTotal("visa", 5, 2500), SchemeTotal("american_express", 1, 700)),
    )


def test_totals_when_in_several_currencies_then_never_added_up(register: Register) -> None:
    told = (
        TransactionTotals("Card", None, "Visa", "EUR", (_totals("Debit", 1, "1.00"),)),
        TransactionTotals("Card", None, "Visa", "JPY", (_totals("Debit", 1, "100"),)),
    )

    result = _asked(register, Totals(), GetTotalsResponse(DONE, transaction_totals=told))

    assert result == DayTotals(schemes=(SchemeTotal("visa_978", 1, 100), SchemeTotal("visa_392", 1, 100)))


def test_end_of_day_when_done_then_totals_and_what_was_printed_meanwhile(register: Register) -> None:
    request = register.note(register.engine.start_operation(EndOfDay(), 0.0))
    assert request.body == ReconciliationRequest("SaleReconciliation")
    text = OutputContent("Text", (OutputText("Day closed"),))
    service_id = request.header.service_id
    register.hear(
        Message(header("Print", service_id=service_id), PrintRequest(PrintOutput("Document", "PrintEnd", text)))
    )
    assert register.sent[-1].body == PrintResponse("Document", DONE)

    register.answer(ReconciliationResponse(DONE, "SaleReconciliation"), to=request)

    result = register.result()
    assert isinstance(result, DayTotals)
    assert [receipt.kind for receipt in result.receipts] == [ReceiptKind.ADMINISTRATION]


def test_end_of_day_when_amounts_are_unreadable_then_no_answer(register: Register) -> None:
    told = (TransactionTotals("Card", None, "Visa", "EUR", (_totals("Debit", 1, "1.001"),)),)

    result = _asked(register, EndOfDay(), ReconciliationResponse(DONE, transaction_totals=told))

    assert isinstance(result, NoAnswer)
    assert result.code == "unreadable_answer"


def test_log_off_and_display_when_answered_then_done(register: Register) -> None:
    assert _asked(register, LogOff(), LogoutResponse(DONE)) == Done()

    request = register.note(register.engine.start_operation(DisplayText(("Hello", "you"), 5), 0.0))
    assert (request.header.message_class, request.header.service_id) == ("Device", None)
    assert request.header.device_id is not None
    register.answer(DisplayResponse((OutputResult("CustomerDisplay", "Display", DONE),)))
    assert register.result() == Done()


def test_receipt_when_wanted_again_then_the_terminal_is_asked_to_reprint(register: Register) -> None:
    request = register.note(register.engine.start_operation(RepeatReceipt(), 0.0))
    assert request.body == TransactionStatusRequest(None, receipt_reprint_flag=True)
    repeated = RepeatedMessageResponse(header("Payment", "Response", "BCDF234567"), payment_response=approved())

    register.answer(TransactionStatusResponse(DONE, None, repeated))

    result = register.result()
    assert isinstance(result, LastResult)
    assert len(result.receipts) == 2


@pytest.mark.parametrize(
    "operation", [Balance(), AskKey(("?",)), Diagnosis(DiagnosisKind.EP2), DisplayText(()), DisplayText(("a\x1b",))]
)
def test_operation_when_not_carried_then_refused(register: Register, operation: Operation) -> None:
    with pytest.raises(LocalProtocolError):
        register.engine.start_operation(operation, 0.0)

    assert not register.engine.busy


def test_question_when_time_runs_out_then_no_answer(register: Register) -> None:
    for operation in (EndOfDay(), Totals(), Diagnosis(), LogOff(), DisplayText(("a",))):
        register.note(register.engine.start_operation(operation, 0.0))
        register.engine.expire(1e9)
        assert isinstance(register.result(), NoAnswer)


def _told(register: Register, category: str, body: Body, service_id: str | None) -> list[EngineEvent]:
    more = {} if category == "Event" else {"device_id": "9"}
    kind = "Notification" if category == "Event" else "Request"
    register.hear(Message(header(category, kind, service_id, **more), body), 10.0)
    return register.events()


def test_display_when_it_serves_the_running_sale_then_progress_and_a_sign_of_life(register: Register) -> None:
    sale = register.note(register.engine.start_operation(SALE, 0.0))
    content = OutputContent("Text", (OutputText("Insert "), OutputText("card")))
    shown = DisplayRequest((DisplayOutput("CashierDisplay", "Status", content),))

    events = _told(register, "Display", shown, sale.header.service_id)

    assert events == [Progress("terminal_text", "Insert\ncard")]
    assert register.engine.deadline() == 160.0
    answer = register.sent[-1]
    assert (answer.header.message_type, answer.header.device_id) == ("Response", "9")
    assert answer.body == DisplayResponse((OutputResult("CashierDisplay", "Status", DONE),))


def test_display_when_no_answer_is_wanted_then_none_is_sent(register: Register) -> None:
    shown = DisplayRequest(
        (DisplayOutput("CashierDisplay", "Status", OutputContent("Text", (OutputText("Hi"),)), False),)
    )

    events = _told(register, "Display", shown, "OTHER")

    assert events == [Notice("terminal_text", "Hi")]
    assert register.sent == []


@pytest.mark.parametrize(("running", "result"), [(True, "Success"), (False, "Failure")])
def test_print_when_a_sale_runs_then_taken_otherwise_refused(register: Register, *, running: bool, result: str) -> None:
    """Nobody would print what comes outside of a command: saying so lets the terminal print it itself."""
    sale = register.note(register.engine.start_operation(SALE, 0.0))
    text = OutputContent("Text", (OutputText("4111 1111 1111 1111"),))
    printed = PrintRequest(PrintOutput("CustomerReceipt", "PrintEnd", text, required_signature_flag=True))

    _told(register, "Print", printed, sale.header.service_id if running else "OTHER")

    body = register.sent[-1].body
    assert isinstance(body, PrintResponse)
    assert body.response.result == result
    register.answer(approved(), to=sale)
    outcome = register.result()
    assert isinstance(outcome, Approved)
    assert len(outcome.receipts) == (3 if running else 2)
    assert "1111 1111" not in repr(outcome)


def test_input_when_asked_then_nobody_is_there(register: Register) -> None:
    asked = InputRequest(InputData("CashierInput", "Input", "GetConfirmation"))

    _told(register, "Input", asked, "OTHER")

    body = register.sent[-1].body
    assert isinstance(body, InputResponse)
    assert body.input_result.response == Response("Failure", "UnavailableDevice")


def test_event_and_unknown_requests_when_they_come_then_notices_only(register: Register) -> None:
    event = EventNotification("CardInserted", "2026-03-02T14:05:06+00:00", "chip 4111111111111111")

    [notice] = _told(register, "Event", event, "12")
    register.hear(Message(header("Sound"), None))
    [unknown] = register.events()

    assert isinstance(notice, Notice)
    assert notice.words == "CardInserted: chip 411111******1111"
    assert isinstance(unknown, Notice)
    assert unknown.code == "unsupported_message"
    assert register.sent == []


def test_words_when_the_shop_is_german_then_german() -> None:
    register = Register(config=NexoConfig("TILL7", "POI-0815", language=NexoConfig().language.GERMAN))
    register.note(register.engine.start_operation(SALE, 0.0))

    register.answer(PaymentResponse(Response("Failure", "WrongPIN")))

    [end] = register.events()
    assert isinstance(end, Finished)
    assert getattr(end.result, "reason", "") == "falsche PIN"


@pytest.mark.parametrize(("sale_id", "poi_id"), [("", "P"), ("S" * 33, "P"), ("S", ""), ("S", " P"), ("S", "P\n")])
def test_setting_when_it_is_no_name_then_refused(sale_id: str, poi_id: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        NexoConfig(sale_id, poi_id)

    assert caught.value.code == "bad_setting"
