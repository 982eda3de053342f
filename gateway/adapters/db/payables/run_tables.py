"""Tables of payment runs: runs, orders with what each pays, files, what was left out, journal; and of dated jobs.

Two rules are the database's own: who releases is not who approved, and a payable is in one living order at most.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of
from gateway.domain.payables.payment_order import FileState, Instrument, OrderState, RunState

BANK_ID_MAX = 35
"""Characters of an id in a bank's file (ISO 20022 Max35Text)."""
JOB_STATES = ("done", "failed", "running")


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _of(table: str, target: str, column: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id", column)
    return ForeignKeyConstraint(list(place), [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


payment_run = Table(
    "payment_run",
    metadata,
    *_place(),
    Column("run_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("run_on", String(10), nullable=False),
    Column("state", String(16), nullable=False),
    Column("digest", CHAR(64), nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Column("approved_by", Uuid),
    Column("approved_at", UtcTimestamp),
    Column("released_by", Uuid),
    Column("released_at", UtcTimestamp),
    Column("attempt", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _key("payment_run", "run_id"),
    UniqueConstraint("tenant_id", "store_id", "number", name="uq_payment_run_number"),
    CheckConstraint(one_of("state", RunState), name="ck_payment_run_state"),
    CheckConstraint("released_by IS NULL OR released_by <> approved_by", name="ck_payment_run_four_eyes"),
    CheckConstraint("attempt >= 1", name="ck_payment_run_attempt"),
)

payment_order = Table(
    "payment_order",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("instrument", String(16), nullable=False),
    Column("bank_account_id", String(ID_MAX), nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("payee", JsonDocument, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("execute_on", String(10), nullable=False),
    Column("end_to_end_id", String(BANK_ID_MAX), nullable=False),
    Column("uetr", String(36), nullable=False),
    Column("state", String(24), nullable=False),
    Column("reference", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("charges", String(4), nullable=False),
    Column("file_no", Integer),
    Column("reason_code", String(64), nullable=False),
    Column("reason_text", Text, nullable=False),
    Column("payee_check", String(8), nullable=False),
    Column("payee_check_name", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("worth_minor", BigInteger),
    Column("worth_currency", CHAR(3)),
    Column("worth_rate", Text),
    Column("worth_dated", String(10)),
    Column("reconciled_line", Uuid),
    _key("payment_order", "order_id"),
    UniqueConstraint("tenant_id", "store_id", "run_id", "position", name="uq_payment_order_position"),
    UniqueConstraint("tenant_id", "store_id", "end_to_end_id", name="uq_payment_order_end_to_end"),
    _of("payment_order", "payment_run", "run_id"),
    CheckConstraint(one_of("state", OrderState), name="ck_payment_order_state"),
    CheckConstraint(one_of("instrument", Instrument), name="ck_payment_order_instrument"),
    CheckConstraint("amount_minor > 0", name="ck_payment_order_amount"),
)

payment_allocation = Table(
    "payment_allocation",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("discount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("credit", Boolean, nullable=False),
    Column("living", Boolean, nullable=False),
    _key("payment_allocation", "order_id", "position"),
    _of("payment_allocation", "payment_order", "order_id"),
    CheckConstraint("amount_minor >= 0 AND discount_minor >= 0", name="ck_payment_allocation_amount"),
    Index("ix_payment_allocation_payable", "tenant_id", "store_id", "payable_id"),
)
Index(
    "uq_payment_allocation_living",
    payment_allocation.c.tenant_id,
    payment_allocation.c.store_id,
    payment_allocation.c.payable_id,
    unique=True,
    sqlite_where=text("living"),
    postgresql_where=text("living"),
)

payment_left_out = Table(
    "payment_left_out",
    metadata,
    *_place(),
    Column("run_id", Uuid, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("code", String(64), nullable=False),
    Column("cost_minor", BigInteger),
    Column("detail", JsonDocument),
    _key("payment_left_out", "run_id", "payable_id"),
    _of("payment_left_out", "payment_run", "run_id"),
)

payment_run_event = Table(
    "payment_run_event",
    metadata,
    *_place(),
    Column("run_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("actor", Text, nullable=False),
    Column("order_id", Uuid),
    Column("reason", Text, nullable=False),
    Column("evidence", Uuid),
    Column("detail", JsonDocument),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payment_run_event", "run_id", "sequence"),
    _of("payment_run_event", "payment_run", "run_id"),
    CheckConstraint("sequence >= 1", name="ck_payment_run_event_sequence"),
)

payment_file = Table(
    "payment_file",
    metadata,
    *_place(),
    Column("run_id", Uuid, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("file_no", Integer, nullable=False),
    Column("bank_account_id", String(ID_MAX), nullable=False),
    Column("message_id", String(BANK_ID_MAX), nullable=False),
    Column("format", String(32), nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("orders", Integer, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("remote_name", String(KEY_MAX), nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    _key("payment_file", "run_id", "attempt", "file_no"),
    UniqueConstraint("tenant_id", "store_id", "message_id", name="uq_payment_file_message"),
    _of("payment_file", "payment_run", "run_id"),
    CheckConstraint(one_of("state", FileState), name="ck_payment_file_state"),
)

dated_job = Table(
    "dated_job",
    metadata,
    *_place(),
    Column("job", String(ID_MAX), nullable=False),
    Column("business_date", String(10), nullable=False),
    Column("state", String(8), nullable=False),
    Column("holder", String(KEY_MAX), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("started_at", UtcTimestamp, nullable=False),
    Column("ended_at", UtcTimestamp),
    Column("tries", Integer, nullable=False),
    Column("note", Text, nullable=False),
    _key("dated_job", "job", "business_date"),
    CheckConstraint(one_of("state", JOB_STATES), name="ck_dated_job_state"),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ck_dated_job_ended"),
    Index("ix_dated_job_date", "tenant_id", "store_id", "business_date"),
)
