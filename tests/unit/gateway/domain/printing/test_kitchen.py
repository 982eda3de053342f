"""Orders to the kitchen: only what changed is told, to the right place, and no dish is lost or made twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, StoreId, TenantId, uuid7
from gateway.domain.printing.kitchen import (
    ORDER_LINES_MAX,
    SLIP_WORDS,
    KitchenOrder,
    OrderId,
    OrderLine,
    TicketId,
    changes,
    check_lines,
    route_of,
    slip_paper,
    slips,
)
from gateway.domain.printing.paper import Words, paper_from_text, paper_to_text

SOUP = OrderLine("Soup", Decimal(2), "food")
WINE = OrderLine("Wine", Decimal(1), "bar")
ORDER = KitchenOrder(
    TenantId("main"),
    StoreId("store-1"),
    OrderId(uuid7(1)),
    TicketId(uuid7(2)),
    1,
    RegisterId("till-1"),
    7,
    "Table 4",
    (SOUP, WINE),
    datetime(2026, 3, 2, 12, tzinfo=UTC),
    "anna",
)
DISHES = st.lists(
    st.builds(
        OrderLine,
        st.sampled_from(["Soup", "Wine", "Bread"]),
        st.integers(1, 5).map(Decimal),
        st.sampled_from(["food", "bar", ""]),
        st.sampled_from(["", "hot"]),
    ),
    max_size=8,
)


def total(lines: list[OrderLine]) -> dict[tuple[str, str, str], Decimal]:
    found: dict[tuple[str, str, str], Decimal] = {}
    for line in lines:
        found[line.same] = found.get(line.same, Decimal(0)) + line.quantity
    return found


@given(DISHES, DISHES)
def test_changes_when_added_to_what_was_told_before_then_exactly_what_stands_now(
    before: list[OrderLine], now: list[OrderLine]
) -> None:
    known = total(before)
    for change in changes(before, now):
        assert (change.more > 0) is not (change.less > 0)
        known[change.line.same] = known.get(change.line.same, Decimal(0)) + change.more - change.less

    assert {same: count for same, count in known.items() if count} == total(now)


@given(DISHES, st.sampled_from([{}, {"food": "k"}, {"food": "k", "*": "b"}, {"*": "k"}]))
def test_slips_then_each_change_on_one_printer_or_none(now: list[OrderLine], routes: dict[str, str]) -> None:
    told = slips(None, replace(ORDER, lines=tuple(now)), routes)

    count = sum(len(found) for found in told.values())
    assert count == sum(route_of(change.line.group, routes) is not None for change in changes((), now))
    for printer, found in told.items():
        assert {route_of(change.line.group, routes) for change in found} == {printer}


def test_slip_then_number_and_table_big_and_what_is_cancelled_marked() -> None:
    later = replace(ORDER, sequence=2, lines=(replace(SOUP, quantity=Decimal("2.5"), note="no onions"),))
    told = slips(ORDER, later, {"*": "kitchen"})["kitchen"]

    paper = slip_paper(
        later,
        told,
        place_name="Kitchen",
        register_name="Till 1",
        local_time=ORDER.sent_at,
        words=SLIP_WORDS["en"],
        duplicate=True,
    )

    texts = [(part.text, part.big) for part in paper.parts if isinstance(part, Words)]
    assert ("Order 7", True) in texts
    assert ("Table 4", True) in texts
    assert ("CHANGE 2", False) in texts
    assert ("2.5 x Soup", True) in texts
    assert ("   no onions", False) in texts
    assert [text for text, _ in texts if text.startswith("CANCELLED")] == [
        "CANCELLED\n-2 x Soup",
        "CANCELLED\n-1 x Wine",
    ]
    assert paper.copy_mark == "COPY"
    assert paper_from_text(paper_to_text(paper)) == paper


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"title":"x"}', '{"title":"x","parts":[{"kind":"gone"}]}'])
def test_text_that_is_no_paper_then_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        paper_from_text(text)


def test_order_that_no_kitchen_could_read_then_refused() -> None:
    with pytest.raises(InputError) as refusal:
        check_lines((SOUP, replace(SOUP, quantity=Decimal(0))))
    assert (refusal.value.code, refusal.value.pointer) == ("quantity_not_positive", "/lines/1/quantity")
    with pytest.raises(InputError) as refusal:
        check_lines((SOUP,) * (ORDER_LINES_MAX + 1))
    assert refusal.value.code == "too_many_lines"
