"""Settings of payment runs: when they are proposed and what waiting costs."""

from datetime import time
from decimal import Decimal

from pydantic import Field

from gateway.configuration.settings_section import Section
from gateway.domain.payables.run_terms import RunTerms

_PERCENT = r"^[0-9]{1,2}(\.[0-9]{1,4})?$"


class RunSettings(Section):
    """Payment runs. `propose_at`: hour and minute by the shop's clock, empty: only when somebody asks for one.

    `every_days`: days from one run to the next; `cost_of_cash`, `late_interest`: percent a year.
    """

    propose_at: str = Field(default="06:00", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    every_days: int = Field(default=1, ge=1, le=31)
    cost_of_cash: str = Field(default="8.0", pattern=_PERCENT)
    late_interest: str = Field(default="10.15", pattern=_PERCENT)

    def terms(self) -> RunTerms:
        """Return what a choice of payments needs."""
        return RunTerms(Decimal(self.cost_of_cash), Decimal(self.late_interest), self.every_days)

    def begins(self) -> time | None:
        """Return when a business date begins, or None when nothing is proposed by itself."""
        return time.fromisoformat(self.propose_at) if self.propose_at else None
