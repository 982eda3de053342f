"""Identifiers: UUIDv7 (RFC 9562) made by whoever starts something, one type per kind of thing."""

import secrets
import uuid
from typing import NewType

from gateway.domain.errors import InputError

TenantId = NewType("TenantId", str)
StoreId = NewType("StoreId", str)
RegisterId = NewType("RegisterId", str)
DeviceId = NewType("DeviceId", str)
SaleId = NewType("SaleId", uuid.UUID)
PaymentId = NewType("PaymentId", uuid.UUID)
AttemptId = NewType("AttemptId", uuid.UUID)
TransferId = NewType("TransferId", uuid.UUID)
OutboxId = NewType("OutboxId", uuid.UUID)
PersonId = NewType("PersonId", uuid.UUID)
ApiKeyId = NewType("ApiKeyId", uuid.UUID)

_RANDOM_BITS = 74


def uuid7(unix_ms: int) -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562 section 5.7).

    Args:
        unix_ms: milliseconds since 1970 in UTC, 0 <= unix_ms < 2**48.
    """
    noise = secrets.randbits(_RANDOM_BITS)
    value = (
        (unix_ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | (noise & ((1 << 62) - 1))
    )
    return uuid.UUID(int=value)


def derived_id(parent: uuid.UUID, name: str) -> uuid.UUID:
    """Return the id of a thing that follows from ``parent``: the same call always gives the same id (UUIDv5)."""
    return uuid.uuid5(parent, name)


def parse_id(text: str, pointer: str) -> uuid.UUID:
    """Read an id a client made.

    Raises:
        InputError: ``invalid_id`` when it is not a UUID of version 4 or 7 in its usual form.
    """
    try:
        value = uuid.UUID(text)
    except ValueError as error:
        raise _invalid_id(pointer) from error
    if str(value) != text.lower() or value.version not in (4, 7):
        raise _invalid_id(pointer)
    return value


def _invalid_id(pointer: str) -> InputError:
    hint = "Make a UUID of version 7 (or 4) once, store it, and send it again unchanged on every retry."
    return InputError("invalid_id", "The id is not a UUID.", hint, pointer)
