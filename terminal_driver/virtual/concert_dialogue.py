"""The virtual terminal speaks Concert V2: takes a request, runs the scenario, answers once.

No thread, line or clock in here: bytes and the time come in, bytes and a wish for the line go out.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from terminal_driver.card_data import luhn_valid
from terminal_driver.concert.frame import STX
from terminal_driver.concert.link import (
    Arrived,
    Confirmed,
    Link,
    LinkItem,
    LinkNotice,
    LinkTimes,
    NotReady,
    Ready,
    Refused,
    Step,
    Unconfirmed,
)
from terminal_driver.concert.messages import (
    Action,
    AnswerResult,
    AnswerToSend,
    AnswerWanted,
    Request,
    decode_request,
)
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.outcome import TerminalReceipt
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind
from terminal_driver.virtual.sale_reporter import Refused as RefusedOperation
from terminal_driver.virtual.sale_reporter import Sent
from terminal_driver.virtual.scenarios import Answering, Scenario
from terminal_driver.virtual.single_answer import SilentReporter, SingleAnswerDialogue

_LOG = logging.getLogger(__name__)

_KINDS = {
    Action.DEBIT: BookingKind.SALE,
    Action.AUTOMATIC: BookingKind.SALE,
    Action.CREDIT: BookingKind.REFUND,
    Action.CANCELLATION: BookingKind.REVERSAL,
}


@dataclass(frozen=True, slots=True)
class ConcertReporter(SilentReporter):
    """Fulfils ``SaleReporter``: everything but the one answer stays unsaid."""

    link: Link
    request: Request

    def result(self, booking: JournalEntry, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Answer "paid"; receipts come from the terminal's own printer."""
        del receipts
        answer = answer_to(self.request, AnswerResult.PAID, booking.amount_minor, booking.card_masked)
        return Sent(self.link.send(answer.encode(), now_s), awaits_answer=True)

    def refusal(self, refused: RefusedOperation, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Answer "not done"; the protocol knows no reason."""
        del refused, receipts
        answer = answer_to(self.request, AnswerResult.NOT_DONE, self.request.amount_minor)
        return Sent(self.link.send(answer.encode(), now_s), awaits_answer=True)


class ConcertDialogue(SingleAnswerDialogue):
    """The behaviour of one terminal; fulfils ``DeviceDialogue``.

    Args:
        around: journal and the terminal's settings.
        scenario: of the coming operations.
        times: limits of the link.
    """

    block_start = bytes([STX])

    def __init__(self, around: Surroundings, scenario: Scenario, times: LinkTimes) -> None:
        super().__init__(around, scenario)
        self._link = Link(times, yields=False, takes=self._takes_request)
        self._busy_answers = 0

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return all that is to be sent."""
        return self._carried(self._link.receive(data, now_s), now_s)

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        return min((due for due in (self._link.deadline(), self._run_deadline()) if due is not None), default=None)

    def expire(self, now_s: float) -> bytes:
        """Act on deadlines that have passed."""
        return self._run_expire(now_s) + self._carried(self._link.expire(now_s), now_s)

    def broken(self, now_s: float) -> None:
        """The line is gone: a running operation ends as its scenario says, everything else is forgotten."""
        del now_s
        self._link.reset()
        if self._run is not None:
            self._busy_answers = self._run.scenario.busy_answers
        self._unanswered()

    def _takes_request(self) -> bool:
        """An occupied terminal does not answer an enquiry; one that just was may need a few more."""
        if self._run is not None or self.scenario.answering is Answering.BUSY:
            return False
        if not self._busy_answers:
            return True
        self._busy_answers -= 1
        return False

    def _carried(self, steps: Iterator[Step], now_s: float) -> bytes:
        out = b""
        for to_send, item in steps:
            out += to_send
            if item is not None:
                out += self._take(item, now_s)
        return out

    def _take(self, item: LinkItem, now_s: float) -> bytes:
        match item:
            case Arrived(message):
                return self._take_request(message, now_s)
            case Confirmed() if self._run is not None:
                return self._moved(self._run.acknowledged(now_s, accepted=True))
            case Unconfirmed() | NotReady() | Refused():
                self._unanswered()
            case LinkNotice(code, words):
                _LOG.info("virtual_terminal.notice", extra={"code": code, "words": words})
            case Confirmed() | Ready():
                pass
        return b""

    def _take_request(self, message: bytes, now_s: float) -> bytes:
        try:
            request = decode_request(message)
        except RemoteProtocolError as error:
            _LOG.info("virtual_terminal.notice", extra={"code": error.code, "words": str(error)})
            return b""
        if self.scenario.answering is Answering.SILENT:
            self._wish = LineWish.MUTE
            return b""
        if request.action is Action.DUPLICATE:
            done = self.around.journal.last_valid is not None
            return self._answer(request, AnswerResult.PAID if done else AnswerResult.NOT_DONE, now_s)
        order = self._order(_KINDS[request.action], request.amount_minor, request.currency, request.private.strip())
        if self._objection(order) is not None:
            return self._answer(request, AnswerResult.NOT_DONE, now_s)
        return self._begin(order, ConcertReporter(self._link, request), now_s)

    def _answer(self, request: Request, result: AnswerResult, now_s: float) -> bytes:
        return self._link.send(answer_to(request, result, request.amount_minor).encode(), now_s)


def answer_to(
    request: Request, result: AnswerResult, amount_minor: int, card_masked: str | None = None
) -> AnswerToSend:
    """Return the answer to a request; ``card_masked``: the card shown, for the answer field if that is wanted."""
    field = None
    if request.answer_wanted is not AnswerWanted.NO:
        field = "" if card_masked is None else number_like(card_masked)
    return AnswerToSend(
        register_no=request.register_no,
        result=result,
        amount_minor=amount_minor,
        means=request.means,
        currency=request.currency,
        private=request.private,
        answer_field=field,
    )


def number_like(masked: str) -> str:
    """Return a made-up number with the shown digits of a masked one and a right check digit.

    Terminals of this protocol send the number in clear; a register that did not cut it would show here.
    """
    head, stars, tail = masked.partition("*" * masked.count("*"))
    for filling in range(10):
        number = head + f"{filling:0{len(stars)}d}" + tail
        if luhn_valid(number):
            return number
    raise AssertionError("one of ten digits makes every check sum right")
