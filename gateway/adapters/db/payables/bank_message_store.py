"""Messages of banks in SQL: content is stored once and never changed, each reading of it adds a row."""

import uuid

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.bank_tables import bank_message, bank_message_reading
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.payment_run_store import BankMessage

MESSAGES_MAX = 500
"""Messages of one answer at most."""

_WITHOUT_CONTENT = [column for column in bank_message.c if column.name != "content"]
_newest = (
    select(
        bank_message_reading.c.message_id,
        func.max(bank_message_reading.c.sequence).label("sequence"),
    )
    .where(
        bank_message_reading.c.tenant_id == bindparam("tenant"), bank_message_reading.c.store_id == bindparam("store")
    )
    .group_by(bank_message_reading.c.message_id)
    .subquery()
)


def _with_reading(wanted: Select[*tuple[AnyRow, ...]]) -> Select[*tuple[AnyRow, ...]]:
    """Join each message with its newest reading."""
    reading = bank_message_reading
    return (
        wanted.add_columns(reading.c.applied, reading.c.outcome)
        .select_from(
            bank_message.outerjoin(_newest, _newest.c.message_id == bank_message.c.message_id).outerjoin(
                reading,
                (reading.c.tenant_id == bank_message.c.tenant_id)
                & (reading.c.store_id == bank_message.c.store_id)
                & (reading.c.message_id == _newest.c.message_id)
                & (reading.c.sequence == _newest.c.sequence),
            )
        )
        .where(bank_message.c.tenant_id == bindparam("tenant"), bank_message.c.store_id == bindparam("store"))
    )


_LOAD = _with_reading(select(bank_message)).where(bank_message.c.message_id == bindparam("message"))
_LIST = (
    _with_reading(select(*_WITHOUT_CONTENT))
    .order_by(bank_message.c.received_at.desc(), bank_message.c.message_id.desc())
    .limit(bindparam("most"))
)
_ADD = {
    False: sqlite.insert(bank_message).on_conflict_do_nothing().returning(bank_message.c.message_id),
    True: postgresql.insert(bank_message).on_conflict_do_nothing().returning(bank_message.c.message_id),
}
_SEQUENCE = select(func.coalesce(func.max(bank_message_reading.c.sequence), 0) + 1).where(
    bank_message_reading.c.tenant_id == bindparam("tenant"),
    bank_message_reading.c.store_id == bindparam("store"),
    bank_message_reading.c.message_id == bindparam("message"),
)
_CONCLUDE = bank_message_reading.insert()


class SqlBankMessageStore:
    """Messages of banks; see ``BankMessageStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, tenant_id: TenantId, store_id: StoreId, message: BankMessage) -> bool:
        """Store a message; False, and nothing stored, when the same content is there."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "message_id": message.id,
            "kind": message.kind,
            "name": storable(message.name),
            "sha256": message.sha256,
            "content": message.content,
            "received_at": message.received_at,
        }
        if self._statements.first(_ADD[self._statements.postgresql], row) is None:
            return False
        if message.applied or message.outcome:
            self.conclude(tenant_id, store_id, message.id, applied=message.applied, outcome=message.outcome)
        return True

    def load(self, tenant_id: TenantId, store_id: StoreId, message_id: uuid.UUID) -> BankMessage | None:
        """Return one message with its content."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "message": message_id})
        return None if row is None else _message_of(row, bytes(row.content))

    def list(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[BankMessage, ...]:
        """Return messages, newest first, without their content."""
        wish = {"tenant": tenant_id, "store": store_id, "most": max(0, min(limit, MESSAGES_MAX))}
        return tuple(_message_of(row, b"") for row in self._statements.rows(_LIST, wish))

    def conclude(
        self, tenant_id: TenantId, store_id: StoreId, message_id: uuid.UUID, *, applied: bool, outcome: str
    ) -> None:
        """Store what reading a message gave."""
        wish = {"tenant": tenant_id, "store": store_id, "message": message_id}
        found = self._statements.first(_SEQUENCE, wish)
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "message_id": message_id,
            "sequence": 1 if found is None else int(found[0]),
            "applied": applied,
            "outcome": storable(outcome),
        }
        self._statements.change(_CONCLUDE, row)


def _message_of(row: AnyRow, content: bytes) -> BankMessage:
    return BankMessage(
        id=row.message_id,
        kind=row.kind,
        name=row.name,
        sha256=row.sha256,
        content=content,
        received_at=row.received_at,
        applied=bool(row.applied),
        outcome=row.outcome or "",
    )
