"""Group commit on SQLite: writers that wait for each other share one commit, and so one wait for the disk.

All units of work use one writing connection, one after the other, each but the first of a group inside a savepoint.
Whoever leaves while nobody waits in line commits for all that came before. A unit returns only after that commit; a
unit that fails is rolled back alone, and its error is told only after the commit too, because it may rest on a
neighbour's rows.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.adapters.db.statements import Statements, database_unavailable, translated
from gateway.domain.errors import OperationalError

GROUP_MAX = 64
"""Units of one commit at most, so that an endless line cannot keep the first ones waiting."""

PATIENCE_S = 0.5
"""A unit that waits longer for the others in line commits what there is."""


def commit_in_doubt() -> OperationalError:
    """Return the error of a commit that failed: the unit may or may not be stored."""
    hint = "Look whether it is stored before you send it again; the same id is never stored twice."
    return OperationalError("commit_in_doubt", "The database did not confirm that the change is stored.", hint)


class _Group:
    """The units that share one commit."""

    __slots__ = ("done", "failure", "units")

    def __init__(self) -> None:
        self.units = 0
        self.done = threading.Event()
        self.failure: sqlite3.Error | None = None


class GroupCommit:
    """The one writer of an SQLite database. ``units`` and ``commits`` count what was stored."""

    def __init__(self, engine: Engine, *, group_max: int = GROUP_MAX) -> None:
        """``engine``: makes the writing connection; ``group_max``: 1 commits every unit alone (a plain write lock).

        Raises:
            OperationalError: ``database_unavailable`` when the file cannot be opened.
        """
        self._group_max = group_max
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._in_line = 0
        self._owner: int | None = None
        self._group: _Group | None = None
        self.units = 0
        self.commits = 0
        try:
            self._connection: Connection = engine.connect()
        except SQLAlchemyError as error:
            raise translated(error) from error
        driver = self._connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            message = "group commit is for SQLite only"
            raise TypeError(message)
        self._driver = driver

    def close(self) -> None:
        """Close the connection after the unit that is running."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def unit(self) -> Iterator[Statements]:
        """Run one unit of work; leave after its commit is on the disk.

        Raises:
            OperationalError: ``commit_in_doubt`` when the commit failed, ``database_unavailable`` when none can begin.
            RuntimeError: the calling thread is inside a unit already, or caught an error of this one and went on.
        """
        self.check_outside()
        self._queue()
        group: _Group | None = None
        try:
            self._owner = threading.get_ident()
            group = self._join()
            yield from self._run(group)
        finally:
            self._leave(group)
            if group is not None:
                self._await(group)

    def check_outside(self) -> None:
        """Raise RuntimeError when the calling thread is inside a unit: it would wait for itself."""
        if self._owner == threading.get_ident():
            message = "a unit of work cannot be opened inside another one of the same thread"
            raise RuntimeError(message)

    def _queue(self) -> None:
        with self._counting:
            self._in_line += 1
        try:
            self._turn.acquire()
        except BaseException:
            # Interrupted while waiting (a signal in the main thread): others must not wait for us.
            with self._counting:
                self._in_line -= 1
            raise

    def _await(self, group: _Group) -> None:
        while not group.done.wait(PATIENCE_S):
            with self._turn:
                if not group.done.is_set():
                    self._end(group)
        if group.failure is not None:
            raise commit_in_doubt() from group.failure

    def _join(self) -> _Group:
        """Return the group that is open, or begin one; on failure nothing is open."""
        try:
            if self._group is None:
                self._driver.execute("BEGIN IMMEDIATE")
                self._group = _Group()
            else:
                self._driver.execute("SAVEPOINT unit")
        except sqlite3.Error as error:
            if self._group is not None:
                self._group.failure = error
                self._end(self._group)
            raise database_unavailable() from error
        return self._group

    def _run(self, group: _Group) -> Iterator[Statements]:
        statements = Statements(self._connection)
        first = group.units == 0  # it needs no savepoint: the transaction holds nothing else yet
        try:
            yield statements
            statements.check()
            if not first:
                self._driver.execute("RELEASE unit")
        except BaseException:
            self._undo(group, first=first)
            raise
        group.units += statements.units

    def _undo(self, group: _Group, *, first: bool) -> None:
        """Roll this unit back. Some errors (disk full, input/output) have ended the whole transaction already."""
        if first:
            self._group = None
            self._roll_back()
            group.done.set()
            return
        try:
            self._driver.execute("ROLLBACK TO unit")
            self._driver.execute("RELEASE unit")
        except sqlite3.Error as error:
            group.failure = error

    def _leave(self, group: _Group | None) -> None:
        with self._counting:
            self._in_line -= 1
            last = self._in_line == 0
        try:
            open_group = group if group is not None and not group.done.is_set() else None
            if open_group and (last or open_group.failure is not None or open_group.units >= self._group_max):
                self._end(open_group)
        finally:
            self._owner = None
            self._turn.release()

    def _end(self, group: _Group) -> None:
        self._group = None
        try:
            if group.failure is None:
                self._driver.execute("COMMIT")
                self.units += group.units
                self.commits += 1
        except sqlite3.Error as error:
            group.failure = error
        finally:
            if group.failure is not None:
                self._roll_back()
            group.done.set()

    def _roll_back(self) -> None:
        try:
            self._driver.execute("ROLLBACK")
        except sqlite3.Error:
            # Nothing was open any more: SQLite itself has rolled back.
            return
