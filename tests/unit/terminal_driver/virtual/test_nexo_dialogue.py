"""The simulated nexo terminal met by a register that is not ours: repeats, strange references, wrong requests."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from terminal_driver.nexo.binding import BINDINGS, Body, Message, MessageFormat
from terminal_driver.nexo.framing import LengthFraming
from terminal_driver.nexo.messages import (
    AbortRequest,
    DiagnosisRequest,
    DiagnosisResponse,
    LoginRequest,
    LogoutRequest,
    MessageReference,
    OutputContent,
    PrintOutput,
    PrintRequest,
    SaleSoftware,
    TransactionIdentification,
)
from terminal_driver.nexo.payment_messages import (
    AmountsReq,
    OriginalPoiTransaction,
    PaymentData,
    PaymentRequest,
    PaymentResponse,
    PaymentTransaction,
    ReversalRequest,
    ReversalResponse,
    SaleData,
    TransactionStatusRequest,
    TransactionStatusResponse,
)
from terminal_driver.nexo.service_ids import derived_service_id
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.nexo_dialogue import NexoDialogue
from terminal_driver.virtual.panel import Awaiting, Key, KeyPress
from terminal_driver.virtual.scenarios import scenario_of
from terminal_driver.zvt.status_codes import Language
from tests.support.nexo_register import header

AT = datetime(2026, 3, 2, 14, 5, 6, tzinfo=UTC)
LOGIN = LoginRequest("2026-03-02T14:05:06+00:00", SaleSoftware("a", "b", "c", ""), "de")


class Till:
    """A register of any maker: it says what the test wants."""

    def __init__(
        self,
        scenario: str = "approve",
        *,
        journal: Journal | None = None,
        auto_pace: float | None = 0.0,
        message_format: MessageFormat = MessageFormat.JSON,
    ) -> None:
        self.binding = BINDINGS[message_format]
        around = Surroundings(
            journal or Journal(),
            "52500041",
            "978",
            Language.ENGLISH,
            lambda: AT,
            auto_pace=auto_pace,
            patience_minutes=None,
        )
        self.terminal = NexoDialogue(around, scenario_of(scenario), message_format)
        self.journal = around.journal

    def say(self, category: str, body: Body, service_id: str | None = "1") -> list[Message]:
        """Send a request and return all that comes back until the terminal waits for a person, or is done."""
        message = Message(header(category, service_id=service_id), body)
        return self.raw(LengthFraming().encode(self.binding.encode(message)))

    def raw(self, data: bytes) -> list[Message]:
        out = self.terminal.receive(data, 0.0)
        while (due := self.terminal.deadline()) is not None and self.terminal.around.auto_pace is not None:
            out += self.terminal.expire(due)
        return self.read(out)

    def read(self, out: bytes) -> list[Message]:
        framing, found = LengthFraming(), []
        framing.feed(out)
        while (text := framing.take()) is not None:
            found.append(self.binding.decode(text))
        return found

    def ready(self) -> "Till":
        self.say("Login", LOGIN, "0")
        return self


def _payment(
    name: str = "invoice 7", amount: str | None = "12.34", currency: str = "EUR", kind: str = "Normal"
) -> PaymentRequest:
    amounts = AmountsReq(currency, None if amount is None else Decimal(amount))
    sale = SaleData(TransactionIdentification(name, "2026-03-02T14:05:06+00:00"))
    return PaymentRequest(sale, PaymentTransaction(amounts), PaymentData(kind))


def _status(service_id: str | None) -> TransactionStatusRequest:
    return TransactionStatusRequest(None if service_id is None else MessageReference("Payment", service_id, "TILL7"))


def _end(answers: list[Message]) -> tuple[str, str | None]:
    """Return result and condition of the last message."""
    body = answers[-1].body
    assert isinstance(body, PaymentResponse | ReversalResponse | TransactionStatusResponse | DiagnosisResponse)
    return body.response.result, body.response.error_condition


@pytest.mark.parametrize("message_format", list(MessageFormat))
def test_payment_when_repeated_then_the_same_answer_and_one_booking(message_format: MessageFormat) -> None:
    till = Till(message_format=message_format).ready()

    first = till.say("Payment", _payment(), "77")[-1]
    again = till.say("Payment", _payment(), "77")

    assert again == [first]
    assert [entry.amount_minor for entry in till.journal.entries] == [1234]


def test_payment_when_refused_and_repeated_then_refused_again_without_a_card() -> None:
    till = Till("decline").ready()
    first = till.say("Payment", _payment(), "77")[-1]
    till.terminal.scenario = scenario_of("approve")

    assert till.say("Payment", _payment(), "77") == [first]
    assert till.journal.entries == ()


def test_payment_when_repeated_while_it_runs_then_nothing_is_said_twice() -> None:
    till = Till(auto_pace=None).ready()
    till.say("Payment", _payment(), "77")

    assert till.say("Payment", _payment(), "77") == []
    till.terminal.press(KeyPress(Key.CARD, "Visa"), 1.0)
    end = till.read(till.terminal.press(KeyPress(Key.PIN), 2.0))

    assert _end(end) == ("Success", None)
    assert len(till.journal.entries) == 1


def test_request_when_another_runs_then_busy_and_the_first_goes_on() -> None:
    till = Till(auto_pace=None).ready()
    till.say("Payment", _payment(), "77")

    assert _end(till.say("Payment", _payment("other"), "78")) == ("Failure", "Busy")
    assert _end(till.say("Diagnosis", DiagnosisRequest(), "79")) == ("Failure", "Busy")
    assert _end(till.say("TransactionStatus", _status("77"), "80")) == ("Failure", "InProgress")
    assert _end(till.say("TransactionStatus", _status(None), "81")) == ("Failure", "InProgress")
    assert _end(till.say("TransactionStatus", _status("78"), "82")) == ("Failure", "NotFound")
    assert till.terminal.awaiting is Awaiting.CARD


@pytest.mark.parametrize(("service_id", "stops"), [("77", True), ("78", False), (None, False)])
def test_abort_when_it_names_the_running_request_then_only_that_is_stopped(
    service_id: str | None, *, stops: bool
) -> None:
    till = Till(auto_pace=None).ready()
    till.say("Payment", _payment(), "77")

    answers = till.say("Abort", AbortRequest(MessageReference("Payment", service_id, "TILL7"), "MerchantAbort"), "90")

    assert [_end(answers)] == [("Failure", "Cancel")] if stops else answers == []
    assert (till.terminal.awaiting is Awaiting.IDLE) == stops


def test_status_when_the_register_names_its_service_ids_its_own_way_then_found() -> None:
    till = Till().ready()
    till.say("Payment", _payment(), "0001")

    by_name = till.say("TransactionStatus", _status("0001"), "2")[-1].body
    last = till.say("TransactionStatus", _status(None), "3")[-1].body

    for body in (by_name, last):
        assert isinstance(body, TransactionStatusResponse)
        assert body.repeated_message_response is not None
        assert body.repeated_message_response.message_header.service_id == "0001"
        assert isinstance(body.repeated_message_response.body, PaymentResponse)
        assert body.repeated_message_response.body.response.result == "Success"


def test_status_when_the_terminal_holds_nothing_then_not_found() -> None:
    till = Till().ready()

    assert _end(till.say("TransactionStatus", _status(None), "2")) == ("Failure", "NotFound")
    assert _end(till.say("TransactionStatus", _status("77"), "3")) == ("Failure", "NotFound")


def test_status_when_the_booking_was_taken_back_then_it_says_so() -> None:
    till = Till().ready()
    till.say("Payment", _payment(), "77")
    till.journal.reverse(till.journal.entries[0])

    body = till.say("TransactionStatus", _status("77"), "2")[-1].body

    assert isinstance(body, TransactionStatusResponse)
    assert body.repeated_message_response is not None
    assert isinstance(body.repeated_message_response.body, PaymentResponse)
    assert body.repeated_message_response.body.response.error_condition == "Aborted"


def test_payment_when_the_terminal_was_restarted_then_a_repeat_of_a_named_sale_is_not_booked_again(
    tmp_path: Path,
) -> None:
    """Only names from which a ServiceID is made outlive the program; that is how our own register names its sales."""
    before = Till(journal=Journal(tmp_path / "journal")).ready()
    before.say("Payment", _payment("till-7-1"), derived_service_id("till-7-1"))
    before.journal.close()

    after = Till(journal=Journal(tmp_path / "journal")).ready()
    answers = after.say("Payment", _payment("till-7-1"), derived_service_id("till-7-1"))
    after.journal.close()

    assert _end(answers) == ("Success", None)
    assert len(after.journal.entries) == 1


def test_payment_when_nobody_logged_in_then_refused() -> None:
    assert _end(Till().say("Payment", _payment())) == ("Failure", "LoggedOut")

    till = Till().ready()
    till.say("Logout", LogoutRequest(), "5")
    assert _end(till.say("Payment", _payment(), "6")) == ("Failure", "LoggedOut")


@pytest.mark.parametrize(
    "request_body",
    [
        _payment(amount=None),
        _payment(amount="0"),
        _payment(amount="-1"),
        _payment(amount="1.001"),
        _payment(currency="QQQ"),
        _payment(kind="CashAdvance"),
        _payment("n" * 36),
    ],
)
def test_payment_when_it_makes_no_sense_then_message_format(request_body: PaymentRequest) -> None:
    till = Till().ready()

    assert _end(till.say("Payment", request_body, "7")) == ("Failure", "MessageFormat")
    assert till.journal.entries == ()


def test_payment_when_its_body_cannot_be_read_then_message_format() -> None:
    till = Till().ready()
    text = till.binding.encode(Message(header("Payment"), None))

    assert _end(till.raw(LengthFraming().encode(text))) == ("Failure", "MessageFormat")


def test_reversal_when_it_names_no_or_another_amount_then_checked_against_the_booking() -> None:
    till = Till().ready()
    sold = till.say("Payment", _payment(), "7")[-1].body
    assert isinstance(sold, PaymentResponse)
    assert sold.poi_data is not None
    original = OriginalPoiTransaction(poi_transaction_id=sold.poi_data.poi_transaction_id)

    part = till.say("Reversal", ReversalRequest(original, "CustCancel", Decimal("1.00")), "8")
    whole = till.say("Reversal", ReversalRequest(original, "CustCancel"), "9")
    again = till.say("Reversal", ReversalRequest(original, "CustCancel"), "10")
    unnamed = till.say("Reversal", ReversalRequest(OriginalPoiTransaction(), "CustCancel"), "11")

    assert [_end(answers)[0] for answers in (part, whole, again, unnamed)] == [
        "Failure",
        "Success",
        "Failure",
        "Failure",
    ]
    assert [entry.kind for entry in till.journal.entries] == ["sale", "reversal"]


@pytest.mark.parametrize("noise", [b"\x00\x00\x00\x02{}", b"\x00\x00\x00\x01\xff", b"\x00\x00\x00\x05<a/>\n"])
def test_noise_when_it_comes_then_the_next_request_is_answered(noise: bytes) -> None:
    till = Till().ready()

    assert till.raw(noise) == []
    assert _end(till.say("Payment", _payment(), "7")) == ("Success", None)


def test_stream_when_it_cannot_be_cut_then_the_connection_is_ended() -> None:
    till = Till().ready()

    assert till.raw(b"\xff\xff\xff\xff") == []
    assert till.terminal.take_wish() is LineWish.HANG_UP


def test_message_when_it_is_none_of_a_register_then_nothing_is_said() -> None:
    till = Till().ready()
    stray = PrintRequest(PrintOutput("Document", "PrintEnd", OutputContent("Text")))

    assert till.say("Print", stray) == []
    response = Message(replace(header("Payment"), message_type="Response"), None)
    assert till.raw(LengthFraming().encode(till.binding.encode(response))) == []


def test_line_when_it_breaks_then_half_a_message_and_the_running_payment_are_gone() -> None:
    till = Till(auto_pace=None).ready()
    till.say("Payment", _payment(), "77")
    till.terminal.receive(b"\x00\x00\x01", 1.0)

    till.terminal.broken(1.0)

    assert till.terminal.awaiting is Awaiting.IDLE
    assert _end(till.say("TransactionStatus", _status("77"), "2")) == ("Failure", "NotFound")
