"""Whatever a report says: parts and difference come to the payout, books balance, no booking is taken twice."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.bank.payout import EntryKind, PayoutEntry, ReportedEntry, entry_ids, kept_entry, sums_of
from gateway.domain.bank.payout_ledger import acquirer_balance, entry_transfers, payout_in_transit
from gateway.domain.bank.settle_entries import BY_AMOUNT, OwnBooking, match_entries
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.ledger import balances, imbalance
from gateway.domain.money import Currency, Money

EUR = Currency.of("EUR")
DAY = date(2026, 5, 4)
PLACE = (TenantId("main"), StoreId("store-1"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PAYOUT = uuid.UUID(int=7)
_MINOR = st.integers(-50_000, 50_000)


@st.composite
def _entries(draw: st.DrawFn) -> list[PayoutEntry]:
    told = []
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(EntryKind))
        gross = draw(st.one_of(st.none(), _MINOR))
        fee = draw(st.one_of(st.none(), st.integers(-500, 10)))
        net = draw(_MINOR)
        told.append(
            ReportedEntry(
                kind,
                Money(net, EUR),
                f"line {number}",
                DAY + timedelta(days=draw(st.integers(0, 2))),
                None if gross is None else Money(gross, EUR),
                None if fee is None else Money(fee, EUR),
                references=tuple(draw(st.lists(st.sampled_from(["REF-000001", "REF-000002", "x"]), max_size=2))),
            )
        )
    ids = entry_ids(PAYOUT, told)
    return [kept_entry(one_id, PAYOUT, number, one) for number, (one_id, one) in enumerate(zip(ids, told, strict=True))]


@given(_entries())
@settings(max_examples=150, deadline=None)
def test_payout_then_parts_and_difference_come_to_what_was_paid_and_books_agree(entries: list[PayoutEntry]) -> None:
    sums = sums_of(entries)

    assert sums.explained + sums.difference == sums.paid
    assert sum(one.net.minor for one in entries) == -sums.difference
    transfers = [made for one in entries for made in entry_transfers(PLACE, "north", one, NOON)]
    found = balances(transfers)
    assert not any(imbalance(found.values()).values())
    held = found.get((acquirer_balance("north"), "EUR"))
    in_transit = found.get((payout_in_transit("north"), "EUR"))
    # What the acquirer still holds is what it has not paid out, to the cent.
    assert (held.debits_posted - held.credits_posted if held else 0) == -sums.difference
    assert (in_transit.debits_posted - in_transit.credits_posted if in_transit else 0) == sums.paid


@given(_entries(), st.lists(st.tuples(st.sampled_from([100, 200, -100, 5_000]), st.integers(0, 3)), max_size=8))
@settings(max_examples=150, deadline=None)
def test_matching_then_no_booking_is_taken_twice_and_nothing_is_left_out(
    entries: list[PayoutEntry], drawn: list[tuple[int, int]]
) -> None:
    ours = [
        OwnBooking(
            uuid.UUID(int=number + 1),
            uuid.UUID(int=number + 50),
            "front" if days else "back",
            DAY,
            Money(minor, EUR),
            "",
            "",
            (f"REF-{days:06}",),
        )
        for number, (minor, days) in enumerate(drawn)
    ]

    found = match_entries(entries, {}, ours)

    taken = [one.attempt_id for one in found if one.attempt_id]
    assert len(taken) == len(set(taken))
    assert [one.id for one in found] == [one.id for one in entries]
    assert [one.net for one in found] == [one.net for one in entries]
    by_id = {one.attempt_id: one for one in ours}
    assert all(
        by_id[one.attempt_id].amount == one.gross for one in found if one.matched_by == BY_AMOUNT and one.attempt_id
    )
