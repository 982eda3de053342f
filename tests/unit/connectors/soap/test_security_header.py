"""WS-Security: what the header says, and that a signature by it is checked by another library's rules."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import exceptions
from signxml.verifier import SignatureConfiguration, XMLVerifier
from zeep.wsse.username import UsernameToken

from connectors.soap.security_header import DS, WSSE, WSU, SecurityHeader, SigningKey, UserName, digest_of

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_NOW = datetime(2026, 5, 4, 12, 30, 1, 250_000, tzinfo=UTC)


def _envelope() -> etree._Element:
    body = f'<e:Envelope xmlns:e="{_SOAP}"><e:Body><pay xmlns="urn:x"><sum>12.30</sum></pay></e:Body></e:Envelope>'
    return etree.fromstring(body)


def _key(kind: str) -> SigningKey:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return SigningKey(pem, made.public_bytes(serialization.Encoding.PEM))


def test_header_when_a_user_is_named_then_name_password_and_validity() -> None:
    envelope, _ = SecurityHeader(lambda: _NOW, user=UserName("till", "secret"), valid_s=60).apply(_envelope(), {})

    security = envelope.find(f"{{{_SOAP}}}Header/{{{WSSE}}}Security")
    assert security.get(f"{{{_SOAP}}}mustUnderstand") == "1"
    assert security.findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Created") == "2026-05-04T12:30:01.250Z"
    assert security.findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Expires") == "2026-05-04T12:31:01.250Z"
    token = security.find(f"{{{WSSE}}}UsernameToken")
    assert token.findtext(f"{{{WSSE}}}Username") == "till"
    assert token.findtext(f"{{{WSSE}}}Password") == "secret"
    assert token.find(f"{{{WSSE}}}Password").get("Type").endswith("#PasswordText")
    assert etree.QName(envelope[0]).localname == "Header"


def test_digest_when_made_then_as_another_library_computes_it() -> None:
    made: Any = UsernameToken
    token = made("till", "secret", use_digest=True, nonce="any nonce", created=_NOW, zulu_timestamp=True)
    theirs, _ = token.apply(_envelope(), {})
    created = next(theirs.iter(f"{{{WSU}}}Created")).text

    assert digest_of(b"any nonce", created, "secret") == next(theirs.iter(f"{{{WSSE}}}Password")).text


def test_header_when_the_password_is_hashed_then_it_is_not_in_the_message_and_can_be_checked() -> None:
    user = UserName("till", "secret", digest=True)

    envelope, _ = SecurityHeader(lambda: _NOW, user=user).apply(_envelope(), {})
    again, _ = SecurityHeader(lambda: _NOW, user=user).apply(_envelope(), {})

    token = next(envelope.iter(f"{{{WSSE}}}UsernameToken"))
    nonce = base64.b64decode(token.findtext(f"{{{WSSE}}}Nonce"))
    created = token.findtext(f"{{{WSU}}}Created")
    assert token.findtext(f"{{{WSSE}}}Password") == digest_of(nonce, created, "secret")
    assert b"secret" not in etree.tostring(envelope)
    assert next(again.iter(f"{{{WSSE}}}Nonce")).text != token.findtext(f"{{{WSSE}}}Nonce")


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_signature_when_made_then_body_stamp_user_and_certificate_are_under_it(kind: str) -> None:
    signing = _key(kind)
    header = SecurityHeader(lambda: _NOW, user=UserName("till", "secret"), signing=signing)

    envelope, _ = header.apply(_envelope(), {})
    sent = etree.fromstring(etree.tostring(envelope))

    assert _signed(sent, signing) == ["Timestamp", "UsernameToken", "Body", "BinarySecurityToken"]
    next(sent.iter("{urn:x}sum")).text = "99.30"
    with pytest.raises(exceptions.InvalidSignature):
        _signed(sent, signing)


def _signed(envelope: etree._Element, signing: SigningKey) -> list[str]:
    """Return the names of what is under the signature, checked with the certificate that the message points to."""
    token = next(envelope.iter(f"{{{WSSE}}}BinarySecurityToken"))
    pointer = next(envelope.iter(f"{{{DS}}}Signature")).find(
        f"{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference"
    )
    assert pointer.get("URI") == f"#{token.get(f'{{{WSU}}}Id')}"
    certificate = x509.load_der_x509_certificate(base64.b64decode(token.text))
    assert certificate == x509.load_pem_x509_certificate(signing.certificate)
    wanted = SignatureConfiguration(expect_references=4, location=".//", require_x509=False)
    found = XMLVerifier().verify(envelope, x509_cert=certificate, expect_config=wanted, id_attribute="Id")
    results = found if isinstance(found, list) else [found]
    return [etree.QName(one.signed_xml).localname for one in results if one.signed_xml is not None]
