"""Who this node is: one process per data folder, and the name under which it holds leases.

A node that was killed still holds its leases in the database. Because the lock of the data folder proves that the
former process is gone, its successor may give those leases back at once instead of waiting until they run out.
"""

import fcntl
import os
import secrets
from pathlib import Path

from gateway.domain.errors import ConfigurationError

NAME_BYTES_MAX = 200


class NodeIdentity:
    """Holds the data folder until closed; the system frees it when the process ends, however it ends."""

    def __init__(self, data_dir: Path, node: str) -> None:
        """Take the data folder.

        Args:
            data_dir: folder of this node, on a local disk.
            node: name of the node as people know it, such as the host's name.

        Raises:
            ConfigurationError: ``data_folder_in_use`` when another process holds it.
        """
        self.holder = f"{node}-{secrets.token_hex(6)}"
        self._descriptor = os.open(data_dir / "node.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise ConfigurationError(
                "data_folder_in_use",
                f"Another gateway is running over {data_dir}.",
                "Stop it first, or give this node a server.data_dir of its own.",
            ) from error
        self.former = os.pread(self._descriptor, NAME_BYTES_MAX, 0).decode("utf-8", "replace").strip() or None
        """Name of the holder that ran here before, None at the first start."""

    def settle(self) -> None:
        """Store our name; called once the former holder's leases are given back."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, self.holder.encode(), 0)
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Give the data folder back; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
