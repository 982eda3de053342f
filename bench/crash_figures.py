"""The benchmark `crash` as the command runs it: what was left damaged after many kills."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from bench import crash
from bench.figures import CannotRun, Figure, Goal, Report, shown
from gateway.machine.capabilities import postgres_programs

NONE_ALLOWED = Goal.most(0)
DAMAGE = {
    "lost": "approved sales lost",
    "charged_twice": "cards charged twice",
    "posted_twice": "sales posted twice",
    "unmarked_duplicate_receipts": "receipts printed twice without a mark",
    "unknown_left": "outcomes left unknown",
    "problems": "other damage found by the judge",
}

KILLS = 1000
PAYABLE_DAMAGE = {
    "handed_over_twice": "files that came to the bank twice",
    "paid_twice": "payments or invoices paid twice",
    "lost": "payments otherwise at the bank than here",
    "other_files": "files with other bytes than approved",
    "posted_twice": "payments posted twice",
    "problems": "other damage found by the judge",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--kills", type=int, help="on each database (default 1000; of payment runs 200 random ones)")
    parser.add_argument("--payables", action="store_true", help="kill payment runs instead of sales")
    parser.add_argument("--seed", type=int, default=1, help="of orders, scenarios and moments")


def run(options: argparse.Namespace) -> Report:
    """Kill and judge; takes a second or two for each kill.

    Raises:
        CannotRun: there is no PostgreSQL on this machine.
    """
    if postgres_programs() is None:
        raise CannotRun("no PostgreSQL server programs on this machine")
    if options.payables:
        from bench import crash_payables  # noqa: PLC0415 - only the one that is run costs anything

        found = crash_payables.run(options.kills or crash_payables.RANDOM_KILLS, seed=options.seed)
        return Report("crash", payable_figures(found["rows"]), found)
    found = crash.run(options.kills or KILLS, seed=options.seed)
    return Report("crash", crash_figures(found["rows"]), found)


def payable_figures(rows: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    """Return the figures of the rows of ``bench.crash_payables.run``, both databases together."""
    kills = sum(row["kills"] for row in rows)
    payments = sum(row["payments"] for row in rows)
    back = sum(row["came_back"] for row in rows)
    points = len({point for row in rows for point in row["kills_by_point"]})
    baseline = f"at {points} points; {payments} payments, {back} of them undone or sent back"
    figures = [Figure("kills", "kills", kills, baseline=baseline)]
    return (
        *figures,
        *(
            Figure(key, words, sum(row[key] for row in rows), goal=NONE_ALLOWED, baseline=f"{kills} kills")
            for key, words in PAYABLE_DAMAGE.items()
        ),
    )


def crash_figures(rows: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    """Return the figures of the rows of :func:`bench.crash.run`, all databases and nodes together."""
    kills = sum(row["kills"] for row in rows)
    payments = sum(row["payments"] for row in rows)
    figures = [Figure("kills", "kills", kills, baseline=f"{payments} payments in {len(rows)} runs")]
    figures += [
        Figure(key, words, sum(row[key] for row in rows), goal=NONE_ALLOWED, baseline=f"{kills} kills")
        for key, words in DAMAGE.items()
    ]
    restarts = ", ".join(f"{row['database']} x{row['nodes']}: {shown(row['median_restart_s'])} s" for row in rows)
    slowest = max(row["median_restart_s"] for row in rows)
    return (*figures, Figure("restart_s", "slowest median restart", slowest, "s", remark=restarts))
