"""States of payments: whatever order and number of a bank's messages, the end is the same."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.payables.bank_status import (
    PAYEE_CHECKS,
    REASONS,
    STATUSES,
    ReasonClass,
    StatusLevel,
    class_of,
    is_known,
    joined,
    may_be_paid_again,
    state_told,
)
from gateway.domain.payables.payment_order import OrderState

_states = st.sampled_from(OrderState)
_TOLD = sorted({state for levels in STATUSES.values() for state in levels.values() if state is not None})
_told = st.sampled_from([*_TOLD, OrderState.SETTLED, OrderState.RETURNED])


@given(st.lists(_told), st.data())
def test_messages_in_any_order_and_number_then_the_end_is_the_same(told: list[OrderState], data: st.DataObject) -> None:
    repeated = told + data.draw(st.lists(st.sampled_from(told))) if told else []
    shuffled = data.draw(st.permutations(repeated))

    assert reduce(joined, shuffled, OrderState.SENT) is reduce(joined, told, OrderState.SENT)


@given(_states, _states, _states)
def test_join_then_is_commutative_associative_and_idempotent(
    one: OrderState, two: OrderState, three: OrderState
) -> None:
    assert joined(one, two) is joined(two, one)
    assert joined(joined(one, two), three) is joined(one, joined(two, three))
    assert joined(one, one) is one


@given(_states, _states)
def test_join_then_never_moves_back(one: OrderState, two: OrderState) -> None:
    reached = joined(one, two)

    assert joined(reached, one) is reached
    assert joined(reached, two) is reached


@pytest.mark.parametrize(
    ("state", "code", "reached"),
    [
        ("sent", "ACTC", "sent"),
        ("accepted", "ACTC", "accepted"),
        ("accepted", "RVNM", "accepted"),
        ("awaiting_payee_check", "PDNG", "awaiting_payee_check"),
        ("executed", "ACSP", "executed"),
        ("settled", "ACSC", "settled"),
        ("accepted", "RJCT", "rejected"),
        ("rejected", "ACSP", "rejected"),
        ("executed", "RJCT", "returned"),
        ("rejected", "ACSC", "returned"),
        ("settled", "RJCT", "returned"),
        ("returned", "ACSC", "returned"),
        ("awaiting_payee_check", "CANC", "cancelled"),
        ("cancelled", "RJCT", "rejected"),
    ],
)
def test_status_then_leads_where_the_table_says(state: str, code: str, reached: str) -> None:
    told = state_told(code, StatusLevel.PAYMENT)

    assert told is not None
    assert joined(OrderState(state), told) is OrderState(reached)


def test_part_then_says_nothing_of_a_single_payment() -> None:
    assert is_known("PART", StatusLevel.FILE)
    assert state_told("PART", StatusLevel.FILE) is None
    assert not is_known("PART", StatusLevel.PAYMENT)
    assert not is_known("XXXX", StatusLevel.FILE)


def test_reasons_then_each_has_one_class_and_an_unknown_one_is_asked_about() -> None:
    assert class_of("AC04") is ReasonClass.FIX_DATA
    assert class_of("AM04") is ReasonClass.RETRY_LATER
    assert class_of("FRAD") is ReasonClass.STOP_AND_ASK
    assert class_of("DU03") is ReasonClass.ALREADY_DONE
    assert class_of("ZZ99") is ReasonClass.STOP_AND_ASK
    assert set(REASONS.values()) == set(ReasonClass)


def test_payee_checks_then_are_statuses_that_wait() -> None:
    waiting = {state_told(code, StatusLevel.PAYMENT) for code in PAYEE_CHECKS}

    assert waiting == {OrderState.AWAITING_PAYEE_CHECK}


@given(_states)
def test_payment_then_is_paid_again_only_after_proof(state: OrderState) -> None:
    proven = {OrderState.REJECTED, OrderState.CANCELLED, OrderState.RETURNED}

    assert may_be_paid_again(state) is (state in proven)
