"""Turns the frozen classes of the message model into trees and back, by their fields: one model, any binding.

A field's name gives the name on the wire (``service_id`` is ``ServiceID``). Unknown names are passed over, missing
required ones and values of the wrong kind are refused with the path to them.
"""

import functools
import re
import types
from collections.abc import Hashable
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.tree import NUMBER_SIGNS_MAX, Tree, Value, bad

ModelT = TypeVar("ModelT")

TEXT_MAX = 128
"""Longest identifier or code word; nexo's own are shorter."""

WORDS_MAX = 8_192
ITEMS_MAX = 2_000
"""Most lines of a receipt, most totals of a day."""

BESIDE = MappingProxyType({"beside": True})
"""Metadata of a part that proves nothing: when it cannot be read it is left out, and the rest still counts."""

_WHOLE_WORDS = {"id": "ID", "poi": "POI", "ped": "PED", "ok": "OK", "pan": "PAN"}
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,6})?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def words() -> Any:  # noqa: ANN401 - stands for a field's default
    """Declare a free text: cut when too long instead of refused."""
    return field(default=None, metadata={"max": WORDS_MAX, "cut": True})


def line() -> Any:  # noqa: ANN401 - stands for a field's default
    """Declare a printed text: as a free text, with its blanks; XML leaves an empty one out."""
    return field(default="", metadata={"max": WORDS_MAX, "cut": True, "blanks": True})


def also(name: str) -> Any:  # noqa: ANN401 - stands for a field's default
    """Declare an optional text that some terminals write under another name."""
    return field(default=None, metadata={"also": name})


@dataclass(frozen=True, slots=True)
class _Part:
    """One field of the model as the codec needs it."""

    name: str
    key: str
    kind: type
    many: bool
    required: bool
    other_key: str
    text_max: int
    cut: bool
    blanks: bool
    beside: bool


def to_tree(model: object) -> Tree:
    """Return a model as a tree in the order of its fields; what is None or empty is left out."""
    tree: Tree = {}
    for part in _parts(type(model)):
        value = getattr(model, part.name)
        if value in (None, ()):
            continue
        tree[part.key] = [_to_value(item) for item in value] if part.many else _to_value(value)
    return tree


def from_tree(kind: type[ModelT], value: Value, path: str) -> ModelT:
    """Read a model.

    Args:
        kind: class of the model.
        value: its tree; a blank text stands for an empty one, as XML writes it.
        path: where it stands, for the message of an error.

    Raises:
        RemoteProtocolError: ``missing_field``, ``wrong_kind``, ``value_too_long`` or ``too_many_items``.
    """
    if isinstance(value, str) and not value.strip():
        value = {}
    if not isinstance(value, dict):
        raise bad("wrong_kind", f"{path} is no structure")
    found: dict[str, object] = {}
    for part in _parts(kind):
        item = value.get(part.key, value.get(part.other_key))
        if item is None:
            if part.required:
                raise bad("missing_field", f"{path}.{part.key} is missing")
            continue
        try:
            found[part.name] = _items(part, item, path) if part.many else _item(part, item, f"{path}.{part.key}")
        except RemoteProtocolError:
            if not part.beside:
                raise
    return kind(**found)


def _parts(kind: type) -> tuple[_Part, ...]:
    return _parts_of_hashable(kind)


@functools.cache
def _parts_of_hashable(kind: Hashable) -> tuple[_Part, ...]:
    assert isinstance(kind, type)  # noqa: S101 - every class can be hashed, the checker does not know
    hints = get_type_hints(kind)
    found = []
    for own in fields(kind):
        hint, many = hints[own.name], False
        if get_origin(hint) in (Union, types.UnionType):
            [hint] = [choice for choice in get_args(hint) if choice is not type(None)]
        if get_origin(hint) is tuple:
            hint, many = get_args(hint)[0], True
        found.append(
            _Part(
                own.name,
                key_of(own.name),
                hint,
                many,
                own.default is MISSING and own.default_factory is MISSING,
                own.metadata.get("also", ""),
                own.metadata.get("max", TEXT_MAX),
                own.metadata.get("cut", False),
                own.metadata.get("blanks", False),
                own.metadata.get("beside", False),
            )
        )
    return tuple(found)


def key_of(name: str) -> str:
    """Return the name on the wire of a field."""
    return "".join(_WHOLE_WORDS.get(word, word.capitalize()) for word in name.split("_"))


def _to_value(value: object) -> Value:
    if isinstance(value, bool | int | str | Decimal):
        return value
    return to_tree(value)


def _items(part: _Part, value: Value, path: str) -> tuple[object, ...]:
    where = f"{path}.{part.key}"
    if isinstance(value, str) and part.kind is str:
        value = [*value.split()]  # XML writes a list of words as one text
    items = value if isinstance(value, list) else [value]
    if len(items) > ITEMS_MAX:
        raise bad("too_many_items", f"{where} has more than {ITEMS_MAX} items")
    return tuple(_item(part, item, where) for item in items)


def _item(part: _Part, value: Value, path: str) -> object:
    if part.kind is str:
        return _read_text(part, value, path)
    if part.kind is Decimal:
        return _read_decimal(value, path)
    if part.kind is bool:
        flag = _BOOLEANS.get(value.strip()) if isinstance(value, str) else value
        if not isinstance(flag, bool):
            raise bad("wrong_kind", f"{path} is neither true nor false")
        return flag
    if part.kind is int:
        if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad("wrong_kind", f"{path} is no whole number")
        return value
    if isinstance(value, str) and value.strip() and any(own.key == "Text" for own in _parts(part.kind)):
        value = {"Text": value}  # XML without any attribute
    return from_tree(part.kind, value, path)


def _read_text(part: _Part, value: Value, path: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # some terminals write identifiers of digits as JSON numbers
    if not isinstance(value, str):
        raise bad("wrong_kind", f"{path} is no text")
    if len(value) > part.text_max:
        if not part.cut:
            raise bad("value_too_long", f"{path} has more than {part.text_max} signs")
        value = value[: part.text_max]
    value = value if part.blanks else value.strip()
    # Control signs and lone surrogates would harm printers, logs and databases; a replaced one matches nothing.
    kept = "\n" if part.cut else ""
    return "".join(sign if sign.isprintable() or sign in kept else "\ufffd" for sign in value.replace("\r\n", "\n"))


def _read_decimal(value: Value, path: str) -> Decimal:
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise bad("wrong_kind", f"{path} is no number")
    if len(str(value)) > NUMBER_SIGNS_MAX:
        raise bad("huge_number", f"{path} is too long")
    return Decimal(value)
