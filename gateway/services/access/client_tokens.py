"""Short-lived bearer tokens for programs that sign in by OAuth2 (RFC 6749 section 4.4). A key is the client.

A token says which key it stands for, what it may do and until when, and carries a mac by the installation's key: no
table holds it. Whether the key still is valid is asked of the store at each use, so that revoking takes effect at once.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

TOKEN_LIFE_S = 900
"""Seconds a token lives at most: an ERP asks four times an hour, and a lost token is soon worth nothing."""

_TOKEN = re.compile(r"tbt_([A-Za-z0-9_-]{16,1400})\.([0-9a-f]{64})")
_BODY = re.compile(r"([0-9a-f]{12}) ([0-9]{1,11}) ([a-z_:]+(?: [a-z_:]+)*)")

Mac = Callable[[bytes], bytes]
"""Returns 32 bytes that only the installation's key gives."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token says. ``scopes``: at least one; ``expires_at``: UTC, whole seconds."""

    prefix: str
    scopes: frozenset[str]
    expires_at: datetime


def write_token(claims: TokenClaims, mac: Mac) -> str:
    """Return the token; its characters are those of RFC 6750 section 2.1."""
    text = f"{claims.prefix} {int(claims.expires_at.timestamp())} {' '.join(sorted(claims.scopes))}"
    body = base64.urlsafe_b64encode(text.encode("ascii")).rstrip(b"=")
    return f"tbt_{body.decode('ascii')}.{mac(body).hex()}"


def read_token(token: str, mac: Mac) -> TokenClaims | None:
    """Return what a token says, or None when this installation did not write it; it may have expired."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    body = match.group(1).encode("ascii")
    if not hmac.compare_digest(mac(body).hex(), match.group(2)):
        return None
    try:
        text = base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    found = _BODY.fullmatch(text)
    if found is None:
        return None
    return TokenClaims(
        found.group(1), frozenset(found.group(3).split(" ")), datetime.fromtimestamp(int(found.group(2)), UTC)
    )
