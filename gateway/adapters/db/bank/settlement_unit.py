"""The stores of a unit of work that settlement with acquirers and the cash view need."""

from gateway.adapters.db.bank.cash_store import SqlCashFigures
from gateway.adapters.db.bank.chargeback_store import SqlChargebackStore
from gateway.adapters.db.bank.settlement_store import SqlSettlementStore
from gateway.adapters.db.statements import Statements


class SettlementUnit:
    """A part of a unit of work; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def settlement(self) -> SqlSettlementStore:
        """Contracts with acquirers, their reports and payouts, and what differs."""
        return SqlSettlementStore(self._statements)

    @property
    def chargebacks(self) -> SqlChargebackStore:
        """Chargebacks."""
        return SqlChargebackStore(self._statements)

    @property
    def cash_figures(self) -> SqlCashFigures:
        """Sums of the cash view."""
        return SqlCashFigures(self._statements)
