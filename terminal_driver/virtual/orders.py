"""What a register ordered of the terminal, in the words of no protocol."""

from dataclasses import dataclass
from enum import StrEnum

from terminal_driver.virtual.journal import JournalEntry


class BookingKind(StrEnum):
    """What a booking in the journal is."""

    SALE = "sale"
    REFUND = "refund"
    REVERSAL = "reversal"
    RESERVATION = "reservation"
    COMPLETION = "completion"  # of a reservation, by the amount used
    RELEASE = "release"  # of a reservation, by the amount not used
    CANCELLATION = "cancellation"  # of a reservation
    TIP = "tip"


WITH_CARD = frozenset({BookingKind.SALE, BookingKind.REFUND, BookingKind.RESERVATION})
"""Operations for which a card has to be shown; the others know theirs from the booking they refer to."""


@dataclass(frozen=True, slots=True)
class Order:
    """One operation that moves money.

    ``amount_minor``: minor units of ``currency`` (three digits). ``original``: the booking it refers to.
    ``tip_minor``: contained in the amount. ``reference``: the register's own name of it, kept in the journal.
    """

    amount_minor: int
    currency: str
    kind: BookingKind = BookingKind.SALE
    original: JournalEntry | None = None
    tip_minor: int = 0
    reference: str = ""

    @property
    def card_needed(self) -> bool:
        """True when a card has to be shown."""
        return self.kind in WITH_CARD
