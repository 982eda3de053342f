"""Prepares `.venv` beside `run.py` from the lock file: what a command needs, nothing outside the folder, once.

Runs under the system's Python before anything is installed: standard library only. `run.py` and `doctor` import it.

An installation that was cut off leaves the mark `.venv/installing`; the next start then builds the folder anew, because
a half-copied package looks complete to pip. A finished one leaves the stamp `.venv/stamp.json`; a start that finds it
in order calls neither pip nor the network. No address of a package index is known here: pip's own settings decide.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

Say = Callable[[str], None]

_ENTRY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9,._-]+\])?==")
# Without compiling: Python compiles what is used, when it is first used, and the first start is there sooner.
_PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "--no-compile", "--progress-bar", "off")
_PIP_DIVERSIONS = frozenset({"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"})
_STEPS = 4
_WISH_AGAIN_S = 24 * 3600
_PROGRESS_EVERY = 10
_PIP_LINES_SHOWN = 30
_DEBIAN_WHEELS = Path("/usr/share/python-wheels")
_HOW_TO_GET_PIP = (
    "This Python has neither ensurepip nor pip, and Debian's pip wheel could not be fetched.\n"
    "Install one of them and start again (Debian, Ubuntu: sudo apt-get install python3-venv)."
)


class InstallationError(Exception):
    """The environment could not be prepared; the message says what the reader can do."""


@dataclass(frozen=True, slots=True)
class LockEntry:
    """One package of the lock file, with the groups that want it and its lines as pip reads them."""

    name: str
    groups: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an environment was built from."""

    lock: str
    project: str
    python: str
    root: str
    groups: frozenset[str]

    def to_json(self) -> str:
        """Text of the stamp file."""
        fields = {"lock": self.lock, "project": self.project, "python": self.python, "root": self.root}
        return json.dumps({**fields, "groups": sorted(self.groups)}, indent=2) + "\n"


def parse_lock(text: str) -> tuple[LockEntry, ...]:
    """Entries of the lock file.

    Raises:
        ValueError: a package has no pinned version, no `# groups:` line or no hash.
    """
    entries: list[LockEntry] = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if all(line.startswith("#") for line in lines):
            continue
        found = _ENTRY.match(lines[1]) if len(lines) > 1 else None
        if found is None or not lines[0].startswith("# groups: "):
            raise ValueError(f"requirements.lock: not `# groups:` and `name==version` at {lines[0]!r}")
        if not any("--hash=sha256:" in line for line in lines):
            raise ValueError(f"requirements.lock: {found[1]} has no hash")
        groups = frozenset(lines[0].removeprefix("# groups: ").split())
        entries.append(LockEntry(found[1], groups, "\n".join(lines[1:]) + "\n"))
    return tuple(entries)


def needs_postgres(config: Path | None, environ: Mapping[str, str]) -> bool:
    """Whether the environment or the configuration file names a PostgreSQL database."""
    urls = [environ.get("TILLBRIDGE_DATABASE_URL", ""), environ.get("TILLBRIDGE_DATABASE__URL", "")]
    if config is not None:
        # A file that cannot be read is reported by the command itself, with the place of the fault.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            urls.append(tomllib.loads(config.read_text(encoding="utf-8")).get("database", {}).get("url", ""))
    return any(str(url).startswith("postgres") for url in urls)


