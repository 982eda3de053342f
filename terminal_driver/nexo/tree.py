"""What both bindings read and write: plain trees of names and values, and the errors of reading them."""

from decimal import Decimal
from typing import TypeAlias

from terminal_driver.errors import RemoteProtocolError

Value: TypeAlias = "str | Decimal | int | bool | Tree | list[Value]"
Tree: TypeAlias = "dict[str, Value]"

DEPTH_MAX = 24
"""Deeper than any message; bounds the work on a hostile one."""

NUMBER_SIGNS_MAX = 24
"""More signs than any amount or counter has; longer numbers cost time and mean nothing."""


def bad(code: str, words: str) -> RemoteProtocolError:
    """Return the error for a text that is no message. ``code``: stable snake_case word."""
    return RemoteProtocolError(code, words)
