"""The life of payables under random steps: no dead ends, nothing leaves the bank's hands but by its evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import RuleError
from gateway.domain.ids import SupplierId
from gateway.domain.payables.payable import (
    OPEN_STATES,
    TRANSITIONS,
    WITH_BANK,
    Payable,
    PayableKind,
    PayableState,
    PayableStep,
    after,
)
from gateway.domain.payables.payable_ledger import entries_of_step
from gateway.services.payables.payable_steps import BESIDE_THE_TABLE, reached
from tests.support.payable_rows import payable_row
from tests.support.storage_rows import new_id

ENDED = frozenset({PayableState.REJECTED, PayableState.CANCELLED})
BANK_STEPS = frozenset(
    {
        PayableStep.ACCEPTED,
        PayableStep.EXECUTED,
        PayableStep.SETTLED,
        PayableStep.PART_SETTLED,
        PayableStep.BANK_REJECTED,
        PayableStep.RETURNED,
    }
)
AT = datetime(2026, 3, 2, tzinfo=UTC)
steps = st.lists(st.sampled_from(PayableStep), max_size=60)


def _reachable(start: PayableState) -> set[PayableState]:
    found, waiting = {start}, [start]
    while waiting:
        for state in TRANSITIONS[waiting.pop()].values():
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found


def test_states_when_looked_at_then_every_one_is_in_the_table_and_reachable() -> None:
    assert set(TRANSITIONS) == set(PayableState)
    assert _reachable(PayableState.VALIDATED) == set(PayableState)


@pytest.mark.parametrize("state", sorted(set(PayableState) - ENDED - {PayableState.RECONCILED}))
def test_state_when_not_final_then_there_is_a_way_to_the_money_or_out(state: PayableState) -> None:
    assert TRANSITIONS[state]
    assert _reachable(state) & {PayableState.SETTLED, *ENDED}


@pytest.mark.parametrize("state", sorted(WITH_BANK))
def test_state_when_with_the_bank_then_only_evidence_leaves_it(state: PayableState) -> None:
    assert set(TRANSITIONS[state]) <= BANK_STEPS
    assert set(TRANSITIONS[state]) & BANK_STEPS


@pytest.mark.parametrize("state", sorted(ENDED))
def test_state_when_ended_by_a_person_then_no_step_follows(state: PayableState) -> None:
    for step in PayableStep:
        if step not in BESIDE_THE_TABLE:
            with pytest.raises(RuleError):
                after(state, step)


@given(steps)
def test_steps_when_random_then_money_is_owed_exactly_while_it_is_approved_or_further(taken: list[PayableStep]) -> None:
    """The books recognise a payable once, and take it back exactly when it leaves approval unpaid."""
    payable = payable_row(SupplierId(new_id()))
    owed, seen = 0, set()
    state, version = payable.state, 1
    for step in taken:
        try:
            now = reached(state, step)
        except RuleError:
            continue
        before = _standing(payable, state, version)
        for entry in entries_of_step(before, step, AT):
            assert entry.id not in seen
            seen.add(entry.id)
            if entry.pending_id is not None:
                sign = 1 if entry.credit_account.startswith("payable/") else -1
                owed += sign * entry.amount.minor
        state, version = now, version + 1

        unpaid = state in OPEN_STATES - {PayableState.APPROVED, PayableState.PART_PAID} or state in ENDED
        assert owed == (0 if unpaid else payable.gross.minor)


@given(st.sampled_from(PayableKind), st.integers(min_value=1, max_value=10**9))
def test_approval_when_taken_back_then_every_account_is_as_before(kind: PayableKind, gross: int) -> None:
    payable = payable_row(SupplierId(new_id()), gross=gross, kind=kind)
    sums: dict[str, int] = {}
    matched = _standing(payable, PayableState.MATCHED, 3)
    approved = _standing(payable, PayableState.APPROVED, 4)

    for entry in (
        *entries_of_step(matched, PayableStep.APPROVED, AT),
        *entries_of_step(approved, PayableStep.CHANGED, AT),
    ):
        if entry.pending_id is not None:
            sums[entry.debit_account] = sums.get(entry.debit_account, 0) + entry.amount.minor
            sums[entry.credit_account] = sums.get(entry.credit_account, 0) - entry.amount.minor

    assert sums
    assert set(sums.values()) == {0}


def _standing(payable: Payable, state: PayableState, version: int) -> Payable:
    return replace(payable, state=state, version=version)
