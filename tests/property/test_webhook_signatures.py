"""Whatever is signed is recognised, and nothing else is."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.telling.webhook import checked_patterns, fits, secret_text, sign, signed_headers

SECRETS = st.binary(min_size=24, max_size=64)
IDS = st.uuids().map(lambda one: f"msg_{one.hex}")
TIMES = st.integers(min_value=0, max_value=2**40)
WORDS = st.sampled_from(["payment", "pay", "refund", "approved", "given_back", "x9"])
KINDS = st.lists(WORDS, min_size=1, max_size=4).map(".".join)


def _recognised(secret_words: str, headers: dict[str, str], body: bytes) -> bool:
    """As the specification tells a receiver to do it."""
    key = base64.b64decode(secret_words.removeprefix("whsec_"), validate=True)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(one == f"v1,{wanted}" for one in headers["webhook-signature"].split(" "))


@given(SECRETS, SECRETS, IDS, TIMES, st.binary(max_size=2000))
def test_message_when_signed_with_both_then_recognised_by_either(
    newer: bytes, former: bytes, message_id: str, timestamp_s: int, body: bytes
) -> None:
    headers = signed_headers((newer, former), message_id, timestamp_s, body)

    assert _recognised(secret_text(newer), headers, body)
    assert _recognised(secret_text(former), headers, body)


@given(SECRETS, IDS, TIMES, st.binary(min_size=1, max_size=500), st.data())
def test_message_when_anything_is_changed_then_not_recognised(
    secret: bytes, message_id: str, timestamp_s: int, body: bytes, data: st.DataObject
) -> None:
    headers = signed_headers((secret,), message_id, timestamp_s, body)
    place = data.draw(st.integers(0, len(body) - 1))
    flipped = bytes([*body[:place], body[place] ^ 1, *body[place + 1 :]])

    assert not _recognised(secret_text(secret), headers, flipped)
    assert not _recognised(secret_text(secret), headers | {"webhook-id": f"{message_id}0"}, body)
    assert not _recognised(secret_text(secret), headers | {"webhook-timestamp": str(timestamp_s + 1)}, body)
    assert not _recognised(secret_text(secret + b"\x01"), headers, body)


@given(SECRETS, IDS, IDS, TIMES, st.binary(max_size=100))
def test_signature_when_made_again_then_the_same_and_of_one_message_only(
    secret: bytes, one: str, other: str, timestamp_s: int, body: bytes
) -> None:
    assert sign(secret, one, timestamp_s, body) == sign(secret, one, timestamp_s, body)
    assert (sign(secret, one, timestamp_s, body) == sign(secret, other, timestamp_s, body)) is (one == other)


@given(KINDS, KINDS)
def test_pattern_when_it_is_a_group_then_it_means_what_is_inside_and_nothing_else(group: str, kind: str) -> None:
    assert fits(f"{group}.*", f"{group}.{kind}")
    assert fits("*", kind)
    assert fits(group, kind) is (group == kind)
    assert checked_patterns((group, f"{group}.*")) == tuple(sorted((group, f"{group}.*")))
