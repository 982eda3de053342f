"""How much may wait, and what the till is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.errors import RuleError
from gateway.domain.telling.outward import AtLimit, Crossed
from tests.support.outward_rig import ADMINISTRATOR, OutwardRig

LIMITS = {"webhook": {"at_limit": "stop", "number": 2, "age_minutes": 10, "amounts": {"EUR": "50.00"}}}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[OutwardRig]:
    """A node that does not deliver, so that everything waits."""
    made = OutwardRig(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path, outward=LIMITS)
    made.endpoint("https://erp.example/")
    yield made
    made.storage.close()


def _crossed(rig: OutwardRig) -> tuple[Crossed, ...]:
    rig.clock.move(2)
    return tuple(
        crossed for one in rig.side.services.state.may_go_on(ADMINISTRATOR).pressures for crossed in one.crossed
    )


def test_sales_when_too_much_money_waits_then_stopped_until_it_is_gone(rig: OutwardRig) -> None:
    state = rig.side.services.state
    rig.announce(amount="49.00", currency="EUR")
    assert _crossed(rig) == ()
    state.check(ADMINISTRATOR)

    rig.announce(amount="1.01", currency="EUR")
    assert _crossed(rig) == (Crossed.AMOUNT,)
    with pytest.raises(RuleError) as stopped:
        state.check(ADMINISTRATOR)
    assert stopped.value.code == "outward_limit"

    (endpoint,) = rig.webhooks.list(ADMINISTRATOR)
    rig.webhooks.change(ADMINISTRATOR, endpoint.id, active=False)
    assert _crossed(rig) == ()
    state.check(ADMINISTRATOR)


def test_limits_when_number_and_age_are_crossed_then_both_are_told(rig: OutwardRig) -> None:
    for _ in range(3):
        rig.announce()
    rig.clock.move(601)

    assert _crossed(rig) == (Crossed.NUMBER, Crossed.AGE)
    (pressure,) = rig.side.services.state.may_go_on(ADMINISTRATOR).pressures
    assert (pressure.at_limit, pressure.waiting.number) == (AtLimit.STOP, 3)


def test_answer_when_asked_again_at_once_then_the_same_look(rig: OutwardRig) -> None:
    first = rig.side.services.state.may_go_on(ADMINISTRATOR)
    for _ in range(3):
        rig.announce()

    assert rig.side.services.state.may_go_on(ADMINISTRATOR) is first
    assert _crossed(rig) == (Crossed.NUMBER,)
