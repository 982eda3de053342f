"""Databases that are emptied and used again: making and removing one costs more than most tests.

A database is used again only when it is as it was made but for rows: nobody is connected any more, no table, column,
trigger or function has changed, and it has not grown large. Any other one is removed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from tests.support.postgres import PostgresCluster

_USES_MAX = 50
"""Then the remains of deleted rows would cost more than a new database."""

_GROWN_MAX = 8_000_000
"""Bytes of all tables and indexes beyond those of the template."""

_GONE_WITHIN_S = 0.5
"""The server notices the end of a connection a moment after the client."""

_OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Every change of a definition writes a row of the catalogue anew, with the number of its transaction.
_DEFINITIONS = sql.SQL(" UNION ALL ").join(
    sql.SQL("SELECT {}, count(*), max(xmin::text::bigint) FROM {}").format(sql.Literal(name), sql.Identifier(name))
    for name in ("pg_attribute", "pg_class", "pg_constraint", "pg_db_role_setting", "pg_index", "pg_proc", "pg_trigger")
)
_TABLES = """
SELECT relname, pg_relation_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
_KEPT = frozenset({"alembic_version"})
_TIMEOUT_MS = 10_000

_Definitions = list[tuple[object, ...]]


class CleanDatabases:
    """Migrated databases of one cluster, each lent to one test at a time; used by one thread."""

    def __init__(self, cluster: PostgresCluster, template: str) -> None:
        """Make nothing yet.

        Args:
            cluster: runs as long as this is used.
            template: a migrated database without a row but that of its revision; nobody is connected to it.
        """
        self._cluster = cluster
        self._template = template
        self._free: list[str] = []
        self._uses: dict[str, int] = {}
        self._definitions: _Definitions = []
        self._bytes = 0

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a migrated database without a row, the caller's own until the end of the block."""
        name = self._free.pop() if self._free else self._new()
        try:
            yield self._cluster.url(name)
        finally:
            self._take_back(name)

    def _new(self) -> str:
        name = self._cluster.create_database(template=self._template)
        self._uses[name] = 0
        if not self._definitions:
            with self._connected(name) as connection:
                self._definitions = _definitions(connection)
                self._bytes = sum(table + indexes for _, table, indexes in _sizes(connection))
        return name

    def _take_back(self, name: str) -> None:
        self._uses[name] += 1
        if self._uses[name] < _USES_MAX and self._emptied(name):
            self._free.append(name)
        else:
            self._cluster.drop_database(name)

    def _emptied(self, name: str) -> bool:
        try:
            with self._connected(name) as connection:
                return (
                    _alone(connection)
                    and _definitions(connection) == self._definitions
                    and self._delete_rows(connection)
                )
        except psycopg.Error:
            return False

    def _delete_rows(self, connection: psycopg.Connection) -> bool:
        sizes = _sizes(connection)
        if sum(table + indexes for _, table, indexes in sizes) > self._bytes + _GROWN_MAX:
            return False
        written = [table for table, size, _ in sizes if size and table not in _KEPT]
        # Neither triggers that keep history nor foreign keys are asked.
        statements: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
        statements += [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in written]
        connection.execute(sql.SQL("; ").join(statements))
        return True

    def _connected(self, name: str) -> psycopg.Connection:
        address = self._cluster.url(name).replace("+psycopg", "")
        options = f"-c statement_timeout={_TIMEOUT_MS} -c lock_timeout={_TIMEOUT_MS}"
        return psycopg.connect(address, autocommit=True, connect_timeout=10, options=options)


def _alone(connection: psycopg.Connection) -> bool:
    deadline = time.monotonic() + _GONE_WITHIN_S
    while (connection.execute(_OTHERS).fetchone() or (1,))[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _definitions(connection: psycopg.Connection) -> _Definitions:
    return connection.execute(_DEFINITIONS).fetchall()


def _sizes(connection: psycopg.Connection) -> list[tuple[str, int, int]]:
    return [(str(name), int(table), int(indexes)) for name, table, indexes in connection.execute(_TABLES)]
