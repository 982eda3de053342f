"""Who wants to hear what, what is signed, and what an answer means."""

from __future__ import annotations

import base64
import uuid

import pytest

from gateway.domain.errors import InputError
from gateway.domain.telling.outward import Answer
from gateway.domain.telling.webhook import (
    EndpointId,
    answer_of,
    checked_patterns,
    checked_url,
    fits,
    key_mark,
    retry_after_s,
    secret_bytes,
    secret_text,
    sign,
    signed_headers,
)

SECRET = bytes(range(32))
BODY = b'{"type":"payment.approved"}'
# Made with openssl dgst -sha256 -mac HMAC over "msg_0123.1772442000." and the body.
SIGNATURE = "v1,LNfGp0MwSQlS9gMf+ETL+FV58dI2d0HfvLUfTgiZm6M="
MASTER = b"m" * 32
ENDPOINT = EndpointId(uuid.UUID(int=1))


def test_signature_when_made_then_as_another_program_makes_it() -> None:
    assert sign(SECRET, "msg_0123", 1772442000, BODY) == SIGNATURE


def test_headers_when_two_secrets_then_both_signatures_the_newer_first() -> None:
    headers = signed_headers((SECRET, b"x" * 32), "msg_0123", 1772442000, BODY)

    first, second = headers["webhook-signature"].split(" ")
    assert (first, second.startswith("v1,"), second == first) == (SIGNATURE, True, False)
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_0123", "1772442000")


def test_secret_when_derived_then_each_endpoint_generation_and_key_has_its_own() -> None:
    made = {
        secret_bytes(MASTER, ENDPOINT, 1),
        secret_bytes(MASTER, ENDPOINT, 2),
        secret_bytes(MASTER, EndpointId(uuid.UUID(int=2)), 1),
        secret_bytes(b"n" * 32, ENDPOINT, 1),
    }

    assert len(made) == 4
    assert secret_bytes(MASTER, ENDPOINT, 1) in made
    assert base64.b64decode(secret_text(SECRET).removeprefix("whsec_")) == SECRET
    assert key_mark(MASTER) != key_mark(b"n" * 32)


@pytest.mark.parametrize(
    ("pattern", "kind", "meant"),
    [
        ("*", "payment.approved", True),
        ("payment.*", "payment.approved", True),
        ("payment.*", "payments.approved", False),
        ("payment.*", "payment", False),
        ("payment.approved", "payment.approved", True),
        ("payment.approved", "payment.approved_later", False),
    ],
)
def test_pattern_when_compared_then_only_what_it_means(pattern: str, kind: str, *, meant: bool) -> None:
    assert fits(pattern, kind) is meant


def test_patterns_when_checked_then_sorted_and_each_once() -> None:
    assert checked_patterns(("refund.*", "payment.approved", "refund.*")) == ("payment.approved", "refund.*")


@pytest.mark.parametrize(
    "patterns", [(), ("",), ("Payment.*",), ("payment.**",), ("*.approved",), ("a b",), ("a" * 65,), ("p.",)]
)
def test_patterns_when_wrong_then_refused(patterns: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="not a kind of event"):
        checked_patterns(patterns)


@pytest.mark.parametrize(
    "url",
    ["https://erp.example/hook", "https://erp.example:8443/a?b=c", "http://127.0.0.1:9000/", "http://localhost/x"],
)
def test_url_when_https_or_on_this_machine_then_kept(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/hook",
        "ftp://erp.example/",
        "https://",
        "https:///path",
        "https://" + "user:secret@erp.example/",
        "https://erp.example/#part",
        "https://erp.example:0/",
        "https://erp.example:99999/",
        "https://erp.example/a b",
        "https://erp.example/\r\nX: y",
        "https://érp.example/",
        "http://127.0.0.1.evil.example/",
        "https://erp_example/",
        "https://erp.example/" + "a" * 500,
        "javascript:alert(1)",
    ],
)
def test_url_when_it_may_not_be_sent_to_then_refused(url: str) -> None:
    with pytest.raises(InputError) as refused:
        checked_url(url)

    assert refused.value.code == "invalid_webhook_url"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.TAKEN),
        (204, Answer.TAKEN),
        (302, Answer.REFUSED),
        (400, Answer.REFUSED),
        (404, Answer.REFUSED),
        (408, Answer.AWAY),
        (410, Answer.GONE),
        (425, Answer.AWAY),
        (429, Answer.AWAY),
        (500, Answer.AWAY),
        (503, Answer.AWAY),
    ],
)
def test_status_when_read_then_only_success_takes_it(status: int, answer: Answer) -> None:
    assert answer_of(status) is answer


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("30", 30),
        (" 5 ", 5),
        ("99999999999999", 3600),
        ("-1", None),
        ("soon", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_when_read_then_bounded_seconds(header: str | None, seconds: int | None) -> None:
    assert retry_after_s(header, longest_s=3600) == seconds
