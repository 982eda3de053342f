"""What the virtual bank remembers: a file of its own, replaced as a whole, so that a kill leaves the old or the new."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from connectors.virtual_bank.outgoing_messages import Booking


@dataclass(frozen=True, slots=True)
class HeldPayment:
    """One payment at the bank.

    ``state``: ``open``, ``asked`` (waits for a decision), ``booked``, ``returned``, ``rejected`` or ``cancelled``;
    ``book_on``, ``return_on``: ISO dates, empty when never; ``number``: in its file; ``check``: of the payee;
    ``booked_minor``, ``booked_currency``: what it takes from an account of another currency, 0 and empty in its own.
    """

    message_id: str
    block_id: str
    end_to_end_id: str
    number: int
    account: str
    minor: int
    currency: str
    payee: str
    text: str
    state: str
    book_on: str
    return_on: str = ""
    return_reason: str = ""
    charge_minor: int = 0
    batch: bool = False
    check: str = ""
    booked_minor: int = 0
    booked_currency: str = ""


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message that is to be sent. ``due_on``: ISO date; ``kind``: part of its file name."""

    due_on: str
    kind: str
    content: str


@dataclass(frozen=True, slots=True)
class BankBooks:
    """All of it. ``received``: end-to-end id, minor units and currency of every payment that was ever accepted or held.

    ``bookings``: of days without a statement, with their account; ``balances``: by account and currency, of the last
    statement; ``days_ahead``: how far the demo has turned the bank's calendar on.
    """

    scenario: str = "accept"
    sent: int = 0
    statements: int = 0
    days_ahead: int = 0
    files: tuple[str, ...] = ()
    received: tuple[tuple[str, int, str], ...] = ()
    payments: tuple[HeldPayment, ...] = ()
    queue: tuple[QueuedMessage, ...] = ()
    bookings: tuple[tuple[str, Booking], ...] = ()
    balances: Mapping[str, int] = field(default_factory=dict)

    def with_payment(self, payment: HeldPayment) -> "BankBooks":
        """Return the books with one payment in place of its former self."""
        kept = tuple(payment if one.end_to_end_id == payment.end_to_end_id else one for one in self.payments)
        return replace(self, payments=kept)


def load(path: Path) -> BankBooks:
    """Return the books of a file; new ones when there is none."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return BankBooks()
    return BankBooks(
        scenario=told["scenario"],
        sent=told["sent"],
        statements=told["statements"],
        days_ahead=told["days_ahead"],
        files=tuple(told["files"]),
        received=tuple((name, minor, currency) for name, minor, currency in told["received"]),
        payments=tuple(HeldPayment(**one) for one in told["payments"]),
        queue=tuple(QueuedMessage(**one) for one in told["queue"]),
        bookings=tuple((account, Booking(**one)) for account, one in told["bookings"]),
        balances=dict(told["balances"]),
    )


def save(path: Path, books: BankBooks) -> None:
    """Replace the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(books), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
