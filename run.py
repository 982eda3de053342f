#!/usr/bin/env python3
"""Starts Tillbridge from a bare machine: prepares `.venv` from the lock file, then runs the command inside it.

`python3 run.py` starts the demo; `python3 run.py test` and `check` prove the project; `python3 run.py --help` explains
every other command. Needs only Python and its standard library; installs nothing outside `.venv`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
DEVELOPER_COMMANDS = ("test", "check", "bench")
DOCUMENT_COMMANDS = ("capture", "einvoice")
ERP_COMMANDS = ("connector", "erp", "soap")
DOCUMENT_GROUPS = frozenset({"ocr", "einvoice"})


def config_of(arguments: list[str], environ: dict[str, str]) -> Path | None:
    """The configuration file that the command names, as it will be found from the folder of the project."""
    for index, word in enumerate(arguments):
        if word == "--config" and index + 1 < len(arguments):
            return Path(arguments[index + 1])
        if word.startswith("--config="):
            return Path(word.partition("=")[2])
    return Path(environ["TILLBRIDGE_CONFIG"]) if environ.get("TILLBRIDGE_CONFIG") else None


def absolute_config(arguments: list[str]) -> list[str]:
    """The same arguments with the configuration file named in full: the command runs in the folder of the project."""
    words = list(arguments)
    for index, word in enumerate(words):
        if word == "--config" and index + 1 < len(words):
            words[index + 1] = str(Path(words[index + 1]).absolute())
        elif word.startswith("--config="):
            words[index] = f"--config={Path(word.partition('=')[2]).absolute()}"
    return words


def groups_for(arguments: list[str], environ: dict[str, str]) -> frozenset[str]:
    """The groups of packages (setup.cfg) that a command needs."""
    from gateway.machine.installation import needs_postgres

    if arguments[0] in DEVELOPER_COMMANDS:
        return frozenset({"bank", "base", "erp", "postgres", "test"}) | DOCUMENT_GROUPS
    if arguments[0] in DOCUMENT_COMMANDS:
        return frozenset({"base"}) | DOCUMENT_GROUPS
    if arguments[0] in ERP_COMMANDS:
        return frozenset({"base", "erp"})
    if needs_postgres(config_of(arguments, environ), environ):
        return frozenset({"base", "postgres"})
    return frozenset({"base"})


def wished_for(arguments: list[str]) -> frozenset[str]:
    """The groups of packages that a command can do without, and is better with: documents, banks by SFTP, ERPs."""
    return DOCUMENT_GROUPS | {"bank", "erp"} if arguments[0] in {"serve", "demo"} else frozenset()


def run_command(arguments: list[str]) -> int:
    """Run the command; we are inside the environment."""
    if arguments[0] in {"test", "check"}:
        from gateway.commands.developer_commands import run_check, run_tests

        return run_tests(arguments[1:]) if arguments[0] == "test" else run_check(arguments[1:])
    from gateway.cli import main as gateway_main

    return gateway_main(arguments)


def say(words: str) -> None:
    """Tell the user, beside what the command itself prints."""
    print(words, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Prepare, then run; returns the exit code of the command."""
    arguments = absolute_config(arguments) or ["serve", "--config", str(ROOT / "config" / "demo.toml")]
    if os.environ.get("TILLBRIDGE_CONFIG"):
        os.environ["TILLBRIDGE_CONFIG"] = str(Path(os.environ["TILLBRIDGE_CONFIG"]).absolute())
    if arguments[0] not in {
        "terminal",
        "statement",
        "reconcile",
        *DOCUMENT_COMMANDS,
        *ERP_COMMANDS,
    }:  # their files are named from where the user is
        os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    if Path(sys.prefix).resolve() == (ROOT / ".venv").resolve():
        return run_command(arguments)
    from gateway.machine.installation import InstallationError, ensure_environment, try_environment

    try:
        groups = groups_for(arguments, dict(os.environ))
        python = ensure_environment(ROOT, groups, say=say)
    except InstallationError as error:
        say(str(error))
        return 1
    try:
        if wished := wished_for(arguments):
            try_environment(ROOT, groups | wished, say=say)
    except InstallationError as error:
        say(f"{error}\nWithout them documents wait unread; everything else works.")
    command = [str(python), str(ROOT / "run.py"), *arguments]
    if os.name == "nt":  # there execv returns to the shell at once, with the command still running
        return subprocess.call(command)
    return os.execv(command[0], command)


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        found, least = sys.version.split()[0], ".".join(map(str, OLDEST_PYTHON))
        sys.exit(f"Tillbridge needs Python {least} or newer; this is {found}.")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
