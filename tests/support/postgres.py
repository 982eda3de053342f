"""A PostgreSQL cluster of the tests' own, from the system's server programs; loopback and a Unix socket only.

The server refuses to run as root, so a test run by root starts it as another user. It runs below a shell that waits on
a pipe from the tests: however the tests end, even killed, the pipe closes and the server stops.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from gateway.machine.capabilities import postgres_programs

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
_STARTS_MAX = 3
_USER = "tillbridge"
_READY = "ready to accept connections"
_KEEP_FILES = "keep"
_GUARD = f"""\
"$@" <&- & server=$!
read -r word
kill -INT $server
wait $server
cd / && [ "$word" = {_KEEP_FILES} ] || rm -rf "$0"
"""
_LOG_LINES_SHOWN = 20


class PostgresCluster:
    """A running server with an empty cluster; stops and removes everything at the end of the `with` block."""

    def __init__(self, *, fsync: bool = True) -> None:
        """Nothing starts before the `with` block.

        Args:
            fsync: off is faster and may lose data in a power cut, never in a crash of the server alone.
        """
        programs = postgres_programs()
        if programs is None:
            raise RuntimeError("no PostgreSQL server programs on this machine")
        self._programs = programs
        self._fsync = fsync
        self._user = _other_user() if os.geteuid() == 0 else None
        self.folder = Path()
        self._guard: subprocess.Popen[str] | None = None
        self._log: deque[str] = deque(maxlen=_LOG_LINES_SHOWN)
        self._reader: threading.Thread | None = None
        self._made = 0
        self.port = 0

    def __enter__(self) -> Self:
        """Make the cluster and start it."""
        self.folder = Path(tempfile.mkdtemp(prefix="tillbridge-pg-"))
        try:
            if self._user is not None:
                shutil.chown(self.folder, self._user)
            self._run("initdb", "-D", str(self._data), "-U", _USER, "--auth=trust", "-E", "UTF8", "--no-locale", "-N")
            started = any(self._start() for _ in range(_STARTS_MAX))
        except BaseException:
            self.close()
            raise
        if not started:
            self.close()
            raise RuntimeError("PostgreSQL did not start:\n" + "\n".join(self._log))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.close()

    def close(self) -> None:
        """Stop the server and remove its files; a second call does nothing."""
        guard, self._guard = self._guard, None
        if guard is not None:
            self._stop(guard)
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, *, template: str = "template1") -> str:
        """Make a database from a template nobody is connected to; return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, ending what is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def fresh_database(self, *, template: str = "template1") -> Iterator[str]:
        """The address of a new database that is removed afterwards."""
        name = self.create_database(template=template)
        try:
            yield self.url(name)
        finally:
            self.drop_database(name)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _execute(self, statement: str) -> None:
        address = f"host=127.0.0.1 port={self.port} user={_USER} dbname=postgres connect_timeout=10"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(
            command, user=self._user, cwd=self.folder, capture_output=True, text=True, check=False, env=_environment()
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _start(self) -> bool:
        self.port = _free_port()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if self._fsync else "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, str(self.folder), *command],
            user=self._user,
            cwd=self.folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read_log, args=(guard, ready), name="postgres-log", daemon=True)
        self._reader.start()
        if ready.wait(START_TIMEOUT_S) and any(_READY in line for line in self._log):
            self._guard = guard
            return True
        self._stop(guard)
        return False

    def _read_log(self, guard: subprocess.Popen[str], answered: threading.Event) -> None:
        for line in guard.stderr or ():
            self._log.append(line.rstrip())
            if _READY in line or "FATAL" in line:
                answered.set()
        answered.set()

    def _stop(self, guard: subprocess.Popen[str]) -> None:
        if guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                guard.stdin.write(f"{_KEEP_FILES}\n")
                guard.stdin.close()
        try:
            guard.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # The shell alone would leave the server behind: its own pid file says whom to end.
            with contextlib.suppress(OSError, ValueError, IndexError):
                os.kill(int((self._data / "postmaster.pid").read_text().splitlines()[0]), 9)
            guard.kill()
            guard.wait()
        if self._reader is not None:
            self._reader.join(STOP_TIMEOUT_S)
        if guard.stderr is not None:
            guard.stderr.close()


def _other_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _environment() -> dict[str, str]:
    # In English, whatever the language of the machine: we wait for a line of the log.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
