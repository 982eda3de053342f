# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Marks of the ledger: sums up to an instant, so that balances add up a day instead of years.

A mark is never believed by itself. The ledger only grows, so a mark holds exactly while as many transfers stand before
its instant as when it was made; one that was recorded late, by a clock that runs behind, makes it worthless, and
balances are added up from the beginning until a new one is made.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, text

from gateway.adapters.db.column_types import UtcTimestamp
from gateway.adapters.db.ledger_mark_tables import ledger_mark, ledger_mark_balance, ledger_mark_open
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import ledger_transfer
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.ledger import TransferKind

_HERE = (ledger_mark.c.tenant_id == bindparam("tenant"), ledger_mark.c.store_id == bindparam("store"))
_NEWEST = (
    select(ledger_mark.c.marked_at, ledger_mark.c.entries)
    .where(*_HERE)
    .order_by(ledger_mark.c.marked_at.desc())
    .limit(1)
)
_BEFORE = select(func.count()).where(
    ledger_transfer.c.tenant_id == bindparam("tenant"),
    ledger_transfer.c.store_id == bindparam("store"),
    ledger_transfer.c.recorded_at < bindparam("at", type_=UtcTimestamp()),
)
_OPEN = (
    "NOT EXISTS (SELECT 1 FROM ledger_transfer c WHERE c.tenant_id = t.tenant_id AND c.store_id = t.store_id"
    " AND c.pending_id = t.transfer_id"
)
_SUMS = text(
    "SELECT account, currency, sum(debits) AS debits_minor, sum(credits) AS credits_minor FROM ("
    " SELECT debit_account AS account, currency, amount_minor AS debits, 0 AS credits FROM ledger_transfer"
    " WHERE tenant_id = :tenant AND store_id = :store AND kind = 'post' AND recorded_at < :at"
    " UNION ALL"
    " SELECT credit_account, currency, 0, amount_minor FROM ledger_transfer"
    " WHERE tenant_id = :tenant AND store_id = :store AND kind = 'post' AND recorded_at < :at"
    ") AS sides GROUP BY account, currency"
).bindparams(bindparam("at", type_=UtcTimestamp()))
_CLOSES = ledger_transfer.alias("c")
_STILL_OPEN = select(ledger_transfer.c.transfer_id).where(
    ledger_transfer.c.tenant_id == bindparam("tenant"),
    ledger_transfer.c.store_id == bindparam("store"),
    ledger_transfer.c.kind == TransferKind.PENDING.value,
    ledger_transfer.c.recorded_at < bindparam("at", type_=UtcTimestamp()),
    ~select(_CLOSES.c.transfer_id)
    .where(
        _CLOSES.c.tenant_id == ledger_transfer.c.tenant_id,
        _CLOSES.c.store_id == ledger_transfer.c.store_id,
        _CLOSES.c.pending_id == ledger_transfer.c.transfer_id,
        _CLOSES.c.recorded_at < bindparam("at", type_=UtcTimestamp()),
    )
    .exists(),
)
# What closes a transfer that was open at the mark may come later; what was closed by then stays closed.
_SINCE = (
    "WITH moved AS ("
    " SELECT t.debit_account, t.credit_account, t.currency, t.kind, t.amount_minor FROM ledger_transfer t"
    " WHERE t.tenant_id = :tenant AND t.store_id = :store AND t.recorded_at >= :at"
    f" AND (t.kind = 'post' OR (t.kind = 'pending' AND {_OPEN})))"
    " UNION ALL"
    " SELECT t.debit_account, t.credit_account, t.currency, t.kind, t.amount_minor FROM ledger_mark_open o"
    " JOIN ledger_transfer t ON t.tenant_id = o.tenant_id AND t.store_id = o.store_id"
    " AND t.transfer_id = o.transfer_id"
    f" WHERE o.tenant_id = :tenant AND o.store_id = :store AND o.marked_at = :at AND {_OPEN}))"
)
_SIDES = (
    " SELECT debit_account AS account, currency, CASE WHEN kind = 'post' THEN amount_minor ELSE 0 END AS debit_posted,"
    " 0 AS credit_posted, CASE WHEN kind = 'pending' THEN amount_minor ELSE 0 END AS debit_pending,"
    " 0 AS credit_pending FROM moved"
    " UNION ALL"
    " SELECT credit_account, currency, 0, CASE WHEN kind = 'post' THEN amount_minor ELSE 0 END,"
    " 0, CASE WHEN kind = 'pending' THEN amount_minor ELSE 0 END FROM moved"
    " UNION ALL"
    " SELECT account, currency, debits_minor, credits_minor, 0, 0 FROM ledger_mark_balance"
    " WHERE tenant_id = :tenant AND store_id = :store AND marked_at = :at"
)
BALANCES_SINCE = text(
    f"{_SINCE} SELECT account, currency, sum(debit_posted) AS debits_posted, sum(credit_posted) AS credits_posted,"
    f" sum(debit_pending) AS debits_pending, sum(credit_pending) AS credits_pending FROM ({_SIDES}) AS sides"
    " GROUP BY account, currency ORDER BY account, currency"
).bindparams(bindparam("at", type_=UtcTimestamp()))
"""Balances from the mark at ``at`` and what came after it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stood in the ledger before ``at``. ``entries``: how many transfers; ``open_ids``: pending and not closed.

    ``balances``: account, currency code, debits and credits posted, in minor units.
    """

    at: datetime
    entries: int
    balances: tuple[tuple[str, str, int, int], ...]
    open_ids: tuple[uuid.UUID, ...]


