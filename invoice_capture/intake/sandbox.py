"""Reading in a limited process of its own, kept between documents, ended when it takes too long or too much."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from invoice_capture.errors import CaptureError, NotAvailable, Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sniff import Kind
from invoice_capture.intake.unpacking import Part
from invoice_capture.intake.worker_messages import BrokenMessages, read_message, write_message
from invoice_capture.model import CapturedFile
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.result_json import file_from_dict

_START_S = 60.0
"""A cold start on a slow disk; measured: under 1 s."""
_END_S = 5.0
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH", "HOME")
"""What of the environment the process sees: nothing of the settings, which may hold secrets."""

Progress = Callable[[int, int], None]


class CaptureWorker:
    """One reading process; starts with the first order and again after it ended, until closed. One order at a time.

    Args:
        limits: what one document may cost.
        choice: of the OCR engine.
    """

    def __init__(self, limits: Limits | None = None, choice: OcrChoice | None = None) -> None:
        self._limits = limits or Limits()
        self._choice = choice or OcrChoice()
        self._busy = threading.Lock()
        self._starting = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._late = threading.Event()

    @property
    def pid(self) -> int | None:
        """Number of the process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def capture(
        self,
        data: bytes,
        name: str,
        memory_json: str = "",
        progress: Progress | None = None,
        *,
        as_printed: bool = False,
    ) -> list[CapturedFile]:
        """Return what each document of a file says.

        Args:
            data: the file.
            name: as the sender calls it.
            memory_json: of ``SupplierMemory``, empty for none.
            progress: told each page that is done, and how many there are (0: not known).
            as_printed: values of receipts as they stand on the page.

        Raises:
            Refused: as ``pipeline.capture``, and `took_too_long`, `memory_exceeded`, `reader_crashed`.
            NotAvailable: `needs_ocr`, `heic_not_installed`, `capture_not_installed`.
        """
        order = {"do": "capture", "name": name, "memory": memory_json, "as_printed": as_printed}
        head, _ = self._ask(order, data, progress)
        return [file_from_dict(one) for one in head["files"]]

    def capture_published(self, row: str, memory_json: str = "", *, as_printed: bool = False) -> list[CapturedFile]:
        """Return what a published text says: one line of JSON, see ``read_published``.

        Raises:
            Refused: `published_text_broken`, and as ``capture``.
        """
        order = {"do": "published", "memory": memory_json, "as_printed": as_printed}
        head, _ = self._ask(order, row.encode(), None)
        return [file_from_dict(one) for one in head["files"]]

    def picture(self, data: bytes, page: int, width: int, *, part: int = 0) -> bytes:
        """Return a page as PNG, as its boxes see it.

        Args:
            data: the file.
            page: from 1.
            width: of the picture in pixels, > 0; scans are never made larger than they are.
            part: which of the captured files the page belongs to, from 0.

        Raises:
            Refused: `page_not_found`, and as ``capture``.
        """
        return self._ask({"do": "picture", "page": page, "width": width, "part": part}, data, None)[1]

    def parts(self, data: bytes, name: str) -> tuple[Part, ...]:
        """Return the documents in an archive or mail, or the file itself, as ``capture`` counts them.

        Raises:
            Refused: as ``documents_in``.
        """
        head, body = self._ask({"do": "parts", "name": name}, data, None)
        found, place = [], 0
        for one in head["parts"]:
            found.append(Part(one["name"], Kind(one["kind"]), body[place : place + one["size"]]))
            place += one["size"]
        return tuple(found)

    def close(self) -> None:
        """End the process, also one that is at work; its order, and any other, then fails with `reader_crashed`."""
        with self._starting:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, head: dict[str, Any], body: bytes, progress: Progress | None) -> tuple[dict[str, Any], bytes]:
        if len(body) > self._limits.bytes_max:
            raise Refused("too_large", f"the file has {len(body)} bytes; {self._limits.bytes_max} are allowed")
        with self._busy:
            process = self._running()
            try:
                answer, data = self._exchange(process, head, body, progress, self._limits.seconds_max)
            except BrokenMessages as error:
                raise self._ended(process) from error
            if answer.get("peak_bytes", 0) > self._limits.memory_bytes_max:
                # What the libraries keep is never given back; a fresh process is.
                self._process = None
                _end(process)
        if "error" in answer:
            raise _error_of(answer["error"])
        return answer, data

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is not None and process.poll() is None:
            return process
        if process is not None:
            _end(process)
        process = self._started()
        setup = {"limits": asdict(self._limits), "choice": asdict(self._choice)}
        try:
            self._exchange(process, setup, b"", None, _START_S)
        except BrokenMessages as error:
            self._process = None
            _end(process)
            if self._closed:
                raise Refused("reader_crashed", "reading was ended") from error
            if self._late.is_set():
                raise Refused("took_too_long", "the reading process did not start in time") from error
            hint = "pip install 'tillbridge[ocr,einvoice]'"
            raise NotAvailable("capture_not_installed", "the reading process cannot start here", hint) from error
        return process

    def _started(self) -> subprocess.Popen[bytes]:
        """Start a process; none after the end, which would be nobody's."""
        with self._starting:
            if self._closed:
                raise Refused("reader_crashed", "reading was ended")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "invoice_capture.intake.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(os.environ, self._choice.threads),
                close_fds=True,
            )
            return self._process

    def _exchange(
        self,
        process: subprocess.Popen[bytes],
        head: dict[str, Any],
        body: bytes,
        progress: Progress | None,
        seconds: float,
    ) -> tuple[dict[str, Any], bytes]:
        """Send an order and wait for its answer; the process is ended when the time is over."""
        orders, answers = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
        self._late.clear()
        clock = threading.Timer(seconds, self._expire, args=(process,))
        clock.daemon = True
        clock.start()
        try:
            write_message(orders, head, body)
            while True:
                answer, data = read_message(answers)
                if "progress" not in answer:
                    return answer, data
                if progress is not None:
                    progress(*answer["progress"])
        finally:
            clock.cancel()

    def _expire(self, process: subprocess.Popen[bytes]) -> None:
        self._late.set()
        process.kill()

    def _ended(self, process: subprocess.Popen[bytes]) -> Refused:
        """Return why the process ended without an answer."""
        if self._process is process:
            self._process = None
        _end(process)
        if self._late.is_set():
            seconds = f"{self._limits.seconds_max:g}"
            return Refused("took_too_long", f"reading the document takes longer than {seconds} seconds")
        return Refused("reader_crashed", "the reading process ended in the middle of the document")


def environment(environ: Mapping[str, str], threads: int) -> dict[str, str]:
    """Return the environment of the reading process: what programs need, nothing of the settings."""
    passed = {name: environ[name] for name in _PASSED_ON if name in environ}
    root = str(Path(__file__).resolve().parents[2])
    return {**passed, "PYTHONPATH": root, "OMP_NUM_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1"}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                # What was still to be written has nobody to read it.
                continue
    process.wait(timeout=_END_S)


def _error_of(found: Mapping[str, str]) -> CaptureError:
    kind = NotAvailable if found["kind"] == "not_available" else Refused
    return kind(found["code"], found["message"], found["hint"])
