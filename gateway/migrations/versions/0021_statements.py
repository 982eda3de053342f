"""Statements of bank accounts, what explains their lines, open items, rules, and what was learned."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("statement_line_event",)


def upgrade() -> None:
    """Add the tables."""
    _create_bank_statement()
    _create_statement_line()
    _create_statement_line_event()
    _create_line_match()
    _create_open_item()
    _create_line_rule()
    _create_reconciliation_memory()
    _create_table_description()
    _refuse_changes()


def downgrade() -> None:
    """Statements and their explanations are lost; what they booked stays in the ledger."""
    for table in (
        "table_description",
        "reconciliation_memory",
        "line_rule",
        "open_item",
        "line_match",
        "statement_line_event",
        "statement_line",
        "bank_statement",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*PLACE, *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    table, target_column = target.split(".")
    return sa.ForeignKeyConstraint([*PLACE, column], [f"{table}.{part}" for part in (*PLACE, target_column)], name=name)


def _create_bank_statement() -> None:
    op.create_table(
        "bank_statement",
        *_place(),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("account_key", sa.String(64), nullable=False),
        sa.Column("bank_account_id", sa.String(64)),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("bank_id", sa.Text(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger()),
        sa.Column("closing_minor", sa.BigInteger()),
        sa.Column("first_day", sa.String(10)),
        sa.Column("last_day", sa.String(10)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("difference_minor", sa.BigInteger()),
        sa.Column("defects", DOCUMENT, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.CHAR(64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        _key("bank_statement", "statement_id"),
        sa.CheckConstraint("state IN ('discarded', 'held', 'posted')", name="ck_bank_statement_state"),
    )
    op.create_index("ix_bank_statement_account", "bank_statement", [*PLACE, "account", "last_day"])


def _create_statement_line() -> None:
    op.create_table(
        "statement_line",
        *_place(),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.String(10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
        sa.Column("account_key", sa.String(64)),
        sa.Column("content", sa.CHAR(32)),
        sa.Column("reference", sa.Text()),
        sa.Column("occurrence", sa.Integer()),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("statement_line", "line_id"),
        sa.CheckConstraint(
            "state IN ('awaiting', 'discarded', 'divided', 'matched', 'open', 'suggested', 'waiting')",
            name="ck_statement_line_state",
        ),
        _foreign("fk_statement_line_statement", "statement_id", "bank_statement.statement_id"),
        sa.UniqueConstraint(
            *PLACE, "account_key", "content", "reference", "occurrence", name="uq_statement_line_content"
        ),
    )
    op.create_index("ix_statement_line_day", "statement_line", [*PLACE, "account", "booked_on"])
    op.create_index("ix_statement_line_parent", "statement_line", [*PLACE, "parent_id"])
    op.create_index("ix_statement_line_state", "statement_line", [*PLACE, "state", "booked_on"])
    op.create_index("ix_statement_line_statement", "statement_line", [*PLACE, "statement_id", "number"])


def _create_statement_line_event() -> None:
    op.create_table(
        "statement_line_event",
        *_place(),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Uuid()),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _key("statement_line_event", "line_id", "sequence"),
    )


def _create_line_match() -> None:
    op.create_table(
        "line_match",
        *_place(),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("score_milli", sa.Integer(), nullable=False),
        sa.Column("lead_milli", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("said", DOCUMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("line_match", "match_id"),
        sa.CheckConstraint(
            "state IN ('accepted', 'awaiting', 'rejected', 'suggested', 'superseded', 'undone')",
            name="ck_line_match_state",
        ),
        _foreign("fk_line_match_line", "line_id", "statement_line.line_id"),
    )
    op.create_index("ix_line_match_line", "line_match", [*PLACE, "line_id", "rank"])
    op.create_index("ix_line_match_state", "line_match", [*PLACE, "state", "certain"])
    where = sa.text("state IN ('accepted', 'awaiting')")
    op.create_index(
        "uq_line_match_accepted",
        "line_match",
        [*PLACE, "line_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_open_item() -> None:
    op.create_table(
        "open_item",
        *_place(),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("side", sa.String(4), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("remaining_minor", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("issued", sa.String(10), nullable=False),
        sa.Column("due", sa.String(10)),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
        sa.Column("closed_at", INSTANT),
        _key("open_item", "item_id"),
        sa.CheckConstraint(
            "(amount_minor > 0 AND remaining_minor >= 0 AND remaining_minor <= amount_minor)"
            " OR (amount_minor < 0 AND remaining_minor <= 0 AND remaining_minor >= amount_minor)",
            name="ck_open_item_remaining",
        ),
        sa.CheckConstraint("side IN ('AP', 'AR', 'POS')", name="ck_open_item_side"),
        sa.CheckConstraint(
            "source IN ('card', 'handed_in', 'payment_order', 'payout', 'transfer_order')", name="ck_open_item_source"
        ),
    )
    op.create_index("ix_open_item_issued", "open_item", [*PLACE, "issued"])
    op.create_index("ix_open_item_source", "open_item", [*PLACE, "source"])


def _create_line_rule() -> None:
    op.create_table(
        "line_rule",
        *_place(),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", DOCUMENT, nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("most_minor", sa.BigInteger()),
        sa.Column("currency", sa.CHAR(3)),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("learned", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("consented_by", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        _key("line_rule", "rule_id"),
        sa.CheckConstraint("direction IN ('both', 'in', 'out')", name="ck_line_rule_direction"),
    )


def _create_reconciliation_memory() -> None:
    op.create_table(
        "reconciliation_memory",
        *_place(),
        sa.Column("learned", DOCUMENT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        _key("reconciliation_memory"),
    )


def _create_table_description() -> None:
    op.create_table(
        "table_description",
        *_place(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        _key("table_description", "name"),
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
