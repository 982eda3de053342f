"""Which files orders become, and the ids of the blocks in them."""

import base64
import hashlib
from collections.abc import Sequence
from itertools import groupby

from connectors.formats.bank_profiles import BankProfile
from gateway.domain.payables.payment_order import Instrument, PaymentOrder

_ID_MAX = 35
_SUFFIX = 4


def files_of(profile: BankProfile, orders: Sequence[PaymentOrder]) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
    """Return format and orders of each file: one day and currency each, instant payments apart, none too large.

    Orders keep their position; the result does not depend on the order in which they come.
    """
    waiting = sorted(orders, key=lambda order: (*_file_key(profile, order), order.position, order.end_to_end_id))
    files: list[tuple[str, tuple[PaymentOrder, ...]]] = []
    for _, members in groupby(waiting, key=lambda order: _file_key(profile, order)):
        together = tuple(members)
        files.extend(
            (profile.format, together[start : start + profile.orders_max])
            for start in range(0, len(together), profile.orders_max)
        )
    return tuple(files)


def block_ids(message_id: str, count: int) -> tuple[str, ...]:
    """Return ids of the blocks of a file, made from its own: never longer than 35 characters, never the same twice."""
    if len(message_id) + _SUFFIX <= _ID_MAX and count < 1_000:
        return tuple(f"{message_id}-{number:03}" for number in range(1, count + 1))
    return tuple(_hashed(f"{message_id}-{number}") for number in range(1, count + 1))


def _hashed(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:_ID_MAX]


def _file_key(profile: BankProfile, order: PaymentOrder) -> tuple[str, str, bool]:
    instant = order.instrument is Instrument.SEPA_INSTANT and profile.instant_file
    return order.execute_on.isoformat(), order.amount.currency.code, instant
