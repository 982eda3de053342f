"""Reads payment runs: lists, one with its payments, files and journal, totals, and the cash curve of its accounts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import PayableId, PaymentRunId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.cash_curve import CashCurve, cash_curve
from gateway.domain.payables.payment_order import (
    LIVING,
    BankFile,
    LeftOut,
    OrderState,
    PaymentOrder,
    PaymentRun,
    RunState,
)
from gateway.domain.payables.planned_worth import leaves
from gateway.ports.payment_run_store import RUNS_PAGE_MAX, DatedRun, RunEvent
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.run_desk import RunDesk, run_not_found
from gateway.services.payables.run_left_out import left_out_now_in, not_ready_in

HISTORY_MAX = 200
RUNS_UNDER_WAY = (RunState.APPROVED, RunState.RELEASED, RunState.SENT)


@dataclass(frozen=True, slots=True)
class RunTotal:
    """Payments with the same day, account, instrument and currency."""

    execute_on: date
    account_id: str
    instrument: str
    payments: int
    amount: Money


@dataclass(frozen=True, slots=True)
class RunView:
    """One run as shown. ``supplier_names``, ``numbers``: of what was left out, by id; ``curves``: one per account."""

    run: PaymentRun
    orders: tuple[PaymentOrder, ...]
    left_out: tuple[LeftOut, ...]
    files: tuple[BankFile, ...]
    events: tuple[RunEvent, ...]
    totals: tuple[RunTotal, ...]
    curves: tuple[CashCurve, ...]
    supplier_names: Mapping[str, str]
    numbers: Mapping[PayableId, str]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run of a list. ``fates``: how many of its payments stand where; ``totals``: by currency."""

    run: PaymentRun
    fates: Mapping[str, int]
    totals: tuple[Money, ...]


