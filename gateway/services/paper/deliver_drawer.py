"""Deliver the wish for an open cash drawer to the printer it is plugged into: at once, once, or not at all."""

import logging
import uuid

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.drawer import EXPIRES_S, DrawerOpeningId, DrawerResult, DrawerVerdict
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.printer import DrawerReport, PrinterDevice
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.paper.open_drawer import drawer_target

log = logging.getLogger(__name__)

TOO_LATE = DrawerReport(DrawerVerdict.NOT_OPENED, "The printer was busy or away for too long. Ask again.", proven=False)
FAILED = DrawerReport(
    DrawerVerdict.UNSURE, "The gateway failed while the drawer was opened. Look at the drawer.", proven=False
)
_STOPPED = "The gateway stopped while the drawer was opened. Look at the drawer."


def open_for(message: OutboxMessage, printer: PrinterDevice, clock: Clock) -> DrawerReport:
    """Open the drawer the message asks for; called by the thread that owns the printer.

    A wish of more than ten seconds ago opens nothing.
    """
    waited_s = (clock.now() - message.created_at).total_seconds()
    report = TOO_LATE if waited_s > EXPIRES_S else printer.open_drawer()
    log_event(log, "drawer.command", target=message.target, verdict=str(report.verdict), reason=report.reason)
    return report


def keep_result(unit: UnitOfWork, message: OutboxMessage, report: DrawerReport, clock: Clock) -> None:
    """Store what became of the wish, in the unit of work that finishes its message."""
    result = DrawerResult(report.verdict, report.reason, report.proven, clock.now())
    unit.drawers.told(message.tenant_id, message.store_id, opening_of(message), result)


def strand(unit: UnitOfWork, printer_id: str, *, place: tuple[TenantId, StoreId], epoch: int, clock: Clock) -> int:
    """Tell every wish that was begun before a stop as unsure, in the unit that takes the printer over."""
    tenant_id, store_id = place
    target = drawer_target(printer_id)
    result = DrawerResult(DrawerVerdict.UNSURE, _STOPPED, proven=False, told_at=clock.now())
    found = unit.drawers.strand(tenant_id, store_id, target, result)
    unit.outbox.mark_unsure(tenant_id, store_id, target, epoch=epoch, note=_STOPPED, now=clock.now())
    return found


def opening_of(message: OutboxMessage) -> DrawerOpeningId:
    """Return the opening a message is about."""
    return DrawerOpeningId(uuid.UUID(message.payload["subject_id"]))
