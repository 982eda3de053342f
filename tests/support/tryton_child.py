"""A node that brings one bill into Tryton, as a process of its own that dies at a chosen point.

Arguments: the database's URL, the ERP's address, database, login, the point, such as ``after create_vendor_bill``.
``during`` a call: some milliseconds after it has begun, answer or not.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from connectors.tryton.calls import TrytonCalls
from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.services.erp.account_turn import AccountTurn
from tests.support.tryton_bringing import bringing

DURING_S = 0.015


def die() -> None:
    """End as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(inner: Callable[..., Any], name: Callable[..., str], point: str) -> Callable[..., Any]:
    """Return a function that dies before, during or after a call whose name is that of the point."""

    def called(*args: Any, **named: Any) -> Any:
        here = name(*args)
        if point == f"before {here}":
            die()
        if point == f"during {here}":
            threading.Timer(DURING_S, die).start()
        told = inner(*args, **named)
        if point == f"after {here}":
            die()
        return told

    return called


def main() -> None:
    """Bring it, and die on the way."""
    url, address, database, login, point = sys.argv[1:6]
    calls, turn = vars(TrytonCalls), vars(AccountTurn)
    # A call of Tryton by its operation, where it writes; a step of the journal by the state that it reaches.
    TrytonCalls.call = deadly(calls["call"], _of_call, point)  # type: ignore[method-assign]
    AccountTurn.keep = deadly(turn["keep"], lambda _turn, _former, after: f"journal {after.state}", point)  # type: ignore[method-assign]
    storage = SqlStorage(url, SystemClock())
    bringing(storage, SystemClock(), (address, database, login), "child").run(10)


def _of_call(_calls: object, operation: str, model: str, method: str, *_rest: object) -> str:
    return f"{operation} {model}.{method}"


if __name__ == "__main__":
    main()
