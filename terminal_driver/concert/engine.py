"""The register side of Concert V2: bytes and the time in, bytes and events out.

The protocol has no registration, no status command, no question for the last transaction and no way to stop a payment.
What an engine is asked of these is answered without a byte, or by the bare enquiry. A late answer of an earlier call is
kept with its reference: that, and nothing else, may later prove what became of the call.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from terminal_driver.concert.configuration import ConcertConfig
from terminal_driver.concert.judgement import (
    Judged,
    belongs_to_another_call,
    data_of,
    judge_answer,
    result_words,
)
from terminal_driver.concert.link import (
    Arrived,
    Confirmed,
    Link,
    LinkItem,
    LinkNotice,
    NotReady,
    Ready,
    Refused,
    Step,
    Unconfirmed,
)
from terminal_driver.concert.messages import (
    NO_PRIVATE,
    Action,
    Answer,
    AnswerResult,
    Request,
    decode_answer,
)
from terminal_driver.concert.reference import short_reference
from terminal_driver.engine import AcceptResult, EngineEvent, Finished, Notice, OrphanResult, Progress, Result
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.operations import (
    Done,
    MoneyOperation,
    Operation,
    Refund,
    RepeatReceipt,
    Reversal,
    SaleRequest,
)
from terminal_driver.outcome import (
    Approved,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    StillUnknown,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
    Verdict,
)
from terminal_driver.zvt.status_codes import Language

TALK_MAX = 10_000  # events kept for a caller who does not listen; beyond it progress and notices are dropped
_LATE_MAX = 32  # late answers kept; a terminal has one at a time
_NAMES_MAX = 256  # more calls than a terminal can answer late

_ACTIONS: dict[type[Operation], Action] = {
    SaleRequest: Action.DEBIT,
    Refund: Action.CREDIT,
    Reversal: Action.CANCELLATION,
    RepeatReceipt: Action.DUPLICATE,
}

_FOLLOW = {
    Language.ENGLISH: "the terminal has taken over, follow its display",
    Language.GERMAN: "das Terminal hat übernommen, bitte dessen Anzeige folgen",
}


@dataclass(slots=True)
class _Call:
    """What runs. ``request`` None: a status enquiry. ``left``: it may have reached the terminal.

    ``leaving``: it is among the bytes being returned just now, so nothing that has come can be its answer.
    """

    request: Request | None
    money: bool
    left: bool = False
    leaving: bool = False


class ConcertEngine:
    """One dialogue with one terminal; implements :class:`terminal_driver.engine.Engine`.

    Args:
        config: how the terminal is spoken to.
        accept: asked before an approval is reported; it must not raise. The protocol cannot take a payment back, so
            an approval that is not accepted ends as unknown.
    """

    def __init__(self, config: ConcertConfig, accept: AcceptResult) -> None:
        self._config = config
        self._accept = accept
        self._link = Link(config.times, yields=True)
        self._events: deque[EngineEvent] = deque()
        self._call: _Call | None = None
        self._answer_due: float | None = None
        self._calls = 0
        self._last_answer: Answer | None = None
        self._names: OrderedDict[str, str] = OrderedDict()  # short reference -> our own name of the call
        self._late: OrderedDict[str, Answer | None] = OrderedDict()

    @property
    def busy(self) -> bool:
        """True while a command runs."""
        return self._call is not None

    @property
    def operations(self) -> frozenset[type[Operation]]:
        """Sale, refund, reversal and a second print of the last receipt."""
        return frozenset(_ACTIONS)

    def start_registration(self, now_s: float) -> bytes:
        """End at once with ``TerminalInfo``: the protocol knows no registration.

        Raises:
            LocalProtocolError: ``busy``.
        """
        del now_s
        self._must_rest()
        self._events.append(Finished(TerminalInfo(None, self._config.currency_numeric, lasting=True)))
        return b""

    def start_operation(self, operation: Operation, now_s: float) -> bytes:
        """Begin an operation; ends with ``Finished`` and its kind of result.

        ``Reversal`` cannot name the sale it is about: the terminal cancels what it was told to cancel last or asks for
        the card. ``RepeatReceipt`` prints at the terminal and ends with ``Done``.

        Raises:
            LocalProtocolError: ``not_supported``, ``busy``, ``bad_amount`` or ``bad_currency``; nothing was sent.
        """
        self._must_rest()
        action = _ACTIONS.get(type(operation))
        if action is None:
            raise LocalProtocolError("not_supported", f"{type(operation).__name__} is no operation of this protocol")
        if isinstance(operation, SaleRequest | Refund | Reversal):
            if operation.amount_minor <= 0:
                raise LocalProtocolError("bad_amount", "the amount must be positive")
            request = self._request(action, operation.amount_minor, operation.currency_numeric)
            request = replace(request, private=self._private(operation.reference, now_s))
            return self._start(request, now_s, money=True)
        request = self._request(action, 0, self._config.currency_numeric)
        return self._start(replace(request, private=self._private("", now_s)), now_s, money=False)

    def start_last_result(self, now_s: float, about: MoneyOperation | None = None) -> bytes:
        """End at once: with the late answer to ``about`` if it has come, else with ``NoAnswer`` (``not_supported``).

        Raises:
            LocalProtocolError: ``busy``.
        """
        del now_s
        self._must_rest()
        late = self._late_answer(about)
        if late is None:
            words = "this protocol cannot ask for the last transaction: the terminal's display or ticket has to be read"
            self._events.append(Finished(NoAnswer("not_supported", words)))
        else:
            self._events.append(Finished(LastResult(held=True, data=self._data(late))))
        return b""

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Say what a late answer that bears the reference of the operation proves; without one, nothing is proven."""
        del sent_at  # the reference is worth more than a time the protocol does not tell
        late = self._late_answer(operation)
        action = _ACTIONS.get(type(operation))
        if late is None or action is None:
            words = last.reason if isinstance(last, NoAnswer) else "no answer with the reference of this call came"
            return StillUnknown("not_answered", words, TransactionData())
        request = self._request(action, operation.amount_minor, operation.currency_numeric)
        match self._verdict(replace(request, private=late.private), late):
            case Approved() | Declined() as proven:
                return proven
            case Unknown(code, reason, data):
                return StillUnknown(code, reason, data)

    def start_status(self, now_s: float) -> bytes:
        """Ask with a bare ENQ whether the terminal would take a request; ends with ``TerminalStatus`` or ``NoAnswer``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        self._must_rest()
        self._call = _Call(None, money=False)
        return self._link.probe(now_s)

    def request_abort(self, now_s: float) -> bytes:
        """Give up a request that has not left; one that has left can only be stopped at the terminal.

        Raises:
            LocalProtocolError: ``nothing_running``.
        """
        del now_s
        if self._call is None:
            raise LocalProtocolError("nothing_running", "no command runs that could be stopped")
        try:
            out = self._link.cancel()
        except LocalProtocolError:
            self._tell(
                Notice("abort_not_supported", "the protocol cannot stop a payment: press the terminal's red key")
            )
            return b""
        self._finish(self._nothing_sent("aborted_by_cashier", "stopped before the request was sent"))
        return out

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return acknowledgements and what is sent next."""
        return self._carried(self._link.receive(data, now_s), now_s)

    def next_event(self) -> EngineEvent | None:
        """Return the oldest event not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        return min((at for at in (self._link.deadline(), self._answer_due) if at is not None), default=None)

    def expire(self, now_s: float) -> bytes:
        """Ask again, repeat, or end a call whose answer did not come."""
        out = self._carried(self._link.expire(now_s), now_s)
        if self._answer_due is not None and now_s >= self._answer_due:
            self._broken("no_completion", "the terminal did not answer the request in time")
        return out

    def line_lost(self, now_s: float) -> None:
        """End the running command; an answer that comes on a new line is still taken."""
        del now_s
        self._link.reset()
        self._broken("line_lost", "the line to the terminal broke")

    def _must_rest(self) -> None:
        if self._call is not None:
            raise LocalProtocolError("busy", "a command is running")

    def _request(self, action: Action, amount_minor: int, currency: str) -> Request:
        config = self._config
        return Request(
            register_no=config.register_no,
            amount_minor=amount_minor,
            currency=currency,
            action=action,
            means=config.means,
            answer_wanted=config.answer_wanted,
            authorisation=config.authorisation,
        )

    def _private(self, reference: str, now_s: float) -> str:
        """Return the private field of a call; one without a name gets a name that will not come again."""
        if not self._config.send_reference:
            return NO_PRIVATE
        short = short_reference(reference or f"{now_s!r} {self._calls}")
        if reference:
            self._names[short] = reference
            while len(self._names) > _NAMES_MAX:
                self._names.popitem(last=False)
        return short

    def _start(self, request: Request, now_s: float, *, money: bool) -> bytes:
        out = self._link.send(request.encode(), now_s)
        self._calls += 1
        self._call = _Call(request, money=money)
        return out

    def _carried(self, steps: Iterator[Step], now_s: float) -> bytes:
        out = bytearray()
        for to_send, item in steps:
            if len(to_send) > 1 and self._call is not None:  # all but the request itself are single bytes
                self._call.left = self._call.leaving = True
            out += to_send
            if item is not None:
                self._take(item, now_s)
        if self._call is not None:
            self._call.leaving = False
        return bytes(out)

    def _take(self, item: LinkItem, now_s: float) -> None:
        match item:
            case Arrived(message):
                self._take_message(message)
            case LinkNotice(code, words):
                self._tell(Notice(code, words))
            case Ready():
                words = "the terminal would take a request; the protocol tells no more"
                self._finish(TerminalStatus(ready=True, busy=False, code="06", words=words))
            case NotReady(refused):
                self._not_ready(refused=refused)
            case Confirmed():
                self._answer_due = now_s + self._config.answer_s
                self._tell(Progress("follow_terminal", _FOLLOW[self._config.language]))
            case Unconfirmed():
                # It may work on the request all the same: its answer decides, and until then nothing is known.
                self._answer_due = now_s + self._config.answer_s
                self._tell(Notice("request_unconfirmed", "the terminal did not confirm the request"))
            case Refused():
                self._finish(self._nothing_sent("refused", "the terminal refused the request as damaged each time"))

    def _not_ready(self, *, refused: bool) -> None:
        call = self._call
        if call is not None and call.request is None:
            if refused:
                self._finish(TerminalStatus(ready=False, busy=True, code="15", words="the terminal is occupied"))
            else:
                self._finish(NoAnswer("no_answer", "the terminal does not answer: it is occupied, off or unplugged"))
            return
        words = "the terminal took no request: it is occupied, shows an earlier amount, or is off"
        self._finish(self._nothing_sent("terminal_busy", words))

    def _nothing_sent(self, code: str, reason: str) -> Result:
        money = self._call is not None and self._call.money
        return NotStarted(code, reason) if money else NoAnswer(code, reason)

    def _take_message(self, message: bytes) -> None:
        try:
            answer = decode_answer(message)
        except RemoteProtocolError as error:
            self._tell(Notice("unreadable_message", str(error)))
            if self._call is not None and self._call.left:
                self._broken("unreadable_answer", f"the answer of the terminal cannot be read: {error}")
            return
        call = self._call
        if call is not None and call.leaving:
            self._keep_late(answer)
            self._late[answer.private] = None  # whatever its name, it proves nothing
            return
        if call is None or call.request is None or not call.left or belongs_to_another_call(call.request, answer):
            if answer == self._last_answer:
                self._tell(Notice("repeated_answer", "the terminal sent its last answer once more"))
            else:
                self._keep_late(answer)
            return
        self._last_answer = answer
        self._finish(self._judged(call, call.request, answer))

    def _keep_late(self, answer: Answer) -> None:
        self._last_answer = answer
        known = self._late.setdefault(answer.private, answer)
        if known != answer:
            self._late[answer.private] = None  # two answers to one call contradict each other: neither proves anything
        while len(self._late) > _LATE_MAX:
            self._late.popitem(last=False)
        self._events.append(OrphanResult(self._data(answer)))

    def _judged(self, call: _Call, request: Request, answer: Answer) -> Result:
        judged = self._verdict(request, answer)
        if call.money:
            if isinstance(judged, Approved) and not self._accept(judged.data):
                return Unknown("not_taken_back", "the register did not accept a payment that stands", judged.data)
            return judged
        if isinstance(judged, Approved):
            return Done(result_words(AnswerResult.PAID, self._config.language))
        return NoAnswer(judged.code, judged.reason)

    def _verdict(self, request: Request, answer: Answer) -> Judged:
        judged = judge_answer(request, answer, self._config.language)
        return replace(judged, data=self._data(answer))

    def _data(self, answer: Answer) -> TransactionData:
        """Return what the answer tells, under our own name of the call where we know it."""
        data = data_of(answer)
        return replace(data, reference=self._names.get(answer.private, data.reference))

    def _late_answer(self, about: MoneyOperation | None) -> Answer | None:
        if about is None or not about.reference:
            return None
        return self._late.get(short_reference(about.reference))

    def _broken(self, code: str, reason: str) -> None:
        call = self._call
        if call is None:
            self._answer_due = None
        elif call.money and call.left:
            self._finish(Unknown(code, reason))
        else:
            self._finish(self._nothing_sent(code, reason))

    def _finish(self, result: Result) -> None:
        self._call = None
        self._answer_due = None
        self._events.append(Finished(result))

    def _tell(self, event: Progress | Notice) -> None:
        if len(self._events) < TALK_MAX:
            self._events.append(event)
