"""What a simulated nexo terminal remembers of requests: the answers it gave, and the bookings of its journal.

Answers live as long as the program; bookings outlive it. A booking is found by the ServiceID of its request: the answer
that went out says which, and after a restart the register's name of the transaction, from which ServiceIDs are made.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.messages import MessageHeader, TransactionIdentification
from terminal_driver.nexo.service_ids import derived_service_id
from terminal_driver.nexo.vocabulary import Category, ErrorCondition, MessageClass, MessageType
from terminal_driver.virtual.device_dialogue import Surroundings
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.nexo_answers import REVERSALS, booked_body, failed, refused_body
from terminal_driver.virtual.receipts import approved_receipts

REQUESTS_KEPT = 1_000
"""Requests a terminal remembers besides its journal; older ones it has forgotten."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with the header it went out under."""

    header: MessageHeader
    body: Body


class NexoMemory:
    """Remembers requests by their ServiceID.

    Args:
        around: journal and the terminal's settings.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._answers: OrderedDict[str, Answered] = OrderedDict()
        self._names: OrderedDict[str, str] = OrderedDict()

    def began(self, service_id: str, name: str) -> None:
        """Note that a request was taken up; ``name``: under which its booking will stand in the journal."""
        self._names[service_id] = name
        _shorten(self._names)

    def remember(self, header: MessageHeader, body: Body) -> None:
        """Keep an answer; ``header``: the one it goes out under."""
        self._answers[header.service_id or ""] = Answered(header, body)
        _shorten(self._answers)

    def about(self, service_id: str, asking: MessageHeader) -> Answered | None:
        """Return the answer to a request, None when the terminal knows of none. ``asking``: header of the question."""
        answered, booking = self._answers.get(service_id), self._booking_of(service_id)
        if booking is None:
            return answered
        header = answered.header if answered is not None else _header_of(booking, service_id, asking)
        if booking.reversed:  # taken back by the terminal itself, whatever was said before
            return Answered(header, refused_body(header.message_category, failed(ErrorCondition.ABORTED), None))
        return answered or Answered(header, self._body_of(booking))

    def last(self, asking: MessageHeader) -> Answered | None:
        """Return the answer to the last request that booked something which stands."""
        booking = self._around.journal.last_valid
        if booking is None:
            return None
        ids = (service_id for service_id, name in self._names.items() if name == booking.reference)
        return self.about(next(ids, derived_service_id(booking.reference)), asking)

    def _booking_of(self, service_id: str) -> JournalEntry | None:
        name = self._names.get(service_id)
        for entry in reversed(self._around.journal.entries):
            if entry.reference and (
                entry.reference in (name, service_id) or derived_service_id(entry.reference) == service_id
            ):
                return entry
        return None

    def _body_of(self, booking: JournalEntry) -> Body:
        around = self._around
        receipts = approved_receipts(booking, around.terminal_id, around.language)
        name = TransactionIdentification(booking.reference, booking.at.isoformat(timespec="seconds"))
        return booked_body(booking, receipts, name, around.terminal_id, requested_minor=booking.amount_minor)


def _header_of(booking: JournalEntry, service_id: str, asking: MessageHeader) -> MessageHeader:
    """Return the header an answer would have had, had it gone out."""
    category = Category.REVERSAL if booking.kind in REVERSALS else Category.PAYMENT
    return replace(
        asking,
        message_class=MessageClass.SERVICE,
        message_category=category,
        message_type=MessageType.RESPONSE,
        service_id=service_id,
    )


def _shorten(kept: "OrderedDict[str, Any]") -> None:
    while len(kept) > REQUESTS_KEPT:
        kept.popitem(last=False)
