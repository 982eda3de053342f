"""JSON with numbers as exact as they were given: ``Decimal`` never becomes a float."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

_quoted = json.encoder.encode_basestring_ascii


def exact_json(value: object) -> str:
    """Return a value as JSON.

    Raises:
        TypeError: a value that JSON has no form for.
    """
    match value:
        case str():
            return _quoted(value)
        case Decimal():
            return f"{value:f}"
        case dict() | Mapping():
            return "{" + ",".join([f"{_quoted(str(key))}:{exact_json(inner)}" for key, inner in value.items()]) + "}"
        case list():
            return "[" + ",".join(exact_json(inner) for inner in value) + "]"
        case _:
            return json.dumps(value)
