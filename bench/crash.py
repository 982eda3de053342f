"""The crash harness: kills the gateway at every marked point of a sale and at random moments, and looks for damage.

``run`` makes the table of ``run.py bench crash``; ``trial`` is one row of it and is what the tests call.
"""

import contextlib
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.crash_counter import judge_counter
from bench.crash_evidence import Judgement, gather
from bench.crash_judge import judge
from bench.crash_run import RunRecord, run_shop
from bench.crash_shop import STORE, TENANT, ShopPlan
from bench.crash_story import stories

TERMINALS = 3
LEASE_ALONE_S = 1
LEASE_TWO_NODES_S = 3
"""With two nodes a lease must outlast the longest stall of a busy machine: the other node takes over when it ends."""

TWO_NODES_SHARE = 3
"""One kill in so many on PostgreSQL is with two nodes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One finished run with its judgement."""

    database: str
    nodes: int
    seed: int
    folder: Path
    record: RunRecord
    judgement: Judgement
    story: str

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that should not be; empty after a good run. Unknown outcomes count: these scenarios decide all."""
        unknown = [f"{self.judgement.unknown} outcomes are still unknown"] if self.judgement.unknown else []
        return (*self.record.problems, *self.judgement.problems, *unknown)

    def row(self) -> dict[str, Any]:
        """Return the row of the table."""
        judged = self.judgement
        return {
            "database": self.database,
            "nodes": self.nodes,
            "kills": len(self.record.kills),
            "payments": judged.payments,
            "approved": judged.approved,
            "refunds": judged.refunds,
            "refunded": judged.refunded,
            "cash_sales": 0 if self.record.counter is None else len(self.record.counter.sales),
            "lost": judged.lost,
            "charged_twice": judged.charged_twice,
            "approved_without_booking": judged.phantom,
            "posted_twice": judged.posted_twice,
            "unmarked_duplicate_receipts": judged.duplicate_receipts,
            "lost_receipts": judged.lost_receipts,
            "unknown_left": judged.unknown,
            "unsure_receipts": judged.unsure,
            "orphan_results": judged.orphans,
            "problems": len(self.problems),
            "median_restart_s": round(self.record.median_restart_s, 2),
            "seconds": round(self.record.seconds, 1),
            "kills_by_point": dict(sorted(Counter(str(kill.point) for kill in self.record.kills).items())),
        }


def trial(
    *,
    database_url: str,
    folder: Path,
    kills: int,
    nodes: int = 1,
    seed: int = 1,
    careless: bool = False,
    every_point: bool = False,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> Trial:
    """Make one run on an empty database and judge it.

    Args:
        database_url: SQLite or PostgreSQL; two nodes need PostgreSQL.
        folder: an existing folder for journals, logs and settings; on damage it also gets ``story.txt``.
        kills: how often a node has to die.
        nodes: 1 or 2.
        seed: of orders, scenarios and pauses; which sale a kill meets still depends on the machine.
        careless: spoil the recovery, to see that the judge finds it.
        every_point: kill on until a single node has died at each point there is for it.
        on_progress: told the number of kills so far.
    """
    lease_s = LEASE_ALONE_S if nodes == 1 else LEASE_TWO_NODES_S
    plan = ShopPlan(folder, database_url, nodes, TERMINALS, lease_s, seed, careless, every_point)
    record = run_shop(plan, kills, on_progress)
    charges = [charge for till in record.tills for charge in till.charges]
    evidence = gather(database_url, folder, charges, TERMINALS, TENANT, STORE)
    judgement = judge(evidence)
    if record.counter is not None:
        judgement.problems += judge_counter(record.counter.sales, database_url, TENANT, STORE)
    database = database_url.partition(":")[0].partition("+")[0]
    story = stories(evidence, judgement, record, folder)
    done = Trial(database, nodes, seed, folder, record, judgement, story)
    if done.problems:
        (folder / "story.txt").write_text("\n".join([*done.problems, "", story]), encoding="utf-8")
    return done


def run(kills: int = 1_000, *, seed: int = 1) -> dict[str, Any]:
    """Kill ``kills`` times on each database and return the table.

    On PostgreSQL a third of the kills is with two nodes. A run with damage keeps its folder and tells where it is.
    """
    shared = max(1, kills // TWO_NODES_SHARE)
    rows = [_row("sqlite", 1, kills, seed)]
    rows += [_row("postgresql", 1, kills - shared, seed + 1), _row("postgresql", 2, shared, seed + 2)]
    return {"rows": rows, "met": all(row["problems"] == 0 for row in rows)}


def _row(database: str, nodes: int, kills: int, seed: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="tillbridge-crash-"))
    with _database(database, folder) as url:

        def tell(count: int) -> None:
            if count % 50 == 0 or count == kills:
                print(f"{database}, {nodes} node(s): {count} of {kills} kills", file=sys.stderr, flush=True)

        done = trial(database_url=url, folder=folder, kills=kills, nodes=nodes, seed=seed, on_progress=tell)
    row = done.row()
    if done.problems:
        print("\n".join(done.problems), file=sys.stderr)
        print(f"Kept for a look: {folder}", file=sys.stderr, flush=True)
        row["folder"] = str(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return row


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'crash.sqlite3'}"
        return
    from tests.support.postgres import PostgresCluster  # noqa: PLC0415 - psycopg is optional

    with PostgresCluster() as cluster, cluster.fresh_database() as url:
        yield url
