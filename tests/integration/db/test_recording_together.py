"""Sales that meet on PostgreSQL share a statement and a commit; what is in the way of one is no harm to the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import AttemptState, TransactionNumbers
from gateway.domain.errors import GatewayError
from gateway.domain.ids import DeviceId, SaleId, StoreId
from gateway.ports.device_store import DeviceRow
from gateway.ports.payment_store import Intent
from tests.support.storage_rows import RESULT, FixedClock, Shop, conclusion_of, new_id, payment_of, settled

pytestmark = pytest.mark.postgres
WAIT_S = 60.0
LANES = 8


@pytest.fixture
def shop(postgres_url: str) -> Iterator[Shop]:
    schema.upgrade(postgres_url)
    with closing(SqlStorage(postgres_url, FixedClock())) as storage:
        shop = Shop(storage).open()
        with storage.write() as unit:
            for number in range(LANES):
                numbers = TransactionNumbers(number, 100 + number, None)
                row = DeviceRow(shop.tenant_id, shop.store_id, _terminal(number), "terminal", "Lane", numbers)
                unit.devices.ensure(row)
        yield shop


def _terminal(number: int) -> DeviceId:
    return DeviceId(f"lane-{number}")


def _meeting(shop: Shop, works: Sequence[Callable[[], object]]) -> list[object]:
    """Run all at once, while the server lets nobody at the devices until several wait; return results and codes."""
    start = threading.Barrier(len(works) + 1)

    def run(work: Callable[[], object]) -> object:
        start.wait(WAIT_S)
        try:
            return work()
        except GatewayError as error:
            return error.code

    with ThreadPoolExecutor(len(works)) as pool, _nobody_at_the_devices(shop) as waiting:
        done = [pool.submit(run, work) for work in works]
        start.wait(WAIT_S)
        waiting(2)  # the first alone, then those who waited for it
    return [one.result(WAIT_S) for one in done]


@contextmanager
def _nobody_at_the_devices(shop: Shop) -> Iterator[Callable[[int], None]]:
    url = shop.storage.url.render_as_string(hide_password=False).replace("+psycopg", "")
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looking:
        holder.execute("LOCK TABLE lease, attempt IN EXCLUSIVE MODE")

        def until(count: int) -> None:
            pause = threading.Event()
            for _ in range(int(WAIT_S * 100)):
                if (found := looking.execute(waits).fetchone()) is not None and found[0] >= count:
                    return
                pause.wait(0.01)
            raise TimeoutError

        yield until
        holder.rollback()


def _begun(shop: Shop, intents: Sequence[Intent]) -> list[object]:
    return _meeting(shop, [lambda one=intent: shop.begin(one) for intent in intents])  # type: ignore[misc]  # mypy cannot infer a default


def test_sales_that_do_not_meet_then_two_commits_each(shop: Shop) -> None:
    units, commits = shop.storage.units, shop.storage.commits

    for number in range(3):
        intent = shop.intent(terminal_id=_terminal(number))
        assert shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent))) == 2

    assert (shop.storage.units - units, shop.storage.commits - commits) == (6, 6)


def test_intents_that_meet_then_fewer_commits_and_each_has_its_own_baseline(shop: Shop) -> None:
    intents = [shop.intent(terminal_id=_terminal(number)) for number in range(LANES)]
    units, commits = shop.storage.units, shop.storage.commits

    stored = _begun(shop, intents)

    assert shop.storage.units - units == LANES
    assert shop.storage.commits - commits < LANES
    for number, (intent, attempt) in enumerate(zip(intents, stored, strict=True)):
        record = shop.load(payment_of(intent).id)
        assert record.payment == payment_of(intent)
        assert record.attempts == (attempt,)
        assert record.attempts[0].baseline == TransactionNumbers(number, 100 + number, None)
        assert [event.sequence for event in record.events] == [1]
        with shop.storage.read() as unit:
            answer = unit.payments.find_answer(shop.tenant_id, shop.store_id, str(payment_of(intent).id))
        assert answer == intent.answer


def test_intent_with_something_in_the_way_then_told_and_the_others_are_stored(shop: Shop) -> None:
    shop.begin(shop.intent(terminal_id=_terminal(0)))
    unknown = shop.intent(terminal_id=DeviceId("nowhere"))
    busy = shop.intent(terminal_id=_terminal(0))
    good = [shop.intent(terminal_id=_terminal(number)) for number in range(1, LANES)]

    ends = _begun(shop, [unknown, busy, *good])

    assert ends[:2] == ["unknown_terminal", "terminal_busy"]
    for intent in good:
        assert shop.load(payment_of(intent).id).attempts[0].state is AttemptState.SENT


def test_payments_of_one_sale_when_they_meet_then_never_more_than_its_total(shop: Shop) -> None:
    sale_id = SaleId(new_id())
    intents = [shop.intent(terminal_id=_terminal(number), sale_id=sale_id) for number in range(LANES)]

    ends = _begun(shop, intents)

    assert ends.count("sale_paid") == LANES - 1


def test_same_terminal_of_two_stores_when_they_meet_then_each_has_its_own(shop: Shop) -> None:
    south = Shop(shop.storage, store_id=StoreId("south"), numbers=TransactionNumbers(7, 8, 9)).open()
    here = [shop.intent(), *(shop.intent(terminal_id=_terminal(number)) for number in range(3))]
    there = south.intent()

    ends = _begun(shop, [*here, there])

    assert not any(isinstance(end, str) for end in ends)
    assert south.load(payment_of(there).id).attempts[0].baseline == south.numbers
    assert shop.load(payment_of(here[0]).id).attempts[0].baseline == shop.numbers


def test_conclusions_that_meet_then_each_is_stored_under_its_own_fence(shop: Shop) -> None:
    intents = [shop.intent(terminal_id=_terminal(number)) for number in range(LANES)]
    stored = [shop.begin(intent) for intent in intents]
    conclusions = [
        conclusion_of(
            payment_of(intent), attempt, result=RESULT, numbers=TransactionNumbers(1, 2, 3), printers=("p", "q")
        )
        for intent, attempt in zip(intents, stored, strict=True)
    ]
    conclusions[3] = settled(conclusions[3], epoch=99)
    units, commits = shop.storage.units, shop.storage.commits

    ends = _meeting(shop, [lambda one=one: shop.conclude(one) for one in conclusions])  # type: ignore[misc]  # mypy cannot infer a default

    assert ends == [2, 2, 2, None, 2, 2, 2, 2]
    assert shop.storage.units - units == LANES
    assert shop.storage.commits - commits < LANES
    for number, intent in enumerate(intents):
        attempt = shop.load(payment_of(intent).id).attempts[0]
        fenced = number == 3
        assert attempt.state is (AttemptState.SENT if fenced else AttemptState.APPROVED)
        assert attempt.result == (None if fenced else RESULT)
        with shop.storage.read() as unit:
            devices = {row.id: row.numbers for row in unit.devices.list(shop.tenant_id, shop.store_id)}
        newest = TransactionNumbers(number, 100 + number, None) if fenced else TransactionNumbers(1, 2, 3)
        assert devices[_terminal(number)] == newest
        assert len(shop.load(payment_of(intent).id).deliveries) == (0 if fenced else 2)
