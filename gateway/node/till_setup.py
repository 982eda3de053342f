"""Builds the use cases of the shop's day: a part of the composition root."""

from dataclasses import dataclass

from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency
from gateway.domain.sales.tender import TenderKind
from gateway.node.bank_setup import make_line_services
from gateway.node.credit_setup import CreditSide
from gateway.node.erp_setup import ErpCauses
from gateway.node.paper_setup import make_orders, make_printers, make_search
from gateway.node.settlement_setup import make_settlement
from gateway.node.shop_plan import ShopPlan
from gateway.node.till_setup_sales import SaleSetup, make_sale_services
from gateway.node.till_setup_shifts import ShiftParts, make_shift_services
from gateway.node.till_setup_terminals import TerminalSide
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints, EventBoard
from gateway.ports.printer_setup import LogoShelf, PrinterFleet
from gateway.ports.unit_of_work import Storage
from gateway.services.paper.open_drawer import OpenDrawer
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.sales.manage_catalogue import ManageCatalogue
from gateway.services.sales.pair_display import PairDisplay
from gateway.services.sales.park_sale import ParkSale
from gateway.services.sales.tender_way_with_drawer import open_for_cash
from gateway.services.sales.tender_ways import TenderWay
from gateway.web.documents.document_services import DocumentServices
from gateway.web.outward.outward_services import OutwardServices
from gateway.web.payables.payable_services import PayableServices
from gateway.web.till_services import TillServices


@dataclass(frozen=True, slots=True)
class TillParts:
    """What the use cases stand on."""

    settings: Settings
    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    board: EventBoard
    hints: DeviceHints
    plan: ShopPlan
    conclude: ConcludeAttempt
    announcer: Announcer
    printer_fleet: PrinterFleet
    logos: LogoShelf
    outward: OutwardServices
    documents: DocumentServices
    payables: PayableServices
    erps: ErpCauses


def make_till_services(parts: TillParts) -> TillServices:
    """Return the use cases over these parts."""
    open_drawer = OpenDrawer(storage=parts.storage, clock=parts.clock, hints=parts.hints, drawers=parts.plan.drawers)
    credit = CreditSide(parts.settings, parts.storage, parts.clock, parts.announcer, printers=parts.plan.printers)
    ways: dict[TenderKind, TenderWay] = dict(credit.ways)
    sales = make_sale_services(_sale_setup(parts), ways, credit.code_of)
    open_for_cash(ways, open_drawer)
    credit_services = credit.services(sales.parts)
    settlement = make_settlement(parts.settings, parts.storage, parts.clock, parts.announcer)
    lines = make_line_services(
        parts.settings,
        parts.storage,
        parts.clock,
        parts.announcer,
        payouts=settlement.settle,
        transfers=credit_services.transfers,
        wake=sales.parts.wake,
        bills=parts.erps.bills,
    )
    return TillServices(
        sales=sales,
        credit=credit_services,
        lines=lines,
        outward=parts.outward,
        documents=parts.documents,
        payables=parts.payables,
        settlement=settlement,
        terminal=TerminalSide(
            tenant_id=parts.tenant_id,
            store_id=parts.store_id,
            storage=parts.storage,
            clock=parts.clock,
            hints=parts.hints,
            plan=parts.plan,
            conclude=parts.conclude,
            zone=parts.settings.shop.zone(),
        ).services(),
        catalogue=ManageCatalogue(
            storage=parts.storage, clock=parts.clock, currency=Currency.of(parts.settings.shop.currency)
        ),
        tax_rates=parts.settings.counter.tax_rates,
        foreign_currencies=parts.settings.cash.foreign,
        park_sale=ParkSale(storage=parts.storage, clock=parts.clock),
        displays=PairDisplay(
            storage=parts.storage, clock=parts.clock, tenant_id=parts.tenant_id, store_id=parts.store_id
        ),
        open_drawer=open_drawer,
        orders=make_orders(parts.storage, parts.clock, parts.hints, plan=parts.plan, shop=parts.settings.shop),
        printers=make_printers(parts),
        journal=make_search(parts.storage, parts.clock, parts.settings.shop),
        shifts=make_shift_services(
            ShiftParts(
                tenant_id=parts.tenant_id,
                store_id=parts.store_id,
                storage=parts.storage,
                clock=parts.clock,
                hints=parts.hints,
                announcer=parts.announcer,
                open_drawer=open_drawer,
                registers=parts.plan.register_names,
                printers=parts.plan.printers,
                currencies=parts.plan.currencies,
                shop=parts.settings.shop,
                days=parts.erps.sales_days,
            )
        ),
    )


def _sale_setup(parts: TillParts) -> SaleSetup:
    return SaleSetup(
        settings=parts.settings,
        tenant_id=parts.tenant_id,
        store_id=parts.store_id,
        storage=parts.storage,
        clock=parts.clock,
        hints=parts.hints,
        plan=parts.plan,
        conclude=parts.conclude,
        announcer=parts.announcer,
    )
