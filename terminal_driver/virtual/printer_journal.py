"""Appends each printed receipt to a file of JSON lines, so that what was on paper can be proven after a crash.

A line is written and synced before the virtual printer answers anything that follows it. The journal holds the printed
text: it is for development, demonstration and tests, and belongs where receipts may be kept.
"""

import hashlib
import json
import os
from pathlib import Path

from terminal_driver.virtual.escpos_receipt import PrintedReceipt


class PrinterJournal:
    """A file of JSON lines: number, printed_at, cut, text, raw_sha256.

    Args:
        path: made if missing; its folder must exist. A torn last line (power cut) is closed, not removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        content = path.read_bytes() if path.exists() else b""
        self.last_number = max((_number_of(line) for line in content.split(b"\n")), default=0)
        if content and not content.endswith(b"\n"):
            with path.open("ab") as file:
                file.write(b"\n")

    def append(self, receipt: PrintedReceipt) -> None:
        """Write one receipt; it is on the disk when this returns.

        Raises:
            OSError: the file cannot be written.
        """
        line = {
            "number": receipt.number,
            "printed_at": receipt.printed_at.isoformat(),
            "cut": receipt.cut,
            "text": receipt.text,
            "raw_sha256": hashlib.sha256(receipt.raw).hexdigest(),
        }
        with self._path.open("ab") as file:
            file.write(json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _number_of(line: bytes) -> int:
    try:
        content = json.loads(line)
    except ValueError:
        return 0  # the torn end of a line
    number = content.get("number") if isinstance(content, dict) else None
    return number if isinstance(number, int) else 0
