"""Closes a shift: books the difference and what goes to the safe, makes the Z report, and has it printed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.domain import accounts
from gateway.domain.errors import RuleError
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.printing.paper import Paper
from gateway.domain.shifts.day_report import DayReport, ReportKind
from gateway.domain.shifts.day_report_text import digest_of, report_text
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.shift import Shift, ShiftFact, last_count
from gateway.ports.shift_store import StoredReport
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue_sales_day import EnqueueSalesDay
from gateway.services.paper.print_paper import paper_message
from gateway.services.shifts.counted_cash import closing_entries, count_holds
from gateway.services.shifts.report_day import ReportDay, ReportHead

WritePaper = Callable[[DayReport], Paper]
"""Puts a report into the words of the shop's receipts."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing made. ``targets``: printers to wake after the commit; ``data``: for the announcement."""

    report: StoredReport
    targets: tuple[str, ...]
    data: Mapping[str, str]


class CloseShift:
    """The last step of a shift, in the caller's unit of work."""

    def __init__(
        self,
        *,
        reports: ReportDay,
        printers: Mapping[str, str],
        write: WritePaper,
        days: EnqueueSalesDay = EnqueueSalesDay(),  # noqa: B008 - frozen: for no ERP
    ) -> None:
        """``printers``: register -> the printer of its Z reports; ``days``: brings what was sold to the ERPs."""
        self._days = days
        self._reports = reports
        self._printers = printers
        self._write = write

    def close(self, unit: UnitOfWork, shift: Shift, facts: tuple[ShiftFact, ...], fact: ShiftFact) -> Closed:
        """Book, number, store and print the Z report of a shift that is held and counted.

        Args:
            unit: the caller's.
            shift: as it stands after the closing fact.
            facts: those before it; the last count is compared with the books.
            fact: the closing one; its amount stays in the drawer.

        Raises:
            RuleError: ``count_outdated`` when the drawer's account moved after the count; ``left_above_counted``.
        """
        count, left = last_count(facts), fact.amount
        if count is None or count.amount is None or count.difference is None or left is None:
            message = "a shift is closed without a count"
            raise RuntimeError(message)
        if not count_holds(unit, shift, count):
            hint = "Go on with the shift, and count again."
            raise RuleError("count_outdated", "Cash was moved at this register after the count.", hint)
        if left.minor > count.amount.minor:
            hint = f"At most {count.amount.to_decimal()} can stay."
            raise RuleError("left_above_counted", "More is to stay in the drawer than was counted.", hint)
        unit.shifts.hold_register(shift.tenant_id, shift.store_id, shift.register_id)
        unit.ledger.add(_difference(shift, fact, count.difference))
        unit.ledger.add(drawer_transfers(shift, fact, "to safe", left - count.amount))
        unit.ledger.add(closing_entries(shift, fact, count))
        place = (shift.tenant_id, shift.store_id, shift.register_id)
        number = unit.numbers.give(*place, Series.Z_REPORT, shift.id, fact.recorded_at)
        head = ReportHead(ReportKind.Z, number, fact.recorded_at, fact.actor, left)
        gathered = self._reports.gather(unit, shift, head)
        text = report_text(gathered.report)
        stored = StoredReport(shift.id, shift.register_id, number, text, digest_of(text), fact.recorded_at, fact.actor)
        unit.shifts.keep_report(shift, stored, gathered.transfers)
        self._days.closed_in(unit, shift, gathered.report, fact.recorded_at)
        data = {
            "register_id": str(shift.register_id),
            "cashier": shift.cashier,
            "number": str(number),
            "counted": count.amount.to_decimal(),
            "difference": count.difference.to_decimal(),
        }
        return Closed(stored, self._print(unit, shift, gathered.report, fact), data)

    def _print(self, unit: UnitOfWork, shift: Shift, report: DayReport, fact: ShiftFact) -> tuple[str, ...]:
        printer = self._printers.get(shift.register_id)
        if printer is None:
            return ()
        message = paper_message(
            self._write(report),
            tenant_id=shift.tenant_id,
            store_id=shift.store_id,
            printer_id=printer,
            subject_id=shift.id,
            name="z-report",
            created_at=fact.recorded_at,
        )
        unit.outbox.add(message)
        return (message.target,)


def drawer_transfers(shift: Shift, fact: ShiftFact, name: str, into: Money) -> tuple[Transfer, ...]:
    """Return the entries of cash that came into the drawer from elsewhere; of a negative amount: that left it."""
    cause = accounts.Cause(shift.tenant_id, shift.store_id, fact.id, shift.id.hex, fact.recorded_at)
    drawer = accounts.cash(shift.register_id)
    return accounts.booked(cause, name, debit=drawer, credit=accounts.cash_elsewhere(), amount=into)


def _difference(shift: Shift, fact: ShiftFact, difference: Money) -> tuple[Transfer, ...]:
    cause = accounts.Cause(shift.tenant_id, shift.store_id, fact.id, shift.id.hex, fact.recorded_at)
    drawer, found = accounts.cash(shift.register_id), accounts.cash_difference(shift.register_id)
    return accounts.booked(cause, "difference", debit=drawer, credit=found, amount=difference)
