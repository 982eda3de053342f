"""Sales that meet on SQLite share a turn of the writer; what is in the way of one is no harm to the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import AttemptState
from gateway.domain.errors import GatewayError
from gateway.domain.ids import DeviceId, RegisterId
from gateway.ports.device_store import DeviceRow
from gateway.ports.payment_store import Intent
from tests.support.migrated import migrate
from tests.support.storage_rows import FixedClock, Shop, conclusion_of, payment_of

WAIT_S = 60.0
LANES = 8
COME_S = 0.5
"""So long the writer is held after all have set out: a busy machine lets some of them come late."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    migrate(url)
    with closing(SqlStorage(url, FixedClock())) as storage:
        shop = Shop(storage).open()
        with storage.write() as unit:
            for number in range(LANES):
                unit.devices.ensure(DeviceRow(shop.tenant_id, shop.store_id, _terminal(number), "terminal", "Lane"))
        yield shop


def _terminal(number: int) -> DeviceId:
    return DeviceId(f"lane-{number}")


def _begun(shop: Shop, intents: Sequence[Intent]) -> list[object]:
    """Store all at once, while another unit holds the writer until they have come; return attempts and errors."""
    start = threading.Barrier(len(intents) + 1)

    def begin(intent: Intent) -> object:
        start.wait(WAIT_S)
        try:
            return shop.begin(intent)
        except GatewayError as error:
            return error.code
        except ValueError as error:
            return error

    with ThreadPoolExecutor(len(intents)) as pool:
        with shop.storage.write():
            done = [pool.submit(begin, intent) for intent in intents]
            start.wait(WAIT_S)
            threading.Event().wait(COME_S)
        return [one.result(WAIT_S) for one in done]


def test_sales_that_meet_then_all_are_stored_by_fewer_commits(shop: Shop) -> None:
    intents = [shop.intent(terminal_id=_terminal(number)) for number in range(LANES)]
    units, commits = shop.storage.units, shop.storage.commits

    stored = _begun(shop, intents)

    assert shop.storage.units - units == LANES + 1  # with the one that held the writer
    assert shop.storage.commits - commits < LANES
    for intent, attempt in zip(intents, stored, strict=True):
        assert shop.load(payment_of(intent).id).attempts == (attempt,)
        assert shop.conclude(conclusion_of(payment_of(intent), shop.load(payment_of(intent).id).attempts[0])) == 2


def test_one_with_something_in_the_way_then_told_and_the_others_are_stored(shop: Shop) -> None:
    shop.begin(shop.intent(terminal_id=_terminal(0)))
    busy = shop.intent(terminal_id=_terminal(0))
    other = shop.intent(terminal_id=_terminal(1))
    unreadable = replace(other, payment=replace(payment_of(other), register_id=RegisterId("\ud800")))
    good = [shop.intent(terminal_id=_terminal(number)) for number in range(2, LANES)]

    ends = _begun(shop, [busy, unreadable, *good])

    assert ends[0] == "terminal_busy"
    assert isinstance(ends[1], ValueError)
    for intent in good:
        assert shop.load(payment_of(intent).id).attempts[0].state is AttemptState.SENT


def test_sale_inside_a_unit_of_the_same_thread_then_refused_at_once(shop: Shop) -> None:
    with shop.storage.write(), pytest.raises(RuntimeError, match="inside another one"):
        shop.begin(shop.intent())
