"""Shifts: begin one, move cash, count blind, close with a Z report, and review what a count found.

Every step is one unit of work: the fact, its ledger entries, the report and the answer to the caller.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway.domain import accounts
from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, InputError, RuleError
from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Currency, Money
from gateway.domain.printing.drawer import DrawerCause
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.shift import (
    COUNTS,
    MOVEMENTS,
    FactKind,
    Shift,
    ShiftFact,
    ShiftState,
    check_drawer_amount,
    foreign_detail,
    is_reviewed,
    last_count,
    next_shift_state,
)
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.shift_store import StoredReport
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.paper.open_drawer import DrawerWish, OpenDrawer
from gateway.services.payments.resolve_payment import checked_reason
from gateway.services.shifts.close_shift import CloseShift, drawer_transfers
from gateway.services.shifts.counted_cash import beside_the_books, count_holds, review_entries
from gateway.services.shifts.report_day import GIVE_BACK_NUMBER, SALE_NUMBER, found_shift

NAME_MAX = 64
"""Characters of the name of whoever takes a drawer over."""
_NEEDS_REASON = MOVEMENTS | {FactKind.RECOUNTED, FactKind.REVIEWED}
_NEEDS_AMOUNT = MOVEMENTS | COUNTS | {FactKind.CLOSED}
_OPENS_DRAWER = MOVEMENTS | {FactKind.COUNTED, FactKind.RECOUNTED}
_FOR_MANAGERS = frozenset({FactKind.RECOUNTED, FactKind.REVIEWED})


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift with its facts and, once it is closed, its report."""

    shift: Shift
    facts: tuple[ShiftFact, ...]
    report: StoredReport | None = None


Render = Callable[[ShiftView], bytes]
"""Makes the first answer's body; it is stored with the step, so that a replay is byte for byte the same."""


@dataclass(frozen=True, slots=True)
class AskedStep:
    """How a request is told from its repetition: ``key`` and the hash of what was asked; ``location``: of the shift."""

    key: str
    request_hash: str
    location: str


@dataclass(frozen=True, slots=True)
class OpenShift:
    """A shift to begin. ``detail``: the pieces counted, as texts."""

    shift_id: ShiftId
    register_id: RegisterId
    float_amount: Money
    detail: Mapping[str, str]
    asked: AskedStep


@dataclass(frozen=True, slots=True)
class ShiftStep:
    """A step of a running shift.

    Attributes:
        fact_id: made by the client; the same one again is the same step.
        amount: above zero for a movement; counted, or left in the drawer, else: zero or more.
        foreign: what was counted of other currencies.
        taken_over_by: of a handover.
    """

    shift_id: ShiftId
    fact_id: uuid.UUID
    kind: FactKind
    amount: Money | None
    reason: str
    detail: Mapping[str, str]
    asked: AskedStep
    taken_over_by: str = ""
    foreign: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftTools:
    """What steps need beside the storage."""

    announcer: Announcer
    open_drawer: OpenDrawer
    close: CloseShift


class OpenShifts:
    """For those who take cash or give it back: finds the shift it belongs to."""

    def __init__(self, *, tenant_id: TenantId, store_id: StoreId) -> None:
        self._tenant_id = tenant_id
        self._store_id = store_id

    def open_shift_of(self, unit: UnitOfWork, register_id: RegisterId) -> ShiftId | None:
        """Return the register's open shift, or None; needs a unit that may write.

        Effects: whoever wants to count or close the shift waits until the unit ends, so what the unit books in the
        drawer is in that count.
        """
        return unit.shifts.hold_open(self._tenant_id, self._store_id, register_id)


