"""The command, and the figures made of what the benchmarks of others found."""

from __future__ import annotations

from typing import Any

import pytest

from bench import crash_figures, database_figures
from bench.run import BENCHES, MET, UNUSABLE, load, main


def test_command_when_without_name_then_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == MET

    listed = capsys.readouterr().out
    assert all(f"  {name} " in listed for name in BENCHES)


def test_command_when_name_is_unknown_then_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == UNUSABLE

    told = capsys.readouterr()
    assert told.out == ""
    assert "no benchmark 'speed'" in told.err


@pytest.mark.parametrize("name", BENCHES)
def test_bench_when_named_then_its_module_offers_what_the_command_calls(name: str) -> None:
    module = load(name)

    assert callable(module.run)
    assert callable(module.add_options)


def test_database_when_figures_are_made_then_the_goal_is_that_of_the_measurement() -> None:
    found = {
        "ratio": 4.0,
        "group_sales_s": 400.0,
        "plain_sales_s": 100.0,
        "units_per_commit": 20.0,
        "threads": 32.0,
        "goal_ratio": 3.0,
    }

    ratio, rate, shared = database_figures.group_commit_figures(found)

    assert (ratio.value, ratio.met, rate.value, shared.value) == (4.0, True, 400.0, 20.0)


def test_crash_when_one_run_has_damage_then_the_goal_is_missed() -> None:
    good: dict[str, Any] = dict.fromkeys(crash_figures.DAMAGE, 0)
    good |= {"database": "sqlite", "nodes": 1, "kills": 10, "payments": 30, "median_restart_s": 1.25}
    bad = good | {"database": "postgresql", "lost": 1}

    figures = {figure.key: figure for figure in crash_figures.crash_figures([good, bad])}

    assert figures["kills"].value == 20
    assert (figures["lost"].value, figures["lost"].met) == (1, False)
    assert figures["charged_twice"].met is True
    assert figures["restart_s"].remark == "sqlite x1: 1.25 s, postgresql x1: 1.25 s"
