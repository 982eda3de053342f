"""X and Z reports on paper: how they look, and prints on request."""

import uuid
from collections.abc import Mapping
from datetime import tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.errors import RuleError
from gateway.domain.ids import ShiftId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.paper import Paper
from gateway.domain.shifts.day_report import DayReport, ReportKind
from gateway.domain.shifts.day_report_receipt import copy_mark, report_paper
from gateway.domain.shifts.day_report_text import report_of_text
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage
from gateway.services.paper.print_paper import paper_message
from gateway.services.shifts.report_day import ReportDay


class PrintReport:
    """Reports as papers."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        reports: ReportDay,
        printers: Mapping[str, str],
        shop: ShopFace,
        zone: tzinfo,
    ) -> None:
        """``printers``: register -> printer; ``zone``: of the shop."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._reports = reports
        self._printers = printers
        self._shop = shop
        self._zone = zone

    def write(self, report: DayReport) -> Paper:
        """Return a report as a paper in the shop's language."""
        return report_paper(report, shop=self._shop, zone=self._zone)

    def paper(self, caller: Caller, shift_id: ShiftId, kind: ReportKind) -> Paper:
        """Return the paper of a report: an X as of now, a Z as it was stored.

        Raises:
            NotFound, NotPermitted: as ``ReportDay``.
        """
        return self.write(self.report(caller, shift_id, kind))

    def request(self, caller: Caller, shift_id: ShiftId, kind: ReportKind, request_id: uuid.UUID) -> OutboxMessage:
        """Put a report into the printer's queue: an X, or a copy of the Z; the same ``request_id`` prints once.

        Raises:
            NotFound, NotPermitted: as ``ReportDay``.
            RuleError: ``no_printer`` for a register without printer.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        report = self.report(caller, shift_id, kind)
        printer = self._printers.get(report.register_id)
        if printer is None:
            raise RuleError("no_printer", "This register has no printer.", "Read the report on the screen instead.")
        paper = self.write(report)
        if kind is ReportKind.Z:
            paper = paper.as_copy(copy_mark(self._shop.language))
        message = paper_message(
            paper,
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            printer_id=printer,
            subject_id=shift_id,
            name=f"{kind.value}-report {request_id}",
            created_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(printer)
        return message

    def report(self, caller: Caller, shift_id: ShiftId, kind: ReportKind) -> DayReport:
        """Return an X as of now, or a Z as it was stored.

        Raises:
            NotFound, NotPermitted: as ``ReportDay``.
        """
        if kind is ReportKind.X:
            return self._reports.x(caller, shift_id)
        return report_of_text(self._reports.z(caller, shift_id).document)
