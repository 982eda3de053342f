"""What every step of a payment run needs: own accounts and their days, what stops a payment, the run's journal."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, StoreId, SupplierId, TenantId, derived_id
from gateway.domain.money import Currency, Money
from gateway.domain.payables.banking_days import Closed, first_execution, moment, next_open
from gateway.domain.payables.choose_instrument import OwnAccount, SourceAccount
from gateway.domain.payables.choose_payments import RunRules
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.payable_ledger import bank, payments_in_transit
from gateway.domain.payables.payment_order import BankAccount, PaymentRun
from gateway.domain.payables.run_terms import RunTerms
from gateway.domain.payables.supplier import SupplierAccount
from gateway.ports.announcer import Announcer, NobodyListens
from gateway.ports.bank_calendar import BankCalendar
from gateway.ports.bank_files import BankFileWriter
from gateway.ports.clock import Clock
from gateway.ports.payment_run_store import RunEvent
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.mail_people import MailPeople
from gateway.services.payables.planned_rates import PlannedRates

StopsNow = Callable[
    [UnitOfWork, Sequence[Payable], Mapping[SupplierId, SupplierAccount]],
    Mapping[PayableId, str],
]
"""Signs that stop a payment at this moment, such as a duplicate that was paid meanwhile: code by payable.

It is given the accounts that the suppliers of the payables are paid to now."""


def nothing_stops(
    unit: UnitOfWork, payables: Sequence[Payable], accounts: Mapping[SupplierId, SupplierAccount]
) -> Mapping[PayableId, str]:
    """Find no sign: for a shop whose signs are looked at elsewhere."""
    del unit, payables, accounts
    return {}


class RunDesk:
    """The shop's accounts, their calendars and terms, and the rules of proposing. Keeps no state."""

    def __init__(
        self,
        *,
        own: Sequence[OwnAccount],
        terms: RunTerms,
        writer: BankFileWriter,
        calendar: BankCalendar,
        clock: Clock,
        stops_now: StopsNow = nothing_stops,
        announcer: Announcer | None = None,
        rates: PlannedRates | None = None,
        mail: MailPeople | None = None,
    ) -> None:
        """``own``: in the order they are tried; ``terms``: costs of cash and lateness; ``announcer``: None, nobody.

        ``rates``: by which payments from an account of another currency are planned; None: none is known;
        ``mail``: tells people what waits for them; None: nobody is told.
        """
        self._own = tuple(own)
        self.terms = terms
        self.writer = writer
        self.clock = clock
        self.stops_now = stops_now
        self.announcer: Announcer = announcer or NobodyListens()
        self.rates = rates or PlannedRates()
        self.mail = mail
        self._calendar = calendar

    def own(self) -> tuple[SourceAccount, ...]:
        """Return the shop's accounts with the terms of their banks.

        Raises:
            ConfigurationError: ``bank_profile_unknown``.
        """
        return tuple(self._source(one) for one in self._own)

    def account(self, account_id: str) -> BankAccount:
        """Return one of the shop's accounts.

        Raises:
            RuleError: ``bank_account_unknown`` when the settings have it no more.
        """
        found = next((one.account for one in self._own if one.account.id == account_id), None)
        if found is None:
            hint = "Put it back into the settings, or take its payments out of the run."
            raise RuleError("bank_account_unknown", f"There is no bank account {account_id!r} any more.", hint)
        return found

    def closed(self, source: SourceAccount) -> Closed:
        """Return the closed days of an account's bank; each is looked up once: thousands of payments share a few."""
        known: dict[date, bool] = {}

        def closed(day: date) -> bool:
            found = known.get(day)
            if found is None:
                found = known[day] = self._calendar.closed(source.calendar, day)
            return found

        return closed

    def earliest(self, source: SourceAccount, now: datetime) -> date:
        """Return the first day on which the bank of an account executes what reaches it now."""
        return first_execution(
            now,
            cut_off=source.cut_off,
            zone=ZoneInfo(source.time_zone),
            closed=self.closed(source),
            early_days=source.early_days,
        )

    def rules(self, today: date, cash: Mapping[str, Money]) -> RunRules:
        """Return the rules of a run on a business date; ``cash``: what may be spent, by account; no entry: no limit.

        A run for a later date looks at everything as it will be on that date: what is due then, and the next run after.
        """
        now, sources = self.clock.now(), self.own()
        earliest = {one.id: self._earliest_on(one, today, now) for one in sources}
        return RunRules(
            today=today,
            earliest=earliest,
            next_earliest={one.id: self._next(one, earliest[one.id]) for one in sources},
            closed={one.id: self.closed(one) for one in sources},
            cost_of_cash=self.terms.cost_of_cash,
            late_interest=self.terms.late_interest,
            cash=cash,
            rate_of=self.rates.rate,
        )

    def cash_in(self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId) -> Mapping[str, Money]:
        """Return what each account with a reserve has left to spend, less all that is in transit."""
        watched = [one for one in self.own() if one.reserve_minor is not None]
        if not watched:
            return {}
        now = self.balances_in(unit, tenant_id, store_id)
        on_the_way = self.in_transit_in(unit, tenant_id, store_id)
        abroad = unit.payment_runs.worth_in_transit(tenant_id, store_id)
        found: dict[str, Money] = {}
        for one in watched:
            currency = Currency.of(one.account.currency)
            free = now[one.id].minor - (one.reserve_minor or 0) - on_the_way.get(currency.code, 0)
            worth = abroad.get(one.id)
            found[one.id] = Money(free, currency) - (Money(0, currency) if worth is None else worth)
            # What is in transit is not told apart by account: the first account of a currency carries it.
            on_the_way.pop(currency.code, None)
        return found

    def balances_in(self, unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId) -> Mapping[str, Money]:
        """Return what the books say is on each of the shop's accounts."""
        booked = {
            (one.account, one.currency.code): one.debits_posted - one.credits_posted
            for one in unit.ledger.balances(tenant_id, store_id)
        }
        return {
            one.id: Money(
                one.opening_minor + booked.get((bank(one.id), one.account.currency), 0),
                Currency.of(one.account.currency),
            )
            for one in self.own()
        }

    @staticmethod
    def in_transit_in(unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId) -> dict[str, int]:
        """Return what was released and is on no statement yet, in minor units by currency."""
        return {
            one.currency.code: one.credits_pending + one.credits_posted - one.debits_posted
            for one in unit.ledger.balances(tenant_id, store_id)
            if one.account == payments_in_transit()
        }

    def _earliest_on(self, source: SourceAccount, run_on: date, now: datetime) -> date:
        """The first execution day of a run on a date that may be later than today."""
        begins = moment(run_on, time(0), ZoneInfo(source.time_zone))
        return self.earliest(source, max(now, begins))

    def _next(self, source: SourceAccount, earliest: date) -> date:
        """The first execution day of the run after this one."""
        closed = self.closed(source)
        return next_open(date.fromordinal(earliest.toordinal() + self.terms.every_days), closed)

    def _source(self, one: OwnAccount) -> SourceAccount:
        terms = self.writer.terms(one.account)
        return SourceAccount(
            account=one.account,
            instruments=terms.instruments,
            calendar=terms.calendar,
            cut_off=terms.cut_off,
            time_zone=terms.zone,
            early_days=terms.lead_days,
            travel_days=one.travel_days,
            charges=terms.charges,
            instant_max_minor=one.instant_max_minor,
            reserve_minor=one.reserve_minor,
            opening_minor=one.opening_minor,
        )


