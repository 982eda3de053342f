"""The token endpoint for programs: OAuth2 client credentials (RFC 6749 sections 2.3.1, 4.4, 5.1 and 5.2).

Its errors have the shape of the RFC and not that of our problem documents: clients of OAuth2 read nothing else.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from urllib.parse import unquote_plus

from flask import Blueprint, Response, request

from gateway.domain.errors import InputError
from gateway.web.auth import public
from gateway.web.container import current

pages = Blueprint("oauth", __name__)

GRANT = "client_credentials"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client showed."""

    client_id: str
    secret: str


@pages.post("/oauth/token")
@public
def token() -> Response:
    """Give a bearer token for a key that may do so."""
    if request.mimetype != _FORM or request.args or any(len(found) > 1 for _, found in request.form.lists()):
        return _refused("invalid_request")
    # A parameter without a value counts as left out (RFC 6749 section 3.2).
    form = {name: value for name, value in request.form.items() if value}
    header = request.headers.get("Authorization")
    if header is not None and "client_secret" in form:
        return _refused("invalid_request")
    shown = by_basic(header) if header is not None else _by_form(form)
    if shown is None or form.get("client_id", shown.client_id) != shown.client_id:
        return _refused("invalid_client")
    if "grant_type" not in form:
        return _refused("invalid_request")
    if form["grant_type"] != GRANT:
        return _refused("unsupported_grant_type")
    try:
        given = current().api_keys.give_token(shown.client_id, shown.secret, frozenset(form.get("scope", "").split()))
    except InputError as error:
        return _refused(error.code)
    if given is None:
        return _refused("invalid_client")
    text, life_s, scopes = given
    members = {"access_token": text, "token_type": "Bearer", "expires_in": life_s, "scope": " ".join(sorted(scopes))}
    return _json(members, 200)


def by_basic(header: str) -> Credentials | None:
    """Return what a Basic header carries, each part form-encoded (RFC 6749 section 2.3.1), or None."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    client_id, colon, secret = text.partition(":")
    return Credentials(unquote_plus(client_id), unquote_plus(secret)) if colon else None


def _by_form(form: dict[str, str]) -> Credentials | None:
    if "client_id" not in form or "client_secret" not in form:
        return None
    return Credentials(form["client_id"], form["client_secret"])


def _refused(code: str) -> Response:
    answer = _json({"error": code}, 401 if code == "invalid_client" else 400)
    if code == "invalid_client":
        answer.headers["WWW-Authenticate"] = 'Basic realm="tillbridge"'
    return answer


def _json(members: dict[str, object], status: int) -> Response:
    answer = Response(json.dumps(members), status=status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer
