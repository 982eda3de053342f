"""PostgreSQL ends our connections: the unit that meets it is told, the next one works."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import psycopg
import pytest

from gateway.adapters.db import schema
from gateway.adapters.db.direct_postgresql import NotRun, Prepared, _Connection
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import OperationalError
from gateway.domain.ids import StoreId, TenantId
from tests.support.storage_rows import FixedClock, Shop, conclusion_of, payment_of

pytestmark = pytest.mark.postgres


def _end_all_connections(url: str) -> int:
    """End every connection of our program to this database, as a restart of the server would."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        found = admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'tillbridge'"
        ).fetchall()
    return len(found)


def test_connections_when_ended_between_units_then_one_unit_is_told_and_the_next_works(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    with closing(SqlStorage(postgres_url, FixedClock())) as storage:
        shop = Shop(storage).open()
        # Two connections lie in the pool.
        with storage.write(), storage.write() as unit:
            unit.devices.list(shop.tenant_id, shop.store_id)
        assert _end_all_connections(postgres_url) >= 1

        with pytest.raises(OperationalError) as error, storage.write() as unit:
            unit.payments.record_intent(shop.intent())

        assert error.value.code == "database_unavailable"
        intent = shop.intent()
        stored = shop.begin(intent)
        assert shop.conclude(conclusion_of(payment_of(intent), stored)) == 2


def test_storage_when_closed_under_a_reader_then_its_connection_is_closed_when_it_comes_back(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    storage = SqlStorage(postgres_url, FixedClock())
    with storage.read():
        storage.close()

    assert _end_all_connections(postgres_url) == 0


def test_storage_when_asked_after_it_was_closed_then_no_connection_is_left(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    storage = SqlStorage(postgres_url, FixedClock())
    storage.close()

    with storage.read() as unit:
        assert unit.payment_runs.next_number(TenantId("acme"), StoreId("store-1")) == 1

    assert _end_all_connections(postgres_url) == 0


def test_connection_when_ended_before_the_commit_then_in_doubt_and_nothing_is_stored(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    with closing(SqlStorage(postgres_url, FixedClock())) as storage:
        shop = Shop(storage).open()
        intent = shop.intent()

        def begin_and_lose() -> None:
            with storage.write() as unit:
                unit.payments.record_intent(intent)
                _end_all_connections(postgres_url)

        with pytest.raises(OperationalError) as error:
            begin_and_lose()

        assert error.value.code == "commit_in_doubt"
        assert shop.begin(intent).payment_id == intent.attempt.payment_id


def test_direct_connection_when_ended_between_sales_then_nobody_notices(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    with closing(SqlStorage(postgres_url, FixedClock())) as storage:
        shop = Shop(storage).open()
        first = shop.intent()
        stored = shop.begin(first)
        assert _end_all_connections(postgres_url) >= 1

        assert shop.conclude(conclusion_of(payment_of(first), stored)) == 2


def test_direct_statement_when_its_connection_ends_in_the_middle_then_in_doubt_and_the_next_works(
    postgres_url: str,
) -> None:
    schema.upgrade(postgres_url)
    with closing(SqlStorage(postgres_url, FixedClock())) as storage:
        shop = Shop(storage).open()
        intent = shop.intent()
        found: list[str] = []

        def begin() -> None:
            try:
                shop.begin(intent)
            except OperationalError as error:
                found.append(error.code)

        with psycopg.connect(postgres_url.replace("+psycopg", "")) as holder:
            holder.execute("SELECT 1 FROM lease FOR UPDATE")
            waiting = threading.Thread(target=begin)
            waiting.start()
            _wait_until_one_waits_for_a_lock(postgres_url)
            _end_all_connections(postgres_url)
            waiting.join(10)

        assert found == ["commit_in_doubt"]
        assert shop.begin(intent).payment_id == intent.attempt.payment_id


def test_direct_statement_when_its_plan_is_outdated_then_the_ordinary_way_stores_it(postgres_url: str) -> None:
    schema.upgrade(postgres_url)
    with closing(SqlStorage(postgres_url, FixedClock())) as storage:
        shop = Shop(storage).open()
        first = shop.intent()
        stored = shop.begin(first)
        shop.conclude(conclusion_of(payment_of(first), stored))
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute("ALTER TABLE attempt ALTER COLUMN baseline_trace_no TYPE bigint")

        second = shop.intent()

        assert shop.begin(second).payment_id == second.attempt.payment_id


def test_direct_connection_when_it_cannot_even_send_then_never_a_raw_error(postgres_url: str) -> None:
    """With a statement known to the server it may have been sent; without one nothing was, and another way is taken."""
    known, new = Prepared("SELECT 1", ()), Prepared("SELECT 2", ())
    connection = _Connection(psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True), psycopg)
    assert connection.run(known, []) == [(1,)]
    connection._pgconn.finish()

    with pytest.raises(OperationalError) as error:
        connection.run(known, [])
    with pytest.raises(NotRun):
        connection.run(new, [])

    assert error.value.code == "commit_in_doubt"
    assert not connection.answers()


def _wait_until_one_waits_for_a_lock(url: str) -> None:
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        until_s = time.monotonic() + 10
        while not admin.execute(waits).fetchall():
            assert time.monotonic() < until_s
