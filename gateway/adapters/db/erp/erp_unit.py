"""The stores of a unit of work that documents for ERPs need."""

from gateway.adapters.db.erp.binding_store import SqlErpBindings
from gateway.adapters.db.erp.cursor_store import SqlErpCursors
from gateway.adapters.db.erp.erp_store import SqlErpStore
from gateway.adapters.db.erp.exchange_store import SqlErpExchanges
from gateway.adapters.db.statements import Statements


class ErpUnit:
    """A part of a unit of work; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def erp(self) -> SqlErpStore:
        """Documents on their way into ERPs."""
        return SqlErpStore(self._statements)

    @property
    def erp_bindings(self) -> SqlErpBindings:
        """Which records of ERPs are which of ours."""
        return SqlErpBindings(self._statements)

    @property
    def erp_cursors(self) -> SqlErpCursors:
        """How far the records of ERPs were read."""
        return SqlErpCursors(self._statements)

    @property
    def erp_exchanges(self) -> SqlErpExchanges:
        """What was said between us and ERPs."""
        return SqlErpExchanges(self._statements)
