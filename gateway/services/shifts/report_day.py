"""X and Z reports: gathers what they are made of, and reads those that were made."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain import accounts
from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound, NotPermitted
from gateway.domain.ids import ShiftId, TransferId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Currency, Money
from gateway.domain.printing.drawer import DrawerCause
from gateway.domain.sales.item import ItemId
from gateway.domain.sales.till_sale import TillLine
from gateway.domain.shifts.day_report import (
    DayReport,
    DrawerSum,
    ReportKind,
    RunningTotals,
    drawer_sums,
    flows_of,
    register_accounts,
    running_after,
    tender_sums,
)
from gateway.domain.shifts.day_report_text import report_of_text
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.numbered_documents import group_sums, sum_of_give_backs, sum_of_sales
from gateway.domain.shifts.shift import FactKind, Shift, ShiftFact, ShiftState, last_count
from gateway.ports.clock import Clock
from gateway.ports.report_sources import NumberRange
from gateway.ports.shift_store import StoredReport
from gateway.ports.unit_of_work import Storage, UnitOfWork

SALE_NUMBER = "sale_number"
GIVE_BACK_NUMBER = "give_back_number"
"""In the first fact of a shift: the last numbers given before it, where no report tells them."""


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What a report is and who makes it. ``number``: of a Z, None for an X; ``left``: cash that stays in the drawer."""

    kind: ReportKind
    number: int | None
    at: datetime
    made_by: str
    left: Money | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report and the entries it counts."""

    report: DayReport
    transfers: tuple[TransferId, ...]


def load_shift(unit: UnitOfWork, caller: Caller, shift_id: ShiftId) -> Shift:
    """Return a shift of the caller's store.

    Raises:
        NotFound: ``shift_not_found``.
    """
    return found_shift(unit.shifts.load(caller.tenant_id, caller.store_id, shift_id))


def found_shift(shift: Shift | None) -> Shift:
    """Return the shift, or raise ``NotFound``."""
    if shift is None:
        raise NotFound("shift_not_found", "There is no such shift.", "Check the id.")
    return shift


class ReportDay:
    """Reports of a store's registers."""

    def __init__(self, *, storage: Storage, clock: Clock, registers: Mapping[str, str]) -> None:
        """``registers``: id -> name as printed."""
        self._storage = storage
        self._clock = clock
        self._registers = registers

    def x(self, caller: Caller, shift_id: ShiftId) -> DayReport:
        """Return the report of a running shift as of now; stores nothing.

        Raises:
            NotPermitted: without ``shifts:review``: it tells what a blind count must not know.
            NotFound: ``shift_not_found``, ``report_not_found`` for a closed shift, whose report is the Z.
        """
        caller.require(Permission.SHIFTS_REVIEW)
        with self._storage.read() as unit:
            shift = load_shift(unit, caller, shift_id)
            if shift.state is ShiftState.CLOSED:
                raise NotFound("report_not_found", "This shift is closed.", "Read its Z report.")
            head = ReportHead(ReportKind.X, None, self._clock.now(), caller.name)
            return self.gather(unit, shift, head).report

    def z(self, caller: Caller, shift_id: ShiftId) -> StoredReport:
        """Return the Z report of a closed shift as it was stored.

        Raises:
            NotPermitted: for somebody else's shift without ``shifts:review``.
            NotFound: ``shift_not_found``, ``report_not_found`` while the shift runs.
        """
        caller.require(Permission.SHIFTS_WORK)
        with self._storage.read() as unit:
            shift = load_shift(unit, caller, shift_id)
            stored = unit.shifts.report(caller.tenant_id, caller.store_id, shift_id)
        if caller.name not in {shift.cashier, shift.opened_by} and Permission.SHIFTS_REVIEW not in caller.permissions:
            hint = "Ask a manager."
            raise NotPermitted("not_permitted", "This is the report of somebody else's shift.", hint)
        if stored is None:
            raise NotFound("report_not_found", "This shift is not closed.", "Close it first.")
        return stored

    def gather(self, unit: UnitOfWork, shift: Shift, head: ReportHead) -> Gathered:
        """Return a report of the shift with everything that no Z report has counted yet.

        Needs a unit that may write for a Z: nobody settles a sale at this register until that unit ends.
        """
        facts = unit.shifts.facts(shift.tenant_id, shift.store_id, shift.id)
        last = unit.shifts.last_report(shift.tenant_id, shift.store_id, shift.register_id)
        previous = None if last is None else report_of_text(last.document)
        before = _start(shift, facts) if previous is None else previous.running
        transfers = self._unreported(unit, shift, previous)
        tenders = tender_sums(transfers)
        sales_last = _last_number(unit, shift, Series.SALE, head.kind)
        backs_last = _last_number(unit, shift, Series.GIVE_BACK, head.kind)
        sales = unit.report_sources.sales(_range(shift, Series.SALE, before.last_sale, sales_last))
        backs = unit.report_sources.give_backs(_range(shift, Series.GIVE_BACK, before.last_give_back, backs_last))
        running = running_after(before, tenders, sales=sales_last, give_backs=backs_last)
        report = DayReport(
            kind=head.kind,
            number=head.number,
            shift_id=shift.id,
            register_id=shift.register_id,
            register_name=self._registers.get(shift.register_id, shift.register_id),
            currency=shift.currency,
            since=shift.since,
            until=head.at,
            opened_by=shift.opened_by,
            made_by=head.made_by,
            tenders=tenders,
            drawers=_drawers(unit, shift, transfers, facts, previous),
            left=head.left,
            sales=sum_of_sales(sales, shift.currency),
            give_backs=sum_of_give_backs(backs, shift.currency),
            groups=group_sums(sales, _group_names(unit, shift), shift.currency),
            tries=unit.report_sources.tries(
                shift.tenant_id,
                shift.store_id,
                shift.register_id,
                shift.currency,
                since=shift.since,
                until=head.at,
            ),
            openings=_openings(unit, shift, head.at),
            flows=flows_of(transfers),
            running=running if head.kind is ReportKind.Z else replace(running, reports=before.reports),
            before="" if last is None else last.digest,
        )
        return Gathered(report, tuple(one.id for one in transfers))

    def _unreported(self, unit: UnitOfWork, shift: Shift, previous: DayReport | None) -> tuple[Transfer, ...]:
        # An entry made just before the last report, and committed just after it, is in that report's time but not in
        # it: whatever no report has counted is looked for from the beginning of that one's period.
        since = shift.since if previous is None else previous.since
        return unit.shifts.unreported(
            shift.tenant_id, shift.store_id, register_accounts(shift.register_id), since=since
        )


