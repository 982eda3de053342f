"""Has documents read on this node: one thread, one document at a time, in a limited process beside this one.

A document is leased while it is read. A node that dies leaves it ``reading``; another node takes it when the lease has
run out, and one that ended two readers is refused.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from gateway.domain.documents.document import Document
from gateway.domain.errors import GatewayError, OperationalError
from gateway.logs.observability import log_event
from gateway.ports.capture import DocumentReader, ReaderCrashed, ReadRefused, ReadResult, ReadWaits
from gateway.services.documents.read_documents import ReadDocuments, Taken

log = logging.getLogger(__name__)

FAULT_PAUSE_S = 1.0
NOT_INSTALLED = "capture_not_installed"
READING_FAILED = "reading_failed"


@dataclass(frozen=True, slots=True)
class CaptureParts:
    """What the lane works with.

    ``holder``: unique for this start of this process; ``former``: the one before, known to be dead, None at first;
    ``lease_s``: seconds a document is held without a sign of life; ``poll_s``: seconds between two looks, > 0.
    """

    documents: ReadDocuments
    reader: DocumentReader
    holder: str
    former: str | None
    lease_s: int
    poll_s: float


class CaptureLane:
    """Reads the documents of this node's store."""

    def __init__(self, parts: CaptureParts) -> None:
        self._parts = parts
        self._stop = threading.Event()
        self._work_waits = threading.Event()
        self._begun = False
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def wake(self) -> None:
        """A document was committed."""
        self._work_waits.set()

    def ask_to_stop(self) -> None:
        """Begin nothing more and end the reading process: what it was reading goes back; returns at once."""
        self._stop.set()
        self.wake()
        self._parts.reader.stop()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Wait until the lane has put back what it was reading, as long as ``left_s`` says."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(timeout=left_s())

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.is_set():
            self._work_waits.wait(pause_s)
            self._work_waits.clear()
            if not self._stop.is_set():
                pause_s = self._parts.poll_s if self._went_well() else FAULT_PAUSE_S

    def _went_well(self) -> bool:
        """Read all that waits; return whether nothing was raised that must not end the thread."""
        try:
            if not self._begun:
                parts = self._parts
                parts.documents.begin(parts.former, complete=not parts.reader.lacking())
                self._begun = True
            while not self._stop.is_set():
                taken = self._parts.documents.take(self._parts.holder, self._parts.lease_s)
                if taken is None:
                    return True
                self._serve(taken)
        except OperationalError as error:
            log_event(log, "capture.look_failed", level=logging.WARNING, reason=error.message)
            return False
        except Exception:
            log.exception("capture.fault")
            return False
        return True

    def _serve(self, taken: Taken) -> None:
        """Read one document and store what became of it."""
        documents, document = self._parts.documents, taken.document
        lacking = self._parts.reader.lacking()
        if lacking:
            documents.lack(document, NOT_INSTALLED, lacking)
            return
        try:
            result = self._read(taken)
        except (ReadRefused, ReadWaits, ReaderCrashed) as error:
            self._not_read(document, error)
        else:
            self._finish(document, result)

    def _not_read(self, document: Document, error: ReadRefused | ReadWaits | ReaderCrashed) -> None:
        documents = self._parts.documents
        if self._stop.is_set():
            # The end of the reading process says nothing of the document.
            documents.give_back(document)
            return
        match error:
            case ReadRefused():
                documents.refuse(document, error.code, error.words)
            case ReadWaits():
                documents.lack(document, error.code, error.words)
            case ReaderCrashed():
                documents.crashed(document)
            case _:
                assert_never(error)

    def _finish(self, document: Document, result: ReadResult) -> None:
        try:
            self._parts.documents.finish(document, result)
        except OperationalError:
            raise
        except (GatewayError, ValueError, KeyError, TypeError):
            # What was read cannot be stored as it is: told as such, instead of being read again for ever.
            log.exception("capture.not_storable document_id=%s", document.id)
            words = "What was read could not be stored; the log says why."
            self._parts.documents.refuse(document, READING_FAILED, words)

    def _read(self, taken: Taken) -> ReadResult:
        """Read while a second thread keeps the lease."""
        keeper = _Keeper(self._parts, taken.document)
        keeper.start()
        try:
            memory = [entry.entry for entry in taken.memory]
            return self._parts.reader.read(taken.content, taken.document.name, memory, keeper.progress)
        finally:
            keeper.stop()


class _Keeper:
    """Keeps the lease of one document and stores how far its reading is."""

    def __init__(self, parts: CaptureParts, document: Document) -> None:
        self._parts = parts
        self._document = document
        self._wake = threading.Event()
        self._over = False
        self._told = (0, 0)
        self._thread = threading.Thread(target=self._run, name="capture-lease", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def progress(self, done: int, pages: int) -> None:
        """Note how far it is; stored by this object's thread."""
        self._told = (done, pages)
        self._wake.set()

    def stop(self) -> None:
        """End, and wait for what is being stored: nothing is written after the end of the reading."""
        self._over = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._parts.lease_s / 3)
            self._wake.clear()
            if self._over:
                return
            done, pages = self._told
            parts = self._parts
            try:
                parts.documents.hold(self._document, parts.holder, parts.lease_s, done=done, pages=pages)
            except OperationalError as error:
                log_event(log, "capture.lease_waits", level=logging.WARNING, reason=error.message)