def mark_that_holds(statements: Statements, tenant_id: TenantId, store_id: StoreId) -> datetime | None:
    """Return the instant of the newest mark while it holds."""
    newest = statements.first(_NEWEST, {"tenant": tenant_id, "store": store_id})
    if newest is None or _entries_before(statements, tenant_id, store_id, newest.marked_at) != newest.entries:
        return None
    at: datetime = newest.marked_at
    return at


def gather_mark(
    statements: Statements, tenant_id: TenantId, store_id: StoreId, at: datetime, *, least: int
) -> Mark | None:
    """Add up what stands before an instant, in a unit that only reads: of a large ledger it takes seconds.

    Args:
        statements: of the unit.
        tenant_id: whose.
        store_id: of which store.
        at: far enough back that nobody records anything before it any more.
        least: transfers there must be that the mark before does not count.

    Returns:
        None when the mark before still does.
    """
    place: dict[str, object] = {"tenant": tenant_id, "store": store_id}
    entries = _entries_before(statements, tenant_id, store_id, at)
    newest = statements.first(_NEWEST, place)
    known = 0
    if newest is not None and mark_that_holds(statements, tenant_id, store_id) is not None:
        known = entries if newest.marked_at >= at else int(newest.entries)
    if entries - known < least:
        return None
    place["at"] = at
    return Mark(
        at,
        entries,
        tuple(
            (row.account, row.currency, int(row.debits_minor), int(row.credits_minor))
            for row in statements.rows(_SUMS, place)
        ),
        tuple(row.transfer_id for row in statements.rows(_STILL_OPEN, place)),
    )


def keep_mark(statements: Statements, tenant_id: TenantId, store_id: StoreId, mark: Mark) -> bool:
    """Store a mark in place of those before; False, and nothing stored, when something came in before it since."""
    if _entries_before(statements, tenant_id, store_id, mark.at) != mark.entries:
        return False
    place: dict[str, object] = {"tenant": tenant_id, "store": store_id}
    for table in (ledger_mark_open, ledger_mark_balance, ledger_mark):
        own = delete(table).where(table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store"))
        statements.change(own, place)
    key = {"tenant_id": tenant_id, "store_id": store_id, "marked_at": mark.at}
    statements.change(insert(ledger_mark), key | {"entries": mark.entries})
    sums = [
        key | {"account": account, "currency": currency, "debits_minor": debit, "credits_minor": credit}
        for account, currency, debit, credit in mark.balances
    ]
    statements.change_many(insert(ledger_mark_balance), sums)
    statements.change_many(insert(ledger_mark_open), [key | {"transfer_id": one} for one in mark.open_ids])
    return True


def _entries_before(statements: Statements, tenant_id: TenantId, store_id: StoreId, at: datetime) -> int:
    row = statements.first(_BEFORE, {"tenant": tenant_id, "store": store_id, "at": at})
    return 0 if row is None else int(row[0])
