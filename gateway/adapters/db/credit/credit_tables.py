"""Tables of vouchers, customers on account, bank transfers and pay links; migration 0004 has a copy.

No code is stored: of a voucher only a hash and its last four signs, of a pay link the hash of its token. The salts are
worth nothing without the key of the house, which is not in the database.
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

from gateway.adapters.db.column_types import UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of
from gateway.domain.bank.transfer_order import TransferStandard, TransferState
from gateway.domain.credit.customer import EntrySide
from gateway.domain.credit.voucher import ADDING, TAKING, MovementKind, VoucherKind, VoucherOrigin

APPEND_ONLY = ("customer_entry", "transfer_event", "voucher_movement")
"""As ``tables.APPEND_ONLY``."""

_SIGNS = (
    f"({one_of('kind', ADDING)} AND amount_minor > 0) OR ({one_of('kind', TAKING)} AND amount_minor < 0)"
    f" OR ({one_of('kind', set(MovementKind) - ADDING - TAKING)} AND amount_minor = 0)"
)
_MAY_EXPIRE = text("expires_at IS NOT NULL")


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _foreign(name: str, column: str, target: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id")
    table, target_column = target.split(".")
    return ForeignKeyConstraint([*place, column], [f"{table}.{part}" for part in (*place, target_column)], name=name)


customer = Table(
    "customer",
    metadata,
    *_place(),
    Column("customer_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded_name", Text, nullable=False),
    Column("reference", String(ID_MAX)),
    Column("limit_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "customer_id", name="pk_customer"),
    UniqueConstraint("tenant_id", "store_id", "reference", name="uq_customer_reference"),
    CheckConstraint("limit_minor >= 0", name="ck_customer_limit"),
    Index("ix_customer_name", "tenant_id", "store_id", "folded_name", "customer_id"),
)

customer_entry = Table(
    "customer_entry",
    metadata,
    *_place(),
    Column("customer_id", Uuid, nullable=False),
    Column("transfer_id", Uuid, nullable=False),
    Column("side", String(8), nullable=False),
    Column("cause_id", Uuid, nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "customer_id", "transfer_id", name="pk_customer_entry"),
    UniqueConstraint("tenant_id", "store_id", "transfer_id", name="uq_customer_entry_transfer"),
    _foreign("fk_customer_entry_customer", "customer_id", "customer.customer_id"),
    CheckConstraint(one_of("side", EntrySide), name="ck_customer_entry_side"),
)

voucher = Table(
    "voucher",
    metadata,
    *_place(),
    Column("voucher_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("code_hash", CHAR(64)),
    Column("code_salt", LargeBinary),
    Column("code_end", String(8), nullable=False),
    Column("customer_id", Uuid),
    Column("sale_id", Uuid),
    Column("expires_at", UtcTimestamp),
    Column("blocked", Boolean, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "voucher_id", name="pk_voucher"),
    UniqueConstraint("tenant_id", "store_id", "code_hash", name="uq_voucher_code"),
    _foreign("fk_voucher_customer", "customer_id", "customer.customer_id"),
    CheckConstraint("amount_minor > 0", name="ck_voucher_amount"),
    CheckConstraint("code_hash IS NOT NULL OR customer_id IS NOT NULL", name="ck_voucher_holder"),
    CheckConstraint(one_of("kind", VoucherKind), name="ck_voucher_kind"),
    CheckConstraint(one_of("origin", VoucherOrigin), name="ck_voucher_origin"),
    Index("ix_voucher_created", "tenant_id", "store_id", "created_at"),
    Index("ix_voucher_customer", "tenant_id", "store_id", "customer_id"),
    Index("ix_voucher_end", "tenant_id", "store_id", "code_end"),
    Index("ix_voucher_sale", "tenant_id", "store_id", "sale_id"),
)
Index(
    "ix_voucher_expires",
    voucher.c.tenant_id,
    voucher.c.store_id,
    voucher.c.expires_at,
    sqlite_where=_MAY_EXPIRE,
    postgresql_where=_MAY_EXPIRE,
)

voucher_movement = Table(
    "voucher_movement",
    metadata,
    *_place(),
    Column("voucher_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("cause_id", Uuid, nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "voucher_id", "sequence", name="pk_voucher_movement"),
    UniqueConstraint("tenant_id", "store_id", "voucher_id", "kind", "cause_id", name="uq_voucher_movement_cause"),
    _foreign("fk_voucher_movement_voucher", "voucher_id", "voucher.voucher_id"),
    CheckConstraint("sequence >= 1", name="ck_voucher_movement_sequence"),
    CheckConstraint(_SIGNS, name="ck_voucher_movement_sign"),
    Index("ix_voucher_movement_cause", "tenant_id", "store_id", "cause_id"),
)

transfer_order = Table(
    "transfer_order",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("tender_id", Uuid, nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("standard", String(8), nullable=False),
    Column("reference", String(32), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    Column("concluded_at", UtcTimestamp),
    Column("concluded_by", Text),
    Column("reason", Text),
    Column("bank_reference", Text),
    Column("last_sequence", Integer, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "order_id", name="pk_transfer_order"),
    UniqueConstraint("tenant_id", "store_id", "reference", name="uq_transfer_order_reference"),
    UniqueConstraint("tenant_id", "store_id", "tender_id", name="uq_transfer_order_tender"),
    CheckConstraint("amount_minor > 0", name="ck_transfer_order_amount"),
    CheckConstraint(one_of("standard", TransferStandard), name="ck_transfer_order_standard"),
    CheckConstraint(one_of("state", TransferState), name="ck_transfer_order_state"),
    Index("ix_transfer_order_state", "tenant_id", "store_id", "state", "created_at"),
)

transfer_event = Table(
    "transfer_event",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "order_id", "sequence", name="pk_transfer_event"),
    _foreign("fk_transfer_event_order", "order_id", "transfer_order.order_id"),
    CheckConstraint(one_of("state", TransferState), name="ck_transfer_event_state"),
)

pay_link = Table(
    "pay_link",
    metadata,
    *_place(),
    Column("link_id", Uuid, nullable=False),
    Column("token_hash", CHAR(64), nullable=False),
    Column("token_salt", LargeBinary, nullable=False),
    Column("till_code", String(16), nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("reference", Text, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    Column("payment_id", Uuid),
    Column("order_id", Uuid),
    Column("cancelled_at", UtcTimestamp),
    Column("cancelled_by", Text),
    Column("round", Integer, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "link_id", name="pk_pay_link"),
    UniqueConstraint("tenant_id", "store_id", "token_hash", name="uq_pay_link_token"),
    UniqueConstraint("tenant_id", "store_id", "till_code", name="uq_pay_link_till_code"),
    CheckConstraint("amount_minor > 0", name="ck_pay_link_amount"),
    CheckConstraint("round >= 0", name="ck_pay_link_round"),
    Index("ix_pay_link_created", "tenant_id", "store_id", "created_at"),
)
