"""Runs of matching: one that waits and one that is worked for each store, at most."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
STATES = "('done', 'failed', 'running', 'waiting')"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "matching_run",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("expires_at", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("suggested", sa.BigInteger(), nullable=False),
        sa.Column("more", sa.Boolean(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("tenant_id", "store_id", "run_id", name="pk_matching_run"),
        sa.CheckConstraint(f"state IN {STATES}", name="ck_matching_run_state"),
    )
    for name in ("waiting", "running"):
        only = sa.text(f"state = '{name}'")
        op.create_index(
            f"uq_matching_run_{name}",
            "matching_run",
            ["tenant_id", "store_id"],
            unique=True,
            sqlite_where=only,
            postgresql_where=only,
        )


def downgrade() -> None:
    """What was asked for is lost; any line that is open is looked at by the next run."""
    op.drop_table("matching_run")
