"""JSON as it was sent: numbers with a point as ``Decimal``."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

_DECODER = json.JSONDecoder(parse_float=Decimal)


def exact_values(content: bytes) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what JSON in UTF-8 says; a mark of its order of bytes is passed over (RFC 8259 8.1).

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    return _DECODER.decode(content.decode("utf-8-sig"))
