"""Identifiers: UUIDv7 (RFC 9562) made by whoever starts something, one type per kind of thing."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from operator import attrgetter
from typing import NewType, TypeVar

from gateway.domain.errors import InputError

AnyId = TypeVar("AnyId", bound=uuid.UUID)
_number = attrgetter("int")
TenantId = NewType("TenantId", str)
StoreId = NewType("StoreId", str)
RegisterId = NewType("RegisterId", str)
DeviceId = NewType("DeviceId", str)
SaleId = NewType("SaleId", uuid.UUID)
PaymentId = NewType("PaymentId", uuid.UUID)
RefundId = NewType("RefundId", uuid.UUID)
ReservationId = NewType("ReservationId", uuid.UUID)
TerminalDayId = NewType("TerminalDayId", uuid.UUID)
AttemptId = NewType("AttemptId", uuid.UUID)
TransferId = NewType("TransferId", uuid.UUID)
TenderId = NewType("TenderId", uuid.UUID)
SaleVoidId = NewType("SaleVoidId", uuid.UUID)
GiveBackId = NewType("GiveBackId", uuid.UUID)
SplitId = NewType("SplitId", uuid.UUID)
OutboxId = NewType("OutboxId", uuid.UUID)
PersonId = NewType("PersonId", uuid.UUID)
ApiKeyId = NewType("ApiKeyId", uuid.UUID)
ShiftId = NewType("ShiftId", uuid.UUID)
DocumentId = NewType("DocumentId", uuid.UUID)
InvoiceId = NewType("InvoiceId", uuid.UUID)
SupplierId = NewType("SupplierId", uuid.UUID)
PurchaseOrderId = NewType("PurchaseOrderId", uuid.UUID)
GoodsReceiptId = NewType("GoodsReceiptId", uuid.UUID)
PayableId = NewType("PayableId", uuid.UUID)
PaymentRunId = NewType("PaymentRunId", uuid.UUID)
PaymentOrderId = NewType("PaymentOrderId", uuid.UUID)

_RANDOM_BITS = 74
_VERSION_AND_VARIANT_FREE = ~(0xF << 76 | 0b11 << 62)


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
    """Return the id of a thing that follows from ``parent``: the same call always gives the same id (UUIDv5).

    As ``uuid.uuid5``, at half its cost: a sale derives seven.
    """
    digest = hashlib.sha1(parent.bytes + name.encode(), usedforsecurity=False).digest()
    value = int.from_bytes(digest[:16], "big") & _VERSION_AND_VARIANT_FREE
    return uuid.UUID(int=value | 0x5 << 76 | 0b10 << 62)


def in_order(ids: Iterable[AnyId]) -> list[AnyId]:
    """Return ids in ascending order, as ``sorted`` does, which would ask two ids in Python at each comparison."""
    return sorted(ids, key=_number)


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
