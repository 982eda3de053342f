"""The benchmark `payments`: what a card sale costs on PostgreSQL and SQLite, beside pgbench on the same server.

Everything runs on one machine in one go, and what is to be compared takes turns, so that a busy moment meets both.
"""

import argparse
import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import database as group_commit
from bench import print_path
from bench.database_figures import group_commit_figures
from bench.figures import CannotRun, Figure, Goal, Report, median, percentile, shown
from bench.machine import tell
from bench.postgres_side import CLIENTS, PGBENCH_SCALE, PgBench, analyze, committed
from bench.sale_client import SaleClients
from bench.sale_load import Round, SaleLoad
from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.tables import metadata
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.machine.capabilities import postgres_programs
from tests.support.postgres import PostgresCluster

RATIO_GOAL = Goal.least(0.25)
COMMITS_GOAL = Goal.most(2.0)
CPU_GOAL = Goal.most(1.5)
PRINT_GOAL = Goal.most(50.0)
SERVER_COUNT_SLACK = 0.02
"""Share by which the server's own count may differ: its sessions also commit while they set up."""

BARE_SALES = 300
BUSY_REGISTERS = 8
PRINT_SALES_MAX = 1000
_USER = "tillbridge"


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of each part. ``sale_s``: of one round of one kind; ``group_s``: of one of ten; ``print_s``: of each."""

    rounds: int
    sale_s: float
    sqlite_s: float
    group_s: float
    print_s: float
    scale: int


@dataclass(frozen=True, slots=True)
class PostgresRounds:
    """Each list has one entry for each round. ``server_commits``: per sale, as the server counts."""

    pgbench_tps: list[float]
    two_nodes: list[Round]
    one_node: list[Round]
    server_commits: float
    bare_cpu_ms: float
    print_times: print_path.PrintTimes


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=100, help="how long to measure in all (default 100)")
    parser.add_argument("--rounds", type=int, default=4, help="turns of pgbench and ourselves (default 4)")
    parser.add_argument("--scale", type=int, default=PGBENCH_SCALE, help=argparse.SUPPRESS)
    parser.add_argument("--no-postgres", action="store_true", help="measure SQLite only")


def run(options: argparse.Namespace) -> Report:
    """Measure everything; without PostgreSQL on the machine its figures are left out and said to be."""
    share = options.seconds / 100
    plan = Plan(
        rounds=max(1, options.rounds),
        sale_s=max(0.2, 12 * share / max(1, options.rounds)),
        sqlite_s=max(0.2, 3 * share),
        group_s=max(0.1, 1.8 * share),
        print_s=max(0.2, 6 * share),
        scale=options.scale,
    )
    postgres, reason = None, "left out on request"
    if not options.no_postgres:
        try:
            postgres = _postgres(plan)
        except CannotRun as error:
            reason = str(error)
    sqlite_rounds, sqlite_bare_ms = _sqlite_sales(plan)
    tell("group commit on SQLite against a plain write lock")
    grouped = group_commit.run(plan.group_s)
    alone = _print_times(plan, "sqlite, one register", 1)
    busy = _print_times(plan, f"sqlite, {BUSY_REGISTERS} registers", BUSY_REGISTERS)
    figures = [
        *(_postgres_figures(postgres) if postgres is not None else _missing_figures(reason)),
        _cpu_figure("cpu_ms_sqlite", "engine CPU per sale, SQLite", sqlite_rounds, sqlite_bare_ms),
        group_commit_figures(grouped)[0],
        *_print_figures("sqlite", "SQLite", alone),
        _busy_figure(busy),
    ]
    details: dict[str, Any] = {
        "plan": asdict(plan),
        "sqlite_rounds": [asdict(done) for done in sqlite_rounds],
        "group_commit": grouped,
        "print_cpu_ms": 1000 * alone.cpu_s / len(alone.first_byte_s),
    }
    if postgres is not None:
        details["pgbench_tps"] = postgres.pgbench_tps
        details["two_nodes"] = [asdict(done) for done in postgres.two_nodes]
        details["one_node"] = [asdict(done) for done in postgres.one_node]
    return Report("payments", tuple(figures), details)


def _postgres(plan: Plan) -> PostgresRounds:
    if postgres_programs() is None:
        raise CannotRun("no PostgreSQL server programs on this machine")
    tell("starting a PostgreSQL cluster (fsync on)")
    with PostgresCluster() as cluster:
        pgbench = PgBench(port=cluster.port, user=_USER, database=cluster.create_database())
        pgbench.fill(scale=plan.scale)
        url = cluster.url(cluster.create_database())
        schema.upgrade(url)
        before = committed(url)
        tps, pairs = _turns(pgbench, url, plan)
        sales = sum(done.sales for pair in pairs for done in pair)
        # Not sales: each terminal was made known with its lease in one commit, and each table was analysed in one.
        others = 2 * CLIENTS + len(metadata.tables) + 1
        server_commits = (committed(url) - before - others) / sales
        bare_ms = _bare_ms(_postgres_bare(cluster.url(cluster.create_database())))
        with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder, cluster.fresh_database() as fresh:
            tell("from the terminal to the printer: postgresql, one register")
            times = print_path.measure(
                fresh, Path(folder), registers=1, seconds=plan.print_s, sales_max=PRINT_SALES_MAX
            )
    two, one = [pair[0] for pair in pairs[1:]], [pair[1] for pair in pairs[1:]]
    return PostgresRounds(tps, two, one, server_commits, bare_ms, times)


def _turns(pgbench: PgBench, url: str, plan: Plan) -> tuple[list[float], list[tuple[Round, Round]]]:
    """Let pgbench, two nodes of 4 and one node of 8 take turns; the first pair only warms up."""
    tps: list[float] = []
    with (
        SaleClients(url, names=["node-a", "node-b"], terminals=CLIENTS // 2) as two,
        SaleClients(url, names=["node-c"], terminals=CLIENTS) as one,
    ):
        pairs = [(two.sell(min(1.0, plan.sale_s)), one.sell(min(1.0, plan.sale_s)))]
        analyze(url)
        for number in range(plan.rounds):
            tps.append(pgbench.tps(max(1, round(plan.sale_s))))
            # Who comes first meets what pgbench left to write and to clean; so they take turns in that, too.
            if number % 2 == 0:
                pairs.append((two.sell(plan.sale_s), one.sell(plan.sale_s)))
            else:
                first = one.sell(plan.sale_s)
                pairs.append((two.sell(plan.sale_s), first))
            rates = [shown(_rate(done)) for done in pairs[-1]]
            tell(
                f"round {number + 1} of {plan.rounds}: pgbench {shown(tps[-1])} tps,"
                f" two nodes {rates[0]}, one node {rates[1]} payments/s"
            )
    return tps, pairs


def _sqlite_sales(plan: Plan) -> tuple[list[Round], float]:
    tell("sales on SQLite")
    with _sqlite_url() as url:
        schema.upgrade(url)
        storage = SqlStorage(url, SystemClock())
        try:
            load = SaleLoad(storage, node="node-a", terminals=CLIENTS)
            load.sell(min(1.0, plan.sqlite_s))
            return [load.sell(plan.sqlite_s) for _ in range(3)], _bare_ms(_sqlite_bare())
        finally:
            storage.close()


def _print_times(plan: Plan, words: str, registers: int) -> print_path.PrintTimes:
    tell(f"from the terminal to the printer: {words}")
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'shop.sqlite3'}"
        return print_path.measure(
            url, Path(folder), registers=registers, seconds=plan.print_s, sales_max=PRINT_SALES_MAX
        )


@contextlib.contextmanager
def _sqlite_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"


@contextlib.contextmanager
def _sqlite_bare() -> Iterator[Callable[[], object]]:
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        connection = sqlite3.connect(Path(folder) / "bare.sqlite3", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute("PRAGMA synchronous=FULL").close()
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, words TEXT)").close()
        try:
            yield lambda: connection.execute("INSERT INTO note (words) VALUES (?)", ["x" * 200]).close()
        finally:
            connection.close()


@contextlib.contextmanager
def _postgres_bare(url: str) -> Iterator[Callable[[], object]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE note (id bigserial PRIMARY KEY, words text)")
        yield lambda: connection.execute("INSERT INTO note (words) VALUES (%s)", ["x" * 200])


def _bare_ms(opened: contextlib.AbstractContextManager[Callable[[], object]]) -> float:
    """Return processor milliseconds of two commits of one row each by the bare driver: what no gateway can undercut."""
    with opened as insert:
        insert()
        began_s = time.process_time()
        for _ in range(2 * BARE_SALES):
            insert()
        return 1000 * (time.process_time() - began_s) / BARE_SALES


def _rate(done: Round) -> float:
    return done.sales / done.seconds


def _cpu_ms(rounds: list[Round]) -> float:
    return median([1000 * done.cpu_s / done.sales for done in rounds])


def _postgres_figures(found: PostgresRounds) -> list[Figure]:
    pgbench = f"pgbench -N -c 8 -j 2: {shown(median(found.pgbench_tps))} tps"
    turns = list(zip(found.pgbench_tps, found.two_nodes, found.one_node, strict=True))
    sales = sum(done.sales for done in (*found.two_nodes, *found.one_node))
    commits = sum(done.commits for done in (*found.two_nodes, *found.one_node)) / sales
    differs = abs(found.server_commits - commits) > SERVER_COUNT_SLACK * commits
    return [
        Figure(
            "ratio_two_nodes",
            "payments/s : tps, two nodes of 4 clients",
            median([_rate(two) / tps for tps, two, _ in turns]),
            goal=RATIO_GOAL,
            baseline=pgbench,
            remark="the headline: what a deployment of two nodes does; median of the turns",
        ),
        Figure("rate_two_nodes", "payments, two nodes of 4", median([_rate(d) for d in found.two_nodes]), "/s"),
        Figure(
            "ratio_one_node",
            "payments/s : tps, one node of 8 clients",
            median([_rate(one) / tps for tps, _, one in turns]),
            baseline=pgbench,
            remark="one interpreter runs on one core at a time, pgbench on two",
        ),
        Figure("rate_one_node", "payments, one node of 8", median([_rate(d) for d in found.one_node]), "/s"),
        Figure(
            "commits_per_sale",
            "commits per sale",
            commits,
            goal=COMMITS_GOAL,
            baseline=f"xact_commit of the server: {found.server_commits:.3f}",
            remark="the server counts differently: look at it" if differs else "",
        ),
        _cpu_figure("cpu_ms_postgresql", "engine CPU per sale, PostgreSQL", found.one_node, found.bare_cpu_ms),
        *_print_figures("postgresql", "PostgreSQL", found.print_times),
    ]


def _missing_figures(reason: str) -> list[Figure]:
    named = (
        ("ratio_two_nodes", "payments/s : tps, two nodes of 4 clients", "", RATIO_GOAL),
        ("commits_per_sale", "commits per sale", "", COMMITS_GOAL),
        ("cpu_ms_postgresql", "engine CPU per sale, PostgreSQL", "ms", CPU_GOAL),
        ("first_byte_p99_ms_postgresql", "completion to first byte, PostgreSQL, p99", "ms", PRINT_GOAL),
    )
    return [Figure(key, words, None, unit, goal, remark=reason) for key, words, unit, goal in named]


def _cpu_figure(key: str, words: str, rounds: list[Round], bare_ms: float) -> Figure:
    baseline = f"two bare commits by the driver: {shown(bare_ms)} ms"
    return Figure(key, words, _cpu_ms(rounds), "ms", CPU_GOAL, baseline)


def _print_figures(key: str, database: str, times: print_path.PrintTimes) -> list[Figure]:
    waits_ms = [1000 * wait_s for wait_s in times.first_byte_s]
    p50 = percentile(waits_ms, 0.5)
    return [
        Figure(
            f"first_byte_p99_ms_{key}",
            f"completion to first byte, {database}, p99",
            percentile(waits_ms, 0.99),
            "ms",
            PRINT_GOAL,
            baseline=f"p50 {shown(p50)} ms of {len(waits_ms)} sales",
        )
    ]


def _busy_figure(times: print_path.PrintTimes) -> Figure:
    waits_ms = [1000 * wait_s for wait_s in times.first_byte_s]
    return Figure(
        "first_byte_p99_ms_busy",
        f"the same on SQLite, {BUSY_REGISTERS} registers without a pause, p99",
        percentile(waits_ms, 0.99),
        "ms",
        baseline=f"p50 {shown(percentile(waits_ms, 0.5))} ms of {len(waits_ms)} sales",
        remark="eight terminals answering at once in one process: its processor is full",
    )
