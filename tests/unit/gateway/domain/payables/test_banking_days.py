"""Banking days, cut-off minutes, business dates and jobs over years: no gap, no duplicate."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.domain.errors import ConfigurationError
from gateway.domain.payables.banking_days import (
    add_banking_days,
    business_date,
    first_execution,
    last_execution,
    moment,
    next_open,
    previous_open,
)

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = HolidayCalendar()


def _target2(day: date) -> bool:
    return CALENDAR.closed("TARGET2", day)


@pytest.mark.parametrize(
    ("calendar", "day", "closed"),
    [
        ("TARGET2", date(2026, 4, 3), True),  # Good Friday
        ("TARGET2", date(2026, 4, 6), True),  # Easter Monday
        ("TARGET2", date(2026, 5, 1), True),
        ("TARGET2", date(2026, 10, 3), True),  # a Saturday
        ("TARGET2", date(2025, 10, 3), False),  # a German holiday is none of the system
        ("TARGET2", date(2026, 12, 24), False),
        ("TARGET2", date(2026, 12, 25), True),
        ("TARGET2", date(2027, 1, 1), True),
        ("CH", date(2026, 1, 2), True),
        ("CH", date(2026, 5, 14), True),
        ("US", date(2027, 7, 5), True),  # the fourth is a Sunday
        ("US", date(2027, 6, 18), False),  # the nineteenth is a Saturday and is not moved
        ("FR", date(2026, 7, 14), True),
    ],
)
def test_calendar_when_asked_then_knows_its_closed_days(calendar: str, day: date, *, closed: bool) -> None:
    assert CALENDAR.closed(calendar, day) is closed


def test_calendar_when_unknown_then_says_what_to_name() -> None:
    with pytest.raises(ConfigurationError, match="no calendar"):
        CALENDAR.closed("NOWHERE", date(2026, 3, 2))


def test_easter_and_year_end_when_walked_then_banking_days_only() -> None:
    assert next_open(date(2026, 4, 3), _target2) == date(2026, 4, 7)
    assert previous_open(date(2026, 4, 6), _target2) == date(2026, 4, 2)
    assert add_banking_days(date(2026, 12, 30), 2, _target2) == date(2027, 1, 4)
    assert add_banking_days(date(2027, 1, 1), -1, _target2) == date(2026, 12, 30)
    assert last_execution(date(2026, 4, 6), lead_days=1, closed=_target2) == date(2026, 4, 1)


def test_calendar_when_always_closed_then_told_and_not_endless() -> None:
    with pytest.raises(ValueError, match="closed"):
        next_open(date(2026, 3, 2), lambda _: True)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-02T13:59:59", date(2026, 3, 2)),
        ("2026-03-02T14:00:00", date(2026, 3, 3)),  # 15:00 in Berlin: the first minute that is too late
        ("2026-03-06T14:00:00", date(2026, 3, 9)),
        ("2026-03-07T10:00:00", date(2026, 3, 9)),
        ("2026-04-02T13:00:00", date(2026, 4, 7)),  # summer time, before Easter
        ("2026-12-31T14:00:00", date(2027, 1, 4)),
    ],
)
def test_cut_off_when_reached_then_the_next_banking_day(at: str, day: date) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert first_execution(now, cut_off=time(15), zone=BERLIN, closed=_target2) == day


def test_cut_off_when_clocks_are_put_back_then_too_late_stays_too_late() -> None:
    """02:30 comes twice on 25 October 2026; a calendar without weekends shows the day itself."""
    too_late = moment(date(2026, 10, 25), time(2, 30), BERLIN)
    days = [
        first_execution(too_late + timedelta(minutes=one), cut_off=time(2, 30), zone=BERLIN, closed=lambda _: False)
        for one in range(-30, 90)
    ]

    assert days == [date(2026, 10, 25)] * 30 + [date(2026, 10, 26)] * 90


def test_business_dates_when_hours_pass_over_both_changes_then_each_follows_the_one_before() -> None:
    """02:30 is skipped in March and comes twice in October."""
    now, seen = datetime(2026, 1, 1, tzinfo=UTC), []
    while now < datetime(2027, 2, 5, tzinfo=UTC):
        seen.append(business_date(now, begins=time(2, 30), zone=BERLIN))
        now += timedelta(minutes=20)

    assert seen == sorted(seen)
    assert [after - before for before, after in zip(sorted(set(seen)), sorted(set(seen))[1:], strict=False)] == [
        timedelta(days=1)
    ] * (len(set(seen)) - 1)
