"""Where exchange rates come from, as a port."""

from typing import Protocol

from gateway.domain.cash.exchange_rates import RateTable


class RateSource(Protocol):
    """A publisher of rates."""

    def fetch(self) -> RateTable:
        """Return the latest rates published; how old they may be is the caller's to judge.

        Raises:
            OperationalError: ``rates_unavailable`` when the source does not answer, ``rates_unreadable`` when what it
                sent is no table of rates.
            ConfigurationError: ``rate_source_refused`` for an address rates are not fetched from.
        """
