"""The benchmark `database` as the command runs it: group commit on SQLite against a plain write lock."""

import argparse

from bench import database
from bench.figures import Figure, Goal, Report, shown
from bench.machine import tell


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=3, help="of each of the ten measurements (default 3)")


def run(options: argparse.Namespace) -> Report:
    """Measure five pairs."""
    tell(f"{database.ROUNDS} pairs of {options.seconds:g} s each")
    found = database.run(options.seconds)
    return Report("database", group_commit_figures(found), found)


def group_commit_figures(found: dict[str, float]) -> tuple[Figure, ...]:
    """Return the figures of one run of :func:`bench.database.run`."""
    return (
        Figure(
            "group_commit_ratio",
            f"SQLite group commit : plain write lock, {found['threads']:.0f} threads",
            found["ratio"],
            goal=Goal.least(found["goal_ratio"]),
            baseline=f"plain lock: {shown(found['plain_sales_s'])} sales/s",
            remark="median of five pairs",
        ),
        Figure("group_commit_rate", "sales on SQLite with group commit", found["group_sales_s"], "/s"),
        Figure("units_per_commit", "units of work that share one commit", found["units_per_commit"]),
    )
