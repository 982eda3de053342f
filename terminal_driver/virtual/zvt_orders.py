"""From a ZVT command that moves money to the order it is."""

from collections.abc import Sequence

from terminal_driver.virtual.bookings import booking_with_receipt
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind, Order
from terminal_driver.zvt import commands
from terminal_driver.zvt.device_events import MoneyCommand, SaleRequested

_KINDS: dict[type, BookingKind] = {
    SaleRequested: BookingKind.SALE,
    commands.Procurement: BookingKind.SALE,
    commands.TelephoneAuthorisation: BookingKind.SALE,
    commands.Refund: BookingKind.REFUND,
    commands.Reversal: BookingKind.REVERSAL,
    commands.PreAuthorisation: BookingKind.RESERVATION,
    commands.BookTotal: BookingKind.COMPLETION,
    commands.PartialReversal: BookingKind.RELEASE,
    commands.CancelReservation: BookingKind.CANCELLATION,
    commands.BookTip: BookingKind.TIP,
}
RESERVATION_COMMANDS = (commands.BookTotal, commands.PartialReversal, commands.CancelReservation)
"""Commands that end a reservation."""

_REFERRING = (*RESERVATION_COMMANDS, commands.Reversal, commands.BookTip)


def order_of(command: MoneyCommand, bookings: Sequence[JournalEntry], currency: str) -> Order:
    """Return the order of a command.

    Args:
        command: as it came.
        bookings: among which the one it refers to is looked for.
        currency: three digits, when the command and the booking name none.
    """
    original: JournalEntry | None = None
    amount_minor: int | None = command.amount_minor
    if isinstance(command, _REFERRING):
        original = booking_with_receipt(bookings, command.receipt_no)
        if amount_minor is None:
            amount_minor = 0 if original is None else original.amount_minor
        currency = currency if original is None else original.currency
    return Order(
        amount_minor=amount_minor or 0,
        currency=command.currency_numeric or currency,
        kind=_KINDS[type(command)],
        original=original,
        tip_minor=command.tip_minor if isinstance(command, SaleRequested) else 0,
    )
