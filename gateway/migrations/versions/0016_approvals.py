"""Signs of duplicates and fraud, approvals with their rules and delegations, comments and attachments."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = (
    "payable_approval",
    "payable_sign_clearing",
    "approval_setting_change",
    "payable_comment",
    "payable_attachment",
    "payable_attachment_part",
    "approval_reminder",
)
TABLES = (
    "payable_approval",
    "approval_standing",
    "payable_sign",
    "payable_sign_clearing",
    "approval_rule",
    "approval_limit",
    "approval_delegation",
    "approval_setting_change",
    "payable_comment",
    "payable_attachment",
    "payable_attachment_part",
    "approval_reminder",
)


def upgrade() -> None:
    """Add the tables."""
    _create_payable_approval()
    _create_approval_standing()
    _create_payable_sign()
    _create_payable_sign_clearing()
    _create_approval_rule()
    _create_approval_limit()
    _create_approval_delegation()
    _create_approval_setting_change()
    _create_payable_comment()
    _create_payable_attachment()
    _create_payable_attachment_part()
    _create_approval_reminder()
    _refuse_changes()


def downgrade() -> None:
    """Remove them: approvals, rules, comments and attachments so far are lost."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _create_payable_approval() -> None:
    op.create_table(
        "payable_approval",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.CHAR(64), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("for_person_id", sa.Uuid()),
        sa.Column("one_with", DOCUMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.CHAR(3)),
        sa.Column("detail", DOCUMENT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", "sequence", name="pk_payable_approval"),
        sa.CheckConstraint(
            "kind IN ('approved', 'emergency', 'granted', 'rejected', 'reviewed', 'voided')",
            name="ck_payable_approval_kind",
        ),
        sa.CheckConstraint("sequence >= 1", name="ck_payable_approval_sequence"),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="ck_payable_approval_amount"),
    )
    op.create_index("ix_payable_approval_recorded", "payable_approval", [*PLACE, "recorded_at"])


def _create_approval_standing() -> None:
    op.create_table(
        "approval_standing",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.CHAR(64), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", name="pk_approval_standing"),
    )
    op.create_index("ix_approval_standing_emergency", "approval_standing", [*PLACE, "emergency", "reviewed"])


def _create_payable_sign() -> None:
    op.create_table(
        "payable_sign",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("risk", sa.String(16), nullable=False),
        sa.Column("signs", DOCUMENT, nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", name="pk_payable_sign"),
        sa.CheckConstraint("risk IN ('high', 'low', 'normal')", name="ck_payable_sign_risk"),
    )


def _create_payable_sign_clearing() -> None:
    op.create_table(
        "payable_sign_clearing",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", "clearing_id", name="pk_payable_sign_clearing"),
    )


def _create_approval_rule() -> None:
    op.create_table(
        "approval_rule",
        *_place(),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "rule_id", name="pk_approval_rule"),
    )


def _create_approval_limit() -> None:
    op.create_table(
        "approval_limit",
        *_place(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("each_minor", sa.BigInteger()),
        sa.Column("per_day_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint(*PLACE, "person_id", "currency", name="pk_approval_limit"),
        sa.CheckConstraint("each_minor IS NULL OR each_minor > 0", name="ck_approval_limit_each"),
        sa.CheckConstraint("per_day_minor IS NULL OR per_day_minor > 0", name="ck_approval_limit_per_day"),
    )


def _create_approval_delegation() -> None:
    op.create_table(
        "approval_delegation",
        *_place(),
        sa.Column("delegation_id", sa.Uuid(), nullable=False),
        sa.Column("from_person_id", sa.Uuid(), nullable=False),
        sa.Column("to_person_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.String(10), nullable=False),
        sa.Column("until_on", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "delegation_id", name="pk_approval_delegation"),
        sa.CheckConstraint("from_person_id <> to_person_id", name="ck_approval_delegation_people"),
        sa.CheckConstraint("from_on <= until_on", name="ck_approval_delegation_days"),
    )


def _create_approval_setting_change() -> None:
    op.create_table(
        "approval_setting_change",
        *_place(),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.String(255), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("before", DOCUMENT),
        sa.Column("now", DOCUMENT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "change_id", name="pk_approval_setting_change"),
    )
    op.create_index("ix_approval_setting_change_recorded", "approval_setting_change", [*PLACE, "recorded_at"])


def _create_payable_comment() -> None:
    op.create_table(
        "payable_comment",
        *_place(),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "comment_id", name="pk_payable_comment"),
        sa.CheckConstraint("kind IN ('answer', 'comment', 'question')", name="ck_payable_comment_kind"),
    )
    op.create_index("ix_payable_comment_payable", "payable_comment", [*PLACE, "payable_id", "recorded_at"])


def _create_payable_attachment() -> None:
    op.create_table(
        "payable_attachment",
        *_place(),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "attachment_id", name="pk_payable_attachment"),
        sa.CheckConstraint("size > 0", name="ck_payable_attachment_size"),
    )
    op.create_index("ix_payable_attachment_payable", "payable_attachment", [*PLACE, "payable_id", "recorded_at"])


def _create_payable_attachment_part() -> None:
    op.create_table(
        "payable_attachment_part",
        *_place(),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "attachment_id", "part_no", name="pk_payable_attachment_part"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id", "attachment_id"],
            [f"payable_attachment.{part}" for part in ("tenant_id", "store_id", "attachment_id")],
            name="fk_payable_attachment_part_payable_attachment",
        ),
        sa.CheckConstraint("part_no >= 0", name="ck_payable_attachment_part_no"),
    )


def _create_approval_reminder() -> None:
    op.create_table(
        "approval_reminder",
        *_place(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.String(10), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "person_id", "on_day", name="pk_approval_reminder"),
    )


def _refuse_changes() -> None:
    """Let the database itself refuse to change or remove what was recorded, as in 0001."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
