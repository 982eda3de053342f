"""Foreign cash as a tender: notes of a second currency by a dated rate, change in the store's own."""

import threading
from dataclasses import dataclass
from datetime import date, tzinfo

from gateway.domain.access import Caller
from gateway.domain.accounts import booked, cash, cash_rounding, exchange
from gateway.domain.cash.cash_tender import cash_due, cash_rule
from gateway.domain.cash.exchange_rates import Rate, RateTable, require_current
from gateway.domain.cash.foreign_cash import ForeignCashTaken, foreign_due, take_foreign_cash
from gateway.domain.errors import InputError, OperationalError, RuleError
from gateway.domain.ledger import Transfer, sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.ports.clock import Clock
from gateway.ports.rate_source import RateSource
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.sales.tender_way_cash import cash_of_tender, rule_detail, shown
from gateway.services.sales.tender_ways import Booked, TenderWish

RATES_LIVE_S = 3600
"""Seconds after which rates are asked for again; central banks publish once a day."""


class CurrentRates:
    """Keeps the latest rates of a source; those that are too old for the shop are never handed out."""

    def __init__(self, source: RateSource | None, clock: Clock, *, zone: tzinfo, age_max_days: int) -> None:
        """``source``: None for a shop without one; ``zone``: by whose calendar rates grow old."""
        self._source = source
        self._clock = clock
        self._zone = zone
        self._age_max_days = age_max_days
        self._lock = threading.Lock()
        self._table: RateTable | None = None
        self._fetched_s: float | None = None

    def refresh(self) -> None:
        """Fetch the rates if those at hand are not fresh; may take the time of a network call.

        Raises:
            OperationalError: as ``RateSource.fetch``, when there are none at hand that may still be used.
            ConfigurationError: as ``RateSource.fetch``.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._source is None or (self._fetched_s is not None and now_s - self._fetched_s < RATES_LIVE_S):
                return
            try:
                self._table = self._source.fetch()
                self._fetched_s = now_s
            except OperationalError:
                # What is at hand serves until it is too old.
                if self._table is None:
                    raise

    def rate(self, source: Currency, target: Currency) -> Rate:
        """Return today's rate from what is at hand.

        Raises:
            OperationalError: ``rates_unavailable`` before the first fetch.
            RuleError: ``rates_too_old``, ``rates_of_the_future``, ``no_rate``.
        """
        table = self._table
        if table is None:
            hint = "Take the store's own currency, or set where rates come from."
            raise OperationalError("rates_unavailable", "There are no exchange rates here.", hint)
        return require_current(table, today=self._today(), age_max_days=self._age_max_days).rate(source, target)

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()


@dataclass(frozen=True, slots=True)
class ForeignOffer:
    """What an amount is in a foreign currency: what to ask for, and by which rate."""

    due: Money
    ask: Money
    rate: str
    dated: date


class ForeignCashWay:
    """Notes of the currencies this shop takes beside its own."""

    kind = TenderKind.FOREIGN_CASH

    def __init__(self, *, rates: CurrentRates, taken: frozenset[str], store_step_minor: int | None) -> None:
        """``taken``: codes of the currencies; ``store_step_minor``: as for ``CashWay``."""
        self._rates = rates
        self._taken = taken
        self._step_minor = store_step_minor

    def offer(self, amount: Money, currency: Currency) -> ForeignOffer:
        """Return what to ask for an amount due; errors as :meth:`check` and :meth:`take`."""
        self._check_taken(currency, amount.currency)
        self._rates.refresh()
        rate = self._rates.rate(amount.currency, currency)
        own, foreign = cash_rule(amount.currency, store_step_minor=self._step_minor), cash_rule(currency)
        due = cash_due(amount, own)
        return ForeignOffer(due.due, foreign_due(due, rate, foreign).result, rate.shown(), rate.dated)

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """Refuse currencies that are not taken, and have the rates at hand before the unit opens.

        Raises:
            InputError: ``given_needed``, ``foreign_cash_not_taken``.
            OperationalError: ``rates_unavailable``, ``rates_unreadable``.
        """
        del caller
        if wish.given is None:
            raise InputError("given_needed", "What was given is missing.", "Send the foreign cash as given.", "/given")
        self._check_taken(wish.given.currency, wish.amount.currency)
        self._rates.refresh()

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Take foreign cash by today's rate; the change is in the store's currency.

        Raises:
            InputError: ``given_too_little``, ``cash_not_payable``.
            RuleError: ``rates_too_old``, ``rates_of_the_future``, ``no_rate``.
            OperationalError: ``rates_unavailable``.
        """
        if tender.given is None:
            raise InputError("given_needed", "What was given is missing.", "Send the foreign cash as given.", "/given")
        own = tender.amount.currency
        rule = cash_rule(own, store_step_minor=self._step_minor)
        wanted = cash_of_tender(unit, tender, rule)
        rate = self._rates.rate(own, tender.given.currency)
        taken = take_foreign_cash(wanted, tender.given, rate, rule)
        left = taken.given.result - wanted.exact - taken.change
        detail = {
            "given": shown(tender.given),
            "rate": rate.shown(),
            "rate_currency": tender.given.currency.code,
            "rate_dated": rate.dated.isoformat(),
            "worth": taken.given.result.to_decimal(),
            "due": wanted.due.to_decimal(),
            "change": taken.change.to_decimal(),
            "rounding": left.to_decimal(),
        }
        return Booked(TenderState.TAKEN, _entries(tender, taken, left), detail | rule_detail(rule))

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Refuse: what foreign cash paid goes back as cash of the store's currency, at the value it had."""
        del unit, back
        hint = "Give it back as cash and name this tender."
        raise RuleError("not_in_foreign_cash", "Foreign cash is given back in the store's currency.", hint)

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """Refuse: cash is there or it is not."""
        del unit, arrived, actor
        raise RuleError("tender_not_open", f"This tender is {tender.state}.", "Give it back instead.")

    def _check_taken(self, currency: Currency, own: Currency) -> None:
        if currency.code not in self._taken or currency == own:
            hint = "Take the store's own currency, or another tender."
            raise InputError("foreign_cash_not_taken", f"Cash in {currency.code} is not taken.", hint, "/given")


def _entries(tender: Tender, taken: ForeignCashTaken, left: Money) -> tuple[Transfer, ...]:
    """Return the entries in both currencies: through ``exchange`` the foreign cash becomes the sale's own money."""
    cause, register = tender.cause(), tender.register_id
    through = exchange(register)
    return (
        *booked(cause, "foreign", debit=cash(register), credit=through, amount=taken.given.original),
        *booked(cause, "sale", debit=through, credit=sales_revenue(register), amount=taken.cash_due.exact),
        *booked(cause, "change", debit=through, credit=cash(register), amount=taken.change),
        *booked(cause, "rounding", debit=through, credit=cash_rounding(register), amount=left),
    )
