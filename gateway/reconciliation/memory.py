"""What people have taught: names of payers, rejected pairs, habits, fees and rents, and how careful to be. Plain data.

`learn` is pure: it returns a new memory. It is guarded so that learning never raises the rate of wrong postings: a
name counts
only after two confirmations without a rejection, a rejection only makes the engine more careful, and the bar for
posting
without a person rises with every wrong posting and never falls below where the settings put it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.fee_terms import PAYOUTS_KEPT, FeePaid
from gateway.reconciliation.records import PartyId
from gateway.reconciliation.wording import folded

CONFIRMATIONS_NEEDED = 2
REJECTION_WEIGHT = 6.0
REJECTION_HALF_LIFE_DAYS = 180
"""A rejected pair is forgotten slowly: firms merge, and people err too."""
RAISE_FOR_WRONG = 1.0
RAISE_MAX = 8.0
HABITS = frozenset({Kind.CASH_DISCOUNT, Kind.FEE, Kind.WITHHOLDING})
"""Differences that a party makes again and again: a discount taken late, charges always deducted, tax kept back."""
HABIT_LEAST = 1.5
"""Twice not long ago; once is no habit."""
HABIT_WEIGHT, HABIT_HALF_LIFE_DAYS = 2.0, 180
ENTRIES_MAX = 100_000
"""Bounds the memory of one tenant; the oldest names go first."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person said: this line came from this party."""

    name: str
    party: PartyId
    on: dt.date


@dataclass(frozen=True, slots=True)
class Rejection:
    """A person said: this line did not come from this party. ``posted``: it had been posted without a person."""

    name: str
    party: PartyId
    on: dt.date
    posted: bool = False


@dataclass(frozen=True, slots=True)
class PaidSo:
    """A person said: the party paid with this kind of difference; ``kept`` is False where that was wrong."""

    party: PartyId
    kind: Kind
    on: dt.date
    kept: bool = True


Said = Confirmation | Rejection | PaidSo | FeePaid


def _no_habits() -> Mapping[tuple[PartyId, Kind], tuple[float, dt.date]]:
    return MappingProxyType({})


def _no_fees() -> Mapping[str, tuple[FeePaid, ...]]:
    return MappingProxyType({})


def _empty() -> Mapping[tuple[str, PartyId], int]:
    return MappingProxyType({})


def _no_days() -> Mapping[tuple[str, PartyId], dt.date]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Memory:
    """Learned facts.

    Attributes:
        names: how often a name (folded) was confirmed for a party.
        rejected: the last day a name was rejected for a party.
        rents: terminal rents in minor units that acquirers were seen to keep, confirmed by a person.
        raised: nats added to the evidence that posting without a person needs.
        habits: how often a party made a kind of difference, as of the day of the last one; it halves with time.
        fees: the newest payouts of an acquirer whose fee a person confirmed.
    """

    names: Mapping[tuple[str, PartyId], int] = field(default_factory=_empty)
    rejected: Mapping[tuple[str, PartyId], dt.date] = field(default_factory=_no_days)
    rents: frozenset[int] = frozenset()
    raised: float = 0.0
    habits: Mapping[tuple[PartyId, Kind], tuple[float, dt.date]] = field(default_factory=_no_habits)
    fees: Mapping[str, tuple[FeePaid, ...]] = field(default_factory=_no_fees)

    def habit_weight(self, party: PartyId | None, kind: Kind, on: dt.date) -> float:
        """Return the nats that a habit of the party speaks for this kind of difference; 0 where it is none."""
        if not self.habits or party is None or (party, kind) not in self.habits:
            return 0.0
        count = _faded(self.habits[party, kind], on)
        return HABIT_WEIGHT if count >= HABIT_LEAST else 0.0

    def rejection_weight(self, name: str, party: PartyId, on: dt.date) -> float:
        """Return the nats that an earlier rejection speaks against the pair, halved every half-life."""
        if not self.rejected:
            return 0.0
        day = self.rejected.get((name_key(name), party))
        if day is None:
            return 0.0
        age_days = max(0, (on - day).days)
        return REJECTION_WEIGHT * float(0.5 ** (age_days / REJECTION_HALF_LIFE_DAYS))

    def aliases(self) -> dict[str, PartyId]:
        """Return the names that were confirmed for one party often enough and never rejected for it, as keys."""
        found: dict[str, PartyId] = {}
        unclear: set[str] = set()
        for (name, party), count in self.names.items():
            if count >= CONFIRMATIONS_NEEDED and (name, party) not in self.rejected:
                if name in found:
                    unclear.add(name)
                found[name] = party
        return {name: party for name, party in found.items() if name not in unclear}


def name_key(name: str) -> str:
    """Return the form of a name under which it is remembered."""
    return " ".join(folded(name).replace(".", "").split())


def learn(memory: Memory, said: Said) -> Memory:
    """Return the memory with what a person said added."""
    match said:
        case PaidSo():
            return _habit(memory, said)
        case FeePaid():
            known = sorted((*memory.fees.get(said.acquirer, ()), said), key=lambda one: one.on)
            return replace(memory, fees=MappingProxyType({**memory.fees, said.acquirer: tuple(known[-PAYOUTS_KEPT:])}))
        case _:
            return _name(memory, said)


def _habit(memory: Memory, said: PaidSo) -> Memory:
    if said.kind not in HABITS:
        return memory
    key = (said.party, said.kind)
    habits = dict(memory.habits)
    before = habits.pop(key, None)
    if said.kept:
        last = said.on if before is None else max(said.on, before[1])
        habits[key] = ((0.0 if before is None else _faded(before, last)) + 1.0, last)
        if len(habits) > ENTRIES_MAX:
            del habits[next(iter(habits))]
    return replace(memory, habits=MappingProxyType(habits))


def _faded(habit: tuple[float, dt.date], on: dt.date) -> float:
    count, day = habit
    return count * float(0.5 ** (max(0, (on - day).days) / HABIT_HALF_LIFE_DAYS))


def _name(memory: Memory, said: Confirmation | Rejection) -> Memory:
    key = (name_key(said.name), said.party)
    if not key[0]:
        return memory
    if isinstance(said, Confirmation):
        names = dict(memory.names)
        names[key] = names.pop(key, 0) + 1
        if len(names) > ENTRIES_MAX:
            del names[next(iter(names))]
        return replace(memory, names=MappingProxyType(names))
    names = {one: count for one, count in memory.names.items() if one != key}
    rejected = dict(memory.rejected)
    rejected[key] = max(said.on, rejected.get(key, said.on))
    raised = min(RAISE_MAX, memory.raised + (RAISE_FOR_WRONG if said.posted else 0.0))
    return replace(memory, names=MappingProxyType(names), rejected=MappingProxyType(rejected), raised=raised)
