"""What became of a sale whose line broke: over every kind of line the verdict agrees with the terminal's journal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from terminal_driver.engine import OrphanResult
from terminal_driver.outcome import (
    Approved,
    NotCharged,
    NotStarted,
    Unknown,
)
from terminal_driver.virtual.scenarios import SCENARIOS
from tests.support.terminal_rig import AMOUNT, HASTY, ZVT_KINDS, Rig, rig_builder


@pytest.fixture(params=ZVT_KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    with rig_builder(request.param) as make:
        yield make


@dataclass(frozen=True)
class Break:
    """What a fault leads to: the verdict after the line is back, and what the terminal then holds of this sale."""

    verdict: type[Approved] | type[NotCharged]
    booked: list[int]
    reversed: list[int]


BREAKS = {
    "silence": Break(NotCharged, [], []),
    "line_lost_before_booking": Break(NotCharged, [], []),
    "line_lost_before_status": Break(Approved, [AMOUNT], []),
    "line_lost_after_result": Break(Approved, [AMOUNT], []),
    "line_lost_before_completion": Break(Approved, [AMOUNT], []),
    "line_lost_then_reversed": Break(NotCharged, [], [AMOUNT]),
}


@pytest.mark.parametrize("scenario", BREAKS)
def test_broken_sale_is_unknown_until_the_terminal_has_told(build: Callable[..., Rig], scenario: str) -> None:
    """Only the terminal's own journal decides, and the sale is never sent a second time."""
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.choose(replace(SCENARIOS[scenario], name=scenario))

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.restore_line()
    verdict = rig.ask()

    expected = BREAKS[scenario]
    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, expected.verdict)
    if isinstance(verdict, Approved):
        assert verdict.data.amount_minor == AMOUNT
    assert rig.booked() == [100, *expected.booked]
    assert rig.reversed() == expected.reversed


def test_terminal_that_is_busy_after_the_break_is_asked_until_it_is_ready(build: Callable[..., Rig]) -> None:
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.choose(replace(SCENARIOS["line_lost_then_busy"], busy_answers=1))

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.restore_line()
    verdict = rig.ask()

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, Approved)
    assert rig.booked() == [100, AMOUNT]


def test_line_that_comes_back_by_itself_is_found_by_asking(build: Callable[..., Rig]) -> None:
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.choose(replace(SCENARIOS["line_lost_before_completion"], line_back_after_s=0.05))

    outcome = rig.sale(AMOUNT, baseline)
    verdict = rig.ask()

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, Approved)
    assert rig.booked() == [100, AMOUNT]


def test_result_that_comes_too_late_is_kept_as_an_orphan_and_not_undone(build: Callable[..., Rig]) -> None:
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.choose("late_result")

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.release_result()
    rig.idle_until(lambda: any(isinstance(event, OrphanResult) for event in rig.events))
    verdict = rig.ask()

    assert isinstance(outcome, Unknown)
    [orphan] = [event for event in rig.events if isinstance(event, OrphanResult)]
    assert orphan.data.amount_minor == AMOUNT
    assert isinstance(verdict, Approved)
    assert (rig.booked(), rig.reversed()) == ([100, AMOUNT], [])


def test_line_cut_while_idle_is_no_sale_and_the_next_one_works_after_the_repair(build: Callable[..., Rig]) -> None:
    rig = build(patience=HASTY)
    baseline = rig.first_sale()
    rig.terminal.cut_line()

    outcome = rig.sale(AMOUNT, baseline)
    rig.terminal.restore_line()
    verdict = rig.ask()
    again = rig.sale(AMOUNT, baseline)

    # A serial line does not tell that the plug is out: there the sale is unknown until the terminal has been asked.
    assert isinstance(outcome, NotStarted | Unknown)
    assert isinstance(verdict, NotCharged)
    assert isinstance(again, Approved)
    assert rig.booked() == [100, AMOUNT]
