"""Group commit on SQLite: shared commits, lone failures, and what happens when a commit fails."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.adapters.db import schema
from gateway.adapters.db.engine import database_url, sqlite_writer_engine
from gateway.adapters.db.group_commit import GroupCommit
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import ConfigurationError, OperationalError
from tests.support.migrated import migrate
from tests.support.storage_rows import FixedClock

WAIT_S = 30.0
ROOT = Path(__file__).resolve().parents[3]
_ADD = text("INSERT INTO fact (id) VALUES (:id)")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "facts.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE fact (id INTEGER PRIMARY KEY) STRICT")
    connection.close()
    return path


@pytest.fixture
def group(database: Path) -> Iterator[GroupCommit]:
    engine = sqlite_writer_engine(database_url(f"sqlite:///{database}"))
    opened = GroupCommit(engine)
    yield opened
    opened.close()
    engine.dispose()


def _facts(database: Path) -> set[int]:
    connection = sqlite3.connect(database)
    found = {row[0] for row in connection.execute("SELECT id FROM fact")}
    connection.close()
    return found


def _wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again until it holds; the pause lets the other threads run."""
    pause = threading.Event()
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.002)


class _Line:
    """Holds the turn in one unit until others stand in line behind it, so that they share a commit."""

    def __init__(self, group: GroupCommit, others: list[Callable[[], None]]) -> None:
        self.group = group
        self.others = others
        self.errors: list[BaseException | None] = []

    def run(self) -> None:
        with ThreadPoolExecutor(len(self.others) or 1) as pool:
            with self.group.unit() as statements:
                futures = [pool.submit(other) for other in self.others]
                _wait_until(lambda: self.group._in_line == 1 + len(self.others))
                statements.change(_ADD, {"id": 0})
            self.errors = [future.exception(WAIT_S) for future in futures]


def _adding(group: GroupCommit, number: int) -> Callable[[], None]:
    def work() -> None:
        with group.unit() as statements:
            statements.change(_ADD, {"id": number})

    return work


def test_units_in_line_then_share_one_commit(group: GroupCommit, database: Path) -> None:
    line = _Line(group, [_adding(group, number) for number in range(1, 6)])

    line.run()

    assert line.errors == [None] * 5
    assert _facts(database) == set(range(6))
    assert (group.units, group.commits) == (6, 1)


def test_unit_when_it_fails_then_only_its_own_savepoint_is_rolled_back(group: GroupCommit, database: Path) -> None:
    def failing() -> None:
        with group.unit() as statements:
            statements.change(_ADD, {"id": 99})
            raise KeyError("from the block")

    line = _Line(group, [_adding(group, 1), failing, _adding(group, 2)])

    line.run()

    assert [type(error) for error in line.errors] == [type(None), KeyError, type(None)]
    assert _facts(database) == {0, 1, 2}
    assert group.units == 3


def test_commit_when_it_fails_then_every_unit_of_the_group_is_told(group: GroupCommit, database: Path) -> None:
    """A deferred foreign key lets the commit itself fail, as a full disk would."""
    group._driver.execute("CREATE TABLE child (id INTEGER REFERENCES fact DEFERRABLE INITIALLY DEFERRED)")

    def orphan() -> None:
        with group.unit() as statements:
            statements.change(text("INSERT INTO child VALUES (12345)"), {})

    line = _Line(group, [_adding(group, 1), orphan])

    with pytest.raises(OperationalError) as error:
        line.run()

    assert error.value.code == "commit_in_doubt"
    assert _facts(database) == set()
    _adding(group, 7)()
    assert _facts(database) == {7}


def test_transaction_when_sqlite_ends_it_then_the_group_is_told_and_the_next_works(
    group: GroupCommit, database: Path
) -> None:
    """Some errors (disk full, input/output) end the whole transaction, not the statement alone."""

    def work() -> None:
        with group.unit() as statements:
            statements.change(_ADD, {"id": 1})
            group._driver.execute("ROLLBACK")
            raise KeyError("from the block")

    line = _Line(group, [work])

    with pytest.raises(OperationalError) as error:
        line.run()

    assert error.value.code == "commit_in_doubt"
    assert isinstance(error.value.__cause__, sqlite3.Error)
    _adding(group, 7)()
    assert _facts(database) == {7}


