"""Builds the use cases of sales: a part of the composition root."""

from dataclasses import dataclass
from datetime import tzinfo

from gateway.adapters.ecb_rates import EcbRateSource
from gateway.configuration.settings import Settings
from gateway.configuration.till_settings import CashSettings
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.sales.sale_receipt import SaleReceipts
from gateway.domain.sales.tender import TenderKind
from gateway.node.shop_plan import ShopPlan
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.refund_limit import RefundLimit
from gateway.services.payments.refund_payment import RefundPayment
from gateway.services.sales.exchange_goods import CreditCode, ExchangeGoods
from gateway.services.sales.give_back_sale import GiveBackSale
from gateway.services.sales.print_sale import PrintSale
from gateway.services.sales.read_sales import ReadSales
from gateway.services.sales.sell import EndTender, OpenSale, SaleParts, TakeTender, TillRules
from gateway.services.sales.settle_sale import SettleSale
from gateway.services.sales.split_sale import SplitSale
from gateway.services.sales.tender_way_cash import CashWay
from gateway.services.sales.tender_way_foreign_cash import CurrentRates, ForeignCashWay
from gateway.services.sales.tender_ways import TenderWay
from gateway.services.sales.void_sale import VoidSale
from gateway.services.shifts.manage_shifts import OpenShifts
from gateway.services.shifts.number_documents import NumberDocuments
from gateway.web.sales.sale_services import SaleServices


@dataclass(frozen=True, slots=True)
class SaleSetup:
    """What the use cases of sales stand on."""

    settings: Settings
    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    hints: DeviceHints
    plan: ShopPlan
    conclude: ConcludeAttempt
    announcer: Announcer


def make_sale_services(setup: SaleSetup, ways: dict[TenderKind, TenderWay], credit_code: CreditCode) -> SaleServices:
    """Return the use cases; ``ways``: the kinds of tender beside cash, which is added to them here.

    Effects: from now on outcomes of cards settle the sales they are towards.
    """
    settings, zone = setup.settings, setup.settings.shop.zone()
    foreign = _foreign_cash(settings.cash, setup.clock, zone)
    cash = CashWay(store_step_minor=settings.cash.step_minor)
    ways |= {TenderKind.CASH: cash, TenderKind.FOREIGN_CASH: foreign}
    shop = settings.shop
    papers = SaleReceipts(
        shop=ShopFace(shop.name, shop.address, shop.tax_id or None, shop.language),
        registers=setup.plan.register_names,
        zone=zone,
    )
    settle = SettleSale(
        numbers=NumberDocuments(tenant_id=setup.tenant_id, store_id=setup.store_id),
        papers=papers,
        printers=setup.plan.printers,
        announcer=setup.announcer,
    )
    setup.conclude.follow_sales(settle)
    parts = SaleParts(
        storage=setup.storage,
        clock=setup.clock,
        hints=setup.hints,
        settle=settle,
        shifts=OpenShifts(tenant_id=setup.tenant_id, store_id=setup.store_id),
        announcer=setup.announcer,
        ways=ways,
        rules=TillRules(settings.shifts.required, RefundLimit(settings.refunds.limit(shop.currency))),
    )
    refund = make_refund(settings, setup.storage, setup.clock, setup.hints, setup.plan)
    opens, takes, gives = OpenSale(parts), TakeTender(parts), GiveBackSale(parts, refund)
    return SaleServices(
        parts=parts,
        open=opens,
        take=takes,
        end=EndTender(parts),
        void=VoidSale(parts),
        give_back=gives,
        exchange=ExchangeGoods(parts, open_sale=opens, take=takes, give_back=gives, credit_code=credit_code),
        split=SplitSale(parts, opens),
        read=ReadSales(storage=setup.storage),
        prints=PrintSale(
            storage=setup.storage,
            clock=setup.clock,
            hints=setup.hints,
            papers=papers,
            printers=setup.plan.printers,
        ),
        cash=cash,
        foreign_cash=foreign,
    )


def make_refund(
    settings: Settings, storage: Storage, clock: Clock, hints: DeviceHints, plan: ShopPlan
) -> RefundPayment:
    """Return what begins refunds to cards."""
    return RefundPayment(
        storage=storage,
        clock=clock,
        hints=hints,
        means=plan.means,
        zone=settings.shop.zone(),
        limit=RefundLimit(settings.refunds.limit(settings.shop.currency)),
    )


def _foreign_cash(cash: CashSettings, clock: Clock, zone: tzinfo) -> ForeignCashWay:
    source = EcbRateSource(cash.rates, clock) if cash.rates else None
    rates = CurrentRates(source, clock, zone=zone, age_max_days=cash.rates_age_max_days)
    return ForeignCashWay(rates=rates, taken=frozenset(cash.foreign), store_step_minor=cash.step_minor)
