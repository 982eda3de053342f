"""Shifts as facts: the table of steps, counts, what waits for a manager."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.domain.cash.denominations import COINS_MINOR, denominations
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.shifts.shift import (
    COUNTS,
    STEPS,
    FactKind,
    Shift,
    ShiftFact,
    ShiftState,
    check_drawer_amount,
    counted_sum,
    last_count,
    needs_review,
    next_shift_state,
)

EUR, USD = Currency.of("EUR"), Currency.of("USD")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPEN = Shift(
    tenant_id=TenantId("acme"),
    store_id=StoreId("north"),
    id=ShiftId(uuid.UUID(int=1)),
    register_id=RegisterId("till-1"),
    currency=EUR,
    state=ShiftState.OPEN,
    cashier="anna",
    float_amount=Money(10_000, EUR),
    since=NOON,
    opened_at=NOON,
    opened_by="anna",
)
CLOSED = replace(OPEN, state=ShiftState.CLOSED, closed_at=NOON)


def _fact(kind: FactKind, minor: int | None = None, expected: int | None = None) -> ShiftFact:
    return ShiftFact(
        id=uuid.uuid4(),
        shift_id=OPEN.id,
        sequence=2,
        kind=kind,
        amount=None if minor is None else Money(minor, EUR),
        expected=None if expected is None else Money(expected, EUR),
        reason="",
        actor="anna",
        recorded_at=NOON,
    )


@pytest.mark.parametrize("state", ShiftState)
@pytest.mark.parametrize("kind", FactKind)
def test_step_then_as_the_table_says_or_refused(state: ShiftState, kind: FactKind) -> None:
    target = STEPS[state].get(kind)
    if target is not None:
        assert next_shift_state(state, kind) is target
        return
    with pytest.raises(RuleError) as refusal:
        next_shift_state(state, kind)
    assert refusal.value.code == "shift_step_not_possible"


def test_steps_then_every_state_is_reached_and_only_a_closed_shift_stays() -> None:
    reached = {ShiftState.OPEN} | {target for steps in STEPS.values() for target in steps.values()}
    ends = {state for state, steps in STEPS.items() if set(steps.values()) <= {state}}

    assert reached == set(ShiftState)
    assert ends == {ShiftState.CLOSED}
    assert FactKind.CLOSED not in STEPS[ShiftState.OPEN]


def test_difference_then_counted_less_expected_and_none_without_both() -> None:
    assert _fact(FactKind.COUNTED, 9_990, 10_000).difference == Money(-10, EUR)
    assert _fact(FactKind.COUNTED, 9_990).difference is None
    assert _fact(FactKind.RESUMED).difference is None


def test_last_count_then_the_newest_of_either_kind() -> None:
    first, second = _fact(FactKind.COUNTED, 1, 2), _fact(FactKind.RECOUNTED, 2, 2)

    assert last_count((first, second, _fact(FactKind.CLOSED, 0))) is second
    assert last_count((first,)) is first
    assert last_count(()) is None
    assert {FactKind.COUNTED, FactKind.RECOUNTED} == COUNTS


def test_review_then_needed_for_a_closed_shift_with_a_difference_once() -> None:
    wrong, right = _fact(FactKind.COUNTED, 9, 10), _fact(FactKind.COUNTED, 10, 10)

    assert needs_review(CLOSED, (wrong,))
    assert not needs_review(CLOSED, (right,))
    assert not needs_review(OPEN, (wrong,))
    assert not needs_review(CLOSED, (wrong, _fact(FactKind.REVIEWED)))
    assert not needs_review(CLOSED, ())


def test_pieces_then_their_sum() -> None:
    assert counted_sum({Money(5_000, EUR): 2, Money(1, EUR): 7, Money(50, EUR): 0}, EUR) == Money(10_007, EUR)
    assert counted_sum({}, EUR) == Money(0, EUR)


@pytest.mark.parametrize(
    "pieces", [{Money(5_000, EUR): -1}, {Money(0, EUR): 1}, {Money(100, USD): 1}, {Money(1, EUR): 100_001}]
)
def test_pieces_that_cannot_be_then_refused(pieces: dict[Money, int]) -> None:
    with pytest.raises(InputError) as refusal:
        counted_sum(pieces, EUR)
    assert refusal.value.code == "invalid_count"


def test_amount_outside_the_drawer_then_refused() -> None:
    check_drawer_amount(Money(0, EUR), EUR, least_minor=0)
    for amount, least, code in (
        (Money(0, EUR), 1, "invalid_amount"),
        (Money(-1, EUR), 0, "invalid_amount"),
        (Money(AMOUNT_MINOR_MAX + 1, EUR), 0, "invalid_amount"),
        (Money(1, USD), 0, "currency_mismatch"),
    ):
        with pytest.raises(InputError) as refusal:
            check_drawer_amount(amount, EUR, least_minor=least)
        assert refusal.value.code == code


def test_denominations_then_biggest_first_and_none_twice() -> None:
    for code in COINS_MINOR:
        found = [one.minor for one in denominations(Currency.of(code))]
        assert found == sorted(set(found), reverse=True)
    assert denominations(EUR)[0] == Money(50_000, EUR)
    assert denominations(EUR)[-1] == Money(1, EUR)
    assert denominations(Currency.of("ISK")) == ()
