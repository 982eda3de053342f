"""Runs prepared statements on PostgreSQL through libpq itself, each a transaction of its own.

The intent and the conclusion of a sale are one statement each, so they need no BEGIN and no COMMIT: one round trip
instead of three. psycopg's own cursor would take as much processor time as the rest of a sale; its thin wrapper of
libpq (``psycopg.pq``) does not adapt values, so each statement names the type of every parameter. Values travel in
PostgreSQL's binary form, in which an array is little more than its elements: so the values of one sale, encoded once,
serve the statement for one as they are and the statement for many as elements.
"""

import contextlib
import select
import struct
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import Engine

from gateway.adapters.db.column_types import to_microseconds
from gateway.adapters.db.engine import connect_arguments
from gateway.adapters.db.group_commit import commit_in_doubt
from gateway.adapters.db.statements import database_unavailable, translated_driver, unstorable_value
from gateway.domain.errors import GatewayError, OperationalError
from gateway.ports.clock import Clock

CONNECTIONS_MAX = 8
TAKE_TIMEOUT_S = 10.0
IDLE_BEFORE_CHECK_S = 30.0
"""A connection idle for longer is asked whether it still lives; routers forget quiet connections without a word."""
WISHES = (
    # One row that is locked must not hold up those who only share its statement: longer waits are for the ordinary way.
    # A second more than the server takes to find a deadlock.
    "-c lock_timeout=2s"
    # The statements reach every row by its key. Plans are kept, also those made while the tables were still empty.
    " -c plan_cache_mode=force_generic_plan -c jit=off"
    " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
)
"""Options of these connections; a database that does not know one of them does without them all."""

_ROWS = 2
_COMMAND_OK = 1
_NOT_RUN = frozenset({"26000", "0A000", "55P03"})
"""SQLSTATE of a prepared statement that is gone (a pooler in between) or outdated (a migration), and of a row that is
locked for too long: nothing was stored."""
_FATAL = frozenset({"FATAL", "PANIC"})
_MICROSECONDS_1970_TO_2000 = 946_684_800_000_000

Row = tuple[int | None, ...]


class NotRun(Exception):
    """The server did not run the statement and another connection may; nothing is stored."""


_long = struct.Struct("!q").pack
_length = struct.Struct("!i").pack
_array_of = struct.Struct("!iiiii").pack
"""Dimensions, a flag nobody reads, OID of the elements, how many, number of the first."""
_NULL = _length(-1)


def _text(value: str) -> bytes:
    try:
        coded = value.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise unstorable_value() from error
    if b"\x00" in coded:
        raise unstorable_value()
    return coded


def _integer(value: int) -> bytes:
    try:
        return _long(value)
    except struct.error as error:
        raise unstorable_value() from error


def _instant(value: datetime) -> bytes:
    return _long(to_microseconds(value) - _MICROSECONDS_1970_TO_2000)


def _uuid(value: uuid.UUID) -> bytes:
    return value.bytes


class Kind(Enum):
    """Type of a parameter: its name and OID."""

    TEXT = ("text", 25)
    INTEGER = ("bigint", 20)
    BOOLEAN = ("boolean", 16)
    UUID = ("uuid", 2950)
    INSTANT = ("timestamptz", 1184)
    BYTES = ("bytea", 17)
    JSON = ("jsonb", 3802)


_ENCODERS: dict[Kind, Callable[[Any], bytes]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: lambda value: b"\x01" if value else b"\x00",
    Kind.UUID: _uuid,
    Kind.INSTANT: _instant,
    Kind.BYTES: lambda value: value,
    Kind.JSON: lambda value: b"\x01" + _text(value),  # the version of the format, then the document as text
}


class Prepared:
    """A statement in libpq's words (``$1``) and the OID of each parameter (0: the server finds out)."""

    __slots__ = ("formats", "oids", "sql")

    def __init__(self, sql: str, oids: Sequence[int]) -> None:
        self.sql = sql
        self.oids = list(oids)
        self.formats = [1] * len(self.oids)


class DirectStatement:
    """One statement for one row of values, and for many.

    Attributes:
        alone: takes each value as a parameter.
        together: takes an array of each value's column; None where there is no such form.
    """

    __slots__ = ("_coders", "_element_oids", "alone", "together")

    def __init__(self, sql: str, parameters: Sequence[tuple[str, Kind]], together_sql: str | None = None) -> None:
        """``parameters``: name and kind in the order of the numbers, the same in both forms."""
        self._coders = tuple((name, _ENCODERS[kind]) for name, kind in parameters)
        self._element_oids = [kind.value[1] for _, kind in parameters]
        # Texts go into columns of several types: the server finds out which.
        self.alone = Prepared(sql, [0 if kind is Kind.TEXT else kind.value[1] for _, kind in parameters])
        self.together = None if together_sql is None else Prepared(together_sql, [0] * len(parameters))

    def encode(self, values: Mapping[str, Any]) -> list[bytes | None]:
        """Return the parameters as libpq takes them.

        Raises:
            InputError: ``unstorable_value`` for a text or number no database stores.
        """
        return [None if (value := values[name]) is None else code(value) for name, code in self._coders]

    def join(self, rows: Sequence[list[bytes | None]]) -> list[bytes | None]:
        """Return the parameters of ``together`` for rows made by :meth:`encode`."""
        count = len(rows)
        arrays: list[bytes | None] = []
        for oid, column in zip(self._element_oids, zip(*rows, strict=True), strict=True):
            parts = [_array_of(1, 0, oid, count, 1)]
            for value in column:
                if value is None:
                    parts.append(_NULL)
                else:
                    parts += (_length(len(value)), value)
            arrays.append(b"".join(parts))
        return arrays


