"""Results of the driver as plain data, for one JSON object a command; card numbers in them are masked already."""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING

from terminal_driver.engine import Result
from terminal_driver.outcome import TerminalReceipt, Unknown, Verdict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NAMES = {
    "Approved": "approved",
    "Declined": "declined",
    "Aborted": "aborted",
    "NotStarted": "not_started",
    "Unknown": "unknown",
    "NotCharged": "not_charged",
    "StillUnknown": "unknown",
}


def outcome_record(outcome: Result | Verdict) -> dict[str, object]:
    """Return an outcome as data: ``outcome`` names its class, the rest are its fields."""
    return {"outcome": _NAMES[type(outcome).__name__], **_plain_fields(outcome)}


def result_record(result: Result) -> dict[str, object]:
    """Return the answer to an operation that moves no money: ``result`` names its class, the rest are its fields."""
    name = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in type(result).__name__)
    return {"result": name.lstrip("_"), **_plain_fields(result)}


def is_in_doubt(outcome: Result | Verdict) -> bool:
    """Tell whether money may have moved without proof."""
    return isinstance(outcome, Unknown) or type(outcome).__name__ == "StillUnknown"


def _plain_fields(value: "DataclassInstance") -> dict[str, object]:
    return {field.name: plain for field in fields(value) if (plain := _plain(getattr(value, field.name))) is not None}


def _plain(value: object) -> object:
    """Return a value as JSON knows it; a receipt becomes its kind and its lines of text."""
    match value:
        case TerminalReceipt():
            return {"kind": str(value.kind), "lines": [line.text for line in value.lines]}
        case Enum():
            return str(value.value)
        case tuple() | frozenset():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _plain_fields(value)
        case _:
            return value
