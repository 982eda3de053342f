"""Which processes have a device node open, as far as the system lets us see it.

The process table shows the open files of our own processes, and those of others only to the administrator; where it
shows nothing, the lock file of the port still names its owner (see :mod:`terminal_driver.transports.port_lock`).
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")
_NAME_BYTES_MAX = 64


@dataclass(frozen=True, slots=True)
class PortOwner:
    """A process that has a port open. ``program``: its short name; ``ours``: it is this very process."""

    process: int
    program: str
    ours: bool

    @property
    def words(self) -> str:
        """The owner in words: ``modem-manager (process 812)``."""
        if self.ours:
            return "this program itself"
        return f"{self.program} (process {self.process})" if self.program else f"process {self.process}"


def port_owners(devices: Iterable[str]) -> dict[str, tuple[PortOwner, ...]]:
    """Return for each device the processes that have it open; a device nobody is seen to hold is left out."""
    wanted = {os.path.realpath(device): device for device in devices}
    holders: dict[str, list[PortOwner]] = {}
    for process in _process_numbers() if wanted else ():
        for target in _open_files(process) & wanted.keys():
            holders.setdefault(wanted[target], []).append(owner_of(process))
    return {device: tuple(owners) for device, owners in holders.items()}


def owner_of(process: int) -> PortOwner:
    """Return the owner with its program's name, empty when the process is gone."""
    name = ""
    with contextlib.suppress(OSError), (_PROCESSES / str(process) / "comm").open("rb") as file:
        name = file.read(_NAME_BYTES_MAX).decode("utf-8", "replace").strip()
    printable = "".join(letter for letter in name if letter.isprintable())
    return PortOwner(process, printable, process == os.getpid())


def _process_numbers() -> list[int]:
    try:
        return sorted(int(path.name) for path in _PROCESSES.iterdir() if path.name.isdigit())
    except OSError:
        return []


def _open_files(process: int) -> set[str]:
    folder = _PROCESSES / str(process) / "fd"
    found: set[str] = set()
    with contextlib.suppress(OSError):  # another user's, or gone already
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                found.add(str(path.readlink()))
    return found