class ReadRuns:
    """Reads runs and the history of dated jobs."""

    def __init__(self, *, storage: Storage, desk: RunDesk) -> None:
        self._storage = storage
        self._desk = desk

    def list(
        self,
        caller: Caller,
        *,
        states: Sequence[RunState] = tuple(RunState),
        before: int | None = None,
        limit: int = 20,
    ) -> tuple[RunSummary, ...]:
        """Return runs, newest first. Raises NotPermitted without ``payables:read``."""
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            runs = unit.payment_runs.list(*here, states=states, before=before, limit=min(limit, RUNS_PAGE_MAX))
            return tuple(summary_of(run, unit.payment_runs.orders(*here, run.id)) for run in runs)

    def one(self, caller: Caller, run_id: PaymentRunId) -> RunView:
        """Return a run with everything. Raises NotPermitted, NotFound ``run_not_found``."""
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            run = unit.payment_runs.load(*here, run_id)
            if run is None:
                raise run_not_found()
            orders = unit.payment_runs.orders(*here, run_id)
            files = unit.payment_runs.files(*here, run_id)
            events = unit.payment_runs.events(*here, run_id)
            left = left_out_now_in(unit, run, unit.payment_runs.left_out(*here, run_id), orders, events)
            return self.view_in(unit, run, orders, left, files, events)

    def view_in(
        self,
        unit: UnitOfWork,
        run: PaymentRun,
        orders: Sequence[PaymentOrder],
        left_out: Sequence[LeftOut],
        files: Sequence[BankFile] = (),
        events: Sequence[RunEvent] = (),
    ) -> RunView:
        """Return a run as shown; also one that is not stored."""
        here = (run.tenant_id, run.store_id)
        suppliers = sorted({one.supplier_id for one in left_out})
        found = unit.suppliers.load_many(*here, suppliers)
        names = {str(key): one.name for key, one in found.items()}
        shown = [unit.payables.load(*here, one.payable_id) for one in left_out[:HISTORY_MAX]]
        return RunView(
            run=run,
            orders=tuple(orders),
            left_out=tuple(left_out),
            files=tuple(files),
            events=tuple(events),
            totals=totals_of(orders),
            curves=self._curves(unit, run, orders),
            supplier_names=names,
            numbers={one.id: one.number for one in shown if one is not None},
        )

    def shown(
        self, caller: Caller, run: PaymentRun, orders: Sequence[PaymentOrder], left: Sequence[LeftOut]
    ) -> RunView:
        """Return a preview as shown, also with what no run can choose yet, so that nobody has to wonder.

        Raises:
            NotPermitted: without ``payables:read``.
        """
        caller.require(Permission.PAYABLES_READ)
        known = {part.payable_id for one in orders for part in one.allocations} | {one.payable_id for one in left}
        with self._storage.read() as unit:
            others = not_ready_in(unit, caller.tenant_id, caller.store_id, known)
            return self.view_in(unit, run, orders, (*left, *others))

    def file(self, caller: Caller, run_id: PaymentRunId, file_no: int) -> BankFile:
        """Return a file of a run's present attempt. Raises NotPermitted, NotFound ``run_file_not_found``."""
        caller.require(Permission.PAYABLES_READ)
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            run = unit.payment_runs.load(*here, run_id)
            files = () if run is None else unit.payment_runs.files(*here, run_id)
        found = next((one for one in files if run and (one.attempt, one.file_no) == (run.attempt, file_no)), None)
        if found is None:
            raise NotFound("run_file_not_found", "There is no such file.", "Files are written when a run is approved.")
        return found

    def jobs(self, caller: Caller, *, limit: int = 60) -> tuple[DatedRun, ...]:
        """Return runs of dated jobs, newest first. Raises NotPermitted without ``payables:read``."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.dated_jobs.history(caller.tenant_id, caller.store_id, limit=min(limit, HISTORY_MAX))

    def _curves(self, unit: UnitOfWork, run: PaymentRun, orders: Sequence[PaymentOrder]) -> tuple[CashCurve, ...]:
        here = (run.tenant_id, run.store_id)
        balances = self._desk.balances_in(unit, *here)
        others = [
            order
            for other in unit.payment_runs.list(*here, states=RUNS_UNDER_WAY, before=None, limit=RUNS_PAGE_MAX)
            if other.id != run.id
            for order in unit.payment_runs.orders(*here, other.id)
        ]
        curves = []
        for source in self._desk.own():
            mine = _leaving(orders, source.id, source.account.currency)
            if not mine:
                continue
            reserve = source.reserve_minor
            limit = None if reserve is None else Money(reserve, Currency.of(source.account.currency))
            under_way = _leaving(others, source.id, source.account.currency)
            now = balances[source.id]
            curves.append(cash_curve(source.id, now, first=run.run_on, limit=limit, under_way=under_way, run=mine))
        return tuple(curves)


def totals_of(orders: Iterable[PaymentOrder]) -> tuple[RunTotal, ...]:
    """Return the sums of planned and later payments by day, account, instrument and currency, in that order."""
    sums: dict[tuple[date, str, str, str], tuple[int, Money]] = {}
    for one in orders:
        if one.state is OrderState.CANCELLED:
            continue
        key = (one.execute_on, one.bank_account_id, one.instrument.value, one.amount.currency.code)
        number, amount = sums.get(key, (0, Money(0, one.amount.currency)))
        sums[key] = (number + 1, amount + one.amount)
    return tuple(RunTotal(*key[:3], *value) for key, value in sorted(sums.items(), key=lambda entry: entry[0]))


def summary_of(run: PaymentRun, orders: Sequence[PaymentOrder]) -> RunSummary:
    """Return a run with how many of its payments stand where, and its sums by currency."""
    fates: dict[str, int] = {}
    sums: dict[str, Money] = {}
    for one in orders:
        fates[one.fate] = fates.get(one.fate, 0) + 1
        if one.state is not OrderState.CANCELLED:
            code = one.amount.currency.code
            sums[code] = sums.get(code, Money(0, one.amount.currency)) + one.amount
    return RunSummary(run, dict(sorted(fates.items())), tuple(sums[code] for code in sorted(sums)))


def _leaving(orders: Iterable[PaymentOrder], account_id: str, currency: str) -> dict[date, int]:
    found: dict[date, int] = {}
    for one in orders:
        taken = leaves(one.amount, one.worth)
        if one.bank_account_id != account_id or one.state not in LIVING or taken.currency.code != currency:
            continue
        found[one.execute_on] = found.get(one.execute_on, 0) + taken.minor
    return found
