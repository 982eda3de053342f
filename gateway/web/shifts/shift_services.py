"""The use cases of shifts that the routes need."""

from dataclasses import dataclass

from gateway.services.shifts.compare_terminal_day import CompareTerminalDay
from gateway.services.shifts.manage_shifts import ManageShifts
from gateway.services.shifts.print_report import PrintReport
from gateway.services.shifts.read_shifts import ReadShifts
from gateway.services.shifts.report_day import ReportDay


@dataclass(frozen=True, slots=True)
class ShiftServices:
    """One field for each use case."""

    manage: ManageShifts
    read: ReadShifts
    reports: ReportDay
    papers: PrintReport
    terminal_days: CompareTerminalDay
