"""A real Tryton beside the tests: started by a script, spoken to over HTTP only, never imported.

The script (`TILLBRIDGE_TOOLS`, default `../shared/tools`) installs it into an environment of its own and builds a
template once, about two minutes; it is kept in the user's cache, and each run has a copy of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_BUILD_LIMIT_S = 600
_NAMES = ("env.json", "template.sqlite", "pw")


def tools_script() -> Path:
    """Return the script that starts it; it need not exist."""
    tools = os.environ.get("TILLBRIDGE_TOOLS") or Path(__file__).resolve().parents[2].parent / "shared" / "tools"
    return Path(tools) / "start_tryton.sh"


@dataclass(frozen=True, slots=True)
class TrytonServer:
    """A running one. ``address``: without the database."""

    address: str
    database: str
    login: str
    password: str


@contextmanager
def running_tryton(folder: Path) -> Iterator[TrytonServer]:
    """Run a server with a copy of the template. ``folder``: empty, of this run."""
    template = _template()
    home = folder / "tryton"
    home.mkdir()
    (home / "venv").symlink_to(template / "venv")
    for name in _NAMES:
        shutil.copy(template / name, home / name)
    port = _free_port()
    _script("start", home, port)
    try:
        told = json.loads((home / "env.json").read_text(encoding="utf-8"))
        yield TrytonServer(f"http://127.0.0.1:{port}", told["database"], told["login"], told["password"])
    finally:
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(int((home / "pid").read_text(encoding="utf-8")), signal.SIGTERM)


def _template() -> Path:
    """Return the folder with the template; whoever comes first builds it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tillbridge-tests" / "tryton-8.2"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all((cache / name).exists() for name in _NAMES):
            # What a build that broke off has left is begun anew; the environment is kept.
            for name in _NAMES:
                (cache / name).unlink(missing_ok=True)
            _script("start", cache, _free_port())
            _script("stop", cache, _free_port())
    return cache


def _script(verb: str, home: Path, port: int) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV"))}
    told = {"TRYTON_HOME": str(home), "TRYTON_PORT": str(port), "PYTHON": sys.executable}
    with (home / "script.log").open("ab") as log:
        command = ["bash", str(tools_script()), verb]
        done = subprocess.run(
            command,
            env={**kept, **told},
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            timeout=_BUILD_LIMIT_S,
            check=False,
        )
    if done.returncode:
        words = (home / "script.log").read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise RuntimeError(f"Tryton does not start:\n{words}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
