"""Tables of acquirers: contracts, reports, payouts, chargebacks, tasks; migration 0022 has a copy."""

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
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.bank.chargeback import ChargebackState
from gateway.domain.bank.payout import EntryKind, FindingKind

APPEND_ONLY = ("acquirer_contract", "acquirer_report", "chargeback_event", "chargeback_evidence")
"""Tables whose rows may never change or go; triggers made by the migration refuse it."""
REFERENCE_MAX = 100


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id")
    table, target_column = target.split(".")
    return ForeignKeyConstraint([*place, column], [f"{table}.{part}" for part in (*place, target_column)], name=name)


acquirer_contract = Table(
    "acquirer_contract",
    metadata,
    *_place(),
    Column("acquirer", String(ID_MAX), nullable=False),
    Column("version", Integer, nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("terms", JsonDocument, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcTimestamp, nullable=False),
    _key("acquirer_contract", "acquirer", "version"),
    CheckConstraint("version >= 1", name="ck_acquirer_contract_version"),
)

acquirer_report = Table(
    "acquirer_report",
    metadata,
    *_place(),
    Column("report_id", Uuid, nullable=False),
    Column("acquirer", String(ID_MAX), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("new_entries", Integer, nullable=False),
    Column("imported_at", UtcTimestamp, nullable=False),
    Column("imported_by", Text, nullable=False),
    _key("acquirer_report", "report_id"),
    UniqueConstraint("tenant_id", "store_id", "acquirer", "sha256", name="uq_acquirer_report_content"),
)

payout = Table(
    "payout",
    metadata,
    *_place(),
    Column("payout_id", Uuid, nullable=False),
    Column("acquirer", String(ID_MAX), nullable=False),
    Column("batch", String(REFERENCE_MAX), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("account", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("contract_version", Integer),
    Column("first_day", String(10)),
    Column("last_day", String(10)),
    Column("paid_on", String(10)),
    Column("sums", JsonDocument, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("reported_at", UtcTimestamp, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("bank_line_id", Uuid),
    Column("bank_minor", BigInteger),
    Column("arrived_on", String(10)),
    Column("booked", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    _key("payout", "payout_id"),
    CheckConstraint(
        "(bank_line_id IS NULL) = (bank_minor IS NULL) AND (bank_line_id IS NULL) = (arrived_on IS NULL)",
        name="ck_payout_bank_line",
    ),
    Index("ix_payout_reported", "tenant_id", "store_id", "reported_at", "payout_id"),
)
Index(
    "uq_payout_bank_line",
    payout.c.tenant_id,
    payout.c.store_id,
    payout.c.bank_line_id,
    unique=True,
    sqlite_where=text("bank_line_id IS NOT NULL"),
    postgresql_where=text("bank_line_id IS NOT NULL"),
)

payout_entry = Table(
    "payout_entry",
    metadata,
    *_place(),
    Column("entry_id", Uuid, nullable=False),
    Column("payout_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("booked_on", String(10)),
    Column("currency", CHAR(3), nullable=False),
    Column("gross_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("rest_minor", BigInteger, nullable=False),
    Column("original_minor", BigInteger),
    Column("original_currency", CHAR(3)),
    Column("brand", String(32), nullable=False),
    Column("card_kind", String(16), nullable=False),
    Column("refs", JsonDocument, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("attempt_id", Uuid),
    Column("payment_id", Uuid),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("matched_by", Text, nullable=False),
    _key("payout_entry", "entry_id"),
    _foreign("fk_payout_entry_payout", "payout_id", "payout.payout_id"),
    CheckConstraint(one_of("kind", EntryKind), name="ck_payout_entry_kind"),
    CheckConstraint("(original_minor IS NULL) = (original_currency IS NULL)", name="ck_payout_entry_original"),
    Index("ix_payout_entry_payout", "tenant_id", "store_id", "payout_id", "number"),
)
Index(
    "uq_payout_entry_attempt",
    payout_entry.c.tenant_id,
    payout_entry.c.store_id,
    payout_entry.c.attempt_id,
    unique=True,
    sqlite_where=text("attempt_id IS NOT NULL"),
    postgresql_where=text("attempt_id IS NOT NULL"),
)

chargeback = Table(
    "chargeback",
    metadata,
    *_place(),
    Column("chargeback_id", Uuid, nullable=False),
    Column("acquirer", String(ID_MAX), nullable=False),
    Column("reference", String(REFERENCE_MAX), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("scheme", String(32), nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("family", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_on", String(10), nullable=False),
    Column("respond_by", String(10), nullable=False),
    Column("opened_at", UtcTimestamp, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("payment_id", Uuid),
    Column("taken_entry_id", Uuid),
    Column("returned_entry_id", Uuid),
    Column("reminded", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    _key("chargeback", "chargeback_id"),
    UniqueConstraint("tenant_id", "store_id", "acquirer", "reference", name="uq_chargeback_reference"),
    CheckConstraint("amount_minor > 0", name="ck_chargeback_amount"),
    CheckConstraint(one_of("state", ChargebackState), name="ck_chargeback_state"),
    Index("ix_chargeback_state", "tenant_id", "store_id", "state", "respond_by"),
)

chargeback_event = Table(
    "chargeback_event",
    metadata,
    *_place(),
    Column("chargeback_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("step", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    _key("chargeback_event", "chargeback_id", "sequence"),
    _foreign("fk_chargeback_event_chargeback", "chargeback_id", "chargeback.chargeback_id"),
    CheckConstraint("sequence >= 1", name="ck_chargeback_event_sequence"),
)

chargeback_evidence = Table(
    "chargeback_evidence",
    metadata,
    *_place(),
    Column("evidence_id", Uuid, nullable=False),
    Column("chargeback_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcTimestamp, nullable=False),
    _key("chargeback_evidence", "evidence_id"),
    _foreign("fk_chargeback_evidence_chargeback", "chargeback_id", "chargeback.chargeback_id"),
    Index("ix_chargeback_evidence_chargeback", "tenant_id", "store_id", "chargeback_id"),
)

settlement_task = Table(
    "settlement_task",
    metadata,
    *_place(),
    Column("task_id", Uuid, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("acquirer", String(ID_MAX), nullable=False),
    Column("figures", JsonDocument, nullable=False),
    Column("payout_id", Uuid),
    Column("chargeback_id", Uuid),
    Column("opened_at", UtcTimestamp, nullable=False),
    Column("closed_at", UtcTimestamp),
    Column("closed_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    _key("settlement_task", "task_id"),
    CheckConstraint(one_of("kind", FindingKind), name="ck_settlement_task_kind"),
    Index("ix_settlement_task_opened", "tenant_id", "store_id", "closed_at", "opened_at"),
    Index("ix_settlement_task_payout", "tenant_id", "store_id", "payout_id"),
)
