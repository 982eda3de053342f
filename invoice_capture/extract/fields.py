"""From a candidate to a field: calibrated confidence and mark."""

from __future__ import annotations

from invoice_capture.confidence import calibrated, mark_of
from invoice_capture.extract.candidate import Candidate
from invoice_capture.model import CapturedField, FieldName, Mark, Method, Page, PageSource, Reason

TEXT = "pdf"
"""Name in the calibration of invoices whose every page has a text layer."""
SCAN = "invoice_scan"
"""Name of invoices that were read from pictures; never measured, so nothing of them is accepted unseen."""
UNCALIBRATED = ""
"""Kind that leaves scores as they are, for who measures them."""
DOUBTS = frozenset({"sum_fails", "check_digit_wrong", "code_differs", "two_candidates", "computed"})
"""Reasons with which nothing is accepted unseen."""


def kind_of(pages: tuple[Page, ...]) -> str:
    """Return the kind, in the calibration, of an invoice on these pages."""
    return TEXT if pages and all(page.source is PageSource.TEXT_LAYER for page in pages) else SCAN


def field_of(name: FieldName, candidate: Candidate | None, kind: str) -> CapturedField:
    """Return the field of a candidate, with its calibrated confidence and its mark; missing without one."""
    if candidate is None or not candidate.value:
        return CapturedField("", "", (), 0.0, Mark.MISSING, Method.LABEL, (Reason("not_found"),))
    confidence = calibrated(name, candidate.score, kind)
    mark = mark_of(name, confidence, kind, candidate.value)
    if any(one.code in DOUBTS for one in candidate.reasons):
        mark = Mark.CHECK
    return CapturedField(
        candidate.value, candidate.text, candidate.places, confidence, mark, candidate.method, candidate.reasons
    )


def cell_field(candidate: Candidate | None) -> CapturedField | None:
    """Return a cell of a table, None without a value; its score is its confidence, cells are not calibrated."""
    if candidate is None or not candidate.value:
        return None
    mark = Mark.ACCEPT if any(one.code in PROOFS for one in candidate.reasons) else Mark.CHECK
    return CapturedField(
        candidate.value, candidate.text, candidate.places, candidate.score, mark, candidate.method, candidate.reasons
    )


PROOFS = frozenset({"line_holds", "tax_holds"})
"""Reasons with which a cell of a table needs no look: its row was recomputed."""