def python_of(venv: Path) -> Path:
    """The interpreter inside an environment."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def wanted_stamp(root: Path, groups: frozenset[str]) -> Stamp:
    """The stamp that an environment of these groups has, for this Python and this folder."""
    digests = [hashlib.sha256((root / name).read_bytes()).hexdigest() for name in ("requirements.lock", "setup.cfg")]
    return Stamp(digests[0], digests[1], sys.version.split()[0], str(root), groups)


def read_stamp(venv: Path) -> Stamp | None:
    """The stamp of a finished environment; None when there is none or it cannot be read."""
    try:
        fields = json.loads((venv / "stamp.json").read_text(encoding="utf-8"))
        names = frozenset(str(name) for name in fields["groups"])
        return Stamp(fields["lock"], fields["project"], fields["python"], fields["root"], names)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_ready(have: Stamp | None, want: Stamp) -> bool:
    """Whether an environment already serves: built from the same files, and of at least these groups."""
    return have is not None and have.groups >= want.groups and replace_groups(have, want.groups) == want


def replace_groups(stamp: Stamp, groups: frozenset[str]) -> Stamp:
    """The same stamp with other groups."""
    return Stamp(stamp.lock, stamp.project, stamp.python, stamp.root, groups)


@contextlib.contextmanager
def only_one(lock_path: Path, say: Say) -> Iterator[None]:
    """Hold the lock file, so that two starts at once do not build the same folder; the second waits for the first."""
    with lock_path.open("a+") as lock:
        if sys.platform == "win32":
            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is preparing .venv; waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure_environment(root: Path, groups: frozenset[str], say: Say) -> Path:
    """Make sure that `.venv` holds the packages of these groups; return its interpreter.

    Effects: writes only inside `root` (`.venv`, `.venv.lock`, the project's `.egg-info`).

    Raises:
        InstallationError: pip is not to be had, or pip failed (its last lines are in the message).
    """
    venv = root / ".venv"
    groups |= {"build"}
    if is_ready(read_stamp(venv), wanted_stamp(root, groups)) and python_of(venv).exists():
        return python_of(venv)
    with only_one(root / ".venv.lock", say):
        have, want = read_stamp(venv), wanted_stamp(root, groups)
        if not (is_ready(have, want) and python_of(venv).exists()):
            _build(root, have, want, say)
    return python_of(venv)


def try_environment(root: Path, groups: frozenset[str], say: Say) -> None:
    """Add packages that a command is better with; without a network it goes on as it is, and waits a day to try again.

    Effects: as ``ensure_environment``; a failed trial leaves the mark `.venv/wish_failed`.

    Raises:
        InstallationError: it was tried now, in vain.
    """
    venv = root / ".venv"
    failed = venv / "wish_failed"
    if is_ready(read_stamp(venv), wanted_stamp(root, groups | {"build"})):
        return
    if failed.exists() and 0 <= time.time() - failed.stat().st_mtime < _WISH_AGAIN_S:
        return
    failed.touch()
    ensure_environment(root, groups, say)
    failed.unlink(missing_ok=True)


def _build(root: Path, have: Stamp | None, want: Stamp, say: Say) -> None:
    venv, mark = root / ".venv", root / ".venv" / "installing"
    # An environment of another Python or folder, or one cut off half-way, cannot be mended: it is built anew.
    same = have is not None and (have.python, have.root) == (want.python, want.root)
    keep = same and python_of(venv).exists() and not mark.exists()
    if have is not None and keep:
        want = replace_groups(want, have.groups | want.groups)
    else:
        say(f"step 1 of {_STEPS}: make {venv.name} with Python {want.python}")
        _discard(venv, ours=have is not None or mark.exists())
        venv.mkdir()
        mark.touch()
        _run([sys.executable, "-m", "venv", *([] if _has_ensurepip() else ["--without-pip"]), str(venv)])
    pip = _pip_command(venv, say)
    entries = [
        entry for entry in parse_lock((root / "requirements.lock").read_text("utf-8")) if entry.groups & want.groups
    ]
    say(f"step 3 of {_STEPS}: install {len(entries)} packages ({', '.join(sorted(want.groups))})")
    chosen, wheels = venv / "requirements.txt", venv / "wheels"
    chosen.write_text("".join(entry.text for entry in entries), encoding="utf-8")
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(chosen)]
    if keep:
        # Fetched before the mark is set: without a network the environment stays as good as it was.
        fetch = [option for option in _PIP_OPTIONS if option != "--no-compile"]
        _run_pip([*pip, "download", *fetch, *options, "-d", str(wheels)], total=len(entries), say=say)
        options += ["--no-index", "--find-links", str(wheels)]
    mark.touch()
    _run_pip([*pip, "install", *_PIP_OPTIONS, *options], total=0 if keep else len(entries), say=say)
    shutil.rmtree(wheels, ignore_errors=True)
    say(f"step 4 of {_STEPS}: install the project itself")
    project = ["--no-deps", "--no-build-isolation", "-e", str(root)]
    _run_pip([*pip, "install", *_PIP_OPTIONS, *project], total=0, say=say)
    temporary = venv / "stamp.json.new"
    temporary.write_text(want.to_json(), encoding="utf-8")
    temporary.replace(venv / "stamp.json")
    mark.unlink()


def _discard(venv: Path, *, ours: bool) -> None:
    """Remove an environment; under another name, so that being cut off here does not leave half of one in place."""
    discarded = venv.with_name(".venv.discarded")
    shutil.rmtree(discarded, ignore_errors=True)
    if not venv.exists():
        return
    if not ours and any(venv.iterdir()):
        raise InstallationError(f"{venv} was not made by run.py: move it away and start again.")
    venv.rename(discarded)
    shutil.rmtree(discarded, ignore_errors=True)


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def _pip_command(venv: Path, say: Say) -> list[str]:
    """How to call a pip that installs into the environment."""
    python = str(python_of(venv))
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        say(f"step 2 of {_STEPS}: pip is in {venv.name}")
        return [python, "-m", "pip"]
    if wheels := sorted(_DEBIAN_WHEELS.glob("pip-*.whl")):
        say(f"step 2 of {_STEPS}: pip from {wheels[-1].name}")
        return [python, str(wheels[-1] / "pip")]
    if importlib.util.find_spec("pip") is not None:
        say(f"step 2 of {_STEPS}: pip of this Python")
        return [sys.executable, "-m", "pip", "--python", python]
    say(f"step 2 of {_STEPS}: fetch Debian's pip wheel (into {venv.name} only)")
    return [python, str(_fetch_debian_wheel(venv / "pip-wheel") / "pip")]


def _fetch_debian_wheel(folder: Path) -> Path:
    """Pip's wheel out of Debian's package, fetched and checked by apt, unpacked into `folder`, installed nowhere."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise InstallationError(_HOW_TO_GET_PIP)
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    # State and cache of its own: an ordinary user may not write the system's, and a bare machine has no lists at all.
    apt = ["apt-get", "-qq", "-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}"]
    try:
        _run([*apt, "update"])
        _run([*apt, "download", "python3-pip-whl"], cwd=folder)
        _run(["dpkg-deb", "-x", str(next(folder.glob("*.deb"))), str(folder)])
        return next((folder / _DEBIAN_WHEELS.relative_to("/")).glob("pip-*.whl"))
    except (InstallationError, StopIteration) as error:
        raise InstallationError(_HOW_TO_GET_PIP) from error


def _run(command: Sequence[str], *, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InstallationError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr).strip()}")


def _run_pip(command: Sequence[str], *, total: int, say: Say) -> None:
    """Run pip, counting the packages it names.

    A failure keeps the mark in place: the next start begins with a fresh folder.
    """
    last: deque[str] = deque(maxlen=_PIP_LINES_SHOWN)
    seen = 0
    # The user's pip settings hold (index, proxy, certificates), but not those that would install somewhere else.
    environ = {name: value for name, value in os.environ.items() if name not in _PIP_DIVERSIONS} | {"PIP_USER": "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environ, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for line in pip.stdout or ():
            last.append(line.rstrip())
            found = re.match(r"(?:Collecting|Ignoring|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line)
            seen += found is not None
            if found and total and (seen % _PROGRESS_EVERY == 0 or seen == total):
                say(f"  packages {seen} of {total}: {found[1]}")
            elif line.startswith("Installing collected packages"):
                say("  unpacking")
    if pip.returncode:
        raise InstallationError("pip failed:\n" + "\n".join(f"  {line}" for line in last))
