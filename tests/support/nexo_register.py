"""A register that speaks nexo to a test instead of a terminal: the test reads its requests and writes the answers."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from terminal_driver.engine import AcceptResult, EngineEvent, Finished
from terminal_driver.nexo.binding import BINDINGS, Body, Message, MessageFormat
from terminal_driver.nexo.configuration import NexoConfig
from terminal_driver.nexo.engine import NexoEngine
from terminal_driver.nexo.framing import LengthFraming
from terminal_driver.nexo.messages import (
    MessageHeader,
    OutputContent,
    OutputText,
    Response,
    TransactionIdentification,
)
from terminal_driver.nexo.payment_messages import (
    AmountsResp,
    CardData,
    PaymentAcquirerData,
    PaymentInstrumentData,
    PaymentReceipt,
    PaymentResponse,
    PaymentResult,
    PoiData,
    SaleData,
)
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Baseline

AT = datetime(2026, 3, 2, 14, 5, 6, tzinfo=UTC)
SALE = SaleRequest(1234, "978", Baseline(), "till-7-000123")
MADE = TransactionIdentification("000042", "2026-03-02T14:05:09+00:00")


class Register:
    """An engine with a clock of its own; ``sent`` holds every message it wrote."""

    def __init__(
        self,
        message_format: MessageFormat = MessageFormat.JSON,
        *,
        accept: AcceptResult = lambda _data: True,
        config: NexoConfig | None = None,
    ) -> None:
        self.binding = BINDINGS[message_format]
        self.config = config or NexoConfig("TILL7", "POI-0815", message_format)
        self.engine = NexoEngine(self.config, accept, lambda: AT, 1)
        self.sent: list[Message] = []
        self._reader = LengthFraming()

    def note(self, data: bytes) -> Message:
        """Keep what the engine wrote; returns the last message in it."""
        self._reader.feed(data)
        while (text := self._reader.take()) is not None:
            self.sent.append(self.binding.decode(text))
        return self.sent[-1]

    def hear(self, message: Message, now_s: float = 1.0) -> None:
        """Let the engine receive a message."""
        self.hear_text(self.binding.encode(message), now_s)

    def hear_text(self, text: bytes, now_s: float = 1.0) -> None:
        out = self.engine.receive(LengthFraming().encode(text), now_s)
        if out:
            self.note(out)

    def answer(self, body: Body, *, to: Message | None = None, wrong: dict[str, Any] | None = None) -> None:
        """Answer a request, the last one if none is named; ``wrong``: fields of the header that are to differ."""
        request = (to or self.sent[-1]).header
        self.hear(Message(replace(request, message_type="Response", **(wrong or {})), body))

    def events(self) -> list[EngineEvent]:
        found: list[EngineEvent] = []
        while (event := self.engine.next_event()) is not None:
            found.append(event)
        return found

    def result(self) -> object:
        """Return what the one command that has ended came to."""
        [result] = [event.result for event in self.events() if isinstance(event, Finished)]
        return result


def approved(
    name: str = SALE.reference,
    *,
    amount: str | None = "12.34",
    currency: str | None = "EUR",
    result: str = "Success",
    condition: str | None = None,
    payment_type: str | None = "Normal",
    pan: str = "411111******1111",
) -> PaymentResponse:
    """Return the answer to a payment; without arguments the approval of ``SALE``."""
    return PaymentResponse(
        Response(result, condition),
        SaleData(TransactionIdentification(name, AT.isoformat())),
        PoiData(MADE),
        PaymentResult(
            payment_type,
            PaymentInstrumentData("Card", CardData("Visa", pan)),
            AmountsResp(currency, None if amount is None else Decimal(amount)),
            online_flag=True,
            payment_acquirer_data=PaymentAcquirerData("ACQ", "M-1", "T-1", "A77"),
        ),
        (
            PaymentReceipt("CashierReceipt", OutputContent("Text", (OutputText("Merchant"), OutputText("")))),
            PaymentReceipt("CustomerReceipt", OutputContent("Text", (OutputText("  Customer"),))),
        ),
    )


def failed(condition: str | None, words: str | None = None) -> PaymentResponse:
    """Return the answer to a payment that charged nothing."""
    return PaymentResponse(Response("Failure", condition, words))


def header(category: str, message_type: str = "Request", service_id: str | None = "77", **more: str) -> MessageHeader:
    """Return the header of a message between the register of these tests and its terminal."""
    kind = {"Event": "Event", "Display": "Device", "Print": "Device", "Input": "Device"}.get(category, "Service")
    return MessageHeader(kind, category, message_type, "TILL7", "POI-0815", service_id, **more)
