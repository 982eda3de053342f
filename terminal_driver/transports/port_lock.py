"""One lock file per serial port, which tells a second program who has the port."""

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from terminal_driver.errors import PortBusy
from terminal_driver.transports.port_owner import owner_of


def lock_directory() -> Path:
    """Return the system's folder for device locks, or the one for temporary files where that is not writable."""
    system = Path("/run/lock")
    return system if os.access(system, os.W_OK) else Path(tempfile.gettempdir())


class PortLock:
    """An advisory lock beside the port: it dies with its process, so a crash leaves no stale lock.

    Args:
        device: path of the port; links (``/dev/serial/by-id/...``) are followed so that two names share one lock.
        directory: folder of the lock files; None for the system's.
    """

    def __init__(self, device: str, directory: Path | None = None) -> None:
        self._device = device
        name = os.path.realpath(device).strip("/").replace("/", "-")
        self._path = (directory or lock_directory()) / f"tillbridge-{name}.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        A lock file that belongs to another user and may not be opened is passed over: the exclusive lock on the port
        itself still decides, this file only adds the owner's process number to the message.

        Raises:
            PortBusy: another process, or another part of this one, has it.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except OSError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = owner_of(int(owner)).words if owner.isascii() and owner.isdecimal() else ""
            raise port_busy(self._device, who) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. The file stays: removing it could remove the lock a new owner has just taken."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def port_busy(device: str, owner: str = "") -> PortBusy:
    """Return the error for a port somebody else has; ``owner``: who that is, in words."""
    message = f"{device} is in use by {owner or 'another program'}"
    return PortBusy("port_busy", message, "stop the other program or choose another port")
