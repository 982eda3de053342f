"""Compares each end of a terminal's day with the books, and lets a manager settle what differs."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import DayFigures
from gateway.domain.cards.terminal_comparison import ComparedDay, Difference, compare
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import DeviceId, StoreId, TenantId, TerminalDayId, derived_id
from gateway.domain.money import Currency
from gateway.ports.clock import Clock
from gateway.ports.day_close_store import DayCloseRecord
from gateway.ports.terminal_day_store import TerminalTime
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payments.resolve_payment import checked_reason

LOOKED_BACK = timedelta(days=2)
"""Before the last comparison: a try that was in doubt then, and is approved since, is still found."""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class CompareTerminalDay:
    """Comparisons of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        tenant_id: TenantId,
        store_id: StoreId,
        currencies: Mapping[DeviceId, Currency],
        currency: Currency,
    ) -> None:
        """``currencies``: terminal -> the one it takes; ``currency``: of the store, for terminals no longer here."""
        self._storage = storage
        self._clock = clock
        self._tenant_id = tenant_id
        self._store_id = store_id
        self._currencies = currencies
        self._currency = currency

    def compare_new(self) -> int:
        """Compare every end of day that nobody has compared; return how many. Called again and again."""
        with self._storage.read() as unit:
            waiting = unit.terminal_days.uncompared(self._tenant_id, self._store_id)
        done = 0
        for day_id in waiting:
            done += self._storage.write_retrying(lambda unit, one=day_id: self._compare(unit, one))  # type: ignore[misc]  # mypy cannot infer a default
        return done

    def recent(self, caller: Caller, *, limit: int = 20) -> tuple[ComparedDay, ...]:
        """Return the newest comparisons.

        Raises:
            NotPermitted: without ``shifts:review``.
        """
        caller.require(Permission.SHIFTS_REVIEW)
        with self._storage.read() as unit:
            return unit.terminal_days.recent(caller.tenant_id, caller.store_id, limit=limit)

    def settle(self, caller: Caller, day_id: TerminalDayId, difference_id: uuid.UUID, reason: str) -> ComparedDay:
        """Note how a difference was explained; return the comparison.

        Raises:
            NotPermitted: without ``shifts:review``.
            InputError: ``reason_needed``.
            NotFound: ``difference_not_found``.
            RuleError: ``difference_settled`` when somebody was faster.
        """
        caller.require(Permission.SHIFTS_REVIEW)
        words = checked_reason(reason)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.write() as unit:
            if _named(unit.terminal_days.get(*place, day_id), difference_id).settled_at is not None:
                raise RuleError("difference_settled", "This difference is settled.", "Load the page again.")
            now = self._clock.now()
            settled = unit.terminal_days.settle(*place, difference_id, at=now, by=caller.name, reason=words)
            found = unit.terminal_days.get(*place, day_id)
        if not settled or found is None:
            raise RuleError("difference_settled", "This difference is settled.", "Load the page again.")
        return found

    def _compare(self, unit: UnitOfWork, day_id: TerminalDayId) -> int:
        place = (self._tenant_id, self._store_id)
        record = unit.day_closes.load(*place, day_id)
        if record is None:
            return 0
        terminal_id = record.close.terminal_id
        unit.terminal_days.hold_terminal(*place, terminal_id)
        if unit.terminal_days.get(*place, day_id) is not None:
            # Another node was faster.
            return 0
        last = unit.terminal_days.last_made_at(*place, terminal_id)
        time = TerminalTime(
            tenant_id=self._tenant_id,
            store_id=self._store_id,
            terminal_id=terminal_id,
            currency=self._currencies.get(terminal_id, self._currency),
            since=_BEGINNING if last is None else last - LOOKED_BACK,
            until=record.attempt.sent_at,
        )
        bookings = unit.terminal_days.bookings(time)
        near = unit.terminal_days.near(replace(time, since=max(time.since, time.until - LOOKED_BACK)))
        found = compare(bookings, near, _figures(record), first=last is None)
        differences = tuple(
            Difference(
                id=derived_id(day_id, f"difference {kind} {row.brand}"),
                kind=kind,
                row=row,
                currency=time.currency,
                candidates=candidates,
            )
            for kind, row, candidates in found.found
        )
        day = ComparedDay(
            tenant_id=self._tenant_id,
            store_id=self._store_id,
            day_id=day_id,
            terminal_id=terminal_id,
            agreement=found.agreement,
            rows=found.rows,
            currency=time.currency,
            made_at=self._clock.now(),
            made_by="gateway",
            differences=differences,
        )
        unit.terminal_days.keep(day, tuple(one.attempt_id for one in bookings))
        return 1


def _figures(record: DayCloseRecord) -> DayFigures:
    result = record.attempt.result
    return DayFigures() if result is None or result.day is None else result.day


def _named(day: ComparedDay | None, difference_id: uuid.UUID) -> Difference:
    found = None if day is None else next((one for one in day.differences if one.id == difference_id), None)
    if found is None:
        raise NotFound("difference_not_found", "There is no such difference.", "Check the id.")
    return found
