"""A register's shift: from the float to the report that closes it, as facts that are only ever added.

The cash that should be in the drawer is not kept anywhere: it is the balance of the drawer's account in the ledger.
Whoever counts does so blind; what was expected is stored beside the count, and the difference follows from both.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money

PIECES_MAX = 100_000
"""Pieces of one denomination in a count."""


class ShiftState(StrEnum):
    """Where a shift stands."""

    OPEN = "open"
    COUNTED = "counted"
    """the drawer was counted: it takes and gives nothing until somebody closes the shift or goes on"""
    CLOSED = "closed"


class FactKind(StrEnum):
    """What a fact of a shift says."""

    OPENED = "opened"
    """amount: the float"""
    PAY_IN = "pay_in"
    PAY_OUT = "pay_out"
    DROP = "drop"
    """amount: what went from the drawer to the safe"""
    HANDOVER = "handover"
    """somebody else is responsible for the drawer from here on; amount: what they counted, if they did"""
    COUNTED = "counted"
    """amount: what the cashier counted without knowing what was expected"""
    RECOUNTED = "recounted"
    """amount: what a manager counted"""
    RESUMED = "resumed"
    """the shift goes on after a count"""
    CLOSED = "closed"
    """amount: the float that stays in the drawer"""
    REVIEWED = "reviewed"
    """a manager has settled the difference"""


STEPS: dict[ShiftState, dict[FactKind, ShiftState]] = {
    ShiftState.OPEN: {
        FactKind.PAY_IN: ShiftState.OPEN,
        FactKind.PAY_OUT: ShiftState.OPEN,
        FactKind.DROP: ShiftState.OPEN,
        FactKind.HANDOVER: ShiftState.OPEN,
        FactKind.COUNTED: ShiftState.COUNTED,
    },
    ShiftState.COUNTED: {
        FactKind.RECOUNTED: ShiftState.COUNTED,
        FactKind.RESUMED: ShiftState.OPEN,
        FactKind.CLOSED: ShiftState.CLOSED,
    },
    ShiftState.CLOSED: {FactKind.REVIEWED: ShiftState.CLOSED},
}
"""Every step a shift can take. A closed shift takes no more money; its difference may be reviewed once."""

MOVEMENTS = frozenset({FactKind.PAY_IN, FactKind.PAY_OUT, FactKind.DROP})
"""Facts that move cash and need a reason."""
COUNTS = frozenset({FactKind.COUNTED, FactKind.RECOUNTED})
"""Facts that say what lies in the drawer and, beside it, what should."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of one register, as it stands.

    ``cashier``: who is responsible for the drawer now; ``since``: from when on its report counts; ``float_amount``: the
    cash it began with; ``last_sequence``: number of its newest fact.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: ShiftId
    register_id: RegisterId
    currency: Currency
    state: ShiftState
    cashier: str
    float_amount: Money
    since: datetime
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None
    last_sequence: int = 1


_FOREIGN = "foreign "
FOREIGN_DIFFERS = "foreign_differs"
"""Stands in the detail of a count that found other foreign cash than the books have."""


@dataclass(frozen=True, slots=True)
class ForeignCount:
    """Foreign cash as counted, beside what should have been there; both of one currency, not the shift's."""

    counted: Money
    expected: Money

    @property
    def difference(self) -> Money:
        """What was counted less what was expected."""
        return self.counted - self.expected


def foreign_detail(counts: tuple[ForeignCount, ...]) -> dict[str, str]:
    """Return the detail of a count that :attr:`ShiftFact.foreign` reads."""
    detail = {
        f"{_FOREIGN}{one.counted.currency.code}": f"{one.counted.to_decimal()} {one.expected.to_decimal()}"
        for one in counts
    }
    return detail | ({FOREIGN_DIFFERS: "yes"} if any(one.difference.minor for one in counts) else {})


