"""Vouchers, store credit, customers on account, bank transfers and pay links."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("customer_entry", "transfer_event", "voucher_movement")
TRANSFER_STATES = "state IN ('arrived', 'cancelled', 'cleared', 'late', 'open')"
SIGNS = (
    "(kind IN ('issued', 'restored', 'topped_up') AND amount_minor > 0)"
    " OR (kind IN ('expired', 'redeemed') AND amount_minor < 0)"
    " OR (kind IN ('blocked', 'told', 'unblocked') AND amount_minor = 0)"
)
LEFT = (
    "(SELECT sum(m.amount_minor) FROM voucher_movement m WHERE m.tenant_id = NEW.tenant_id"
    " AND m.store_id = NEW.store_id AND m.voucher_id = NEW.voucher_id)"
)
FOREIGN_CURRENCY = (
    "NOT EXISTS (SELECT 1 FROM voucher v WHERE v.tenant_id = NEW.tenant_id AND v.store_id = NEW.store_id"
    " AND v.voucher_id = NEW.voucher_id AND v.currency = NEW.currency)"
)


def upgrade() -> None:
    _create_customer()
    _create_voucher()
    _create_movement()
    _create_transfer_order()
    _create_pay_link()
    _refuse_changes()
    _hold_balance()


def downgrade() -> None:
    """Who holds credit, owes money or has paid by transfer is lost; the ledger keeps only the sums: keep a copy."""
    for table in ("pay_link", "transfer_event", "transfer_order", "voucher_movement", "voucher"):
        op.drop_table(table)
    op.drop_table("customer_entry")
    op.drop_table("customer")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION voucher_not_below_zero()")


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _foreign(name: str, column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([*PLACE, column], [f"{table}.{part}" for part in (*PLACE, column)], name=name)


def _create_customer() -> None:
    op.create_table(
        "customer",
        *_place(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(64)),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("limit_minor >= 0", name="ck_customer_limit"),
        sa.PrimaryKeyConstraint(*PLACE, "customer_id", name="pk_customer"),
        sa.UniqueConstraint(*PLACE, "reference", name="uq_customer_reference"),
    )
    op.create_index("ix_customer_name", "customer", [*PLACE, "folded_name", "customer_id"])
    op.create_table(
        "customer_entry",
        *_place(),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint("side IN ('credit', 'debit')", name="ck_customer_entry_side"),
        _foreign("fk_customer_entry_customer", "customer_id", "customer"),
        sa.PrimaryKeyConstraint(*PLACE, "customer_id", "transfer_id", name="pk_customer_entry"),
        sa.UniqueConstraint(*PLACE, "transfer_id", name="uq_customer_entry_transfer"),
    )


def _create_voucher() -> None:
    op.create_table(
        "voucher",
        *_place(),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("code_hash", sa.CHAR(64)),
        sa.Column("code_salt", sa.LargeBinary()),
        sa.Column("code_end", sa.String(8), nullable=False),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("sale_id", sa.Uuid()),
        sa.Column("expires_at", INSTANT),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_voucher_amount"),
        sa.CheckConstraint("code_hash IS NOT NULL OR customer_id IS NOT NULL", name="ck_voucher_holder"),
        sa.CheckConstraint("kind IN ('store_credit', 'voucher')", name="ck_voucher_kind"),
        sa.CheckConstraint("origin IN ('given', 'returned', 'sold')", name="ck_voucher_origin"),
        _foreign("fk_voucher_customer", "customer_id", "customer"),
        sa.PrimaryKeyConstraint(*PLACE, "voucher_id", name="pk_voucher"),
        sa.UniqueConstraint(*PLACE, "code_hash", name="uq_voucher_code"),
    )
    for name, column in (
        ("ix_voucher_created", "created_at"),
        ("ix_voucher_customer", "customer_id"),
        ("ix_voucher_end", "code_end"),
        ("ix_voucher_sale", "sale_id"),
    ):
        op.create_index(name, "voucher", [*PLACE, column])
    where = sa.text("expires_at IS NOT NULL")
    op.create_index("ix_voucher_expires", "voucher", [*PLACE, "expires_at"], sqlite_where=where, postgresql_where=where)


def _create_movement() -> None:
    op.create_table(
        "voucher_movement",
        *_place(),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint("sequence >= 1", name="ck_voucher_movement_sequence"),
        sa.CheckConstraint(SIGNS, name="ck_voucher_movement_sign"),
        _foreign("fk_voucher_movement_voucher", "voucher_id", "voucher"),
        sa.PrimaryKeyConstraint(*PLACE, "voucher_id", "sequence", name="pk_voucher_movement"),
        sa.UniqueConstraint(*PLACE, "voucher_id", "kind", "cause_id", name="uq_voucher_movement_cause"),
    )
    op.create_index("ix_voucher_movement_cause", "voucher_movement", [*PLACE, "cause_id"])


def _create_transfer_order() -> None:
    op.create_table(
        "transfer_order",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("standard", sa.String(8), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.Column("concluded_at", INSTANT),
        sa.Column("concluded_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("bank_reference", sa.Text()),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_transfer_order_amount"),
        sa.CheckConstraint("standard IN ('epc', 'swiss')", name="ck_transfer_order_standard"),
        sa.CheckConstraint(TRANSFER_STATES, name="ck_transfer_order_state"),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", name="pk_transfer_order"),
        sa.UniqueConstraint(*PLACE, "reference", name="uq_transfer_order_reference"),
        sa.UniqueConstraint(*PLACE, "tender_id", name="uq_transfer_order_tender"),
    )
    op.create_index("ix_transfer_order_state", "transfer_order", [*PLACE, "state", "created_at"])
    op.create_table(
        "transfer_event",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(TRANSFER_STATES, name="ck_transfer_event_state"),
        _foreign("fk_transfer_event_order", "order_id", "transfer_order"),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", "sequence", name="pk_transfer_event"),
    )


def _create_pay_link() -> None:
    op.create_table(
        "pay_link",
        *_place(),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.CHAR(64), nullable=False),
        sa.Column("token_salt", sa.LargeBinary(), nullable=False),
        sa.Column("till_code", sa.String(16), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.Column("payment_id", sa.Uuid()),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("cancelled_at", INSTANT),
        sa.Column("cancelled_by", sa.Text()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_pay_link_amount"),
        sa.CheckConstraint("round >= 0", name="ck_pay_link_round"),
        sa.PrimaryKeyConstraint(*PLACE, "link_id", name="pk_pay_link"),
        sa.UniqueConstraint(*PLACE, "till_code", name="uq_pay_link_till_code"),
        sa.UniqueConstraint(*PLACE, "token_hash", name="uq_pay_link_token"),
    )
    op.create_index("ix_pay_link_created", "pay_link", [*PLACE, "created_at"])


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


def _hold_balance() -> None:
    """Let the database refuse a movement that would take a voucher below zero, or that is in another currency."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER voucher_not_below_zero AFTER INSERT ON voucher_movement"
            f" WHEN {FOREIGN_CURRENCY} OR {LEFT} < 0"
            " BEGIN SELECT RAISE(ABORT, 'voucher_not_below_zero'); END"
        )
        return
    # The lock comes first: what is added up after it includes every movement that was waited for.
    op.execute(
        "CREATE FUNCTION voucher_not_below_zero() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM voucher v WHERE v.tenant_id = NEW.tenant_id AND v.store_id = NEW.store_id"
        " AND v.voucher_id = NEW.voucher_id FOR NO KEY UPDATE;"
        f" IF {FOREIGN_CURRENCY} OR {LEFT} < 0 THEN"
        " RAISE EXCEPTION 'voucher_not_below_zero'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_not_below_zero';"
        " END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER voucher_not_below_zero AFTER INSERT ON voucher_movement"
        " FOR EACH ROW EXECUTE FUNCTION voucher_not_below_zero()"
    )
