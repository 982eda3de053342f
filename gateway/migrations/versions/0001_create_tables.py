"""Create all tables of stores, payments, ledger, outbox and access."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("ledger_transfer", "payment_event")
TABLES = (
    "device",
    "lease",
    "sale",
    "payment",
    "attempt",
    "payment_event",
    "ledger_transfer",
    "outbox",
    "stored_answer",
    "orphan_result",
    "person",
    "web_session",
    "api_key",
    "sign_in_failure",
)


def upgrade() -> None:
    _create_devices()
    _create_payments()
    _create_attempts()
    _create_journals()
    _create_outbox()
    _create_people()
    _create_keys()
    _refuse_changes()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _foreign(name: str, column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    targets = [f"{table}.{part}" for part in (*PLACE, target)]
    return sa.ForeignKeyConstraint([*PLACE, column], targets, name=name)


def _partial_index(name: str, table: str, columns: list[str], condition: str, *, unique: bool) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _refuse_changes() -> None:
    """Let the database itself refuse to change or remove what was recorded."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _create_devices() -> None:
    op.create_table(
        "device",
        *_place(),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_receipt_no", sa.Integer()),
        sa.Column("last_trace_no", sa.Integer()),
        sa.Column("last_turnover_no", sa.Integer()),
        sa.Column("state_words", sa.Text(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('printer', 'terminal')", name="ck_device_kind"),
        sa.PrimaryKeyConstraint(*PLACE, "device_id", name="pk_device"),
    )
    op.create_table(
        "lease",
        *_place(),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(255)),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        _foreign("fk_lease_device", "device_id", "device", "device_id"),
        sa.PrimaryKeyConstraint(*PLACE, "device_id", name="pk_lease"),
    )


def _create_payments() -> None:
    op.create_table(
        "sale",
        *_place(),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "sale_id", name="pk_sale"),
    )
    op.create_table(
        "payment",
        *_place(),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_payment_amount"),
        _foreign("fk_payment_sale", "sale_id", "sale", "sale_id"),
        sa.PrimaryKeyConstraint(*PLACE, "payment_id", name="pk_payment"),
    )
    op.create_index("ix_payment_sale", "payment", [*PLACE, "sale_id"])


