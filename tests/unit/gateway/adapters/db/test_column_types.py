"""What is stored comes back unchanged; what cannot be stored is refused or replaced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.column_types import UtcTimestamp, from_microseconds, storable, to_microseconds

INSTANTS = st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=45)))))
DIALECTS = (postgresql.dialect(), sqlite.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves them untyped


@given(INSTANTS)
def test_instant_when_stored_as_microseconds_then_read_back_the_same(instant: datetime) -> None:
    read = from_microseconds(to_microseconds(instant))

    assert read == instant
    assert read.tzinfo is UTC


@pytest.mark.parametrize("dialect", DIALECTS, ids=("postgresql", "sqlite"))
def test_instant_when_it_has_no_zone_then_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcTimestamp().process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("dialect", DIALECTS, ids=("postgresql", "sqlite"))
def test_instant_when_none_then_none_both_ways(dialect: Dialect) -> None:
    column = UtcTimestamp()

    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_text_when_storable_then_unchanged(text: str) -> None:
    assert storable(text) == text


@given(st.text(st.characters()))
def test_text_whatever_it_holds_then_can_be_encoded_and_keeps_its_length(text: str) -> None:
    clean = storable(text)

    assert "\x00" not in clean
    assert len(clean.encode("utf-8").decode("utf-8")) == len(text)
