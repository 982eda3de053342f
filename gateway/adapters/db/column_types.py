"""How Python values are stored in columns, the same for SQLAlchemy's statements and for the prepared ones.

Instants are whole microseconds since 1970 on SQLite (its own date types drop the offset) and ``timestamptz`` on
PostgreSQL; ids are 32 hexadecimal digits or ``uuid``; documents are JSON text or ``jsonb``.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Text, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of the slots themselves: an id refuses to be changed, and its class would be asked for each by name.
_new: Any = object.__new__
_set_number: Any = vars(uuid.UUID)["int"].__set__
_set_safety: Any = vars(uuid.UUID)["is_safe"].__set__
_UNKNOWN = uuid.SafeUUID.unknown


def aware(instant: datetime) -> datetime:
    """Return the instant unchanged.

    Raises:
        ValueError: it has no time zone, so it does not name an instant.
    """
    if instant.tzinfo is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    return instant


def to_microseconds(instant: datetime) -> int:
    """Return whole microseconds since 1970 in UTC. Raises ValueError for a naive value."""
    return (aware(instant) - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the instant that lies ``value`` microseconds after 1970 in UTC."""
    return _EPOCH + value * _MICROSECOND


def id_of_hex(digits: str) -> uuid.UUID:
    """Return the id of 32 hexadecimal digits, as ``uuid.UUID`` does at four times the cost: a run reads 100,000 ids."""
    made: uuid.UUID = _new(uuid.UUID)
    _set_number(made, int(digits, 16))
    _set_safety(made, _UNKNOWN)
    return made


def storable(text: str) -> str:
    """Return the text with what no database stores (NUL, lone surrogates) replaced.

    Devices send such bytes; an outcome must never be lost over one.
    """
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


# A payment run reads and writes 20,000 documents: the library takes a third of the standard library's time for one. It
# keeps whole numbers of any size exact when it reads them, which not each fast reader does.
_READER = msgspec.json.Decoder()
_WRITER = msgspec.json.Encoder()
_ANY_SIZE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(document: object) -> str:
    """Return compact JSON text.

    Raises:
        TypeError: something in it is nothing that JSON has.
    """
    try:
        return _WRITER.encode(document).decode()
    except OverflowError:  # a whole number of more than 64 bits
        return _ANY_SIZE.encode(document)


class UtcTimestamp(TypeDecorator[datetime]):
    """An instant, in and out as an aware datetime in UTC; refuses naive values with ValueError."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the native type where it keeps the offset."""
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """Store the instant."""
        if value is None:
            return None
        return aware(value) if dialect.name == "postgresql" else to_microseconds(value)

    def process_result_value(self, value: datetime | int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy calls it so
        """Read the instant."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return None if value is None else from_microseconds(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """Read whole numbers without the detour by which SQLAlchemy calls :meth:`process_result_value`."""
        if dialect.name == "postgresql":
            return super().result_processor(dialect, coltype)
        return lambda value: None if value is None else from_microseconds(value)


class HexId(Uuid[uuid.UUID]):
    """An id where the database has no type for ids; takes the place of SQLAlchemy's own type on SQLite."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], uuid.UUID | None]:  # noqa: ARG002  # SQLAlchemy calls it so
        """Read the id."""
        return lambda value: None if value is None else id_of_hex(value)


class JsonDocument(TypeDecorator[Any]):
    """A JSON document: text on SQLite, ``jsonb`` on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the native type where there is one."""
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        """Store the document."""
        return value if value is None or dialect.name == "postgresql" else to_json(value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:
        """Read the document."""
        return _READER.decode(value) if isinstance(value, str) and dialect.name != "postgresql" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], object] | None:
        """Read text without the detour by which SQLAlchemy calls :meth:`process_result_value`."""
        if dialect.name == "postgresql":
            return super().result_processor(dialect, coltype)
        return lambda value: None if value is None else _READER.decode(value)


@dataclass(frozen=True, slots=True)
class Wire:
    """How ids and instants are handed to one driver by the prepared statements of the money path."""

    uuid: Callable[[uuid.UUID], object]
    instant: Callable[[datetime], object]


def _same(value: uuid.UUID) -> object:
    return value


def _hex(value: uuid.UUID) -> object:
    return value.hex


WIRES = {"sqlite": Wire(_hex, to_microseconds), "postgresql": Wire(_same, aware)}
"""By name of the SQLAlchemy dialect."""
