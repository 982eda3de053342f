"""Hashing of passwords and PINs as the services see it; the algorithm is an adapter's business."""

from typing import Protocol


class PasswordHasher(Protocol):
    """Makes and checks slow, salted hashes."""

    def hash(self, secret: str) -> str:
        """Return a new salted hash of the secret, with its parameters inside."""

    def verify(self, stored: str, secret: str) -> bool:
        """Tell whether the secret is the one that was hashed; takes as long for a wrong one."""

    def outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with weaker parameters than today's."""
