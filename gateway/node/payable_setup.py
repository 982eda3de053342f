"""Builds payables: suppliers, matching, approvals, payment runs, the way to the bank and back."""

from collections.abc import Callable

from connectors.formats.bank_profiles import BankProfiles
from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.adapters.bank_files import ProfiledBankFiles
from gateway.configuration.settings import Settings
from gateway.jobs.bank_lane import BankLane
from gateway.jobs.dated_jobs import DatedJobRunner
from gateway.jobs.scheduler import HouseScheduler
from gateway.node.demo_payables import seed_demo_payables
from gateway.node.demo_suppliers import seed_demo_suppliers
from gateway.node.erp_door_setup import make_door_services
from gateway.node.payables_approve import make_approval_services, make_approve, make_signs
from gateway.node.payables_bank import make_bank
from gateway.node.payables_core import make_payable_core
from gateway.node.payables_master import make_supplier_services
from gateway.node.payables_match import make_match, make_match_services
from gateway.node.payables_run import daily_jobs, make_runs, schedule_dated_jobs, stops_of
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.payable_intake import PayableIntake
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.payables.rematch_payables import RematchPayables
from gateway.web.payables.payable_services import PayableServices


def bank_profiles(settings: Settings) -> BankProfiles:
    """Return the profiles at hand, the operator's first; each of theirs and each that is used has been read.

    Raises:
        ConfigurationError: as ``BankProfiles.check``.
    """
    folder = settings.payables.bank_profiles
    profiles = BankProfiles(folder if folder.name else None)
    profiles.check(account.profile for account in settings.payables.accounts)
    return profiles


class PayableSide:
    """Everything of one node that has to do with what the shop owes. Nothing runs before ``start``."""

    def __init__(
        self, settings: Settings, storage: Storage, clock: Clock, announcer: Announcer, bills: EnqueueBills
    ) -> None:
        """``bills``: tells ERPs what is owed and paid."""
        self._settings = settings
        self._storage = storage
        self._clock = clock
        self._announcer = announcer
        match = make_match(settings)
        signs = make_signs(settings)
        approve = make_approve(settings, storage, clock, announcer, signs=signs, matched=match, bills=bills)
        core = make_payable_core(settings, storage, clock, announcer, signs=signs, match=match, approve=approve)
        approvals = make_approval_services(
            settings, storage, clock, announcer, signs=signs, approve=approve, advance=core.advance
        )
        rematch = RematchPayables(core.advance)
        matching = make_match_services(storage, clock, advance=core.advance, rematch=rematch)
        self._orders_changed = rematch.rematch_for_in
        suppliers = make_supplier_services(
            settings, storage, clock, calendar=HolidayCalendar(), orders_changed=self._orders_changed
        )
        writer = ProfiledBankFiles(bank_profiles(settings))
        self._bank = make_bank(settings, storage, clock, announcer, bills)
        daily = daily_jobs(
            settings,
            storage,
            clock,
            collect=self._bank.collect,
            signs=signs,
            advance=core.advance,
            remind=approvals.remind,
        )
        stops = stops_of(signs)
        self._runs = make_runs(settings, storage, clock, announcer, writer=writer, stops_now=stops, daily=daily)
        self._bank_lane: BankLane | None = None
        self.services = PayableServices(
            bank=self._bank.services,
            runs=self._runs.services,
            core=core,
            suppliers=suppliers,
            approvals=approvals,
            matching=matching,
            doors=make_door_services(settings, storage, clock, suppliers=suppliers, approve=approve),
        )
        self.intake: PayableIntake = core.receive
        """Where accepted invoices go on."""

    def take_over(self, former: str) -> None:
        """Give back what a former process, known to be dead, held: the way to the bank waits for nobody."""
        self._bank.services.files.take_over(former)
        self._bank.services.messages.take_over(former)

    def start(self, holder: str, scheduler: HouseScheduler) -> None:
        """Add the recurring jobs; ``holder``: this start of this process."""
        if self._settings.demo.enabled:
            seed_demo_suppliers(self._settings, self._storage, self._clock, orders_changed=self._orders_changed)
            jobs = DatedJobRunner(self._runs.dates, self._runs.jobs, holder)
            seed_demo_payables(self._settings, self._storage, self._clock, self.services, before=jobs.run)
        schedule_dated_jobs(self._runs, holder, scheduler)
        self._bank_lane = self._bank.make_lane(holder)
        if self._bank_lane is not None:
            self._bank_lane.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop what runs beside the scheduler."""
        if self._bank_lane is not None:
            self._bank_lane.stop(left_s)
