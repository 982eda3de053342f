"""The virtual terminal speaks Caisse-AP: takes a request, runs the scenario, answers once.

No thread, line or clock in here: bytes and the time come in, bytes and a wish for the line go out.
"""

import logging
from dataclasses import dataclass

from terminal_driver.caisse_ap.messages import ASKED, Action, AnswerResult, amount_of, values_of
from terminal_driver.caisse_ap.tickets import TicketsWanted, encode_ticket
from terminal_driver.caisse_ap.tlv import Element, TlvReader, encode
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.outcome import ReceiptKind, TerminalReceipt
from terminal_driver.virtual.device_dialogue import LineWish, Surroundings
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind
from terminal_driver.virtual.receipts import approved_receipts
from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.sale_reporter import Refused, Sent
from terminal_driver.virtual.scenarios import Answering, Scenario
from terminal_driver.virtual.single_answer import SilentReporter, SingleAnswerDialogue

_LOG = logging.getLogger(__name__)

QUIET_S = 0.05
"""Silence after which a request that has all it needs is taken as whole."""

INCOMPLETE_S = 1.0
"""The same for one in which something is missing."""

_KINDS = {
    Action.DEBIT: BookingKind.SALE,
    Action.CREDIT: BookingKind.REFUND,
    Action.CANCELLATION: BookingKind.REVERSAL,
}
_APPLICATIONS = {"girocard": "000", "Maestro": "000"}
_CB_CONTACT = "001"
_BAD_FORMAT, _UNKNOWN_ACTION, _BAD_CURRENCY, _REFUSED, _ABANDONED = "09", "12", "13", "04", "06"
_REASONS = {Refusal.CANCELLED: _ABANDONED, Refusal.WRONG_CURRENCY: _BAD_CURRENCY}
_WANTED = {
    "0": (ReceiptKind.CUSTOMER,),
    "1": (ReceiptKind.MERCHANT,),
    "2": (ReceiptKind.CUSTOMER, ReceiptKind.MERCHANT),
}
_TICKETS = {ReceiptKind.CUSTOMER: TicketsWanted.CUSTOMER, ReceiptKind.MERCHANT: TicketsWanted.MERCHANT}


@dataclass(frozen=True, slots=True)
class CaisseApReporter(SilentReporter):
    """Fulfils ``SaleReporter``: everything but the one answer stays unsaid. ``asked``: the values of the request."""

    asked: dict[str, str]

    def result(self, booking: JournalEntry, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Answer "done" with the card, the authorisation number and the tickets that were asked for."""
        del now_s
        return Sent(answer_of_booking(self.asked, booking, receipts))

    def refusal(self, refused: Refused, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Answer "not done" with the reason."""
        del receipts, now_s
        return Sent(refusal_of(self.asked, _REASONS.get(refused.reason, _REFUSED)))


class CaisseApDialogue(SingleAnswerDialogue):
    """The behaviour of one terminal; fulfils ``DeviceDialogue``."""

    block_start = b""

    def __init__(self, around: Surroundings, scenario: Scenario) -> None:
        super().__init__(around, scenario)
        self._reader = TlvReader()
        self._quiet_due: float | None = None

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line; return all that is to be sent."""
        try:
            self._reader.feed(data)
        except RemoteProtocolError as error:
            return self._misunderstood(error)
        whole = self._reader.at_boundary and {element.tag for element in self._reader.elements}.issuperset(ASKED)
        self._quiet_due = now_s + (QUIET_S if whole else INCOMPLETE_S)
        return b""

    def deadline(self) -> float | None:
        """Return the time at which ``expire`` must be called, or None."""
        return min((due for due in (self._quiet_due, self._run_deadline()) if due is not None), default=None)

    def expire(self, now_s: float) -> bytes:
        """Act on deadlines that have passed."""
        out = self._run_expire(now_s)
        if self._quiet_due is not None and now_s >= self._quiet_due:
            out += self._take_request(now_s)
        return out

    def broken(self, now_s: float) -> None:
        """The line is gone: a running operation ends as its scenario says, everything else is forgotten."""
        del now_s
        self._forget()
        self._unanswered()

    def _forget(self) -> None:
        self._reader.reset()
        self._quiet_due = None

    def _misunderstood(self, error: RemoteProtocolError) -> bytes:
        _LOG.info("virtual_terminal.notice", extra={"code": error.code, "words": str(error)})
        self._forget()
        return refusal_of({}, _BAD_FORMAT)

    def _take_request(self, now_s: float) -> bytes:
        elements, at_boundary = self._reader.elements, self._reader.at_boundary
        self._forget()
        try:
            asked = values_of(elements)
            amount_minor = amount_of(asked.get("CB"))
        except RemoteProtocolError as error:
            return self._misunderstood(error)
        if not at_boundary or amount_minor is None or not asked.keys() >= set(ASKED):
            return refusal_of(asked, _BAD_FORMAT)
        if asked["CD"] not in set(Action):
            return refusal_of(asked, _UNKNOWN_ACTION)
        action = Action(asked["CD"])
        if self._run is not None or self.scenario.answering is Answering.BUSY:
            return refusal_of(asked, None)
        if self.scenario.answering is Answering.SILENT and action is not Action.DUPLICATE:
            self._wish = LineWish.MUTE
            return b""
        if action is Action.DUPLICATE:
            return self._duplicate(asked)
        order = self._order(_KINDS[action], amount_minor, asked["CE"], asked.get("CF", ""))
        if (objection := self._objection(order)) is not None:
            return refusal_of(asked, _REASONS.get(objection, _REFUSED))
        return self._begin(order, CaisseApReporter(asked), now_s)

    def _duplicate(self, asked: dict[str, str]) -> bytes:
        last = self.around.journal.last_valid
        if last is None:
            return refusal_of(asked, "07")
        receipts = approved_receipts(last, self.around.terminal_id, self.around.language)
        return answer_of_booking(asked, last, receipts)


def answer_of_booking(asked: dict[str, str], booking: JournalEntry, receipts: tuple[TerminalReceipt, ...]) -> bytes:
    """Return the answer that tells a booking, in the payment itself and in a duplicate of it."""
    told = {
        **asked,
        "CB": f"{booking.amount_minor:02d}",
        "AE": str(AnswerResult.DONE),
        "CC": asked.get("CC") or _APPLICATIONS.get(booking.card_name, _CB_CONTACT),
        "CI": "1",
        "AC": f"{booking.trace_no:06d}",
        "AA": booking.card_masked.replace("*", "#"),
        "CF": booking.reference or asked.get("CF", ""),
    }
    wanted = told.pop("CK", "")
    kinds = _WANTED.get(wanted[1:2], ()) if wanted.startswith("1") else ()
    tickets = [
        encode_ticket(_TICKETS[receipt.kind], "\n".join(line.text for line in receipt.lines))
        for receipt in receipts
        if receipt.kind in kinds
    ]
    return encode([*(Element(tag, value) for tag, value in told.items() if value), *tickets])


def refusal_of(asked: dict[str, str], reason: str | None) -> bytes:
    """Return the answer that nothing is done; ``reason``: AF, None leaves it out."""
    told = {"CZ": "0300", **asked, "AE": str(AnswerResult.NOT_DONE), "AF": reason or ""}
    told.pop("CK", None)
    return encode(Element(tag, value) for tag, value in told.items() if value)
