"""Payables and their journals in SQL: a change fits the version it was made for, or is not stored."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, insert, or_, select, tuple_, update

from gateway.adapters.db.among import among
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.payable_rows import event_of, event_row, payable_of, row_of, stored_key
from gateway.adapters.db.payables.payable_tables import payable, payable_event
from gateway.adapters.db.payables.supplier_tables import supplier
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId, in_order
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable import OPEN_STATES, Payable, PayableEvent, PayableKind, PayableState
from gateway.ports.payable_store import CANDIDATES_MAX, PayableSort, PayableTally, PayableWish

CHUNK = 500
"""Ids in one statement: databases limit the parameters of a statement."""

_TABLE, _EVENT = payable.c, payable_event.c
_HERE = (_TABLE.tenant_id == bindparam("tenant"), _TABLE.store_id == bindparam("store"))
_THIS = (*_HERE, _TABLE.payable_id == bindparam("payable"))
_ADD, _TELL = insert(payable), insert(payable_event)
_LOAD = select(payable).where(*_THIS)
_BY_INDEX_ONLY = frozenset({"number_key", "search_text", "hold_kind"})
_WHOLE = select(*(column for column in _TABLE if column.name not in _BY_INDEX_ONLY))
"""A payable without what is only looked up by: a run reads tens of thousands."""
_OF_IDS = _WHOLE.where(*_HERE, among(_TABLE.payable_id, "ids")).order_by(_TABLE.payable_id)
_OF_INVOICE = select(payable).where(*_HERE, _TABLE.document_invoice_id == bindparam("invoice"))
_KEYS = frozenset({"tenant_id", "store_id", "payable_id", "created_at", "created_by", "source", "document_invoice_id"})
_FITS = (*_THIS, _TABLE.version == bindparam("expected"))
_UPDATE = (
    update(payable)
    .where(*_FITS)
    .values({column.name: bindparam(f"new_{column.name}") for column in _TABLE if column.name not in _KEYS})
)
_MOVED = ("state", "paid_minor", "changed_at", "version")
_NEW: Mapping[str, Any] = {name: bindparam(f"new_{name}") for name in _MOVED}
_MOVE = update(payable).where(*_FITS).values(_NEW)
_MOVE_ALIKE = (
    update(payable)
    .where(*_HERE, among(_TABLE.payable_id, "ids"), _TABLE.version == bindparam("expected"))
    .values({name: value for name, value in _NEW.items() if name != "paid_minor"})
)
_EVENTS_HERE = (_EVENT.tenant_id == bindparam("tenant"), _EVENT.store_id == bindparam("store"))
_EVENTS = (
    select(payable_event).where(*_EVENTS_HERE, _EVENT.payable_id == bindparam("payable")).order_by(_EVENT.sequence)
)
_SEQUENCES = (
    select(_EVENT.payable_id, func.max(_EVENT.sequence).label("last"))
    .where(*_EVENTS_HERE, among(_EVENT.payable_id, "ids"))
    .group_by(_EVENT.payable_id)
)
_COUNTS = select(_TABLE.state, func.count().label("number")).where(*_HERE).group_by(_TABLE.state)
_WAITING = _TABLE.state.in_([str(one) for one in sorted(OPEN_STATES)])
_HELD = select(func.count().label("number")).where(*_HERE, _WAITING, _TABLE.hold_kind.is_not(None))
_OVERDUE = select(func.count().label("number")).where(
    *_HERE, _WAITING, _TABLE.kind == PayableKind.INVOICE.value, _TABLE.due_on < bindparam("today")
)
_PAYABLE_NOW = _WHOLE.where(
    *_HERE,
    _TABLE.state.in_([PayableState.APPROVED.value, PayableState.PART_PAID.value]),
    _TABLE.hold_kind.is_(None),
).order_by(_TABLE.due_on, _TABLE.payable_id)
_NAMED = select(supplier.c.supplier_id).where(
    supplier.c.tenant_id == bindparam("tenant"), supplier.c.store_id == bindparam("store")
)
_CANDIDATES = (
    select(payable)
    .where(
        *_HERE,
        _TABLE.payable_id != bindparam("payable"),
        _TABLE.state.not_in([PayableState.REJECTED.value, PayableState.CANCELLED.value]),
        _TABLE.issued_on >= bindparam("since"),
        or_(
            and_(
                _TABLE.number_key == bindparam("numbered"),
                _TABLE.supplier_id.in_(bindparam("suppliers", expanding=True)),
            ),
            and_(_TABLE.gross_minor == bindparam("minor"), _TABLE.currency == bindparam("money")),
        ),
    )
    .order_by(_TABLE.created_at.desc(), _TABLE.payable_id.desc())
    .limit(CANDIDATES_MAX)
)
_HISTORY = (
    select(_TABLE.issued_on, _TABLE.gross_minor, _TABLE.currency)
    .where(
        *_HERE,
        _TABLE.supplier_id == bindparam("supplier"),
        _TABLE.issued_on >= bindparam("since"),
        _TABLE.kind == PayableKind.INVOICE.value,
        _TABLE.state.not_in([PayableState.REJECTED.value, PayableState.CANCELLED.value]),
    )
    .order_by(_TABLE.issued_on, _TABLE.payable_id)
)


class SqlPayableStore:
    """Payables of all stores; see ``PayableStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, payable: Payable) -> None:
        """Store a new payable."""
        self._statements.change(_ADD, row_of(payable))

    def update(self, payable: Payable) -> bool:
        """Store a payable that was loaded at the version before this one; False when it has changed since."""
        return self._statements.change(_UPDATE, _changes(payable)) == 1

    def update_many(self, payables: Sequence[Payable]) -> bool:
        """As :meth:`update`, for many in few statements; False when one has changed since: the unit must end."""
        return self._statements.change_many(_UPDATE, [_changes(one) for one in payables]) == len(payables)

    def move_many(self, payables: Sequence[Payable]) -> bool:
        """As :meth:`update_many`, where only state, paid amount and version have changed."""
        rows = [
            _of(one)
            | {
                "expected": one.version - 1,
                "new_state": one.state.value,
                "new_paid_minor": one.paid.minor,
                "new_changed_at": one.changed_at,
                "new_version": one.version,
            }
            for one in payables
        ]
        return self._statements.change_many(_MOVE, rows) == len(payables)

    def move_alike(self, payables: Sequence[Payable]) -> bool:
        """As :meth:`update_many`, where only state and version have changed; a statement for those that moved alike."""
        alike: dict[tuple[Any, ...], list[PayableId]] = {}
        for one in payables:
            key = (one.tenant_id, one.store_id, one.version, one.state, one.changed_at)
            alike.setdefault(key, []).append(one.id)
        touched = 0
        for (tenant_id, store_id, version, state, changed_at), moved in alike.items():
            values = {"new_state": state.value, "new_changed_at": changed_at, "new_version": version}
            asked = {"tenant": tenant_id, "store": store_id, "expected": version - 1} | values
            touched += sum(self._statements.change(_MOVE_ALIKE, {**asked, "ids": ids}) for ids in _chunks(moved))
        return touched == len(payables)

    def tell(self, payable: Payable, event: PayableEvent) -> None:
        """Add a line to the journal of a payable."""
        self._statements.change(_TELL, event_row(payable, event))

    def tell_many(self, told: Sequence[tuple[Payable, PayableEvent]]) -> None:
        """As :meth:`tell`, for many in few statements."""
        self._statements.change_many(_TELL, [event_row(about, event) for about, event in told])

    def load(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> Payable | None:
        """Return one payable."""
        row = self._statements.first(_LOAD, _at(tenant_id, store_id, payable_id))
        return None if row is None else payable_of(row)

    def load_many(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, Payable]:
        """Return payables by id, in few statements, without holding them."""
        return self._of_ids(_OF_IDS, tenant_id, store_id, payable_ids)

    def lock(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> Payable | None:
        """Return one payable and hold it until the unit ends; SQLite has one writer anyway."""
        statement = _LOAD.with_for_update() if self._statements.postgresql else _LOAD
        row = self._statements.first(statement, _at(tenant_id, store_id, payable_id))
        return None if row is None else payable_of(row)

    def lock_many(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, Payable]:
        """Return payables by id and hold them until the unit ends; always locked in the same order."""
        statement = _OF_IDS.with_for_update() if self._statements.postgresql else _OF_IDS
        return self._of_ids(statement, tenant_id, store_id, payable_ids)

    def events(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[PayableEvent, ...]:
        """Return the journal of a payable, oldest first."""
        return tuple(event_of(row) for row in self._statements.rows(_EVENTS, _at(tenant_id, store_id, payable_id)))

    def next_sequences(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, int]:
        """Return the sequence each one's next event gets."""
        following = dict.fromkeys(payable_ids, 1)
        for ids in _chunks(payable_ids):
            for row in self._statements.many(_SEQUENCES, {"tenant": tenant_id, "store": store_id, "ids": ids}):
                following[PayableId(row.payable_id)] = int(row.last) + 1
        return following

    def list(
        self, tenant_id: TenantId, store_id: StoreId, wish: PayableWish, *, before: PayableId | None, limit: int
    ) -> tuple[Payable, ...]:
        """Return payables in the order wished for, behind ``before``."""
        asked: dict[str, Any] = {"tenant": tenant_id, "store": store_id, "states": [str(one) for one in wish.states]}
        statement = select(payable).where(*_HERE, _TABLE.state.in_(bindparam("states", expanding=True)))
        if wish.supplier_id is not None:
            statement = statement.where(_TABLE.supplier_id == bindparam("of_supplier"))
            asked["of_supplier"] = wish.supplier_id
        if wish.kind is not None:
            statement = statement.where(_TABLE.kind == bindparam("of_kind"))
            asked["of_kind"] = wish.kind.value
        if wish.due_until is not None:
            statement = statement.where(_TABLE.due_on <= bindparam("until"))
            asked["until"] = wish.due_until.isoformat()
        if wish.held is not None:
            statement = statement.where(_TABLE.hold_kind.is_not(None) if wish.held else _TABLE.hold_kind.is_(None))
        if wish.text:
            part = storable(wish.text).casefold()
            named = _NAMED.where(supplier.c.search_text.contains(part, autoescape=True))
            numbered = _TABLE.search_text.contains(part, autoescape=True)
            statement = statement.where(or_(numbered, _TABLE.supplier_id.in_(named)))
        if before is not None:
            cursor = self.load(tenant_id, store_id, before)
            if cursor is None:
                return ()
            statement = statement.where(_behind(wish.sort, cursor))
        order = (
            (_TABLE.due_on, _TABLE.payable_id)
            if wish.sort is PayableSort.DUE
            else (_TABLE.created_at.desc(), _TABLE.payable_id.desc())
        )
        rows = self._statements.rows(statement.order_by(*order).limit(limit), asked)
        return tuple(payable_of(row) for row in rows)

    def payable_now(
        self, tenant_id: TenantId, store_id: StoreId, *, supplier_ids: Sequence[SupplierId] | None = None
    ) -> tuple[Payable, ...]:
        """Return every payable that is approved or part paid and not held, by due date: what a run chooses from."""
        asked = {"tenant": tenant_id, "store": store_id}
        if supplier_ids is None:
            return tuple(payable_of(row) for row in self._statements.many(_PAYABLE_NOW, asked))
        statement = _PAYABLE_NOW.where(_TABLE.supplier_id.in_(bindparam("suppliers", expanding=True)))
        found = [
            payable_of(row)
            for ids in _chunks(supplier_ids)
            for row in self._statements.rows(statement, {**asked, "suppliers": ids})
        ]
        return tuple(sorted(found, key=lambda one: (one.due_on, one.id)))

    def counts(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[PayableState, int]:
        """Return how many payables stand in each state."""
        rows = self._statements.rows(_COUNTS, {"tenant": tenant_id, "store": store_id})
        return {PayableState(row.state): int(row.number) for row in rows}

    def tally(self, tenant_id: TenantId, store_id: StoreId, *, today: date) -> PayableTally:
        """Return what a list shows above itself."""
        asked = {"tenant": tenant_id, "store": store_id}
        held = self._statements.rows(_HELD, asked)[0].number
        overdue = self._statements.rows(_OVERDUE, {**asked, "today": today.isoformat()})[0].number
        return PayableTally(self.counts(tenant_id, store_id), int(held), int(overdue))

    def of_invoice(self, tenant_id: TenantId, store_id: StoreId, document_invoice_id: uuid.UUID) -> Payable | None:
        """Return the payable made of a captured invoice."""
        asked = {"tenant": tenant_id, "store": store_id, "invoice": document_invoice_id}
        row = self._statements.first(_OF_INVOICE, asked)
        return None if row is None else payable_of(row)

    def candidates(self, payable: Payable, supplier_ids: Sequence[SupplierId], *, since: date) -> tuple[Payable, ...]:
        """Return payables that may be the same: equal number key with these suppliers, or equal gross amount."""
        asked = _of(payable) | {
            "since": since.isoformat(),
            "numbered": stored_key(payable.number),
            "suppliers": list(supplier_ids)[:CHUNK],
            "minor": payable.gross.minor,
            "money": payable.gross.currency.code,
        }
        return tuple(payable_of(row) for row in self._statements.rows(_CANDIDATES, asked))

    def history(
        self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId, *, since: date
    ) -> tuple[tuple[date, Money], ...]:
        """Return date and gross amount of a supplier's invoices, oldest first: what is usual."""
        asked = {"tenant": tenant_id, "store": store_id, "supplier": supplier_id, "since": since.isoformat()}
        return tuple(
            (date.fromisoformat(row.issued_on), Money(row.gross_minor, Currency.of(row.currency)))
            for row in self._statements.rows(_HISTORY, asked)
        )

    def _of_ids(
        self,
        statement: Select[*tuple[AnyRow, ...]],
        tenant_id: TenantId,
        store_id: StoreId,
        payable_ids: Sequence[PayableId],
    ) -> Mapping[PayableId, Payable]:
        found: dict[PayableId, Payable] = {}
        for ids in _chunks(payable_ids):
            for row in self._statements.many(statement, {"tenant": tenant_id, "store": store_id, "ids": ids}):
                one = payable_of(row)
                found[one.id] = one
        return found


def _at(tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "payable": payable_id}


def _of(one: Payable) -> dict[str, Any]:
    return _at(one.tenant_id, one.store_id, one.id)


def _changes(changed: Payable) -> dict[str, Any]:
    change = {f"new_{name}": value for name, value in row_of(changed).items() if name not in _KEYS}
    return _of(changed) | change | {"expected": changed.version - 1}


def _chunks(ids: Sequence[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """Split ids, sorted so that whoever locks them does so in the same order."""
    ordered = in_order(set(ids))
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _behind(sort: PayableSort, cursor: Payable) -> Any:  # noqa: ANN401 - a condition of whatever columns
    key = bindparam("its", cursor.id, type_=_TABLE.payable_id.type)
    if sort is PayableSort.DUE:
        return tuple_(_TABLE.due_on, _TABLE.payable_id) > tuple_(bindparam("at", cursor.due_on.isoformat()), key)
    at = bindparam("at", cursor.created_at, type_=_TABLE.created_at.type)
    return tuple_(_TABLE.created_at, _TABLE.payable_id) < tuple_(at, key)
