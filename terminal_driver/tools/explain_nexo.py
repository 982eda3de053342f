"""Explains nexo Retailer messages field by field: JSON or XML, with or without the length in front."""

import re
from collections.abc import Iterator
from decimal import Decimal

from terminal_driver.card_data import cut_card_numbers
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.line_secrets import NEXO_SECRET_NAMES, masked_digits
from terminal_driver.nexo.binding import BINDINGS, MessageFormat, UnreadableBody
from terminal_driver.nexo.framing import HEADER_BYTES, LengthFraming
from terminal_driver.nexo.tree import Tree, Value
from terminal_driver.tools.explanation import Explanation, Question, Row, explained, refused

_TEXT_BEGINS = re.compile(rb"\s*[{<]")

Nested = list[list["str | int | bool | Nested"]]


def explain_nexo(data: bytes, question: Question) -> list[Explanation]:
    """Explain one message; in a burst, all of them."""
    if _TEXT_BEGINS.match(data):
        return [_body(data, question)]
    framing = LengthFraming()
    framing.feed(data)
    found: list[Explanation] = []
    taken = 0
    try:
        while (body := framing.take()) is not None:
            taken += HEADER_BYTES + len(body)
            found.append(_body(body, question))
    except RemoteProtocolError as error:
        return [*found, refused(error)]
    if taken != len(data) or not found:
        found.append(refused(RemoteProtocolError("cut_off", "the message is shorter than its length says")))
    return found


def _body(body: bytes, question: Question) -> Explanation:
    binding = BINDINGS[MessageFormat.XML if body.lstrip().startswith(b"<") else MessageFormat.JSON]
    try:
        tree, message = binding.parse(body), binding.decode(body)
    except UnreadableBody as error:
        return refused(error, {"message": f"{error.header.message_category}{error.header.message_type}"})
    except RemoteProtocolError as error:
        return refused(error)
    header = message.header
    name = f"{header.message_category}{header.message_type}"
    record: dict[str, object] = {
        "message": name,
        "service_id": header.service_id,
        "fields": _nested(tree, masked=question.masked),
    }
    return explained(f"{name} {header.service_id or ''}".rstrip(), record, list(_rows(tree, 0)))


def _nested(tree: Tree, *, masked: bool) -> Nested:
    found: Nested = []
    for name, value in _pairs(tree):
        if isinstance(value, dict):
            found.append([name, _nested(value, masked=masked)])
        else:
            found.append([name, _shown(name, value) if masked else _plain(value)])
    return found


def _rows(tree: Tree, depth: int) -> Iterator[Row]:
    for name, value in _pairs(tree):
        if isinstance(value, dict):
            yield Row(name, depth=depth)
            yield from _rows(value, depth + 1)
        else:
            yield Row(name, str(_shown(name, value)), depth=depth)


def _pairs(tree: Tree) -> Iterator[tuple[str, Value]]:
    """Yield names and values; a list is its name once for each value."""
    for name, value in tree.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item


def _plain(value: Value) -> str | int | bool:
    return value if isinstance(value, (bool, int, str)) else str(value)


def _shown(name: str, value: Value) -> str | int | bool:
    if name in NEXO_SECRET_NAMES:
        return masked_digits(str(value)) if name == "PAN" else "(hidden)"
    if isinstance(value, (str, Decimal)):
        return cut_card_numbers(str(value))
    return _plain(value)
