"""Builds the use cases of shifts and day reports: a part of the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.configuration.settings import ShopSettings
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.domain.money import Currency
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_sales_day import EnqueueSalesDay
from gateway.services.paper.open_drawer import OpenDrawer
from gateway.services.shifts.close_shift import CloseShift
from gateway.services.shifts.compare_terminal_day import CompareTerminalDay
from gateway.services.shifts.manage_shifts import ManageShifts, ShiftTools
from gateway.services.shifts.print_report import PrintReport
from gateway.services.shifts.read_shifts import ReadShifts
from gateway.services.shifts.report_day import ReportDay
from gateway.web.shifts.shift_services import ShiftServices


@dataclass(frozen=True, slots=True)
class ShiftParts:
    """What the use cases stand on.

    ``registers``: id -> name; ``printers``: register -> printer; ``currencies``: terminal -> the one it takes.
    """

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    hints: DeviceHints
    announcer: Announcer
    open_drawer: OpenDrawer
    registers: Mapping[str, str]
    printers: Mapping[str, str]
    currencies: Mapping[DeviceId, Currency]
    shop: ShopSettings
    days: EnqueueSalesDay


def make_shift_services(parts: ShiftParts) -> ShiftServices:
    """Return the use cases over these parts."""
    shop, currency = parts.shop, Currency.of(parts.shop.currency)
    reports = ReportDay(storage=parts.storage, clock=parts.clock, registers=parts.registers)
    papers = PrintReport(
        storage=parts.storage,
        clock=parts.clock,
        hints=parts.hints,
        reports=reports,
        printers=parts.printers,
        shop=ShopFace(shop.name, shop.address, shop.tax_id or None, shop.language),
        zone=shop.zone(),
    )
    manage = ManageShifts(
        storage=parts.storage,
        clock=parts.clock,
        hints=parts.hints,
        registers=parts.registers,
        currency=currency,
        tools=ShiftTools(
            announcer=parts.announcer,
            open_drawer=parts.open_drawer,
            close=CloseShift(reports=reports, printers=parts.printers, write=papers.write, days=parts.days),
        ),
    )
    return ShiftServices(
        manage=manage,
        read=ReadShifts(storage=parts.storage),
        reports=reports,
        papers=papers,
        terminal_days=CompareTerminalDay(
            storage=parts.storage,
            clock=parts.clock,
            tenant_id=parts.tenant_id,
            store_id=parts.store_id,
            currencies=parts.currencies,
            currency=currency,
        ),
    )
