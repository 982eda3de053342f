"""How much a run tries: enough for every change in the normal run, many times that with `GATEWAY_THOROUGH=1`.

What guards money directly, the ledger and the recovery, tries the same in both.
"""

from __future__ import annotations

import os

THOROUGH = os.environ.get("GATEWAY_THOROUGH", "") not in ("", "0")
"""Whether this run may take as long as it likes."""

_SHARE = 3
_LEAST = 25


def tries(thorough: int) -> int:
    """Return how many examples a test draws that draws so many in a thorough run: a third of them, but not under 25."""
    return thorough if THOROUGH else min(thorough, max(_LEAST, thorough // _SHARE))