@pytest.mark.parametrize("ended_by_sqlite", [False, True])
def test_first_unit_when_it_fails_then_told_its_own_error_and_nothing_is_stored(
    group: GroupCommit, database: Path, *, ended_by_sqlite: bool
) -> None:
    def work() -> None:
        with group.unit() as statements:
            statements.change(_ADD, {"id": 1})
            if ended_by_sqlite:
                group._driver.execute("ROLLBACK")
            raise KeyError("from the block")

    with pytest.raises(KeyError):
        work()

    assert _facts(database) == set()
    _adding(group, 7)()
    assert _facts(database) == {7}
    assert (group.units, group.commits) == (1, 1)


def test_unit_inside_a_unit_of_the_same_thread_then_refused(group: GroupCommit, database: Path) -> None:
    with group.unit() as statements:
        with pytest.raises(RuntimeError, match="inside another"), group.unit():
            pytest.fail("it would wait for itself")
        statements.change(_ADD, {"id": 1})

    assert _facts(database) == {1}


def test_group_when_it_is_full_then_committed_though_others_wait(database: Path) -> None:
    engine = sqlite_writer_engine(database_url(f"sqlite:///{database}"))
    group = GroupCommit(engine, group_max=2)

    _Line(group, [_adding(group, number) for number in range(1, 6)]).run()

    assert (group.units, group.commits) == (6, 3)
    group.close()
    engine.dispose()


def test_line_when_somebody_in_it_never_comes_then_the_others_commit_after_a_while(
    group: GroupCommit, database: Path
) -> None:
    group._in_line += 1

    _adding(group, 1)()

    assert _facts(database) == {1}
    group._in_line -= 1


def test_second_process_on_the_same_file_then_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.sqlite3'}"
    migrate(url)
    first = SqlStorage(url, FixedClock())

    with pytest.raises(ConfigurationError) as error:
        SqlStorage(url, FixedClock())
    assert error.value.code == "database_in_use"
    assert str(os.getpid()) in error.value.message
    with pytest.raises(ConfigurationError):
        schema.downgrade(url, "base")

    first.close()
    SqlStorage(url, FixedClock()).close()


_CHILD = """
import sys, threading
from sqlalchemy import text
from gateway.adapters.db.engine import database_url, sqlite_writer_engine
from gateway.adapters.db.group_commit import GroupCommit

group = GroupCommit(sqlite_writer_engine(database_url("sqlite:///" + sys.argv[1])))
add = text("INSERT INTO fact (id) VALUES (:id)")
told = threading.Lock()

def work(number):
    while True:
        number += 8
        with group.unit() as statements:
            statements.change(add, {"id": number})
        with told:
            sys.stdout.write(f"{number}\\n")
            sys.stdout.flush()

start = int(sys.argv[2])
for lane in range(8):
    threading.Thread(target=work, args=(start + lane,), daemon=True).start()
threading.Event().wait()
"""


@pytest.mark.crash
def test_process_when_killed_at_any_moment_then_every_acknowledged_unit_is_stored(database: Path) -> None:
    acknowledged: set[int] = set()
    for round_number in range(4):
        command = [sys.executable, "-c", _CHILD, str(database), str(round_number * 1_000_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            assert child.stdout is not None
            for line in child.stdout:
                acknowledged.add(int(line))
                if len(acknowledged) >= (round_number + 1) * 60:
                    child.send_signal(signal.SIGKILL)
                    break
            # What was told between the last line read and the kill counts as well; a torn last line does not.
            acknowledged.update(int(line) for line in child.stdout if line.endswith("\n"))

        assert acknowledged <= _facts(database)

    assert len(acknowledged) >= 240
