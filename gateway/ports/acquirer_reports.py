"""Reading reports of acquirers, whatever format they come in."""

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.bank.payout import ReportedBatch


class AcquirerReportReader(Protocol):
    """Turns the bytes of a report into batches of records."""

    def check(self, name: str, description: str) -> None:
        """Look whether a description (TOML) is one of a report that can be read by it.

        Raises:
            InputError: ``invalid_report_description``.
        """

    def read(self, content: bytes, descriptions: Sequence[tuple[str, str]]) -> tuple[ReportedBatch, ...]:
        """Return one batch for each payout and currency of a report, in its order.

        Args:
            content: the report.
            descriptions: name and text of the tables people have described; they come before those known by themselves.

        Raises:
            InputError: ``not_an_acquirer_report`` for a file of another kind, and what the readers of statements raise.
        """
