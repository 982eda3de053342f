"""Open items of one amount: among many only those are returned whose numbers may be like the ones of a line."""

from __future__ import annotations

from gateway.reconciliation.explanations import Applied
from gateway.reconciliation.item_book import CROWD_LEAST, ItemBook
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import ItemId
from tests.unit.gateway.reconciliation.reconciliation_cases import invoice, line

PRICE = 11_900
CROWD = [
    invoice(f"I{at}", PRICE, party=f"P{at}", name=f"Quarry {at} Stone AG", document=f"RE-2026-{at * 7919 % 10**6:06d}")
    for at in range(1, 40 * CROWD_LEAST)
]
MEANT = CROWD[170]


def crowd_of(*numbers: str, book: ItemBook) -> set[ItemId]:
    """Return the ids of the items of the price that may be meant by the numbers."""
    return {item.id for item in book.of_amount_like(PRICE, numbers)}


def filled() -> ItemBook:
    """Return a book that holds the crowd."""
    book = ItemBook()
    for item in CROWD:
        book.add(item)
    return book


def test_number_of_a_crowd_when_a_sign_is_spoiled_then_its_item_is_among_few() -> None:
    book = filled()
    digits = (MEANT.document or "")[-6:]
    first = "1" if digits[0] != "1" else "2"

    for spoiled in (digits, first + digits[1:], digits[:-1], digits[:-1] + "x", digits[-4:]):
        found = crowd_of(spoiled, book=book)

        assert MEANT.id in found
        assert len(found) < len(CROWD) // 4


def test_item_of_a_crowd_when_paid_and_taken_back_then_it_is_gone_and_there_again() -> None:
    book = filled()
    digits = (MEANT.document or "")[-6:]
    applied = [Applied(MEANT.id, PRICE)]
    assert MEANT.id in crowd_of(digits, book=book)

    book.apply(applied)
    assert MEANT.id not in crowd_of(digits, book=book)
    book.take_back(applied)

    assert MEANT.id in crowd_of(digits, book=book)


def test_line_when_many_owe_its_amount_then_the_end_of_a_number_still_leads_to_the_item() -> None:
    asked = line("L1", PRICE, f"Rechnung {(MEANT.document or '')[-6:]}", name="", days=20)

    [answer] = Reconciler(CROWD).explain([asked])

    assert [one.item for one in answer.applied] == [MEANT.id]
