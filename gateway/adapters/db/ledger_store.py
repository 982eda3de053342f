# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""The append-only ledger. Balances are never stored: the database derives them from the transfers."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, insert, select, text

from gateway.adapters.db.ledger_marks import BALANCES_SINCE, Mark, gather_mark, keep_mark, mark_that_holds
from gateway.adapters.db.payments.mapping import transfer_of
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import ledger_transfer
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.ledger import Balance, Transfer
from gateway.domain.money import Currency

TRANSFERS_MAX = 10_000
"""Transfers of one answer at most."""

# The rule of gateway.domain.ledger.balances: a void counts nowhere, a pending transfer while nothing has closed it.
_COUNTED = (
    "WITH counted AS (SELECT t.debit_account, t.credit_account, t.currency, t.kind, t.amount_minor"
    " FROM ledger_transfer t WHERE t.tenant_id = :tenant AND t.store_id = :store AND (t.kind = 'post'"
    " OR (t.kind = 'pending' AND NOT EXISTS (SELECT 1 FROM ledger_transfer c WHERE c.tenant_id = t.tenant_id"
    " AND c.store_id = t.store_id AND c.pending_id = t.transfer_id)))) "
)
_BALANCES = text(
    _COUNTED + "SELECT account, currency, sum(debit_posted) AS debits_posted, sum(credit_posted) AS credits_posted,"
    " sum(debit_pending) AS debits_pending, sum(credit_pending) AS credits_pending FROM ("
    " SELECT debit_account AS account, currency, CASE WHEN kind = 'post' THEN amount_minor ELSE 0 END AS debit_posted,"
    " 0 AS credit_posted, CASE WHEN kind = 'pending' THEN amount_minor ELSE 0 END AS debit_pending,"
    " 0 AS credit_pending FROM counted"
    " UNION ALL"
    " SELECT credit_account, currency, 0, CASE WHEN kind = 'post' THEN amount_minor ELSE 0 END,"
    " 0, CASE WHEN kind = 'pending' THEN amount_minor ELSE 0 END FROM counted"
    ") AS sides GROUP BY account, currency ORDER BY account, currency"  # constants only
)
_ADD = insert(ledger_transfer)
_ALL = (
    select(ledger_transfer)
    .where(ledger_transfer.c.tenant_id == bindparam("tenant"), ledger_transfer.c.store_id == bindparam("store"))
    .order_by(ledger_transfer.c.recorded_at, ledger_transfer.c.pending_id.is_not(None), ledger_transfer.c.transfer_id)
    .limit(bindparam("limit"))
)
_OF_CAUSE = _ALL.where(ledger_transfer.c.cause_id == bindparam("cause"))


class SqlLedgerStore:
    """The append-only ledger."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, transfers: Iterable[Transfer]) -> None:
        """Store transfers in this order, with the fact they follow from in the same unit."""
        rows = [
            {
                "tenant_id": transfer.tenant_id,
                "store_id": transfer.store_id,
                "transfer_id": transfer.id,
                "kind": transfer.kind.value,
                "debit_account": transfer.debit_account,
                "credit_account": transfer.credit_account,
                "amount_minor": transfer.amount.minor,
                "currency": transfer.amount.currency.code,
                "pending_id": transfer.pending_id,
                "cause_id": transfer.cause_id,
                "trace_id": transfer.trace_id,
                "recorded_at": transfer.recorded_at,
            }
            for transfer in transfers
        ]
        if len(rows) == 1:
            self._statements.change(_ADD, rows[0])
        else:
            self._statements.change_many(_ADD, rows)

    def balances(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Balance, ...]:
        """Return the balance of every account by name and currency, derived from the transfers by the database."""
        place: dict[str, object] = {"tenant": tenant_id, "store": store_id}
        marked_at = mark_that_holds(self._statements, tenant_id, store_id)
        if marked_at is None:
            rows = self._statements.rows(_BALANCES, place)
        else:
            rows = self._statements.rows(BALANCES_SINCE, place | {"at": marked_at})
        return tuple(
            Balance(
                row.account,
                Currency.of(row.currency),
                int(row.debits_posted),
                int(row.credits_posted),
                int(row.debits_pending),
                int(row.credits_pending),
            )
            for row in rows
        )

    def gather_mark(self, tenant_id: TenantId, store_id: StoreId, at: datetime, *, least: int) -> Mark | None:
        """Add up what was recorded before ``at``, for balances to begin with; None when it is not worth it."""
        return gather_mark(self._statements, tenant_id, store_id, at, least=least)

    def keep_mark(self, tenant_id: TenantId, store_id: StoreId, mark: object) -> bool:
        """Store what ``gather_mark`` gave; False when something was recorded before it since."""
        if not isinstance(mark, Mark):
            raise TypeError("this is no mark of the ledger")
        return keep_mark(self._statements, tenant_id, store_id, mark)

    def transfers(
        self, tenant_id: TenantId, store_id: StoreId, *, cause_id: uuid.UUID | None = None, limit: int = 1000
    ) -> tuple[Transfer, ...]:
        """Return transfers, oldest first, a pending one before what closes it; all, or those of one cause."""
        wish: dict[str, object] = {
            "tenant": tenant_id,
            "store": store_id,
            "limit": max(0, min(limit, TRANSFERS_MAX)),
        }
        if cause_id is not None:
            wish["cause"] = cause_id
        return tuple(transfer_of(row) for row in self._statements.rows(_ALL if cause_id is None else _OF_CAUSE, wish))