@dataclass(frozen=True, slots=True)
class ShiftFact:
    """One thing that happened in a shift; never changed. ``sequence`` counts from 1 in each shift.

    ``expected``: what should have been in the drawer at a count; ``detail``: plain texts, such as the pieces counted by
    denomination.
    """

    id: uuid.UUID
    shift_id: ShiftId
    sequence: int
    kind: FactKind
    amount: Money | None
    expected: Money | None
    reason: str
    actor: str
    recorded_at: datetime
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def difference(self) -> Money | None:
        """What was counted less what was expected: negative when money is missing; None where nothing was compared."""
        if self.amount is None or self.expected is None:
            return None
        return self.amount - self.expected

    @property
    def foreign(self) -> tuple[ForeignCount, ...]:
        """The foreign cash of a count, by currency code."""
        found = []
        for name, text in sorted(self.detail.items()):
            if name.startswith(_FOREIGN):
                currency = Currency.of(name.removeprefix(_FOREIGN))
                counted, expected = (Money.from_decimal(part, currency) for part in text.split())
                found.append(ForeignCount(counted, expected))
        return tuple(found)

    @property
    def differs(self) -> bool:
        """Whether a count found anything else than it should, in any currency."""
        own = self.difference
        return (own is not None and own.minor != 0) or FOREIGN_DIFFERS in self.detail


def shows_expected(shift: Shift, fact: ShiftFact) -> bool:
    """Return whether a fact may tell what was expected: whoever hands over and goes on must count blind later."""
    return fact.kind in COUNTS or shift.state is ShiftState.CLOSED


def next_shift_state(state: ShiftState, kind: FactKind) -> ShiftState:
    """Return the state after a fact.

    Raises:
        RuleError: ``shift_step_not_possible`` when a shift in this state takes no such fact.
    """
    target = STEPS[state].get(kind)
    if target is None:
        hint = {
            ShiftState.OPEN: "Count the drawer first.",
            ShiftState.COUNTED: "Close the shift, or go on with it first.",
            ShiftState.CLOSED: "Open the next shift.",
        }[state]
        raise RuleError("shift_step_not_possible", f"A shift that is {state} takes no '{kind}'.", hint)
    return target


def last_count(facts: tuple[ShiftFact, ...]) -> ShiftFact | None:
    """Return the newest count, or None."""
    return next((fact for fact in reversed(facts) if fact.kind in COUNTS), None)


def is_reviewed(facts: tuple[ShiftFact, ...]) -> bool:
    """Return whether a manager has settled the difference."""
    return any(fact.kind is FactKind.REVIEWED for fact in facts)


def needs_review(shift: Shift, facts: tuple[ShiftFact, ...]) -> bool:
    """Return whether a closed shift has a difference that no manager has settled."""
    counted = last_count(facts)
    if shift.state is not ShiftState.CLOSED or counted is None or is_reviewed(facts):
        return False
    return counted.differs


def counted_sum(pieces: Mapping[Money, int], currency: Currency) -> Money:
    """Return the sum of a count by denomination.

    Args:
        pieces: how many of each coin or note; each number 0 to 100,000.
        currency: of the drawer.

    Raises:
        InputError: ``invalid_count`` for a negative or absurd number, a worthless piece, or another currency.
    """
    for piece, number in pieces.items():
        if piece.currency != currency or piece.minor <= 0 or not 0 <= number <= PIECES_MAX:
            hint = f"Count the coins and notes of {currency.code}: whole numbers from 0 to {PIECES_MAX}."
            raise InputError("invalid_count", "The count cannot be right.", hint, "/pieces")
    return Money(sum(piece.minor * number for piece, number in pieces.items()), currency)


def check_drawer_amount(amount: Money, currency: Currency, *, least_minor: int, pointer: str = "/amount") -> None:
    """Refuse an amount that no drawer movement can have.

    Raises:
        InputError: ``currency_mismatch`` for another currency than the shift's, ``invalid_amount`` outside of
            ``least_minor`` to the largest amount of a payment.
    """
    if amount.currency != currency:
        hint = f"This shift is in {currency.code}."
        raise InputError("currency_mismatch", f"{amount.currency.code} cannot be used here.", hint, pointer)
    if not least_minor <= amount.minor <= AMOUNT_MINOR_MAX:
        hint = f"Send an amount from {Money(least_minor, currency).to_decimal()} up."
        raise InputError("invalid_amount", "The amount cannot be right.", hint, pointer)
