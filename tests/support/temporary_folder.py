"""One folder for whatever a test run puts aside, so that what is left behind is seen and nothing piles up."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_LIKE_TMP = 0o1777
"""As the system's own: the PostgreSQL server runs as another user, passes through and removes its own folder."""

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only what mkdtemp makes in it
_ROOM_BYTES = 4_000_000_000
"""Several times what a whole run puts aside."""


class TemporaryFolder:
    """The temporary folder of this run and of every process it starts; pytest's own folders stay beside it.

    It lies in memory where there is room and nobody chose a folder: every commit of SQLite waits for the disk, and
    what a killed process had handed to the system is as safe here as there.

    Only folders count as left behind: a test that kills a process in the middle of its start may leave a file by which
    Python tries whether it can write.
    """

    def __init__(self) -> None:
        """Make the folder and name it to this process and to those it starts."""
        self._before = os.environ.get("TMPDIR")
        outside = str(_IN_MEMORY) if self._before is None and has_room(_IN_MEMORY) else tempfile.gettempdir()
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", outside)
        self.path = Path(tempfile.mkdtemp(prefix="tillbridge-tests-", dir=outside))
        self.path.chmod(_LIKE_TMP)
        self._name(str(self.path))

    def close(self) -> tuple[str, ...]:
        """Give the former folder back; return the names of folders left behind, which are kept for a look."""
        self._name(self._before)
        left = tuple(sorted(path.name for path in self.path.iterdir() if path.is_dir()))
        if not left:
            shutil.rmtree(self.path)
        return left

    @staticmethod
    def _name(path: str | None) -> None:
        if path is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = path
        tempfile.tempdir = None  # asked anew


def has_room(folder: Path, room_bytes: int = _ROOM_BYTES) -> bool:
    """Whether a folder is there, may be written to and has so many bytes free."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= room_bytes
