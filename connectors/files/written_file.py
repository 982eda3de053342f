"""Files that appear whole or not at all, and are never replaced."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode


def write_once(path: Path, content: bytes) -> bool:
    """Write a file durably under its name; return whether it is new. One that is there stays as it is.

    Raises:
        ErpFailure: ``refused`` when nothing was written, ``no_answer`` when nobody knows whether it will last.
    """
    if path.exists():
        return False
    half = path.with_name(f".{path.name}.half")
    try:
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _refused(error) from error
    try:
        # Unlike a rename, a link never replaces what another process wrote meanwhile.
        os.link(half, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise _refused(error) from error
    finally:
        half.unlink(missing_ok=True)
    _keep_name(path.parent)
    return True


def hash_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none.

    Raises:
        ErpFailure: ``not_allowed``.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(error) from error


def _keep_name(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise ErpFailure(FailureCode.NO_ANSWER, error.strerror or "", effect=Effect.UNKNOWN) from error


def _refused(error: OSError) -> ErpFailure:
    code = FailureCode.NOT_ALLOWED if isinstance(error, PermissionError) else FailureCode.REFUSED
    return ErpFailure(code, f"The folder says: {error.strerror}.", words="The file cannot be used. Check the folder.")
