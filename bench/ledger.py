"""What is in a drawer, asked of a ledger of a million entries: the sum a count waits for, on both databases.

The entries are those of ten registers that sell for years: every third sale in cash, the others by card, each with its
reservation and its booking. They are written by the database itself; selling half a million times would take an hour.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.figures import Figure, Goal, Report
from bench.machine import tell
from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.engine import database_url
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.accounts import cash
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.money import Currency
from gateway.machine.capabilities import postgres_programs
from gateway.services.mark_ledger import MarkLedger
from tests.support.postgres import PostgresCluster

ROWS = 1_000_000
REGISTERS = 10
CASH_ONE_IN = 3
ASKED = 9
GOAL_MS = 100.0
"""A count waits for it while the register takes no cash: not to be felt."""
_TENANT, _STORE, _EUR = TenantId("bench"), StoreId("bench"), Currency.of("EUR")
_ID = {"sqlite": "printf('%032x', {number})", "postgresql": "lpad(to_hex({number}), 32, '0')::uuid"}
_AT = {"sqlite": "1700000000000000 + i * 1000000", "postgresql": "to_timestamp(1700000000 + i)"}
_SERIES = {
    "sqlite": "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {pairs})",
    "postgresql": "WITH s(i) AS (SELECT generate_series(1, {pairs}))",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rows", type=int, default=ROWS, help=f"entries of the ledger (default {ROWS})")


def run(options: argparse.Namespace) -> Report:
    """Fill a ledger on each database and ask for a drawer."""
    raw: dict[str, float] = {"rows": float(options.rows)}
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        raw |= _measure(f"sqlite:///{Path(folder) / 'ledger.sqlite3'}", "sqlite", options.rows)
    if postgres_programs() is None:
        tell("no PostgreSQL server programs on this machine: only SQLite is measured")
    else:
        with PostgresCluster() as cluster:
            raw |= _measure(cluster.url(cluster.create_database()), "postgresql", options.rows)
    return Report("ledger", _figures(raw), raw)


def _figures(raw: dict[str, float]) -> tuple[Figure, ...]:
    found: list[Figure] = []
    for name in ("sqlite", "postgresql"):
        drawer = raw.get(f"drawer_ms_{name}")
        missing = "" if drawer is not None else "no PostgreSQL server programs on this machine"
        found += [
            Figure(
                f"drawer_ms_{name}",
                f"what is in a drawer, {name}",
                drawer,
                "ms",
                Goal.most(GOAL_MS),
                f"{raw['rows']:.0f} entries, {REGISTERS} registers",
                missing or f"median of {ASKED}",
            ),
            Figure(f"all_ms_{name}", f"the balances of all accounts, {name}", raw.get(f"all_ms_{name}"), "ms"),
            Figure(f"marked_ms_{name}", f"the same from a mark, {name}", raw.get(f"marked_ms_{name}"), "ms"),
        ]
    return tuple(found)


def _measure(url: str, name: str, rows: int) -> dict[str, float]:
    tell(f"{name}: writing {rows} entries")
    schema.upgrade(url)
    _fill(url, name, rows // 2)
    storage = SqlStorage(url, SystemClock())
    try:
        tell(f"{name}: asking")
        found = {f"drawer_ms_{name}": _drawer_ms(storage), f"all_ms_{name}": _all_ms(storage)}
        MarkLedger(storage=storage, clock=SystemClock(), tenant_id=_TENANT, store_id=_STORE).run()
        return found | {f"marked_ms_{name}": _all_ms(storage)}
    finally:
        storage.close()


def _fill(url: str, name: str, pairs: int) -> None:
    """Write ``pairs`` of a reservation and its booking, and let the database look at them as it does by itself."""
    till = f"CAST(i % {REGISTERS} AS text)"
    debit = f"CASE WHEN i % {CASH_ONE_IN} = 0 THEN 'cash/till-' || {till} ELSE 'card/terminal-' || {till} END"
    kinds = (("pending", "2 * i", "NULL"), ("post", "2 * i + 1", _ID[name].format(number="2 * i")))
    engine = create_engine(database_url(url))
    for kind, number, closes in kinds:
        row = (
            f"'bench', 'bench', {_ID[name].format(number=number)}, '{kind}', {debit}, 'sales/till-' || {till},"
            f" 100 + i % 9000, 'EUR', {closes}, {_ID[name].format(number='2 * i')}, 'trace', {_AT[name]}"
        )
        series = _SERIES[name].format(pairs=pairs)
        columns = (
            "tenant_id, store_id, transfer_id, kind, debit_account, credit_account, amount_minor, currency,"
            " pending_id, cause_id, trace_id, recorded_at"
        )
        with engine.begin() as connection:
            connection.execute(text(f"INSERT INTO ledger_transfer ({columns}) {series} SELECT {row} FROM s"))  # noqa: S608  # constants and numbers only
        # Each kind by itself: the server looks for the reservation behind every booking, and as long as it knows
        # nothing of the table it looks through all of the store's. 10,000 entries took half a minute that way.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE" if name == "postgresql" else "ANALYZE"))
    engine.dispose()


def _drawer_ms(storage: SqlStorage) -> float:
    account = cash(RegisterId("till-3"))
    taken = []
    for _ in range(ASKED):
        began_s = time.perf_counter()
        with storage.read() as unit:
            found = unit.shifts.balance(_TENANT, _STORE, account, _EUR)
        taken.append(1000 * (time.perf_counter() - began_s))
        if not found.minor:
            raise RuntimeError("the drawer is empty: nothing was measured")
    return statistics.median(taken)


def _all_ms(storage: SqlStorage) -> float:
    began_s = time.perf_counter()
    with storage.read() as unit:
        unit.ledger.balances(_TENANT, _STORE)
    return 1000 * (time.perf_counter() - began_s)
