"""The PostgreSQL side of the benchmarks: pgbench as the yardstick, and what the server itself counts."""

import re
import subprocess
from pathlib import Path

import psycopg

from bench.figures import CannotRun
from gateway.machine.capabilities import postgres_programs

PGBENCH_SCALE = 10
"""A million accounts: 8 clients then seldom wait for each other's rows."""
CLIENTS, JOBS = 8, 2
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class PgBench:
    """`pgbench -N` against one database of a running server."""

    def __init__(self, *, port: int, user: str, database: str) -> None:
        """``database``: empty, only for this.

        Raises:
            CannotRun: the program is not on this machine.
        """
        folder = postgres_programs()
        if folder is None or not (folder / "pgbench").is_file():
            raise CannotRun("no pgbench among the PostgreSQL programs")
        self._program: Path = folder / "pgbench"
        self._place = ["-h", "127.0.0.1", "-p", str(port), "-U", user, database]

    def fill(self, *, scale: int = PGBENCH_SCALE) -> None:
        """Make its tables; ``scale``: hundred thousands of accounts."""
        self._run("-i", "-q", "-s", str(scale))

    def tps(self, seconds: int) -> float:
        """Return transactions per second of ``-N`` (UPDATE, SELECT, INSERT, one commit), 8 clients on 2 threads."""
        told = self._run("-n", "-N", "-c", str(CLIENTS), "-j", str(JOBS), "-T", str(seconds))
        found = _TPS.search(told)
        if found is None:
            raise RuntimeError(f"pgbench told no rate:\n{told}")
        return float(found[1])

    def _run(self, *options: str) -> str:
        done = subprocess.run([str(self._program), *options, *self._place], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pgbench failed:\n{done.stderr}")
        return done.stdout


def committed(url: str) -> int:
    """Return how many transactions the server has committed in a database, by its own count (``xact_commit``).

    Read over a connection to another database, so that asking does not count. Sessions that have ended are counted in
    full; one that is open may be counted late.
    """
    place, _, database = url.replace("+psycopg", "").rpartition("/")
    with psycopg.connect(f"{place}/postgres", autocommit=True) as connection:
        row = connection.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [database]).fetchone()
    return 0 if row is None else int(row[0])


def analyze(url: str) -> None:
    """Let the server look at what its tables hold, as it does by itself within a minute in a running shop.

    Before that it knows nothing of a new database and checks foreign keys by whatever index begins like the key, which
    costs more with every sale; pgbench does the same for its own tables when it fills them.
    """
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ANALYZE")
