"""Bank transfers that were asked for, in SQL."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, insert, or_, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.credit.credit_tables import transfer_event, transfer_order
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.transfer_order import (
    TransferOrder,
    TransferOrderId,
    TransferStandard,
    TransferState,
)
from gateway.domain.ids import RegisterId, SaleId, StoreId, TenantId, TenderId
from gateway.domain.money import Currency, Money
from gateway.ports.credit_store import CREDIT_PAGE_MAX, TransferLine, TransferRecord

_HERE = (transfer_order.c.tenant_id == bindparam("tenant"), transfer_order.c.store_id == bindparam("store"))
_ONE = (*_HERE, transfer_order.c.order_id == bindparam("order"))
_LOAD = select(transfer_order).where(*_ONE)
_LOCK = _LOAD.with_for_update(key_share=True)
_BY_REFERENCE = select(transfer_order).where(*_HERE, transfer_order.c.reference == bindparam("told"))
_CHANGE = (
    update(transfer_order)
    .where(*_ONE)
    .values(
        state=bindparam("new_state"),
        concluded_at=bindparam("at"),
        concluded_by=bindparam("actor"),
        reason=bindparam("words"),
        bank_reference=bindparam("bank"),
        last_sequence=bindparam("number"),
    )
)
_LIST = (
    select(transfer_order)
    .where(*_HERE, transfer_order.c.state.in_(bindparam("states", expanding=True)))
    .order_by(transfer_order.c.created_at.desc(), transfer_order.c.order_id.desc())
    .limit(bindparam("most"))
)
_last = transfer_order.alias("last")
_LAST_AT = (
    select(_last.c.created_at)
    .where(
        _last.c.tenant_id == bindparam("tenant"),
        _last.c.store_id == bindparam("store"),
        _last.c.order_id == bindparam("order"),
    )
    .scalar_subquery()
)
_LIST_BEFORE = _LIST.where(
    or_(
        transfer_order.c.created_at < _LAST_AT,
        and_(transfer_order.c.created_at == _LAST_AT, transfer_order.c.order_id < bindparam("order")),
    )
)
_LINES = (
    select(transfer_event)
    .where(
        transfer_event.c.tenant_id == bindparam("tenant"),
        transfer_event.c.store_id == bindparam("store"),
        transfer_event.c.order_id == bindparam("order"),
    )
    .order_by(transfer_event.c.sequence)
)


class SqlTransferOrderStore:
    """Transfer orders of all stores; see ``TransferOrderStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, order: TransferOrder, words: str) -> None:
        """Store an open order with the first line of its journal; errors as in ``TransferOrderStore``."""
        row = {
            "tenant_id": order.tenant_id,
            "store_id": order.store_id,
            "order_id": order.id,
            "tender_id": order.tender_id,
            "sale_id": order.sale_id,
            "register_id": order.register_id,
            "amount_minor": order.amount.minor,
            "currency": order.amount.currency.code,
            "standard": order.standard.value,
            "reference": order.reference,
            "payload": order.payload,
            "state": order.state.value,
            "expires_at": order.expires_at,
            "created_at": order.created_at,
            "created_by": storable(order.created_by),
            "trace_id": order.trace_id,
            "last_sequence": 1,
        }
        self._statements.change(insert(transfer_order), row)
        first = TransferLine(1, order.state, words, order.created_by, order.created_at)
        self._add_line(order, first)

    def lock(self, tenant_id: TenantId, store_id: StoreId, order_id: TransferOrderId) -> TransferOrder | None:
        """Hold an order and return it."""
        row = self._statements.first(_LOCK, {"tenant": tenant_id, "store": store_id, "order": order_id})
        return None if row is None else _order_of(row)

    def change(self, order: TransferOrder) -> None:
        """Store the new state of a locked order, with its reason as the next line of the journal."""
        if order.concluded_at is None or order.concluded_by is None:
            message = "an order changes by somebody, at some time"
            raise ValueError(message)
        number = order.sequence + 1
        words = storable(order.reason or "")
        new = {
            "tenant": order.tenant_id,
            "store": order.store_id,
            "order": order.id,
            "new_state": order.state.value,
            "at": order.concluded_at,
            "actor": storable(order.concluded_by),
            "words": words,
            "bank": None if order.bank_reference is None else storable(order.bank_reference),
            "number": number,
        }
        self._statements.change(_CHANGE, new)
        self._add_line(order, TransferLine(number, order.state, words, order.concluded_by, order.concluded_at))

    def load(self, tenant_id: TenantId, store_id: StoreId, order_id: TransferOrderId) -> TransferRecord | None:
        """Return one order with its journal."""
        here = {"tenant": tenant_id, "store": store_id, "order": order_id}
        row = self._statements.first(_LOAD, here)
        if row is None:
            return None
        lines = self._statements.rows(_LINES, here)
        return TransferRecord(_order_of(row), tuple(_line_of(one) for one in lines))

    def find_by_reference(self, tenant_id: TenantId, store_id: StoreId, reference: str) -> TransferOrder | None:
        """Return the order with this reference, in its plain form."""
        row = self._statements.first(_BY_REFERENCE, {"tenant": tenant_id, "store": store_id, "told": reference})
        return None if row is None else _order_of(row)

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        states: Sequence[TransferState],
        *,
        limit: int,
        before: TransferOrderId | None = None,
    ) -> tuple[TransferOrder, ...]:
        """Return orders in one of the states, newest first."""
        wish: dict[str, object] = {
            "tenant": tenant_id,
            "store": store_id,
            "states": [state.value for state in states],
            "most": max(0, min(limit, CREDIT_PAGE_MAX)),
        }
        if before is None:
            return tuple(_order_of(row) for row in self._statements.rows(_LIST, wish))
        return tuple(_order_of(row) for row in self._statements.rows(_LIST_BEFORE, wish | {"order": before}))

    def _add_line(self, order: TransferOrder, line: TransferLine) -> None:
        row = {
            "tenant_id": order.tenant_id,
            "store_id": order.store_id,
            "order_id": order.id,
            "sequence": line.sequence,
            "state": line.state.value,
            "words": storable(line.words),
            "actor": storable(line.actor),
            "recorded_at": line.recorded_at,
        }
        self._statements.change(insert(transfer_event), row)


def _order_of(row: AnyRow) -> TransferOrder:
    return TransferOrder(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=TransferOrderId(row.order_id),
        tender_id=TenderId(row.tender_id),
        sale_id=SaleId(row.sale_id),
        register_id=RegisterId(row.register_id),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        standard=TransferStandard(row.standard),
        reference=row.reference,
        payload=row.payload,
        state=TransferState(row.state),
        expires_at=row.expires_at,
        created_at=row.created_at,
        created_by=row.created_by,
        trace_id=row.trace_id,
        concluded_at=row.concluded_at,
        concluded_by=row.concluded_by,
        reason=row.reason,
        bank_reference=row.bank_reference,
        sequence=row.last_sequence,
    )


def _line_of(row: AnyRow) -> TransferLine:
    return TransferLine(row.sequence, TransferState(row.state), row.words, row.actor, row.recorded_at)
