"""What day reports read besides the ledger, in SQL."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select, text
from sqlalchemy.sql.elements import Label

from gateway.adapters.db.sales.sale_rows import give_back_of, till_sale_of
from gateway.adapters.db.sales.sale_tables import give_back, till_sale
from gateway.adapters.db.shifts.shift_tables import document_number, document_series
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import OPEN_SQL, attempt, ledger_transfer, payment, sale
from gateway.domain.cards.payment import AttemptState
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.ledger import sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import Tries
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.numbered_documents import NumberedGiveBack, NumberedSale
from gateway.ports.report_sources import DOCUMENTS_MAX, NumberRange


def _labelled(*tables: Table) -> list[Label[object]]:
    return [column.label(f"{table.name}_{column.name}") for table in tables for column in table.columns]


def _here(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


def _place(left: Table, right: Table) -> ColumnElement[bool]:
    return (left.c.tenant_id == right.c.tenant_id) & (left.c.store_id == right.c.store_id)


_LAST = select(document_series.c.last_number).where(
    *_here(document_series),
    document_series.c.register_id == bindparam("register"),
    document_series.c.series == bindparam("series"),
)
_HOLD = text(
    "INSERT INTO document_series (tenant_id, store_id, register_id, series, last_number)"
    " VALUES (:tenant, :store, :register, :series, 0) ON CONFLICT (tenant_id, store_id, register_id, series)"
    " DO UPDATE SET last_number = document_series.last_number RETURNING last_number"
)


def _numbered(statement: Select[tuple[object]]) -> Select[tuple[object]]:
    return (
        statement.where(
            *_here(document_number),
            document_number.c.register_id == bindparam("register"),
            document_number.c.series == bindparam("series"),
            document_number.c.number > bindparam("after"),
            document_number.c.number <= bindparam("last"),
        )
        .order_by(document_number.c.number)
        .limit(DOCUMENTS_MAX)
    )


_SALES = _numbered(
    select(document_number.c.number.label("number"), *_labelled(till_sale, sale)).select_from(
        document_number.join(
            till_sale, _place(till_sale, document_number) & (till_sale.c.sale_id == document_number.c.document_id)
        ).join(sale, _place(sale, till_sale) & (sale.c.sale_id == till_sale.c.sale_id))
    )
)
_GIVE_BACKS = _numbered(
    select(document_number.c.number.label("number"), *give_back.columns).select_from(
        document_number.join(
            give_back, _place(give_back, document_number) & (give_back.c.give_back_id == document_number.c.document_id)
        )
    )
)
# A try that charged nothing voids its reservation: the ledger has an index by time, the attempts have none.
_ENDED = (
    select(attempt.c.state.label("state"), func.count().label("number"))
    .select_from(
        ledger_transfer.join(
            attempt, _place(attempt, ledger_transfer) & (attempt.c.attempt_id == ledger_transfer.c.cause_id)
        )
    )
    .where(
        *_here(ledger_transfer),
        ledger_transfer.c.kind == "void",
        ledger_transfer.c.recorded_at >= bindparam("since"),
        ledger_transfer.c.recorded_at < bindparam("until"),
        ledger_transfer.c.credit_account == bindparam("account"),
        attempt.c.purpose == "payment",
    )
    .group_by(attempt.c.state)
)
_IN_DOUBT = (
    select(func.count().label("number"), func.coalesce(func.sum(payment.c.amount_minor), 0).label("minor"))
    .select_from(
        attempt.join(payment, _place(payment, attempt) & (payment.c.payment_id == attempt.c.payment_id)),
    )
    .where(
        *_here(attempt),
        text(f"attempt.{OPEN_SQL}"),
        attempt.c.purpose == "payment",
        payment.c.register_id == bindparam("register"),
        payment.c.currency == bindparam("currency"),
    )
)


class SqlReportSources:
    """Reads of all stores."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def last_number(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId, series: Series) -> int:
        """Return the last number a register gave in a series; 0 before the first."""
        wish = {"tenant": tenant_id, "store": store_id, "register": register_id, "series": series.value}
        row = self._statements.first(_LAST, wish)
        return 0 if row is None else int(row.last_number)

    def hold_number(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId, series: Series) -> int:
        """As :meth:`last_number`; nobody gives a further one before this unit ends."""
        wish = {"tenant": tenant_id, "store": store_id, "register": register_id, "series": series.value}
        row = self._statements.first(_HOLD, wish)
        return 0 if row is None else int(row.last_number)

    def sales(self, numbers: NumberRange) -> tuple[NumberedSale, ...]:
        """Return the settled sales with these numbers, in their order."""
        rows = self._statements.rows(_SALES, _range(numbers))
        return tuple(NumberedSale(row.number, till_sale_of(row)) for row in rows)

    def give_backs(self, numbers: NumberRange) -> tuple[NumberedGiveBack, ...]:
        """Return the give-backs with these numbers, in their order."""
        rows = self._statements.rows(_GIVE_BACKS, _range(numbers))
        return tuple(NumberedGiveBack(row.number, give_back_of(row)) for row in rows)

    def tries(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        register_id: RegisterId,
        currency: Currency,
        *,
        since: datetime,
        until: datetime,
    ) -> Tries:
        """Count card payments that charged nothing between two instants, and those in doubt now."""
        place = {"tenant": tenant_id, "store": store_id}
        period = {"since": since, "until": until, "account": sales_revenue(register_id)}
        found = {row.state: int(row.number) for row in self._statements.rows(_ENDED, place | period)}
        doubt = self._statements.first(_IN_DOUBT, place | {"register": register_id, "currency": currency.code})
        return Tries(
            declined=found.get(AttemptState.DECLINED, 0),
            cancelled=found.get(AttemptState.CANCELLED, 0),
            not_charged=found.get(AttemptState.NOT_CHARGED, 0),
            in_doubt=0 if doubt is None else int(doubt.number),
            in_doubt_amount=Money(0 if doubt is None else int(doubt.minor), currency),
        )


def _range(numbers: NumberRange) -> Mapping[str, object]:
    return {
        "tenant": numbers.tenant_id,
        "store": numbers.store_id,
        "register": numbers.register_id,
        "series": numbers.series.value,
        "after": numbers.after,
        "last": numbers.last,
    }
