"""ServiceIDs: at most ten signs, unique, never used again; the terminal recognises a repeated request by them.

An operation with a reference gets one made from it, so that after a restart of the register the terminal can still be
asked about that very operation. Everything else is counted. The two kinds never meet: the first sign of a derived one
is a letter, of a counted one a digit.
"""

import hashlib

from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo.vocabulary import SERVICE_ID_SIGNS_MAX

REFERENCE_SIGNS_MAX = 35
"""Longest TransactionID."""

COUNTED_MAX = 10**SERVICE_ID_SIGNS_MAX

# No vowels and no signs that look alike; upper case only, since a terminal may not tell the cases apart.
_SIGNS = "BCDFGHJKMNPQRSTVWXYZ23456789"
_LETTERS = 20


def derived_service_id(reference: str) -> str:
    """Return the ServiceID of an operation, always the same for the same reference.

    Some 47 bits of SHA-256: among the ten thousand operations of a busy terminal's login, the chance that any two
    share one is below one in a million.

    Raises:
        LocalProtocolError: ``bad_reference``: empty, longer than 35 signs, or with control signs.
    """
    if not 0 < len(reference) <= REFERENCE_SIGNS_MAX or not reference.isprintable():
        raise LocalProtocolError("bad_reference", f"a reference has 1 to {REFERENCE_SIGNS_MAX} printable signs")
    rest = int.from_bytes(hashlib.sha256(reference.encode()).digest(), "big")
    rest, first = divmod(rest, _LETTERS)
    signs = [_SIGNS[first]]
    for _ in range(SERVICE_ID_SIGNS_MAX - 1):
        rest, place = divmod(rest, len(_SIGNS))
        signs.append(_SIGNS[place])
    return "".join(signs)


class ServiceCounter:
    """Counts ServiceIDs for requests without a reference.

    Args:
        first: where to begin, 0 to 9,999,999,999; the caller takes a value far from those of earlier runs.
    """

    def __init__(self, first: int) -> None:
        self._next = first % COUNTED_MAX

    def take(self) -> str:
        """Return the next one; after the highest comes 0."""
        taken, self._next = self._next, (self._next + 1) % COUNTED_MAX
        return f"{taken:0{SERVICE_ID_SIGNS_MAX}d}"
