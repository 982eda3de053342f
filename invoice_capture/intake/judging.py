"""Who judges e-invoices for the reading process: a process of its own, kept as long as the reading one."""

from __future__ import annotations

from collections.abc import Callable

from invoice_capture.model import Verdict

MISSING = "einvoice_rules_missing: install the package group einvoice"


def judge_of() -> Callable[[bytes], Verdict]:
    """Return what judges an e-invoice; where the libraries are not installed its verdict says so."""
    try:
        from invoice_capture.einvoice import Validator
    except ImportError:
        return _not_judged
    return Validator().verdict


def _not_judged(_xml: bytes) -> Verdict:
    return Verdict(None, not_judged=MISSING)
