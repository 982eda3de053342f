"""The money on an account over the next days, with a run and without it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.domain.money import Money

DAYS_MAX = 92


@dataclass(frozen=True, slots=True)
class CashDay:
    """An account at the end of a day. ``without``: with what is under way already; ``with_run``: and with the run."""

    day: date
    without: Money
    with_run: Money
    leaves: Money


@dataclass(frozen=True, slots=True)
class CashCurve:
    """One account. ``now``: as the books say; ``limit``: what has to stay on it, None: nobody looks."""

    account_id: str
    now: Money
    limit: Money | None
    days: tuple[CashDay, ...]


def cash_curve(
    account_id: str,
    now: Money,
    *,
    first: date,
    limit: Money | None,
    under_way: Mapping[date, int],
    run: Mapping[date, int],
) -> CashCurve:
    """Return the curve from ``first`` to the last day on which something leaves, at most 92 days.

    ``under_way``, ``run``: minor units that leave on each day; what should have left before ``first`` leaves then.
    """
    by_day = [_from(first, one) for one in (under_way, run)]
    last = max((day for one in by_day for day in one), default=first)
    days: list[CashDay] = []
    without, with_run = now.minor, now.minor
    for number in range(min((last - first).days, DAYS_MAX) + 1):
        day = first + timedelta(days=number)
        others, mine = by_day[0].get(day, 0), by_day[1].get(day, 0)
        without -= others
        with_run -= others + mine
        days.append(
            CashDay(day, Money(without, now.currency), Money(with_run, now.currency), Money(mine, now.currency))
        )
    return CashCurve(account_id, now, limit, tuple(days))


def _from(first: date, leaves: Mapping[date, int]) -> dict[date, int]:
    found: dict[date, int] = {}
    for day, minor in leaves.items():
        found[max(day, first)] = found.get(max(day, first), 0) + minor
    return found


def below_limit(curve: CashCurve) -> Sequence[CashDay]:
    """Return the days on which a run takes the account below its limit."""
    limit = curve.limit
    return [] if limit is None else [one for one in curve.days if one.with_run.minor < limit.minor]
