"""The way to a bank through folders: the bank's own program, a portal or a mounted share takes files and brings them.

A file is written under a name the bank ignores and then renamed, which is all or nothing: as long as the temporary
file is there, the bank surely has not seen it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.errors import OperationalError
from gateway.ports.bank_channel import HandOver, HandOverVerdict

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""A statement of a hundred thousand entries has about so much; what is larger is left where it is."""
TEMPORARY = ".part"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_DONE, _REFUSED, _UNSURE = HandOverVerdict.DONE, HandOverVerdict.REFUSED, HandOverVerdict.UNSURE

THERE = HandOver(_DONE, "The file is with the bank, byte for byte.")
OTHER_CONTENT = HandOver(_REFUSED, "A file of this name with other content is there; it was left as it is.")
NOT_THERE = HandOver(_REFUSED, "The file is not there: its last step was never made.")
PERHAPS_TAKEN = HandOver(_UNSURE, "The file is not there, but the bank may have taken it already.")


@dataclass(frozen=True, slots=True)
class BankFolders:
    """``outgoing``: the bank takes files from here; ``incoming``: it brings messages; ``aside``: stored messages.

    ``taken``: where the bank's program moves files it has taken, None when it deletes them: then nobody can tell an
    absent file from a taken one.
    """

    outgoing: Path
    incoming: Path
    aside: Path
    taken: Path | None = None


class FolderChannel:
    """Folders of this machine; see ``BankChannel``."""

    def __init__(self, folders: BankFolders) -> None:
        self._folders = folders

    def hand_over(self, name: str, content: bytes) -> HandOver:
        """Write the file beside its place, then give it its name."""
        target = self._folders.outgoing / checked_name(name)
        temporary = target.with_name(f".{target.name}{TEMPORARY}")
        try:
            found = self._compared(name, content)
            if found is not None:
                return found
            _write(temporary, content)
        except OSError as error:
            return HandOver(_REFUSED, f"The folder cannot be written: {error.strerror}.")
        try:
            temporary.rename(target)
            _sync_folder(target.parent)
        except OSError as error:
            return HandOver(_UNSURE, f"Nobody can tell whether the file got its name: {error.strerror}.")
        return THERE

    def look(self, name: str, content: bytes) -> HandOver:
        """Compare what is there; the temporary file proves that the last step was not made."""
        target = self._folders.outgoing / checked_name(name)
        try:
            waits = target.with_name(f".{target.name}{TEMPORARY}").exists()
            found = self._compared(name, content)
        except OSError as error:
            return HandOver(_UNSURE, f"The folder cannot be read: {error.strerror}.")
        if found is not None:
            return found
        return NOT_THERE if waits or self._folders.taken is not None else PERHAPS_TAKEN

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield what waits, by name; a file that is being written (hidden, or ending in .part) is left alone."""
        try:
            names = sorted(entry.name for entry in os.scandir(self._folders.incoming) if entry.is_file())
        except OSError as error:
            raise unreachable(f"The folder of messages cannot be read: {error.strerror}.") from error
        for name in names:
            if is_message(name):
                content = _read(self._folders.incoming / name)
                if content is not None:
                    yield name, content

    def put_aside(self, name: str) -> None:
        """Move a message away; one of the same name there gets a number."""
        source = self._folders.incoming / name
        try:
            self._folders.aside.mkdir(parents=True, exist_ok=True)
            source.rename(_free(self._folders.aside / name))
        except FileNotFoundError:
            return
        except OSError as error:
            raise unreachable(f"The message cannot be put aside: {error.strerror}.") from error

    def _compared(self, name: str, content: bytes) -> HandOver | None:
        """Look where files go first: the bank moves them on, never back."""
        places = [self._folders.outgoing, *([] if self._folders.taken is None else [self._folders.taken])]
        for place in places:
            try:
                there = (place / name).read_bytes()
            except FileNotFoundError:
                continue
            return THERE if there == content else OTHER_CONTENT
        return None


def checked_name(name: str) -> str:
    """Return a name that stays in its folder. Raises ValueError: names are made here, never by others."""
    if _NAME.fullmatch(name) is None:
        message = "a file for a bank needs a plain name"
        raise ValueError(message)
    return name


def is_message(name: str) -> bool:
    """Return whether a file is complete: banks write to hidden or temporary names first."""
    return not name.startswith(".") and not name.endswith((TEMPORARY, ".tmp", ".filepart"))


def unreachable(message: str) -> OperationalError:
    """Return the error of a way that cannot be used now."""
    return OperationalError("bank_channel_unavailable", message, "It is tried again; look at the way to the bank.")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= MESSAGE_BYTES_MAX else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreachable(f"A message cannot be read: {error.strerror}.") from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{number}-{path.name}")
    return free
