"""Ends of terminals' days in SQL."""

from sqlalchemy import bindparam, insert, select

from gateway.adapters.db import violations
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.attempt_rows import (
    add_answer,
    add_attempt,
    as_of_device,
    columns_of,
    conclude,
    here,
    labelled,
    refuse_known_answer,
    same,
)
from gateway.adapters.db.payments.mapping import attempt_of, message_of
from gateway.adapters.db.payments.movement_rows import day_close_of
from gateway.adapters.db.payments.reservation_tables import day_close
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import attempt, outbox
from gateway.domain.cards.payment import Attempt
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.ids import DeviceId, StoreId, TenantId, TerminalDayId
from gateway.ports.day_close_store import DayCloseRecord
from gateway.ports.payment_store import Conclusion, StoredAnswer

PURPOSE = "day"
RECENT_MAX = 100

_DAYS = (
    select(*labelled(day_close), *labelled(attempt))
    .select_from(day_close.join(attempt, same(attempt, day_close, "attempt_id")))
    .where(*here(day_close))
)
_LOAD = _DAYS.where(day_close.c.close_id == bindparam("close"))
_OF_TERMINAL = (
    _DAYS.where(day_close.c.terminal_id == bindparam("terminal"))
    .order_by(day_close.c.created_at.desc(), day_close.c.close_id.desc())
    .limit(bindparam("limit"))
)
_KNOWN = select(day_close.c.close_id).where(*here(day_close), day_close.c.close_id == bindparam("close"))
_DELIVERIES = (
    select(outbox)
    .where(*here(outbox), outbox.c.payment_id == bindparam("close"))
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
)


class SqlDayCloseStore:
    """Ends of days of all stores; every call names tenant and store."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def record_intent(self, close: DayClose, attempt: Attempt, answer: StoredAnswer | None) -> Attempt:
        """Store an end of day about to be sent; errors as in ``DayCloseStore``."""
        statements = self._statements
        place = {"tenant": close.tenant_id, "store": close.store_id}
        if answer is not None:
            refuse_known_answer(statements, place, answer.key)
        if statements.first(_KNOWN, place | {"close": close.id}) is not None:
            raise statements.refuse(violations.day_close_exists())
        stored = as_of_device(statements, place, close.terminal_id, attempt)
        add_attempt(statements, place, stored, PURPOSE, sequence=1, paid=False)
        row = columns_of(place) | {
            "close_id": close.id,
            "attempt_id": stored.id,
            "register_id": close.register_id,
            "terminal_id": close.terminal_id,
            "business_date": close.business_date.isoformat(),
            "scheduled": close.scheduled,
            "created_at": close.created_at,
            "created_by": storable(close.created_by),
        }
        statements.change(insert(day_close), row)
        if answer is not None:
            add_answer(statements, place, answer, stored)
        return stored

    def record_conclusion(self, close_id: TerminalDayId, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return a sequence, or None when the fence or state forbade it."""
        del close_id
        return conclude(self._statements, conclusion, PURPOSE)

    def load(self, tenant_id: TenantId, store_id: StoreId, close_id: TerminalDayId) -> DayCloseRecord | None:
        """Return one end of day."""
        one = {"tenant": tenant_id, "store": store_id, "close": close_id}
        row = self._statements.first(_LOAD, one)
        if row is None:
            return None
        deliveries = tuple(message_of(line) for line in self._statements.rows(_DELIVERIES, one))
        return DayCloseRecord(day_close_of(row), attempt_of(row), deliveries)

    def of_terminal(
        self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId, *, limit: int
    ) -> tuple[DayCloseRecord, ...]:
        """Return the newest ends of day of one terminal, newest first, without deliveries."""
        wanted = {
            "tenant": tenant_id,
            "store": store_id,
            "terminal": terminal_id,
            "limit": max(0, min(limit, RECENT_MAX)),
        }
        return tuple(
            DayCloseRecord(day_close_of(row), attempt_of(row)) for row in self._statements.rows(_OF_TERMINAL, wanted)
        )
