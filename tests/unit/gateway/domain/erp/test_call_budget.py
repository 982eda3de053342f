"""However calls come, an ERP never gets more than it was promised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from gateway.domain.erp.call_budget import CallBudget


class _Clock:
    """Goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@given(
    per_s=some.sampled_from([0.5, 2, 10]),
    burst=some.integers(1, 5),
    rests=some.lists(some.floats(0, 20), min_size=2, max_size=60),
)
def test_wait_when_calls_come_at_any_time_then_no_second_has_more_than_its_share(
    per_s: float, burst: int, rests: list[float]
) -> None:
    clock = _Clock()
    budget = CallBudget(per_s, burst, lambda: clock.now_s, clock.sleep)
    made = []
    for rest in rests:
        clock.now_s += rest
        budget.wait()
        made.append(clock.now_s)

    for first, begun in enumerate(made):
        for count, ended in enumerate(made[first:], start=1):
            assert count <= burst + (ended - begun) * per_s + 1e-6


def test_wait_when_it_rested_then_a_burst_goes_at_once_and_then_one_by_one() -> None:
    clock = _Clock()
    budget = CallBudget(2, 3, lambda: clock.now_s, clock.sleep)

    moments = []
    for _ in range(5):
        budget.wait()
        moments.append(clock.now_s - 100)

    assert moments == [0, 0, 0, 0.5, 1.0]
