"""What is believed of a client's certificate, and from whom."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.node.behind_proxy import behind_proxy, fingerprint
from gateway.web.access.client_certificate import KEY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DER = bytes(range(200))
SHA256 = hashlib.sha256(DER).hexdigest()
TEXT = base64.encodebytes(DER).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{TEXT}-----END CERTIFICATE-----\n"
AS_BYTES = f":{base64.b64encode(DER).decode()}:"


def _seen(environ: dict[str, str], *, trusted_proxy: str = "192.0.2.1") -> WSGIEnvironment:
    """Return what the application sees of a request."""
    seen: WSGIEnvironment = {}

    def app(given: WSGIEnvironment, _: StartResponse) -> Iterable[bytes]:
        seen.update(given)
        return []

    def start(*_: object) -> None:
        """Nothing is answered."""

    served = behind_proxy(app, trusted_proxy=trusted_proxy, certificates={SHA256: "a1b2c3d4e5f6"})
    served({"REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "http", **environ}, start)  # type: ignore[arg-type]  # no stream is begun
    return seen


@pytest.mark.parametrize("shown", [AS_BYTES, quote(PEM), PEM.strip()])
def test_certificate_from_the_proxy_then_whose_it_is(shown: str) -> None:
    seen = _seen({"HTTP_CLIENT_CERT": shown, "HTTP_X_FORWARDED_FOR": "203.0.113.9"})

    assert (fingerprint(shown), seen[KEY_PREFIX], seen["REMOTE_ADDR"]) == (SHA256, "a1b2c3d4e5f6", "203.0.113.9")


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({"HTTP_CLIENT_CERT": AS_BYTES, "REMOTE_ADDR": "203.0.113.9"}, "192.0.2.1"),
        (
            {"HTTP_CLIENT_CERT": AS_BYTES, "REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "192.0.2.1"},
            "192.0.2.1",
        ),
        ({"HTTP_CLIENT_CERT": AS_BYTES}, ""),
        ({"HTTP_CLIENT_CERT": f"{AS_BYTES}, {AS_BYTES}"}, "192.0.2.1"),
        ({"HTTP_CLIENT_CERT": ":AAAA:"}, "192.0.2.1"),
        ({"HTTP_TILLBRIDGE_KEY_PREFIX": "a1b2c3d4e5f6"}, "192.0.2.1"),
    ],
)
def test_whatever_else_then_nobody_and_the_header_is_gone(environ: dict[str, str], proxy: str) -> None:
    seen = _seen(environ, trusted_proxy=proxy)

    assert KEY_PREFIX not in seen
    assert "HTTP_CLIENT_CERT" not in seen


@given(st.text(max_size=80) | st.text(alphabet=":=%AB+/ -", max_size=40))
def test_rubbish_then_no_certificate(shown: str) -> None:
    assert fingerprint(shown) != SHA256
