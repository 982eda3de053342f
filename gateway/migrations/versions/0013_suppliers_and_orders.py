"""Suppliers with their accounts, purchase orders, goods receipts, tax codes and cost centres."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("goods_receipt", "goods_receipt_line", "supplier_event")
TWO_PEOPLE_SQL = (
    "state <> 'effective' OR (decided_by IS NOT NULL AND decided_by <> requested_by"
    " AND (emergency <> '' OR (call_back_by IS NOT NULL AND decided_by <> call_back_by)))"
)


def upgrade() -> None:
    """Add the tables."""
    _create_supplier()
    _create_account()
    _create_journal()
    _create_order()
    _create_receipt()
    _create_codes()
    _refuse_changes()


def downgrade() -> None:
    """Suppliers, orders, receipts and codes so far are lost."""
    for table in (
        "cost_centre",
        "tax_code",
        "goods_receipt_line",
        "goods_receipt",
        "purchase_order",
        "employee_account",
        "supplier_event",
        "supplier_account",
        "supplier_key",
        "supplier",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _of(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    place = [*PLACE, column]
    return sa.ForeignKeyConstraint(place, [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


def _create_supplier() -> None:
    op.create_table(
        "supplier",
        *_place(),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("billing_currency", sa.CHAR(3), nullable=False),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("risk", sa.String(16), nullable=False),
        sa.Column("blocked", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("risk IN ('high', 'low', 'normal')", name="ck_supplier_risk"),
        sa.PrimaryKeyConstraint(*PLACE, "supplier_id", name="pk_supplier"),
        sa.UniqueConstraint(*PLACE, "number", name="uq_supplier_number"),
    )
    op.create_table(
        "supplier_key",
        *_place(),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("known_as", sa.String(120), nullable=False),
        _of("supplier_key", "supplier", "supplier_id"),
        sa.CheckConstraint("kind IN ('name', 'vat')", name="ck_supplier_key_kind"),
        sa.PrimaryKeyConstraint(*PLACE, "supplier_id", "kind", "known_as", name="pk_supplier_key"),
    )
    op.create_index("ix_supplier_key_known_as", "supplier_key", [*PLACE, "kind", "known_as"])


def _create_account() -> None:
    op.create_table(
        "supplier_account",
        *_place(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("iban", sa.String(34), nullable=False),
        sa.Column("other_id", sa.String(34), nullable=False),
        sa.Column("country", sa.CHAR(2), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("call_back_by", sa.Uuid()),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_at", INSTANT),
        sa.Column("cooling_until", sa.String(10)),
        sa.Column("emergency", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid()),
        sa.Column("reviewed_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        _of("supplier_account", "supplier", "supplier_id"),
        sa.CheckConstraint(
            "state IN ('effective', 'refused', 'requested', 'retired')", name="ck_supplier_account_state"
        ),
        sa.CheckConstraint("iban <> '' OR other_id <> ''", name="ck_supplier_account_named"),
        sa.CheckConstraint(TWO_PEOPLE_SQL, name="ck_supplier_account_two_people"),
        sa.PrimaryKeyConstraint(*PLACE, "account_id", name="pk_supplier_account"),
    )
    op.create_index("ix_supplier_account_supplier", "supplier_account", [*PLACE, "supplier_id", "requested_at"])
    op.create_index("ix_supplier_account_iban", "supplier_account", [*PLACE, "iban"])
    op.create_index("ix_supplier_account_state", "supplier_account", [*PLACE, "state", "requested_at"])
    effective = sa.text("state = 'effective'")
    op.create_index(
        "uq_supplier_account_effective",
        "supplier_account",
        [*PLACE, "supplier_id"],
        unique=True,
        sqlite_where=effective,
        postgresql_where=effective,
    )


def _create_journal() -> None:
    op.create_table(
        "supplier_event",
        *_place(),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", DOCUMENT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        _of("supplier_event", "supplier", "supplier_id"),
        sa.CheckConstraint("sequence >= 1", name="ck_supplier_event_sequence"),
        sa.PrimaryKeyConstraint(*PLACE, "supplier_id", "sequence", name="pk_supplier_event"),
    )
    op.create_table(
        "employee_account",
        *_place(),
        sa.Column("account_hash", sa.CHAR(64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "account_hash", name="pk_employee_account"),
    )


def _create_order() -> None:
    op.create_table(
        "purchase_order",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_on", sa.String(10), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of("purchase_order", "supplier", "supplier_id"),
        sa.CheckConstraint("freight_minor >= 0", name="ck_purchase_order_freight"),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", name="pk_purchase_order"),
        sa.UniqueConstraint(*PLACE, "number", name="uq_purchase_order_number"),
    )
    op.create_index("ix_purchase_order_supplier", "purchase_order", [*PLACE, "supplier_id", "closed", "ordered_on"])


def _create_receipt() -> None:
    op.create_table(
        "goods_receipt",
        *_place(),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.String(10), nullable=False),
        _of("goods_receipt", "supplier", "supplier_id"),
        sa.PrimaryKeyConstraint(*PLACE, "receipt_id", name="pk_goods_receipt"),
        sa.UniqueConstraint(*PLACE, "supplier_id", "number", name="uq_goods_receipt_number"),
    )
    op.create_table(
        "goods_receipt_line",
        *_place(),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.String(40), nullable=False),
        _of("goods_receipt_line", "goods_receipt", "receipt_id"),
        _of("goods_receipt_line", "purchase_order", "order_id"),
        sa.PrimaryKeyConstraint(*PLACE, "receipt_id", "position", name="pk_goods_receipt_line"),
    )
    op.create_index("ix_goods_receipt_line_order", "goods_receipt_line", [*PLACE, "order_id", "line_no"])


def _create_codes() -> None:
    op.create_table(
        "tax_code",
        *_place(),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("percent", sa.String(20), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "code", name="pk_tax_code"),
    )
    op.create_table(
        "cost_centre",
        *_place(),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "code", name="pk_cost_centre"),
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