class ManageShifts:
    """Shifts of a store's registers."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        registers: Mapping[str, str],
        currency: Currency,
        tools: ShiftTools,
    ) -> None:
        """``registers``: those of this store, id -> name; ``currency``: of the store."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._registers = registers
        self._currency = currency
        self._tools = tools

    def open(self, caller: Caller, command: OpenShift, render: Render) -> tuple[StoredAnswer, bool]:
        """Begin a shift; return the answer and whether it is a replay.

        What the float differs from what lies in the drawer by the books is booked as brought from, or taken to, the
        safe.

        Raises:
            InputError: ``unknown_register``, ``invalid_amount``, ``currency_mismatch``.
            RuleError: ``shift_open`` while the register has a shift.
            IdempotencyConflict: ``id_reused`` / ``key_reused``.
        """
        caller.require(Permission.SHIFTS_WORK)
        if command.register_id not in self._registers:
            hint = "Use the id of a register of this store."
            raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
        check_drawer_amount(command.float_amount, self._currency, least_minor=0, pointer="/float")

        def work(unit: UnitOfWork) -> tuple[StoredAnswer, tuple[str, ...]]:
            return self._open(unit, caller, command, render)

        return self._once(caller, command.asked, "shift_exists", work)

    def step(self, caller: Caller, step: ShiftStep, render: Render) -> tuple[StoredAnswer, bool]:
        """Take one step of a shift; return the answer and whether it is a replay.

        Raises:
            NotPermitted: a recount, a review, or going on after a count that still holds, without ``shifts:review``.
            NotFound: ``shift_not_found``.
            InputError: ``reason_needed``, ``invalid_amount``, ``currency_mismatch``, ``name_needed``.
            RuleError: ``shift_step_not_possible``, ``count_outdated``, ``left_above_counted``, ``nothing_to_review``.
            IdempotencyConflict: ``id_reused`` / ``key_reused``.
        """
        caller.require(Permission.SHIFTS_REVIEW if step.kind in _FOR_MANAGERS else Permission.SHIFTS_WORK)
        checked = _checked(step)

        def work(unit: UnitOfWork) -> tuple[StoredAnswer, tuple[str, ...]]:
            return self._step(unit, caller, checked, render)

        return self._once(caller, step.asked, "shift_fact_exists", work)

    def _open(
        self, unit: UnitOfWork, caller: Caller, command: OpenShift, render: Render
    ) -> tuple[StoredAnswer, tuple[str, ...]]:
        now = self._clock.now()
        place = (caller.tenant_id, caller.store_id)
        unit.shifts.hold_register(*place, command.register_id)
        before = unit.shifts.last_closed(*place, command.register_id)
        drawer = accounts.cash(command.register_id)
        brought = command.float_amount - unit.shifts.balance(*place, drawer, self._currency)
        numbers = {
            name: str(unit.report_sources.last_number(*place, command.register_id, series))
            for name, series in ((SALE_NUMBER, Series.SALE), (GIVE_BACK_NUMBER, Series.GIVE_BACK))
        }
        shift = Shift(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.shift_id,
            register_id=command.register_id,
            currency=self._currency,
            state=ShiftState.OPEN,
            cashier=caller.name,
            float_amount=command.float_amount,
            since=now if before is None or before.closed_at is None else before.closed_at,
            opened_at=now,
            opened_by=caller.name,
        )
        fact = ShiftFact(
            id=command.shift_id,
            shift_id=command.shift_id,
            sequence=1,
            kind=FactKind.OPENED,
            amount=command.float_amount,
            expected=None,
            reason="",
            actor=caller.name,
            recorded_at=now,
            detail={**command.detail, **numbers, "brought": brought.to_decimal()},
        )
        unit.shifts.add(shift, fact)
        cause = accounts.Cause(*place, fact.id, shift.id.hex, now)
        elsewhere = accounts.cash_elsewhere()
        unit.ledger.add(accounts.booked(cause, "float", debit=drawer, credit=elsewhere, amount=brought))
        data = {"register_id": shift.register_id, "cashier": shift.cashier, "float": shift.float_amount.to_decimal()}
        targets = self._tell(unit, shift, fact, "shift.opened", data)
        answer = _answer(command.asked, 201, render(ShiftView(shift, (fact,))))
        unit.shifts.keep_answer(*place, answer, now)
        return answer, targets

    def _step(
        self, unit: UnitOfWork, caller: Caller, step: ShiftStep, render: Render
    ) -> tuple[StoredAnswer, tuple[str, ...]]:
        now = self._clock.now()
        shift = found_shift(unit.shifts.hold(caller.tenant_id, caller.store_id, step.shift_id))
        facts = unit.shifts.facts(caller.tenant_id, caller.store_id, shift.id)
        fact = ShiftFact(
            id=step.fact_id,
            shift_id=shift.id,
            sequence=shift.last_sequence + 1,
            kind=step.kind,
            amount=step.amount,
            expected=None,
            reason=step.reason,
            actor=caller.name,
            recorded_at=now,
            detail=step.detail,
        )
        after = _after(shift, facts, fact, step.taken_over_by)
        if step.kind is FactKind.RESUMED:
            _check_resumption(unit, caller, shift, facts)
        if step.kind in COUNTS or (step.kind is FactKind.HANDOVER and step.amount is not None):
            foreign = foreign_detail(beside_the_books(unit, shift, step.foreign))
            fact = replace(fact, expected=_drawer_balance(unit, shift), detail={**fact.detail, **foreign})
        report: StoredReport | None = None
        targets: tuple[str, ...] = ()
        unit.shifts.add_fact(after, fact)
        if step.kind is FactKind.CLOSED:
            closed = self._tools.close.close(unit, after, facts, fact)
            report, targets = closed.report, closed.targets
            targets += self._tell(unit, after, fact, "shift.closed", closed.data)
        else:
            unit.ledger.add(_transfers(shift, facts, fact))
        targets += self._opened_drawer(unit, shift, fact)
        answer = _answer(step.asked, 201, render(ShiftView(after, (*facts, fact), report)))
        unit.shifts.keep_answer(caller.tenant_id, caller.store_id, answer, now)
        return answer, targets

    def _once(
        self,
        caller: Caller,
        asked: AskedStep,
        taken: str,
        work: Callable[[UnitOfWork], tuple[StoredAnswer, tuple[str, ...]]],
    ) -> tuple[StoredAnswer, bool]:
        """Run a step unless its answer is stored. ``taken``: code of the error that says its id is in use."""
        replay = self._replay(caller, asked)
        if replay is not None:
            return replay, True
        try:
            answer, targets = self._storage.write_retrying(work)
        except RuleError as error:
            # The same request, sent twice at once: the other one has stored this very step.
            replay = self._replay(caller, asked)
            if replay is not None:
                return replay, True
            if error.code == taken:
                hint = "Make a new id for each shift, movement and count."
                message = "This id exists already and was asked for otherwise."
                raise IdempotencyConflict("id_reused", message, hint) from error
            raise
        for target in targets:
            self._hints.outbox_filled(target)
        return answer, False

    def _replay(self, caller: Caller, asked: AskedStep) -> StoredAnswer | None:
        with self._storage.read() as unit:
            stored = unit.payments.find_answer(caller.tenant_id, caller.store_id, asked.key)
        if stored is None:
            return None
        if stored.request_hash != asked.request_hash:
            hint = "Send the first request again unchanged, or make a new id."
            message = "This id or idempotency key was used before with another request."
            raise IdempotencyConflict("key_reused", message, hint)
        return stored

    def _tell(
        self, unit: UnitOfWork, shift: Shift, fact: ShiftFact, kind: str, data: Mapping[str, str]
    ) -> tuple[str, ...]:
        place, subject = (shift.tenant_id, shift.store_id), f"/v1/shifts/{shift.id}"
        told = Announcement(*place, kind, fact.id, subject, data, fact.recorded_at, shift.id.hex)
        messages = self._tools.announcer.messages(told)
        for message in messages:
            unit.outbox.add(message)
        return tuple(message.target for message in messages)

    def _opened_drawer(self, unit: UnitOfWork, shift: Shift, fact: ShiftFact) -> tuple[str, ...]:
        if fact.kind not in _OPENS_DRAWER:
            return ()
        wish = DrawerWish(
            tenant_id=shift.tenant_id,
            store_id=shift.store_id,
            register_id=shift.register_id,
            cause=DrawerCause.SHIFT,
            cause_id=fact.id,
            reason=fact.reason or fact.kind.value,
            actor=fact.actor,
            at=fact.recorded_at,
        )
        messages = self._tools.open_drawer.for_fact(unit, wish)
        for message in messages:
            unit.outbox.add(message)
        return tuple(message.target for message in messages)


