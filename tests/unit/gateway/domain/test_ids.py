from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InputError
from gateway.domain.ids import derived_id, parse_id, uuid7


@given(st.integers(0, 2**48 - 2))
def test_uuid7_then_version_variant_and_time_order(unix_ms: int) -> None:
    first, later = uuid7(unix_ms), uuid7(unix_ms + 1)

    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert first.int >> 80 == unix_ms
    assert first < later
    assert first.hex < later.hex


def test_uuid7_then_never_twice_in_one_millisecond() -> None:
    assert len({uuid7(1) for _ in range(1000)}) == 1000


def test_derived_id_then_the_same_for_the_same_and_other_for_others() -> None:
    parent = uuid7(1)

    assert derived_id(parent, "sale") == derived_id(parent, "sale")
    assert len({derived_id(parent, "sale"), derived_id(parent, "attempt 1"), derived_id(uuid7(1), "sale")}) == 3


def test_parse_when_version_4_or_7_then_read_in_either_case() -> None:
    for value in (uuid.uuid4(), uuid7(5)):
        assert parse_id(str(value), "/id") == parse_id(str(value).upper(), "/id") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        str(uuid.NAMESPACE_DNS),
        "9f3c1f0e6b0a4c5b8a1d2e3f4a5b6c7d",
        "{9f3c1f0e-6b0a-4c5b-8a1d-2e3f4a5b6c7d}",
        "urn:uuid:9f3c1f0e-6b0a-4c5b-8a1d-2e3f4a5b6c7d",
        " 9f3c1f0e-6b0a-4c5b-8a1d-2e3f4a5b6c7d",
    ],
)
def test_parse_when_not_a_uuid_in_its_usual_form_then_refused_with_the_place(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_id(text, "/payment_id")

    assert (error.value.code, error.value.pointer) == ("invalid_id", "/payment_id")
