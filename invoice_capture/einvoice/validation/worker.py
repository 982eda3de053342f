"""The process that judges: reads e-invoices from its input, writes verdicts to its output, ends when the input ends.

In: XML, or a PDF with one inside. Out: JSON of a verdict. Both as ``messages``.
"""

from __future__ import annotations

import json
import resource
import sys

from invoice_capture.einvoice.embedded import find_xml
from invoice_capture.einvoice.validation.engine import Engine
from invoice_capture.einvoice.validation.messages import read_message, write_message
from invoice_capture.errors import CaptureError
from invoice_capture.model import Verdict
from invoice_capture.result_json import verdict_to_dict

MEMORY_MAX = 1536 * 1024 * 1024
"""Bytes. The largest invoice taken needs about a third; what an attacker packs may need any number."""
_PDF = b"%PDF-"
_PDF_WITHIN = 1024
"""Bytes that may stand before the header: readers accept them (PDF 1.7, annex H.3)."""


def judged(engine: Engine, data: bytes) -> Verdict:
    """Return the verdict of an XML, or of the e-invoice in a PDF."""
    if _PDF not in data[:_PDF_WITHIN]:
        return engine.verdict(data)
    try:
        found, _ = find_xml(data)
    except CaptureError as error:
        return Verdict(None, not_judged=f"{error.code}: {error.message}")
    if found is None:
        return Verdict(None, not_judged="no_einvoice: there is no e-invoice in the PDF")
    return engine.verdict(found.data)


def main() -> int:
    """Judge until the input ends."""
    _limit_this_process()
    with Engine() as engine:
        while (data := read_message(sys.stdin.buffer)) is not None:
            answer = json.dumps(verdict_to_dict(judged(engine, data)))
            write_message(sys.stdout.buffer, answer.encode("utf-8"))
    return 0


def _limit_this_process() -> None:
    # What is judged comes from strangers: nothing of it is to land in a file, not even by a crash.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Who started this process may be limited further already: a limit can only be lowered.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = MEMORY_MAX if hard == resource.RLIM_INFINITY else min(MEMORY_MAX, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    # Processor time of the starter was meant for one document; this process serves many, each under a deadline.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
