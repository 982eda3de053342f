"""The cluster of the tests: databases of their own, and no server left behind however the tests end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy

from tests.support.postgres import STOP_TIMEOUT_S, PostgresCluster

ROOT = Path(__file__).resolve().parents[2]
_HOLDS_A_CLUSTER = """
import sys
from tests.support.postgres import PostgresCluster
with PostgresCluster(fsync=False) as cluster:
    print(cluster.port, cluster.folder, flush=True)
    sys.stdin.read()
"""


def test_database_when_asked_for_twice_then_each_is_empty(postgres_cluster: PostgresCluster) -> None:
    for _ in range(2):
        with postgres_cluster.fresh_database() as url:
            engine = sqlalchemy.create_engine(url)
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text("CREATE TABLE mark (id integer)"))
            engine.dispose()


def test_database_url_when_used_then_it_answers(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)

    with engine.connect() as connection:
        answer = connection.execute(sqlalchemy.text("SELECT 1")).scalar_one()
    engine.dispose()

    assert answer == 1


@pytest.mark.postgres
@pytest.mark.crash
def test_server_when_its_tests_are_killed_then_it_stops_and_its_files_go() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDS_A_CLUSTER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        port, folder = holder.stdout.readline().split()
        url = f"postgresql+psycopg://tillbridge@127.0.0.1:{port}/postgres"
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
        connection = engine.connect()
        gone = threading.Event()
        waiting = threading.Thread(target=_wait_for_end, args=(connection, gone), daemon=True)
        waiting.start()

        os.kill(holder.pid, 9)

        assert gone.wait(STOP_TIMEOUT_S)
        waiting.join(STOP_TIMEOUT_S)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while Path(folder).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not Path(folder).exists()
    finally:
        holder.kill()
        holder.communicate()


def _wait_for_end(connection: sqlalchemy.Connection, gone: threading.Event) -> None:
    try:
        connection.execute(sqlalchemy.text("SELECT pg_sleep(60)"))
    except sqlalchemy.exc.OperationalError:
        gone.set()
    finally:
        connection.invalidate()
        connection.close()