class _Connection:
    """One autocommit connection; used by one thread at a time."""

    def __init__(self, connection: Any, module: Any) -> None:  # noqa: ANN401 - psycopg is optional
        self._connection = connection
        self._pgconn = connection.pgconn
        self._module = module
        self._prepared: dict[Prepared, bytes] = {}
        self._poll = select.poll()
        self._poll.register(self._pgconn.socket, select.POLLIN)
        self.used_at_s = 0.0

    @property
    def quiet(self) -> bool:
        """False when the server has something to say although nothing was asked: it has said good-bye."""
        return not self._poll.poll(0)

    def answers(self) -> bool:
        """Ask the server for a sign of life."""
        try:
            return bool(self._pgconn.exec_(b"SELECT 1").status == _ROWS)
        except self._module.Error:  # libpq could not even send it
            return False

    def run(self, statement: Prepared, values: Sequence[bytes | None]) -> list[Row]:
        """Run a statement; return its rows, which hold integers only.

        Raises:
            GatewayError: what the server refused; nothing is stored, but after ``commit_in_doubt``.
            NotRun: the statement has to be prepared again, or the ordinary way waits longer.
        """
        name = self._prepared.get(statement) or self._prepare(statement)
        try:
            result = self._pgconn.exec_prepared(name, values, statement.formats)
        except self._module.Error as error:  # no result at all: it may have been sent
            raise commit_in_doubt() from error
        if result.status != _ROWS:
            raise self._failure(result)
        columns = range(result.nfields)
        read = result.get_value
        return [
            tuple(None if (value := read(row, column)) is None else int(value) for column in columns)
            for row in range(result.ntuples)
        ]

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(self._module.Error):
            self._connection.close()

    def _prepare(self, statement: Prepared) -> bytes:
        name = f"direct_{len(self._prepared)}".encode()
        try:
            result = self._pgconn.prepare(name, statement.sql.encode(), statement.oids)
        except self._module.Error as error:
            raise NotRun from error
        if result.status != _COMMAND_OK:
            raise NotRun
        self._prepared[statement] = name
        return name

    def _failure(self, result: Any) -> Exception:  # noqa: ANN401 - psycopg is optional
        error = self._module.errors.error_from_result(result)
        if error.sqlstate is None or error.diag.severity_nonlocalized in _FATAL:
            # The connection ended in the middle: whether the commit came before, nobody can say.
            return commit_in_doubt()
        if error.sqlstate in _NOT_RUN:
            return NotRun()
        return translated_driver(error, self._module)


class DirectConnections:
    """A few autocommit connections to the database of ``engine``, opened when needed, the last used first."""

    def __init__(self, engine: Engine, clock: Clock, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._engine = engine
        self._clock = clock
        self._free: list[_Connection] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(connections_max)
        self._closed = False
        self._module: Any = engine.dialect.loaded_dbapi
        positional, named = engine.dialect.create_connect_args(engine.url)
        named = {**named, **connect_arguments(engine.url)}
        wishing = {**named, "options": f"{named['options']} {WISHES}"}
        self._ways: tuple[Callable[[], Any], ...] = tuple(
            partial(self._module.connect, *positional, **arguments, autocommit=True) for arguments in (wishing, named)
        )

    def run(self, statement: Prepared, values: Sequence[bytes | None]) -> list[Row]:
        """Run one statement in a transaction of its own; return its rows, which hold integers only.

        Raises:
            InputError, RuleError, NotFound: the database refused a row (see ``violations``); nothing is stored.
            OperationalError: ``database_unavailable``, ``database_busy``, ``database_conflict``: nothing is stored;
                ``commit_in_doubt``: it may be stored.
            NotRun: nothing is stored, the ordinary way may work.
        """
        if not self._places.acquire(timeout=TAKE_TIMEOUT_S):
            raise OperationalError("database_busy", "All database connections are in use.", "Try again.")
        try:
            connection = self._live()
            reusable = False
            try:
                rows = connection.run(statement, values)
                reusable = True
            except GatewayError as error:
                reusable = not isinstance(error, OperationalError)
                raise
            finally:
                self._give_back(connection, reusable=reusable)
        finally:
            self._places.release()
        return rows

    def close(self) -> None:
        """Close what is not in use; the rest is closed when it comes back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for connection in free:
            connection.close()

    def _live(self) -> _Connection:
        """Return a connection that was alive a moment ago."""
        while True:
            with self._lock:
                connection = self._free.pop() if self._free else None
            if connection is None:
                return self._opened()
            idle_s = self._clock.monotonic_s() - connection.used_at_s
            if connection.quiet and (idle_s < IDLE_BEFORE_CHECK_S or connection.answers()):
                return connection
            connection.close()

    def _opened(self) -> _Connection:
        failure: Exception | None = None
        for connect in self._ways:
            try:
                return _Connection(connect(), self._module)
            except self._module.Error as error:
                failure = error
        raise database_unavailable() from failure

    def _give_back(self, connection: _Connection, *, reusable: bool) -> None:
        connection.used_at_s = self._clock.monotonic_s()
        with self._lock:
            keep = reusable and not self._closed
            if keep:
                self._free.append(connection)
        if not keep:
            connection.close()
