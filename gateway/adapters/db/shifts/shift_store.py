# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Shifts in SQL. A shift's row says how it stands and is what units queue for; everything else is only ever added."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Text, bindparam, cast, insert, or_, select, text, type_coerce, update

from gateway.adapters.db.payments.mapping import transfer_of
from gateway.adapters.db.shifts import shift_rows
from gateway.adapters.db.shifts.shift_tables import (
    CASH_BEGINS,
    CASH_SIDES,
    day_report,
    reported_transfer,
    shift,
    shift_fact,
)
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import ledger_transfer, stored_answer
from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId, TransferId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.shift import FOREIGN_DIFFERS, Shift, ShiftFact, ShiftState
from gateway.ports.payment_store import StoredAnswer
from gateway.ports.shift_store import StoredReport

SHIFTS_MAX = 200
"""Shifts of one answer at most."""
REVIEWS_MAX = 100
"""Shifts shown for review at most: the oldest."""
FACTS_MAX = 2000
"""Facts shown of one shift at most."""
ROWS_AT_ONCE = 500
"""Rows of one insert: well below the number of values a statement may have on either database."""
TRANSFERS_MAX = 200_000
"""Transfers of one report at most: a register that takes one every second works two days for them."""

_HERE = (shift.c.tenant_id == bindparam("tenant"), shift.c.store_id == bindparam("store"))
_ONE = select(shift).where(*_HERE, shift.c.shift_id == bindparam("shift"))
_OF_REGISTER = (*_HERE, shift.c.register_id == bindparam("register"))
_RUNNING = select(shift).where(*_OF_REGISTER, shift.c.state != ShiftState.CLOSED.value)
# Read mode: sales at one register do not wait for each other, only for whoever counts or closes.
_HOLD_OPEN = (
    select(shift.c.shift_id).where(*_OF_REGISTER, shift.c.state == ShiftState.OPEN.value).with_for_update(read=True)
)
_LAST_CLOSED = (
    select(shift)
    .where(*_OF_REGISTER, shift.c.state == ShiftState.CLOSED.value)
    .order_by(shift.c.closed_at.desc(), shift.c.shift_id.desc())
    .limit(1)
)
_LIST = select(shift).where(*_HERE).order_by(shift.c.opened_at.desc(), shift.c.shift_id.desc())
_COUNTED = select(shift_fact.c.shift_id).where(
    shift_fact.c.tenant_id == shift.c.tenant_id,
    shift_fact.c.store_id == shift.c.store_id,
    shift_fact.c.shift_id == shift.c.shift_id,
)
# A shift closes on its newest count, so a difference stands in the fact just before the closing one.
_TO_REVIEW = (
    select(shift)
    .where(
        *_HERE,
        shift.c.state == ShiftState.CLOSED.value,
        ~_COUNTED.where(shift_fact.c.kind == "reviewed").exists(),
        _COUNTED.where(
            shift_fact.c.sequence == shift.c.last_sequence - 1,
            or_(
                shift_fact.c.amount_minor != shift_fact.c.expected_minor,
                type_coerce(cast(shift_fact.c.detail, Text), Text).like(f'%"{FOREIGN_DIFFERS}"%'),
            ),
        ).exists(),
    )
    .order_by(shift.c.closed_at)
    .limit(REVIEWS_MAX)
)
_STEP = (
    update(shift)
    .where(*_HERE, shift.c.shift_id == bindparam("shift"), shift.c.last_sequence == bindparam("before_sequence"))
    .values(
        state=bindparam("new_state"),
        cashier=bindparam("new_cashier"),
        closed_at=bindparam("new_closed_at", type_=shift.c.closed_at.type),
        last_sequence=bindparam("new_sequence"),
    )
)
_FACTS = (
    select(shift_fact)
    .where(
        shift_fact.c.tenant_id == bindparam("tenant"),
        shift_fact.c.store_id == bindparam("store"),
        shift_fact.c.shift_id == bindparam("shift"),
    )
    .order_by(shift_fact.c.sequence)
    .limit(FACTS_MAX)
)
_HOLD_SERIES = text(
    "INSERT INTO document_series (tenant_id, store_id, register_id, series, last_number)"
    " VALUES (:tenant, :store, :register, :series, 0) ON CONFLICT (tenant_id, store_id, register_id, series)"
    " DO UPDATE SET last_number = document_series.last_number"
)
_BALANCE = text(
    "SELECT coalesce(sum(CASE WHEN debit_account = :account THEN amount_minor ELSE -amount_minor END), 0) AS minor"
    " FROM ledger_transfer WHERE tenant_id = :tenant AND store_id = :store AND kind = 'post'"
    " AND (debit_account = :account OR credit_account = :account) AND currency = :currency"
)
# In the very words of the two indexes over cash, which are used for no others.
_DRAWER = text(
    " ".join(
        f"{start} coalesce((SELECT sum(amount_minor) FROM ledger_transfer WHERE tenant_id = :tenant"
        f" AND store_id = :store AND {side} = :account AND currency = :currency AND {where}), 0)"
        for start, (side, where) in zip(("SELECT", "-"), CASH_SIDES.items(), strict=True)
    )
    + " AS minor"
)
_UNREPORTED = (
    select(ledger_transfer)
    .where(
        ledger_transfer.c.tenant_id == bindparam("tenant"),
        ledger_transfer.c.store_id == bindparam("store"),
        ledger_transfer.c.kind == "post",
        ledger_transfer.c.recorded_at >= bindparam("since"),
        or_(
            ledger_transfer.c.debit_account.in_(bindparam("accounts", expanding=True)),
            ledger_transfer.c.credit_account.in_(bindparam("accounts", expanding=True)),
        ),
        ~select(reported_transfer.c.transfer_id)
        .where(
            reported_transfer.c.tenant_id == ledger_transfer.c.tenant_id,
            reported_transfer.c.store_id == ledger_transfer.c.store_id,
            reported_transfer.c.transfer_id == ledger_transfer.c.transfer_id,
        )
        .exists(),
    )
    .order_by(ledger_transfer.c.recorded_at, ledger_transfer.c.transfer_id)
    .limit(TRANSFERS_MAX)
)
_REPORTS = select(day_report).where(
    day_report.c.tenant_id == bindparam("tenant"), day_report.c.store_id == bindparam("store")
)
_REPORT = _REPORTS.where(day_report.c.shift_id == bindparam("shift"))
_LAST_REPORT = (
    _REPORTS.where(day_report.c.register_id == bindparam("register")).order_by(day_report.c.number.desc()).limit(1)
)


