"""Puts the sales of a closed shift on their way into the shop's ERPs, in the unit that closes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from gateway.domain.erp.sales_day_of_report import sales_day_of
from gateway.domain.shifts.day_report import DayReport
from gateway.domain.shifts.shift import Shift
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue import enqueue_in


@dataclass(frozen=True, slots=True)
class EnqueueSalesDay:
    """``accounts``: ids of the ERPs that get days; none: nothing is stored. ``zone``: of the shop."""

    accounts: Sequence[str] = ()
    shop: str = ""
    zone: tzinfo = UTC

    def closed_in(self, unit: UnitOfWork, shift: Shift, report: DayReport, at: datetime) -> None:
        """Store the day once for each ERP; a shift in which nothing was sold is none.

        Args:
            unit: in which the shift is closed.
            shift: its id is the trace of all its entries.
            report: its Z report.
            at: when it was closed.
        """
        day = sales_day_of(report, shop=self.shop, zone=self.zone) if self.accounts else None
        if day is None:
            return
        for account in self.accounts:
            place = (shift.tenant_id, shift.store_id)
            enqueue_in(unit, place, account, day, trace_id=shift.id.hex, now=at)
