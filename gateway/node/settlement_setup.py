"""Builds settlement with acquirers, chargebacks and the cash view, and what recurs in them."""

from collections.abc import Callable

from gateway.adapters.acquirer_reports import AcquirerReports
from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.bank.cash_view import LookAtCash
from gateway.services.bank.chargeback_records import ChargebackRecords
from gateway.services.bank.keep_contracts import KeepContracts
from gateway.services.bank.settle_payouts import SettlePayouts
from gateway.services.bank.track_chargebacks import TrackChargebacks
from gateway.web.bank.settlement_services import SettlementServices

EVERY_S = 3600


def make_settlement(settings: Settings, storage: Storage, clock: Clock, announcer: Announcer) -> SettlementServices:
    """Return the use cases of settlement and of the cash view."""
    records = ChargebackRecords(announcer)
    return SettlementServices(
        contracts=KeepContracts(storage=storage, clock=clock),
        settle=SettlePayouts(storage=storage, clock=clock, reader=AcquirerReports(), chargebacks=records),
        chargebacks=TrackChargebacks(storage=storage, clock=clock, records=records),
        cash=LookAtCash(storage=storage, clock=clock, zone=settings.shop.zone()),
    )


def settlement_job(settings: Settings, services: SettlementServices) -> tuple[int, str, Callable[[], object]]:
    """Return what recurs: how often (seconds), its name, and what is done. Every node may run it, and again."""
    tenant_id, store_id = TenantId(settings.shop.tenant), StoreId(settings.shop.store)

    def look() -> None:
        today = services.cash.today()
        services.chargebacks.look_at_deadlines(tenant_id, store_id, today)
        services.settle.look_for_late(tenant_id, store_id, today)

    return EVERY_S, "look at chargebacks and payouts", look
