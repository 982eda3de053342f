"""The reading process: `python -m invoice_capture.intake.worker`, started and limited by ``CaptureWorker``.

It reads what strangers send, so it holds nothing worth stealing: no settings, no database, no secrets in its
environment; and it can take down nothing but itself. It keeps its OCR engine loaded between documents.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from invoice_capture.errors import CaptureError, NotAvailable, Refused
from invoice_capture.intake.judging import judge_of
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.process_limits import allow_processor_time, limit_process, peak_bytes
from invoice_capture.intake.unpacking import documents_in
from invoice_capture.intake.worker_messages import BrokenMessages, read_message, write_message
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import Page, PageSource, Verdict
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.result_json import file_to_dict

_KNOWN_PAGES = 2000
_SPARE_S = 5.0
"""Processor time beyond the wall clock's limit: who started the process ends it first and knows why."""

_Answer = tuple[dict[str, Any], bytes]


@dataclass(slots=True)
class _Reader:
    """What the process knows. ``turns``: by content, part and page, how a page was read."""

    limits: Limits
    choice: OcrChoice
    tell: Callable[[int, int], None]
    turns: OrderedDict[tuple[str, int, int], Page] = field(default_factory=OrderedDict)
    memory: SupplierMemory = field(default_factory=SupplierMemory.empty)
    memory_text: str = ""
    judge: Callable[[bytes], Verdict] = field(default_factory=judge_of)

    def answer(self, head: dict[str, Any], body: bytes) -> _Answer:
        """Do what a message asks."""
        match head["do"]:
            case "capture":
                return self._capture(body, str(head["name"]), head)
            case "published":
                return self._published(body, head)
            case "picture":
                return {}, self._picture(body, int(head["page"]), int(head["width"]), int(head["part"]))
            case "parts":
                return self._parts(body, str(head["name"]))
            case _:
                raise Refused("unknown_order", "the reading process was asked for something it does not know")

    def _published(self, row: bytes, head: dict[str, Any]) -> _Answer:
        from invoice_capture.pipeline import capture_document
        from invoice_capture.read.published_text import read_published_line

        _, document = read_published_line(row.decode(errors="replace"))
        found = capture_document(document, self._memory_of(head), as_printed=bool(head["as_printed"]))
        return {"files": [file_to_dict(found)]}, b""

    def _memory_of(self, head: dict[str, Any]) -> SupplierMemory:
        """Return the memory of an order; the last one is kept, since it comes with every document."""
        text = str(head["memory"])
        if text != self.memory_text:
            self.memory = SupplierMemory.from_json(text) if text else SupplierMemory.empty()
            self.memory_text = text
        return self.memory

    def _capture(self, data: bytes, name: str, head: dict[str, Any]) -> _Answer:
        from invoice_capture.pipeline import capture

        found = capture(
            data,
            name,
            self.limits,
            self.choice,
            self._memory_of(head),
            judge=self.judge,
            progress=self.tell,
            as_printed=bool(head["as_printed"]),
        )
        digest = hashlib.sha256(data).hexdigest()
        for part, one in enumerate(found):
            turns = {note.values["page"]: note.values for note in one.notes if note.code == "page_turned"}
            for number, width, height, _ in one.facts:
                turn = turns.get(str(number), {"turned": "0", "straightened": "0"})
                page = Page(number, width, height, (), PageSource.MIXED, (), int(turn["turned"]))
                self._remember(digest, part, page, float(turn["straightened"]))
        return {"files": [file_to_dict(one) for one in found]}, b""

    def _remember(self, digest: str, part: int, page: Page, straightened: float) -> None:
        self.turns[digest, part, page.number] = Page(
            page.number, page.width, page.height, (), page.source, (), page.turned, straightened
        )
        while len(self.turns) > _KNOWN_PAGES:
            self.turns.popitem(last=False)

    def _picture(self, data: bytes, number: int, width: int, part: int) -> bytes:
        from invoice_capture.read.pages import page_of, picture_of

        parts = documents_in(data, "", self.limits)
        if not 0 <= part < len(parts):
            raise Refused("page_not_found", "the file does not hold so many documents")
        found = parts[part]
        if found.kind == "xml":
            raise Refused("page_not_found", "an XML has no pages")
        page = self.turns.get((hashlib.sha256(data).hexdigest(), part, number))
        if page is None:
            page = page_of(found.data, str(found.kind), number, self.limits, self.choice)
        picture = picture_of(found.data, str(found.kind), page, width, self.limits)
        out = io.BytesIO()
        picture.save(out, format="PNG", compress_level=3)
        return out.getvalue()

    def _parts(self, data: bytes, name: str) -> _Answer:
        parts = documents_in(data, name, self.limits)
        heads = [{"name": one.name, "kind": str(one.kind), "size": len(one.data)} for one in parts]
        return {"parts": heads}, b"".join(one.data for one in parts)


def main() -> int:
    """Answer messages from standard input until it ends; return the exit code."""
    orders, answers = _own_pipes()
    try:
        head, _ = read_message(orders)
        reader = _Reader(Limits(**head["limits"]), _choice_of(head["choice"]), _teller(answers))
        limit_process(reader.limits)
        write_message(answers, {"ready": True})
        while True:
            head, body = read_message(orders)
            allow_processor_time(reader.limits.seconds_max * reader.choice.threads + _SPARE_S)
            answer, data = _safely(reader, head, body)
            write_message(answers, {**answer, "peak_bytes": peak_bytes()}, data)
    except BrokenMessages:
        return 0


def _safely(reader: _Reader, head: dict[str, Any], body: bytes) -> _Answer:
    """Answer one message; whatever goes wrong becomes an answer too."""
    try:
        return reader.answer(head, body)
    except CaptureError as error:
        kind = "not_available" if isinstance(error, NotAvailable) else "refused"
        return _error(kind, error.code, error.message, error.hint)
    except ModuleNotFoundError as error:
        hint = "pip install 'tillbridge[ocr,einvoice]'"
        return _error("not_available", "capture_not_installed", f"the Python module {error.name} is missing", hint)
    except MemoryError:
        return _error("refused", "memory_exceeded", "reading the document takes more memory than it may", "")
    except Exception as error:  # noqa: BLE001 - the border of the process: one document must not end it
        # Only the kind of error: its words may quote the document.
        return _error("refused", "reader_crashed", f"reading the document failed ({type(error).__name__})", "")


def _error(kind: str, code: str, message: str, hint: str) -> _Answer:
    return {"error": {"kind": kind, "code": code, "message": message, "hint": hint}}, b""


def _choice_of(found: dict[str, Any]) -> OcrChoice:
    return OcrChoice(found["engine"], found["threads"], tuple(found["languages"]))


def _teller(answers: BinaryIO) -> Callable[[int, int], None]:
    def tell(page: int, count: int) -> None:
        with contextlib.suppress(BrokenMessages):
            write_message(answers, {"progress": [page, count]})

    return tell


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for the messages alone: what a library prints must not lie between them."""
    orders, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return os.fdopen(orders, "rb"), os.fdopen(answers, "wb")


if __name__ == "__main__":
    sys.exit(main())
