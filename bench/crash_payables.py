"""The crash harness over payment runs: kills at every marked point and at random, and looks for damage.

``run`` makes the table of ``run.py bench crash --payables``; ``trial`` is one row of it and is what the tests call.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.crash_payables_clerk import ANSWERS, add_suppliers, open_shop
from bench.crash_payables_judge import PayDamage, PayEvidence, judge_payables
from bench.crash_payables_run import Harness, PayPlan, PayRecord, kill_orders
from bench.crash_points import KillSwitch
from gateway.domain.payables.payment_order import RunState
from gateway.ports.payable_store import PayableWish
from gateway.services.payables.approve_run import written
from tests.support.migrated import migrate
from tests.support.run_rig import RunRig
from tests.support.run_rows import HERE

RANDOM_KILLS = 200
MANY = 100_000
_RELEASED = (RunState.RELEASED, RunState.SENT, RunState.DONE)


@dataclass(frozen=True, slots=True)
class PayTrial:
    """One finished run with its judgement."""

    database: str
    folder: Path
    record: PayRecord
    damage: PayDamage

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that should not be; empty after a good run."""
        return (*self.record.problems, *self.damage.problems)

    def row(self) -> dict[str, Any]:
        """Return the row of the table."""
        found = self.damage
        return {
            "database": self.database,
            "kills": self.record.kills.total(),
            "payments": found.payments,
            "settled": found.settled,
            "came_back": found.came_back,
            "handed_over_twice": found.handed_over_twice,
            "paid_twice": found.paid_twice,
            "lost": found.lost,
            "other_files": found.other_files,
            "posted_twice": found.posted_twice,
            "problems": len(self.problems),
            "seconds": round(self.record.seconds, 1),
            "kills_by_point": dict(sorted(self.record.kills.items())),
        }


def trial(plan: PayPlan, on_progress: Callable[[int], None] = lambda _count: None) -> PayTrial:
    """Make one run and judge it; on damage the folder gets ``story.txt``. ``on_progress``: told the kills so far."""
    migrate(plan.database_url)
    with _shop(plan) as rig:
        add_suppliers(rig)
    with Harness(plan) as harness:
        record = harness.run(on_progress)
    with _shop(plan) as rig:
        damage = judge_payables(gather(rig, record))
    done = PayTrial(plan.database_url.partition(":")[0].partition("+")[0], plan.folder, record, damage)
    if done.problems:
        (plan.folder / "story.txt").write_text("\n".join(done.problems), encoding="utf-8")
    return done


def gather(rig: RunRig, record: PayRecord) -> PayEvidence:
    """Collect what is left; the bank's messages are applied once more to see that this changes nothing."""
    before = evidence(rig, record)
    with rig.storage.read() as unit:
        messages = [one.id for one in unit.bank_messages.list(*HERE, limit=MANY)]
        refused = [one.outcome for one in unit.bank_messages.list(*HERE, limit=MANY) if not one.applied]
    before.replay = [f"a message of the bank was not applied: {words}" for words in refused]
    # Newest first, then oldest first.
    for message_id in (*messages, *reversed(messages)):
        rig.messages.apply_again(ANSWERS, message_id)
    after = evidence(rig, record)
    for name in ("runs", "orders", "files", "payables", "transfers", "balances"):
        if getattr(after, name) != getattr(before, name):
            before.replay = [*before.replay, f"{name}: applying every message again changed them"]
    return before


def evidence(rig: RunRig, record: PayRecord) -> PayEvidence:
    """Read what the bank and the database hold now."""
    with rig.storage.read() as unit:
        runs = unit.payment_runs.list(*HERE, states=tuple(RunState), before=None, limit=MANY)
        orders = {run.id: unit.payment_runs.orders(*HERE, run.id) for run in runs}
        files = [file for run in runs for file in unit.payment_runs.files(*HERE, run.id)]
        payables = unit.payables.list(*HERE, PayableWish(), before=None, limit=MANY)
        transfers = {one.id: unit.ledger.transfers(*HERE, cause_id=one.id) for mine in orders.values() for one in mine}
        balances = unit.ledger.balances(*HERE)
    rebuilt: dict[str, bytes] = {}
    for run in runs:
        if run.state in _RELEASED:
            mine = [one for one in orders[run.id] if one.attempt == run.attempt]
            sent = [one for one in mine if one.file_no is not None]
            rebuilt |= {file.message_id: file.content for file in written(rig.desk, run, sent)[1]}
    return PayEvidence(
        books=rig.bank.books(),
        seen=dict(record.seen),
        taken={path.stem: path.read_bytes() for path in rig.bank.taken.iterdir()},
        runs={run.id: run for run in runs},
        orders=[one for mine in orders.values() for one in mine],
        files=files,
        rebuilt=rebuilt,
        payables={one.id: one for one in payables},
        transfers=transfers,
        balances=balances,
    )


def run(randoms: int = RANDOM_KILLS, *, seed: int = 1) -> dict[str, Any]:
    """Kill at every marked point twice and so often at random on each database, and return the table.

    A run with damage keeps its folder and tells where it is.
    """
    rows = [_row("sqlite", randoms, seed), _row("postgresql", randoms, seed + 1)]
    return {"rows": rows, "met": all(row["problems"] == 0 for row in rows)}


def _row(database: str, randoms: int, seed: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="tillbridge-crash-"))
    orders = kill_orders(seed, randoms, rounds=2)

    def tell(count: int) -> None:
        if count % 50 == 0 or count == len(orders):
            print(f"{database}: {count} of {len(orders)} kills", file=sys.stderr, flush=True)

    with _database(database, folder) as url:
        done = trial(PayPlan(folder, url, orders, seed), tell)
    row = done.row()
    if done.problems:
        print("\n".join(done.problems), file=sys.stderr)
        print(f"Kept for a look: {folder}", file=sys.stderr, flush=True)
        row["folder"] = str(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return row


@contextlib.contextmanager
def _shop(plan: PayPlan) -> Iterator[RunRig]:
    rig = open_shop(plan.database_url, plan.bank, KillSwitch(None), plan.careless)
    try:
        yield rig
    finally:
        rig.storage.close()


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'crash.sqlite3'}"
        return
    from tests.support.postgres import PostgresCluster  # noqa: PLC0415 - psycopg is optional

    with PostgresCluster() as cluster, cluster.fresh_database() as url:
        yield url
