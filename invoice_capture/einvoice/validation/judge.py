"""Judges e-invoices in a process of its own: a crash, a flood of memory or an endless rule ends only that process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from invoice_capture.einvoice.validation.messages import read_message, write_message
from invoice_capture.model import Verdict
from invoice_capture.result_json import verdict_from_dict

SECONDS_MAX = 60.0
"""For one document; the first of each syntax takes about three seconds more, for compiling the rules."""
DOCUMENTS_MAX = 500
"""After so many the process is started anew, so that nothing it keeps grows for ever."""

_ROOT = Path(__file__).resolve().parents[3]


class Validator:
    """Keeps one judging process and starts it when it is first needed; one document at a time, from any thread.

    Args:
        seconds_max: after so long on one document the process is ended and the document is not judged.
    """

    def __init__(self, seconds_max: float = SECONDS_MAX) -> None:
        """Start nothing yet."""
        self._seconds_max = seconds_max
        self._process: subprocess.Popen[bytes] | None = None
        self._judged = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    @property
    def process_id(self) -> int | None:
        """Id of the judging process, None while there is none."""
        return self._process.pid if self._process else None

    def verdict(self, data: bytes) -> Verdict:
        """Return the verdict of one e-invoice; when the process fails, one that says so."""
        with self._lock:
            return self._verdict(data)

    def verdicts(self, documents: Iterable[bytes]) -> Iterator[Verdict]:
        """Give the verdict of each e-invoice, in order."""
        for data in documents:
            yield self.verdict(data)

    def close(self) -> None:
        """End the process; the next verdict starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def _verdict(self, data: bytes) -> Verdict:
        if find_spec("saxonche") is None:
            return Verdict(None, not_judged="einvoice_rules_missing: install the package group einvoice")
        if self._judged >= DOCUMENTS_MAX:
            self.close()
        process = self._process or self._start()
        late = threading.Event()
        timer = threading.Timer(self._seconds_max, _end, (process, late))
        timer.start()
        try:
            answer = _asked(process, data)
        finally:
            timer.cancel()
        if answer is None:
            self.close()
            reason = "judging_too_slow: the time was up" if late.is_set() else "judging_failed: its process crashed"
            return Verdict(None, not_judged=reason)
        self._judged += 1
        return verdict_from_dict(json.loads(answer))

    def _start(self) -> subprocess.Popen[bytes]:
        # Nothing of the environment but what Python needs: no secret is ever near a stranger's document.
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "invoice_capture.einvoice.validation.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Saxon writes parts of the document there.
            stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": str(_ROOT)},
            cwd=_ROOT,
        )
        self._judged = 0
        return self._process


def _asked(process: subprocess.Popen[bytes], data: bytes) -> bytes | None:
    if process.stdin is None or process.stdout is None:
        return None
    try:
        write_message(process.stdin, data)
        return read_message(process.stdout)
    except BrokenPipeError:
        return None


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def validate(data: bytes) -> Verdict:
    """Return the verdict of one e-invoice; slow (seconds): for several use one ``Validator``."""
    with Validator() as validator:
        return validator.verdict(data)