class SqlShiftStore:
    """Shifts of all stores."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, new: Shift, fact: ShiftFact) -> None:
        """Store a shift that begins, with its first fact."""
        self._statements.change(insert(shift), shift_rows.shift_row(new))
        self._statements.change(insert(shift_fact), shift_rows.fact_row(new, fact))

    def hold_open(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> ShiftId | None:
        """Return the shift that takes money now; it cannot be counted or closed before this unit ends."""
        row = self._statements.first(_HOLD_OPEN, _register(tenant_id, store_id, register_id))
        return None if row is None else ShiftId(row.shift_id)

    def hold(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> Shift | None:
        """Return a shift; nobody else takes money for it or adds a fact before this unit ends."""
        row = self._statements.first(_ONE.with_for_update(), _shift(tenant_id, store_id, shift_id))
        return None if row is None else shift_rows.shift_of(row)

    def hold_register(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> None:
        """Let nobody else number a Z report of this register, or begin a shift there, before this unit ends."""
        here = _register(tenant_id, store_id, register_id)
        self._statements.change(_HOLD_SERIES, here | {"series": Series.Z_REPORT.value})

    def add_fact(self, after: Shift, fact: ShiftFact) -> None:
        """Store a fact and the shift as it stands after it."""
        step = {
            **_shift(after.tenant_id, after.store_id, after.id),
            "before_sequence": fact.sequence - 1,
            "new_state": after.state.value,
            "new_cashier": after.cashier,
            "new_closed_at": after.closed_at,
            "new_sequence": fact.sequence,
        }
        if self._statements.change(_STEP, step) != 1:
            message = "a fact was added to a shift that nobody held"
            raise RuntimeError(message)
        self._statements.change(insert(shift_fact), shift_rows.fact_row(after, fact))

    def running(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> Shift | None:
        """Return the register's shift that is not closed, or None."""
        row = self._statements.first(_RUNNING, _register(tenant_id, store_id, register_id))
        return None if row is None else shift_rows.shift_of(row)

    def load(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> Shift | None:
        """Return one shift, or None."""
        row = self._statements.first(_ONE, _shift(tenant_id, store_id, shift_id))
        return None if row is None else shift_rows.shift_of(row)

    def last_closed(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> Shift | None:
        """Return the shift of the register that was closed last, or None."""
        row = self._statements.first(_LAST_CLOSED, _register(tenant_id, store_id, register_id))
        return None if row is None else shift_rows.shift_of(row)

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        register_id: RegisterId | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> tuple[Shift, ...]:
        """Return shifts, those opened last first."""
        statement = _LIST.limit(bindparam("limit"))
        wish: dict[str, object] = {"tenant": tenant_id, "store": store_id, "limit": max(1, min(limit, SHIFTS_MAX))}
        if register_id is not None:
            statement = statement.where(shift.c.register_id == bindparam("register"))
            wish["register"] = register_id
        if before is not None:
            statement = statement.where(shift.c.opened_at < bindparam("before"))
            wish["before"] = before
        return tuple(shift_rows.shift_of(row) for row in self._statements.rows(statement, wish))

    def to_review(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Shift, ...]:
        """Return the closed shifts with a difference that nobody has reviewed, the oldest first."""
        rows = self._statements.rows(_TO_REVIEW, {"tenant": tenant_id, "store": store_id})
        return tuple(shift_rows.shift_of(row) for row in rows)

    def facts(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> tuple[ShiftFact, ...]:
        """Return the facts of a shift, oldest first."""
        rows = self._statements.rows(_FACTS, _shift(tenant_id, store_id, shift_id))
        return tuple(shift_rows.fact_of(row) for row in rows)

    def balance(self, tenant_id: TenantId, store_id: StoreId, account: str, currency: Currency) -> Money:
        """Return posted debits less posted credits of one account, over all of the ledger; of a drawer by an index."""
        wish = {"tenant": tenant_id, "store": store_id, "account": account, "currency": currency.code}
        row = self._statements.first(_DRAWER if account.startswith(CASH_BEGINS) else _BALANCE, wish)
        return Money(0 if row is None else int(row.minor), currency)

    def unreported(
        self, tenant_id: TenantId, store_id: StoreId, accounts: Collection[str], *, since: datetime
    ) -> tuple[Transfer, ...]:
        """Return the posted transfers that touch one of these accounts and are in no Z report, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "accounts": list(accounts), "since": since}
        return tuple(transfer_of(row) for row in self._statements.rows(_UNREPORTED, wish))

    def keep_report(self, of: Shift, report: StoredReport, transfers: Iterable[TransferId]) -> None:
        """Store a Z report and which transfers it has counted."""
        place = {"tenant_id": of.tenant_id, "store_id": of.store_id, "shift_id": of.id}
        self._statements.change(insert(day_report), place | shift_rows.report_row(report))
        rows = [place | {"transfer_id": transfer_id} for transfer_id in transfers]
        for start in range(0, len(rows), ROWS_AT_ONCE):
            # A day has thousands: one statement each would hold everybody else for seconds.
            self._statements.change(insert(reported_transfer).values(rows[start : start + ROWS_AT_ONCE]), {})

    def report(self, tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> StoredReport | None:
        """Return the Z report of a shift, or None."""
        row = self._statements.first(_REPORT, _shift(tenant_id, store_id, shift_id))
        return None if row is None else shift_rows.report_of(row)

    def last_report(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> StoredReport | None:
        """Return the newest Z report of a register, or None."""
        row = self._statements.first(_LAST_REPORT, _register(tenant_id, store_id, register_id))
        return None if row is None else shift_rows.report_of(row)

    def keep_answer(self, tenant_id: TenantId, store_id: StoreId, answer: StoredAnswer, at: datetime) -> None:
        """Store what the caller is told, for a replay."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "key": answer.key,
            "request_hash": answer.request_hash,
            "status": answer.status,
            "body": answer.body,
            "location": answer.location,
            "created_at": at,
        }
        self._statements.change(insert(stored_answer), row)


def _register(tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> dict[str, object]:
    return {"tenant": tenant_id, "store": store_id, "register": register_id}


def _shift(tenant_id: TenantId, store_id: StoreId, shift_id: ShiftId) -> dict[str, object]:
    return {"tenant": tenant_id, "store": store_id, "shift": shift_id}
