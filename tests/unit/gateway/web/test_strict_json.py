"""JSON bodies have one meaning or are refused."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.errors import MalformedRequest
from gateway.web.strict_json import DEPTH_MAX, read_object

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def depth_of(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth_of, value.values()), default=0)
        case list():
            return 1 + max(map(depth_of, value), default=0)
        case _:
            return 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"{}"',
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1}x',
        b"{'a':1}",
        b'{"a":"\x00"}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":' + b"[" * (DEPTH_MAX) + b"]" * (DEPTH_MAX) + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
        b'{"a":01}',
    ],
)
def test_read_object_when_ambiguous_or_broken_then_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest) as caught:
        read_object(body)

    assert caught.value.code == "invalid_json"


@given(st.dictionaries(TEXTS, VALUES, max_size=3))
def test_read_object_when_written_by_a_json_library_then_the_same_comes_back_or_it_is_too_deep(
    document: dict[str, object],
) -> None:
    body = json.dumps(document).encode()

    if depth_of(document) > DEPTH_MAX:
        with pytest.raises(MalformedRequest):
            read_object(body)
    else:
        assert read_object(body) == document


@given(st.binary(max_size=60))
def test_read_object_when_given_any_bytes_then_an_object_or_that_one_error(body: bytes) -> None:
    with contextlib.suppress(MalformedRequest):
        assert isinstance(read_object(b'{"a":' + body), dict)


@pytest.mark.parametrize(
    ("text", "value"), [("90.0", 90), ("9e1", 90), ("90.5", Decimal("90.5")), ("1e999999999", Decimal("1e999999999"))]
)
def test_read_object_when_a_number_has_a_point_or_exponent_then_whole_or_decimal_and_never_a_float(
    text: str, value: int | Decimal
) -> None:
    found = read_object(f'{{"a":{text}}}'.encode())["a"]

    assert found == value
    assert type(found) is type(value)


def test_read_object_when_brackets_stand_inside_texts_then_they_do_not_count() -> None:
    text = '[{"\\' * 50

    assert read_object(json.dumps({"a": text}).encode()) == {"a": text}
