"""Counts approvals by natural person: who stands in for another is one with them, and nobody approves their own."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.access import Role
from gateway.domain.ids import PersonId
from gateway.domain.payables.approval import VOTES, ApprovalEntry, ApprovalKind
from gateway.domain.payables.approval_rules import Demand

EXACT_MAX = 12
"""Votes of one payable counted exactly; of more, those after the twelfth count only when they clash with none."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a demand still lacks. ``given``: different people who count so far."""

    demand: Demand
    given: int


def votes_for(entries: Sequence[ApprovalEntry], digest: str) -> tuple[ApprovalEntry, ...]:
    """Return the votes that are about this content and were not voided since, oldest first."""
    alive: list[ApprovalEntry] = []
    for entry in sorted(entries, key=lambda one: one.sequence):
        if entry.kind is ApprovalKind.VOIDED:
            alive.clear()
        elif entry.kind in VOTES:
            alive.append(entry)
    return tuple(entry for entry in alive if entry.digest == digest)


def missing(
    demands: Sequence[Demand],
    votes: Sequence[ApprovalEntry],
    roles: Mapping[PersonId, Role],
    excluded: Collection[uuid.UUID],
    one_person: Sequence[frozenset[PersonId]],
) -> tuple[Missing, ...]:
    """Return the demands that are not satisfied, with how much of them is.

    Args:
        demands: what is asked.
        votes: as from :func:`votes_for`.
        roles: roles of the people who may approve today; a vote of anybody else does not count any more.
        excluded: people who entered, coded or changed it, or asked for its bank details.
        one_person: groups of accounts that belong to one natural person each.
    """
    counting = [
        (vote, reach(vote, one_person))
        for vote in votes
        if vote.person_id in roles and not reach(vote, one_person) & frozenset(excluded)
    ]
    found = []
    for demand in demands:
        eligible = [(_speakers(vote), group) for vote, group in counting if _counts_for(demand, vote, roles)]
        given = _apart(eligible)
        if given < demand.approvers:
            found.append(Missing(demand, given))
    return tuple(found)


def reach(vote: ApprovalEntry, one_person: Sequence[frozenset[PersonId]]) -> frozenset[uuid.UUID]:
    """Return everybody who counts as one with the person of this vote."""
    people: set[uuid.UUID] = {*_speakers(vote), *vote.one_with}
    return frozenset(people | same_people(people, one_person))


def same_people(people: Collection[uuid.UUID], one_person: Sequence[frozenset[PersonId]]) -> frozenset[uuid.UUID]:
    """Return the other accounts of the natural persons behind these ones, with themselves."""
    found: set[uuid.UUID] = set(people)
    for group in one_person:
        if not group.isdisjoint(people):
            found |= group
    return frozenset(found)


def _speakers(vote: ApprovalEntry) -> frozenset[uuid.UUID]:
    return frozenset(one for one in (vote.person_id, vote.for_person_id) if one is not None)


def _counts_for(demand: Demand, vote: ApprovalEntry, roles: Mapping[PersonId, Role]) -> bool:
    # On behalf of another the place of the other is taken: whoever stands in brings no right of their own.
    speaker = vote.for_person_id or vote.person_id
    return speaker is not None and speaker in roles and demand.accepts(speaker, roles[speaker])


def _apart(votes: Sequence[tuple[frozenset[uuid.UUID], frozenset[uuid.UUID]]]) -> int:
    """Return the largest number of votes no two of which come from one person."""
    clash = [
        sum(
            1 << other
            for other, theirs in enumerate(votes)
            if other != mine_no and (mine[0] & theirs[1] or mine[1] & theirs[0])
        )
        for mine_no, mine in enumerate(votes)
    ]
    best = 0
    exact = min(len(votes), EXACT_MAX)
    for chosen in range(1 << exact):
        members = [number for number in range(exact) if chosen >> number & 1]
        if len(members) > best and not any(clash[number] & chosen for number in members):
            best = len(members)
    everyone = (1 << len(votes)) - 1
    return best + sum(1 for number in range(exact, len(votes)) if not clash[number] & everyone)
