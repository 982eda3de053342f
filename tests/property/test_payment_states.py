"""The one table of an attempt's states: what leads where, and who may say so."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.cards.payment import (
    ALLOWED_EVIDENCE,
    FINAL_STATES,
    OPEN_STATES,
    TRANSITIONS,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    TerminalResult,
    blocks_after,
    next_state,
    trusted,
)
from gateway.domain.errors import RuleError
from gateway.domain.money import Currency, Money

EUR = Currency.of("EUR")
STEPS = st.lists(st.tuples(st.sampled_from(AttemptEvent), st.sampled_from(Evidence)), max_size=8)


def _outcome(event: AttemptEvent, *, heard: bool, amount_minor: int | None = None) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.DIALOGUE, "code", "Words.", TerminalResult(amount_minor), heard)


@given(STEPS)
def test_any_events_then_only_the_table_moves_and_a_final_state_stays(
    steps: list[tuple[AttemptEvent, Evidence]],
) -> None:
    state = AttemptState.SENT
    for event, evidence in steps:
        allowed = event in TRANSITIONS[state] and evidence in ALLOWED_EVIDENCE.get(state, frozenset())
        if allowed:
            state = next_state(state, event, evidence)
            continue
        with pytest.raises(RuleError) as error:
            next_state(state, event, evidence)
        assert error.value.code == "illegal_transition"
        assert state in AttemptState


def test_every_state_then_has_a_row_and_only_final_ones_have_no_way_out() -> None:
    assert set(TRANSITIONS) == set(AttemptState)
    assert set(ALLOWED_EVIDENCE) == OPEN_STATES == {AttemptState.SENT, AttemptState.UNKNOWN}
    assert {state for state, events in TRANSITIONS.items() if not events} == FINAL_STATES


def test_unknown_then_reaches_every_final_state_and_never_sent_again() -> None:
    assert set(TRANSITIONS[AttemptState.UNKNOWN].values()) == FINAL_STATES
    reached = {target for events in TRANSITIONS.values() for target in events.values()}
    assert AttemptState.SENT not in reached


@pytest.mark.parametrize("event", AttemptEvent)
def test_running_dialogue_then_no_person_decides_over_it(event: AttemptEvent) -> None:
    with pytest.raises(RuleError):
        next_state(AttemptState.SENT, event, Evidence.PERSON)


@pytest.mark.parametrize("event", AttemptEvent)
def test_unknown_then_never_settled_by_having_sent_nothing(event: AttemptEvent) -> None:
    """What is in doubt was sent; only evidence about the money itself settles it."""
    with pytest.raises(RuleError):
        next_state(AttemptState.UNKNOWN, event, Evidence.NOTHING_SENT)


@pytest.mark.parametrize(("event", "heard"), list(itertools.product(AttemptEvent, (True, False))))
def test_terminal_then_blocked_only_while_in_doubt_and_silent(event: AttemptEvent, heard: bool) -> None:  # noqa: FBT001  # a parameter of the test
    assert blocks_after(_outcome(event, heard=heard)) is (event is AttemptEvent.LOSE_ANSWER and not heard)


@given(st.integers(1, 10**12), st.none() | st.integers(0, 10**12), st.sampled_from(AttemptEvent))
def test_result_then_an_approval_counts_only_for_the_amount_that_was_asked(
    asked: int, taken: int | None, event: AttemptEvent
) -> None:
    outcome = _outcome(event, heard=True, amount_minor=taken)

    found = trusted(outcome, Money(asked, EUR))

    if event is AttemptEvent.APPROVE and taken not in (None, asked):
        assert (found.event, found.reason_code, found.result) == (
            AttemptEvent.LOSE_ANSWER,
            "amount_differs",
            outcome.result,
        )
    else:
        assert found == outcome
