"""Payables for those who look: lists with counts, and one payable with its supplier, journal and payments."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import PayableId, SupplierId
from gateway.domain.money import Money
from gateway.domain.payables.discount import deadline_of, percent_of
from gateway.domain.payables.payable import OPEN_STATES, TRANSITIONS, Payable, PayableEvent, PayableKind, PayableStep
from gateway.domain.payables.payment_order import PaymentOrder
from gateway.domain.payables.supplier import DiscountStep, Supplier
from gateway.ports.clock import Clock
from gateway.ports.payable_store import PayableTally, PayableWish
from gateway.ports.unit_of_work import Storage, UnitOfWork

SOON_DAYS = 5
"""A discount that ends within so many days is worth a word in a list."""


@dataclass(frozen=True, slots=True)
class PayableRow:
    """A payable in a list.

    ``overdue_days``: above zero when it should have been paid; ``discount``: can still be taken;
    ``discount_until``: last day to pay for it; ``discount_ends_soon``: within five days.
    """

    payable: Payable
    supplier: Supplier | None
    overdue_days: int
    discount: Money | None
    discount_until: date | None
    discount_ends_soon: bool


@dataclass(frozen=True, slots=True)
class PayableView:
    """One payable with what belongs to it. ``orders``: every payment that ever had it; ``steps``: a person may take."""

    row: PayableRow
    events: tuple[PayableEvent, ...]
    orders: tuple[PaymentOrder, ...]
    steps: frozenset[PayableStep]

    @property
    def payable(self) -> Payable:
        """Return the payable itself."""
        return self.row.payable


_BY_PERSON = frozenset({PayableStep.CHANGED, PayableStep.CANCELLED, PayableStep.REJECTED})
_HOW_SETTLED = (
    PayableStep.PAID_OUTSIDE,
    PayableStep.PAID_OUTSIDE_UNDONE,
    PayableStep.SETTLED,
    PayableStep.RETURNED,
)
_ENDED = frozenset(state for state, steps in TRANSITIONS.items() if not steps)


class ReadPayables:
    """Payables of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, zone: ZoneInfo) -> None:
        """``zone``: of the store; what is due is a matter of its days."""
        self._storage = storage
        self._clock = clock
        self._zone = zone

    def today(self) -> date:
        """Return the store's day."""
        return self._clock.now().astimezone(self._zone).date()

    def list(
        self, caller: Caller, wish: PayableWish, *, before: PayableId | None = None, limit: int = 25
    ) -> tuple[PayableRow, ...]:
        """Return a page of payables in the order wished for. Raises NotPermitted without ``payables:read``."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            found = unit.payables.list(caller.tenant_id, caller.store_id, wish, before=before, limit=limit)
            suppliers = _suppliers(unit, caller, [one.supplier_id for one in found])
        today = self.today()
        return tuple(row_of(one, suppliers.get(one.supplier_id), today) for one in found)

    def tally(self, caller: Caller) -> PayableTally:
        """Return how many stand in each state, are held and are overdue."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.payables.tally(caller.tenant_id, caller.store_id, today=self.today())

    def get(self, caller: Caller, payable_id: PayableId) -> PayableView:
        """Return one payable with everything.

        Raises:
            NotPermitted: without ``payables:read``.
            NotFound: ``payable_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            found = unit.payables.load(caller.tenant_id, caller.store_id, payable_id)
            if found is None:
                raise payable_not_found()
            return self.view_in(unit, found)

    def of_invoice(self, caller: Caller, invoice_id: uuid.UUID) -> Payable | None:
        """Return the payable made of a captured invoice, None where there is none or the caller may not see it."""
        if Permission.PAYABLES_READ not in caller.permissions:
            return None
        with self._storage.read() as unit:
            return unit.payables.of_invoice(caller.tenant_id, caller.store_id, invoice_id)

    def view_in(self, unit: UnitOfWork, payable: Payable) -> PayableView:
        """Return a payable with what belongs to it as it stands in this unit."""
        here = (payable.tenant_id, payable.store_id)
        supplier = unit.suppliers.load(*here, payable.supplier_id)
        events = unit.payables.events(*here, payable.id)
        return PayableView(
            row=row_of(payable, supplier, self.today()),
            events=events,
            orders=unit.payment_runs.orders_of_payable(*here, payable.id),
            steps=steps_of_person(payable) | _outside_steps(payable, events),
        )


def _outside_steps(payable: Payable, events: Sequence[PayableEvent]) -> frozenset[PayableStep]:
    """Return what may be said of a payment outside of runs: only what was recorded so can be taken back."""
    possible = TRANSITIONS[payable.state].keys()
    if payable.kind is PayableKind.INVOICE and PayableStep.PAID_OUTSIDE in possible:
        return frozenset({PayableStep.PAID_OUTSIDE})
    last = next((one.step for one in reversed(events) if one.step in _HOW_SETTLED), None)
    undone = PayableStep.PAID_OUTSIDE_UNDONE
    return frozenset({undone}) if last is PayableStep.PAID_OUTSIDE and undone in possible else frozenset()


def payable_not_found() -> NotFound:
    """Return the error for a payable that is not stored."""
    return NotFound("payable_not_found", "There is no such payable.", "Check the id.")


def steps_of_person(payable: Payable) -> frozenset[PayableStep]:
    """Return what a person may do with a payable as it stands."""
    found = _BY_PERSON & TRANSITIONS[payable.state].keys()
    if payable.hold is not None:
        found |= {PayableStep.HOLD_LIFTED}
    elif payable.state not in _ENDED:
        found |= {PayableStep.HELD}
    return found


def row_of(payable: Payable, supplier: Supplier | None, today: date) -> PayableRow:
    """Return a payable with what its dates mean today."""
    waits = payable.state in OPEN_STATES and payable.kind is PayableKind.INVOICE
    taken = _discount(payable, today) if waits else None
    until = None if taken is None else deadline_of(payable.issued_on, taken)
    return PayableRow(
        payable=payable,
        supplier=supplier,
        overdue_days=max(0, (today - payable.due_on).days) if waits else 0,
        discount=None if taken is None else percent_of(payable.gross, taken.percent),
        discount_until=until,
        discount_ends_soon=until is not None and (until - today).days <= SOON_DAYS,
    )


def _discount(payable: Payable, today: date) -> DiscountStep | None:
    """Return the best discount that can still be taken; later ones are smaller."""
    left = [one for one in payable.discounts if today <= deadline_of(payable.issued_on, one)]
    return max(left, key=lambda one: one.percent, default=None)


def _suppliers(unit: UnitOfWork, caller: Caller, ids: Sequence[SupplierId]) -> Mapping[SupplierId, Supplier]:
    return unit.suppliers.load_many(caller.tenant_id, caller.store_id, sorted(set(ids))) if ids else {}
