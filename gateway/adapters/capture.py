"""Reads documents through the capture library: in its limited process, never in this one."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, TypeVar

from gateway.logs.observability import log_event
from gateway.ports.capture import (
    Contained,
    PagePicture,
    Progress,
    ReaderCrashed,
    ReadRefused,
    ReadResult,
    ReadWaits,
)
from invoice_capture.errors import CaptureError, NotAvailable
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sandbox import CaptureWorker
from invoice_capture.intake.sniff import Kind, kind_of
from invoice_capture.memory.supplier_memory import FORMAT as MEMORY_FORMAT
from invoice_capture.model import CapturedFile
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.result_json import dumps

_log = logging.getLogger(__name__)
T = TypeVar("T")

PICTURES_AT_ONCE = 3
"""Pages drawn with the reading, so that whoever reviews sees them at once; further ones are drawn when asked for."""
PICTURE_WIDTH = 1200
_CRASHED = frozenset({"reader_crashed"})
_NEEDED = ("pypdfium2", "PIL")
_INSTALL = "Reading documents is not installed here. Install it with: pip install 'tillbridge[ocr,einvoice]'"


class CaptureReader:
    """A :class:`gateway.ports.capture.DocumentReader` with one process, started at the first document."""

    def __init__(
        self, limits: Limits, choice: OcrChoice, *, worker: Callable[[Limits, OcrChoice], CaptureWorker] = CaptureWorker
    ) -> None:
        self._worker = worker(limits, choice)

    def lacking(self) -> str:
        """Return what is not installed, in words; loads nothing."""
        return "" if all(find_spec(name) is not None for name in _NEEDED) else _INSTALL

    def read(self, data: bytes, name: str, memory: Sequence[Mapping[str, Any]], progress: Progress) -> ReadResult:
        """Read one document; see ``DocumentReader``."""
        return self._translated(lambda: self._read(data, name, memory, progress))

    def picture(self, data: bytes, name: str, page: int, width_px: int) -> bytes:
        """Return a page as PNG; see ``DocumentReader``."""
        del name
        return self._translated(lambda: self._worker.picture(data, page, width_px))

    def stop(self) -> None:
        """End the process, also in the middle of a document."""
        self._worker.close()

    def _read(self, data: bytes, name: str, memory: Sequence[Mapping[str, Any]], progress: Progress) -> ReadResult:
        kind = kind_of(data)
        if kind in (Kind.ZIP, Kind.MAIL):
            parts = self._worker.parts(data, name)
            contained = tuple(Contained(part.name, part.data) for part in parts)
            return ReadResult(str(kind), 0, None, contained)
        remembered = json.dumps({"format": MEMORY_FORMAT, "entries": [dict(one) for one in memory]})
        files = self._worker.capture(data, name, remembered if memory else "", progress)
        captured = _joined(files)
        return ReadResult(captured.kind, len(captured.facts), dumps(captured), pictures=self._pictures(data, captured))

    def _pictures(self, data: bytes, captured: CapturedFile) -> tuple[PagePicture, ...]:
        """Return the first pages; one that cannot be drawn does not undo what was read."""
        drawn = []
        for number, _, _, _ in captured.facts[:PICTURES_AT_ONCE]:
            try:
                drawn.append(PagePicture(number, PICTURE_WIDTH, self._worker.picture(data, number, PICTURE_WIDTH)))
            except CaptureError as error:
                log_event(_log, "document.page_not_drawn", level=logging.WARNING, page=number, code=error.code)
        return tuple(drawn)

    def _translated(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except NotAvailable as error:
            raise ReadWaits(error.code, _sentence(error)) from error
        except CaptureError as error:
            if error.code in _CRASHED:
                raise ReaderCrashed(error.message) from error
            raise ReadRefused(error.code, _sentence(error)) from error


def _joined(files: Sequence[CapturedFile]) -> CapturedFile:
    """Return one capture of what the reader took for several documents in one file."""
    facts = {fact[0]: fact for one in files for fact in one.facts}
    return CapturedFile(
        kind=files[0].kind,
        invoices=tuple(invoice for one in files for invoice in one.invoices),
        facts=tuple(facts[number] for number in sorted(facts)),
        notes=tuple(note for one in files for note in one.notes),
    )


def _sentence(error: CaptureError) -> str:
    message = error.message[:1].upper() + error.message[1:]
    return f"{message}. {error.hint[:1].upper()}{error.hint[1:]}".strip() if error.hint else f"{message}."
