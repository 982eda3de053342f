"""The stores of shifts, numbers and reports as a part of the unit of work."""

from gateway.adapters.db.shifts.shift_days import SqlTerminalDayStore
from gateway.adapters.db.shifts.shift_documents import SqlReportSources
from gateway.adapters.db.shifts.shift_numbers import SqlNumberStore
from gateway.adapters.db.shifts.shift_store import SqlShiftStore
from gateway.adapters.db.statements import Statements


class ShiftUnit:
    """What a unit of work has for a register's day; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def numbers(self) -> SqlNumberStore:
        """Gap-free numbers of documents."""
        return SqlNumberStore(self._statements)

    @property
    def shifts(self) -> SqlShiftStore:
        """Shifts, their facts and day reports."""
        return SqlShiftStore(self._statements)

    @property
    def report_sources(self) -> SqlReportSources:
        """What day reports read besides the ledger."""
        return SqlReportSources(self._statements)

    @property
    def terminal_days(self) -> SqlTerminalDayStore:
        """Ends of terminals' days, compared with the books."""
        return SqlTerminalDayStore(self._statements)
