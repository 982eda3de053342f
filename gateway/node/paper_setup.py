"""Builds what prints and what opens drawers: a part of the composition root.

Whoever has a new kind of paper adds its deliverer here; one that travels whole in its message needs none.
"""

from typing import Protocol

from gateway.configuration.settings import Settings, ShopSettings
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency
from gateway.node.credit_setup import voucher_deliverer
from gateway.node.shop_plan import ShopPlan
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.printer_setup import LogoShelf, PrinterFleet
from gateway.ports.unit_of_work import Storage
from gateway.services.credit.print_credit import PRINT_VOUCHER
from gateway.services.paper.print_paper import PRINT_PAPER, DeliverPapers, DeliverStoredPaper
from gateway.services.paper.print_receipt import PRINT_RECEIPT, DeliverReceipt, ReceiptWriter
from gateway.services.paper.route_orders import KitchenPlan, RouteOrders
from gateway.services.paper.set_up_printers import PRINT_TEST_PAGE, DeliverTestPage, SetUpPrinters
from gateway.services.search_journal import SearchJournal


def make_deliverer(storage: Storage, writer: ReceiptWriter, settings: Settings) -> DeliverPapers:
    """Return what prints each kind of message."""
    return DeliverPapers(
        {
            PRINT_RECEIPT: DeliverReceipt(storage=storage, writer=writer, currency=Currency.of(settings.shop.currency)),
            PRINT_PAPER: DeliverStoredPaper(),
            PRINT_TEST_PAGE: DeliverTestPage(),
            PRINT_VOUCHER: voucher_deliverer(settings, storage),
        }
    )


def make_orders(
    storage: Storage, clock: Clock, hints: DeviceHints, *, plan: ShopPlan, shop: ShopSettings
) -> RouteOrders:
    """Return what sends orders to the kitchen, by the routes the shop has at that moment."""
    kitchen = KitchenPlan(
        routes=plan.routes,
        printer_names=plan.printer_names,
        register_names=plan.register_names,
        zone=shop.zone(),
        language=shop.language,
    )
    return RouteOrders(storage=storage, clock=clock, hints=hints, plan=kitchen)


class _PrinterSide(Protocol):
    """What printers are set up with; a part of what the use cases of the till stand on."""

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def store_id(self) -> StoreId: ...

    @property
    def storage(self) -> Storage: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def hints(self) -> DeviceHints: ...

    @property
    def printer_fleet(self) -> PrinterFleet: ...

    @property
    def logos(self) -> LogoShelf: ...


def make_printers(side: _PrinterSide) -> SetUpPrinters:
    """Return what sets printers up."""
    return SetUpPrinters(
        tenant_id=side.tenant_id,
        store_id=side.store_id,
        storage=side.storage,
        clock=side.clock,
        hints=side.hints,
        fleet=side.printer_fleet,
        logos=side.logos,
    )


def make_search(storage: Storage, clock: Clock, shop: ShopSettings) -> SearchJournal:
    """Return the search over everything that moved money."""
    return SearchJournal(storage=storage, clock=clock, zone=shop.zone(), currency=Currency.of(shop.currency))
