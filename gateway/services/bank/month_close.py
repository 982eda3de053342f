"""Whether a month of an account can be closed: every line explained, no statement missing, nothing in the clearing."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import LineState, StatementState
from gateway.domain.money import Currency, Money
from gateway.ports.unit_of_work import Storage
from gateway.services.bank.line_states import place_of

STATEMENTS_LOOKED_AT = 500
_NOT_EXPLAINED = (LineState.OPEN, LineState.SUGGESTED, LineState.AWAITING, LineState.WAITING)


@dataclass(frozen=True, slots=True)
class MonthState:
    """``open``: lines not explained; ``unexplained``: their sum; ``statements_missing``: gaps between statements.

    ``held``: statements that wait for a decision; ``closes``: nothing stands in the way.
    """

    lines: int
    open: int
    unexplained: Money
    statements_missing: tuple[tuple[date, date], ...]
    held: int
    closes: bool


class MonthClose:
    """Months of the accounts of one shop."""

    def __init__(self, *, storage: Storage, currency: Currency) -> None:
        """``currency``: of accounts that nothing is known of."""
        self._storage = storage
        self._currency = currency

    def look(self, caller: Caller, account: str, year: int, month: int) -> MonthState:
        """Return how a month stands."""
        caller.require(Permission.STATEMENTS_READ)
        first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
        place = place_of(caller)
        with self._storage.read() as unit:
            counts = unit.bank_statements.counts(*place, account=account, from_day=first, to_day=last)
            statements = unit.bank_statements.list(*place, account=account, before=None, limit=STATEMENTS_LOOKED_AT)
        currency = next((one.currency for one in statements), self._currency)
        waiting = [one for one in counts if one.state in _NOT_EXPLAINED]
        held = sum(
            one.state is StatementState.HELD
            and one.first_day is not None
            and one.first_day <= last
            and one.last_day is not None
            and one.last_day >= first
            for one in statements
        )
        posted = sorted(
            (one for one in statements if one.state is StatementState.POSTED and one.first_day and one.last_day),
            key=lambda one: (one.first_day or first, one.last_day or first),
        )
        missing = tuple(
            (before.last_day, after.first_day)
            for before, after in pairwise(posted)
            if before.last_day
            and after.first_day
            and before.last_day < after.first_day
            and before.closing is not None
            and after.opening is not None
            and before.closing != after.opening
            and first <= after.first_day <= last
        )
        lines = sum(one.number for one in counts if one.state is not LineState.DISCARDED)
        unexplained = sum((one.amount.minor for one in waiting if one.amount.currency == currency), start=0)
        number = sum(one.number for one in waiting)
        return MonthState(
            lines, number, Money(unexplained, currency), missing, held, not number and not missing and not held
        )
