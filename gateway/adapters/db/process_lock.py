"""A lock file beside an SQLite database: one process at a time, or the waits of two writers run into seconds."""

import fcntl
import os
from pathlib import Path

from gateway.domain.errors import ConfigurationError


class ProcessLock:
    """Holds ``<database>.lock`` until closed; the system frees it when the process ends, however it ends."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            ConfigurationError: ``database_in_use`` when another process holds it, ``database_not_writable`` when the
                folder does not let us write.
        """
        path = database.with_name(f"{database.name}.lock")
        try:
            self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            hint = "Give the user of this program the right to write there, or name another database."
            raise ConfigurationError("database_not_writable", f"{path} cannot be written.", hint) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            self.close()
            raise ConfigurationError(
                "database_in_use",
                f"Process {holder} is using the database {database}.",
                "Stop it first. Several processes at once need PostgreSQL.",
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode("ascii"), 0)

    def close(self) -> None:
        """Give the lock back; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
