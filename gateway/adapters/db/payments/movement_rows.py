"""What attempts are about, read from one row: a payment, a refund, a step of a reservation, or the end of a day."""

from datetime import date

from sqlalchemy import bindparam, select, text

from gateway.adapters.db.payments.attempt_rows import here, labelled, same
from gateway.adapters.db.payments.mapping import AnyRow, payment_of, refund_of
from gateway.adapters.db.payments.reservation_tables import day_close, reservation
from gateway.adapters.db.tables import OPEN_SQL, attempt, payment, refund
from gateway.domain.cards.refund import Movement
from gateway.domain.cards.reservation import Hold, HoldStep, Reservation
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.ids import DeviceId, RegisterId, ReservationId, StoreId, TenantId, TerminalDayId
from gateway.domain.money import Currency, Money

OPEN_ATTEMPTS = (
    select(*(column for table in (payment, attempt, refund, reservation, day_close) for column in labelled(table)))
    .select_from(
        attempt.outerjoin(payment, same(payment, attempt, "payment_id"))
        .outerjoin(refund, same(refund, attempt, "attempt_id"))
        .outerjoin(reservation, same(reservation, attempt, "reservation_id"))
        .outerjoin(day_close, same(day_close, attempt, "attempt_id"))
    )
    .where(*here(attempt), attempt.c.terminal_id == bindparam("terminal"), text(OPEN_SQL))
    .order_by(attempt.c.sent_at, attempt.c.attempt_id)
)
"""Attempts of one terminal that are running or in doubt, each with what it is about."""


def movement_of(row: AnyRow) -> Movement:
    """Return what the attempt in a row of :data:`OPEN_ATTEMPTS` is about."""
    match row.attempt_purpose:
        case "payment":
            return payment_of(row)
        case "refund":
            return refund_of(row)
        case "day":
            return day_close_of(row)
        case step:
            return Hold(reservation_of(row), HoldStep(step))


def reservation_of(row: AnyRow) -> Reservation:
    """Read a reservation from the columns labelled ``reservation_*`` of a join."""
    return Reservation(
        tenant_id=TenantId(row.reservation_tenant_id),
        store_id=StoreId(row.reservation_store_id),
        id=ReservationId(row.reservation_reservation_id),
        register_id=RegisterId(row.reservation_register_id),
        terminal_id=DeviceId(row.reservation_terminal_id),
        amount=Money(row.reservation_amount_minor, Currency.of(row.reservation_currency)),
        reference=row.reservation_reference,
        created_at=row.reservation_created_at,
        created_by=row.reservation_created_by,
        trace_id=row.reservation_trace_id,
    )


def day_close_of(row: AnyRow) -> DayClose:
    """Read an end of day from the columns labelled ``day_close_*`` of a join."""
    return DayClose(
        tenant_id=TenantId(row.day_close_tenant_id),
        store_id=StoreId(row.day_close_store_id),
        id=TerminalDayId(row.day_close_close_id),
        register_id=RegisterId(row.day_close_register_id),
        terminal_id=DeviceId(row.day_close_terminal_id),
        business_date=date.fromisoformat(row.day_close_business_date),
        scheduled=row.day_close_scheduled,
        created_at=row.day_close_created_at,
        created_by=row.day_close_created_by,
    )
