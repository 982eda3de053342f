# ruff: noqa: S608  # the statements are put together from constants of this module
"""Stored sales that were given up before anything was paid."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
PLACE = ("tenant_id", "store_id")
SALE = "x.tenant_id = NEW.tenant_id AND x.store_id = NEW.store_id AND x.sale_id = NEW.sale_id"
CHARGED = (
    "SELECT 1 FROM payment x JOIN attempt a ON a.tenant_id = x.tenant_id AND a.store_id = x.store_id"
    f" AND a.payment_id = x.payment_id WHERE {SALE} AND a.purpose = 'payment'"
    " AND a.state IN ('approved', 'sent', 'unknown')"
)
CLAIMED = (
    f"EXISTS (SELECT 1 FROM sale_settlement x WHERE {SALE})"
    f" OR EXISTS (SELECT 1 FROM tender x WHERE {SALE} AND x.state <> 'cancelled') OR EXISTS ({CHARGED})"
)
VOIDED = f"EXISTS (SELECT 1 FROM sale_void x WHERE {SALE})"
RULES = (
    ("sale_void_unpaid", "sale_void", "sale_void_unpaid", CLAIMED),
    ("tender_after_void", "tender", "nothing_after_void", VOIDED),
    ("settlement_after_void", "sale_settlement", "nothing_after_void", VOIDED),
)
"""Name of the trigger, its table, the rule it tells of, and when that is broken."""


def upgrade() -> None:
    """Add the table. Payments are held by the lock under which they and this are written, as before."""
    op.create_table(
        "sale_void",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("void_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_at", INSTANT, nullable=False),
        sa.Column("voided_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            [*PLACE, "sale_id"], [f"till_sale.{part}" for part in (*PLACE, "sale_id")], name="fk_sale_void_sale"
        ),
        sa.PrimaryKeyConstraint(*PLACE, "sale_id", name="pk_sale_void"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _hold_postgresql()
    else:
        _hold_sqlite()


def downgrade() -> None:
    """Remove it: sales that were given up are open again."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table, _, _ in RULES[1:]:
        op.execute(f"DROP TRIGGER {name} ON {table}" if postgresql else f"DROP TRIGGER {name}")
    op.drop_table("sale_void")
    if postgresql:
        for name, _, _, _ in RULES:
            op.execute(f"DROP FUNCTION {name}()")


def _hold_sqlite() -> None:
    for name, table, rule, broken in RULES:
        op.execute(
            f"CREATE TRIGGER {name} AFTER INSERT ON {table} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{rule}'); END"
        )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER sale_void_no_{verb.lower()} BEFORE {verb} ON sale_void"
            " BEGIN SELECT RAISE(ABORT, 'sale_void is append-only'); END"
        )


def _hold_postgresql() -> None:
    lock = f"PERFORM 1 FROM sale x WHERE {SALE} FOR NO KEY UPDATE;"
    for name, table, rule, broken in RULES:
        # The lock comes first: what is looked at after it includes everything that was waited for.
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
            f" IF {broken} THEN RAISE EXCEPTION '{rule}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}'; END IF; RETURN NULL; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    op.execute(
        "CREATE TRIGGER sale_void_no_change BEFORE UPDATE OR DELETE ON sale_void"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER sale_void_no_truncate BEFORE TRUNCATE ON sale_void"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
