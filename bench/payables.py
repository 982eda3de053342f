"""Payables at their size: open items to a released file, three-way matching, and our writer beside a public one.

The run is the whole way over a real database: choose among all open items, store the proposal, approve it with all
checks and write the files, check and write again, release with the books; where the test packages are, the file is
checked against the bank's schema as well. Signing in and the web are not in it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.bank_files import writer_figures
from bench.figures import Figure, Goal, Report
from bench.machine import tell
from bench.payables_match import LINES, match_figures
from bench.payables_shop import PayablesShop
from bench.postgres_side import analyze
from gateway.machine.capabilities import postgres_programs
from gateway.machine.collector import calm_collector
from tests.support.postgres import PostgresCluster

ITEMS = 10_000
GOAL_S = 5.0
PARTS = ("run", "match", "files")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be given again")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"open items of the run (default {ITEMS})")
    parser.add_argument("--no-postgres", action="store_true", help="only SQLite")
    parser.add_argument("--lines", type=int, default=LINES, help=f"lines to match (default {LINES})")


def run(options: argparse.Namespace) -> Report:
    """Measure the parts that are asked for."""
    figures: tuple[Figure, ...] = ()
    for part in options.part or PARTS:
        tell(f"payables: {part}")
        if part == "run":
            figures += run_figures(options.items, postgres=not options.no_postgres)
        elif part == "match":
            figures += match_figures(options.lines)
        else:
            figures += writer_figures()
    return Report("payables", figures, {one.key: one.value for one in figures if one.value is not None})


def run_figures(items: int, *, postgres: bool = False) -> tuple[Figure, ...]:
    """Measure the way from open items to a released file.

    Args:
        items: approved invoices, half of them with suppliers that have one each, half with suppliers of ten.
        postgres: also on a PostgreSQL server of its own, where its programs are.
    """
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        figures = _run_on(f"sqlite:///{Path(folder) / 'payables.sqlite3'}", "sqlite", items, Goal.most(GOAL_S))
    if not postgres or postgres_programs() is None:
        return figures
    with PostgresCluster() as cluster:
        return figures + _run_on(cluster.url(cluster.create_database()), "postgresql", items, None)


def _run_on(url: str, name: str, items: int, goal: Goal | None) -> tuple[Figure, ...]:
    shop = PayablesShop(url)
    try:
        shop.owe(items)
        if name == "postgresql":
            analyze(url)
        calm_collector()
        steps = {step: _lasted(work) for step, work in shop.steps().items()}
        orders, released = shop.outcome()
    finally:
        shop.close()
    assert released == items, "every open item is in the released run"
    told = ", ".join(f"{step} {wall:.2f} s ({cpu:.2f} s CPU)" for step, (wall, cpu) in steps.items())
    whole = f"{items} open items to a released, checked file, {name}"
    wall, cpu = (sum(one[place] for one in steps.values()) for place in (0, 1))
    return (
        Figure(f"payables_run_{name}", whole, wall, "s", goal, remark=f"{orders} payments: {told}"),
        Figure(f"payables_run_cpu_{name}", "the same, processor time of the gateway", cpu, "s"),
    )


def _lasted(step: Callable[[], object]) -> tuple[float, float]:
    """Return how long a step took, and the processor time of this process in it, in seconds."""
    begun, spent = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - begun, time.process_time() - spent
