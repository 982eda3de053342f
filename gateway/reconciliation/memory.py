"""What people have taught: names of payers, rejected pairs, rents of terminals, and how careful to be. Plain data.

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

from gateway.reconciliation.records import PartyId
from gateway.reconciliation.wording import folded

CONFIRMATIONS_NEEDED = 2
REJECTION_WEIGHT = 6.0
REJECTION_HALF_LIFE_DAYS = 180
"""A rejected pair is forgotten slowly: firms merge, and people err too."""
RAISE_FOR_WRONG = 1.0
RAISE_MAX = 8.0
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
    """

    names: Mapping[tuple[str, PartyId], int] = field(default_factory=_empty)
    rejected: Mapping[tuple[str, PartyId], dt.date] = field(default_factory=_no_days)
    rents: frozenset[int] = frozenset()
    raised: float = 0.0

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


def learn(memory: Memory, said: Confirmation | Rejection) -> Memory:
    """Return the memory with what a person said added."""
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
