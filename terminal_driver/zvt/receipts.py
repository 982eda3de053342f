"""Gathers the print lines and blocks of one command into receipts.

A receipt ends where the terminal says so, or where the kind changes. A terminal that names no kind prints the merchant
copy first and the customer copy second (PA00P015 3.5); a single nameless receipt is the customer's.
"""

from dataclasses import dataclass, field

from terminal_driver.outcome import ReceiptKind, ReceiptLine, TerminalReceipt
from terminal_driver.zvt.messages import PrintJob

LINES_MAX = 2_000  # per receipt: beyond any sale or end of day, small enough to hold
RECEIPTS_MAX = 1_000  # per command: beyond any reprint of a day


@dataclass(slots=True)
class _Open:
    kind: ReceiptKind | None
    lines: list[ReceiptLine] = field(default_factory=list)
    approved: bool | None = None
    signature_field: bool | None = None


class ReceiptCollector:
    """Takes print jobs in their order; ``receipts`` gives what came so far, the unfinished one included."""

    def __init__(self) -> None:
        self._done: list[_Open] = []
        self._open: _Open | None = None

    def add(self, job: PrintJob) -> bool:
        """Take the lines of one 06 D1 or 06 D3; False (and nothing taken) when it would become too much."""
        if len(self._done) >= RECEIPTS_MAX:
            return False
        current = self._open
        if current is not None and job.kind is not None and current.kind not in (None, job.kind):
            self._finish()
            current = None
        if current is None:
            current = self._open = _Open(job.kind)
        if len(current.lines) + len(job.lines) > LINES_MAX:
            return False
        current.kind = current.kind or job.kind
        current.lines += job.lines
        current.approved = job.approved if job.approved is not None else current.approved
        current.signature_field = job.signature_field if job.signature_field is not None else current.signature_field
        if job.ends:
            self._finish()
        return True

    def receipts(self) -> tuple[TerminalReceipt, ...]:
        """Return the receipts, empty ones left out."""
        found = [*self._done, *([self._open] if self._open is not None else [])]
        found = [item for item in found if any(line.text for line in item.lines)]
        nameless = [item for item in found if item.kind is None]
        merchant = nameless[0] if len(nameless) > 1 else None
        return tuple(
            TerminalReceipt(
                kind=item.kind or (ReceiptKind.MERCHANT if item is merchant else ReceiptKind.CUSTOMER),
                lines=tuple(item.lines),
                approved=item.approved,
                signature_field=item.signature_field,
            )
            for item in found
        )

    def _finish(self) -> None:
        if self._open is not None:
            self._done.append(self._open)
        self._open = None
