"""The command `doctor`: says whether this installation can work, and what to type where it cannot.

Asks; changes nothing. Whatever needs an adapter (is the database there, is it migrated) is handed in as a callable.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.configuration.settings import Settings, describe
from gateway.configuration.transport_address import TransportKind, parse_transport
from gateway.domain.errors import GatewayError
from gateway.machine import installation
from gateway.machine.capabilities import detect

Probe = Callable[[], str]
"""Answers in words; raises `GatewayError` when the thing is broken."""

_OLDEST_PYTHON = (3, 11)


class State(StrEnum):
    """What a check found: in order, something optional is missing, or the gateway cannot work like this."""

    OK = "ok"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    words: str
    fix: str = ""


def report(settings: Settings, *, probes: Mapping[str, Probe], root: Path | None = None) -> list[Check]:
    """All checks, the broken and the good.

    Args:
        settings: the settings in force.
        probes: by name what only the adapters can answer, e.g. `database` and `migrations`.
        root: folder of the checkout, whose environment is looked at; None where the package is installed.
    """
    checks = [_python()]
    if root is not None:
        checks.append(_environment(root))
    checks += [_probe(name, probe) for name, probe in probes.items()]
    checks.append(_port(settings))
    checks += [_device(f"terminal {device.id}", device.transport) for device in settings.terminals]
    checks += [_device(f"printer {device.id}", device.transport) for device in settings.printers]
    for found in detect():
        checks.append(Check(found.name, State.OK if found.available else State.NOTE, found.reason, found.fix))
    return checks


def text_of(checks: Sequence[Check], settings: Settings) -> str:
    """The report for a person: the checks, then the settings without secrets."""
    wide = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.state:<7} {check.name:<{wide}}  {check.words}")
        if check.fix and check.state is not State.OK:
            lines.append(f"{'':<7} {'':<{wide}}  -> {check.fix}")
    lines += ["", "Settings in force:"]
    for section, values in describe(settings).items():
        tables = values if isinstance(values, list) else [values]
        for table in tables:
            name = f"[{section}.{table['id']}]" if "id" in table else f"[{section}]"
            lines.append(f"  {name}")
            lines += [f"    {key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    broken = sum(check.state is State.BROKEN for check in checks)
    lines += ["", f"{broken} broken" if broken else "Nothing is broken."]
    return "\n".join(lines) + "\n"


def exit_code(checks: Sequence[Check]) -> int:
    """0 when nothing is broken, else 1."""
    return 1 if any(check.state is State.BROKEN for check in checks) else 0


def _python() -> Check:
    words = sys.version.split()[0]
    good = sys.version_info >= _OLDEST_PYTHON
    return Check("python", State.OK if good else State.BROKEN, words, "" if good else "install Python 3.11 or newer")


def _environment(root: Path) -> Check:
    have = installation.read_stamp(root / ".venv")
    if have is None:
        return Check("environment", State.NOTE, "not made by run.py", "python3 run.py doctor")
    if not installation.is_ready(have, installation.wanted_stamp(root, have.groups)):
        return Check("environment", State.NOTE, "older than the lock file", "python3 run.py doctor")
    return Check("environment", State.OK, f"packages: {', '.join(sorted(have.groups))}")


def _probe(name: str, probe: Probe) -> Check:
    try:
        return Check(name, State.OK, probe())
    except GatewayError as error:
        return Check(name, State.BROKEN, error.message, error.hint)


def _port(settings: Settings) -> Check:
    host, port = settings.server.host, settings.server.port
    words = f"{host}:{port}"
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server does: a port that still waits after a restart is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return Check("web port", State.NOTE, f"{words}: {error.strerror}", "the gateway may already be running")
    return Check("web port", State.OK, f"{words} is free")


def _device(name: str, transport: str) -> Check:
    address = parse_transport(transport)
    if address.kind is TransportKind.SERIAL and not Path(address.target).exists():
        return Check(name, State.NOTE, f"{address.target} is not there", "plug in the device, or correct its transport")
    return Check(name, State.OK, transport)
