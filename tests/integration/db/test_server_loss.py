"""PostgreSQL ends our connections: the unit that meets it is told, the next one works."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import OperationalError
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

        with pytest.raises(OperationalError) as error:
            shop.begin(shop.intent())

        assert error.value.code == "database_unavailable"
        intent = shop.intent()
        stored = shop.begin(intent)
        assert shop.conclude(conclusion_of(payment_of(intent), stored)) == 2


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
