"""Argon2id for passwords and PINs (OWASP ASVS 5.0.0, 11.4.2)."""

import threading

from argon2 import PasswordHasher as Argon2Hasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

MEMORY_KIB = 47_104
PASSES = 2
PARALLEL_MAX = 2
"""Hashes made at the same time: bounds memory to twice ``MEMORY_KIB`` however many people sign in at once."""


class Argon2Passwords:
    """Argon2id with one lane; implements ``gateway.ports.passwords.PasswordHasher``."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        """``memory_kib``: memory of one hash in KiB, >= 8; ``passes``: >= 1. Tests take small values."""
        self._hasher = Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._slots = threading.BoundedSemaphore(PARALLEL_MAX)

    def hash(self, secret: str) -> str:
        """Return a new salted hash."""
        with self._slots:
            return self._hasher.hash(secret)

    def verify(self, stored: str, secret: str) -> bool:
        """Tell whether the secret is the hashed one; a damaged hash matches nothing."""
        with self._slots:
            try:
                return self._hasher.verify(stored, secret)
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, stored: str) -> bool:
        """Tell whether the hash has other parameters than this hasher's."""
        return self._hasher.check_needs_rehash(stored)
