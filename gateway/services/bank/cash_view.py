"""The cash view: what is on the accounts, what is expected by day, how old open items are. It only reads."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.cash_position import (
    HORIZON_DAYS_MAX,
    AccountPosition,
    AgeClass,
    CashFlow,
    FlowKind,
    Forecast,
    OpenLines,
    forecast,
)
from gateway.domain.money import Currency, Money
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage

DAYS = 30
DAYS_TO_BANK = 1
"""From a payout told by a report to its bank line, where the contract's days are over."""


@dataclass(frozen=True, slots=True)
class CashView:
    """What the view shows. ``forecasts``: one for each currency with money or expectations."""

    today: date
    positions: tuple[AccountPosition, ...]
    forecasts: tuple[Forecast, ...]
    ages: tuple[AgeClass, ...]
    open_lines: tuple[OpenLines, ...]


class LookAtCash:
    """The cash view of one store."""

    def __init__(self, *, storage: Storage, clock: Clock, zone: tzinfo) -> None:
        """``zone``: in which a day of the shop begins."""
        self._storage = storage
        self._clock = clock
        self._zone = zone

    def today(self) -> date:
        """Return the day it is in the shop."""
        return self._clock.now().astimezone(self._zone).date()

    def look(self, caller: Caller, days: int = DAYS) -> CashView:
        """Return the view over the next ``days``, 1 to 92."""
        caller.require(Permission.STATEMENTS_READ)
        place, today = (caller.tenant_id, caller.store_id), self.today()
        with self._storage.read() as unit:
            card_days: dict[str, int] = {}
            for contract in reversed(unit.settlement.contracts(*place)):
                # Newest versions come first: reversed, the newest has the last word.
                if contract.valid_from <= today:
                    card_days |= dict.fromkeys(contract.terms.terminals, contract.terms.payout_days)
            positions = unit.cash_figures.positions(*place)
            flows = unit.cash_figures.flows(*place, today=today, card_days=card_days)
            ages = unit.cash_figures.ages(*place, today, flows)
            lines = unit.cash_figures.open_lines(*place)
        return CashView(today, positions, _forecasts(positions, flows, today, days), ages, lines)


def _forecasts(
    positions: tuple[AccountPosition, ...], flows: tuple[CashFlow, ...], today: date, days: int
) -> tuple[Forecast, ...]:
    start: dict[Currency, int] = defaultdict(int)
    for one in positions:
        # What the bank says counts; the books are asked where no statement came yet.
        start[one.currency] += (one.books if one.statement is None else one.statement).minor
    shifted = [_at_bank(one, today) for one in flows]
    currencies = sorted({*start, *(one.amount.currency for one in flows)}, key=lambda one: one.code)
    return tuple(
        forecast(one, Money(start[one], one), shifted, first=today, days=min(days, HORIZON_DAYS_MAX))
        for one in currencies
    )


def _at_bank(flow: CashFlow, today: date) -> CashFlow:
    """Return a payout on the day after it was paid out: banks need a night."""
    if flow.kind is not FlowKind.PAYOUTS or flow.day < today:
        return flow
    return CashFlow(flow.day + timedelta(days=DAYS_TO_BANK), flow.kind, flow.amount, flow.count)
