"""What the TLS proxy before the web server tells about a client, and only the proxy: its address, and its certificate.

The certificate comes in the header `Client-Cert`, as RFC 9440 has it or as PEM with percent signs. The proxy has
verified it against the authority that the operator trusts, and takes away whatever a client sends under that name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from waitress.proxy_headers import proxy_headers_middleware

from gateway.web.access.client_certificate import KEY_PREFIX

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PROXY_HEADERS = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
_HEADER = "HTTP_CLIENT_CERT"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def behind_proxy(app: WSGIApplication, *, trusted_proxy: str, certificates: Mapping[str, str]) -> WSGIApplication:
    """Return the application as it is to be served: what strangers say about themselves in such headers is dropped.

    Args:
        app: sees the client's address, and under `KEY_PREFIX` whose key's rights its certificate gives.
        trusted_proxy: address of the proxy; empty for none.
        certificates: SHA-256 of a certificate, hexadecimal, -> prefix of an API key.
    """
    inner = proxy_headers_middleware(
        app,
        trusted_proxy=trusted_proxy or None,
        trusted_proxy_headers=PROXY_HEADERS if trusted_proxy else set(),
        clear_untrusted=True,
    )

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        shown = environ.pop(_HEADER, "")
        # The next layer writes the client's address over that of the proxy.
        if shown and trusted_proxy and environ["REMOTE_ADDR"] == trusted_proxy:
            prefix = certificates.get(fingerprint(shown))
            if prefix is not None:
                environ[KEY_PREFIX] = prefix
        answer: Iterable[bytes] = inner(environ, start_response)
        return answer

    return serve


def fingerprint(shown: str) -> str:
    """Return the SHA-256 of the certificate in a header, hexadecimal; empty for what is none."""
    text = shown.strip()
    if len(text) > 2 and text[0] == text[-1] == ":":
        text = text[1:-1]
    else:
        text = unquote(text).strip()
        if not (text.startswith(_BEGIN) and text.endswith(_END)):
            return ""
        text = "".join(text[len(_BEGIN) : -len(_END)].split())
    try:
        return hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest()
    except binascii.Error:
        return ""
