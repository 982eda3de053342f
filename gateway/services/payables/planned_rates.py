"""The rates by which payments in other currencies are planned; without one a payment is planned without its worth."""

import logging
from typing import Protocol

from gateway.domain.cash.exchange_rates import Rate
from gateway.domain.errors import OperationalError, RuleError
from gateway.domain.money import Currency

_log = logging.getLogger(__name__)


class RatesAtHand(Protocol):
    """Rates that are fetched ahead and read at once."""

    def refresh(self) -> None:
        """Fetch them if those at hand are not fresh.

        Raises:
            OperationalError: there are none at hand, and none could be fetched.
        """

    def rate(self, source: Currency, target: Currency) -> Rate:
        """Return a rate from what is at hand.

        Raises:
            OperationalError: there are none.
            RuleError: they are too old, or this one is not among them.
        """


class PlannedRates:
    """Rates for plans. A plan is made without them too, so what is wrong with them is logged and goes no further."""

    def __init__(self, rates: RatesAtHand | None = None) -> None:
        """``rates``: None for a shop that says nowhere where they come from."""
        self._rates = rates

    def refresh(self) -> None:
        """Have the rates at hand; may take the time of a network call, so never inside a transaction."""
        if self._rates is None:
            return
        try:
            self._rates.refresh()
        except OperationalError as error:
            _log.warning("payments are planned without rates: %s", error.code)

    def rate(self, source: Currency, target: Currency) -> Rate | None:
        """Return a rate that is of today or recent enough, or None."""
        if self._rates is None:
            return None
        try:
            return self._rates.rate(source, target)
        except (OperationalError, RuleError):
            return None
