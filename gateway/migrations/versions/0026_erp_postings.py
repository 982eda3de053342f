"""Documents on their way into ERPs: accounts with their lease, postings, and the journal of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(), "postgresql")
APPEND_ONLY = ("erp_posting_event",)
ACCOUNT = ["tenant_id", "store_id", "account"]
STATES = "('accepted', 'draft', 'duplicate', 'given_up', 'posted', 'refused', 'sending', 'unknown', 'waiting')"
IN_WORK = "state IN ('accepted', 'draft', 'sending', 'unknown', 'waiting')"
KINDS = "('journal_entry', 'sales_day', 'vendor_bill', 'vendor_payment')"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "erp_account",
        *_of_account(),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", INSTANT),
        sa.PrimaryKeyConstraint(*ACCOUNT, name="pk_erp_account"),
    )
    _create_posting()
    op.create_table(
        "erp_posting_event",
        *_of_account(),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*ACCOUNT, "key", "number", name="pk_erp_posting_event"),
        sa.ForeignKeyConstraint(
            [*ACCOUNT, "key"],
            [f"erp_posting.{column}" for column in (*ACCOUNT, "key")],
            name="fk_erp_posting_event_posting",
        ),
    )
    _refuse_changes()


def downgrade() -> None:
    """What waits is lost here; what was posted is in the ERP."""
    for table in ("erp_posting_event", "erp_posting", "erp_account"):
        op.drop_table(table)


def _of_account() -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(64), nullable=False) for name in ACCOUNT)


def _create_posting() -> None:
    op.create_table(
        "erp_posting",
        *_of_account(),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("erp_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT),
        sa.PrimaryKeyConstraint(*ACCOUNT, "key", name="pk_erp_posting"),
        sa.UniqueConstraint(*ACCOUNT, "sequence", name="uq_erp_posting_sequence"),
        sa.ForeignKeyConstraint(
            ACCOUNT, [f"erp_account.{column}" for column in ACCOUNT], name="fk_erp_posting_account"
        ),
        sa.CheckConstraint(f"state IN {STATES}", name="ck_erp_posting_state"),
        sa.CheckConstraint(f"kind IN {KINDS}", name="ck_erp_posting_kind"),
    )
    only = sa.text(IN_WORK)
    op.create_index("ix_erp_posting_due", "erp_posting", [*ACCOUNT, "due_at"], sqlite_where=only, postgresql_where=only)


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
