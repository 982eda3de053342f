"""Migrations: up, down, no drift against the tables of the code, two nodes at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Table, create_engine, inspect, text

import gateway.adapters.db.unit_of_work  # noqa: F401  # with it every table is in the metadata
from gateway.adapters.db import engine as engines
from gateway.adapters.db import schema
from gateway.adapters.db.access.access_tables import api_key, person, sign_in_failure, web_session
from gateway.adapters.db.append_only import APPEND_ONLY
from gateway.adapters.db.tables import metadata

# SQLite cannot reflect an index over an expression; that both find by it is what the contract of the search shows.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]

ACCESS: set[Table] = {person, web_session, api_key, sign_in_failure}


def test_upgrade_then_current_and_again_changes_nothing(empty_database_url: str) -> None:
    assert schema.current(empty_database_url) is None

    schema.upgrade(empty_database_url)
    schema.upgrade(empty_database_url)

    assert schema.current(empty_database_url) == schema.head()


def test_downgrade_then_no_table_is_left_and_up_again_works(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)

    schema.downgrade(empty_database_url, "base")

    assert schema.current(empty_database_url) is None
    assert _tables(empty_database_url) == {"alembic_version"}
    schema.upgrade(empty_database_url)
    assert _tables(empty_database_url) == {"alembic_version", *metadata.tables}


def test_migrated_schema_then_equals_the_tables_of_the_code(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)
    engine = create_engine(_address(empty_database_url))
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        difference = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        migrated = _constraints(connection)
    engine.dispose()

    assert difference == []
    assert migrated == _constraints_of_code(empty_database_url)


def _constraints_of_code(url: str) -> dict[str, Any]:
    """The catalogue of a database made straight from the tables of the code."""
    schema.downgrade(url, "base")
    engine = create_engine(_address(url))
    metadata.create_all(engine)
    with engine.connect() as connection:
        found = _constraints(connection)
    engine.dispose()
    return found


def _constraints(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    return {
        name: {
            "checks": sorted((one["name"], one["sqltext"]) for one in inspector.get_check_constraints(name)),
            "columns": [(one["name"], str(one["type"]), one["nullable"]) for one in inspector.get_columns(name)],
            "foreign": sorted(_words(one) for one in inspector.get_foreign_keys(name)),
            "indexes": sorted(_words(one) for one in inspector.get_indexes(name)),
            "primary": inspector.get_pk_constraint(name)["constrained_columns"],
        }
        for name in metadata.tables
    }


def _words(reflected: Mapping[str, Any]) -> str:
    options = {key: str(value) for key, value in reflected.get("dialect_options", {}).items()}
    return str(sorted((dict(reflected) | {"dialect_options": options}).items()))


@pytest.mark.postgres
def test_nodes_when_they_migrate_at_once_then_all_find_the_head(empty_postgres_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: schema.upgrade(empty_postgres_url), range(4)))

    assert schema.current(empty_postgres_url) == schema.head()


def test_store_data_then_tenant_and_store_lead_every_key_and_index() -> None:
    """The condition for spreading the tables over machines by store."""
    for table in set(metadata.tables.values()) - ACCESS:
        leading = [tuple(table.primary_key.columns.keys())[:2]]
        leading += [tuple(index.columns.keys())[:2] for index in table.indexes]
        leading += [tuple(one.columns.keys())[:2] for one in table.foreign_key_constraints]
        assert set(leading) == {("tenant_id", "store_id")}, table.name


def test_columns_then_no_amount_is_a_float_and_every_amount_has_a_currency() -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    names = {(column.table.name, column.name, str(column.type)) for column in columns}
    amounts = {(table, column, kind) for table, column, kind in names if column.endswith("_minor")}

    assert {kind for _, _, kind in amounts} == {"BIGINT"}
    assert not {kind for _, _, kind in names} & {"FLOAT", "NUMERIC", "REAL", "DOUBLE", "DECIMAL"}
    assert {table for table, _, _ in amounts} == {table for table, column, _ in names if column == "currency"}


def test_append_only_tables_then_each_has_its_triggers(empty_database_url: str) -> None:
    schema.upgrade(empty_database_url)
    query = {
        True: "SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'trigger'",
        False: "SELECT DISTINCT event_object_table FROM information_schema.triggers",
    }[empty_database_url.startswith("sqlite")]
    engine = create_engine(_address(empty_database_url))
    with engine.connect() as connection:
        found = connection.execute(text(query)).scalars().all()
    engine.dispose()

    assert set(found) >= set(APPEND_ONLY)


def _address(url: str) -> URL:
    return engines.database_url(url)


def _tables(url: str) -> set[str]:
    engine = create_engine(_address(url))
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found
