"""WS-Security of our calls: user name, time stamp, and a signature by an X.509 certificate.

Sources: OASIS Web Services Security 1.1.1 (SOAP message security, UsernameToken profile, X.509 token profile).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from lxml import etree

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
_USERNAME = f"{_OASIS}-username-token-profile-1.0"
_BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"
_X509 = f"{_OASIS}-x509-token-profile-1.0#X509v3"
_ID = f"{{{WSU}}}Id"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class UserName:
    """User and password. ``digest``: the password travels as a hash with nonce and time (SHA-1, as the profile has it).

    Without ``digest`` it travels as it is: only over TLS.
    """

    user: str
    password: str
    digest: bool = False


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Our key and certificate, PEM; RSA or elliptic curve."""

    key: bytes
    certificate: bytes


class SecurityHeader:
    """Adds a security header to each message; gives what zeep calls a ``wsse``."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        user: UserName | None = None,
        signing: SigningKey | None = None,
        valid_s: int = 300,
    ) -> None:
        """``now``: the present, UTC; ``valid_s``: seconds a message counts."""
        self._user = user
        self._signing = signing
        self._valid = timedelta(seconds=valid_s)
        self._now = now

    def apply(self, envelope: Any, headers: Any) -> tuple[Any, Any]:  # noqa: ANN401 - called by an untyped library
        """Return the envelope with the header in it, signed where there is a key, and the headers of HTTP."""
        space = etree.QName(envelope).namespace
        head = envelope.find(f"{{{space}}}Header")
        if head is None:
            head = etree.Element(f"{{{space}}}Header")
            envelope.insert(0, head)
        security = etree.SubElement(head, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        security.set(f"{{{space}}}mustUnderstand", "1")
        created = self._now().astimezone(UTC)
        stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp", {_ID: _fresh("stamp")})
        etree.SubElement(stamp, f"{{{WSU}}}Created").text = _moment(created)
        etree.SubElement(stamp, f"{{{WSU}}}Expires").text = _moment(created + self._valid)
        signed = [stamp]
        if self._user is not None:
            signed.append(self._name(security, self._user, created))
        if self._signing is not None:
            body = envelope.find(f"{{{space}}}Body")
            body.set(_ID, _fresh("body"))
            self._sign(security, [*signed, body], self._signing)
        return envelope, headers

    def verify(self, envelope: Any) -> None:  # noqa: ANN401 - called by an untyped library
        """Accept an answer: who answers is known by TLS."""

    @staticmethod
    def _name(security: Any, user: UserName, created: datetime) -> Any:  # noqa: ANN401 - elements are untyped
        token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken", {_ID: _fresh("user")})
        etree.SubElement(token, f"{{{WSSE}}}Username").text = user.user
        password = etree.SubElement(token, f"{{{WSSE}}}Password")
        if not user.digest:
            password.set("Type", f"{_USERNAME}#PasswordText")
            password.text = user.password
            return token
        nonce, moment = secrets.token_bytes(_NONCE_BYTES), _moment(created)
        password.set("Type", f"{_USERNAME}#PasswordDigest")
        password.text = digest_of(nonce, moment, user.password)
        etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=_BASE64).text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{WSU}}}Created").text = moment
        return token

    @staticmethod
    def _sign(security: Any, parts: list[Any], signing: SigningKey) -> None:  # noqa: ANN401 - elements are untyped
        certificate = load_pem_x509_certificate(signing.certificate)
        name = _fresh("certificate")
        token = etree.Element(
            f"{{{WSSE}}}BinarySecurityToken", {_ID: name, "EncodingType": _BASE64, "ValueType": _X509}
        )
        token.text = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
        security.insert(0, token)
        signature = etree.SubElement(security, f"{{{DS}}}Signature", nsmap={"ds": DS})
        rsa_key = isinstance(certificate.public_key(), rsa.RSAPublicKey)
        info = _signed_info(signature, (*parts, token), _RSA_SHA256 if rsa_key else _ECDSA_SHA256)
        value = etree.SubElement(signature, f"{{{DS}}}SignatureValue")
        value.text = base64.b64encode(_signature(_canonical(info), signing.key)).decode()
        key_info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
        holder = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(holder, f"{{{WSSE}}}Reference", URI=f"#{name}", ValueType=_X509)


def _signed_info(signature: Any, parts: tuple[Any, ...], algorithm: str) -> Any:  # noqa: ANN401 - elements are untyped
    """Add what is signed: a digest of each part, which its ``wsu:Id`` names."""
    info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
    etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=_EXCLUSIVE)
    etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm=algorithm)
    for part in parts:
        reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{part.get(_ID)}")
        transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=_EXCLUSIVE)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=_SHA256)
        digest = hashlib.sha256(_canonical(part)).digest()
        etree.SubElement(reference, f"{{{DS}}}DigestValue").text = base64.b64encode(digest).decode()
    return info


def _canonical(element: Any) -> bytes:  # noqa: ANN401 - elements are untyped
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def _signature(data: bytes, pem: bytes) -> bytes:
    """Sign with SHA-256.

    Raises:
        ValueError: the key is neither RSA nor of an elliptic curve.
    """
    key = load_pem_private_key(pem, None)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        # XML signatures hold the two numbers side by side, each as long as the curve's.
        size = (key.curve.key_size + 7) // 8
        first, second = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return first.to_bytes(size, "big") + second.to_bytes(size, "big")
    raise ValueError("a key for signing is RSA or of an elliptic curve")


def digest_of(nonce: bytes, created: str, password: str) -> str:
    """Return the password digest of the UsernameToken profile: base64 of SHA-1 over nonce, time and password."""
    return base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()  # noqa: S324


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _fresh(word: str) -> str:
    return f"{word}-{secrets.token_hex(8)}"