def locked_run(unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId) -> PaymentRun:
    """Return a run and hold it until the unit ends.

    Raises:
        NotFound: ``run_not_found``.
    """
    run = unit.payment_runs.lock(tenant_id, store_id, run_id)
    if run is None:
        raise run_not_found()
    return run


def tell_in(
    unit: UnitOfWork,
    run: PaymentRun,
    told: Sequence[tuple[str, PaymentOrderId | None, str, Mapping[str, str] | None]],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Add lines to the journal of a locked run. ``told``: kind, order or None, reason and figures of each."""
    first = unit.payment_runs.next_sequence(run.tenant_id, run.store_id, run.id)
    events = [
        RunEvent(sequence, derived_id(run.id, f"event {sequence}"), kind, actor, at, order_id, reason, None, detail)
        for sequence, (kind, order_id, reason, detail) in enumerate(told, first)
    ]
    unit.payment_runs.tell(run, events)


def run_not_found() -> NotFound:
    """Return the error for a run that is not there."""
    return NotFound("run_not_found", "There is no such payment run.", "Check the id.")


def run_changed() -> RuleError:
    """Return the error for a run that somebody else changed meanwhile."""
    return RuleError("run_changed", "The payment run has changed since you looked.", "Load it again and look at it.")


def run_step_refused(run: PaymentRun, wanted: str) -> RuleError:
    """Return the error for a step that does not follow from where a run stands."""
    hint = "Load it again: it has moved on meanwhile."
    return RuleError("run_step_refused", f"A payment run that is {run.state} cannot be {wanted}.", hint)
