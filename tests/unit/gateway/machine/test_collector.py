"""When Python looks for garbage that refers to itself."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from gateway.machine.collector import YOUNG_MAX, calm_collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_collector_when_calmed_then_it_looks_seldom_and_not_at_what_is_built() -> None:
    calm_collector()

    assert gc.get_threshold()[0] == YOUNG_MAX
    assert gc.get_freeze_count() > 0


def test_collector_when_calmed_then_circles_made_later_are_still_found() -> None:
    class Circle:
        me: object

    calm_collector()
    circle = Circle()
    circle.me = circle
    gone = weakref.ref(circle)
    del circle

    for _ in range(3 * YOUNG_MAX):
        if gone() is None:
            break
        kept: list[list[int]] = [[] for _ in range(YOUNG_MAX)]
        del kept

    assert gone() is None
