"""Runs statements on one connection inside one unit of work and turns the errors of drivers into ours."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol, cast

from sqlalchemy import ClauseElement, Connection, Executable
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import DataError as ForeignDataError
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from gateway.adapters.db.bulk import BULK_FROM, run_bulk
from gateway.adapters.db.bulk_read import AnySelect, read_bulk
from gateway.adapters.db.column_types import WIRES, Wire
from gateway.adapters.db.driver_change import DriverChange
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.violations import error_of
from gateway.domain.errors import GatewayError, InputError, OperationalError

RETRY_STATES = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: the transaction was rolled back and may be run again."""

_HINT = "Try again; if it goes on, the operator looks at the database."


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE behind an error, or an empty string."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def translated(error: SQLAlchemyError) -> GatewayError:
    """Return our error for one of SQLAlchemy's; its text is not passed on, because it can hold values."""
    if isinstance(error, PoolTimeoutError):
        return OperationalError("database_busy", "All database connections are in use.", _HINT)
    if isinstance(error, DBAPIError):
        broken_rule, bad_value = isinstance(error, IntegrityError), isinstance(error, ForeignDataError)
        return _meaning(error.orig, broken_rule=broken_rule, bad_value=bad_value)
    return OperationalError("database_unavailable", "The database cannot be used.", _HINT, retryable=False)


def translated_driver(error: BaseException, module: DBAPIModule) -> GatewayError:
    """Return our error for one of a driver's own."""
    broken_rule, bad_value = isinstance(error, module.IntegrityError), isinstance(error, module.DataError)
    return _meaning(error, broken_rule=broken_rule, bad_value=bad_value)


def database_unavailable() -> OperationalError:
    """Return the error for a database that gives no answer, or not the one it should."""
    return OperationalError("database_unavailable", "The database did not answer.", _HINT)


def unstorable_value() -> InputError:
    """Return the error for a value the database cannot hold."""
    return InputError("unstorable_value", "A value does not fit into the database.", "Shorten or correct it.")


def _meaning(error: BaseException | None, *, broken_rule: bool, bad_value: bool) -> GatewayError:
    if broken_rule:
        return error_of(error)
    if bad_value:
        return unstorable_value()
    if getattr(error, "sqlstate", None) in RETRY_STATES:
        return OperationalError("database_conflict", "Another transaction was faster.", "Try again.")
    return database_unavailable()


class _Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...  # noqa: ANN401  # a row of whatever columns the statement names


class Driver(Protocol):
    """What we use of a connection of sqlite3 or psycopg."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any], /) -> _Cursor:
        """Run one statement."""


class Numbered:
    """A statement of SQLite with numbers for its parameters: sqlite3 looks up names anew at each call."""

    __slots__ = ("sql", "values")

    def __init__(self, sql: str, names: Sequence[str]) -> None:
        """``sql``: with ``?1`` and so on; ``names``: at least two, in the order of the numbers."""
        self.sql = sql
        self.values: Callable[[Mapping[str, Any]], tuple[Any, ...]] = itemgetter(*names)


class Statements:
    """One connection within one unit of work.

    ``failed`` becomes True with the first error: such a unit can only be rolled back, even if somebody caught it.
    ``lost`` becomes True when the driver reports that the connection is gone.
    ``units``: for how many units of work this one counts; it is stored or rolled back whole.
    """

    __slots__ = ("_driver", "_module", "connection", "failed", "lost", "postgresql", "units", "wire")

    def __init__(self, connection: Connection) -> None:
        """``connection``: inside a transaction, if it is to be committed."""
        self.connection = connection
        self.failed = False
        self.lost = False
        self.units = 1
        self.postgresql = connection.dialect.name == "postgresql"
        self.wire: Wire = WIRES[connection.dialect.name]
        self._module = connection.dialect.loaded_dbapi
        self._driver = cast("Driver", connection.connection.driver_connection)

    def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Run a statement that returns rows."""
        try:
            return self.connection.execute(statement, parameters).all()
        except SQLAlchemyError as error:
            self.failed = True
            raise translated(error) from error

    def many(self, statement: AnySelect, parameters: Mapping[str, Any]) -> Sequence[AnyRow]:
        """As :meth:`rows`, for hundreds of rows and more of our own tables, at half the cost."""
        try:
            return read_bulk(self.connection, statement, parameters)
        except SQLAlchemyError as error:
            self.failed = True
            raise translated(error) from error
        except self._module.Error as error:
            self.failed = True
            raise translated_driver(error, self._module) from error

    def first(self, statement: Executable, parameters: Mapping[str, Any]) -> AnyRow | None:
        """Run a statement and return its first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def change(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """Run a statement that changes rows; return how many it touched."""
        try:
            return self.connection.execute(statement, parameters).rowcount
        except SQLAlchemyError as error:
            self.failed = True
            raise translated(error) from error

    def change_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run a statement once for each of these parameters, in few round trips; return how many rows it touched."""
        if not rows:
            return 0
        try:
            if len(rows) >= BULK_FROM and isinstance(statement, ClauseElement):
                return run_bulk(self.connection, statement, rows)
            return self.connection.execute(statement, list(rows)).rowcount
        except SQLAlchemyError as error:
            self.failed = True
            raise translated(error) from error

    def prepared(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run a statement in the driver's own words; return its first row, or None."""
        row: Sequence[Any] | None = self._run(sql, parameters).fetchone()
        return row

    def numbered(self, statement: Numbered, parameters: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run a statement of SQLite; return its first row, or None."""
        row: Sequence[Any] | None = self._run(statement.sql, statement.values(parameters)).fetchone()
        return row

    def numbered_change(self, statement: Numbered, parameters: Mapping[str, Any]) -> int:
        """Run a statement of SQLite; return how many rows it touched."""
        return self._run(statement.sql, statement.values(parameters)).rowcount

    def change_driven(self, change: DriverChange, parameters: Mapping[str, Any]) -> int:
        """As :meth:`change`, at a quarter of the cost, for a statement that runs very often."""
        sql, values = change.said(self.connection.dialect, parameters)
        return self._run(sql, values).rowcount

    def check(self) -> None:
        """Raise RuntimeError when a statement has failed, so that half a unit is never committed."""
        if self.failed:
            message = "a unit of work whose statement failed cannot be committed"
            raise RuntimeError(message)

    def refuse(self, error: GatewayError) -> GatewayError:
        """Note that this unit must not be committed, and return the error to raise."""
        self.failed = True
        return error

    def _run(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> _Cursor:
        # SQLAlchemy's way takes a third of the CPU of a sale, so the money path calls the driver directly.
        try:
            return self._driver.execute(sql, parameters)
        except self._module.Error as error:
            self.failed = True
            self.lost = self.connection.dialect.is_disconnect(error, self.connection.connection, None)
            raise translated_driver(error, self._module) from error
