"""A database that is lent again is as a new one; one that was changed, or is in use, is not lent again."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from gateway.adapters.db import schema
from tests.support.clean_databases import CleanDatabases
from tests.support.postgres import PostgresCluster

pytestmark = pytest.mark.postgres

_COUNTED = "SELECT (SELECT count(*) FROM ledger_transfer), (SELECT count(*) FROM alembic_version)"

_BOOKING = """
INSERT INTO ledger_transfer (tenant_id, store_id, transfer_id, kind, debit_account, credit_account, amount_minor,
currency, cause_id, trace_id, recorded_at)
VALUES ('acme', 'store-1', %s, 'pending', 'card_receivable/t1', 'sales/r1', 100, 'EUR', %s, 't', now())
"""


@pytest.fixture
def databases(postgres_cluster: PostgresCluster, migrated_postgres: str) -> CleanDatabases:
    """Databases lent to nobody else, so that it is known which one comes next."""
    return CleanDatabases(postgres_cluster, migrated_postgres)


def test_database_when_rows_were_written_then_it_is_lent_again_without_them(databases: CleanDatabases) -> None:
    """Even rows of a table that the product can neither change nor delete."""
    with databases.lent() as first:
        _book(first)
        assert _counts(first) == (1, 1)

    with databases.lent() as second:
        assert second == first
        assert _counts(second) == (0, 1)
        assert schema.current(second) == schema.head()
        _book(second)
        with _connection(second) as connection, pytest.raises(psycopg.Error, match="append-only"):
            connection.execute("DELETE FROM ledger_transfer")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (id integer)",
        "ALTER TABLE ledger_transfer ADD COLUMN another integer",
        "DROP TABLE ledger_transfer CASCADE",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
        "CREATE INDEX another ON ledger_transfer (currency)",
        "CREATE FUNCTION another() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_database_when_its_definitions_were_changed_then_it_is_removed(databases: CleanDatabases, change: str) -> None:
    with databases.lent() as first, _connection(first) as connection:
        connection.execute(change.encode())

    with databases.lent() as second:
        assert second != first
        assert _counts(second) == (0, 1)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        _counts(first)


def test_database_when_somebody_is_still_connected_then_it_is_removed(databases: CleanDatabases) -> None:
    with databases.lent() as first:
        holder = _connection(first)

    with databases.lent() as second:
        assert second != first
    with pytest.raises(psycopg.OperationalError), holder:
        holder.execute("SELECT 1")


def test_database_when_lent_twice_at_once_then_they_are_two(databases: CleanDatabases) -> None:
    with databases.lent() as first, databases.lent() as second:
        _book(first)

        assert _counts(first) == (1, 1)
        assert _counts(second) == (0, 1)


def _book(url: str) -> None:
    with _connection(url) as connection:
        connection.execute(_BOOKING, (uuid.uuid4(), uuid.uuid4()))


def _counts(url: str) -> tuple[int, int]:
    with _connection(url) as connection:
        found = connection.execute(_COUNTED).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def _connection(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
