"""Closed days of settlement systems, from the library ``holidays``; read year by year and kept."""

import threading
from collections.abc import Callable, Container
from datetime import date, timedelta

import holidays

from gateway.domain.errors import ConfigurationError

_SATURDAY = 6
_SUNDAY = 7
_ZURICH = "ZH"


def _target2(year: int) -> Container[date]:
    # T2 closes on New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26 December (ECB/2000/14).
    return holidays.financial_holidays("ECB", years=year)


def _swiss(year: int) -> Container[date]:
    # SIC keeps the bank holidays of Zurich, and 2 January with them.
    days = set(holidays.country_holidays("CH", subdiv=_ZURICH, years=year))
    return days | {date(year, 1, 2)}


def _federal_reserve(year: int) -> Container[date]:
    # A holiday on a Sunday is kept on Monday, one on a Saturday is not moved (Federal Reserve Bank services).
    days = set(holidays.country_holidays("US", years=year, observed=False))
    return days | {day + timedelta(days=1) for day in days if day.isoweekday() == _SUNDAY}


_SYSTEMS: dict[str, Callable[[int], Container[date]]] = {
    "TARGET2": _target2,
    "CH": _swiss,
    "US": _federal_reserve,
}


class HolidayCalendar:
    """Implements :class:`gateway.ports.bank_calendar.BankCalendar`; other names are countries of ISO 3166."""

    def __init__(self) -> None:
        self._years: dict[tuple[str, int], Container[date]] = {}
        self._lock = threading.Lock()

    def closed(self, calendar: str, day: date) -> bool:
        """Return whether nothing settles on this day.

        Raises:
            ConfigurationError: ``bank_calendar_unknown``.
        """
        if day.isoweekday() >= _SATURDAY:
            return True
        key = (calendar, day.year)
        found = self._years.get(key)
        if found is None:
            with self._lock:
                found = self._years[key] = _read(calendar, day.year)
        return day in found


def _read(calendar: str, year: int) -> Container[date]:
    system = _SYSTEMS.get(calendar)
    if system is not None:
        return system(year)
    try:
        return frozenset(holidays.country_holidays(calendar, years=year))
    except RuntimeError as error:  # what the library says of a country it does not have
        hint = "Name TARGET2, CH, US or a country by its two letters."
        raise ConfigurationError("bank_calendar_unknown", f"There is no calendar {calendar[:16]!r}.", hint) from error
