"""What matching found, what orders are billed already, how invoices without order are coded."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("match_result", "match_decision", "order_consumption", "coding_evidence", "contract_use")


def upgrade() -> None:
    """Add the tables."""
    _create_match_result()
    _create_match_decision()
    _create_match_wait()
    _create_order_use()
    _create_order_consumption()
    _create_coding_rule()
    _create_coding_evidence()
    _create_supply_contract()
    _create_contract_use()
    _refuse_changes()


def downgrade() -> None:
    """Results, decisions, what is taken of orders, coding rules and contracts so far are lost."""
    for table in (
        "contract_use",
        "supply_contract",
        "coding_evidence",
        "coding_rule",
        "order_consumption",
        "order_use",
        "match_wait",
        "match_decision",
        "match_result",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _create_match_result() -> None:
    op.create_table(
        "match_result",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("payable_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.CHAR(64), nullable=False),
        sa.Column("told", DOCUMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", "sequence", name="pk_match_result"),
        sa.CheckConstraint("outcome IN ('exception', 'matched', 'released')", name="ck_match_result_outcome"),
        sa.CheckConstraint("sequence >= 1", name="ck_match_result_sequence"),
    )


def _create_match_decision() -> None:
    op.create_table(
        "match_decision",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", "sequence", name="pk_match_decision"),
        sa.UniqueConstraint(*PLACE, "decision_id", name="uq_match_decision_id"),
        sa.CheckConstraint("kind IN ('accepted', 'coded', 'paired', 'unpaired')", name="ck_match_decision_kind"),
        sa.CheckConstraint("line_no >= 0", name="ck_match_decision_line"),
    )


def _create_match_wait() -> None:
    op.create_table(
        "match_wait",
        *_place(),
        sa.Column("wait_key", sa.String(200), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "wait_key", "payable_id", name="pk_match_wait"),
    )
    op.create_index("ix_match_wait_payable", "match_wait", [*PLACE, "payable_id"])


def _create_order_use() -> None:
    op.create_table(
        "order_use",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", name="pk_order_use"),
    )


def _create_order_consumption() -> None:
    op.create_table(
        "order_consumption",
        *_place(),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_no", sa.Integer(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.String(40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "entry_id", name="pk_order_consumption"),
        sa.CheckConstraint("order_line_no >= 0 AND line_no >= 0", name="ck_order_consumption_lines"),
    )
    op.create_index("ix_order_consumption_order", "order_consumption", [*PLACE, "order_id", "order_line_no"])
    op.create_index("ix_order_consumption_payable", "order_consumption", [*PLACE, "payable_id"])


def _create_coding_rule() -> None:
    op.create_table(
        "coding_rule",
        *_place(),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rule", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "rule_id", name="pk_coding_rule"),
        sa.CheckConstraint("state IN ('active', 'proposed', 'refused', 'retired')", name="ck_coding_rule_state"),
    )
    op.create_index("ix_coding_rule_supplier", "coding_rule", [*PLACE, "supplier_id"])


def _create_coding_evidence() -> None:
    op.create_table(
        "coding_evidence",
        *_place(),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("line_text", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("cost_centre", sa.Text(), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "evidence_id", name="pk_coding_evidence"),
    )
    op.create_index("ix_coding_evidence_supplier", "coding_evidence", [*PLACE, "supplier_id", "recorded_at"])


def _create_supply_contract() -> None:
    op.create_table(
        "supply_contract",
        *_place(),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("cap_minor", sa.BigInteger()),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("starts_on", sa.String(10), nullable=False),
        sa.Column("ends_on", sa.String(10)),
        sa.Column("cancelled_on", sa.String(10)),
        sa.Column("terms", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "contract_id", name="pk_supply_contract"),
        sa.CheckConstraint("period IN ('month', 'quarter', 'year')", name="ck_supply_contract_period"),
        sa.CheckConstraint("price_minor > 0", name="ck_supply_contract_price"),
    )
    op.create_index("ix_supply_contract_supplier", "supply_contract", [*PLACE, "supplier_id"])


def _create_contract_use() -> None:
    op.create_table(
        "contract_use",
        *_place(),
        sa.Column("use_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("period_no", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "use_id", name="pk_contract_use"),
    )
    op.create_index("ix_contract_use_contract", "contract_use", [*PLACE, "contract_id"])
    op.create_index("ix_contract_use_payable", "contract_use", [*PLACE, "payable_id"])


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
