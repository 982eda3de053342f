from __future__ import annotations

import json

import pytest

from bench.figures import Figure, Goal, Report, median, percentile, shown
from bench.machine import describe_machine


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal.least(0.25), 0.25, True),
        (Goal.least(0.25), 0.249, False),
        (Goal.most(50), 50, True),
        (Goal.most(50), 50.1, False),
    ],
)
def test_goal_when_value_stands_at_the_bound_then_it_is_met(goal: Goal, value: float, *, met: bool) -> None:
    assert goal.met(value) is met


def test_figure_when_without_goal_then_neither_met_nor_missed() -> None:
    assert Figure("key", "words", 1.0).met is None


def test_figure_when_it_could_not_be_measured_then_its_goal_is_not_met() -> None:
    figure = Figure("key", "words", None, goal=Goal.most(1))

    assert figure.met is False
    assert not Report("name", (figure,)).met
    assert "not measured" in Report("name", (figure,)).table()


def test_report_when_one_goal_is_missed_then_table_and_document_say_so() -> None:
    good = Figure("good", "a good one", 0.5, "ms", Goal.most(1), baseline="nothing: 0.1 ms")
    bad = Figure("bad", "a bad one", 2.0, "ms", Goal.most(1), remark="why it is bad")
    report = Report("name", (good, bad), {"rounds": [1, 2]})

    lines = report.table().splitlines()
    document = json.loads(json.dumps(report.document(describe_machine())))

    assert lines[2].split() == ["a", "good", "one", "0.5", "ms", "<=", "1", "ms", "yes", "nothing:", "0.1", "ms"]
    assert "NO" in lines[3]
    assert lines[4] == "* a bad one: why it is bad"
    assert (document["met"], [figure["met"] for figure in document["figures"]]) == (False, [True, False])
    assert document["details"] == {"rounds": [1, 2]}
    assert document["machine"]["cores"] >= 1


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.12345, "0.123"), (12.3, "12.3"), (1234.5, "1,234"), (2.0, "2"), (999.4, "999")]
)
def test_number_when_shown_then_with_three_digits(value: float, text: str) -> None:
    assert shown(value) == text


def test_percentile_when_asked_then_nearest_rank() -> None:
    values = [float(number) for number in range(1, 101)]

    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1.0)) == (50.0, 99.0, 100.0)
    assert percentile([7.0], 0.01) == 7.0
    assert median([1.0, 9.0, 2.0]) == 2.0
