"""Tables of matching: results, decisions, what is taken of order lines, coding rules, contracts.

Quantities are text: both databases keep every digit of a decimal so, and they are added up here, not there.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.payables.coding import RuleState
from gateway.domain.payables.contract_terms import Period
from gateway.domain.payables.matching_record import DecisionKind, MatchOutcome

WAIT_KEY_MAX = 200


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


match_result = Table(
    "match_result",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("payable_version", Integer, nullable=False),
    Column("digest", CHAR(64), nullable=False),
    Column("told", JsonDocument, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("match_result", "payable_id", "sequence"),
    CheckConstraint(one_of("outcome", MatchOutcome), name="ck_match_result_outcome"),
    CheckConstraint("sequence >= 1", name="ck_match_result_sequence"),
)

match_decision = Table(
    "match_decision",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("decision_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("detail", JsonDocument, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("match_decision", "payable_id", "sequence"),
    UniqueConstraint("tenant_id", "store_id", "decision_id", name="uq_match_decision_id"),
    CheckConstraint(one_of("kind", DecisionKind), name="ck_match_decision_kind"),
    CheckConstraint("line_no >= 0", name="ck_match_decision_line"),
)

match_wait = Table(
    "match_wait",
    metadata,
    *_place(),
    Column("wait_key", String(WAIT_KEY_MAX), nullable=False),
    Column("payable_id", Uuid, nullable=False),
    _key("match_wait", "wait_key", "payable_id"),
    Index("ix_match_wait_payable", "tenant_id", "store_id", "payable_id"),
)

order_use = Table(
    "order_use",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    _key("order_use", "order_id"),
)

order_consumption = Table(
    "order_consumption",
    metadata,
    *_place(),
    Column("entry_id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("order_line_no", Integer, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("quantity", String(40), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("order_consumption", "entry_id"),
    CheckConstraint("order_line_no >= 0 AND line_no >= 0", name="ck_order_consumption_lines"),
    Index("ix_order_consumption_order", "tenant_id", "store_id", "order_id", "order_line_no"),
    Index("ix_order_consumption_payable", "tenant_id", "store_id", "payable_id"),
)

coding_rule = Table(
    "coding_rule",
    metadata,
    *_place(),
    Column("rule_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("state", String(16), nullable=False),
    Column("rule", JsonDocument, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("decided_at", UtcTimestamp),
    Column("decided_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _key("coding_rule", "rule_id"),
    CheckConstraint(one_of("state", RuleState), name="ck_coding_rule_state"),
    Index("ix_coding_rule_supplier", "tenant_id", "store_id", "supplier_id"),
)

coding_evidence = Table(
    "coding_evidence",
    metadata,
    *_place(),
    Column("evidence_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("line_text", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("account_code", Text, nullable=False),
    Column("cost_centre", Text, nullable=False),
    Column("tax_code", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("coding_evidence", "evidence_id"),
    Index("ix_coding_evidence_supplier", "tenant_id", "store_id", "supplier_id", "recorded_at"),
)

supply_contract = Table(
    "supply_contract",
    metadata,
    *_place(),
    Column("contract_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("cap_minor", BigInteger),
    Column("period", String(16), nullable=False),
    Column("starts_on", String(10), nullable=False),
    Column("ends_on", String(10)),
    Column("cancelled_on", String(10)),
    Column("terms", JsonDocument, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _key("supply_contract", "contract_id"),
    CheckConstraint(one_of("period", Period), name="ck_supply_contract_period"),
    CheckConstraint("price_minor > 0", name="ck_supply_contract_price"),
    Index("ix_supply_contract_supplier", "tenant_id", "store_id", "supplier_id"),
)

contract_use = Table(
    "contract_use",
    metadata,
    *_place(),
    Column("use_id", Uuid, nullable=False),
    Column("contract_id", Uuid, nullable=False),
    Column("payable_id", Uuid, nullable=False),
    Column("period_no", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("contract_use", "use_id"),
    Index("ix_contract_use_contract", "tenant_id", "store_id", "contract_id"),
    Index("ix_contract_use_payable", "tenant_id", "store_id", "payable_id"),
)
