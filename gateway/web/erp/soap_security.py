"""Who sent a message: by the header of HTTP, a UsernameToken of WS-Security, or the certificate the proxy has verified.

The password of a UsernameToken is the plain key: a digest cannot be served, for keys are kept as hashes. Source: OASIS
UsernameToken profile 1.1.1.
"""

import hmac
from datetime import datetime
from typing import Any

from flask import current_app, g, request

from gateway.domain.access import Caller
from gateway.domain.errors import NotSignedIn
from gateway.services.access.manage_api_keys import ManageApiKeys
from gateway.services.erp.seen_nonces import SeenNonces
from gateway.web.access.client_certificate import by_certificate
from gateway.web.access.oauth import Credentials, by_basic
from gateway.web.erp.soap_message import WSSE, WSU
from gateway.web.rate_limits import RATES, RateLimits

_TOKEN = f"{{{WSSE}}}UsernameToken"
_DIGEST = "#PasswordDigest"


def sender(security: Any, keys: ManageApiKeys, nonces: SeenNonces) -> Caller:  # noqa: ANN401  # lxml is untyped
    """Return who sent this request, and count it for them. ``security``: the header of WS-Security, None without.

    Raises:
        NotSignedIn: ``not_signed_in``: nobody, or one who cannot be believed.
        TooManyRequests: of this sender.
    """
    header = request.headers.get("Authorization", "")
    scheme, _, value = header.partition(" ")
    found: Caller | None = None
    if scheme.lower() == "bearer":
        found = keys.caller_of(value.strip())
    elif header:
        found = _of_key(by_basic(header), keys)
    elif security is not None and security.find(_TOKEN) is not None:
        found = _of_key(_named(security), keys) if _is_fresh(security, nonces) else None
    elif security is None or _is_fresh(security, nonces):
        found = by_certificate(keys)
    if found is None:
        hint = "Send an API key: its prefix as user, the whole key as password."
        raise NotSignedIn("not_signed_in", "The sender is not known, or the message is not fresh.", hint)
    g.caller = found
    rates: RateLimits = current_app.extensions[RATES]
    rates.spend_caller()
    return found


def _of_key(shown: Credentials | None, keys: ManageApiKeys) -> Caller | None:
    """Return whose key it is; the user is its prefix, ``tb_<prefix>_<secret>``."""
    if shown is None:
        return None
    prefix = "_".join(shown.secret.split("_")[1:2])
    if not hmac.compare_digest(prefix.encode("utf-8", "replace"), shown.client_id.encode("utf-8", "replace")):
        return None
    return keys.caller_of(shown.secret)


def _named(security: Any) -> Credentials | None:  # noqa: ANN401  # lxml is untyped
    token = security.find(_TOKEN)
    password = None if token is None else token.find(f"{{{WSSE}}}Password")
    if password is None or password.get("Type", "").endswith(_DIGEST):
        return None
    return Credentials(token.findtext(f"{{{WSSE}}}Username", ""), password.text or "")


def _is_fresh(security: Any, nonces: SeenNonces) -> bool:  # noqa: ANN401  # lxml is untyped
    """Tell whether every time named is near ours, and the nonce is new."""
    named = (f"{{{WSU}}}Timestamp/{{{WSU}}}Created", f"{_TOKEN}/{{{WSU}}}Created")
    times = [text for text in (security.findtext(path) for path in named) if text is not None]
    if not all(_is_near(text, nonces) for text in times):
        return False
    nonce = security.findtext(f"{_TOKEN}/{{{WSSE}}}Nonce")
    # Without a time it would have to be kept for ever.
    return nonce is None or (bool(times) and len(nonce) <= 256 and nonces.take(nonce))


def _is_near(text: str, nonces: SeenNonces) -> bool:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return at.tzinfo is not None and nonces.is_near(at)
