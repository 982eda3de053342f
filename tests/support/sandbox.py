"""The sandbox ERP for tests, and plain calls to it that go past every connector."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.sandbox_erp.books import Books
from connectors.sandbox_erp.faults import FaultPlan
from connectors.sandbox_erp.server import SandboxErp


@contextmanager
def sandbox(*, rate: float = 0.0, seed: int = 0, hold_s: float = 0.0) -> Iterator[SandboxErp]:
    """Run a sandbox with new books in memory; a time-out closes the line at once."""
    books = Books()
    try:
        with SandboxErp(books, faults=FaultPlan(rate, seed), hold_s=hold_s) as erp:
            yield erp
    finally:
        books.close()


def ask(erp: SandboxErp, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """Return status and answer of a call with the right key; ``headers``: underscores become hyphens."""
    told = {"X-Api-Key": erp.login.password, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(erp.address + path, data, told, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            content = error.read()
            return error.code, json.loads(content) if content.startswith(b"{") else content
