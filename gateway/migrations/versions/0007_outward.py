"""Webhook endpoints, systems outside with their leases, and links to receipts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
OUTWARD = "kind IN ('mail', 'webhook')"


def upgrade() -> None:
    """Make the tables, and an index for the messages that leave the shop."""
    op.create_table(
        "webhook_endpoint",
        *_place(),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("patterns", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("former_until", INSTANT),
        sa.Column("key_mark", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "endpoint_id", name="pk_webhook_endpoint"),
        sa.CheckConstraint("state IN ('active', 'disabled', 'removed')", name="ck_webhook_endpoint_state"),
        sa.CheckConstraint("generation >= 1", name="ck_webhook_endpoint_generation"),
    )
    op.create_table(
        "outward_system",
        *_place(),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(255)),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.Column("paused_until", INSTANT),
        sa.Column("last_success_at", INSTANT),
        sa.Column("last_words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "target", name="pk_outward_system"),
        sa.CheckConstraint(OUTWARD, name="ck_outward_system_kind"),
        sa.CheckConstraint("tries >= 0", name="ck_outward_system_tries"),
    )
    _receipt_link()
    where = sa.text(OUTWARD)
    op.create_index(
        "ix_outbox_outward",
        "outbox",
        [*PLACE, "target", "created_at"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Endpoints and links are lost, and with them who hears of the shop; what waits for them is deleted."""
    op.drop_index("ix_outbox_outward", "outbox")
    op.execute(f"DELETE FROM outbox WHERE {OUTWARD}")  # noqa: S608  # a constant of this module
    op.drop_table("receipt_link")
    op.drop_table("outward_system")
    op.drop_table("webhook_endpoint")


def _receipt_link() -> None:
    op.create_table(
        "receipt_link",
        *_place(),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.CHAR(64), nullable=False),
        sa.Column("subject", sa.String(8), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "link_id", name="pk_receipt_link"),
        sa.UniqueConstraint(*PLACE, "token_hash", name="uq_receipt_link_token"),
        sa.CheckConstraint("subject IN ('payment', 'refund', 'sale')", name="ck_receipt_link_subject"),
    )
    op.create_index("ix_receipt_link_expires", "receipt_link", [*PLACE, "expires_at"])


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)
