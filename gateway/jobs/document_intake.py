"""Fetches documents from a watched folder and a mailbox: stored first, then moved or marked; nothing is taken twice."""

import contextlib
import hashlib
import logging
import os
import stat
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.domain.documents.document import DocumentSource
from gateway.domain.errors import InputError, OperationalError
from gateway.domain.ids import derived_id
from gateway.logs.observability import log_event
from gateway.ports.mailbox import Letter, Mailbox
from gateway.services.documents.receive_documents import Handed, ReceiveDocuments

log = logging.getLogger(__name__)

DONE, REFUSED = "done", "refused"
FILES_AT_ONCE = 200
FAULT_PAUSE_S = 30.0
_NAMESPACE = uuid.UUID("5b6f4f2e-6c1b-5d0f-8f43-3f7a8e0d4c21")
"""Ids of arrivals follow from where they came from, so that one that comes again is known."""
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")

Refusal = Callable[[bytes], str]
"""Why a content is nothing to read, in words; empty when it may be tried."""
Attachments = Callable[[bytes], Sequence[tuple[str, bytes]]]
"""Documents in a letter, by name."""


class Source(Protocol):
    """Where documents come from by themselves."""

    @property
    def every_s(self) -> float:
        """Seconds between two looks, > 0."""

    def look(self) -> int:
        """Take what is there; return how many. Raises OperationalError when it, or the database, is away."""


@dataclass(slots=True)
class WatchedFolder:
    """A folder that scanners and people put files into.

    A file is taken when its size and time have not changed between two looks; then it goes to ``done`` or, with a text
    that says why, to ``refused``.
    """

    folder: Path
    receive: ReceiveDocuments
    refusal: Refusal
    every_s: float
    _seen: dict[str, tuple[int, int]]

    def __init__(self, folder: Path, receive: ReceiveDocuments, refusal: Refusal, *, every_s: float) -> None:
        self.folder = folder
        self.receive = receive
        self.refusal = refusal
        self.every_s = every_s
        self._seen = {}

    def look(self) -> int:
        """Take the files that lie still."""
        try:
            found = self._files()
        except OSError as error:
            hint = "Check that the folder is there and that the gateway may write into it."
            message = f"The watched folder cannot be read ({error.strerror})."
            raise OperationalError("folder_unavailable", message, hint) from error
        still = [name for name, mark in found.items() if self._seen.get(name) == mark]
        self._seen = found
        return sum(self._take(name) for name in still[:FILES_AT_ONCE])

    def _files(self) -> dict[str, tuple[int, int]]:
        found = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                # A link could lead to any file this process may read.
                if _left_alone(entry.name) or not entry.is_file(follow_symlinks=False):
                    continue
                status = entry.stat(follow_symlinks=False)
                found[entry.name] = (status.st_size, status.st_mtime_ns)
        return dict(sorted(found.items()))

    def _take(self, name: str) -> bool:
        try:
            data = self._content(name)
            if data is None:
                return False
            words = self._refused(name, data)
            self._move(name, REFUSED if words else DONE, words)
        except OSError as error:
            log_event(log, "folder.file_not_taken", level=logging.WARNING, reason=error.strerror or "")
            return False
        return True

    def _content(self, name: str) -> bytes | None:
        """Return the content, at most one byte more than is allowed."""
        handle = os.open(self.folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            return file.read(self.receive.bytes_max + 1)

    def _refused(self, name: str, data: bytes) -> str:
        """Store the document; return why it is refused, empty when it was taken."""
        digest = hashlib.sha256(data).hexdigest()
        arrival = derived_id(_NAMESPACE, f"folder {name} {self._seen.get(name)} {digest}")
        handed = Handed(arrival, name, data, DocumentSource.FOLDER, "folder", origin=self.folder.name)
        try:
            self.receive.check(handed)
            words = self.refusal(data)
            if not words:
                self.receive.take_in(handed)
        except InputError as error:
            return f"{error.message} {error.hint}"
        return words

    def _move(self, name: str, to: str, words: str) -> None:
        target = self.folder / to
        target.mkdir(exist_ok=True)
        free = _free_name(target, name)
        (self.folder / name).replace(target / free)
        if words:
            (target / f"{free}.txt").write_text(f"{words}\n", encoding="utf-8")


class WatchedMailbox:
    """A mailbox whose letters carry documents; a letter is marked when all its documents are stored."""

    def __init__(
        self, mailbox: Mailbox, receive: ReceiveDocuments, attachments: Attachments, *, every_s: float
    ) -> None:
        """``attachments``: raises ValueError for a letter that cannot be taken apart."""
        self._mailbox = mailbox
        self._receive = receive
        self._attachments = attachments
        self.every_s = every_s

    def look(self) -> int:
        """Take the new letters."""
        return self._mailbox.collect(self._take)

    def _take(self, letter: Letter) -> None:
        try:
            found = self._attachments(letter.data)
        except ValueError as error:
            log_event(log, "mailbox.letter_left_out", level=logging.WARNING, reason=str(error))
            return
        origin = " · ".join(part for part in (letter.sender, letter.subject) if part)
        for name, data in found:
            digest = hashlib.sha256(data).hexdigest()
            # One letter may be fetched twice; without a Message-ID its own bytes name it.
            named = letter.message_id or hashlib.sha256(letter.data).hexdigest()
            arrival = derived_id(_NAMESPACE, f"mail {named} {digest}")
            try:
                self._receive.take_in(Handed(arrival, name, data, DocumentSource.MAIL, "mail", origin=origin))
            except InputError as error:
                log_event(log, "mailbox.attachment_left_out", level=logging.WARNING, code=error.code)


class DocumentIntake:
    """One thread for each source."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(source,), name=f"intake-{number}", daemon=True)
            for number, source in enumerate(sources)
        ]

    def start(self) -> None:
        """Begin to look."""
        for thread in self._threads:
            thread.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop after the look under way, as long as ``left_s`` says."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=left_s())

    def _run(self, source: Source) -> None:
        while not self._stop.is_set():
            pause_s = source.every_s
            try:
                source.look()
            except OperationalError as error:
                pause_s = max(pause_s, FAULT_PAUSE_S)
                log_event(log, "intake.look_failed", level=logging.WARNING, code=error.code, reason=error.message)
            except Exception:
                pause_s = max(pause_s, FAULT_PAUSE_S)
                log.exception("intake.fault")
            self._stop.wait(pause_s)


def _left_alone(name: str) -> bool:
    return name.startswith(".") or name.endswith(_UNFINISHED) or name in (DONE, REFUSED)


def _free_name(folder: Path, name: str) -> str:
    """Return a name that nothing has there yet."""
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(10_000):
        wanted = name if number == 0 else f"{stem} ({number}){suffix}"
        with contextlib.suppress(OSError):
            if not os.path.lexists(folder / wanted):
                return wanted
    return f"{stem}-{uuid.uuid4().hex}{suffix}"
