"""Gap-free numbers in SQL: one row counts a register's series, one row for each number that was given."""

import uuid
from datetime import datetime

from sqlalchemy import bindparam, insert, select, text

from gateway.adapters.db.shifts.shift_tables import document_number
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.shifts.document_number import DocumentNumber, Series

NUMBERS_MAX = 10_000
"""Numbers of one answer at most."""

# Makes the row where there is none and holds it: whoever wants a number of this series waits here, and sees in the next
# statement what the one before has stored.
_HOLD = text(
    "INSERT INTO document_series (tenant_id, store_id, register_id, series, last_number)"
    " VALUES (:tenant, :store, :register, :series, 0) ON CONFLICT (tenant_id, store_id, register_id, series)"
    " DO UPDATE SET last_number = document_series.last_number RETURNING last_number"
)
_RAISE = text(
    "UPDATE document_series SET last_number = last_number + 1 WHERE tenant_id = :tenant AND store_id = :store"
    " AND register_id = :register AND series = :series"
)
_OF_STORE = (
    document_number.c.tenant_id == bindparam("tenant"),
    document_number.c.store_id == bindparam("store"),
    document_number.c.series == bindparam("series"),
)
_FIND = select(document_number).where(*_OF_STORE, document_number.c.document_id == bindparam("document"))
_LIST = (
    select(document_number)
    .where(*_OF_STORE, document_number.c.register_id == bindparam("register"))
    .order_by(document_number.c.number)
    .limit(NUMBERS_MAX)
)


class SqlNumberStore:
    """Numbers of all stores."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def give(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        register_id: RegisterId,
        series: Series,
        document_id: uuid.UUID,
        at: datetime,
    ) -> int:
        """Return the document's number, the next one if it has none."""
        here = {"tenant": tenant_id, "store": store_id, "register": register_id, "series": series.value}
        held = self._statements.first(_HOLD, here)
        known = self.find(tenant_id, store_id, series, document_id)
        if known is not None:
            return known.number
        number = (0 if held is None else int(held.last_number)) + 1
        self._statements.change(_RAISE, here)
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "series": series.value,
            "document_id": document_id,
            "register_id": register_id,
            "number": number,
            "given_at": at,
        }
        self._statements.change(insert(document_number), row)
        return number

    def find(
        self, tenant_id: TenantId, store_id: StoreId, series: Series, document_id: uuid.UUID
    ) -> DocumentNumber | None:
        """Return the number a document has, or None."""
        wish = {"tenant": tenant_id, "store": store_id, "series": series.value, "document": document_id}
        row = self._statements.first(_FIND, wish)
        if row is None:
            return None
        return DocumentNumber(
            RegisterId(row.register_id), Series(row.series), row.number, row.document_id, row.given_at
        )

    def given(
        self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId, series: Series
    ) -> tuple[DocumentNumber, ...]:
        """Return the numbers a register gave in a series, in order, at most ``NUMBERS_MAX``."""
        wish = {"tenant": tenant_id, "store": store_id, "register": register_id, "series": series.value}
        return tuple(
            DocumentNumber(register_id, series, row.number, row.document_id, row.given_at)
            for row in self._statements.rows(_LIST, wish)
        )
