"""Contracts with acquirers, their reports and payouts, chargebacks, and what differs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("acquirer_contract", "acquirer_report", "chargeback_event", "chargeback_evidence")
KINDS = (
    "('adjustment', 'chargeback', 'chargeback_reversed', 'conversion', 'fee', 'payout', 'refund', 'reserve', 'sale')"
)
STATES = "('accepted', 'answered', 'expired', 'lost', 'opened', 'won')"
FINDINGS = (
    "('amount_differs', 'bank_differs', 'chargeback_due', 'chargeback_without_sale', 'fee_differs', "
    "'fee_not_agreed', 'no_contract', 'not_arrived', 'ours_missing', 'payout_differs', "
    "'report_defect', 'reserve_differs', 'settled_by_bank', 'theirs_unknown')"
)


def upgrade() -> None:
    """Add the tables."""
    _create_contracts()
    _create_payouts()
    _create_entries()
    _create_chargebacks()
    _create_tasks()
    _refuse_changes()


def downgrade() -> None:
    """Contracts, payouts and chargebacks are lost; what they booked stays in the ledger."""
    for table in (
        "settlement_task",
        "chargeback_evidence",
        "chargeback_event",
        "chargeback",
        "payout_entry",
        "payout",
        "acquirer_report",
        "acquirer_contract",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*PLACE, *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    table, target_column = target.split(".")
    return sa.ForeignKeyConstraint([*PLACE, column], [f"{table}.{part}" for part in (*PLACE, target_column)], name=name)


def _unique_where(name: str, table: str, column: str) -> None:
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [*PLACE, column], unique=True, sqlite_where=where, postgresql_where=where)


def _create_contracts() -> None:
    op.create_table(
        "acquirer_contract",
        *_place(),
        sa.Column("acquirer", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=False),
        sa.Column("terms", DOCUMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        _key("acquirer_contract", "acquirer", "version"),
        sa.CheckConstraint("version >= 1", name="ck_acquirer_contract_version"),
    )
    op.create_table(
        "acquirer_report",
        *_place(),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("acquirer", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("new_entries", sa.Integer(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        _key("acquirer_report", "report_id"),
        sa.UniqueConstraint(*PLACE, "acquirer", "sha256", name="uq_acquirer_report_content"),
    )


def _create_payouts() -> None:
    op.create_table(
        "payout",
        *_place(),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("acquirer", sa.String(64), nullable=False),
        sa.Column("batch", sa.String(100), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("contract_version", sa.Integer()),
        sa.Column("first_day", sa.String(10)),
        sa.Column("last_day", sa.String(10)),
        sa.Column("paid_on", sa.String(10)),
        sa.Column("sums", DOCUMENT, nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("bank_line_id", sa.Uuid()),
        sa.Column("bank_minor", sa.BigInteger()),
        sa.Column("arrived_on", sa.String(10)),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("payout", "payout_id"),
        sa.CheckConstraint(
            "(bank_line_id IS NULL) = (bank_minor IS NULL) AND (bank_line_id IS NULL) = (arrived_on IS NULL)",
            name="ck_payout_bank_line",
        ),
    )
    op.create_index("ix_payout_reported", "payout", [*PLACE, "reported_at", "payout_id"])
    _unique_where("uq_payout_bank_line", "payout", "bank_line_id")


def _create_entries() -> None:
    op.create_table(
        "payout_entry",
        *_place(),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("booked_on", sa.String(10)),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("rest_minor", sa.BigInteger(), nullable=False),
        sa.Column("original_minor", sa.BigInteger()),
        sa.Column("original_currency", sa.CHAR(3)),
        sa.Column("brand", sa.String(32), nullable=False),
        sa.Column("card_kind", sa.String(16), nullable=False),
        sa.Column("refs", DOCUMENT, nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Uuid()),
        sa.Column("payment_id", sa.Uuid()),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("matched_by", sa.Text(), nullable=False),
        _key("payout_entry", "entry_id"),
        _foreign("fk_payout_entry_payout", "payout_id", "payout.payout_id"),
        sa.CheckConstraint(f"kind IN {KINDS}", name="ck_payout_entry_kind"),
        sa.CheckConstraint("(original_minor IS NULL) = (original_currency IS NULL)", name="ck_payout_entry_original"),
    )
    op.create_index("ix_payout_entry_payout", "payout_entry", [*PLACE, "payout_id", "number"])
    _unique_where("uq_payout_entry_attempt", "payout_entry", "attempt_id")


def _create_chargebacks() -> None:
    op.create_table(
        "chargeback",
        *_place(),
        sa.Column("chargeback_id", sa.Uuid(), nullable=False),
        sa.Column("acquirer", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("scheme", sa.String(32), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_on", sa.String(10), nullable=False),
        sa.Column("respond_by", sa.String(10), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid()),
        sa.Column("taken_entry_id", sa.Uuid()),
        sa.Column("returned_entry_id", sa.Uuid()),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("chargeback", "chargeback_id"),
        sa.UniqueConstraint(*PLACE, "acquirer", "reference", name="uq_chargeback_reference"),
        sa.CheckConstraint("amount_minor > 0", name="ck_chargeback_amount"),
        sa.CheckConstraint(f"state IN {STATES}", name="ck_chargeback_state"),
    )
    op.create_index("ix_chargeback_state", "chargeback", [*PLACE, "state", "respond_by"])
    op.create_table(
        "chargeback_event",
        *_place(),
        sa.Column("chargeback_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _key("chargeback_event", "chargeback_id", "sequence"),
        _foreign("fk_chargeback_event_chargeback", "chargeback_id", "chargeback.chargeback_id"),
        sa.CheckConstraint("sequence >= 1", name="ck_chargeback_event_sequence"),
    )
    op.create_table(
        "chargeback_evidence",
        *_place(),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("chargeback_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        _key("chargeback_evidence", "evidence_id"),
        _foreign("fk_chargeback_evidence_chargeback", "chargeback_id", "chargeback.chargeback_id"),
    )
    op.create_index("ix_chargeback_evidence_chargeback", "chargeback_evidence", [*PLACE, "chargeback_id"])


def _create_tasks() -> None:
    op.create_table(
        "settlement_task",
        *_place(),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("acquirer", sa.String(64), nullable=False),
        sa.Column("figures", DOCUMENT, nullable=False),
        sa.Column("payout_id", sa.Uuid()),
        sa.Column("chargeback_id", sa.Uuid()),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _key("settlement_task", "task_id"),
        sa.CheckConstraint(f"kind IN {FINDINGS}", name="ck_settlement_task_kind"),
    )
    op.create_index("ix_settlement_task_opened", "settlement_task", [*PLACE, "closed_at", "opened_at"])
    op.create_index("ix_settlement_task_payout", "settlement_task", [*PLACE, "payout_id"])


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
