"""Request bodies and query strings read without guessing: one meaning or a refusal (OWASP ASVS 1.1, 2.2, 15.3.7)."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from flask import Request, request

from gateway.web.errors import MalformedRequest, UnsupportedMediaType
from gateway.web.free_text import is_clean

DEPTH_MAX = 8
"""Nesting of the deepest request we describe is 3; the parser's own stack is never at stake."""

_WHOLE_DIGITS_MAX = 15
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class StrictRequest(Request):
    """A request whose JSON is read by ``read_object`` only, once."""

    _strict_body: dict[str, Any] | None = None

    # The framework calls this with silent=True and would turn a broken body into None.
    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Return the body as an object with unique keys.

        Raises:
            UnsupportedMediaType: it is not declared as JSON.
            MalformedRequest: ``invalid_json``.
        """
        if self._strict_body is None:
            if not self.is_json:
                raise UnsupportedMediaType
            self._strict_body = read_object(self.get_data())
        return self._strict_body


def read_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object (RFC 8259) from UTF-8 bytes.

    Raises:
        MalformedRequest: ``invalid_json`` for anything else: duplicate keys, NaN, control characters, lone surrogates,
            too deep, another encoding, a value that is not an object.
    """
    depth = 0
    for match in _STRUCTURE.finditer(data):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(match.group(), 0)
        if depth > DEPTH_MAX:
            _refuse(f"It is nested deeper than {DEPTH_MAX}.")
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_number
        )
    except UnicodeDecodeError as error:
        raise _invalid("It is not UTF-8.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise _invalid("The text is not JSON.") from error
    except ValueError as error:
        # A whole number of thousands of digits: Python refuses to read it.
        raise _invalid("A number is too long.") from error
    if not isinstance(value, dict):
        _refuse("It is not an object.")
    _check_texts(value)
    return value


def check_query() -> None:
    """Refuse a query string with a repeated or unreadable parameter.

    Raises:
        MalformedRequest: ``repeated_parameter`` or ``invalid_parameter``.
    """
    for name, values in request.args.lists():
        if len(values) > 1:
            message = "A parameter occurs more than once."
            raise MalformedRequest("repeated_parameter", message, "Send each parameter once.", "/query")
        if not is_clean(name) or not is_clean(values[0]):
            raise MalformedRequest("invalid_parameter", "A parameter cannot be read.", "Send UTF-8 text.", "/query")


def check_body(*, expected: bool) -> None:
    """Read the JSON body now, or refuse one where none is described; an empty object counts as none.

    Raises:
        MalformedRequest: ``invalid_json`` or ``unexpected_body``.
        UnsupportedMediaType: the body is not declared as JSON.
    """
    if request.method not in _BODY_METHODS:
        return
    if expected:
        request.get_json()
    elif request.get_data() and request.get_json():
        raise MalformedRequest("unexpected_body", "This address takes no body.", "Send none, or an empty object.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("A key occurs twice in one object.")
    return found


def _number(text: str) -> int | Decimal:
    """Read a number with point or exponent: a whole one is an integer (as JSON Schema sees it), no other is a float."""
    value = Decimal(text)
    small = abs(value.adjusted()) <= _WHOLE_DIGITS_MAX
    return int(value) if small and value == value.to_integral_value() else value


def _no_constant(name: str) -> NoReturn:
    _refuse(f"{name} is not JSON.")


def _check_texts(value: object) -> None:
    match value:
        case str():
            if not is_clean(value):
                _refuse("A text holds half a character or NUL.")
        case dict():
            for key, item in value.items():
                _check_texts(key)
                _check_texts(item)
        case list():
            for item in value:
                _check_texts(item)


def _refuse(why: str) -> NoReturn:
    raise _invalid(why)


def _invalid(why: str) -> MalformedRequest:
    return MalformedRequest("invalid_json", f"The body cannot be read. {why}", "Send one JSON object in UTF-8.")
