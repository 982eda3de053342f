"""Which of our card bookings a record is about: by its references first, then where amount and day leave no doubt.

Nothing is guessed: where two bookings fit a record, or two records a booking, and it matters which, neither is taken.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gateway.domain.bank.payout import OURS, EntryKind, PayoutEntry
from gateway.domain.money import Money

BY_REFERENCE, BY_AMOUNT = "reference", "amount"
DAYS_BEFORE, DAYS_AFTER = 1, 5
"""A record is booked from a day before ours (time zones) to some days after (acquirers close their days late)."""
REFERENCE_MIN = 6
"""Signs of a reference that may name a booking: shorter ones are running numbers of which every till has its own."""
_NOT_A_SIGN = re.compile(r"[^0-9A-Za-z]")


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """One approved try at a terminal. ``amount``: below zero when it went back to the card; ``day``: of the shop.

    ``settled``: a bank line has settled it already, so that its money is not with the acquirer any more.
    """

    attempt_id: uuid.UUID
    payment_id: uuid.UUID
    terminal_id: str
    day: date
    amount: Money
    brand: str
    last4: str
    references: tuple[str, ...]
    settled: bool = False


def plain_reference(text: str) -> str:
    """Return a reference without what systems add or leave out: blanks, hyphens, small letters."""
    return _NOT_A_SIGN.sub("", text).upper()


def match_entries(
    entries: Sequence[PayoutEntry], last4: Mapping[uuid.UUID, str], bookings: Iterable[OwnBooking]
) -> tuple[PayoutEntry, ...]:
    """Return the records with the bookings they are about; each booking is taken once at most.

    Args:
        entries: records; those that have a booking, or can have none, stay as they are.
        last4: last four digits of the card by record, where they are told.
        bookings: ours that no record has yet.
    """
    free = {one.attempt_id: one for one in bookings}
    found: dict[uuid.UUID, tuple[OwnBooking, str]] = {}
    open_ones = [one for one in entries if one.kind in OURS and one.attempt_id is None]
    for entry, booking in _by_reference(open_ones, free.values()):
        found[entry.id] = (booking, BY_REFERENCE)
        del free[booking.attempt_id]
    rest = [one for one in open_ones if one.id not in found]
    for entry, booking in _by_amount(rest, last4, tuple(free.values())):
        found[entry.id] = (booking, BY_AMOUNT)
    return tuple(_taken(one, *found[one.id]) if one.id in found else one for one in entries)


def _taken(entry: PayoutEntry, booking: OwnBooking, how: str) -> PayoutEntry:
    return replace(
        entry,
        attempt_id=booking.attempt_id,
        payment_id=booking.payment_id,
        terminal_id=booking.terminal_id,
        matched_by=how,
        brand=booking.brand if entry.brand in ("", "other") else entry.brand,
    )


def _by_reference(
    entries: Iterable[PayoutEntry], bookings: Iterable[OwnBooking]
) -> list[tuple[PayoutEntry, OwnBooking]]:
    """Return pairs of one direction with a reference in common; of several the one with the same amount."""
    known: dict[str, list[OwnBooking]] = defaultdict(list)
    for booking in bookings:
        for reference in {plain_reference(text) for text in booking.references}:
            if len(reference) >= REFERENCE_MIN:
                known[reference].append(booking)
    pairs: list[tuple[PayoutEntry, OwnBooking]] = []
    taken: set[uuid.UUID] = set()
    for entry in entries:
        for reference in entry.references:
            fitting = [
                one
                for one in known.get(plain_reference(reference), ())
                if one.attempt_id not in taken and _same_way(entry, one)
            ]
            exact = [one for one in fitting if one.amount == _charged(entry)]
            chosen = exact if len(exact) == 1 else fitting
            if len(chosen) == 1:
                pairs.append((entry, chosen[0]))
                taken.add(chosen[0].attempt_id)
                break
    return pairs


def _by_amount(
    entries: Sequence[PayoutEntry], last4: Mapping[uuid.UUID, str], bookings: Sequence[OwnBooking]
) -> list[tuple[PayoutEntry, OwnBooking]]:
    """Pair what has one amount, near days and no contradiction, where the records and bookings of it are as many."""
    by_amount: dict[Money, list[OwnBooking]] = defaultdict(list)
    for booking in bookings:
        by_amount[booking.amount].append(booking)
    groups: dict[Money, list[PayoutEntry]] = defaultdict(list)
    for entry in entries:
        # A record that names a booking of ours by a reference we do not know is not one of those found by amount.
        groups[_charged(entry)].append(entry)
    pairs: list[tuple[PayoutEntry, OwnBooking]] = []
    for amount, records in groups.items():
        ours = by_amount.get(amount, [])
        fits = {one.id: [own for own in ours if _near(one, own) and _fits(one, last4, own)] for one in records}
        pairs += _certain(records, fits)
    return pairs


def _certain(
    records: Sequence[PayoutEntry], fits: Mapping[uuid.UUID, Sequence[OwnBooking]]
) -> list[tuple[PayoutEntry, OwnBooking]]:
    """Return pairs of records with exactly the bookings that fit them, alike in all that the books tell apart."""
    sets: dict[frozenset[uuid.UUID], list[PayoutEntry]] = defaultdict(list)
    for record in records:
        sets[frozenset(own.attempt_id for own in fits[record.id])].append(record)
    pairs: list[tuple[PayoutEntry, OwnBooking]] = []
    claimed = [ids for ids in sets if ids]
    for ids, group in sets.items():
        own = sorted(fits[group[0].id], key=lambda one: (one.day, str(one.attempt_id)))
        alone = all(other is ids or not (other & ids) for other in claimed)
        alike = len({one.terminal_id for one in own}) == 1
        if ids and alone and len(own) == len(group) and (alike or len(own) == 1):
            pairs += zip(sorted(group, key=_order), own, strict=True)
    return pairs


def _order(entry: PayoutEntry) -> tuple[date, int]:
    return entry.booked_on or date.min, entry.number


def _charged(entry: PayoutEntry) -> Money:
    """Return what the cardholder was charged, in the currency of the card sale."""
    return entry.gross if entry.original is None else entry.original


def _same_way(entry: PayoutEntry, booking: OwnBooking) -> bool:
    return (entry.kind is EntryKind.REFUND) == (booking.amount.minor < 0)


def _near(entry: PayoutEntry, booking: OwnBooking) -> bool:
    return entry.booked_on is not None and -DAYS_BEFORE <= (entry.booked_on - booking.day).days <= DAYS_AFTER


def _fits(entry: PayoutEntry, last4: Mapping[uuid.UUID, str], booking: OwnBooking) -> bool:
    told = last4.get(entry.id, "")
    if told and booking.last4 and told != booking.last4:
        return False
    known = {entry.brand, booking.brand} - {"", "other"}
    return len(known) < 2
