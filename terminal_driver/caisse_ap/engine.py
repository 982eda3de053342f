"""The register side of Caisse-AP: bytes and the time in, bytes and events out.

The protocol has no registration, no status and no way to stop a payment; what an engine is asked of these is answered
without a byte. An answer has no end mark: it is complete when it has everything asked for, ends with an element, and
the terminal has hung up or gone quiet. After an outcome that is unknown a notice ``line_error`` asks for a fresh
connection, so that a late answer cannot meet the next request.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from datetime import datetime

from terminal_driver.caisse_ap.configuration import CaisseApConfig
from terminal_driver.caisse_ap.judgement import data_of, judge_answer, judge_duplicate, judge_last
from terminal_driver.caisse_ap.messages import Action, Answer, AnswerResult, Request, decode_answer, is_whole
from terminal_driver.caisse_ap.tickets import receipts_of
from terminal_driver.caisse_ap.tlv import Element, TlvReader
from terminal_driver.concert.reference import short_reference
from terminal_driver.engine import AcceptResult, EngineEvent, Finished, Notice, OrphanResult, Progress, Result
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.operations import MoneyOperation, Operation, Refund, RepeatReceipt, Reversal, SaleRequest
from terminal_driver.outcome import (
    Approved,
    LastResult,
    NoAnswer,
    TerminalInfo,
    TerminalStatus,
    TransactionData,
    Unknown,
    Verdict,
)
from terminal_driver.zvt.status_codes import Language

TALK_MAX = 10_000  # events kept for a caller who does not listen; beyond it progress and notices are dropped
_NAMES_MAX = 256  # more calls than a terminal can answer late

_ACTIONS: dict[type[Operation], Action] = {
    SaleRequest: Action.DEBIT,
    Refund: Action.CREDIT,
    Reversal: Action.CANCELLATION,
}

_FOLLOW = {
    Language.ENGLISH: "the request is with the terminal, follow its display",
    Language.GERMAN: "die Anfrage ist beim Terminal, bitte dessen Anzeige folgen",
}


@dataclass(frozen=True, slots=True)
class _Call:
    """What runs: a payment, or the duplicate of the last ticket."""

    request: Request
    money: bool


class CaisseApEngine:
    """One dialogue with one terminal; implements :class:`terminal_driver.engine.Engine`.

    Args:
        config: how the terminal is spoken to.
        accept: asked before an approval is reported; it must not raise. The protocol cannot take a payment back, so
            an approval that is not accepted ends as unknown.
    """

    def __init__(self, config: CaisseApConfig, accept: AcceptResult) -> None:
        self._config = config
        self._accept = accept
        self._reader = TlvReader()
        self._events: deque[EngineEvent] = deque()
        self._call: _Call | None = None
        self._answer_due: float | None = None
        self._quiet_due: float | None = None
        self._names: OrderedDict[str, str] = OrderedDict()  # short reference -> our own name of the call

    @property
    def busy(self) -> bool:
        """True while a command runs."""
        return self._call is not None

    @property
    def operations(self) -> frozenset[type[Operation]]:
        """Sale, refund, reversal and the duplicate of the last ticket."""
        return frozenset({*_ACTIONS, RepeatReceipt})

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
        the card.

        Raises:
            LocalProtocolError: ``not_supported``, ``busy``, ``bad_amount`` or ``bad_currency``; nothing was sent.
        """
        self._must_rest()
        if isinstance(operation, RepeatReceipt):
            return self._duplicate(now_s)
        if not isinstance(operation, SaleRequest | Refund | Reversal):
            raise LocalProtocolError("not_supported", f"{type(operation).__name__} is no operation of this protocol")
        if operation.amount_minor <= 0:
            raise LocalProtocolError("bad_amount", "the amount must be positive")
        request = self._request(_ACTIONS[type(operation)], operation.amount_minor, operation.currency_numeric)
        request = replace(request, private=self._private(operation.reference))
        return self._start(_Call(request, money=True), now_s)

    def start_last_result(self, now_s: float, about: MoneyOperation | None = None) -> bytes:
        """Ask for the duplicate of the last ticket; ends with ``Finished(LastResult | NoAnswer)``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        del about  # the protocol knows only "the last one"
        self._must_rest()
        return self._duplicate(now_s)

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Say what the last result proves (see :mod:`terminal_driver.caisse_ap.judgement`)."""
        del sent_at  # the protocol tells no time
        return judge_last(operation, last)

    def start_status(self, now_s: float) -> bytes:
        """End at once with ``TerminalStatus``: the open connection is all that can be known.

        Raises:
            LocalProtocolError: ``busy``.
        """
        del now_s
        self._must_rest()
        words = "the terminal takes connections; the protocol tells no more"
        self._events.append(Finished(TerminalStatus(ready=True, busy=False, code="", words=words)))
        return b""

    def request_abort(self, now_s: float) -> bytes:
        """Say that the protocol cannot stop a payment; the command still ends with its own result.

        Raises:
            LocalProtocolError: ``nothing_running``.
        """
        del now_s
        if self._call is None:
            raise LocalProtocolError("nothing_running", "no command runs that could be stopped")
        self._tell(Notice("abort_not_supported", "the protocol cannot stop a payment: press the terminal's red key"))
        return b""

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; nothing is ever sent back."""
        try:
            self._reader.feed(data)
        except RemoteProtocolError as error:
            self._spoilt(error)
            return b""
        config = self._config
        elements = self._reader.elements
        if not self._reader.at_boundary:
            self._quiet_due = now_s + config.gap_s
        elif is_whole(elements):
            self._quiet_due = now_s + config.quiet_s
        elif _has_result(elements):
            self._quiet_due = now_s + config.incomplete_s
        else:
            self._quiet_due = None  # nothing is decided yet; the whole answer has its own limit
        return b""

    def next_event(self) -> EngineEvent | None:
        """Return the oldest event not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        return min((at for at in (self._answer_due, self._quiet_due) if at is not None), default=None)

    def expire(self, now_s: float) -> bytes:
        """Take a complete answer, or end a call whose answer did not come."""
        if self._quiet_due is not None and now_s >= self._quiet_due:
            self._conclude()
        if self._answer_due is not None and now_s >= self._answer_due:
            self._broken("no_completion", "the terminal did not answer the request in time")
        return b""

    def line_lost(self, now_s: float) -> None:
        """Take an answer that was complete when the line closed; else the call has no answer."""
        del now_s
        if self._reader.started and _has_result(self._reader.elements):
            self._conclude()
        self._reader.reset()
        self._quiet_due = None
        self._broken("line_lost", "the line to the terminal broke", fresh_line=False)

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
            version=config.version,
            protocol_id=config.protocol_id,
            application=config.application,
            tickets=config.tickets,
        )

    def _private(self, reference: str) -> str:
        if not reference or not self._config.send_reference:
            return ""
        short = short_reference(reference)
        self._names[short] = reference
        while len(self._names) > _NAMES_MAX:
            self._names.popitem(last=False)
        return short

    def _duplicate(self, now_s: float) -> bytes:
        """Ask with the amount zero: an amount in the answer is then the terminal's own, not our echo."""
        request = self._request(Action.DUPLICATE, 0, self._config.currency_numeric)
        return self._start(_Call(request, money=False), now_s)

    def _start(self, call: _Call, now_s: float) -> bytes:
        out = call.request.encode()
        self._reader.reset()  # what is left over belongs to nothing that could still be told
        self._quiet_due = None
        self._call = call
        self._answer_due = now_s + self._config.answer_s
        if call.money:
            self._tell(Progress("follow_terminal", _FOLLOW[self._config.language]))
        return out

    def _conclude(self) -> None:
        """The answer is as complete as it will be."""
        reader = self._reader
        elements, whole = reader.elements, reader.at_boundary
        if not whole:
            self._spoilt(RemoteProtocolError("answer_cut_off", "the answer of the terminal ended within an element"))
            return
        try:
            answer = decode_answer(elements)
        except RemoteProtocolError as error:
            self._spoilt(error)
            return
        reader.reset()
        self._quiet_due = None
        call = self._call
        if call is None:
            self._events.append(OrphanResult(self._named(data_of(answer))))
            return
        self._finish(self._judged(call, answer, elements))

    def _judged(self, call: _Call, answer: Answer, elements: tuple[Element, ...]) -> Result:
        receipts = receipts_of(elements, approved=answer.result == AnswerResult.DONE)
        language = self._config.language
        if not call.money:
            told = judge_duplicate(call.request, answer, receipts, language)
            return replace(told, data=self._named(told.data)) if isinstance(told, LastResult) else told
        judged = judge_answer(call.request, answer, receipts, language)
        judged = replace(judged, data=self._named(judged.data))
        if isinstance(judged, Approved) and not self._accept(judged.data):
            words = "the register did not accept a payment that stands"
            return Unknown("not_taken_back", words, judged.data, judged.receipts)
        return judged

    def _named(self, data: TransactionData) -> TransactionData:
        """Put our own name of the call in the place of its short form, where we know it."""
        name = None if data.reference is None else self._names.get(data.reference)
        return data if name is None else replace(data, reference=name)

    def _spoilt(self, error: RemoteProtocolError) -> None:
        """Nothing that came can be used, and nothing tells where the next message would begin."""
        self._reader.reset()
        self._quiet_due = None
        words = f"the answer of the terminal cannot be used: {error}"
        if self._call is None:
            self._tell(Notice(error.code, words))
            self._tell(Notice("line_error", words))
        else:
            self._broken(error.code, words)

    def _broken(self, code: str, reason: str, *, fresh_line: bool = True) -> None:
        call = self._call
        if call is None:
            return
        self._reader.reset()
        self._quiet_due = None
        self._finish(Unknown(code, reason) if call.money else NoAnswer(code, reason), fresh_line=fresh_line)

    def _finish(self, result: Result, *, fresh_line: bool = True) -> None:
        self._call = None
        self._answer_due = None
        self._events.append(Finished(result))
        if fresh_line and isinstance(result, Unknown | NoAnswer):
            self._tell(Notice("line_error", f"a fresh connection is needed: {result.reason}"))

    def _tell(self, event: Progress | Notice) -> None:
        if len(self._events) < TALK_MAX:
            self._events.append(event)


def _has_result(elements: tuple[Element, ...]) -> bool:
    return any(element.tag == "AE" for element in elements)
