"""Webhooks by Standard Webhooks 1.0: who wants to hear what, how a message is signed, and what an answer means.

Pure: what is sent and when is decided elsewhere.
"""

import base64
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from urllib.parse import urlsplit

from gateway.domain.errors import InputError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.telling.outward import Answer

EndpointId = NewType("EndpointId", uuid.UUID)

SECRET_PREFIX = "whsec_"  # noqa: S105  # how every secret begins, not one
SIGNATURE_PREFIX = "v1,"
SECRET_BYTES = 32
"""Within the 24 to 64 bytes that the specification asks for."""
URL_MAX = 500
PATTERNS_MAX = 20
ENDPOINTS_MAX = 20
"""Endpoints of one store: each costs a message for every event it wants."""
FORMER_SECRET_HOURS = 24
"""How long messages carry the former signature, too, after the secret was changed."""

_PATTERN = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class EndpointState(StrEnum):
    """Whether an endpoint gets messages. ``removed`` is kept for what was sent to it."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A program of somebody else's that wants to hear of this store.

    ``patterns``: kinds of event, ``payment.approved``, ``payment.*`` or ``*``; ``state_reason``: why it is disabled, in
    words; ``generation``: which secret signs, counted from 1; ``former_until``: until when the one before signs, too;
    ``key_mark``: names the signing key its secrets come from.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: EndpointId
    url: str
    description: str
    patterns: tuple[str, ...]
    state: EndpointState
    state_reason: str
    generation: int
    former_until: datetime | None
    key_mark: str
    created_at: datetime
    created_by: str

    @property
    def target(self) -> str:
        """The name of its queue."""
        return target_of(self.id)

    def wants(self, kind: str) -> bool:
        """Return whether events of this kind go there."""
        return self.state is EndpointState.ACTIVE and any(fits(pattern, kind) for pattern in self.patterns)


def target_of(endpoint_id: EndpointId) -> str:
    """Return the name of an endpoint's queue in the outbox."""
    return f"webhook:{endpoint_id.hex}"


def fits(pattern: str, kind: str) -> bool:
    """Return whether a kind such as ``payment.approved`` is meant by a pattern."""
    if pattern == "*":
        return True
    return kind.startswith(pattern[:-1]) if pattern.endswith(".*") else kind == pattern


def checked_patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns, sorted and each once.

    Raises:
        InputError: ``invalid_event_pattern``.
    """
    found = tuple(sorted(set(patterns)))
    if not 1 <= len(found) <= PATTERNS_MAX or not all(_PATTERN.fullmatch(one) and len(one) <= 64 for one in found):
        hint = f"Name 1 to {PATTERNS_MAX} kinds such as payment.approved, payment.* or *."
        raise InputError("invalid_event_pattern", "This is not a kind of event.", hint, "/events")
    return found


def checked_url(text: str) -> str:
    """Return an address messages may be sent to: https, or http on this very machine; nothing in it is secret.

    Raises:
        InputError: ``invalid_webhook_url``.
    """
    hint = "Use https://host/path; http only for a program on this machine; no user, password or fragment."
    refusal = InputError("invalid_webhook_url", "Messages cannot be sent to this address.", hint, "/url")
    if len(text) > URL_MAX or _PRINTABLE.fullmatch(text) is None:
        raise refusal
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise refusal from error
    allowed = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK_HOSTS)
    if not allowed or _HOST.fullmatch(host) is None or port == 0 or parts.fragment or "@" in parts.netloc:
        raise refusal
    return text


def secret_bytes(master: bytes, endpoint_id: EndpointId, generation: int) -> bytes:
    """Return the secret of an endpoint: it follows from the signing key, so no table holds it (RFC 2104)."""
    return hmac.digest(master, b"webhook secret\x00" + endpoint_id.bytes + generation.to_bytes(8, "big"), "sha256")


def key_mark(master: bytes) -> str:
    """Return a name of a signing key that tells nothing of it."""
    return hmac.digest(master, b"webhook key mark", "sha256").hex()[:16]


def secret_text(secret: bytes) -> str:
    """Return a secret as people hand it over: ``whsec_`` and Base64."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def sign(secret: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return one signature of a message (Standard Webhooks 1.0, symmetric): ``v1,`` and Base64 of HMAC-SHA256.

    Args:
        secret: the bytes behind ``whsec_``.
        message_id: the header ``webhook-id``.
        timestamp_s: the header ``webhook-timestamp``, seconds since 1970.
        body: exactly what is sent.
    """
    signed = f"{message_id}.{timestamp_s}.".encode("ascii") + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return SIGNATURE_PREFIX + base64.b64encode(digest).decode("ascii")


def signed_headers(secrets: tuple[bytes, ...], message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Return the three headers of a message; with two secrets both signatures, the newer first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(sign(secret, message_id, timestamp_s, body) for secret in secrets),
    }


_NOT_NOW = frozenset({408, 425, 429})


def answer_of(status: int) -> Answer:
    """Return what an HTTP status means: only 2xx takes the message, a redirect is not followed and refuses it."""
    if 200 <= status < 300:
        return Answer.TAKEN
    if status == 410:
        return Answer.GONE
    return Answer.AWAY if status >= 500 or status in _NOT_NOW else Answer.REFUSED


def retry_after_s(header: str | None, *, longest_s: int) -> int | None:
    """Return the seconds of a ``Retry-After`` header, at most ``longest_s``; None for none or a date (RFC 9110)."""
    if header is None or not header.strip().isascii() or not header.strip().isdigit():
        return None
    return min(int(header.strip()[:9]), longest_s)
