"""Chargebacks by their table; days, ages and balances of the cash view."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.domain.bank.acquirer_contract import ReasonFamily
from gateway.domain.bank.cash_position import CashFlow, FlowKind, age_bounds, age_from, forecast
from gateway.domain.bank.chargeback import (
    LOSSES,
    TRANSITIONS,
    Chargeback,
    ChargebackState,
    ChargebackStep,
    due_by,
    has_expired,
    is_due,
    step_of,
)
from gateway.domain.errors import RuleError
from gateway.domain.money import Currency, Money

EUR, USD = Currency.of("EUR"), Currency.of("USD")
TODAY = date(2026, 5, 4)


def _chargeback(state: ChargebackState = ChargebackState.OPENED) -> Chargeback:
    return Chargeback(
        id=uuid.UUID(int=1),
        acquirer="north",
        reference="D-1",
        amount=Money(5_000, EUR),
        scheme="visa",
        reason_code="10.4",
        family=ReasonFamily.FRAUD,
        state=state,
        opened_on=TODAY,
        respond_by=due_by(TODAY, 18),
        opened_at=datetime(2026, 5, 4, tzinfo=UTC),
        opened_by="report",
    )


@pytest.mark.parametrize("state", ChargebackState)
@pytest.mark.parametrize("step", ChargebackStep)
def test_step_when_not_in_the_table_then_is_refused(state: ChargebackState, step: ChargebackStep) -> None:
    after = TRANSITIONS[state].get(step)
    if after is None:
        with pytest.raises(RuleError):
            step_of(_chargeback(state), step)
        return

    assert step_of(_chargeback(state), step).state is after


def test_money_that_comes_back_then_always_wins() -> None:
    assert {TRANSITIONS[state][ChargebackStep.REVERSED] for state in ChargebackState} == {ChargebackState.WON}
    assert ChargebackState.WON not in LOSSES


def test_deadline_then_reminds_before_and_expires_after_its_last_day() -> None:
    found = _chargeback()

    assert not is_due(found, date(2026, 5, 16), 5)
    assert is_due(found, date(2026, 5, 17), 5)
    assert not has_expired(found, date(2026, 5, 22))
    assert has_expired(found, date(2026, 5, 23))
    assert not has_expired(_chargeback(ChargebackState.ANSWERED), date(2026, 6, 1))


def test_forecast_then_each_day_adds_up_and_what_is_late_counts_today() -> None:
    flows = [
        CashFlow(TODAY - timedelta(days=9), FlowKind.PAYABLES, Money(-300, EUR), 2),
        CashFlow(TODAY, FlowKind.PAYOUTS, Money(1_000, EUR), 1),
        CashFlow(TODAY + timedelta(days=2), FlowKind.PAYABLES, Money(-5_000, EUR), 1),
        CashFlow(TODAY + timedelta(days=9), FlowKind.CUSTOMERS, Money(70, EUR), 1),
        CashFlow(TODAY, FlowKind.CUSTOMERS, Money(999, USD), 1),
    ]

    seen = forecast(EUR, Money(4_000, EUR), flows, first=TODAY, days=3)

    assert [(one.coming.minor, one.leaving.minor, one.balance.minor) for one in seen.days] == [
        (1_000, -300, 4_700),
        (0, 0, 4_700),
        (0, -5_000, -300),
    ]
    assert (seen.overdue.minor, seen.later.minor, len(seen.flows)) == (-300, 70, 4)


@pytest.mark.parametrize(
    ("days", "age"), [(-1, -1), (0, 0), (30, 0), (31, 30), (60, 30), (61, 60), (90, 60), (91, 90), (4000, 90)]
)
def test_age_then_bounds_hold_exactly_the_days_of_their_class(days: int, age: int) -> None:
    due = TODAY - timedelta(days=days)

    assert age_from(due, TODAY) == age
    for name, (first, last) in age_bounds(TODAY).items():
        assert ((first is None or first <= due) and (last is None or due <= last)) == (name == age)
