"""Engines with the settings that durability and fairness need, one set for each database."""

import sqlite3
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Engine, Uuid, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from gateway.adapters.db.column_types import HexId
from gateway.domain.errors import ConfigurationError
from gateway.ports.clock import Clock

POOL_SIZE = 16
SQLITE_OVERFLOW = 112
"""With the pool more than the web server's threads and the device lanes; a reader of a file costs next to nothing."""
POSTGRESQL_OVERFLOW = 8
"""With the direct connections, two nodes stay below the 100 a PostgreSQL server allows; who finds none free waits."""
POOL_TIMEOUT_S = 10
IDLE_BEFORE_CHECK_S = 30.0
"""A pooled connection idle for longer is asked whether it still lives; asking every time would cost a round trip."""
BUSY_TIMEOUT_MS = 5000
WRITER_CACHE_KIB = 32_768
_POSTGRESQL_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
)


def database_url(url: str) -> URL:
    """Return the parsed address with the driver we use.

    Raises:
        ConfigurationError: ``unsupported_database`` for anything but PostgreSQL and an SQLite file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unsupported() from error
    match parsed.get_backend_name():
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+pysqlite")
        case _:
            raise _unsupported()


def _unsupported() -> ConfigurationError:
    hint = "Use sqlite:///path/to/file.sqlite3 or postgresql://user@host/database."
    return ConfigurationError("unsupported_database", "The database address is not supported.", hint)


def sqlite_path(url: URL) -> Path:
    """Return the path of an SQLite database file."""
    return Path(url.database or "").absolute()


def sqlite_writer_engine(url: URL) -> Engine:
    """Return an engine for the one writing connection: WAL, every commit on the disk, foreign keys checked."""
    engine = _sqlite_engine(url, pool_size=1, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # A sale touches some forty pages, each written whole: half the usual size saves a fifth of its cost. Only a new
        # file takes a page size.
        _pragmas(connection, "page_size=2048", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        # A payment run changes some thousand pages: in the usual 2 MiB they would be written out and read again.
        _pragmas(connection, f"busy_timeout={BUSY_TIMEOUT_MS}", f"cache_size={-WRITER_CACHE_KIB}")

    return engine


def sqlite_reader_engine(url: URL) -> Engine:
    """Return an engine for reading connections; each sees the last commit and cannot write."""
    engine = _sqlite_engine(url, pool_size=POOL_SIZE, max_overflow=SQLITE_OVERFLOW)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        _pragmas(connection, "query_only=ON", f"busy_timeout={BUSY_TIMEOUT_MS}")

    return engine


def _sqlite_engine(url: URL, *, pool_size: int, max_overflow: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=POOL_TIMEOUT_S,
        # We begin and end transactions ourselves: the driver's own way hides when a transaction starts.
        connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 256},
        hide_parameters=True,
    )
    engine.dialect.colspecs = {**engine.dialect.colspecs, Uuid: HexId}
    return engine


def _pragmas(connection: sqlite3.Connection, *settings: str) -> None:
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").close()


class _Adapters(Protocol):
    def register_dumper(self, kind: type, dumper: type) -> object: ...


class _Driver(Protocol):
    """What we use of a psycopg connection; its module is optional."""

    @property
    def adapters(self) -> _Adapters: ...

    def execute(self, query: str) -> object: ...

    def rollback(self) -> None: ...


def connect_arguments(url: URL) -> dict[str, Any]:
    """Return what psycopg is told beside the parts of the address, for every connection we open."""
    options = url.query.get("options")
    return {
        "connect_timeout": 10,
        "application_name": "tillbridge",
        "prepare_threshold": 2,
        "options": f"{_POSTGRESQL_OPTIONS} {options}" if isinstance(options, str) else _POSTGRESQL_OPTIONS,
    }


def postgresql_engine(url: URL, clock: Clock) -> Engine:
    """Return an engine for PostgreSQL: pooled, READ COMMITTED, every statement prepared after a few uses.

    Raises:
        ConfigurationError: ``missing_driver`` when psycopg is not installed.
    """
    try:
        from psycopg import Error as DriverError  # noqa: PLC0415  # an optional dependency, wanted only here
        from psycopg.types.numeric import Int8Dumper  # noqa: PLC0415  # see above
    except ImportError as error:
        hint = "Install it: pip install 'tillbridge[postgres]'."
        raise ConfigurationError("missing_driver", "PostgreSQL needs the package psycopg.", hint) from error
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POSTGRESQL_OVERFLOW,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
        connect_args=connect_arguments(url),
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: _Driver, entry: ConnectionPoolEntry) -> None:
        # One type for every int: otherwise each size of a value makes a prepared statement of its own.
        connection.adapters.register_dumper(int, Int8Dumper)
        entry.info["pool"] = engine.pool

    @event.listens_for(engine, "checkin")
    def _note_use(connection: _Driver | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at_s"] = clock.monotonic_s()
        if connection is not None and entry.info.get("pool") is not engine.pool:
            # The pool was given up while this one was out: nobody would take it again, nor close it.
            entry.invalidate()

    @event.listens_for(engine, "checkout")
    def _check(connection: _Driver, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        now_s = clock.monotonic_s()
        if now_s - entry.info.get("used_at_s", now_s) < IDLE_BEFORE_CHECK_S:
            return
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except DriverError as error:
            raise DisconnectionError from error

    return engine
