# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""The sums of the cash view as SQL: the database adds, however many items are open.

Each pair holds the statement for SQLite and for PostgreSQL where their words for days and documents differ.
"""

from sqlalchemy import TextClause, bindparam, text

from gateway.adapters.db.column_types import UtcTimestamp
from gateway.adapters.db.tables import one_of
from gateway.domain.bank.bank_statement import UNEXPLAINED, StatementState
from gateway.domain.bank.open_item import ItemSource
from gateway.domain.bank.transfer_order import TransferState
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.payment_order import OrderState

_PLACE = "tenant_id = :tenant AND store_id = :store"
_TO_PAY = one_of(
    "state",
    (
        PayableState.APPROVED,
        PayableState.SCHEDULED,
        PayableState.IN_RUN,
        PayableState.PART_PAID,
        PayableState.RETURNED,
    ),
)
"""Approved and not with a bank: what is with one is told by its payment order."""
_OPEN_PAYABLE = one_of(
    "state",
    set(PayableState) - {PayableState.SETTLED, PayableState.RECONCILED, PayableState.REJECTED, PayableState.CANCELLED},
)
_UNDER_WAY = one_of(
    "state",
    (
        OrderState.SENT,
        OrderState.AWAITING_PAYEE_CHECK,
        OrderState.PENDING,
        OrderState.ACCEPTED,
        OrderState.EXECUTED,
    ),
)
_LEFT = "CASE WHEN kind = 'credit_note' THEN gross_minor - paid_minor ELSE paid_minor - gross_minor END"
"""What a payable moves on the bank account, below zero for an invoice."""

PAYABLES = text(
    f"SELECT due_on AS day, currency, sum({_LEFT}) AS minor, count(*) AS number FROM payable"
    f" WHERE {_PLACE} AND {_TO_PAY} GROUP BY due_on, currency"
)
PAYMENT_ORDERS = text(
    "SELECT execute_on AS day, currency, -sum(amount_minor) AS minor, count(*) AS number FROM payment_order"
    f" WHERE {_PLACE} AND {_UNDER_WAY} GROUP BY execute_on, currency"
)
PAYOUTS = text(
    "SELECT acquirer, paid_on AS day, currency, sum(paid_minor) AS minor, count(*) AS number FROM payout"
    f" WHERE {_PLACE} AND bank_line_id IS NULL AND paid_minor <> 0 AND booked GROUP BY acquirer, paid_on, currency"
)


def _day(column: str) -> dict[bool, str]:
    return {
        False: f"date({column} / 1000000, 'unixepoch')",
        True: f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    }


_TAKEN = {
    False: "coalesce(json_extract(a.result, '$.amount_minor'), p.amount_minor)",
    True: "coalesce((a.result ->> 'amount_minor')::bigint, p.amount_minor)",
}
_SENT, _EXPIRES, _RECORDED = _day("a.sent_at"), _day("expires_at"), _day("e.recorded_at")
CARD_SALES: dict[bool, TextClause] = {
    dialect: text(
        f"SELECT a.terminal_id, {_SENT[dialect]} AS day, p.currency,"
        f" sum(CASE WHEN a.purpose = 'refund' THEN -r.amount_minor ELSE {_TAKEN[dialect]} END) AS minor,"
        " count(*) AS number FROM attempt a"
        " JOIN payment p ON p.tenant_id = a.tenant_id AND p.store_id = a.store_id AND p.payment_id = a.payment_id"
        " LEFT JOIN refund r ON r.tenant_id = a.tenant_id AND r.store_id = a.store_id AND r.attempt_id = a.attempt_id"
        " WHERE a.tenant_id = :tenant AND a.store_id = :store AND a.state = 'approved'"
        " AND a.purpose IN ('payment', 'refund') AND a.sent_at >= :since"
        " AND NOT EXISTS (SELECT 1 FROM payout_entry e WHERE e.tenant_id = a.tenant_id AND e.store_id = a.store_id"
        " AND e.attempt_id = a.attempt_id)"
        f" GROUP BY a.terminal_id, {_SENT[dialect]}, p.currency"
    ).bindparams(bindparam("since", type_=UtcTimestamp()))
    for dialect in (False, True)
}
TRANSFERS: dict[bool, TextClause] = {
    dialect: text(
        f"SELECT {_EXPIRES[dialect]} AS day, currency, sum(amount_minor) AS minor, count(*) AS number"
        f" FROM transfer_order WHERE {_PLACE} AND state = '{TransferState.OPEN.value}'"
        f" GROUP BY {_EXPIRES[dialect]}, currency"
    )
    for dialect in (False, True)
}

# What a customer paid settles the oldest sales first: a sale is open as far as all up to it exceed all that was paid.
# So one running sum tells it: all payments first ("credit" sorts before "debit"), then sale after sale.
CUSTOMERS: dict[bool, TextClause] = {
    dialect: text(
        "SELECT day, currency, sum(CASE WHEN owed < amount_minor THEN owed ELSE amount_minor END) AS minor,"
        f" count(*) AS number FROM (SELECT e.side, t.currency, t.amount_minor, {_RECORDED[dialect]} AS day,"
        " sum(CASE WHEN e.side = 'debit' THEN t.amount_minor ELSE -t.amount_minor END) OVER (PARTITION BY"
        " e.customer_id, t.currency ORDER BY e.side, e.recorded_at, e.transfer_id ROWS UNBOUNDED PRECEDING) AS owed"
        " FROM customer_entry e JOIN ledger_transfer t ON t.tenant_id = e.tenant_id AND t.store_id = e.store_id"
        " AND t.transfer_id = e.transfer_id WHERE e.tenant_id = :tenant AND e.store_id = :store) AS told"
        " WHERE side = 'debit' AND owed > 0 GROUP BY day, currency"
    )
    for dialect in (False, True)
}

_HANDED_IN = f"source = '{ItemSource.HANDED_IN.value}' AND closed_at IS NULL AND remaining_minor <> 0"
HANDED_IN = text(
    "SELECT coalesce(due, issued) AS day, currency, sum(remaining_minor) AS minor, count(*) AS number FROM open_item"
    f" WHERE {_PLACE} AND {_HANDED_IN} GROUP BY coalesce(due, issued), currency"
)
_POSTED = f"b.state = '{StatementState.POSTED.value}'"
STATEMENTS = text(
    "SELECT last.account, last.currency, last.last_day, last.closing_minor + coalesce((SELECT sum(l.amount_minor)"
    " FROM statement_line l JOIN bank_statement b ON b.tenant_id = l.tenant_id AND b.store_id = l.store_id"
    " AND b.statement_id = l.statement_id WHERE l.tenant_id = :tenant AND l.store_id = :store"
    f" AND l.account = last.account AND l.currency = last.currency AND l.parent_id IS NULL AND {_POSTED}"
    " AND l.booked_on > last.last_day), 0) AS minor FROM ("
    " SELECT b.account, b.currency, b.last_day, b.closing_minor, row_number() OVER (PARTITION BY b.account, b.currency"
    " ORDER BY b.last_day DESC, b.imported_at DESC, b.statement_id) AS place FROM bank_statement b"
    f" WHERE b.tenant_id = :tenant AND b.store_id = :store AND {_POSTED} AND b.closing_minor IS NOT NULL"
    " AND b.last_day IS NOT NULL) AS last WHERE last.place = 1"
)
"""The closing balance of the last statement of each account that has one, with the lines booked after its last day."""
OPEN_LINES = text(
    "SELECT account, state, currency, count(*) AS number,"
    " sum(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS incoming,"
    " sum(CASE WHEN amount_minor < 0 THEN amount_minor ELSE 0 END) AS outgoing"
    f" FROM statement_line WHERE {_PLACE} AND {one_of('state', UNEXPLAINED)}"
    " GROUP BY account, state, currency ORDER BY account, currency, state"
)

_CLASS = (
    "CASE WHEN due_on > :today THEN -1 WHEN due_on >= :days_30 THEN 0 WHEN due_on >= :days_60 THEN 30"
    " WHEN due_on >= :days_90 THEN 60 ELSE 90 END"
)
PAYABLE_AGES = text(
    f"SELECT {_CLASS} AS age, currency, sum({_LEFT}) AS minor, count(*) AS number FROM payable"
    f" WHERE {_PLACE} AND {_OPEN_PAYABLE} GROUP BY {_CLASS}, currency ORDER BY 2, 1"
)
HANDED_IN_AGES = text(
    f"SELECT side, {_CLASS} AS age, currency, sum(remaining_minor) AS minor, count(*) AS number FROM"
    " (SELECT side, coalesce(due, issued) AS due_on, currency, remaining_minor FROM open_item"
    f" WHERE {_PLACE} AND {_HANDED_IN}) AS items GROUP BY side, {_CLASS}, currency ORDER BY 3, 1, 2"
)
