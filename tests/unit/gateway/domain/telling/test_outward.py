"""What follows from one try, when a limit is crossed, and which addresses are public."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.ids import OutboxId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import TRIES_MAX, OutboxMessage, OutboxState
from gateway.domain.telling.outward import (
    WEBHOOK,
    Answer,
    Crossed,
    Handed,
    OutwardSystem,
    Patience,
    Waiting,
    WaitingLimits,
    after_try,
    away_backoff_s,
    crossed_by,
)
from gateway.domain.telling.outward_address import is_public

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EUR, CHF = Currency.of("EUR"), Currency.of("CHF")
SYSTEM = OutwardSystem(TenantId("t"), StoreId("s"), "webhook:1", WEBHOOK)
MESSAGE = OutboxMessage(
    TenantId("t"), StoreId("s"), OutboxId(uuid.UUID(int=1)), WEBHOOK, "webhook:1", {}, NOW, OutboxState.STARTED
)
PATIENCE = Patience(message_s=3600, system_s=7200)


def test_try_when_taken_then_done_and_the_system_well_again() -> None:
    ill = replace(SYSTEM, tries=4, failing_since=NOW - timedelta(hours=1), paused_until=NOW)

    after = after_try(MESSAGE, ill, Handed(Answer.TAKEN, "HTTP 200"), NOW, PATIENCE)

    assert (after.message.state, after.message.tries, after.message.note) == (OutboxState.DONE, 1, "HTTP 200")
    assert after.system == replace(SYSTEM, last_success_at=NOW, last_words="HTTP 200")
    assert after.disable == ""


def test_try_when_away_then_the_system_rests_and_the_message_keeps_its_place() -> None:
    first = after_try(MESSAGE, SYSTEM, Handed(Answer.AWAY, "HTTP 500"), NOW, PATIENCE)
    later = NOW + timedelta(seconds=1)
    second = after_try(first.message, first.system, Handed(Answer.AWAY, "HTTP 500", 60), later, PATIENCE)

    assert (first.message.state, first.message.due_at) == (OutboxState.READY, None)
    assert (first.system.paused_until, first.system.failing_since) == (NOW + timedelta(seconds=1), NOW)
    assert (second.system.tries, second.system.failing_since) == (2, NOW)
    assert second.system.paused_until == later + timedelta(seconds=60)


def test_try_when_refused_then_only_the_message_waits() -> None:
    after = after_try(MESSAGE, SYSTEM, Handed(Answer.REFUSED, "HTTP 422"), NOW, PATIENCE)
    last = after_try(replace(MESSAGE, tries=TRIES_MAX - 1), SYSTEM, Handed(Answer.REFUSED, "HTTP 422"), NOW, PATIENCE)

    assert (after.message.state, after.message.due_at) == (OutboxState.READY, NOW + timedelta(seconds=1))
    assert after.system == replace(SYSTEM, last_words="HTTP 422")
    assert (last.message.state, last.message.note) == (OutboxState.DEAD, "Given up at try 12: HTTP 422")


@pytest.mark.parametrize("answer", [Answer.AWAY, Answer.REFUSED])
def test_try_when_the_message_is_too_old_then_given_up(answer: Answer) -> None:
    after = after_try(MESSAGE, SYSTEM, Handed(answer, "no"), NOW + timedelta(seconds=3601), PATIENCE)

    assert after.message.state is OutboxState.DEAD


def test_try_when_away_for_good_or_gone_then_to_be_disabled() -> None:
    ill = replace(SYSTEM, failing_since=NOW - timedelta(seconds=7201))

    assert after_try(MESSAGE, ill, Handed(Answer.AWAY, "HTTP 500"), NOW, PATIENCE).disable == "HTTP 500"
    assert after_try(MESSAGE, SYSTEM, Handed(Answer.GONE, "HTTP 410"), NOW, PATIENCE).disable == "HTTP 410"


def test_try_when_impossible_then_given_up_at_once_and_the_system_goes_on() -> None:
    after = after_try(MESSAGE, SYSTEM, Handed(Answer.IMPOSSIBLE, "no such person"), NOW, PATIENCE)

    assert (after.message.state, after.system.tries, after.disable) == (OutboxState.DEAD, 0, "")


def test_rest_when_failures_go_on_then_it_grows_to_a_quarter_of_an_hour() -> None:
    assert [away_backoff_s(tries) for tries in (0, 1, 2, 3, 10, 11, 5000)] == [1, 1, 2, 4, 512, 900, 900]


def test_limits_when_crossed_then_named_and_at_the_limit_not_yet() -> None:
    limits = WaitingLimits(number=2, age_s=60, amounts=(Money(1000, EUR),))
    at_limit = Waiting("x", 2, NOW - timedelta(seconds=60), 0, (Money(1000, EUR), Money(999_999, CHF)))
    over = Waiting("x", 3, NOW - timedelta(seconds=61), 0, (Money(1001, EUR),))

    assert crossed_by(at_limit, limits, NOW) == ()
    assert crossed_by(over, limits, NOW) == (Crossed.NUMBER, Crossed.AGE, Crossed.AMOUNT)
    assert crossed_by(over, WaitingLimits(), NOW) == ()
    assert crossed_by(Waiting("x"), limits, NOW) == ()


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_address_when_on_the_internet_then_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",  # noqa: S104  # compared, not bound to
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_address_when_inside_or_reserved_then_not_public(address: str) -> None:
    assert not is_public(address)
