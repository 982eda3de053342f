# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Jobs that run once for each business date. Who has one is decided by a row, its lease by the database's clock."""

from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select, text

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.run_rows import dated_run_of
from gateway.adapters.db.payables.run_tables import dated_job
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.payment_run_store import AT_ONCE, DatedRun, Waits

_TABLE = dated_job.c
_HERE = (_TABLE.tenant_id == bindparam("tenant"), _TABLE.store_id == bindparam("store"))
# As in device_store: SQLite tells milliseconds and stores microseconds; clock_timestamp() goes on within a unit.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: _NOW[False] + " + :lease_s * 1000000",
    True: "clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'",
}
# How long a failed one waits: after the first try, the second, the third, and every later one.
_WAIT = "CASE it.tries WHEN 1 THEN :wait_1 WHEN 2 THEN :wait_2 WHEN 3 THEN :wait_3 ELSE :wait_4 END"
_WAITED = {
    False: f"it.ended_at + ({_WAIT}) * 1000000 <= {_NOW[False]}",
    True: f"it.ended_at + CAST({_WAIT} AS integer) * interval '1 second' <= {_NOW[True]}",
}
_BEGIN = {
    postgresql: text(
        "INSERT INTO dated_job AS it (tenant_id, store_id, job, business_date, state, holder, epoch, expires_at,"
        " started_at, ended_at, tries, note) VALUES (:tenant, :store, :job, :day, 'running', :holder, 1,"
        f" {_LATER[postgresql]}, {_NOW[postgresql]}, NULL, 1, '')"
        " ON CONFLICT (tenant_id, store_id, job, business_date) DO UPDATE SET state = 'running',"
        " holder = excluded.holder, epoch = it.epoch + 1, expires_at = excluded.expires_at,"
        " started_at = excluded.started_at, ended_at = NULL, tries = it.tries + 1"
        f" WHERE (it.state = 'failed' AND {_WAITED[postgresql]}) OR (it.state = 'running' AND"
        f" it.expires_at <= {_NOW[postgresql]}) RETURNING epoch"
    )
    for postgresql in (False, True)
}
_FINISH = {
    postgresql: text(
        f"UPDATE dated_job SET state = :state, note = :note, ended_at = {_NOW[postgresql]}"
        " WHERE tenant_id = :tenant AND store_id = :store AND job = :job AND business_date = :day"
        " AND epoch = :epoch AND state = 'running'"
    )
    for postgresql in (False, True)
}
_LAST_DONE = select(func.max(_TABLE.business_date).label("last")).where(
    *_HERE, _TABLE.job == bindparam("job"), _TABLE.state == "done"
)
_HISTORY = (
    select(dated_job)
    .where(*_HERE)
    .order_by(_TABLE.business_date.desc(), _TABLE.started_at.desc(), _TABLE.job)
    .limit(bindparam("limit"))
)


class SqlDatedJobStore:
    """Jobs that run once for each business date; see ``DatedJobStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def begin(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        job: str,
        business_date: date,
        holder: str,
        lease_s: int,
        waits_s: Waits = AT_ONCE,
    ) -> int | None:
        """Take a job's business date; its epoch, or None when it is done, another one has it, or it has to wait.

        A failed one that has waited and one whose lease ran out is taken again, with a new epoch.
        """
        waits = {f"wait_{number}": wait_s for number, wait_s in enumerate(waits_s, 1)}
        told = {"holder": storable(holder), "lease_s": lease_s}
        wish = _asked(tenant_id, store_id, job, business_date) | told | waits
        row = self._statements.first(_BEGIN[self._statements.postgresql], wish)
        return None if row is None else int(row.epoch)

    def finish(
        self, tenant_id: TenantId, store_id: StoreId, job: str, business_date: date, epoch: int, *, ok: bool, note: str
    ) -> bool:
        """Store how it ended; False when another one has taken it since."""
        told = {"epoch": epoch, "state": "done" if ok else "failed", "note": storable(note)}
        wish = _asked(tenant_id, store_id, job, business_date) | told
        return self._statements.change(_FINISH[self._statements.postgresql], wish) == 1

    def last_done(self, tenant_id: TenantId, store_id: StoreId, job: str) -> date | None:
        """Return the newest business date that is done."""
        row = self._statements.first(_LAST_DONE, {"tenant": tenant_id, "store": store_id, "job": job})
        return None if row is None or row.last is None else date.fromisoformat(row.last)

    def history(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[DatedRun, ...]:
        """Return runs, newest first."""
        rows = self._statements.rows(_HISTORY, {"tenant": tenant_id, "store": store_id, "limit": limit})
        return tuple(dated_run_of(row) for row in rows)


def _asked(tenant_id: TenantId, store_id: StoreId, job: str, business_date: date) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "job": job, "day": business_date.isoformat()}
