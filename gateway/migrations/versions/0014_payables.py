"""Payables with their journals, and the roles of those who approve and release runs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
STATES = (
    "('accepted', 'approved', 'cancelled', 'duplicate_suspect', 'exception', 'executed', 'in_run', 'matched',"
    " 'part_paid', 'reconciled', 'rejected', 'returned', 'scheduled', 'sent', 'settled', 'validated')"
)
STEPS = (
    "('accepted', 'approval_voided', 'approved', 'bank_rejected', 'cancelled', 'changed', 'cleared', 'dropped',"
    " 'executed', 'held', 'hold_lifted', 'match_failed', 'matched', 'noted', 'part_settled', 'received',"
    " 'reconciled', 'rejected', 'reminded', 'reopened', 'returned', 'run_approved', 'scheduled', 'sent', 'settled',"
    " 'suspected')"
)
ROLES_BEFORE = "role IN ('administrator', 'ap_clerk', 'approver', 'cashier', 'manager')"
ROLES = "role IN ('administrator', 'ap_clerk', 'approver', 'cashier', 'controller', 'manager', 'treasurer')"


def upgrade() -> None:
    """Add the tables and let people be controllers and treasurers."""
    _create_payable()
    _create_event()
    _refuse_changes()
    _change_roles(ROLES_BEFORE, ROLES)


def downgrade() -> None:
    """Payables so far are lost; controllers and treasurers become approvers, who read the same."""
    op.execute("UPDATE person SET role = 'approver' WHERE role IN ('controller', 'treasurer')")
    _change_roles(ROLES, ROLES_BEFORE)
    op.drop_table("payable_event")
    op.drop_table("payable")


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _of(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    place = [*PLACE, column]
    return sa.ForeignKeyConstraint(place, [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


def _create_payable() -> None:
    op.create_table(
        "payable",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.String(100), nullable=False),
        sa.Column("issued_on", sa.String(10), nullable=False),
        sa.Column("received_on", sa.String(10), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("document_invoice_id", sa.Uuid()),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("hold_kind", sa.String(16)),
        sa.Column("hold", DOCUMENT),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of("payable", "supplier", "supplier_id"),
        sa.CheckConstraint("kind IN ('credit_note', 'invoice')", name="ck_payable_kind"),
        sa.CheckConstraint(f"state IN {STATES}", name="ck_payable_state"),
        sa.CheckConstraint("hold_kind IN ('disputed', 'on_hold')", name="ck_payable_hold_kind"),
        sa.CheckConstraint("gross_minor >= 0", name="ck_payable_gross"),
        sa.CheckConstraint("paid_minor >= 0 AND paid_minor <= gross_minor", name="ck_payable_paid"),
        sa.CheckConstraint("version >= 1", name="ck_payable_version"),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", name="pk_payable"),
    )
    op.create_index("ix_payable_created", "payable", [*PLACE, "created_at", "payable_id"])
    op.create_index("ix_payable_state", "payable", [*PLACE, "state", "due_on", "payable_id"])
    op.create_index("ix_payable_supplier", "payable", [*PLACE, "supplier_id", "issued_on"])
    op.create_index("ix_payable_number", "payable", [*PLACE, "number_key"])
    op.create_index("ix_payable_gross", "payable", [*PLACE, "gross_minor", "currency"])
    op.create_index("uq_payable_invoice", "payable", [*PLACE, "document_invoice_id"], unique=True)


def _create_event() -> None:
    op.create_table(
        "payable_event",
        *_place(),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(24), nullable=False),
        sa.Column("before_state", sa.String(24), nullable=False),
        sa.Column("after_state", sa.String(24), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", DOCUMENT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        _of("payable_event", "payable", "payable_id"),
        sa.CheckConstraint(f"step IN {STEPS}", name="ck_payable_event_step"),
        sa.CheckConstraint("sequence >= 1", name="ck_payable_event_sequence"),
        sa.PrimaryKeyConstraint(*PLACE, "payable_id", "sequence", name="pk_payable_event"),
    )


def _refuse_changes() -> None:
    """Let the database itself refuse to change or remove what was recorded, as in 0001."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER payable_event_no_change BEFORE UPDATE OR DELETE ON payable_event"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER payable_event_no_truncate BEFORE TRUNCATE ON payable_event"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER payable_event_no_{verb.lower()} BEFORE {verb} ON payable_event"
            " BEGIN SELECT RAISE(ABORT, 'payable_event is append-only'); END"
        )


def _change_roles(old: str, new: str) -> None:
    """Change the rule about roles; every row fits both, so SQLite's text of the table is all that changes.

    See 0008 and https://www.sqlite.org/lang_altertable.html#otheralter: making the table anew would lose what refers
    to it.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_person_role", "person")
        op.create_check_constraint("ck_person_role", "person", new)
        return
    connection = op.get_bind()
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'person'")
    text = str(found.scalar_one())
    if old not in text:
        raise RuntimeError("table person is not as this migration knows it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'person'", (text.replace(old, new),)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
