"""Tables of a store's business: devices, sales, payments, ledger and outbox.

``tenant_id, store_id`` lead every key and index, so the tables can be spread over machines by store. Constraints carry
the money rules; their names are part of the contract with ``violations.py``. Migrations have their own copy.
"""

from collections.abc import Iterable

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
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.domain.cards.payment import OPEN_STATES, AttemptState, Evidence
from gateway.domain.cards.refund import RefundWay
from gateway.domain.ledger import TransferKind
from gateway.domain.outbox import OutboxState

ID_MAX = 64
"""Characters of a tenant, store, register or device id."""
KEY_MAX = 255
"""Characters of an idempotency key, an account or a target."""

metadata = MetaData()


def one_of(column: str, values: Iterable[str]) -> str:
    """Return an SQL condition: the column holds one of these words (sorted, so that the text is stable)."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in sorted(values))})"


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id")
    table, target_column = target.split(".")
    return ForeignKeyConstraint([*place, column], [f"{table}.{part}" for part in (*place, target_column)], name=name)


OPEN_SQL = one_of("state", OPEN_STATES)
CLAIMING_SQL = one_of("state", {*OPEN_STATES, AttemptState.APPROVED})
"""States in which an attempt claims its payment or refund: no second attempt may begin."""
FOR_PAYMENT_SQL = "purpose = 'payment'"
"""An attempt that charges; the others give back, or move nothing."""
WITHOUT_PAYMENT = ("day", "release", "reserve")
"""What a terminal does beside payments: end its day, let a reservation go, make one."""
PURPOSES = ("payment", "refund", *WITHOUT_PAYMENT)

device = Table(
    "device",
    metadata,
    *_place(),
    Column("device_id", String(ID_MAX), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("last_receipt_no", Integer),
    Column("last_trace_no", Integer),
    Column("last_turnover_no", Integer),
    Column("state_words", Text, nullable=False),
    Column("ready", Boolean, nullable=False),
    _key("device", "device_id"),
    CheckConstraint(one_of("kind", ("printer", "terminal")), name="ck_device_kind"),
)

lease = Table(
    "lease",
    metadata,
    *_place(),
    Column("device_id", String(ID_MAX), nullable=False),
    Column("holder", String(KEY_MAX)),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    _key("lease", "device_id"),
    _foreign("fk_lease_device", "device_id", "device.device_id"),
)

sale = Table(
    "sale",
    metadata,
    *_place(),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("lines", JsonDocument, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    _key("sale", "sale_id"),
)

payment = Table(
    "payment",
    metadata,
    *_place(),
    Column("payment_id", Uuid, nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("reference", Text),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    Column("tip_minor", BigInteger, nullable=False, server_default=text("0")),
    Column("allow_partial", Boolean, nullable=False, server_default=text("false")),
    _key("payment", "payment_id"),
    _foreign("fk_payment_sale", "sale_id", "sale.sale_id"),
    CheckConstraint("amount_minor > 0", name="ck_payment_amount"),
    CheckConstraint("tip_minor >= 0 AND tip_minor < amount_minor", name="ck_payment_tip"),
    Index("ix_payment_sale", "tenant_id", "store_id", "sale_id"),
)

attempt = Table(
    "attempt",
    metadata,
    *_place(),
    Column("attempt_id", Uuid, nullable=False),
    Column("payment_id", Uuid),
    Column("number", Integer, nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("baseline_receipt_no", Integer),
    Column("baseline_trace_no", Integer),
    Column("baseline_turnover_no", Integer),
    Column("blocks_terminal", Boolean, nullable=False),
    Column("sent_at", UtcTimestamp, nullable=False),
    Column("concluded_at", UtcTimestamp),
    Column("cancel_requested_at", UtcTimestamp),
    Column("ask_requested_at", UtcTimestamp),
    Column("evidence", String(16)),
    Column("reason_code", String(KEY_MAX)),
    Column("reason", Text),
    Column("decided_by", Text),
    Column("result", JsonDocument),
    Column("receipt_no", Integer),
    Column("trace_no", Integer),
    Column("last_sequence", Integer, nullable=False),
    Column("purpose", String(8), nullable=False, server_default=text("'payment'")),
    Column("reservation_id", Uuid),
    Column("original", JsonDocument),
    _key("attempt", "attempt_id"),
    _foreign("fk_attempt_payment", "payment_id", "payment.payment_id"),
    _foreign("fk_attempt_device", "terminal_id", "device.device_id"),
    _foreign("fk_attempt_reservation", "reservation_id", "reservation.reservation_id"),
    UniqueConstraint("tenant_id", "store_id", "payment_id", "number", name="uq_attempt_number"),
    CheckConstraint("number >= 1", name="ck_attempt_number"),
    CheckConstraint(one_of("state", AttemptState), name="ck_attempt_state"),
    CheckConstraint(one_of("evidence", Evidence), name="ck_attempt_evidence"),
    CheckConstraint(f"NOT blocks_terminal OR {OPEN_SQL}", name="ck_attempt_blocks"),
    CheckConstraint("(state = 'sent') = (concluded_at IS NULL)", name="ck_attempt_concluded"),
    CheckConstraint(one_of("purpose", PURPOSES), name="ck_attempt_purpose"),
    CheckConstraint(f"(payment_id IS NULL) = ({one_of('purpose', WITHOUT_PAYMENT)})", name="ck_attempt_subject"),
)
Index(
    "uq_attempt_claims_payment",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.payment_id,
    unique=True,
    sqlite_where=text(f"{FOR_PAYMENT_SQL} AND {CLAIMING_SQL}"),
    postgresql_where=text(f"{FOR_PAYMENT_SQL} AND {CLAIMING_SQL}"),
)
ENDS_RESERVATION_SQL = f"reservation_id IS NOT NULL AND purpose <> 'reserve' AND {CLAIMING_SQL}"
"""An attempt that charges a reservation or lets it go, and may have done so: there is one at most."""
Index(
    "uq_attempt_ends_reservation",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.reservation_id,
    unique=True,
    sqlite_where=text(ENDS_RESERVATION_SQL),
    postgresql_where=text(ENDS_RESERVATION_SQL),
)
Index(
    "ix_attempt_reservation",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.reservation_id,
    sqlite_where=text("reservation_id IS NOT NULL"),
    postgresql_where=text("reservation_id IS NOT NULL"),
)
Index(
    "uq_attempt_blocks_terminal",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.terminal_id,
    unique=True,
    sqlite_where=text("blocks_terminal"),
    postgresql_where=text("blocks_terminal"),
)
Index(
    "ix_attempt_open",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.terminal_id,
    attempt.c.sent_at,
    sqlite_where=text(OPEN_SQL),
    postgresql_where=text(OPEN_SQL),
)

payment_event = Table(
    "payment_event",
    metadata,
    *_place(),
    Column("payment_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payment_event", "payment_id", "sequence"),
    _foreign("fk_payment_event_payment", "payment_id", "payment.payment_id"),
    CheckConstraint("sequence >= 1", name="ck_payment_event_sequence"),
    CheckConstraint(one_of("state", AttemptState), name="ck_payment_event_state"),
)

refund = Table(
    "refund",
    metadata,
    *_place(),
    Column("refund_id", Uuid, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("attempt_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("way", String(16), nullable=False),
    Column("original", JsonDocument, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    _key("refund", "refund_id"),
    _foreign("fk_refund_payment", "payment_id", "payment.payment_id"),
    _foreign("fk_refund_attempt", "attempt_id", "attempt.attempt_id"),
    UniqueConstraint("tenant_id", "store_id", "attempt_id", name="uq_refund_attempt"),
    CheckConstraint("amount_minor > 0", name="ck_refund_amount"),
    CheckConstraint(one_of("way", RefundWay), name="ck_refund_way"),
    Index("ix_refund_payment", "tenant_id", "store_id", "payment_id"),
)

refund_event = Table(
    "refund_event",
    metadata,
    *_place(),
    Column("refund_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("refund_event", "refund_id", "sequence"),
    _foreign("fk_refund_event_refund", "refund_id", "refund.refund_id"),
    CheckConstraint("sequence >= 1", name="ck_refund_event_sequence"),
    CheckConstraint(one_of("state", AttemptState), name="ck_refund_event_state"),
)

ledger_transfer = Table(
    "ledger_transfer",
    metadata,
    *_place(),
    Column("transfer_id", Uuid, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("debit_account", String(KEY_MAX), nullable=False),
    Column("credit_account", String(KEY_MAX), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("pending_id", Uuid),
    Column("cause_id", Uuid, nullable=False),
    Column("trace_id", String(KEY_MAX), nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("ledger_transfer", "transfer_id"),
    UniqueConstraint("tenant_id", "store_id", "pending_id", name="uq_ledger_transfer_pending"),
    _foreign("fk_ledger_transfer_pending", "pending_id", "ledger_transfer.transfer_id"),
    CheckConstraint(one_of("kind", TransferKind), name="ck_ledger_transfer_kind"),
    CheckConstraint("(kind = 'pending') = (pending_id IS NULL)", name="ck_ledger_transfer_closes"),
    CheckConstraint("amount_minor > 0", name="ck_ledger_transfer_amount"),
    CheckConstraint("debit_account <> credit_account", name="ck_ledger_transfer_accounts"),
    Index("ix_ledger_transfer_cause", "tenant_id", "store_id", "cause_id"),
    Index("ix_ledger_transfer_recorded", "tenant_id", "store_id", "recorded_at"),
)

outbox = Table(
    "outbox",
    metadata,
    *_place(),
    Column("outbox_id", Uuid, nullable=False),
    Column("payment_id", Uuid),
    Column("kind", String(32), nullable=False),
    Column("target", String(KEY_MAX), nullable=False),
    Column("payload", JsonDocument, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", UtcTimestamp),
    Column("note", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    _key("outbox", "outbox_id"),
    CheckConstraint(one_of("state", OutboxState), name="ck_outbox_state"),
    CheckConstraint("tries >= 0", name="ck_outbox_tries"),
    Index("ix_outbox_payment", "tenant_id", "store_id", "payment_id"),
)
Index(
    "ix_outbox_open",
    outbox.c.tenant_id,
    outbox.c.store_id,
    outbox.c.target,
    outbox.c.created_at,
    sqlite_where=text("state <> 'done'"),
    postgresql_where=text("state <> 'done'"),
)

stored_answer = Table(
    "stored_answer",
    metadata,
    *_place(),
    Column("key", String(KEY_MAX), nullable=False),
    Column("request_hash", CHAR(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("location", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    _key("stored_answer", "key"),
)

orphan_result = Table(
    "orphan_result",
    metadata,
    *_place(),
    Column("orphan_id", Uuid, nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("result", JsonDocument, nullable=False),
    Column("words", Text, nullable=False),
    Column("kept_at", UtcTimestamp, nullable=False),
    _key("orphan_result", "orphan_id"),
    Index("ix_orphan_result_kept", "tenant_id", "store_id", "kept_at"),
)
