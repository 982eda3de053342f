"""Every nexo message as it goes over the wire, in both texts, reviewed by eye; `--update-golden` rewrites them.

Each file holds one message a line, behind its name. They are of our own making, after public descriptions of the
messages: they show what this driver writes, not what the standard demands.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from terminal_driver.nexo import messages, payment_messages
from terminal_driver.nexo.binding import BINDINGS, BODIES, Body, Message, MessageFormat
from terminal_driver.nexo.messages import MessageHeader, MessageReference, OutputContent, OutputText, Response
from tests.support.nexo_register import MADE, approved, failed

FOLDER = Path(__file__).resolve().parent
OK = Response("Success")
TIME = "2026-03-02T14:05:06+00:00"
NAMED = messages.TransactionIdentification("till-7-000123", TIME)
ORIGINAL = payment_messages.OriginalPoiTransaction(poi_transaction_id=MADE)
PAYMENT = MessageReference("Payment", "BCDF234567", "TILL7")
TEXT = OutputContent(
    "Text", (OutputText('  Käse <&> "12"', "Bold", alignment="Centred"), OutputText(""), OutputText("Total"))
)
TOTALS = (
    messages.TransactionTotals(
        "Card", "ACQ", "Visa", "EUR", (messages.PaymentTotals("Debit", 12, Decimal("1234.50")),)
    ),
)
STATE = messages.PoiStatus("OK", True, True, "PaperLow", True)


def _payment(kind: str, *, tip: str | None = None, original: bool = False) -> payment_messages.PaymentRequest:
    amounts = payment_messages.AmountsReq("EUR", Decimal("12.30"), None if tip is None else Decimal(tip))
    return payment_messages.PaymentRequest(
        payment_messages.SaleData(NAMED),
        payment_messages.PaymentTransaction(amounts, ORIGINAL if original else None),
        payment_messages.PaymentData(kind),
    )


BODIES_SHOWN: dict[str, Body] = {
    "login": messages.LoginRequest(
        TIME,
        messages.SaleSoftware("Tillbridge", "Tillbridge", "1", ""),
        "de",
        messages.SaleTerminalData("SHOP", ("CashierDisplay", "PrinterReceipt")),
    ),
    "login answered": messages.LoginResponse(OK, messages.PoiSystemData(TIME, STATE)),
    "logout": messages.LogoutRequest(),
    "logout answered": messages.LogoutResponse(OK),
    "sale": _payment("Normal"),
    "sale with tip": _payment("Normal", tip="1.00"),
    "refund": _payment("Refund"),
    "reservation": _payment("FirstReservation"),
    "reservation completed": _payment("Completion", original=True),
    "approved": approved(),
    "approved in part": approved(amount="6.00", result="Partial"),
    "declined": failed("Refusal", "Do not honour"),
    "reversal": payment_messages.ReversalRequest(
        ORIGINAL, "MerchantCancel", sale_data=payment_messages.SaleData(NAMED)
    ),
    "reversal answered": payment_messages.ReversalResponse(
        OK, payment_messages.PoiData(MADE), reversed_amount=Decimal("12.30")
    ),
    "abort": messages.AbortRequest(PAYMENT, "MerchantAbort"),
    "what became of it": payment_messages.TransactionStatusRequest(PAYMENT, receipt_reprint_flag=False),
    "in progress": payment_messages.TransactionStatusResponse(Response("Failure", "InProgress"), PAYMENT),
    "not found": payment_messages.TransactionStatusResponse(Response("Failure", "NotFound"), PAYMENT),
    "repeated": payment_messages.TransactionStatusResponse(
        OK,
        PAYMENT,
        payment_messages.RepeatedMessageResponse(
            MessageHeader("Service", "Payment", "Response", "TILL7", "POI-0815", "BCDF234567"),
            payment_messages.RepeatedBody(failed("Refusal")),
        ),
    ),
    "end of day": messages.ReconciliationRequest("SaleReconciliation"),
    "end of day answered": messages.ReconciliationResponse(OK, "SaleReconciliation", "17", TOTALS),
    "totals": messages.GetTotalsRequest(),
    "totals answered": messages.GetTotalsResponse(OK, None, TOTALS),
    "diagnosis": messages.DiagnosisRequest(host_diagnosis_flag=True),
    "diagnosis answered": messages.DiagnosisResponse(OK, STATE, (messages.HostStatus("ACQ", True),)),
    "display": messages.DisplayRequest((messages.DisplayOutput("CashierDisplay", "Status", TEXT, False, 5),)),
    "display answered": messages.DisplayResponse((messages.OutputResult("CashierDisplay", "Status", OK),)),
    "print": messages.PrintRequest(messages.PrintOutput("CustomerReceipt", "PrintEnd", TEXT, True)),
    "print answered": messages.PrintResponse("CustomerReceipt", OK),
    "input": messages.InputRequest(messages.InputData("CashierInput", "Input", "GetConfirmation")),
    "input answered": messages.InputResponse(
        messages.OutputResult("CashierInput", "Input", Response("Failure", "UnavailableDevice"))
    ),
    "event": messages.EventNotification("CardInserted", TIME, "chip & contactless"),
}


def _message(body: Body) -> Message:
    name = type(body).__name__
    kind = next(kind for kind in ("Request", "Response", "Notification") if name.endswith(kind))
    category = name.removesuffix(kind)
    device = category in {"Display", "Print", "Input"}
    message_class = "Device" if device else "Event" if kind == "Notification" else "Service"
    header = MessageHeader(
        message_class, category, kind, "TILL7", "POI-0815", "BCDF234567", "3" if device else None, "3.1"
    )
    return Message(header, body)


@pytest.mark.parametrize("message_format", list(MessageFormat))
def test_messages_when_written_then_as_reviewed_and_read_back(
    message_format: MessageFormat,
    update_golden: bool,  # noqa: FBT001  a fixture
) -> None:
    binding, golden = BINDINGS[message_format], FOLDER / f"messages_{message_format}.txt"
    written = {name: binding.encode(_message(body)).decode() for name, body in BODIES_SHOWN.items()}
    if update_golden:
        golden.write_text("".join(f"{name}: {text}\n" for name, text in written.items()), encoding="utf-8")

    reviewed = dict(line.split(": ", 1) for line in golden.read_text(encoding="utf-8").splitlines())

    assert written == reviewed
    for name, text in reviewed.items():
        assert binding.decode(text.encode()) == _message(BODIES_SHOWN[name])


def test_messages_when_listed_then_none_is_missing() -> None:
    assert {type(body).__name__ for body in BODIES_SHOWN.values()} == set(BODIES)
