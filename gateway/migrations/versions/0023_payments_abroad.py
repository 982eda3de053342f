"""What payments in other currencies should cost, which line of a statement proves one, and invoices paid elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STEPS_BEFORE = (
    "step IN ('accepted', 'approval_voided', 'approved', 'bank_rejected', 'cancelled', 'changed', 'cleared', 'dropped',"
    " 'executed', 'held', 'hold_lifted', 'match_failed', 'matched', 'noted', 'part_settled', 'received',"
    " 'reconciled', 'rejected', 'reminded', 'reopened', 'returned', 'run_approved', 'scheduled', 'sent', 'settled',"
    " 'suspected')"
)
STEPS = STEPS_BEFORE.replace(
    "'part_settled', 'received',", "'paid_outside', 'paid_outside_undone', 'part_settled', 'received',"
).replace("'reconciled', 'rejected',", "'reconciled', 'reconciliation_undone', 'rejected',")
NEW_STEPS = ("paid_outside", "paid_outside_undone", "reconciliation_undone")


def upgrade() -> None:
    """Add the columns and let the journal of payables tell the new steps."""
    for column in (
        sa.Column("worth_minor", sa.BigInteger()),
        sa.Column("worth_currency", sa.CHAR(3)),
        sa.Column("worth_rate", sa.Text()),
        sa.Column("worth_dated", sa.String(10)),
        sa.Column("reconciled_line", sa.Uuid()),
    ):
        op.add_column("payment_order", column)
    _change_steps(STEPS_BEFORE, STEPS)


def downgrade() -> None:
    """Plans and proofs are lost; what was paid elsewhere stays settled, its journal calls the new steps notes."""
    _let_journal_change(allowed=True)
    event = sa.table("payable_event", sa.column("step"))
    op.execute(event.update().where(event.c.step.in_(NEW_STEPS)).values(step="noted"))
    _let_journal_change(allowed=False)
    _change_steps(STEPS, STEPS_BEFORE)
    for name in ("reconciled_line", "worth_dated", "worth_rate", "worth_currency", "worth_minor"):
        if op.get_bind().dialect.name == "postgresql":
            op.drop_column("payment_order", name)
        else:
            op.execute(f"ALTER TABLE payment_order DROP COLUMN {name}")


def _let_journal_change(*, allowed: bool) -> None:
    if op.get_bind().dialect.name == "postgresql":
        verb = "DISABLE" if allowed else "ENABLE"
        op.execute(f"ALTER TABLE payable_event {verb} TRIGGER payable_event_no_change")
    elif allowed:
        op.execute("DROP TRIGGER payable_event_no_update")
    else:
        op.execute(
            "CREATE TRIGGER payable_event_no_update BEFORE UPDATE ON payable_event"
            " BEGIN SELECT RAISE(ABORT, 'payable_event is append-only'); END"
        )


def _change_steps(old: str, new: str) -> None:
    """Change the rule about steps; every row fits both, so SQLite's text of the table is all that changes.

    See 0008 and https://www.sqlite.org/lang_altertable.html#otheralter.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_payable_event_step", "payable_event")
        op.create_check_constraint("ck_payable_event_step", "payable_event", new)
        return
    connection = op.get_bind()
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'payable_event'")
    text = str(found.scalar_one())
    if old not in text:
        raise RuntimeError("table payable_event is not as this migration knows it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = 'payable_event'", (text.replace(old, new),)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
