"""The JSON text of a message: read strictly, written in the order of the model.

Numbers with a point become ``Decimal``; nothing here is ever a binary fraction. Refused with a name of their own:
duplicate keys (two readers could see two amounts), numbers too long, nesting too deep, NaN and infinities.
"""

import json
import re
from decimal import Decimal

from terminal_driver.nexo.tree import DEPTH_MAX, NUMBER_SIGNS_MAX, Tree, Value, bad

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_EXPONENT_MAX = 30  # 1E30 is no amount; a larger exponent could make a few signs into gigabytes of zeros


def parse_json(data: bytes) -> Tree:
    """Read one message.

    Raises:
        RemoteProtocolError: ``not_utf8``, ``bad_json``, ``duplicate_key``, ``huge_number``, ``nested_too_deep``.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad("not_utf8", "the message is not UTF-8") from error
    _refuse_deep(text)
    try:
        found = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise bad("bad_json", f"no JSON: {error.msg} at character {error.pos}") from error
    if not isinstance(found, dict):
        raise bad("bad_json", "the message is no JSON object")
    return found


def write_json(tree: Tree) -> bytes:
    """Write one message; amounts as JSON numbers with the places they have."""
    return _text(tree).encode("utf-8")


def _refuse_deep(text: str) -> None:
    """Refuse before the parser sees it: it would recurse as deep as the text says."""
    depth = 0
    for sign in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if sign in "[{" else -1
        if depth > DEPTH_MAX:
            raise bad("nested_too_deep", f"more than {DEPTH_MAX} levels")


def _unique(pairs: "list[tuple[str, Value | None]]") -> Tree:
    found: Tree = {}
    for key, value in pairs:
        if key in found:
            raise bad("duplicate_key", f"{key[:40]!r} stands twice in one object")
        if value is not None:  # null says as much as a name left out
            found[key] = value
    return found


def _decimal(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= NUMBER_SIGNS_MAX else Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > _EXPONENT_MAX:
        raise bad("huge_number", "a number is too long")
    return value


def _integer(text: str) -> int:
    if len(text) > NUMBER_SIGNS_MAX:
        raise bad("huge_number", "a number is too long")
    return int(text)


def _constant(name: str) -> Value:
    raise bad("bad_json", f"{name} is no JSON")


def _text(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case str():
            return json.dumps(value)
        case list():
            return "[" + ",".join(_text(item) for item in value) + "]"
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{_text(item)}" for key, item in value.items()) + "}"
