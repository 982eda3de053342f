"""Builds the use cases of what terminals do beside payments and refunds, and asks for the ends of their days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from gateway.configuration.settings import Settings
from gateway.domain.ids import DeviceId, RegisterId, StoreId, TenantId
from gateway.node.credit_setup import expiry_job
from gateway.node.settlement_setup import settlement_job
from gateway.node.shop_plan import ShopPlan
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage
from gateway.services.payments.compare_held import CompareHeld
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_reservations import ReadReservations
from gateway.services.payments.reserve_amount import ReserveAmount
from gateway.services.payments.settle_reservation import SettleReservation
from gateway.services.payments.terminal_day import EndTerminalDay
from gateway.web.shifts.terminal_services import TerminalServices
from gateway.web.till_services import TillServices

Job = tuple[int, str, Callable[[], object]]

COMPARE_DAYS_S = 20
"""Seconds between looks for ends of days that were not compared yet."""
LOOK_FOR_ENDS_S = 30
"""How often it is looked whether the time for the ends of days has come; a busy terminal is asked again then."""


@dataclass(frozen=True, slots=True)
class TerminalSide:
    """What these use cases stand on."""

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    hints: DeviceHints
    plan: ShopPlan
    conclude: ConcludeAttempt
    zone: tzinfo

    def services(self) -> TerminalServices:
        """Return the use cases."""
        return TerminalServices(
            reserve=ReserveAmount(
                storage=self.storage, clock=self.clock, hints=self.hints, currencies=self.plan.currencies
            ),
            read_reservations=ReadReservations(storage=self.storage),
            compare_held=CompareHeld(storage=self.storage, clock=self.clock, hints=self.hints),
            settle_reservation=SettleReservation(
                storage=self.storage, clock=self.clock, hints=self.hints, conclude=self.conclude
            ),
            days=EndTerminalDay(
                storage=self.storage, clock=self.clock, hints=self.hints, conclude=self.conclude, zone=self.zone
            ),
        )


def day_jobs(
    settings: Settings, plan: ShopPlan, till: TillServices
) -> tuple[tuple[int, str, Callable[[], object]], ...]:
    """Return what recurs around ends of days: how often (seconds), its name, and what is done."""
    jobs: list[Job] = [(COMPARE_DAYS_S, "compare terminal days", till.shifts.terminal_days.compare_new)]
    jobs.append(expiry_job(settings, till.credit))
    jobs.append(settlement_job(settings, till.settlement))
    at = settings.terminal_days.time
    if at is not None:
        place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))

        def end_days() -> None:
            for terminal_id, register_id in _registers_of(plan).items():
                till.terminal.days.by_clock(place, register_id, terminal_id, at)

        jobs.append((LOOK_FOR_ENDS_S, "end terminals' days", end_days))
    return tuple(jobs)


def _registers_of(plan: ShopPlan) -> dict[DeviceId, RegisterId]:
    """Return for each terminal the first register that has it: its printer gets the receipt."""
    found: dict[DeviceId, RegisterId] = {}
    for register in plan.registers:
        if register.terminal_id is not None:
            found.setdefault(register.terminal_id, register.id)
    return found
