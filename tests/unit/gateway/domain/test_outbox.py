from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.outbox import TRIES_MAX, backoff_s


@given(st.integers(-3, 10_000))
def test_backoff_then_doubles_up_to_a_quarter_of_an_hour_and_never_shrinks(tries: int) -> None:
    assert 0 <= backoff_s(tries) <= backoff_s(tries + 1) <= 900


def test_backoff_then_a_person_is_asked_after_about_two_hours_or_less() -> None:
    assert [backoff_s(tries) for tries in range(5)] == [0, 1, 2, 4, 8]
    assert 1800 < sum(backoff_s(tries) for tries in range(TRIES_MAX)) < 2 * 3600 + 900
