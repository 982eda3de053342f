"""Matching over random histories: nothing is taken above what arrived and was ordered, and nothing goes astray."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ids import PayableId, PurchaseOrderId
from gateway.domain.payables.coding import Coding
from gateway.domain.payables.consumption import Consumption, Taken, net_takes, taken_by_line
from gateway.domain.payables.matching import HandPairing, match_payable
from gateway.domain.payables.matching_result import PayableMatch, Role
from gateway.domain.payables.matching_tolerances import USUAL_TOLERANCES
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine
from gateway.domain.payables.purchase import MatchWays, PurchaseOrder, ReceiptLine
from tests.support.purchase_rows import AT, billed, book, eur, order, order_id_of, order_line, payable, received

NOBODY: Mapping[int, HandPairing | Coding] = {}
TEXTS = ("Coffee beans", "Paper cups 200 ml", "Cleaning")
LINES = st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(95, 104), st.booleans())
STEPS = st.one_of(
    st.tuples(st.just("receipt"), st.integers(1, 3), st.integers(-5, 20)),
    st.tuples(st.just("invoice"), st.lists(LINES, min_size=1, max_size=4)),
    st.tuples(st.just("credit"), st.lists(LINES, min_size=1, max_size=3)),
    st.tuples(st.just("cancel"), st.integers(0, 10)),
)


@dataclass
class History:
    """What happened to one order."""

    ordered: PurchaseOrder
    receipts: list[ReceiptLine] = field(default_factory=list)
    entries: list[Consumption] = field(default_factory=list)
    stored: list[PayableId] = field(default_factory=list)

    def look(self, one: Payable) -> PayableMatch:
        taken = taken_by_line(entry for entry in self.entries if entry.payable_id != one.id)
        return match_payable(one, book([self.ordered], self.receipts, taken), USUAL_TOLERANCES, NOBODY)

    def store(self, one: Payable, found: PayableMatch) -> None:
        self.entries += [
            Consumption(
                uuid.uuid4(),
                take.order_id,
                take.order_line_no,
                one.id,
                take.line_no,
                take.quantity,
                take.amount,
                "",
                AT,
            )
            for take in found.takes
        ]
        self.stored.append(one.id)

    def cancel(self, payable_id: PayableId) -> None:
        held = net_takes([entry for entry in self.entries if entry.payable_id == payable_id])
        self.entries += [
            Consumption(uuid.uuid4(), key[0], key[1], payable_id, key[2], -quantity, -amount, "", AT)
            for key, (quantity, amount) in held.items()
        ]


def _new_history() -> History:
    return History(
        order(
            "P-1",
            order_line(1, "20", "1.00", TEXTS[0], over_percent=Decimal(10)),
            order_line(2, "50", "0.37", TEXTS[1]),
            order_line(3, "10", "12.50", TEXTS[2], ways=MatchWays.TWO_WAY),
            freight="5.00",
        )
    )


def _lines(told: list[tuple[int, int, int, bool]]) -> list[PayableLine]:
    prices = {1: Decimal("1.00"), 2: Decimal("0.37"), 3: Decimal("12.50")}
    return [
        billed(
            place,
            str(quantity),
            str((prices[line_no] * percent / 100).quantize(Decimal("0.0001"))),
            TEXTS[line_no - 1],
            order_line_no=line_no if named else None,
        )
        for place, (line_no, quantity, percent, named) in enumerate(told, start=1)
    ]


@given(st.lists(STEPS, min_size=1, max_size=25))
def test_random_history_then_no_order_line_is_overdrawn_and_every_cent_is_somewhere(
    steps: list[tuple[object, ...]],
) -> None:
    history = _new_history()
    highest = {line.line_no: Decimal(0) for line in history.ordered.lines}

    for number, step in enumerate(steps):
        match step:
            case ("receipt", int(line_no), int(quantity)):
                history.receipts += received("P-1", (line_no, str(quantity)))
            case ("cancel", int(place)) if place < len(history.stored):
                history.cancel(history.stored[place])
            case ("invoice" | "credit" as kind, list(told)):
                credit = PayableKind.CREDIT_NOTE if kind == "credit" else PayableKind.INVOICE
                one = payable(f"R-{number}", _lines(told), "P-1", kind=credit)
                found = history.look(one)
                _assert_sums(one, found)
                if found.exceptions:
                    continue
                before = taken_by_line(history.entries)
                history.store(one, found)
                _assert_not_overdrawn(history, before, highest)
            case _:
                pass


def _assert_sums(one: Payable, found: PayableMatch) -> None:
    sign = -1 if one.kind is PayableKind.CREDIT_NOTE else 1
    by_line = {line.line_no: line for line in one.lines}
    for line in found.lines:
        if line.role is Role.GOODS:
            assert sum(take.amount.minor for take in line.takes) == sign * by_line[line.line_no].amount.minor
            assert sum(take.quantity for take in line.takes) == sign * by_line[line.line_no].quantity
    assert [line.line_no for line in found.lines] == [0, *sorted(by_line)]


def _assert_not_overdrawn(
    history: History, before: Mapping[tuple[PurchaseOrderId, int], Taken], highest: dict[int, Decimal]
) -> None:
    arrived = {line.line_no: Decimal(0) for line in history.ordered.lines}
    for receipt in history.receipts:
        arrived[receipt.line_no] += receipt.quantity
    taken = taken_by_line(history.entries)
    for line in history.ordered.lines:
        key = (order_id_of("P-1"), line.line_no)
        now = taken[key].quantity if key in taken else Decimal(0)
        grown = now > (before[key].quantity if key in before else 0)
        over = Decimal(10) if line.over_percent is not None else Decimal(5)
        assert now <= line.quantity * (1 + over / 100)
        # What went back after it was billed cannot be taken out of the invoice; nothing more may be billed then.
        if grown and line.ways is MatchWays.THREE_WAY:
            assert now <= arrived[line.line_no]
        highest[line.line_no] = max(highest[line.line_no], now)


@given(st.lists(LINES, min_size=1, max_size=6), st.integers(0, 2**32), st.integers(0, 40))
def test_same_payable_in_another_order_of_everything_then_same_result(
    told: list[tuple[int, int, int, bool]], seed: int, arrived: int
) -> None:
    mixer = random.Random(seed)
    ordered = [_new_history().ordered, order("P-2", order_line(1, "9", "3.00", TEXTS[0]))]
    receipts = [*received("P-1", (1, str(arrived)), (2, "7"), (2, "3")), *received("P-2", (1, "9"))]
    one = payable("R-1", _lines(told), "P-1", "P-2")
    expected = match_payable(one, book(ordered, receipts), USUAL_TOLERANCES, NOBODY)

    lines = list(one.lines)
    for several in (lines, ordered, receipts):
        mixer.shuffle(several)
    mixed = [replace(found, lines=tuple(mixer.sample(found.lines, len(found.lines)))) for found in ordered]
    again = replace(one, lines=tuple(lines), order_numbers=("P-2", "P-1"))
    found = match_payable(again, book(mixed, receipts), USUAL_TOLERANCES, NOBODY)

    assert [(line.line_no, line.checks, line.takes, line.reason) for line in found.lines] == [
        (line.line_no, line.checks, line.takes, line.reason) for line in expected.lines
    ]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(1, 40))
def test_invoice_and_its_full_credit_note_then_nothing_is_taken(quantities: list[int], arrived: int) -> None:
    history = _new_history()
    history.receipts += received("P-1", (1, str(arrived)))
    for number, quantity in enumerate(quantities):
        lines = [billed(1, str(quantity), "1.00", TEXTS[0], order_line_no=1)]
        one = payable(f"R-{number}", lines, "P-1")
        found = history.look(one)
        if found.exceptions:
            continue
        history.store(one, found)
        back = payable(f"G-{number}", lines, "P-1", kind=PayableKind.CREDIT_NOTE)
        history.store(back, history.look(back))

    taken = taken_by_line(history.entries).values()
    assert all(not one.quantity and not one.amount_minor for one in taken)
    assert eur("0.00").minor == sum(entry.amount.minor for entry in history.entries)
