"""Signs of a duplicate or of fraud: what was found, why it matters, with its figures. None of them blocks silently.

A hard duplicate makes the payable a suspect that a person clears with a reason; every other sign is shown to those who
approve and raises the risk that approval rules can ask for.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import PayableId
from gateway.domain.payables.supplier import SupplierRisk


class SignKind(StrEnum):
    """What was found."""

    HARD_DUPLICATE = "hard_duplicate"
    """Same supplier or group, same number, same amount."""
    DUPLICATE_CLEARED = "duplicate_cleared"
    """As before, and a person said with a reason that they are not the same."""
    SAME_AMOUNT_NEAR_DATE = "same_amount_near_date"
    SAME_NUMBER_OTHER_AMOUNT = "same_number_other_amount"
    SIMILAR_NUMBER = "similar_number"
    """Numbers that differ by what is read or typed wrongly: O and 0, I and 1."""
    YEAR_SUFFIX = "year_suffix"
    """Numbers that differ by a year at an end."""
    SAME_NUMBER_RELATED = "same_number_related"
    """Same number and amount from a supplier with the same tax number or account."""
    SAME_FILE = "same_file"
    ACCOUNT_DIFFERS = "account_differs"
    """The invoice prints another account than the one that is paid to."""
    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_SHARED = "account_shared"
    ACCOUNT_OF_EMPLOYEE = "account_of_employee"
    COUNTRY_DIFFERS = "country_differs"
    COOLING = "cooling"
    """The account is so new that one approval more is asked."""
    SUPPLIER_NEW = "supplier_new"
    FIRST_PAYMENT_HIGH = "first_payment_high"
    AMOUNT_UNUSUAL = "amount_unusual"
    TIMING_UNUSUAL = "timing_unusual"
    ROUND_SUM = "round_sum"
    SPLIT_BELOW_LIMIT = "split_below_limit"


class Risk(StrEnum):
    """How much care a payable needs; approval rules can ask for it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


_ORDER = {Risk.LOW: 0, Risk.NORMAL: 1, Risk.HIGH: 2}

SCORES: Mapping[SignKind, int] = {
    SignKind.HARD_DUPLICATE: 100,
    SignKind.DUPLICATE_CLEARED: 40,
    SignKind.SAME_FILE: 30,
    SignKind.SAME_NUMBER_RELATED: 80,
    SignKind.SIMILAR_NUMBER: 60,
    SignKind.YEAR_SUFFIX: 50,
    SignKind.SAME_NUMBER_OTHER_AMOUNT: 40,
    SignKind.SAME_AMOUNT_NEAR_DATE: 30,
    SignKind.ACCOUNT_OF_EMPLOYEE: 90,
    SignKind.ACCOUNT_SHARED: 70,
    SignKind.ACCOUNT_DIFFERS: 70,
    SignKind.COUNTRY_DIFFERS: 50,
    SignKind.COOLING: 40,
    SignKind.ACCOUNT_MISSING: 20,
    SignKind.FIRST_PAYMENT_HIGH: 50,
    SignKind.SUPPLIER_NEW: 30,
    SignKind.SPLIT_BELOW_LIMIT: 60,
    SignKind.AMOUNT_UNUSUAL: 40,
    SignKind.TIMING_UNUSUAL: 20,
    SignKind.ROUND_SUM: 10,
}
"""0 to 100: how much one sign says by itself."""

HIGH_FROM = 70
NORMAL_FROM = 30
STOPS_PAYMENT = frozenset({SignKind.HARD_DUPLICATE, SignKind.ACCOUNT_MISSING})
"""Found when a run is made, one of these leaves a payable out of it."""
NEEDS_A_PERSON = frozenset(
    {
        SignKind.DUPLICATE_CLEARED,
        SignKind.SAME_NUMBER_RELATED,
        SignKind.ACCOUNT_OF_EMPLOYEE,
        SignKind.ACCOUNT_SHARED,
        SignKind.ACCOUNT_DIFFERS,
        SignKind.COUNTRY_DIFFERS,
        SignKind.COOLING,
        SignKind.FIRST_PAYMENT_HIGH,
        SignKind.SUPPLIER_NEW,
        SignKind.SPLIT_BELOW_LIMIT,
    }
)
"""With one of these no rule lets a payable pass without anybody."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign.

    ``score``: 0 to 100; ``values``: its figures as text, without account numbers; ``other_id``: the other payable it is
    about, None when there is none.
    """

    kind: SignKind
    score: int
    values: Mapping[str, str]
    other_id: PayableId | None = None


@dataclass(frozen=True, slots=True)
class FoundSigns:
    """What was found of one payable the last time it was looked at."""

    payable_id: PayableId
    risk: Risk
    signs: tuple[Sign, ...]
    found_at: datetime

    def has(self, kind: SignKind) -> bool:
        """Return whether a sign of this kind was found."""
        return any(sign.kind is kind for sign in self.signs)


@dataclass(frozen=True, slots=True)
class SignClearing:
    """A person's word that two payables are not the same invoice. ``person_id``: who said so; ``reason``: why."""

    id: uuid.UUID
    payable_id: PayableId
    other_id: PayableId
    kind: SignKind
    reason: str
    person_id: uuid.UUID
    actor: str
    at: datetime


def sign(kind: SignKind, other_id: PayableId | None = None, **values: str) -> Sign:
    """Return a sign with the usual score of its kind."""
    return Sign(kind, SCORES[kind], values, other_id)


def risk_of(signs: Iterable[Sign], supplier_risk: SupplierRisk) -> Risk:
    """Return the risk of a payable: of its worst sign, raised by several of them, never below the supplier's."""
    scores = sorted((one.score for one in signs), reverse=True)
    # Several weak signs together are one strong one: the second counts half, the third a quarter.
    total = sum(score // 2**position for position, score in enumerate(scores[:4]))
    found = Risk.HIGH if total >= HIGH_FROM else Risk.NORMAL if total >= NORMAL_FROM else Risk.LOW
    return max(found, Risk(supplier_risk.value), key=_ORDER.__getitem__)


def at_least(risk: Risk, asked: Risk) -> bool:
    """Return whether a risk is as high as asked, or higher."""
    return _ORDER[risk] >= _ORDER[asked]
