"""The commands `test` and `check`: system packages for the tests, then pytest; lint, types and architecture.

Called by `run.py` and `gateway.cli` inside the prepared environment. Nothing here is needed to run the product.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.commands.order_of_tests import seed_arguments
from gateway.machine.capabilities import capability
from gateway.machine.debian_packages import debian_packages, install_line

ROOT = Path(__file__).resolve().parents[2]
# Fast and telling first: a broken house rule or unit shows before the first database or browser has started.
TEST_FOLDERS = ("architecture", "unit", "property", "contract", "golden", "integration", "corpora", "crash", "e2e")
CHECKED_PATHS = (
    "run.py",
    ".ci/lock.py",
    "gateway",
    "connectors",
    "terminal_driver",
    "invoice_capture",
    "tests",
    "bench",
)
_NO_SYSTEM = "--no-system"
WORKERS_MAX = 6


def run_tests(argv: Sequence[str]) -> int:
    """Install or name missing system packages, then run pytest; its closing line is the last line.

    Args:
        argv: arguments for pytest; without a path among them all folders run, the fast ones first.
            `--no-system` leaves the system packages alone.

    Returns:
        The exit code of pytest.
    """
    offer_system_packages(install=_NO_SYSTEM not in argv)
    arguments = [word for word in argv if word != _NO_SYSTEM]
    if not any((ROOT / word.partition("::")[0]).exists() for word in arguments if not word.startswith("-")):
        arguments = [*folders_of_tests(), *workers_for(arguments), *arguments]
    seeds, told = seed_arguments(ROOT, arguments)
    if told:
        _say(told)
    return _run(sys.executable, "-m", "pytest", *arguments, *seeds, keep_compiled=True)


def workers_for(arguments: Sequence[str]) -> list[str]:
    """The arguments that spread a whole run over the processors, file by file, unless the caller says otherwise.

    A file stays in one process, because its tests may share a gateway. Two processes for one processor: more than a
    third of the time of the tests is waiting for devices and pages.
    """
    if any(word.startswith(("-n", "-x", "--pdb", "--dist")) for word in arguments):
        return []
    # By itself it would begin with the files of most tests, and the longest ones, of few tests, would end alone.
    processors = os.cpu_count() or 1
    return ["-n", str(min(2 * processors, WORKERS_MAX)), "--dist", "loadfile", "--no-loadscope-reorder"]


def run_check(argv: Sequence[str]) -> int:
    """Lint, format, types, import contracts, architecture tests; every one runs, whatever the others say.

    Args:
        argv: unused words are refused, so that a typing mistake does not pass for a check.

    Returns:
        0 when all passed, 1 when one failed, 2 for arguments.
    """
    if argv:
        _say(f"check takes no arguments: {' '.join(argv)}")
        return 2
    paths = [path for path in CHECKED_PATHS if (ROOT / path).exists()]
    module = (sys.executable, "-m")
    results = {
        "ruff check": _run(*module, "ruff", "check", "."),
        "ruff format": _run(*module, "ruff", "format", "--check", "."),
        "mypy": _run(*module, "mypy", *paths),
        "import contracts": _run(sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"),
        "architecture tests": _run(*module, "pytest", "-q", "tests/architecture"),
    }
    failed = [name for name, code in results.items() if code]
    _say(f"check failed: {', '.join(failed)}" if failed else "check passed")
    return 1 if failed else 0


def folders_of_tests() -> list[str]:
    """The folders of tests, in the order they run; a folder not named in the order comes last."""
    present = sorted(path.name for path in (ROOT / "tests").iterdir() if any(path.rglob("test_*.py")))
    ordered = [name for name in TEST_FOLDERS if name in present]
    return [f"tests/{name}" for name in [*ordered, *(name for name in present if name not in TEST_FOLDERS)]]


def offer_system_packages(*, install: bool) -> None:
    """Bring the system packages whose features this machine lacks: as root with apt-get, else by telling the line.

    Effects: as root on a Debian-like machine installs packages, after saying so. A failure is told, not raised: the
    tests that need the feature are then skipped and counted.
    """
    features = frozenset(package.feature for package in debian_packages())
    missing = frozenset(feature for feature in features if not capability(feature).available)
    line = install_line(missing)
    # A feature may lack a Python module instead; then no system package helps.
    if not line or all(_installed(package.name) for package in debian_packages() if package.feature in missing):
        return
    names = line.split()[3:]
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (install and root and shutil.which("apt-get")):
        _say(
            f"Not on this machine: {', '.join(sorted(missing))}. Tests that need it are skipped. To have it:\n  {line}"
        )
        return
    _say(f"Installing system packages for the tests ({_NO_SYSTEM} refuses this): {' '.join(names)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *names]):
        done = subprocess.run(
            ["apt-get", *command], env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            _say(f"apt-get {command[0]} failed:\n{done.stdout}{done.stderr}")


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def _run(*command: str, keep_compiled: bool = False) -> int:
    """``keep_compiled``: hundreds of processes follow; none should compile every module again."""
    sys.stdout.flush()
    environment = dict(os.environ)
    if keep_compiled:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