def _checked(step: ShiftStep) -> ShiftStep:
    """Check what needs no look at the shift."""
    if step.kind in _NEEDS_REASON:
        step = replace(step, reason=checked_reason(step.reason))
    if step.kind is FactKind.HANDOVER and not 0 < len(step.taken_over_by.strip()) <= NAME_MAX:
        raise InputError("name_needed", "Say who takes the drawer over.", "Send a login of this store.", "/to")
    if step.amount is None and step.kind in _NEEDS_AMOUNT:
        raise InputError("invalid_amount", "An amount is missing.", "Send the amount.", "/amount")
    return step


def _after(shift: Shift, facts: tuple[ShiftFact, ...], fact: ShiftFact, taken_over_by: str) -> Shift:
    """Return the shift as the fact leaves it, or say why the fact cannot be."""
    state = next_shift_state(shift.state, fact.kind)
    if fact.amount is not None:
        least = 1 if fact.kind in MOVEMENTS else 0
        check_drawer_amount(fact.amount, shift.currency, least_minor=least)
    count = last_count(facts)
    if fact.kind is FactKind.REVIEWED and (is_reviewed(facts) or count is None or not count.differs):
        raise RuleError("nothing_to_review", "This shift has no open difference.", "Load it again.")
    return replace(
        shift,
        state=state,
        cashier=taken_over_by.strip() or shift.cashier,
        closed_at=fact.recorded_at if fact.kind is FactKind.CLOSED else shift.closed_at,
        last_sequence=fact.sequence,
    )


def _check_resumption(unit: UnitOfWork, caller: Caller, shift: Shift, facts: tuple[ShiftFact, ...]) -> None:
    """Let only a manager take a count back: who has seen what was expected could count to it the next time.

    A count that cash was moved after cannot be closed on, and has to be made again by whoever is there.
    """
    count = last_count(facts)
    if count is not None and count_holds(unit, shift, count):
        caller.require(Permission.SHIFTS_REVIEW)


def _drawer_balance(unit: UnitOfWork, shift: Shift) -> Money:
    return unit.shifts.balance(shift.tenant_id, shift.store_id, accounts.cash(shift.register_id), shift.currency)


def _transfers(shift: Shift, facts: tuple[ShiftFact, ...], fact: ShiftFact) -> tuple[Transfer, ...]:
    """Return the entries of a step that is no closing."""
    if fact.kind in MOVEMENTS and fact.amount is not None:
        into = fact.amount if fact.kind is FactKind.PAY_IN else -fact.amount
        return drawer_transfers(shift, fact, "movement", into)
    count = last_count(facts)
    if fact.kind is FactKind.REVIEWED and count is not None:
        return review_entries(shift, fact, count)
    return ()


def _answer(asked: AskedStep, status: int, body: bytes) -> StoredAnswer:
    return StoredAnswer(asked.key, asked.request_hash, status, body, asked.location)
