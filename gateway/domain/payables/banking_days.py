"""Banking days, cut-off minutes and business dates. Pure: which days are closed is asked of the caller.

Instants are compared as instants and never as readings of a clock on the wall: in the night a clock is put back, an
hour is read twice, and what was too late at 02:30 must not be in time again at 02:10.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

Closed = Callable[[date], bool]
"""Tells whether nothing settles on a day."""
CLOSED_RUN_MAX = 30
"""No settlement system is closed for longer: beyond it the calendar is broken."""
_DAY = timedelta(days=1)


def next_open(day: date, closed: Closed) -> date:
    """Return the first banking day that is not before ``day``.

    Raises:
        ValueError: the calendar closes more than 30 days in a row.
    """
    return _walk(day, closed, _DAY)


def previous_open(day: date, closed: Closed) -> date:
    """Return the last banking day that is not after ``day``. Raises ValueError as :func:`next_open`."""
    return _walk(day, closed, -_DAY)


def add_banking_days(day: date, number: int, closed: Closed) -> date:
    """Return the banking day that lies ``number`` banking days after ``day`` (before it, when negative).

    With 0 it is ``day`` or, when that is closed, the next one. Raises ValueError as :func:`next_open`.
    """
    if number < 0:
        reached = previous_open(day, closed)
        for _ in range(-number):
            reached = previous_open(reached - _DAY, closed)
        return reached
    reached = next_open(day, closed)
    for _ in range(number):
        reached = next_open(reached + _DAY, closed)
    return reached


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which a clock in ``zone`` shows ``at`` for the first time on ``day``.

    A time that is skipped when clocks are put forward is taken as the instant it would have been without the change.
    """
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def first_execution(now: datetime, *, cut_off: time | None, zone: tzinfo, closed: Closed, early_days: int = 0) -> date:
    """Return the first day on which a bank can execute what reaches it ``now``.

    Args:
        now: an instant.
        cut_off: the first minute, by the bank's clock, that is too late for the same day; None: there is none.
        zone: of the bank.
        closed: of the settlement system.
        early_days: banking days that a file has to come before its date.
    """
    day = now.astimezone(zone).date()
    if cut_off is not None and not closed(day) and now >= moment(day, cut_off, zone):
        day += _DAY
    return add_banking_days(day, early_days, closed)


def last_execution(deadline: date, *, lead_days: int, closed: Closed) -> date:
    """Return the last day on which to execute so that the payee has the money on ``deadline``.

    ``lead_days``: banking days the money travels, >= 0.
    """
    return add_banking_days(deadline, -lead_days, closed) if lead_days else previous_open(deadline, closed)


def business_date(now: datetime, *, begins: time, zone: tzinfo) -> date:
    """Return the business date that has begun last: a date begins at this time of the shop's clock, once each day."""
    day = now.astimezone(zone).date()
    while moment(day, begins, zone) > now:
        day -= _DAY
    return day


def _walk(day: date, closed: Closed, step: timedelta) -> date:
    for _ in range(CLOSED_RUN_MAX + 1):
        if not closed(day):
            return day
        day += step
    message = f"the bank calendar is closed for more than {CLOSED_RUN_MAX} days"
    raise ValueError(message)
