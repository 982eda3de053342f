"""Runs of matching in SQL; their leases live by the database's clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    case,
    delete,
    exists,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.bank.statement_store import here
from gateway.adapters.db.bank.statement_tables import KEY_MAX
from gateway.adapters.db.column_types import UtcTimestamp, storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.bank.matching_run import MatchingRun, MatchingRunId, RunState
from gateway.domain.ids import StoreId, TenantId

_STATE_MAX = 16
_ENDED = (RunState.DONE.value, RunState.FAILED.value)
matching_run = Table(
    "matching_run",
    metadata,
    Column("tenant_id", String(ID_MAX), nullable=False),
    Column("store_id", String(ID_MAX), nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("account", String(KEY_MAX)),
    Column("state", String(_STATE_MAX), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcTimestamp, nullable=False),
    Column("holder", Text),
    Column("expires_at", UtcTimestamp),
    Column("attempts", Integer, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("matched", BigInteger, nullable=False),
    Column("suggested", BigInteger, nullable=False),
    Column("more", Boolean, nullable=False),
    Column("ended_at", UtcTimestamp),
    PrimaryKeyConstraint("tenant_id", "store_id", "run_id", name="pk_matching_run"),
    CheckConstraint(one_of("state", RunState), name="ck_matching_run_state"),
)
"""Migration 0024 has a copy."""
for _name in (RunState.WAITING.value, RunState.RUNNING.value):
    Index(
        f"uq_matching_run_{_name}",
        matching_run.c.tenant_id,
        matching_run.c.store_id,
        unique=True,
        sqlite_where=text(f"state = '{_name}'"),
        postgresql_where=text(f"state = '{_name}'"),
    )

# SQLite tells milliseconds and stores microseconds.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: text(_NOW[False] + " + :lease_s * 1000000"),
    True: text("clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'"),
}
_ADD = {
    False: sqlite.insert(matching_run).on_conflict_do_nothing().returning(matching_run.c.run_id),
    True: postgresql.insert(matching_run).on_conflict_do_nothing().returning(matching_run.c.run_id),
}
_WAITS = (*here(matching_run), matching_run.c.state == RunState.WAITING.value)
_WAITING = select(matching_run).where(*_WAITS)
_WIDEN = (
    update(matching_run)
    .where(
        *_WAITS,
        matching_run.c.account.is_not(None),
        or_(bindparam("of_account", type_=String).is_(None), matching_run.c.account != bindparam("of_account")),
    )
    .values(account=None)
)
_WORKED = matching_run.alias("worked")
_TAKEN: dict[str, Any] = {
    "state": RunState.RUNNING.value,
    "holder": bindparam("by"),
    "attempts": matching_run.c.attempts + 1,
    "done": 0,
    "lines": 0,
}
_ORPHANED = {
    dialect: update(matching_run)
    .where(
        *here(matching_run),
        matching_run.c.state == RunState.RUNNING.value,
        matching_run.c.expires_at <= literal_column(_NOW[dialect]),
    )
    .values(_TAKEN | {"expires_at": _LATER[dialect]})
    .returning(matching_run)
    for dialect in (False, True)
}
_TAKE = {
    dialect: update(matching_run)
    .where(*_WAITS, ~exists().where(*here(_WORKED), _WORKED.c.state == RunState.RUNNING.value))
    .values(_TAKEN | {"expires_at": _LATER[dialect]})
    .returning(matching_run)
    for dialect in (False, True)
}
_ONE = (*here(matching_run), matching_run.c.run_id == bindparam("of_run"))
_MINE = (*_ONE, matching_run.c.state == RunState.RUNNING.value, matching_run.c.holder == bindparam("by"))
_HOLD = {
    dialect: update(matching_run)
    .where(*_MINE)
    .values(expires_at=_LATER[dialect], done=bindparam("is_done"), lines=bindparam("of_lines"))
    for dialect in (False, True)
}
_END = ("state", "done", "lines", "matched", "suggested", "more", "ended_at")
_FINISH = (
    update(matching_run)
    .where(*_MINE)
    .values({name: bindparam(f"new_{name}") for name in _END} | {"holder": None, "expires_at": None})
)
_RELEASE = {
    dialect: update(matching_run)
    .where(matching_run.c.state == RunState.RUNNING.value, matching_run.c.holder == bindparam("by"))
    .values(expires_at=text(_NOW[dialect]))
    for dialect in (False, True)
}
_LOAD = select(matching_run).where(*_ONE)
_LATEST = (
    select(matching_run)
    .where(*here(matching_run))
    .order_by(
        case((matching_run.c.state == RunState.RUNNING.value, 0), else_=1),
        matching_run.c.asked_at.desc(),
        matching_run.c.run_id.desc(),
    )
    .limit(1)
)
_FORGET = delete(matching_run).where(
    *here(matching_run), matching_run.c.state.in_(_ENDED), matching_run.c.ended_at < bindparam("day")
)


class SqlMatchingRunStore:
    """Runs of matching; see ``MatchingRunStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def ask(self, tenant_id: TenantId, store_id: StoreId, run: MatchingRun) -> MatchingRun:
        """Store a run that waits, or join the one that does; return the one that waits now."""
        place = {"tenant": tenant_id, "store": store_id}
        row = {"tenant_id": tenant_id, "store_id": store_id, "run_id": run.id, "account": run.account}
        row |= {"state": RunState.WAITING.value, "asked_by": storable(run.asked_by), "asked_at": run.asked_at}
        row |= {"attempts": 0, "done": 0, "lines": 0, "matched": 0, "suggested": 0, "more": False}
        if not self._statements.rows(_ADD[self._statements.postgresql], row):
            self._statements.change(_WIDEN, place | {"of_account": run.account})
        found = self._statements.first(_WAITING, place)
        # Taken in between by a node that has not read yet: the run that was joined.
        return run if found is None else _run_of(found)

    def take(self, tenant_id: TenantId, store_id: StoreId, holder: str, lease_s: int) -> MatchingRun | None:
        """Hold the run whose holder has died, else the one that waits; None while another is worked."""
        wish = {"tenant": tenant_id, "store": store_id, "by": holder, "lease_s": lease_s}
        postgresql = self._statements.postgresql
        row = self._statements.first(_ORPHANED[postgresql], wish) or self._statements.first(_TAKE[postgresql], wish)
        return None if row is None else _run_of(row)

    def hold(self, tenant_id: TenantId, store_id: StoreId, run: MatchingRun, holder: str, lease_s: int) -> bool:
        """Extend the lease and store how far the run is; False when another has it."""
        wish = _mine(tenant_id, store_id, run, holder) | {"lease_s": lease_s}
        wish |= {"is_done": run.done, "of_lines": run.lines}
        return self._statements.change(_HOLD[self._statements.postgresql], wish) == 1

    def finish(self, tenant_id: TenantId, store_id: StoreId, run: MatchingRun, holder: str) -> bool:
        """Store the end of a run; False when another has it."""
        wish = _mine(tenant_id, store_id, run, holder) | {f"new_{name}": getattr(run, name) for name in _END}
        return self._statements.change(_FINISH, wish | {"new_state": run.state.value}) == 1

    def release(self, holder: str) -> int:
        """Let the leases of a holder run out now; return how many there were."""
        return self._statements.change(_RELEASE[self._statements.postgresql], {"by": holder})

    def load(self, tenant_id: TenantId, store_id: StoreId, run_id: MatchingRunId) -> MatchingRun | None:
        """Return one run."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "of_run": run_id})
        return None if row is None else _run_of(row)

    def latest(self, tenant_id: TenantId, store_id: StoreId) -> MatchingRun | None:
        """Return the run that is worked, else the one asked for last."""
        row = self._statements.first(_LATEST, {"tenant": tenant_id, "store": store_id})
        return None if row is None else _run_of(row)

    def forget(self, tenant_id: TenantId, store_id: StoreId, before: datetime) -> int:
        """Drop the runs that ended before; return how many."""
        return self._statements.change(_FORGET, {"tenant": tenant_id, "store": store_id, "day": before})


def _mine(tenant_id: TenantId, store_id: StoreId, run: MatchingRun, holder: str) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "of_run": run.id, "by": holder}


def _run_of(row: AnyRow) -> MatchingRun:
    return MatchingRun(
        id=MatchingRunId(row.run_id),
        account=row.account,
        state=RunState(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        attempts=row.attempts,
        done=row.done,
        lines=row.lines,
        matched=row.matched,
        suggested=row.suggested,
        more=row.more,
        ended_at=row.ended_at,
    )
