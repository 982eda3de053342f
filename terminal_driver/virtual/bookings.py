"""What the bookings of a terminal mean together: which stand, which are undone, what they add up to. Pure.

An order that refers to an earlier booking is checked here, for every protocol alike.
"""

from collections.abc import Sequence

from terminal_driver.operations import SchemeTotal
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind, Order
from terminal_driver.virtual.refusals import Refusal

_SCHEMES = {"girocard": "girocard", "Mastercard": "mastercard", "Visa": "visa"}
_UNDOING = frozenset({BookingKind.REVERSAL})
_ENDING_A_RESERVATION = frozenset({BookingKind.COMPLETION, BookingKind.RELEASE, BookingKind.CANCELLATION})
_REVERSIBLE = frozenset({BookingKind.SALE, BookingKind.REFUND, BookingKind.COMPLETION, BookingKind.TIP})


def booking_with_receipt(entries: Sequence[JournalEntry], receipt_no: int) -> JournalEntry | None:
    """Return the newest booking of a receipt number (they begin again at 1), None when there is none."""
    return next((entry for entry in reversed(entries) if entry.receipt_no == receipt_no), None)


def booking_with_trace(entries: Sequence[JournalEntry], trace_no: int) -> JournalEntry | None:
    """Return the newest booking of a trace number."""
    return next((entry for entry in reversed(entries) if entry.trace_no == trace_no), None)


def booking_with_reference(entries: Sequence[JournalEntry], reference: str) -> JournalEntry | None:
    """Return the booking of an operation by the register's own name of it."""
    return next((entry for entry in reversed(entries) if entry.reference == reference), None)


def is_undone(entry: JournalEntry, entries: Sequence[JournalEntry]) -> bool:
    """Say whether a booking was taken back, or undone by a reversal that stands."""
    return entry.reversed or _has_successor(entry, entries, _UNDOING)


def open_reservations(entries: Sequence[JournalEntry]) -> tuple[JournalEntry, ...]:
    """Return the reservations that nothing has ended yet, oldest first."""
    return tuple(entry for entry in entries if _is_open_reservation(entry, entries))


def last_reversible(entries: Sequence[JournalEntry]) -> JournalEntry | None:
    """Return the newest booking a reversal could undo."""
    found = (entry for entry in reversed(entries) if entry.kind in _REVERSIBLE and not is_undone(entry, entries))
    return next(found, None)


def moved_minor(entry: JournalEntry, entries: Sequence[JournalEntry]) -> int:
    """Return what a booking moves to the merchant, in minor units; negative: back to the cardholder."""
    if entry.reversed:
        return 0
    original = None if entry.original_trace_no is None else booking_with_trace(entries, entry.original_trace_no)
    match entry.kind:
        case BookingKind.SALE | BookingKind.COMPLETION | BookingKind.TIP:
            return entry.amount_minor
        case BookingKind.REFUND:
            return -entry.amount_minor
        case BookingKind.REVERSAL:
            return entry.amount_minor if original and original.kind == BookingKind.REFUND else -entry.amount_minor
        case BookingKind.RELEASE:
            return (0 if original is None else original.amount_minor) - entry.amount_minor
        case _:
            return 0


def totals_by_scheme(day: Sequence[JournalEntry], entries: Sequence[JournalEntry]) -> tuple[SchemeTotal, ...]:
    """Return count and sum of each scheme that has bookings. ``day``: what is counted; ``entries``: all there are."""
    counts: dict[str, list[int]] = {}
    for entry in day:
        if entry.reversed or entry.kind in (BookingKind.RESERVATION, BookingKind.CANCELLATION):
            continue
        total = counts.setdefault(_SCHEMES.get(entry.card_name, "other"), [0, 0])
        total[0] += 1
        total[1] += moved_minor(entry, entries)
    return tuple(SchemeTotal(scheme, count, sum_minor) for scheme, (count, sum_minor) in sorted(counts.items()))


def objection_to(order: Order, entries: Sequence[JournalEntry]) -> Refusal | None:
    """Say why an order cannot be carried out; None when it can. ``entries``: the bookings not yet settled."""
    match order.kind:
        case BookingKind.REVERSAL | BookingKind.TIP:
            return _objection_to_change(order, entries)
        case BookingKind.COMPLETION | BookingKind.RELEASE | BookingKind.CANCELLATION:
            return _objection_to_ending(order, entries)
        case _:
            return None


def _objection_to_change(order: Order, entries: Sequence[JournalEntry]) -> Refusal | None:
    original = order.original
    if original is None or original.kind not in _REVERSIBLE:
        return Refusal.REVERSAL_IMPOSSIBLE
    if is_undone(original, entries):
        return Refusal.ALREADY_REVERSED
    if order.currency != original.currency:
        return Refusal.WRONG_CURRENCY
    if order.kind is BookingKind.REVERSAL and order.amount_minor != original.amount_minor:
        return Refusal.REVERSAL_IMPOSSIBLE
    return None


def _objection_to_ending(order: Order, entries: Sequence[JournalEntry]) -> Refusal | None:
    original = order.original
    if original is None or not _is_open_reservation(original, entries):
        return Refusal.RESERVATION_FAILED
    if order.currency != original.currency:
        return Refusal.WRONG_CURRENCY
    return Refusal.RESERVATION_AMOUNT if order.amount_minor > original.amount_minor else None


def _is_open_reservation(entry: JournalEntry, entries: Sequence[JournalEntry]) -> bool:
    if entry.kind != BookingKind.RESERVATION or is_undone(entry, entries):
        return False
    return not _has_successor(entry, entries, _ENDING_A_RESERVATION)


def _has_successor(entry: JournalEntry, entries: Sequence[JournalEntry], kinds: frozenset[BookingKind]) -> bool:
    """Say whether a booking that stands and is of one of these kinds refers to this one."""
    return any(
        later.original_trace_no == entry.trace_no and later.kind in kinds and not later.reversed for later in entries
    )
