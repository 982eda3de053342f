"""The stores of a unit of work that drawers, orders to the kitchen and the search of the journal need."""

from gateway.adapters.db.credit.credit_unit import CreditUnit
from gateway.adapters.db.paper.paper_drawers import SqlDrawerStore
from gateway.adapters.db.paper.paper_orders import SqlOrderStore
from gateway.adapters.db.paper.paper_search import SqlJournalSearch


class PaperUnit(CreditUnit):
    """A part of a unit of work."""

    __slots__ = ()

    @property
    def drawers(self) -> SqlDrawerStore:
        """Openings of cash drawers."""
        return SqlDrawerStore(self._statements)

    @property
    def orders(self) -> SqlOrderStore:
        """Orders to the kitchen."""
        return SqlOrderStore(self._statements)

    @property
    def journal(self) -> SqlJournalSearch:
        """The search over everything that moved money."""
        return SqlJournalSearch(self._statements)
