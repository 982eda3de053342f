"""Access by OAuth 2.0 client credentials: a statement signed with our private key is traded for a token (RFC 7523).

Source: NetSuite online help, OAuth 2.0 Client Credentials Flow, The Request Token Structure.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from urllib.parse import urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.erp_http.client import ErpHttp, FixedAccess, TokenAccess
from connectors.erp_mapping.exact_json import exact_json
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_PATH = "services/rest/auth/oauth2/v1/token"
_VALID_S = 300
"""NetSuite takes less than an hour; the statement is used at once."""
_KEY_END = re.compile(r"-----END [A-Z ]+-----")
_CURVE_BITS = 256
_REFUSED = frozenset({400, 401})
"""``invalid_client`` and ``invalid_grant`` come with either."""


def access_of(account: ErpAccount, mapping: MappingFile) -> TokenAccess:
    """Return the access of an account. Its secret is a private key as PEM, without a password.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    url, client = mapping.text("erp", "url"), mapping.text("erp", "login")
    certificate = mapping.text("erp", "certificate")

    def token() -> str:
        audience = f"{url.rstrip('/')}/{_PATH}"
        return _token(account, url, signed(account.secret, client, certificate, audience, account.clock.now()))

    return TokenAccess(token)


def signed(pem: str, client: str, certificate: str, audience: str, now: datetime) -> str:
    """Return a JSON Web Token that says who we are (RFC 7519): PS256 with an RSA key, ES256 with one of P-256.

    Raises:
        ErpFailure: ``not_authorised``: the secret is no such key.
    """
    try:
        key = load_pem_private_key(_parts(pem)[0].encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key() from error
    issued = int(now.timestamp())
    claims = {
        "iss": client,
        "scope": ["restlets", "rest_webservices"],
        "aud": audience,
        "iat": issued,
        "exp": issued + _VALID_S,
    }
    head = {"typ": "JWT", "alg": "PS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256", "kid": certificate}
    told = ".".join(_plain(exact_json(part).encode()) for part in (head, claims))
    match key:
        case rsa.RSAPrivateKey():
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            signature = key.sign(told.encode(), salted, hashes.SHA256())
        case ec.EllipticCurvePrivateKey() if key.curve.key_size == _CURVE_BITS:
            # JWS wants both numbers one behind the other (RFC 7518 section 3.4).
            numbers = decode_dss_signature(key.sign(told.encode(), ec.ECDSA(hashes.SHA256())))
            signature = b"".join(number.to_bytes(_CURVE_BITS // 8, "big") for number in numbers)
        case _:
            raise _no_key()
    return f"{told}.{_plain(signature)}"


def token_secrets(secret: str) -> tuple[str, str]:
    """Return the secrets of consumer and token: two lines behind the private key. Only SOAP wants them.

    Raises:
        ErpFailure: ``not_authorised``: they are not there.
    """
    lines = _parts(secret)[1].split()
    if len(lines) != 2:
        raise ErpFailure(FailureCode.NOT_AUTHORISED, "SOAP wants two lines behind the key: both secrets.")
    return lines[0], lines[1]


def _parts(secret: str) -> tuple[str, str]:
    """Return the private key, and what stands behind it."""
    found = _KEY_END.search(secret)
    return (secret[: found.end()], secret[found.end() :]) if found else (secret, "")


def _token(account: ErpAccount, url: str, assertion: str) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    http = ErpHttp(account, url, FixedAccess({}))
    try:
        answer = http.call(
            "token", "POST", _PATH, urlencode(form).encode(), headers, effect=Effect.NONE, expected=_REFUSED
        )
        if answer.status in _REFUSED:
            raise ErpFailure(FailureCode.NOT_AUTHORISED, "NetSuite does not accept the certificate of this connection.")
        told = answer.json()
    finally:
        http.close()
    found = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(found, str) or not found:
        raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer holds no token.", effect=Effect.NONE)
    return found


def _plain(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _no_key() -> ErpFailure:
    return ErpFailure(FailureCode.NOT_AUTHORISED, "The secret is no private key as PEM, of RSA or P-256.")
