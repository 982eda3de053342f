"""Exchanges that are kept hold no secret, no card number and no account number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp_http.redaction import KEPT_CHARACTERS
from connectors.soap.redaction import redacted


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (b"", ""),
        (b"<a><b>1.20</b></a>", "<a><b>1.20</b></a>"),
        (b"<a><password>x1</password><login>till</login></a>", "<a><password>***</password><login>till</login></a>"),
        (b"<a><authentication><dolibarrkey>x1</dolibarrkey></authentication></a>", "***</dolibarrkey>"),
        (b"<a apiKey='x1' b='2'/>", '<a apiKey="***" b="2"/>'),
        (b"<a><Passport><email>e</email><account>x1</account></Passport></a>", "<account>***</account>"),
        (b"<a><iban>DE02 1203 0000 0000 2020 51</iban></a>", "<iban>***2051</iban>"),
        (b"<a>paid to DE02120300000000202051 today</a>", "<a>paid to ***2051 today</a>"),
        (b"<a>card 4111 1111 1111 1111 used</a>", "<a>card ***1111 used</a>"),
        (b"<a><b/>tail 4111111111111111</a>", "<a><b/>tail ***1111</a>"),
        (b"<a><AccountNumber>12345678</AccountNumber></a>", "<AccountNumber>***5678</AccountNumber>"),
        (b"no XML at all", "13 bytes that are no XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "40 bytes that are no XML"),
    ],
)
def test_message_when_kept_then_secrets_are_out(message: bytes, kept: str) -> None:
    assert kept in redacted(message)
    assert "x1" not in redacted(message)


def test_message_when_it_is_long_then_it_is_cut() -> None:
    kept = redacted(b"<a>" + b"word " * KEPT_CHARACTERS + b"</a>")

    assert len(kept) < KEPT_CHARACTERS + 50


@given(st.binary(max_size=200))
def test_message_when_it_is_anything_then_something_is_kept(message: bytes) -> None:
    assert isinstance(redacted(message), str)
