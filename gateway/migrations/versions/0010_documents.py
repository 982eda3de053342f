"""Supplier documents, the invoices captured from them, their corrections, and what was learned."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("document_arrival", "document_reading", "supplier_invoice_event", "supplier_memory_change")
SOURCES = "('api', 'container', 'folder', 'mail', 'upload')"


def upgrade() -> None:
    """Add the tables."""
    _create_document()
    _create_parts()
    _create_arrivals()
    _create_invoice()
    _create_invoice_event()
    _create_memory()
    _refuse_changes()


def downgrade() -> None:
    """Documents, invoices and what was learned so far are lost."""
    for table in (
        "supplier_memory_change",
        "supplier_memory",
        "supplier_invoice_event",
        "supplier_invoice",
        "page_picture",
        "document_reading",
        "document_arrival",
        "document_part",
        "document",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _of(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    place = [*PLACE, column]
    return sa.ForeignKeyConstraint(place, [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


def _create_document() -> None:
    op.create_table(
        "document",
        *_place(),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("reading_no", sa.Integer(), nullable=False),
        sa.Column("read_at", INSTANT),
        sa.Column("holder", sa.String(255)),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.CheckConstraint(f"source IN {SOURCES}", name="ck_document_source"),
        sa.CheckConstraint("state IN ('read', 'reading', 'received', 'refused', 'waiting')", name="ck_document_state"),
        sa.CheckConstraint("size >= 0", name="ck_document_size"),
        sa.PrimaryKeyConstraint(*PLACE, "document_id", name="pk_document"),
        sa.UniqueConstraint(*PLACE, "sha256", name="uq_document_content"),
    )
    op.create_index("ix_document_received", "document", [*PLACE, "received_at", "document_id"])
    op.create_index("ix_document_state", "document", [*PLACE, "state", "received_at"])
    op.create_index("ix_document_parent", "document", [*PLACE, "parent_id"])


def _create_parts() -> None:
    op.create_table(
        "document_part",
        *_place(),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _of("document_part", "document", "document_id"),
        sa.CheckConstraint("part_no >= 0", name="ck_document_part_no"),
        sa.PrimaryKeyConstraint(*PLACE, "document_id", "part_no", name="pk_document_part"),
    )
    op.create_table(
        "document_reading",
        *_place(),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("reading_no", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        _of("document_reading", "document", "document_id"),
        sa.PrimaryKeyConstraint(*PLACE, "document_id", "reading_no", name="pk_document_reading"),
    )
    op.create_table(
        "page_picture",
        *_place(),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        _of("page_picture", "document", "document_id"),
        sa.PrimaryKeyConstraint(*PLACE, "document_id", "page", "width", name="pk_page_picture"),
    )


def _create_arrivals() -> None:
    op.create_table(
        "document_arrival",
        *_place(),
        sa.Column("arrival_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("arrived_by", sa.Text(), nullable=False),
        _of("document_arrival", "document", "document_id"),
        sa.CheckConstraint(f"source IN {SOURCES}", name="ck_document_arrival_source"),
        sa.PrimaryKeyConstraint(*PLACE, "arrival_id", name="pk_document_arrival"),
    )
    op.create_index("ix_document_arrival_document", "document_arrival", [*PLACE, "document_id"])


def _create_invoice() -> None:
    op.create_table(
        "supplier_invoice",
        *_place(),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reading_no", sa.Integer(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("document_type", sa.String(16), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.String(10)),
        sa.Column("due_on", sa.String(10)),
        sa.Column("total_minor", sa.BigInteger()),
        sa.Column("currency", sa.CHAR(3)),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("vat_key", sa.String(40), nullable=False),
        sa.Column("iban_key", sa.String(40), nullable=False),
        sa.Column("name_key", sa.String(120), nullable=False),
        sa.Column("number_key", sa.String(100), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("duplicate_of", sa.Uuid()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of("supplier_invoice", "document", "document_id"),
        sa.CheckConstraint(
            "state IN ('captured', 'needs_review', 'rejected', 'validated')", name="ck_supplier_invoice_state"
        ),
        sa.CheckConstraint("(total_minor IS NULL) = (currency IS NULL)", name="ck_supplier_invoice_total"),
        sa.CheckConstraint("doubts >= 0", name="ck_supplier_invoice_doubts"),
        sa.PrimaryKeyConstraint(*PLACE, "invoice_id", name="pk_supplier_invoice"),
        sa.UniqueConstraint(*PLACE, "document_id", "position", name="uq_supplier_invoice_position"),
    )
    op.create_index("ix_supplier_invoice_created", "supplier_invoice", [*PLACE, "created_at", "invoice_id"])
    op.create_index("ix_supplier_invoice_state", "supplier_invoice", [*PLACE, "state", "created_at"])
    op.create_index("ix_supplier_invoice_number", "supplier_invoice", [*PLACE, "number_key"])
    op.create_index("ix_supplier_invoice_total", "supplier_invoice", [*PLACE, "total_minor", "currency"])


def _create_invoice_event() -> None:
    op.create_table(
        "supplier_invoice_event",
        *_place(),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", DOCUMENT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        _of("supplier_invoice_event", "supplier_invoice", "invoice_id"),
        sa.CheckConstraint(
            "step IN ('accepted', 'captured', 'captured_again', 'corrected', 'rejected', 'withdrawn')",
            name="ck_supplier_invoice_event_step",
        ),
        sa.CheckConstraint("sequence >= 1", name="ck_supplier_invoice_event_sequence"),
        sa.PrimaryKeyConstraint(*PLACE, "invoice_id", "sequence", name="pk_supplier_invoice_event"),
    )


def _create_memory() -> None:
    op.create_table(
        "supplier_memory",
        *_place(),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("entry_key", sa.String(255), nullable=False),
        sa.Column("entry", DOCUMENT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "entry_id", name="pk_supplier_memory"),
        sa.UniqueConstraint(*PLACE, "entry_key", name="uq_supplier_memory_key"),
    )
    op.create_table(
        "supplier_memory_change",
        *_place(),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("entry_key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('forgotten', 'learned')", name="ck_supplier_memory_change_kind"),
        sa.PrimaryKeyConstraint(*PLACE, "change_id", name="pk_supplier_memory_change"),
    )
    op.create_index("ix_supplier_memory_change_recorded", "supplier_memory_change", [*PLACE, "recorded_at"])


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
