"""Builds payment runs: the shop's accounts, the calendar of banks, and the jobs of each business date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.adapters.ecb_rates import EcbRateSource
from gateway.configuration.settings import Settings
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.supplier import SupplierAccount
from gateway.jobs.dated_jobs import EVERY_S, DatedJobRunner
from gateway.jobs.scheduler import HouseScheduler
from gateway.node.payables_approve import mail_people
from gateway.ports.announcer import Announcer
from gateway.ports.bank_files import BankFileWriter
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.advance_payable import AdvancePayable, LooksForSigns
from gateway.services.payables.approve_run import ApproveRun
from gateway.services.payables.change_run import ChangeRun
from gateway.services.payables.end_cooling import EndCooling
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.planned_rates import PlannedRates
from gateway.services.payables.propose_run import ProposeRun
from gateway.services.payables.read_runs import ReadRuns
from gateway.services.payables.release_run import ReleaseRun
from gateway.services.payables.remind_approvers import RemindApprovers
from gateway.services.payables.run_dated_jobs import DatedJob, RunDatedJobs
from gateway.services.payables.run_desk import RunDesk, StopsNow, nothing_stops
from gateway.services.sales.tender_way_foreign_cash import CurrentRates
from gateway.web.payables.run_services import RunServices

PROPOSE = "propose_run"
COLLECT, COOLING, REMIND = "collect_messages", "end_cooling", "remind_approvers"
JOBS_BEGIN = time(6, 0)
"""When the business date of jobs begins in a shop that proposes no runs by itself."""


@dataclass(frozen=True, slots=True)
class RunParts:
    """Payment runs of one node. ``services``: for the routes; ``dates``, ``jobs``: what happens each business date."""

    services: RunServices
    dates: RunDatedJobs
    jobs: tuple[DatedJob, ...]


def make_runs(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    announcer: Announcer,
    *,
    writer: BankFileWriter,
    stops_now: StopsNow = nothing_stops,
    daily: Sequence[tuple[str, Callable[[date], str]]] = (),
) -> RunParts:
    """Build payment runs.

    Args:
        settings: of the node.
        storage: the database.
        clock: the present.
        announcer: tells the outside.
        writer: writes files for banks.
        stops_now: signs that stop a payment at this moment.
        daily: name and work of further jobs of each business date; they run before the proposal, which so knows what
            they found.
    """
    tenant_id, store_id = TenantId(settings.shop.tenant), StoreId(settings.shop.store)
    runs = settings.payables.runs
    desk = RunDesk(
        own=[one.own() for one in settings.payables.accounts],
        terms=runs.terms(),
        writer=writer,
        calendar=HolidayCalendar(),
        clock=clock,
        stops_now=stops_now,
        announcer=announcer,
        rates=_planned_rates(settings, clock),
        mail=mail_people(settings, clock),
    )
    propose = ProposeRun(storage=storage, desk=desk)
    begins, zone = runs.begins(), settings.shop.zone()
    jobs = tuple(DatedJob(name, begins or JOBS_BEGIN, zone, work) for name, work in daily)
    if begins is not None and settings.payables.accounts:
        jobs += (DatedJob(PROPOSE, begins, zone, _proposing(propose, tenant_id, store_id)),)
    dates = RunDatedJobs(storage=storage, clock=clock, tenant_id=tenant_id, store_id=store_id, announcer=announcer)
    services = RunServices(
        propose=propose,
        change=ChangeRun(storage=storage, desk=desk),
        approve=ApproveRun(storage=storage, desk=desk),
        release=ReleaseRun(storage=storage, desk=desk, announcer=announcer),
        read=ReadRuns(storage=storage, desk=desk),
        desk=desk,
        next_dates=lambda: dates.next_dates(jobs),
    )
    return RunParts(services, dates, jobs)


def daily_jobs(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    *,
    collect: Callable[[date], str] | None,
    signs: LooksForSigns,
    advance: AdvancePayable,
    remind: RemindApprovers,
) -> tuple[tuple[str, Callable[[date], str]], ...]:
    """Return what happens each business date before a run is proposed, in this order.

    ``collect``: reads the messages of banks; None where no bank is reached by this program.
    """
    cooling = EndCooling(
        storage=storage,
        clock=clock,
        signs=signs,
        advance=advance,
        tenant_id=TenantId(settings.shop.tenant),
        store_id=StoreId(settings.shop.store),
    )
    first = () if collect is None else ((COLLECT, collect),)
    return (*first, (COOLING, cooling.run), (REMIND, remind.run))


def stops_of(signs: FindSigns) -> StopsNow:
    """Return the signs that stop a payment, as runs ask for them: the first of each payable."""

    def stops(
        unit: UnitOfWork, payables: Sequence[Payable], accounts: Mapping[SupplierId, SupplierAccount]
    ) -> Mapping[PayableId, str]:
        found = signs.signs_now_in(unit, payables, accounts)
        return {payable_id: told[0].kind.value for payable_id, told in found.items() if told}

    return stops


def schedule_dated_jobs(parts: RunParts, holder: str, scheduler: HouseScheduler) -> None:
    """Have the jobs of each business date looked at every minute; ``holder``: this start of this process."""
    # A bank that does not answer must not keep the other jobs of the day waiting.
    for name, apart in (("messages of banks", True), ("jobs of the business date", False)):
        jobs = tuple(one for one in parts.jobs if (one.name == COLLECT) is apart)
        if jobs:
            scheduler.every(EVERY_S, name, DatedJobRunner(parts.dates, jobs, holder).run, apart=apart)


def _planned_rates(settings: Settings, clock: Clock) -> PlannedRates:
    """Plan by the rates the shop's tills use for foreign cash, where it says where they come from."""
    cash = settings.cash
    if not cash.rates:
        return PlannedRates()
    source, zone = EcbRateSource(cash.rates, clock), settings.shop.zone()
    return PlannedRates(CurrentRates(source, clock, zone=zone, age_max_days=cash.rates_age_max_days))


def _proposing(propose: ProposeRun, tenant_id: TenantId, store_id: StoreId) -> Callable[[date], str]:
    return lambda day: propose.propose_daily(tenant_id, store_id, day)
