"""The stores of a unit of work that statements and reconciliation need."""

from gateway.adapters.db.bank.line_match_store import SqlLineMatchStore
from gateway.adapters.db.bank.matching_run_store import SqlMatchingRunStore
from gateway.adapters.db.bank.open_item_store import SqlOpenItemStore
from gateway.adapters.db.bank.reconciliation_store import SqlReconciliationStore
from gateway.adapters.db.bank.statement_store import SqlStatementStore
from gateway.adapters.db.statements import Statements


class StatementUnit:
    """A part of a unit of work; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def bank_statements(self) -> SqlStatementStore:
        """Statements of bank accounts and their lines."""
        return SqlStatementStore(self._statements)

    @property
    def line_matches(self) -> SqlLineMatchStore:
        """What explains statement lines."""
        return SqlLineMatchStore(self._statements)

    @property
    def open_items(self) -> SqlOpenItemStore:
        """Open items."""
        return SqlOpenItemStore(self._statements)

    @property
    def reconciliation(self) -> SqlReconciliationStore:
        """Rules and what was learned of statement lines."""
        return SqlReconciliationStore(self._statements)

    @property
    def matching_runs(self) -> SqlMatchingRunStore:
        """Runs of matching."""
        return SqlMatchingRunStore(self._statements)
