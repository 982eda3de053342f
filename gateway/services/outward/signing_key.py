"""The key that webhook secrets and the tokens of receipt links and clients follow from. No table holds any of them."""

import hashlib
import hmac
import uuid
from typing import Protocol

from gateway.domain.telling.webhook import EndpointId, key_mark, secret_bytes

_TOKEN_BYTES = 20
"""160 bits cannot be guessed, and make a QR code that a phone reads from a till's screen."""


class KeySource(Protocol):
    """Where the key is kept."""

    def read(self) -> bytes:
        """Return the key, made at the first call; 32 bytes or more.

        Raises:
            ConfigurationError: ``signing_key_unreadable``.
        """


class SigningKey:
    """What follows from the key."""

    def __init__(self, source: KeySource) -> None:
        self._source = source

    def mark(self) -> str:
        """Return a name of the key: nodes that share a database must have the same."""
        return key_mark(self._source.read())

    def secret(self, endpoint_id: EndpointId, generation: int) -> bytes:
        """Return the secret an endpoint's messages are signed with."""
        return secret_bytes(self._source.read(), endpoint_id, generation)

    def token(self, link_id: uuid.UUID) -> str:
        """Return the token of a link: the same for the same link, and never stored."""
        digest = hmac.digest(self._source.read(), b"receipt link\x00" + link_id.bytes, "sha256")
        return digest[:_TOKEN_BYTES].hex()

    def client_mac(self, body: bytes) -> bytes:
        """Return the mac of a client's short-lived token, 32 bytes."""
        return hmac.digest(self._source.read(), b"client token\x00" + body, "sha256")


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
