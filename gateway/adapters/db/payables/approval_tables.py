"""Tables of approvals: what was said, where it stands, signs, rules, limits, delegations, comments, attachments."""

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
    Uuid,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of
from gateway.domain.payables.approval import ApprovalKind, CommentKind
from gateway.domain.payables.signs import Risk


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


payable_approval = Table(
    "payable_approval",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("entry_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("digest", CHAR(64), nullable=False),
    Column("person_id", Uuid),
    Column("for_person_id", Uuid),
    Column("one_with", JsonDocument, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("amount_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("detail", JsonDocument),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payable_approval", "payable_id", "sequence"),
    CheckConstraint(one_of("kind", ApprovalKind), name="ck_payable_approval_kind"),
    CheckConstraint("sequence >= 1", name="ck_payable_approval_sequence"),
    CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="ck_payable_approval_amount"),
    Index("ix_payable_approval_recorded", "tenant_id", "store_id", "recorded_at"),
)

approval_standing = Table(
    "approval_standing",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("digest", CHAR(64), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("reviewed", Boolean, nullable=False),
    Column("waiting_since", UtcTimestamp, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    _key("approval_standing", "payable_id"),
    Index("ix_approval_standing_emergency", "tenant_id", "store_id", "emergency", "reviewed"),
)

payable_sign = Table(
    "payable_sign",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("risk", String(16), nullable=False),
    Column("signs", JsonDocument, nullable=False),
    Column("found_at", UtcTimestamp, nullable=False),
    _key("payable_sign", "payable_id"),
    CheckConstraint(one_of("risk", Risk), name="ck_payable_sign_risk"),
)

payable_sign_clearing = Table(
    "payable_sign_clearing",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("clearing_id", Uuid, nullable=False),
    Column("other_id", Uuid, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payable_sign_clearing", "payable_id", "clearing_id"),
)

approval_rule = Table(
    "approval_rule",
    metadata,
    *_place(),
    Column("rule_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", JsonDocument, nullable=False),
    Column("version", Integer, nullable=False),
    _key("approval_rule", "rule_id"),
)

approval_limit = Table(
    "approval_limit",
    metadata,
    *_place(),
    Column("person_id", Uuid, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("each_minor", BigInteger),
    Column("per_day_minor", BigInteger),
    _key("approval_limit", "person_id", "currency"),
    CheckConstraint("each_minor IS NULL OR each_minor > 0", name="ck_approval_limit_each"),
    CheckConstraint("per_day_minor IS NULL OR per_day_minor > 0", name="ck_approval_limit_per_day"),
)

approval_delegation = Table(
    "approval_delegation",
    metadata,
    *_place(),
    Column("delegation_id", Uuid, nullable=False),
    Column("from_person_id", Uuid, nullable=False),
    Column("to_person_id", Uuid, nullable=False),
    Column("from_on", String(10), nullable=False),
    Column("until_on", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("ended_at", UtcTimestamp),
    Column("ended_by", Text, nullable=False),
    _key("approval_delegation", "delegation_id"),
    CheckConstraint("from_person_id <> to_person_id", name="ck_approval_delegation_people"),
    CheckConstraint("from_on <= until_on", name="ck_approval_delegation_days"),
)

approval_setting_change = Table(
    "approval_setting_change",
    metadata,
    *_place(),
    Column("change_id", Uuid, nullable=False),
    Column("subject", String(32), nullable=False),
    Column("subject_id", String(KEY_MAX), nullable=False),
    Column("actor", Text, nullable=False),
    Column("before", JsonDocument),
    Column("now", JsonDocument),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("approval_setting_change", "change_id"),
    Index("ix_approval_setting_change_recorded", "tenant_id", "store_id", "recorded_at"),
)

payable_comment = Table(
    "payable_comment",
    metadata,
    *_place(),
    Column("comment_id", Uuid, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payable_comment", "comment_id"),
    CheckConstraint(one_of("kind", CommentKind), name="ck_payable_comment_kind"),
    Index("ix_payable_comment_payable", "tenant_id", "store_id", "payable_id", "recorded_at"),
)

payable_attachment = Table(
    "payable_attachment",
    metadata,
    *_place(),
    Column("attachment_id", Uuid, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payable_attachment", "attachment_id"),
    CheckConstraint("size > 0", name="ck_payable_attachment_size"),
    Index("ix_payable_attachment_payable", "tenant_id", "store_id", "payable_id", "recorded_at"),
)

payable_attachment_part = Table(
    "payable_attachment_part",
    metadata,
    *_place(),
    Column("attachment_id", Uuid, nullable=False),
    Column("part_no", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    _key("payable_attachment_part", "attachment_id", "part_no"),
    ForeignKeyConstraint(
        ["tenant_id", "store_id", "attachment_id"],
        [f"payable_attachment.{part}" for part in ("tenant_id", "store_id", "attachment_id")],
        name="fk_payable_attachment_part_payable_attachment",
    ),
    CheckConstraint("part_no >= 0", name="ck_payable_attachment_part_no"),
)

approval_reminder = Table(
    "approval_reminder",
    metadata,
    *_place(),
    Column("person_id", Uuid, nullable=False),
    Column("on_day", String(10), nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("approval_reminder", "person_id", "on_day"),
)
