"""The signing key in a file that only the gateway's user can read; made at its first use."""

import contextlib
import os
import secrets
import stat
import threading
from pathlib import Path

from gateway.domain.errors import ConfigurationError

KEY_BYTES = 32
KEY_BYTES_MAX = 4096


class KeyFile:
    """A file of at least 32 bytes. Read once; nothing is touched before the first use."""

    def __init__(self, path: Path, *, make: bool) -> None:
        """``make``: the file is ours and is made when missing; one that the operator named has to be there."""
        self._path = path
        self._make = make
        self._lock = threading.Lock()
        self._key: bytes | None = None

    def read(self) -> bytes:
        """Return the key.

        Raises:
            ConfigurationError: ``signing_key_unreadable``.
        """
        with self._lock:
            if self._key is None:
                self._key = self._load()
            return self._key

    def _load(self) -> bytes:
        try:
            if self._make and not self._path.exists():
                self._create()
            with self._path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                key = file.read(KEY_BYTES_MAX + 1)
        except OSError as error:
            raise _unreadable(f"The signing key cannot be read: {error.strerror}.") from error
        if os.name == "posix" and mode & 0o177:
            raise _unreadable(f"The signing key may be read by others: its mode is {mode:04o}.")
        if not KEY_BYTES <= len(key) <= KEY_BYTES_MAX:
            raise _unreadable(f"The signing key has {len(key)} bytes; it takes {KEY_BYTES} to {KEY_BYTES_MAX}.")
        return key

    def _create(self) -> None:
        # Complete before it gets its name: a crash leaves no half key, and of two writers the first wins.
        made = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(made, self._path)
        finally:
            made.unlink(missing_ok=True)


def _unreadable(message: str) -> ConfigurationError:
    hint = "Look at outward.key_file, or at webhook-key in the data folder; its mode has to be 0600."
    return ConfigurationError("signing_key_unreadable", message, hint)
