"""What the operating system allows the reading process: memory, processor time, files."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

from invoice_capture.intake.limits import Limits

_OPEN_FILES = 256
_FILE_BYTES = 256 * 1024 * 1024
"""Largest file it may write: a page as a picture for the program tesseract is about 30 MB."""
_STATUS = Path("/proc/self/status")
_HIGH_WATER = re.compile(rb"^VmHWM:\s*(\d+) kB", re.MULTILINE)
_NICE = 3
"""Reading waits for nobody at a till: payments go first."""


def limit_process(limits: Limits) -> None:
    """Bound memory, files and what a crash leaves; on systems without such limits nothing happens."""
    if sys.platform == "win32":
        return
    import resource

    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_FSIZE: _FILE_BYTES,
        # Data, not address space: libraries reserve far more addresses than memory.
        resource.RLIMIT_DATA: limits.memory_bytes_max,
    }
    for what, most in bounds.items():
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (allowed, allowed))
    with contextlib.suppress(OSError):
        os.nice(_NICE)


def allow_processor_time(seconds: float) -> None:
    """Let the process run so many more seconds of processor time; the system ends it when they are over."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def peak_bytes() -> int:
    """Return the most memory the process has held, 0 where that is not known."""
    if _STATUS.exists():
        # What getrusage tells of a new program begins with the size of the process that started it (Linux).
        found = _HIGH_WATER.search(_STATUS.read_bytes())
        return int(found[1]) * 1024 if found else 0
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
