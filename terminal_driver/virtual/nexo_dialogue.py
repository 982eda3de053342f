"""What the virtual terminal does with each nexo message: scenario, payment, status, what became of a request.

It recognises a repeated request by its ServiceID and gives the same answer again, without doing anything twice. No
thread, line or clock in here.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from terminal_driver.errors import DriverError, RemoteProtocolError
from terminal_driver.nexo import messages
from terminal_driver.nexo.amounts import numeric_of, to_minor
from terminal_driver.nexo.binding import BINDINGS, Body, Message, MessageFormat, UnreadableBody
from terminal_driver.nexo.framing import LengthFraming
from terminal_driver.nexo.messages import MessageHeader, TransactionIdentification
from terminal_driver.nexo.payment_messages import (
    OriginalPoiTransaction,
    PaymentData,
    PaymentRequest,
    PaymentResponse,
    RepeatedBody,
    RepeatedMessageResponse,
    ReversalRequest,
    ReversalResponse,
    SaleData,
    TransactionStatusRequest,
    TransactionStatusResponse,
)
from terminal_driver.nexo.service_ids import REFERENCE_SIGNS_MAX
from terminal_driver.nexo.vocabulary import Category, ErrorCondition, MessageType, PaymentType
from terminal_driver.outcome import TerminalReceipt
from terminal_driver.virtual.bookings import totals_by_scheme
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.nexo_answers import (
    DONE,
    KIND_OF,
    booked_body,
    condition_of,
    failed,
    refused_body,
    shown_body,
    state_body,
    totals_body,
    transaction_name,
)
from terminal_driver.virtual.nexo_memory import NexoMemory
from terminal_driver.virtual.orders import BookingKind, Order
from terminal_driver.virtual.progress_words import progress_text
from terminal_driver.virtual.refusals import Refusal, refusal_words
from terminal_driver.virtual.sale_reporter import NOTHING, Refused, Sent
from terminal_driver.virtual.sale_run import SaleRun
from terminal_driver.virtual.scenarios import Answering, Scenario
from terminal_driver.virtual.single_answer import SilentReporter, SingleAnswerDialogue

_LOG = logging.getLogger(__name__)

_Send = Callable[[MessageHeader, Body], bytes]


class NexoReporter(SilentReporter):
    """Fulfils ``SaleReporter``: texts for the cashier's display on the way, then the one answer.

    Args:
        header: of the request.
        name: the register's of the transaction.
        order: what it wants.
        around: the terminal's settings.
        send: writes a message.
        remember: keeps the answer, for a register that asks for it again.
    """

    def __init__(
        self,
        header: MessageHeader,
        name: TransactionIdentification,
        order: Order,
        around: Surroundings,
        send: _Send,
        remember: Callable[[MessageHeader, Body], None],
    ) -> None:
        self._header = header
        self._name = name
        self._order = order
        self._around = around
        self._send = send
        self._remember = remember
        self._shown = 0
        self._answered = False

    def progress(self, word: str, now_s: float, *, patience: bool) -> Sent:
        """Show a text at the register; nothing once the answer is out."""
        del now_s, patience
        if self._answered:
            return NOTHING
        self._shown += 1
        header = replace(
            self._header, message_class="Device", message_category=Category.DISPLAY, device_id=str(self._shown)
        )
        return Sent(self._send(header, shown_body(progress_text(word, self._around.language))))

    def result(self, booking: JournalEntry, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Answer with amount, card and receipts."""
        del now_s
        requested = self._order.amount_minor
        return self._answer(booked_body(booking, receipts, self._name, self._around.terminal_id, requested))

    def refusal(self, refused: Refused, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Answer with the reason."""
        del receipts, now_s
        response = failed(condition_of(refused.reason), refused.words)
        return self._answer(refused_body(self._header.message_category, response, self._name))

    def abort(self, refused: Refused, now_s: float) -> Sent:
        """Answer with the reason, if nothing was answered before."""
        return NOTHING if self._answered else self.refusal(refused, (), now_s)

    def _answer(self, body: Body) -> Sent:
        self._answered = True
        header = replace(self._header, message_type=MessageType.RESPONSE)
        self._remember(header, body)
        return Sent(self._send(header, body))


class NexoDialogue(SingleAnswerDialogue):
    """The behaviour of one terminal; fulfils ``DeviceDialogue``.

    Args:
        around: journal and the terminal's settings.
        scenario: of the coming operations; may be changed at any time, a running one keeps its own.
        message_format: the text of the messages.
    """

    block_start = b""

    def __init__(self, around: Surroundings, scenario: Scenario, message_format: MessageFormat) -> None:
        super().__init__(around, scenario)
        self._binding = BINDINGS[message_format]
        self._framing = LengthFraming()
        self._memory = NexoMemory(around)
        self._running_id: str | None = None
        self._busy_answers = 0
        self._day_closed = False
        self.registered = False

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return all that is to be sent."""
        self._framing.feed(data)
        out = bytearray()
        try:
            while (text := self._framing.take()) is not None:
                out += self._take_text(text, now_s)
        except RemoteProtocolError as error:
            _note(error)
            self._wish = LineWish.HANG_UP  # nothing says where the next message begins, but the next connection does
        return bytes(out)

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        return self._run_deadline()

    def expire(self, now_s: float) -> bytes:
        """Act on deadlines that have passed."""
        return self._run_expire(now_s)

    def broken(self, now_s: float) -> None:
        """The line is gone: a running payment ends as its scenario says; what was answered stays known."""
        del now_s
        self._framing.reset()
        if self._run is not None:
            self._busy_answers = self._run.scenario.busy_answers
        self._unanswered()

    def _take_text(self, text: bytes, now_s: float) -> bytes:
        try:
            message = self._binding.decode(text)
        except UnreadableBody as error:
            _note(error)
            header = error.header
            if header.message_type == MessageType.REQUEST and header.message_category in _MONEY:
                body = refused_body(header.message_category, failed(ErrorCondition.MESSAGE_FORMAT, str(error)), None)
                return self._reply(header, body)
            return b""
        except RemoteProtocolError as error:
            _note(error)
            return b""
        if message.header.message_type != MessageType.REQUEST:
            return b""
        return self._take_request(message.header, message.body, now_s)

    def _take_request(self, header: MessageHeader, body: Body | None, now_s: float) -> bytes:
        match body:
            case PaymentRequest() | ReversalRequest():
                return self._money(header, body, now_s)
            case messages.AbortRequest(reference):
                if self._run is None or reference.service_id != self._running_id or not self._run.stoppable:
                    return b""
                return self._moved(self._run.stop(now_s))
            case _:
                answer = self._answer_to(header, body)
                return b"" if answer is None else self._reply(header, answer)

    def _answer_to(self, header: MessageHeader, body: Body | None) -> Body | None:
        """Answer what moves no money; None for what a terminal does not understand."""
        match body:
            case TransactionStatusRequest():
                return self._status_of(header, body)
            case messages.LoginRequest():
                self.registered = True
                system = messages.PoiSystemData(self._time(), state_body(busy=self._run is not None))
                return messages.LoginResponse(DONE, system)
            case messages.LogoutRequest():
                self.registered = False
                return messages.LogoutResponse(DONE)
            case messages.DiagnosisRequest():
                return self._diagnosis()
            case messages.GetTotalsRequest() | messages.ReconciliationRequest():
                return self._totals(body)
            case messages.DisplayRequest(outputs):
                results = (messages.OutputResult(output.device, output.info_qualify, DONE) for output in outputs)
                return messages.DisplayResponse(tuple(results))
            case _:
                _LOG.info("virtual_terminal.notice", extra={"code": "unsupported", "words": header.message_category})
                return None

    def _money(self, header: MessageHeader, body: PaymentRequest | ReversalRequest, now_s: float) -> bytes:
        """Begin an operation, or say why not; one that was answered before gets the same answer again."""
        service_id = header.service_id or ""
        if self._run is not None and service_id == self._running_id:
            return b""  # its answer is still to come
        if (known := self._memory.about(service_id, header)) is not None:
            return self._encoded(known.header, known.body)
        name = _name_of(body, service_id, self._time())
        if self._run is None and self.scenario.answering is Answering.SILENT:
            self._wish = LineWish.MUTE
            return b""
        try:
            order = self._order_of(body, name.transaction_id)
            refusal = self._refusal(header, order)
        except DriverError as error:
            refusal, order = failed(ErrorCondition.MESSAGE_FORMAT, str(error)), None
        if refusal is not None or order is None:
            return self._reply(header, refused_body(header.message_category, refusal or _MALFORMED, name))
        self._running_id = service_id
        self._memory.began(service_id, order.reference)
        reporter = NexoReporter(header, name, order, self.around, self._encoded, self._memory.remember)
        # Nobody acknowledges an answer here, so none can be taken back for want of one.
        scenario = replace(self.scenario, reverses_unanswered=False, reverses_unprinted=False)
        self._run = SaleRun(scenario, order, self.around, reporter)
        return self._moved(self._run.start(now_s))

    def _order_of(self, body: PaymentRequest | ReversalRequest, reference: str) -> Order:
        """Read what the register wants. Raises ``DriverError`` for amounts and currencies that are none."""
        if isinstance(body, ReversalRequest):
            original = self._original(body.original_poi_transaction)
            if original is None:
                return Order(1, self.around.currency, BookingKind.REVERSAL, reference=reference)
            kind = BookingKind.REVERSAL
            if original.kind == BookingKind.RESERVATION:
                kind = BookingKind.CANCELLATION
            amount_minor = original.amount_minor
            if body.reversed_amount is not None:
                amount_minor = to_minor(body.reversed_amount, original.currency)
            return Order(amount_minor, original.currency, kind, original=original, reference=reference)
        amounts = body.payment_transaction.amounts_req
        amount_minor = 0 if amounts.requested_amount is None else to_minor(amounts.requested_amount, amounts.currency)
        wanted = (body.payment_data or PaymentData()).payment_type or PaymentType.NORMAL
        kind_of_payment = KIND_OF.get(wanted)
        if amount_minor <= 0 or kind_of_payment is None:
            raise RemoteProtocolError("bad_amount", f"no amount, or no such payment: {wanted}")
        return Order(
            amount_minor,
            numeric_of(amounts.currency),
            kind_of_payment,
            original=self._original(body.payment_transaction.original_poi_transaction),
            tip_minor=0 if amounts.tip_amount is None else to_minor(amounts.tip_amount, amounts.currency),
            reference=reference,
        )

    def _refusal(self, header: MessageHeader, order: Order) -> messages.Response | None:
        """Say why an operation is not begun."""
        if not self.registered:
            return failed(ErrorCondition.LOGGED_OUT)
        if not header.service_id or len(order.reference) > REFERENCE_SIGNS_MAX:
            return _MALFORMED
        if self._run is not None or self.scenario.answering is Answering.BUSY:
            return failed(ErrorCondition.BUSY)
        objection = self._objection(order)
        if objection is None:
            return None
        return failed(condition_of(objection), refusal_words(objection, None, self.around.language))

    def _objection(self, order: Order) -> Refusal | None:
        """Say why an order is refused without a card; a day that had to be closed first may be closed by now."""
        objection = super()._objection(order)
        return None if objection is Refusal.END_OF_DAY_NEEDED and self._day_closed else objection

    def _original(self, named: OriginalPoiTransaction | None) -> JournalEntry | None:
        wanted = None if named is None else named.poi_transaction_id
        entries = reversed(self.around.journal.entries)
        return next((entry for entry in entries if wanted is not None and transaction_name(entry) == wanted), None)

    def _status_of(self, header: MessageHeader, question: TransactionStatusRequest) -> Body:
        named = question.message_reference
        service_id = None if named is None else named.service_id
        if self._run is not None and service_id in (None, self._running_id):
            return TransactionStatusResponse(failed(ErrorCondition.IN_PROGRESS), named)
        known = self._memory.last(header) if service_id is None else self._memory.about(service_id, header)
        if known is None:
            return TransactionStatusResponse(failed(ErrorCondition.NOT_FOUND), named)
        body = RepeatedBody(
            known.body if isinstance(known.body, PaymentResponse) else None,
            known.body if isinstance(known.body, ReversalResponse) else None,
        )
        return TransactionStatusResponse(DONE, named, RepeatedMessageResponse(known.header, body))

    def _diagnosis(self) -> Body:
        if self._run is not None:
            return messages.DiagnosisResponse(failed(ErrorCondition.BUSY))
        busy = self.scenario.answering is Answering.BUSY
        if self._busy_answers:
            self._busy_answers -= 1
            busy = True
        return messages.DiagnosisResponse(DONE, state_body(busy=busy), (messages.HostStatus("1", True),))

    def _totals(self, asked: messages.GetTotalsRequest | messages.ReconciliationRequest) -> Body:
        journal = self.around.journal
        closes = isinstance(asked, messages.ReconciliationRequest)
        if self._run is not None:
            busy = failed(ErrorCondition.BUSY)
            return messages.ReconciliationResponse(busy) if closes else messages.GetTotalsResponse(busy)
        totals = totals_body(totals_by_scheme(journal.unsettled, journal.entries), self.around.currency)
        if not isinstance(asked, messages.ReconciliationRequest):
            return messages.GetTotalsResponse(DONE, transaction_totals=totals)
        journal.close_day()
        self._day_closed = True
        return messages.ReconciliationResponse(DONE, asked.reconciliation_type, transaction_totals=totals)

    def _reply(self, header: MessageHeader, body: Body) -> bytes:
        return self._encoded(replace(header, message_type=MessageType.RESPONSE), body)

    def _encoded(self, header: MessageHeader, body: Body) -> bytes:
        return self._framing.encode(self._binding.encode(Message(header, body)))

    def _time(self) -> str:
        return self.around.wall().isoformat(timespec="seconds")


_MONEY = frozenset({Category.PAYMENT, Category.REVERSAL})
_MALFORMED = failed(ErrorCondition.MESSAGE_FORMAT)


def _name_of(body: PaymentRequest | ReversalRequest, service_id: str, now: str) -> TransactionIdentification:
    """Return the register's name of a transaction; one that gives none is named by its ServiceID."""
    named = (body.sale_data or SaleData()).sale_transaction_id
    return named or TransactionIdentification(service_id, now)


def _note(error: DriverError) -> None:
    _LOG.info("virtual_terminal.notice", extra={"code": error.code, "words": str(error)})
