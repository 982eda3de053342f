# ruff: noqa: S608  # the statements are put together from constants of this module
"""Sales with taxes, tenders other than a card, and what is given back of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("give_back", "sale_settlement", "tender_event", "till_sale")
FUNCTIONS = ("tender_within_sale", "tender_change", "give_back_within_sale", "refund_within_sale")
STATES = "state IN ('cancelled', 'open', 'taken')"
HERE = "x.tenant_id = NEW.tenant_id AND x.store_id = NEW.store_id"


def upgrade() -> None:
    _create_sale()
    _create_tender()
    _create_give_back()
    _refuse_changes()
    if op.get_bind().dialect.name == "postgresql":
        _hold_limits_postgresql()
    else:
        _hold_limits_sqlite()


def downgrade() -> None:
    """Till sales, their tenders and what went back are lost; the ledger keeps its entries: keep a copy."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER refund_within_sale ON refund")
    else:
        op.execute("DROP TRIGGER refund_within_sale")
    for table in ("sale_settlement", "give_back", "tender_event", "tender", "till_sale"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in FUNCTIONS:
            op.execute(f"DROP FUNCTION {function}()")


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _foreign(name: str, column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    targets = [f"{table}.{part}" for part in (*PLACE, target)]
    return sa.ForeignKeyConstraint([*PLACE, column], targets, name=name)


def _create_sale() -> None:
    op.create_table(
        "till_sale",
        *_place(),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("pricing", sa.String(8), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("rates", DOCUMENT, nullable=False),
        sa.Column("customer_id", sa.String(255)),
        sa.Column("reference", sa.Text()),
        sa.Column("split_of", sa.Uuid()),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.CheckConstraint("pricing IN ('gross', 'net')", name="ck_till_sale_pricing"),
        sa.CheckConstraint("tip_minor >= 0", name="ck_till_sale_tip"),
        sa.CheckConstraint("share >= 0", name="ck_till_sale_share"),
        _foreign("fk_till_sale_sale", "sale_id", "sale", "sale_id"),
        sa.PrimaryKeyConstraint(*PLACE, "sale_id", name="pk_till_sale"),
    )
    op.create_index("ix_till_sale_register", "till_sale", [*PLACE, "register_id", "sale_id"])
    op.create_index("ix_till_sale_split", "till_sale", [*PLACE, "split_of"])
    op.create_table(
        "sale_settlement",
        *_place(),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger()),
        sa.Column("settled_at", INSTANT, nullable=False),
        _foreign("fk_sale_settlement_sale", "sale_id", "till_sale", "sale_id"),
        sa.PrimaryKeyConstraint(*PLACE, "sale_id", name="pk_sale_settlement"),
    )
    op.create_index("ix_sale_settlement_number", "sale_settlement", [*PLACE, "register_id", "number"])


def _create_tender() -> None:
    op.create_table(
        "tender",
        *_place(),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("given_minor", sa.BigInteger()),
        sa.Column("given_currency", sa.CHAR(3)),
        sa.Column("customer_id", sa.String(255)),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("shift_id", sa.Uuid()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.CheckConstraint("amount_minor > 0", name="ck_tender_amount"),
        sa.CheckConstraint("(given_minor IS NULL) = (given_currency IS NULL)", name="ck_tender_given"),
        sa.CheckConstraint(
            "kind IN ('account', 'cash', 'foreign_cash', 'store_credit', 'transfer', 'voucher')",
            name="ck_tender_kind",
        ),
        sa.CheckConstraint(STATES, name="ck_tender_state"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ck_tender_ended"),
        _foreign("fk_tender_sale", "sale_id", "till_sale", "sale_id"),
        sa.PrimaryKeyConstraint(*PLACE, "tender_id", name="pk_tender"),
    )
    op.create_index("ix_tender_sale", "tender", [*PLACE, "sale_id"])
    op.create_index("ix_tender_shift", "tender", [*PLACE, "shift_id"])
    op.create_table(
        "tender_event",
        *_place(),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(STATES, name="ck_tender_event_state"),
        sa.CheckConstraint("sequence >= 1", name="ck_tender_event_sequence"),
        _foreign("fk_tender_event_tender", "tender_id", "tender", "tender_id"),
        sa.PrimaryKeyConstraint(*PLACE, "tender_id", "sequence", name="pk_tender_event"),
    )


def _create_give_back() -> None:
    op.create_table(
        "give_back",
        *_place(),
        sa.Column("give_back_id", sa.Uuid(), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("tender_id", sa.Uuid()),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("totals", DOCUMENT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.String(255)),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("shift_id", sa.Uuid()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_give_back_amount"),
        sa.CheckConstraint(
            "kind IN ('account', 'card', 'cash', 'foreign_cash', 'store_credit', 'transfer', 'voucher')",
            name="ck_give_back_kind",
        ),
        _foreign("fk_give_back_sale", "sale_id", "till_sale", "sale_id"),
        _foreign("fk_give_back_tender", "tender_id", "tender", "tender_id"),
        sa.PrimaryKeyConstraint(*PLACE, "give_back_id", name="pk_give_back"),
    )
    op.create_index("ix_give_back_sale", "give_back", [*PLACE, "sale_id"])
    op.create_index("ix_give_back_shift", "give_back", [*PLACE, "shift_id"])


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


def _sum(amount: str, source: str, condition: str) -> str:
    return f"coalesce((SELECT sum({amount}) FROM {source} WHERE {condition}), 0)"


def _sums(*, smaller: str, told: str) -> dict[str, str]:
    """Return what is captured, claimed and back of a sale as SQL over ``NEW.sale_id``, in one database's words.

    ``smaller``: the function for the smaller of two; ``told``: the amount a terminal reported, if it did.
    """
    sale = f"{HERE} AND x.sale_id = NEW.sale_id"
    attempt = (
        "payment x JOIN attempt a ON a.tenant_id = x.tenant_id AND a.store_id = x.store_id"
        " AND a.payment_id = x.payment_id AND a.purpose = 'payment'"
    )
    charged = f"{smaller}(x.amount_minor, coalesce({told}, x.amount_minor))"
    refunds = (
        "payment x JOIN refund r ON r.tenant_id = x.tenant_id AND r.store_id = x.store_id"
        " AND r.payment_id = x.payment_id JOIN attempt a ON a.tenant_id = r.tenant_id AND a.store_id = r.store_id"
        " AND a.attempt_id = r.attempt_id"
    )
    back = _sum("x.amount_minor", "give_back x", f"{sale} AND x.kind <> 'card'")
    approved = _sum(charged, attempt, f"{sale} AND a.state = 'approved'")
    # A tip added at the terminal came in, too, though nobody asked for it.
    brought_in = _sum(f"coalesce({told}, x.amount_minor)", attempt, f"{sale} AND a.state = 'approved'")
    sent = _sum("x.amount_minor", attempt, f"{sale} AND a.state IN ('sent', 'unknown')")
    taken = _sum("x.amount_minor", "tender x", f"{sale} AND x.state = 'taken'")
    unsettled = _sum("x.amount_minor", "tender x", f"{sale} AND x.state = 'open'")
    refunded = _sum("r.amount_minor", refunds, f"{sale} AND a.state = 'approved'")
    refunding = _sum("r.amount_minor", refunds, f"{sale} AND a.state IN ('sent', 'unknown')")
    total = f"(SELECT x.total_minor FROM sale x WHERE {sale} AND x.currency = NEW.currency)"
    settled = f"EXISTS (SELECT 1 FROM sale_settlement x WHERE {sale})"
    tender = f"{HERE} AND x.tender_id = NEW.tender_id"
    brought = _sum("x.amount_minor", "tender x", f"{tender} AND x.sale_id = NEW.sale_id AND x.state = 'taken'")
    back_of_tender = _sum("x.amount_minor", "give_back x", tender)
    claimed = f"{approved} + {sent} + {taken} + {unsettled} - {back} - {refunded}"
    too_much_back = f"{back} + {refunded} + {refunding} > {brought_in} + {taken}"
    return {
        "tender": f"{settled} OR {claimed} > coalesce({total}, -1)",
        "refund": too_much_back,
        "give_back": f"{too_much_back} OR {total} IS NULL"
        f" OR (NEW.tender_id IS NOT NULL AND {back_of_tender} > {brought})",
    }


CHANGED = (
    "OLD.state <> 'open' OR NEW.state = 'open' OR NEW.amount_minor <> OLD.amount_minor"
    " OR NEW.currency <> OLD.currency OR NEW.sale_id <> OLD.sale_id OR NEW.kind <> OLD.kind"
    " OR NEW.tender_id <> OLD.tender_id"
)


def _of_refund(condition: str) -> str:
    """Return a condition over a sale for a refund of one of its payments."""
    sale_id = (
        "(SELECT p.sale_id FROM payment p WHERE p.tenant_id = NEW.tenant_id AND p.store_id = NEW.store_id"
        " AND p.payment_id = NEW.payment_id)"
    )
    return condition.replace("NEW.sale_id", sale_id)


def _refund_condition(sums: dict[str, str]) -> str:
    """Return when a refund and all else that went back exceed what came in; only sales of the till are looked at."""
    is_till = f"EXISTS (SELECT 1 FROM till_sale x WHERE {HERE} AND x.sale_id = NEW.sale_id)"
    return _of_refund(f"{is_till} AND {sums['refund']}")


def _hold_limits_sqlite() -> None:
    sums = _sums(smaller="min", told="json_extract(a.result, '$.amount_minor')")
    for table, condition in (
        ("tender", sums["tender"]),
        ("give_back", f"NEW.kind <> 'card' AND ({sums['give_back']})"),
        ("refund", _refund_condition(sums)),
    ):
        name = f"{table}_within_sale"
        op.execute(
            f"CREATE TRIGGER {name} AFTER INSERT ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )
    op.execute(
        f"CREATE TRIGGER tender_change BEFORE UPDATE ON tender WHEN {CHANGED}"
        " BEGIN SELECT RAISE(ABORT, 'tender_change'); END"
    )
    op.execute(
        "CREATE TRIGGER tender_no_delete BEFORE DELETE ON tender BEGIN SELECT RAISE(ABORT, 'tender_change'); END"
    )


def _hold_limits_postgresql() -> None:
    sums = _sums(smaller="least", told="(a.result ->> 'amount_minor')::bigint")
    lock = f"PERFORM 1 FROM sale x WHERE {HERE} AND x.sale_id = NEW.sale_id FOR NO KEY UPDATE;"
    for table, condition, locking in (
        ("tender", sums["tender"], lock),
        ("give_back", f"NEW.kind <> 'card' AND ({sums['give_back']})", lock),
        ("refund", _refund_condition(sums), _of_refund(lock)),
    ):
        name = f"{table}_within_sale"
        # The lock comes first: what is counted after it includes everything that was waited for.
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {locking}"
            f" IF {condition} THEN RAISE EXCEPTION '{name}'"
            f" USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END IF; RETURN NULL; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    op.execute(
        "CREATE FUNCTION tender_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP <> 'UPDATE' OR {CHANGED} THEN RAISE EXCEPTION 'tender_change'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'tender_change'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER tender_change BEFORE UPDATE OR DELETE ON tender FOR EACH ROW EXECUTE FUNCTION tender_change()"
    )
    op.execute(
        "CREATE TRIGGER tender_no_truncate BEFORE TRUNCATE ON tender"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
