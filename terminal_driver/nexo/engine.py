"""The register's side of nexo Retailer: bytes and the time in, bytes and events out.

One request runs at a time; an abort may go beside it. An answer belongs to the running request only when class,
category, ServiceID, DeviceID, SaleID and POIID are those of the request. Any other answer that tells of money is an
``OrphanResult``, everything else a notice. What an answer means is judged in :mod:`terminal_driver.nexo.calls`. A
notice with the code ``line_error`` says that the line must be closed and opened again; no command runs by then.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from terminal_driver.card_data import cut_card_numbers
from terminal_driver.engine import AcceptResult, EngineEvent, Finished, Notice, OrphanResult, Progress, Result
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.nexo import messages
from terminal_driver.nexo.binding import BINDINGS, Body, Message, UnreadableBody
from terminal_driver.nexo.calls import Call, DisplayCall, MoneyCall, logged_out
from terminal_driver.nexo.configuration import NexoConfig
from terminal_driver.nexo.device_answers import display_answer, event_notice, input_answer, print_answer, shown_words
from terminal_driver.nexo.framing import LengthFraming
from terminal_driver.nexo.judgement import transaction_of, verdict_of
from terminal_driver.nexo.messages import MessageHeader
from terminal_driver.nexo.payment_messages import PaymentResponse, ReversalResponse, TransactionStatusRequest
from terminal_driver.nexo.questions import Question, login_question, question_of, status_question
from terminal_driver.nexo.receipts import receipt_of
from terminal_driver.nexo.requests import category_of, display_request, expected_of, money_request
from terminal_driver.nexo.service_ids import ServiceCounter, derived_service_id
from terminal_driver.nexo.status_call import Asked, Parties, TransactionStatusCall
from terminal_driver.nexo.vocabulary import Category, MessageClass, MessageType
from terminal_driver.operations import (
    BookReservation,
    CancelReservation,
    Diagnosis,
    DisplayText,
    EndOfDay,
    LogOff,
    MoneyOperation,
    Operation,
    PreAuthorisation,
    Refund,
    RepeatReceipt,
    Reversal,
    SaleRequest,
    Totals,
)
from terminal_driver.outcome import LastResult, NoAnswer, TransactionData, Verdict

TALK_MAX = 10_000  # events kept for a caller who does not listen; beyond it progress and notices are dropped
USED_IDS_KEPT = 1_000  # a caller who repeats a reference is caught within so many operations
ABORT_REASON = "MerchantAbort"

_OPERATIONS: frozenset[type[Operation]] = frozenset(
    {
        SaleRequest,
        Refund,
        Reversal,
        PreAuthorisation,
        BookReservation,
        CancelReservation,
        EndOfDay,
        Totals,
        RepeatReceipt,
        Diagnosis,
        LogOff,
        DisplayText,
    }
)
_MONEY = SaleRequest | Refund | Reversal | PreAuthorisation | BookReservation | CancelReservation


@dataclass(frozen=True, slots=True)
class _Running:
    """The request whose answer is awaited."""

    call: Call
    header: MessageHeader
    patience_s: float


@dataclass(frozen=True, slots=True)
class _Sent:
    """The last operation that moved money."""

    operation: MoneyOperation
    asked: Asked


class NexoEngine:
    """Register's side of one terminal.

    Args:
        config: how the terminal is spoken to.
        accept: asked before an approval is handed on; it must not raise. nexo knows no acknowledgement: what is not
            accepted stays with the terminal and ends ``Unknown``.
        wall: time of day with its zone, for the time stamps of requests.
        first_service_no: where counted ServiceIDs begin; the caller takes a number far from those of earlier runs.
    """

    def __init__(
        self, config: NexoConfig, accept: AcceptResult, wall: Callable[[], datetime], first_service_no: int
    ) -> None:
        self._config = config
        self._accept = accept
        self._wall = wall
        self._binding = BINDINGS[config.message_format]
        self._framing = LengthFraming()
        self._parties = Parties(config.sale_id, config.poi_id)
        self._counter = ServiceCounter(first_service_no)
        self._events: deque[EngineEvent] = deque()
        self._running: _Running | None = None
        self._due: float | None = None
        self._last_sent: _Sent | None = None
        self._used: deque[str] = deque(maxlen=USED_IDS_KEPT)

    @property
    def busy(self) -> bool:
        """True while a request runs."""
        return self._running is not None

    @property
    def operations(self) -> frozenset[type[Operation]]:
        """The operations this engine carries."""
        return _OPERATIONS

    def start_registration(self, now_s: float) -> bytes:
        """Begin a login; ends with ``Finished(TerminalInfo | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        return self._start(login_question(self._config, self._time_stamp()), now_s)

    def start_operation(self, operation: Operation, now_s: float) -> bytes:
        """Begin an operation; ends with ``Finished`` and its kind of result.

        Raises:
            LocalProtocolError: ``not_supported``, ``busy``, ``bad_amount``, ``bad_currency``, ``bad_reference``,
                ``reference_used``, ``no_original`` or ``bad_text``; nothing was sent.
        """
        match operation:
            case _ if isinstance(operation, _MONEY):
                return self._start_money(operation, now_s)
            case RepeatReceipt():
                return self._ask(None if self._last_sent is None else self._last_sent.asked, now_s, reprint=True)
            case DisplayText():
                return self._start_display(operation, now_s)
            case _:
                return self._start(question_of(operation, self._config), now_s)

    def start_last_result(self, now_s: float, about: MoneyOperation | None = None) -> bytes:
        """Begin a question what became of a request; ends with ``Finished(LastResult | NoAnswer)``.

        Args:
            now_s: the time.
            about: the operation; None asks for the last one this engine sent, or after a restart for the terminal's
                last one. One that has no reference can only be asked about while this engine remembers it.

        Raises:
            LocalProtocolError: ``busy``, or ``bad_reference``.
        """
        self._refuse_when_busy()
        asked = None
        if about is None:
            asked = None if self._last_sent is None else self._last_sent.asked
        elif (asked := self._asked_about(about)) is None:
            words = "the operation has no reference by which the terminal could be asked"
            self._events.append(Finished(NoAnswer("no_reference", words)))
            return b""
        return self._ask(asked, now_s, reprint=False)

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Say what the answer to the question proves; the time is not needed, since references are never used twice."""
        del sent_at
        asked = self._asked_about(operation)
        name = "" if asked is None else asked.expected.name
        return verdict_of(expected_of(operation, name), last, self._config.language)

    def start_status(self, now_s: float) -> bytes:
        """Begin a diagnosis of the terminal alone; ends with ``Finished(TerminalStatus | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        return self._start(status_question(self._config), now_s)

    def request_abort(self, now_s: float) -> bytes:
        """Ask the terminal to stop the running request, which still ends with its own result.

        Raises:
            LocalProtocolError: ``nothing_running``.
        """
        del now_s
        if self._running is None:
            raise LocalProtocolError("nothing_running", "no command runs that could be stopped")
        header = self._running.header
        reference = messages.MessageReference(header.message_category, header.service_id, header.sale_id)
        body = messages.AbortRequest(reference, ABORT_REASON)
        return self._encoded(self._header(Category.ABORT, self._counter.take()), body)

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return answers to the terminal's requests."""
        self._framing.feed(data)
        out = bytearray()
        try:
            while (text := self._framing.take()) is not None:
                out += self._take_text(text, now_s)
        except RemoteProtocolError as error:
            self._broken("line_error", str(error))
            self._tell(Notice("line_error", f"{error.code}: {error}"))
        return bytes(out)

    def next_event(self) -> EngineEvent | None:
        """Return the oldest event not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        return self._due

    def expire(self, now_s: float) -> bytes:
        """End a request whose answer did not come; nothing is ever sent again."""
        if self._due is not None and now_s >= self._due:
            self._broken("no_answer", "the terminal did not answer in time")
        return b""

    def line_lost(self, now_s: float) -> None:
        """End the running request; a late answer over the next line is still taken."""
        del now_s
        self._framing.reset()
        self._broken("line_lost", "the line to the terminal broke")

    def _start_money(self, operation: MoneyOperation, now_s: float) -> bytes:
        self._refuse_when_busy()
        reference = operation.reference
        service_id = derived_service_id(reference) if reference else self._counter.take()
        if service_id in self._used:
            raise LocalProtocolError("reference_used", "an operation of this reference was sent before")
        request = money_request(operation, reference or service_id, self._time_stamp())
        call = MoneyCall(request.expected, self._accept, self._config.poi_id, self._config.language)
        question = Question(request.category, request.body, call, self._config.completion_timeout_s)
        out = self._start(question, now_s, service_id)
        self._used.append(service_id)
        self._last_sent = _Sent(operation, Asked(request.category, service_id, request.expected))
        return out

    def _start_display(self, operation: DisplayText, now_s: float) -> bytes:
        """Begin a message of the device class: it is named by a DeviceID alone."""
        self._refuse_when_busy()
        body = display_request(operation)
        header = replace(
            self._header(Category.DISPLAY, None), message_class=MessageClass.DEVICE, device_id=self._counter.take()
        )
        call = DisplayCall(self._config.language)
        return self._run(_Running(call, header, self._config.answer_timeout_s), self._encoded(header, body), now_s)

    def _ask(self, asked: Asked | None, now_s: float, *, reprint: bool) -> bytes:
        config = self._config
        call = TransactionStatusCall(asked, self._parties, config.currency_numeric, config.language)
        body = TransactionStatusRequest(call.reference, reprint)
        return self._start(Question(Category.TRANSACTION_STATUS, body, call, config.answer_timeout_s), now_s)

    def _asked_about(self, operation: MoneyOperation) -> Asked | None:
        """Return under which names an operation was sent, or None when nothing tells."""
        if operation.reference:
            name = operation.reference
            return Asked(category_of(operation), derived_service_id(name), expected_of(operation, name))
        sent = self._last_sent
        return sent.asked if sent is not None and sent.operation == operation else None

    def _start(self, question: Question, now_s: float, service_id: str | None = None) -> bytes:
        self._refuse_when_busy()
        header = self._header(question.category, service_id or self._counter.take())
        running = _Running(question.call, header, question.patience_s)
        return self._run(running, self._encoded(header, question.body), now_s)

    def _run(self, running: _Running, data: bytes, now_s: float) -> bytes:
        self._running = running
        self._due = now_s + running.patience_s
        return data

    def _refuse_when_busy(self) -> None:
        if self._running is not None:
            raise LocalProtocolError("busy", "a command is running")

    def _header(self, category: Category, service_id: str | None) -> MessageHeader:
        return MessageHeader(
            MessageClass.SERVICE,
            category,
            MessageType.REQUEST,
            self._parties.sale_id,
            self._parties.poi_id,
            service_id,
            protocol_version=self._config.protocol_version,
        )

    def _encoded(self, header: MessageHeader, body: Body) -> bytes:
        return self._framing.encode(self._binding.encode(Message(header, body)))

    def _time_stamp(self) -> str:
        return self._wall().isoformat(timespec="seconds")

    def _take_text(self, text: bytes, now_s: float) -> bytes:
        try:
            message = self._binding.decode(text)
        except UnreadableBody as error:
            self._tell(Notice("unreadable_message", f"{error.header.message_category}: {error}"))
            if self._answers_us(error.header):
                self._broken("unreadable_answer", str(error))
            return b""
        except RemoteProtocolError as error:
            # It may have been our answer: rather ask what became of the request than wait in vain.
            self._tell(Notice("unreadable_message", str(error)))
            self._broken("unreadable_answer", str(error))
            return b""
        if not self._parties.fit(message.header):
            names = f"register {message.header.sale_id} and terminal {message.header.poi_id}"
            self._tell(Notice("foreign_message", f"a message between {names} came, which are not these two"))
            return b""
        match message.header.message_type:
            case MessageType.RESPONSE:
                self._take_answer(message)
                return b""
            case MessageType.REQUEST:
                return self._take_request(message, now_s)
            case _:
                self._tell(event_notice(message.body))
                return b""

    def _take_answer(self, message: Message) -> None:
        body = message.body
        if self._running is not None and self._answers_us(message.header):
            self._finish(self._running.call.answered(body))
            if logged_out(body):
                self._tell(Notice("line_error", "the terminal does not know our login any more"))
        elif isinstance(body, PaymentResponse | ReversalResponse):
            self._events.append(OrphanResult(self._orphan(body, message.header.service_id)))
        else:
            self._tell(Notice("stray_answer", "an answer came to which nothing was asked"))

    def _orphan(self, body: PaymentResponse | ReversalResponse, service_id: str | None) -> TransactionData:
        sent = self._last_sent
        name = sent.asked.expected.name if sent is not None and sent.asked.service_id == service_id else ""
        currency = self._config.currency_numeric
        try:
            return transaction_of(body, name=name, currency_numeric=currency, terminal_id=self._config.poi_id)
        except RemoteProtocolError as error:
            self._tell(Notice("unreadable_message", str(error)))
            return TransactionData()

    def _answers_us(self, header: MessageHeader) -> bool:
        running = self._running
        return running is not None and replace(header, protocol_version=None) == replace(
            running.header, message_type=MessageType.RESPONSE, protocol_version=None
        )

    def _take_request(self, message: Message, now_s: float) -> bytes:
        """Answer what the terminal asks of our devices; one that serves the running request is a sign of life."""
        running = self._running
        own = running is not None and message.header.service_id == running.header.service_id
        if running is not None and own:
            self._due = now_s + running.patience_s
        answer: Body | None = None
        match message.body:
            case messages.DisplayRequest() as request:
                if words := shown_words(request):
                    self._tell(Progress("terminal_text", words) if own else Notice("terminal_text", words))
                answer = display_answer(request)
            case messages.PrintRequest(output) as request:
                receipt = receipt_of(
                    output.document_qualifier, output.output_content, signature_field=output.required_signature_flag
                )
                taken = running is not None and own and receipt is not None and running.call.printed(receipt)
                if not taken:
                    self._tell(Notice("stray_print", "a text to print came that cannot be printed now"))
                answer = print_answer(request, taken=taken)
            case messages.InputRequest() as request:
                answer = input_answer(request)
            case _:
                self._tell(Notice("unsupported_message", f"the terminal asked for {message.header.message_category}"))
        if answer is None:
            return b""
        return self._encoded(replace(message.header, message_type=MessageType.RESPONSE), answer)

    def _tell(self, event: Progress | Notice) -> None:
        if len(self._events) < TALK_MAX:
            self._events.append(replace(event, words=cut_card_numbers(event.words)))

    def _broken(self, code: str, reason: str) -> None:
        if self._running is not None:
            self._finish(self._running.call.broken(code, cut_card_numbers(reason)))

    def _finish(self, result: Result) -> None:
        self._running = None
        self._due = None
        self._events.append(Finished(result))
