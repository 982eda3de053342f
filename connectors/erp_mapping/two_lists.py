"""Open items of an ERP that keeps what we owe and what we are owed in two lists: one after the other, by one cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.domain.erp.failure import ErpFailure, FailureCode

_PARTS = 3

Listed = Callable[[Mapping[str, Any]], tuple[list[dict[str, Any]], dict[str, Any]]]
"""Lists rows by ``cursor`` and ``limit``; returns them with ``next`` and ``complete``."""


def payables_then_receivables(values: Mapping[str, Any], payables: Listed, receivables: Listed) -> dict[str, Any]:
    """Return a page of the list that is at its turn. Cursors of the lists hold no semicolon.

    Raises:
        ErpFailure: ``refused`` for a cursor that is none of ours.
    """
    parts = (values["cursor"] or "payables;;").split(";")
    if len(parts) != _PARTS or parts[0] not in ("payables", "receivables"):
        raise ErpFailure(FailureCode.REFUSED, "The cursor is none of this connector.")
    turn, owed, claimed = parts
    if turn == "payables":
        rows, page = payables({**values, "cursor": owed})
        after = "receivables" if page["complete"] else "payables"
        return {"items": rows, "next": f"{after};{page['next']};{claimed}", "complete": False}
    rows, page = receivables({**values, "cursor": claimed})
    after = "payables" if page["complete"] else "receivables"
    return {"items": rows, "next": f"{after};{owed};{page['next']}", "complete": page["complete"]}