def _start(shift: Shift, facts: tuple[ShiftFact, ...]) -> RunningTotals:
    """Return where a register without any Z report begins: with the numbers given before its first shift."""
    given = facts[0].detail if facts else {}
    zero = Money(0, shift.currency)
    return RunningTotals(0, 0, zero, zero, int(given.get(SALE_NUMBER, "0")), int(given.get(GIVE_BACK_NUMBER, "0")))


def _last_number(unit: UnitOfWork, shift: Shift, series: Series, kind: ReportKind) -> int:
    place = (shift.tenant_id, shift.store_id, shift.register_id, series)
    if kind is ReportKind.Z:
        return unit.report_sources.hold_number(*place)
    return unit.report_sources.last_number(*place)


def _range(shift: Shift, series: Series, after: int, last: int) -> NumberRange:
    return NumberRange(shift.tenant_id, shift.store_id, shift.register_id, series, after, last)


def _drawers(
    unit: UnitOfWork,
    shift: Shift,
    transfers: tuple[Transfer, ...],
    facts: tuple[ShiftFact, ...],
    previous: DayReport | None,
) -> tuple[DrawerSum, ...]:
    drawer = accounts.cash(shift.register_id)
    currencies = {shift.currency}
    currencies |= {one.amount.currency for one in transfers if drawer in {one.debit_account, one.credit_account}}
    if previous is not None:
        currencies |= {one.balance.currency for one in previous.drawers if one.balance.minor}
    balances = {
        currency: unit.shifts.balance(shift.tenant_id, shift.store_id, drawer, currency) for currency in currencies
    }
    kinds: dict[uuid.UUID, FactKind] = {fact.id: fact.kind for fact in facts}
    found = drawer_sums(transfers, shift.register_id, balances, kinds)
    return tuple(_with_count(one, shift.currency, last_count(facts)) for one in found)


def _with_count(drawer: DrawerSum, currency: Currency, count: ShiftFact | None) -> DrawerSum:
    if count is None:
        return drawer
    if drawer.balance.currency == currency:
        return replace(drawer, expected=count.expected, counted=count.amount, difference=count.difference)
    for one in count.foreign:
        if one.counted.currency == drawer.balance.currency:
            return replace(drawer, expected=one.expected, counted=one.counted, difference=one.difference)
    return drawer


def _openings(unit: UnitOfWork, shift: Shift, until: datetime) -> int:
    """Count the openings of the drawer that a person wanted, with nothing sold."""
    found = unit.drawers.list(
        shift.tenant_id,
        shift.store_id,
        register_id=shift.register_id,
        cause=DrawerCause.PERSON,
        since=shift.since,
        until=until,
    )
    return len(found)


def _group_names(unit: UnitOfWork, shift: Shift) -> Callable[[TillLine], str]:
    known: dict[str, str] = {}

    def group_of(line: TillLine) -> str:
        if line.item_id is None:
            return ""
        if line.item_id not in known:
            known[line.item_id] = _group_name(unit, shift, line.item_id)
        return known[line.item_id]

    return group_of


def _group_name(unit: UnitOfWork, shift: Shift, item_id: str) -> str:
    try:
        wanted = ItemId(uuid.UUID(item_id))
    except ValueError:
        # An item of the caller's own catalogue, not of ours.
        return ""
    found = unit.catalogue.get(shift.tenant_id, shift.store_id, wanted)
    return "" if found is None else found.group
