"""Ends of terminals' days, compared with the books, in SQL."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.attempt_rows import here, labelled, same
from gateway.adapters.db.payments.mapping import AnyRow, attempt_of
from gateway.adapters.db.payments.reservation_tables import day_close
from gateway.adapters.db.shifts.shift_tables import NOT_SETTLED_SQL, compared_attempt, terminal_day, terminal_difference
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import attempt, payment, refund
from gateway.domain.cards.payment import AttemptState
from gateway.domain.cards.terminal_comparison import (
    Agreement,
    BrandRow,
    Candidate,
    CardBooking,
    ComparedDay,
    Difference,
    DifferenceKind,
    NearBooking,
    brand_of,
)
from gateway.domain.ids import DeviceId, StoreId, TenantId, TerminalDayId
from gateway.domain.money import Currency
from gateway.ports.terminal_day_store import TerminalTime

UNCOMPARED_MAX = 50
RECENT_MAX = 100
BOOKINGS_MAX = 20_000
"""Bookings of one day at one terminal at most; its own receipt numbers have four digits."""
_MOVES_MONEY = ("payment", "refund")

_NO_COMPARISON = ~(
    select(terminal_day.c.day_id)
    .where(
        terminal_day.c.tenant_id == day_close.c.tenant_id,
        terminal_day.c.store_id == day_close.c.store_id,
        terminal_day.c.day_id == day_close.c.close_id,
    )
    .exists()
)
_UNCOMPARED = (
    select(day_close.c.close_id)
    .select_from(day_close.join(attempt, same(attempt, day_close, "attempt_id")))
    .where(*here(day_close), attempt.c.state == AttemptState.APPROVED.value, _NO_COMPARISON)
    .order_by(attempt.c.sent_at)
    .limit(UNCOMPARED_MAX)
)
_LAST = select(func.max(terminal_day.c.made_at).label("made_at")).where(
    *here(terminal_day), terminal_day.c.terminal_id == bindparam("terminal")
)
_NOT_COUNTED = ~(
    select(compared_attempt.c.attempt_id)
    .where(
        compared_attempt.c.tenant_id == attempt.c.tenant_id,
        compared_attempt.c.store_id == attempt.c.store_id,
        compared_attempt.c.attempt_id == attempt.c.attempt_id,
    )
    .exists()
)
_IN_TIME: tuple[ColumnElement[bool], ...] = (
    *here(attempt),
    attempt.c.terminal_id == bindparam("terminal"),
    attempt.c.purpose.in_(_MOVES_MONEY),
    attempt.c.sent_at >= bindparam("since"),
    attempt.c.sent_at < bindparam("until"),
    payment.c.currency == bindparam("currency"),
)
_TRIES = (
    select(
        *labelled(attempt),
        payment.c.amount_minor.label("paid_minor"),
        refund.c.amount_minor.label("refund_minor"),
        refund.c.way.label("way"),
    )
    .select_from(
        attempt.join(payment, same(payment, attempt, "payment_id")).outerjoin(
            refund, same(refund, attempt, "attempt_id")
        )
    )
    .order_by(attempt.c.sent_at, attempt.c.attempt_id)
    .limit(BOOKINGS_MAX)
)
_BOOKINGS = _TRIES.where(*_IN_TIME, attempt.c.state == AttemptState.APPROVED.value, _NOT_COUNTED)
_NEAR = _TRIES.where(*_IN_TIME, or_(attempt.c.state != AttemptState.APPROVED.value))
_DAYS = select(terminal_day).where(*here(terminal_day))
_ONE = _DAYS.where(terminal_day.c.day_id == bindparam("day"))
_RECENT = _DAYS.order_by(terminal_day.c.made_at.desc(), terminal_day.c.day_id.desc()).limit(bindparam("limit"))
_DIFFERENCES = (
    select(terminal_difference)
    .where(*here(terminal_difference), terminal_difference.c.day_id.in_(bindparam("days", expanding=True)))
    .order_by(terminal_difference.c.brand, terminal_difference.c.difference_id)
)
_OPEN = select(func.count().label("number")).where(*here(terminal_difference), text(NOT_SETTLED_SQL))
_SETTLE = (
    update(terminal_difference)
    .where(*here(terminal_difference), terminal_difference.c.difference_id == bindparam("one"), text(NOT_SETTLED_SQL))
    .values(settled_at=bindparam("at"), settled_by=bindparam("by"), reason=bindparam("why"))
)
# Whoever wants to compare a day of this terminal waits for its row.
_HOLD = text("UPDATE device SET name = name WHERE tenant_id = :tenant AND store_id = :store AND device_id = :terminal")


class SqlTerminalDayStore:
    """Comparisons of all stores."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def hold_terminal(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> None:
        """Let nobody else compare a day of this terminal before this unit ends."""
        self._statements.change(_HOLD, {"tenant": tenant_id, "store": store_id, "terminal": terminal_id})

    def uncompared(self, tenant_id: TenantId, store_id: StoreId) -> tuple[TerminalDayId, ...]:
        """Return the ends of day that nobody has compared, the oldest first."""
        rows = self._statements.rows(_UNCOMPARED, {"tenant": tenant_id, "store": store_id})
        return tuple(TerminalDayId(row.close_id) for row in rows)

    def last_made_at(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> datetime | None:
        """Return when the terminal's last comparison was made, or None."""
        row = self._statements.first(_LAST, {"tenant": tenant_id, "store": store_id, "terminal": terminal_id})
        found: datetime | None = None if row is None else row.made_at
        return found

    def bookings(self, time: TerminalTime) -> tuple[CardBooking, ...]:
        """Return the approved tries that are in no comparison, oldest first."""
        return tuple(_booking_of(row) for row in self._statements.rows(_BOOKINGS, _time(time)))

    def near(self, time: TerminalTime) -> tuple[NearBooking, ...]:
        """Return the tries of that time that charged nothing or are in doubt, oldest first."""
        return tuple(
            NearBooking(row.attempt_payment_id, row.attempt_state, _asked(row))
            for row in self._statements.rows(_NEAR, _time(time))
        )

    def keep(self, day: ComparedDay, attempts: Iterable[uuid.UUID]) -> None:
        """Store a comparison, its differences, and which tries it has counted."""
        place: dict[str, object] = {"tenant_id": day.tenant_id, "store_id": day.store_id, "day_id": day.day_id}
        document = {
            "agreement": day.agreement.value,
            "currency": day.currency.code,
            "rows": [
                [row.brand, row.ours_count, row.ours_minor, row.theirs_count, row.theirs_minor] for row in day.rows
            ],
        }
        row = {
            "terminal_id": day.terminal_id,
            "document": document,
            "made_at": day.made_at,
            "made_by": storable(day.made_by),
        }
        self._statements.change(insert(terminal_day), place | row)
        for attempt_id in attempts:
            self._statements.change(insert(compared_attempt), place | {"attempt_id": attempt_id})
        for one in day.differences:
            self._statements.change(insert(terminal_difference), place | _difference_row(one))

    def get(self, tenant_id: TenantId, store_id: StoreId, day_id: TerminalDayId) -> ComparedDay | None:
        """Return one comparison with its differences."""
        row = self._statements.first(_ONE, {"tenant": tenant_id, "store": store_id, "day": day_id})
        return None if row is None else self._days((row,), tenant_id, store_id)[0]

    def recent(self, tenant_id: TenantId, store_id: StoreId, *, limit: int = 20) -> tuple[ComparedDay, ...]:
        """Return the newest comparisons with their differences."""
        wish = {"tenant": tenant_id, "store": store_id, "limit": max(1, min(limit, RECENT_MAX))}
        return self._days(self._statements.rows(_RECENT, wish), tenant_id, store_id)

    def open_count(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Count the differences that nobody has settled."""
        row = self._statements.first(_OPEN, {"tenant": tenant_id, "store": store_id})
        return 0 if row is None else int(row.number)

    def settle(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        difference_id: uuid.UUID,
        *,
        at: datetime,
        by: str,
        reason: str,
    ) -> bool:
        """Note how a difference was settled; False when it is not there or settled already."""
        wish = {"tenant": tenant_id, "store": store_id, "one": difference_id}
        word = {"at": at, "by": storable(by), "why": storable(reason)}
        return self._statements.change(_SETTLE, wish | word) == 1

    def _days(self, rows: Iterable[AnyRow], tenant_id: TenantId, store_id: StoreId) -> tuple[ComparedDay, ...]:
        rows = tuple(rows)
        wish = {"tenant": tenant_id, "store": store_id, "days": [row.day_id for row in rows]}
        differences: dict[uuid.UUID, list[Difference]] = {row.day_id: [] for row in rows}
        for one in self._statements.rows(_DIFFERENCES, wish) if rows else ():
            differences[one.day_id].append(_difference_of(one))
        return tuple(_day_of(row, tuple(differences[row.day_id])) for row in rows)


def _time(time: TerminalTime) -> Mapping[str, object]:
    return {
        "tenant": time.tenant_id,
        "store": time.store_id,
        "terminal": time.terminal_id,
        "currency": time.currency.code,
        "since": time.since,
        "until": time.until,
    }


def _asked(row: AnyRow) -> int:
    return int(row.paid_minor) if row.refund_minor is None else -int(row.refund_minor)


def _booking_of(row: AnyRow) -> CardBooking:
    found, back = attempt_of(row), row.refund_minor is not None
    told = None if found.result is None else found.result.amount_minor
    minor = _asked(row) if told is None else (-told if back else told)
    return CardBooking(
        attempt_id=found.id,
        payment_id=row.attempt_payment_id,
        brand=brand_of(None if found.result is None else found.result.card_name),
        minor=minor,
        receipt_no=row.attempt_receipt_no,
        undoes=row.way == "reversal",
    )


def _difference_row(one: Difference) -> dict[str, object]:
    return {
        "difference_id": one.id,
        "kind": one.kind.value,
        "brand": storable(one.row.brand),
        "currency": one.currency.code,
        "ours_count": one.row.ours_count,
        "ours_minor": one.row.ours_minor,
        "theirs_count": one.row.theirs_count,
        "theirs_minor": one.row.theirs_minor,
        "candidates": [[str(each.payment_id), each.state, each.minor] for each in one.candidates],
        "settled_at": one.settled_at,
        "settled_by": one.settled_by,
        "reason": one.reason,
    }


def _difference_of(row: AnyRow) -> Difference:
    return Difference(
        id=row.difference_id,
        kind=DifferenceKind(row.kind),
        row=BrandRow(row.brand, row.ours_count, row.ours_minor, row.theirs_count, row.theirs_minor),
        currency=Currency.of(row.currency),
        candidates=tuple(Candidate(uuid.UUID(one[0]), one[1], one[2]) for one in row.candidates),
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        reason=row.reason,
    )


def _day_of(row: AnyRow, differences: tuple[Difference, ...]) -> ComparedDay:
    document = row.document
    return ComparedDay(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        day_id=TerminalDayId(row.day_id),
        terminal_id=DeviceId(row.terminal_id),
        agreement=Agreement(document["agreement"]),
        rows=tuple(BrandRow(*one) for one in document["rows"]),
        currency=Currency.of(document["currency"]),
        made_at=row.made_at,
        made_by=row.made_by,
        differences=differences,
    )
