"""The benchmark `start`: from the command to the first page, as it is on every start but the very first.

A start is ``run.py serve`` on an SQLite database that exists, with a free port, until the sign-in page has been read.
"""

import argparse
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, Goal, Report, median, shown
from bench.machine import tell

ROOT = Path(__file__).resolve().parent.parent
START_GOAL = Goal.most(2.0)
FIRST_PAGE = "/sign-in"
START_LIMIT_S = 120.0
STOP_LIMIT_S = 30.0
POLL_S = 0.005
SLOWEST_SHOWN = 12
_IMPORT_COLUMNS = 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--starts", type=int, default=5, help="how many starts (default 5)")
    parser.add_argument("--imports", action="store_true", help="tell on standard error which imports cost most")


def run(options: argparse.Namespace) -> Report:
    """Start a few times; the first one, which makes the database, is not counted."""
    command, words = _command()
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        config = Path(folder) / "shop.toml"
        config.write_text(_config(Path(folder)), encoding="utf-8")
        tell(f"first start by {words}: makes the database")
        first_s = _start(command, config)
        starts, used, bare, flask = [], [], [], []
        for number in range(options.starts):
            used_s = _children_cpu_s()
            starts.append(_start(command, config))
            used.append(_children_cpu_s() - used_s)
            bare.append(_run_to_end([sys.executable, "-c", "pass"]))
            flask.append(_run_to_end([sys.executable, "-c", "import flask"]))
            tell(f"start {number + 1} of {options.starts}: {shown(starts[-1])} s")
    if options.imports:
        tell(slowest_imports())
    figures = (
        Figure(
            "start_s",
            "second start to the first page",
            median(starts),
            "s",
            START_GOAL,
            baseline=f"bare Python {shown(median(bare))} s, with Flask imported {shown(median(flask))} s",
            remark=f"by {words}; median of {options.starts}, from {shown(min(starts))} to {shown(max(starts))} s",
        ),
        Figure("cpu_s", "processor time of such a start, with its stop", median(used), "s"),
        Figure("first_start_s", "the start that makes the database", first_s, "s"),
    )
    return Report(
        "start", figures, {"starts_s": starts, "cpu_s": used, "bare_s": bare, "flask_s": flask, "command": words}
    )


def slowest_imports() -> str:
    """Return the modules that cost most by themselves when everything of a serving gateway is imported."""
    program = "import gateway.cli, gateway.bootstrap, gateway.node.server, gateway.logs.observability"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    packages: dict[str, int] = {}
    for line in done.stderr.splitlines():
        cells = line.removeprefix("import time:").split("|")
        if len(cells) == _IMPORT_COLUMNS and cells[0].strip().isdigit():
            package = cells[2].strip().partition(".")[0]
            packages[package] = packages.get(package, 0) + int(cells[0])
    slowest = sorted(packages.items(), key=lambda item: -item[1])[:SLOWEST_SHOWN]
    lines = [f"  {package:<20} {used_us / 1000:8.1f} ms" for package, used_us in slowest]
    return "\n".join(["imports, by package:", *lines, f"  {'all':<20} {sum(packages.values()) / 1000:8.1f} ms"])


def _command() -> tuple[list[str], str]:
    """Return how the gateway is started here: as users do, where their environment is the one that runs us."""
    if Path(sys.prefix).resolve() == (ROOT / ".venv").resolve():
        # The base interpreter, so that the wrapper's own work and its second start of Python are counted.
        python = getattr(sys, "_base_executable", sys.executable)
        return [python, str(ROOT / "run.py"), "serve"], "run.py serve"
    return [sys.executable, "-m", "gateway.cli", "serve"], "gateway.cli serve (no .venv here, so without the wrapper)"


def _config(folder: Path) -> str:
    """Return a shop like the demo's: one register with virtual devices."""
    return f"""
[server]
data_dir = "{folder / "data"}"
secure_cookies = false
[database]
url = "sqlite:///{folder / "shop.sqlite3"}"
[[terminals]]
id = "terminal-1"
name = "Terminal 1"
transport = "virtual:memory"
[[printers]]
id = "printer-1"
name = "Printer 1"
transport = "virtual:memory"
[[registers]]
id = "register-1"
name = "Register 1"
terminal = "terminal-1"
printer = "printer-1"
[demo]
enabled = true
"""


def _start(command: Sequence[str], config: Path) -> float:
    """Start the gateway, read its first page, stop it; return the seconds from the command to the page."""
    port = _free_port()
    began_s = time.perf_counter()
    with _running([*command, "--config", str(config), "--port", str(port)]) as process:
        _read_first_page(process, port, began_s + START_LIMIT_S)
        return time.perf_counter() - began_s


@contextlib.contextmanager
def _running(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=told, env=_environment())
        try:
            yield process
        except BaseException:
            told.seek(0)
            tell(told.read().decode(errors="replace"))
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _read_first_page(process: subprocess.Popen[bytes], port: int, until_s: float) -> None:
    pause = threading.Event()
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_LIMIT_S)
        try:
            connection.request("GET", FIRST_PAGE)
            answer = connection.getresponse()
            page = answer.read()
        except ConnectionError as error:
            if process.poll() is not None or time.perf_counter() > until_s:
                raise RuntimeError("the gateway did not start") from error
            pause.wait(POLL_S)
        else:
            if answer.status != http.client.OK or b"<html" not in page:
                raise RuntimeError(f"the first page answered {answer.status}")
            return
        finally:
            connection.close()


def _run_to_end(command: Sequence[str]) -> float:
    began_s = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, env=_environment())
    return time.perf_counter() - began_s


def _children_cpu_s() -> float:
    """Return the processor seconds of all children that have ended."""
    used = os.times()
    return used.children_user + used.children_system


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("TILLBRIDGE_", "PYTHON"))}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
