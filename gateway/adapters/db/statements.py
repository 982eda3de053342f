"""Runs statements on one connection inside one unit of work and turns the errors of drivers into ours."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DataError as ForeignDataError
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from gateway.adapters.db.column_types import WIRES, Wire
from gateway.adapters.db.mapping import AnyRow
from gateway.adapters.db.violations import error_of
from gateway.domain.errors import GatewayError, InputError, OperationalError

RETRY_STATES = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: the transaction was rolled back and may be run again."""

_HINT = "Try again; if it goes on, the operator looks at the database."


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE behind an error, or an empty string."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def translated(error: SQLAlchemyError | sqlite3.Error) -> GatewayError:
    """Return our error for one of SQLAlchemy's or SQLite's; its text is not passed on, because it can hold values."""
    if isinstance(error, IntegrityError):
        return error_of(error.orig)
    if isinstance(error, sqlite3.IntegrityError):
        return error_of(error)
    if isinstance(error, (ForeignDataError, sqlite3.DataError)):
        return InputError("unstorable_value", "A value does not fit into the database.", "Shorten or correct it.")
    if sqlstate(error) in RETRY_STATES:
        return OperationalError("database_conflict", "Another transaction was faster.", "Try again.")
    if isinstance(error, PoolTimeoutError):
        return OperationalError("database_busy", "All database connections are in use.", _HINT)
    retryable = isinstance(error, (DBAPIError, sqlite3.Error))
    return OperationalError("database_unavailable", "The database did not answer.", _HINT, retryable=retryable)


class Statements:
    """One connection within one unit of work.

    ``failed`` becomes True with the first error: such a unit can only be rolled back, even if somebody caught it.
    """

    __slots__ = ("_driver", "connection", "failed", "postgresql", "wire")

    def __init__(self, connection: Connection, driver: sqlite3.Connection | None = None) -> None:
        """``driver``: the SQLite connection behind ``connection``, where prepared statements are to be run."""
        self.connection = connection
        self.failed = False
        self.postgresql = connection.dialect.name == "postgresql"
        self.wire: Wire = WIRES[connection.dialect.name]
        self._driver = driver

    def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[AnyRow]:
        """Run a statement that returns rows."""
        try:
            return self.connection.execute(statement, parameters).all()
        except SQLAlchemyError as error:
            self.failed = True
            raise translated(error) from error

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

    def prepared(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run a statement in the driver's own words; return its first row, or None."""
        if self._driver is not None:
            row: Sequence[Any] | None = self._run(self._driver, sql, parameters).fetchone()
            return row
        try:
            return self.connection.exec_driver_sql(sql, parameters).fetchone()
        except SQLAlchemyError as error:
            self.failed = True
            raise translated(error) from error

    def prepared_change(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Run a statement in SQLite's own words; return how many rows it touched."""
        if self._driver is None:
            message = "this unit of work is not one that writes on SQLite"
            raise RuntimeError(message)
        return self._run(self._driver, sql, parameters).rowcount

    def check(self) -> None:
        """Raise RuntimeError when a statement has failed, so that half a unit is never committed."""
        if self.failed:
            message = "a unit of work whose statement failed cannot be committed"
            raise RuntimeError(message)

    def refuse(self, error: GatewayError) -> GatewayError:
        """Note that this unit must not be committed, and return the error to raise."""
        self.failed = True
        return error

    def _run(self, driver: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        # SQLAlchemy's way costs about 40 us a statement, and a sale has a dozen: here the driver is called directly.
        try:
            return driver.execute(sql, parameters)
        except sqlite3.Error as error:
            self.failed = True
            raise translated(error) from error
