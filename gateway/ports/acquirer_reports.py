"""Reading reports of acquirers, whatever format they come in."""

from typing import Protocol

from gateway.domain.bank.payout import ReportedBatch


class AcquirerReportReader(Protocol):
    """Turns the bytes of a report into batches of records."""

    def read(self, content: bytes) -> tuple[ReportedBatch, ...]:
        """Return one batch for each payout and currency of a report, in its order.

        Raises:
            InputError: ``not_an_acquirer_report`` for a file of another kind, and what the readers of statements raise.
        """
