"""Tables of what a terminal does beside plain sales: reservations and ends of its days."""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, _foreign, _key, _place, metadata, one_of
from gateway.domain.cards.payment import AttemptState

ONE_SCHEDULED_DAY = "uq_day_close_scheduled"

reservation = Table(
    "reservation",
    metadata,
    *_place(),
    Column("reservation_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("reference", Text),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    _key("reservation", "reservation_id"),
    CheckConstraint("amount_minor > 0", name="ck_reservation_amount"),
)

reservation_event = Table(
    "reservation_event",
    metadata,
    *_place(),
    Column("reservation_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("reservation_event", "reservation_id", "sequence"),
    _foreign("fk_reservation_event_reservation", "reservation_id", "reservation.reservation_id"),
    CheckConstraint("sequence >= 1", name="ck_reservation_event_sequence"),
    CheckConstraint(one_of("state", AttemptState), name="ck_reservation_event_state"),
)

reservation_write_off = Table(
    "reservation_write_off",
    metadata,
    *_place(),
    Column("reservation_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("noted_at", UtcTimestamp, nullable=False),
    Column("noted_by", Text, nullable=False),
    _key("reservation_write_off", "reservation_id"),
    _foreign("fk_reservation_write_off", "reservation_id", "reservation.reservation_id"),
)

day_close = Table(
    "day_close",
    metadata,
    *_place(),
    Column("close_id", Uuid, nullable=False),
    Column("attempt_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("business_date", String(10), nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    _key("day_close", "close_id"),
    _foreign("fk_day_close_attempt", "attempt_id", "attempt.attempt_id"),
    UniqueConstraint("tenant_id", "store_id", "attempt_id", name="uq_day_close_attempt"),
    Index("ix_day_close_terminal", "tenant_id", "store_id", "terminal_id", "created_at"),
)
Index(
    ONE_SCHEDULED_DAY,
    day_close.c.tenant_id,
    day_close.c.store_id,
    day_close.c.terminal_id,
    day_close.c.business_date,
    unique=True,
    sqlite_where=text("scheduled"),
    postgresql_where=text("scheduled"),
)
