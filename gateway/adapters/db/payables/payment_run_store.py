"""Payment runs with orders and files. A change fits the version it was made for, or is not stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, Uuid, and_, bindparam, delete, func, insert, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.run_rows import (
    allocation_of,
    allocation_rows,
    event_of,
    event_row,
    file_of,
    file_row,
    left_out_of,
    left_out_row,
    order_of,
    order_row,
    run_of,
    run_row,
)
from gateway.adapters.db.payables.run_tables import (
    payment_allocation,
    payment_file,
    payment_left_out,
    payment_order,
    payment_run,
    payment_run_event,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payment_order import (
    LIVING,
    Allocation,
    BankFile,
    FileState,
    LeftOut,
    PaymentOrder,
    PaymentRun,
    RunState,
)
from gateway.ports.payment_run_store import RunEvent

_RUN, _ORDER, _PART = payment_run.c, payment_order.c, payment_allocation.c
_FILE, _EVENT, _LEFT = payment_file.c, payment_run_event.c, payment_left_out.c
_RUN_KEYS = frozenset({"tenant_id", "store_id", "run_id", "number", "created_at"})
_ORDER_KEYS = frozenset({"tenant_id", "store_id", "order_id", "run_id", "position"})


def _here(table: Table) -> tuple[Any, Any]:
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


def _of_run(table: Table) -> tuple[Any, Any, Any]:
    return *_here(table), table.c.run_id == bindparam("run", type_=Uuid())


MANY_ORDERS = 500
"""From so many new ones on the database looks at their tables at once."""

_LOAD = select(payment_run).where(*_of_run(payment_run))
_LIST = select(payment_run).where(*_here(payment_run), _RUN.state.in_(bindparam("states", expanding=True)))
_LAST_NUMBER = select(func.max(_RUN.number).label("last")).where(*_here(payment_run))
_UPDATE = (
    update(payment_run)
    .where(*_of_run(payment_run), _RUN.version == bindparam("expected"))
    .values({one.name: bindparam(f"new_{one.name}") for one in _RUN if one.name not in _RUN_KEYS})
)
_THIS_ORDER = (*_here(payment_order), _ORDER.order_id == bindparam("order", type_=Uuid()))
_UPDATE_ORDER = (
    update(payment_order)
    .where(*_THIS_ORDER, _ORDER.version == bindparam("expected"))
    .values({one.name: bindparam(f"new_{one.name}") for one in _ORDER if one.name not in _ORDER_KEYS})
)
_PUT_IN_FILE = (
    update(payment_order)
    .where(*_THIS_ORDER, _ORDER.version == bindparam("expected"))
    .values(file_no=bindparam("new_file_no"), version=bindparam("new_version"))
)
_THIS_PART = (*_here(payment_allocation), _PART.order_id == bindparam("order", type_=Uuid()))
_LET_GO = update(payment_allocation).where(*_THIS_PART, _PART.living).values(living=False)
_DROP_PARTS = delete(payment_allocation).where(*_THIS_PART)
_JOINED = and_(
    _PART.tenant_id == _ORDER.tenant_id, _PART.store_id == _ORDER.store_id, _PART.order_id == _ORDER.order_id
)
_ORDERS = select(payment_order).where(*_of_run(payment_order)).order_by(_ORDER.position)
_PARTS = (
    select(payment_allocation)
    .join(payment_order, _JOINED)
    .where(*_of_run(payment_order))
    .order_by(_PART.order_id, _PART.position)
)
_BY_END_TO_END = select(payment_order).where(*_here(payment_order), _ORDER.end_to_end_id == bindparam("end"))
_BY_ID = select(payment_order).where(*_THIS_ORDER)
_OF_PAYABLE = (
    select(payment_order)
    .join(payment_allocation, _JOINED)
    .join(payment_run, and_(*(_RUN[name] == _ORDER[name] for name in ("tenant_id", "store_id", "run_id"))))
    .where(*_here(payment_order), _PART.payable_id == bindparam("payable", type_=Uuid()))
    .order_by(_RUN.number, _ORDER.position)
)
_RELEASED = tuple(one.value for one in (RunState.RELEASED, RunState.SENT, RunState.DONE))
_WORTH_IN_TRANSIT = (
    select(_ORDER.bank_account_id, _ORDER.worth_currency, func.sum(_ORDER.worth_minor).label("worth"))
    .join(payment_run, and_(*(_RUN[name] == _ORDER[name] for name in ("tenant_id", "store_id", "run_id"))))
    .where(
        *_here(payment_order),
        _ORDER.worth_minor.is_not(None),
        _ORDER.state.in_([one.value for one in LIVING]),
        _RUN.state.in_(_RELEASED),
    )
    .group_by(_ORDER.bank_account_id, _ORDER.worth_currency)
)
_PARTS_OF_ORDER = select(payment_allocation).where(*_THIS_PART).order_by(_PART.position)
_LEFT_OUT = (
    select(payment_left_out)
    .where(*_of_run(payment_left_out))
    .order_by(func.coalesce(_LEFT.cost_minor, 0).desc(), _LEFT.payable_id)
)
_EVENTS = select(payment_run_event).where(*_of_run(payment_run_event)).order_by(_EVENT.sequence)
_LAST_EVENT = select(func.max(_EVENT.sequence).label("last")).where(*_of_run(payment_run_event))
_FILES = select(payment_file).where(*_of_run(payment_file)).order_by(_FILE.attempt, _FILE.file_no)
_SET_FILE = (
    update(payment_file)
    .where(*_of_run(payment_file), _FILE.attempt == bindparam("try"), _FILE.file_no == bindparam("no"))
    .values(state=bindparam("new_state"), note=bindparam("new_note"))
)
_BY_MESSAGE = select(payment_file).where(*_here(payment_file), _FILE.message_id == bindparam("message"))
_OPEN_FILES = (FileState.WRITTEN.value, FileState.STARTED.value)
_WAITING = (
    select(payment_file)
    .join(
        payment_run,
        and_(
            *(_RUN[name] == _FILE[name] for name in ("tenant_id", "store_id", "run_id")), _RUN.attempt == _FILE.attempt
        ),
    )
    .where(*_here(payment_file), _RUN.state == RunState.RELEASED.value, _FILE.state.in_(_OPEN_FILES))
    .order_by(_RUN.number, _FILE.file_no)
)


class SqlPaymentRunStore:
    """Payment runs with orders and files; see ``PaymentRunStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, run: PaymentRun, orders: Sequence[PaymentOrder], left_out: Sequence[LeftOut]) -> None:
        """Store a proposed run with its orders and what was left out, in few statements."""
        self._statements.change(insert(payment_run), run_row(run))
        self.add_orders(run, orders)
        self._statements.change_many(insert(payment_left_out), [left_out_row(run, one) for one in left_out])

    def add_orders(self, run: PaymentRun, orders: Sequence[PaymentOrder]) -> None:
        """Add orders to a proposed run."""
        rows = [order_row(run.tenant_id, run.store_id, order) for order in orders]
        self._statements.change_many(insert(payment_order), rows)
        self._look_at(payment_order, len(orders))
        self._statements.change_many(insert(payment_allocation), allocation_rows(run.tenant_id, run.store_id, orders))
        self._look_at(payment_allocation, len(orders))

    def _look_at(self, table: Table, fresh: int) -> None:
        """Have PostgreSQL look at a table that has just grown by many rows.

        It does so by itself a minute later. Until then it takes tenant and store for as telling as an id, and looks
        through a whole run for each of its orders.
        """
        if self._statements.postgresql and fresh >= MANY_ORDERS:
            self._statements.change(text(f"ANALYZE {table.name}"), {})

    def next_number(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Return the number of the next run; who was quicker has it, the other one's unit fails."""
        row = self._statements.first(_LAST_NUMBER, {"tenant": tenant_id, "store": store_id})
        return 1 if row is None or row.last is None else int(row.last) + 1

    def update(self, run: PaymentRun) -> bool:
        """Store a run that was loaded at the version before this one; False when it has changed since."""
        change = {f"new_{name}": value for name, value in run_row(run).items() if name not in _RUN_KEYS}
        return self._statements.change(_UPDATE, _at(run) | change | {"expected": run.version - 1}) == 1

    def load(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> PaymentRun | None:
        """Return one run."""
        row = self._statements.first(_LOAD, _asked(tenant_id, store_id, run_id))
        return None if row is None else run_of(row)

    def lock(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> PaymentRun | None:
        """Return one run and hold it until the unit ends; SQLite has one writer anyway."""
        statement = _LOAD.with_for_update() if self._statements.postgresql else _LOAD
        row = self._statements.first(statement, _asked(tenant_id, store_id, run_id))
        return None if row is None else run_of(row)

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, states: Sequence[RunState], before: int | None, limit: int
    ) -> tuple[PaymentRun, ...]:
        """Return runs by number, newest first."""
        asked: dict[str, Any] = {"tenant": tenant_id, "store": store_id, "states": [one.value for one in states]}
        statement = _LIST
        if before is not None:
            statement = statement.where(_RUN.number < bindparam("before"))
            asked["before"] = before
        rows = self._statements.rows(statement.order_by(_RUN.number.desc()).limit(limit), asked)
        return tuple(run_of(row) for row in rows)

    def orders(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[PaymentOrder, ...]:
        """Return the orders of a run by their position."""
        asked = _asked(tenant_id, store_id, run_id)
        parts: dict[Any, list[Allocation]] = {}
        for row in self._statements.many(_PARTS, asked):
            parts.setdefault(row.order_id, []).append(allocation_of(row))
        rows = self._statements.many(_ORDERS, asked)
        return tuple(order_of(row, tuple(parts.get(row.order_id, ()))) for row in rows)

    def order_by_end_to_end(self, tenant_id: TenantId, store_id: StoreId, end_to_end_id: str) -> PaymentOrder | None:
        """Return the order with this end-to-end id."""
        asked = {"tenant": tenant_id, "store": store_id, "end": storable(end_to_end_id)}
        row = self._statements.first(_BY_END_TO_END, asked)
        return None if row is None else self._whole(tenant_id, store_id, row)

    def orders_by_id(
        self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PaymentOrderId]
    ) -> tuple[PaymentOrder, ...]:
        """Return the orders that are there of these, in the order of their ids."""
        asked = [{"tenant": tenant_id, "store": store_id, "order": one} for one in sorted(set(order_ids))]
        rows = [row for one in asked if (row := self._statements.first(_BY_ID, one)) is not None]
        return tuple(self._whole(tenant_id, store_id, row) for row in rows)

    def orders_of_payable(
        self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId
    ) -> tuple[PaymentOrder, ...]:
        """Return every order that ever paid a payable, oldest first."""
        asked = {"tenant": tenant_id, "store": store_id, "payable": payable_id}
        return tuple(self._whole(tenant_id, store_id, row) for row in self._statements.rows(_OF_PAYABLE, asked))

    def replace_orders(self, tenant_id: TenantId, store_id: StoreId, orders: Sequence[PaymentOrder]) -> bool:
        """Store orders that were loaded at the version before; False when one has changed since: the unit must end.

        What they pay stays as it is, see :meth:`set_allocations`; an order that has ended lets its payables go.
        """
        rows = []
        for order in orders:
            row = order_row(tenant_id, store_id, order)
            change = {f"new_{name}": value for name, value in row.items() if name not in _ORDER_KEYS}
            rows.append(
                {"tenant": tenant_id, "store": store_id, "order": order.id, "expected": order.version - 1} | change
            )
        changed = self._statements.change_many(_UPDATE_ORDER, rows)
        ended = [
            {"tenant": tenant_id, "store": store_id, "order": order.id} for order in orders if order.state not in LIVING
        ]
        self._statements.change_many(_LET_GO, ended)
        return changed == len(rows)

    def put_in_files(self, tenant_id: TenantId, store_id: StoreId, orders: Sequence[PaymentOrder]) -> bool:
        """As :meth:`replace_orders`, where only the number of the file has changed."""
        rows = [
            {
                "tenant": tenant_id,
                "store": store_id,
                "order": order.id,
                "expected": order.version - 1,
                "new_file_no": order.file_no,
                "new_version": order.version,
            }
            for order in orders
        ]
        return self._statements.change_many(_PUT_IN_FILE, rows) == len(rows)

    def set_allocations(self, tenant_id: TenantId, store_id: StoreId, order: PaymentOrder) -> None:
        """Store what an order of a proposed run pays, in place of what it paid before."""
        self._statements.change(_DROP_PARTS, {"tenant": tenant_id, "store": store_id, "order": order.id})
        self._statements.change_many(insert(payment_allocation), allocation_rows(tenant_id, store_id, [order]))

    def drop_order(self, tenant_id: TenantId, store_id: StoreId, order: PaymentOrder) -> None:
        """Take an order out of a run before it was sent: it is kept, cancelled, and lets its payables go."""
        self.replace_orders(tenant_id, store_id, [order])

    def left_out(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[LeftOut, ...]:
        """Return what a run left out, the dearest first."""
        rows = self._statements.rows(_LEFT_OUT, _asked(tenant_id, store_id, run_id))
        return tuple(left_out_of(row) for row in rows)

    def tell(self, run: PaymentRun, events: Sequence[RunEvent]) -> None:
        """Add lines to the journal of a run."""
        self._statements.change_many(insert(payment_run_event), [event_row(run, event) for event in events])

    def next_sequence(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> int:
        """Return the sequence the next line of a run's journal gets."""
        row = self._statements.first(_LAST_EVENT, _asked(tenant_id, store_id, run_id))
        return 1 if row is None or row.last is None else int(row.last) + 1

    def events(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[RunEvent, ...]:
        """Return the journal of a run, oldest first."""
        return tuple(event_of(row) for row in self._statements.rows(_EVENTS, _asked(tenant_id, store_id, run_id)))

    def add_files(self, run: PaymentRun, files: Sequence[BankFile]) -> None:
        """Store the files of a run's attempt."""
        self._statements.change_many(insert(payment_file), [file_row(run, file) for file in files])

    def files(self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> tuple[BankFile, ...]:
        """Return the files of a run, all attempts, by attempt and number."""
        return tuple(file_of(row) for row in self._statements.rows(_FILES, _asked(tenant_id, store_id, run_id)))

    def set_file_state(self, run: PaymentRun, file: BankFile, state: FileState, note: str) -> None:
        """Store where a file stands."""
        change = {"try": file.attempt, "no": file.file_no, "new_state": state.value, "new_note": storable(note)}
        self._statements.change(_SET_FILE, _at(run) | change)

    def file_by_message(
        self, tenant_id: TenantId, store_id: StoreId, message_id: str
    ) -> tuple[PaymentRun, BankFile] | None:
        """Return run and file of a message id."""
        asked = {"tenant": tenant_id, "store": store_id, "message": storable(message_id)}
        row = self._statements.first(_BY_MESSAGE, asked)
        run = None if row is None else self.load(tenant_id, store_id, PaymentRunId(row.run_id))
        return None if row is None or run is None else (run, file_of(row))

    def worth_in_transit(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[str, Money]:
        """Return the planned worth of payments in other currencies that are with the bank, by own account."""
        rows = self._statements.rows(_WORTH_IN_TRANSIT, {"tenant": tenant_id, "store": store_id})
        return {row.bank_account_id: Money(int(row.worth), Currency.of(row.worth_currency)) for row in rows}

    def waiting_files(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[PaymentRun, BankFile], ...]:
        """Return the files of released runs that are not surely handed over, oldest first."""
        found = []
        runs: Mapping[Any, PaymentRun] = {}
        for row in self._statements.rows(_WAITING, {"tenant": tenant_id, "store": store_id}):
            run = runs.get(row.run_id) or self.load(tenant_id, store_id, PaymentRunId(row.run_id))
            if run is not None:
                runs = {**runs, row.run_id: run}
                found.append((run, file_of(row)))
        return tuple(found)

    def _whole(self, tenant_id: TenantId, store_id: StoreId, row: AnyRow) -> PaymentOrder:
        asked = {"tenant": tenant_id, "store": store_id, "order": row.order_id}
        return order_of(row, tuple(allocation_of(one) for one in self._statements.rows(_PARTS_OF_ORDER, asked)))


def _asked(tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id, "run": run_id}


def _at(run: PaymentRun) -> dict[str, Any]:
    return _asked(run.tenant_id, run.store_id, run.id)