def _create_attempts() -> None:
    op.create_table(
        "attempt",
        *_place(),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("baseline_receipt_no", sa.Integer()),
        sa.Column("baseline_trace_no", sa.Integer()),
        sa.Column("baseline_turnover_no", sa.Integer()),
        sa.Column("blocks_terminal", sa.Boolean(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("concluded_at", INSTANT),
        sa.Column("cancel_requested_at", INSTANT),
        sa.Column("ask_requested_at", INSTANT),
        sa.Column("evidence", sa.String(16)),
        sa.Column("reason_code", sa.String(255)),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("result", DOCUMENT),
        sa.Column("receipt_no", sa.Integer()),
        sa.Column("trace_no", sa.Integer()),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (concluded_at IS NULL)", name="ck_attempt_concluded"),
        sa.CheckConstraint("NOT blocks_terminal OR state IN ('sent', 'unknown')", name="ck_attempt_blocks"),
        sa.CheckConstraint(
            "evidence IN ('dialogue', 'last_result', 'nothing_sent', 'person')", name="ck_attempt_evidence"
        ),
        sa.CheckConstraint(
            "state IN ('approved', 'cancelled', 'declined', 'not_charged', 'sent', 'unknown')", name="ck_attempt_state"
        ),
        sa.CheckConstraint("number >= 1", name="ck_attempt_number"),
        _foreign("fk_attempt_payment", "payment_id", "payment", "payment_id"),
        _foreign("fk_attempt_device", "terminal_id", "device", "device_id"),
        sa.PrimaryKeyConstraint(*PLACE, "attempt_id", name="pk_attempt"),
        sa.UniqueConstraint(*PLACE, "payment_id", "number", name="uq_attempt_number"),
    )
    _partial_index(
        "ix_attempt_open", "attempt", [*PLACE, "terminal_id", "sent_at"], "state IN ('sent', 'unknown')", unique=False
    )
    _partial_index("uq_attempt_blocks_terminal", "attempt", [*PLACE, "terminal_id"], "blocks_terminal", unique=True)
    _partial_index(
        "uq_attempt_claims_payment",
        "attempt",
        [*PLACE, "payment_id"],
        "state IN ('approved', 'sent', 'unknown')",
        unique=True,
    )


def _create_journals() -> None:
    op.create_table(
        "payment_event",
        *_place(),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'cancelled', 'declined', 'not_charged', 'sent', 'unknown')",
            name="ck_payment_event_state",
        ),
        sa.CheckConstraint("sequence >= 1", name="ck_payment_event_sequence"),
        _foreign("fk_payment_event_payment", "payment_id", "payment", "payment_id"),
        sa.PrimaryKeyConstraint(*PLACE, "payment_id", "sequence", name="pk_payment_event"),
    )
    op.create_table(
        "ledger_transfer",
        *_place(),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("debit_account", sa.String(255), nullable=False),
        sa.Column("credit_account", sa.String(255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("pending_id", sa.Uuid()),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint("(kind = 'pending') = (pending_id IS NULL)", name="ck_ledger_transfer_closes"),
        sa.CheckConstraint("kind IN ('pending', 'post', 'void')", name="ck_ledger_transfer_kind"),
        sa.CheckConstraint("amount_minor > 0", name="ck_ledger_transfer_amount"),
        sa.CheckConstraint("debit_account <> credit_account", name="ck_ledger_transfer_accounts"),
        _foreign("fk_ledger_transfer_pending", "pending_id", "ledger_transfer", "transfer_id"),
        sa.PrimaryKeyConstraint(*PLACE, "transfer_id", name="pk_ledger_transfer"),
        sa.UniqueConstraint(*PLACE, "pending_id", name="uq_ledger_transfer_pending"),
    )
    op.create_index("ix_ledger_transfer_cause", "ledger_transfer", [*PLACE, "cause_id"])
    op.create_index("ix_ledger_transfer_recorded", "ledger_transfer", [*PLACE, "recorded_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        *_place(),
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid()),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("note", sa.Text()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('dead', 'done', 'ready', 'started', 'unsure')", name="ck_outbox_state"),
        sa.CheckConstraint("tries >= 0", name="ck_outbox_tries"),
        sa.PrimaryKeyConstraint(*PLACE, "outbox_id", name="pk_outbox"),
    )
    _partial_index("ix_outbox_open", "outbox", [*PLACE, "target", "created_at"], "state <> 'done'", unique=False)
    op.create_index("ix_outbox_payment", "outbox", [*PLACE, "payment_id"])
    op.create_table(
        "stored_answer",
        *_place(),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.CHAR(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "key", name="pk_stored_answer"),
    )
    op.create_table(
        "orphan_result",
        *_place(),
        sa.Column("orphan_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("result", DOCUMENT, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "orphan_id", name="pk_orphan_result"),
    )
    op.create_index("ix_orphan_result_kept", "orphan_result", [*PLACE, "kept_at"])


def _create_people() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("login", sa.String(255), nullable=False),
        sa.Column("login_folded", sa.String(255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("pin_hash", sa.Text()),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'ap_clerk', 'approver', 'cashier', 'manager')", name="ck_person_role"
        ),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("login_folded", name="uq_person_login"),
    )
    op.create_index("ix_person_store", "person", [*PLACE, "login_folded"])
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.CHAR(64), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("csrf_token", sa.String(255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name="fk_web_session_person"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_web_session_created", "web_session", ["created_at"])
    op.create_index("ix_web_session_person", "web_session", ["person_id"])


def _create_keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(32), nullable=False),
        sa.Column("secret_hash", sa.CHAR(64), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("terminals", DOCUMENT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("key_id"),
        sa.UniqueConstraint("prefix", name="uq_api_key_prefix"),
    )
    op.create_index("ix_api_key_store", "api_key", [*PLACE, "created_at"])
    op.create_table(
        "sign_in_failure",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value"),
    )
