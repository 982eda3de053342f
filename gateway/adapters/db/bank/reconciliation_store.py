"""Rules for statement lines, what was learned of them, and described tables, in SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.bank.statement_rows import rule_of, rule_row
from gateway.adapters.db.bank.statement_store import here
from gateway.adapters.db.bank.statement_tables import line_rule, reconciliation_memory, table_description
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.line_rule import LineRule, LineRuleId
from gateway.domain.ids import StoreId, TenantId


def _put(table: Any, key: tuple[str, ...], changed: tuple[str, ...]) -> dict[bool, Any]:  # noqa: ANN401  # a table
    return {
        dialect: statement.on_conflict_do_update(
            index_elements=["tenant_id", "store_id", *key],
            set_={name: statement.excluded[name] for name in changed},
        )
        for dialect, statement in ((False, sqlite.insert(table)), (True, postgresql.insert(table)))
    }


_RULE_CHANGES = ("name", "words", "direction", "most_minor", "currency", "account_code", "active", "consented_by")
_PUT_RULE = _put(line_rule, ("rule_id",), _RULE_CHANGES)
_PUT_MEMORY = _put(reconciliation_memory, (), ("learned", "changed_at"))
_PUT_DESCRIPTION = _put(table_description, ("name",), ("description", "made_by", "made_at"))
_MEMORY = select(reconciliation_memory.c.learned).where(*here(reconciliation_memory))
_RULES = (
    select(line_rule)
    .where(*here(line_rule))
    .order_by(line_rule.c.made_at.desc(), line_rule.c.rule_id.desc())
    .limit(1000)
)
_RULE = select(line_rule).where(*here(line_rule), line_rule.c.rule_id == bindparam("of_rule"))
_DESCRIPTIONS = (
    select(table_description.c.name, table_description.c.description)
    .where(*here(table_description))
    .order_by(table_description.c.name)
    .limit(500)
)


class SqlReconciliationStore:
    """Rules, memory and descriptions; see ``ReconciliationStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def memory(self, tenant_id: TenantId, store_id: StoreId, *, lock: bool = False) -> Mapping[str, Any]:
        """Return what was learned as a document, empty at first. ``lock``: nobody else changes it meanwhile."""
        statement = _MEMORY.with_for_update() if lock and self._statements.postgresql else _MEMORY
        row = self._statements.first(statement, {"tenant": tenant_id, "store": store_id})
        return {} if row is None else dict(row.learned)

    def set_memory(self, tenant_id: TenantId, store_id: StoreId, document: Mapping[str, Any], at: datetime) -> None:
        """Store what was learned."""
        row = {"tenant_id": tenant_id, "store_id": store_id, "learned": dict(document), "changed_at": at}
        self._statements.change(_PUT_MEMORY[self._statements.postgresql], row)

    def rules(self, tenant_id: TenantId, store_id: StoreId) -> tuple[LineRule, ...]:
        """Return all rules, newest first."""
        return tuple(rule_of(row) for row in self._statements.rows(_RULES, {"tenant": tenant_id, "store": store_id}))

    def put_rule(self, tenant_id: TenantId, store_id: StoreId, rule: LineRule) -> None:
        """Store a rule, or what changed of it."""
        row = {"tenant_id": tenant_id, "store_id": store_id, **rule_row(rule)}
        self._statements.change(_PUT_RULE[self._statements.postgresql], row)

    def rule(self, tenant_id: TenantId, store_id: StoreId, rule_id: LineRuleId) -> LineRule | None:
        """Return one rule."""
        row = self._statements.first(_RULE, {"tenant": tenant_id, "store": store_id, "of_rule": rule_id})
        return None if row is None else rule_of(row)

    def descriptions(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[str, str], ...]:
        """Return name and text of the described tables that people have confirmed."""
        rows = self._statements.rows(_DESCRIPTIONS, {"tenant": tenant_id, "store": store_id})
        return tuple((row.name, row.description) for row in rows)

    def put_description(
        self, tenant_id: TenantId, store_id: StoreId, name: str, text: str, *, by: str, at: datetime
    ) -> None:
        """Store a description of a table."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "name": storable(name),
            "description": storable(text),
            "made_by": storable(by),
            "made_at": at,
        }
        self._statements.change(_PUT_DESCRIPTION[self._statements.postgresql], row)
