"""No payable becomes approved without the people its rules ask for, whatever happens in whatever order.

The oracle counts by itself: who said yes to the content as it is, may still say so, had no hand in it, and is nobody
else's stand-in among the others.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from itertools import combinations
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Role
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.supplier import Supplier
from gateway.services.payables.approval_digest import still_approved_in, void_approvals_in
from gateway.services.payables.approval_people import ApprovalPolicy
from tests.support.approval_desk import ApprovalDesk, HandClock
from tests.support.migrated import migrated_sqlite
from tests.support.payable_rows import HERE

APPROVERS = ("paul", "petra", "pia", "pit")
IBANS = ("DE02120300000000202051", "DE02500105170137075030")

_who = st.sampled_from(APPROVERS)
ACTS = st.one_of(
    st.tuples(st.just("vote"), _who),
    st.tuples(st.just("vote_for"), _who, _who),
    st.tuples(st.just("delegate"), _who, _who),
    st.tuples(st.just("fire"), _who),
    st.tuples(st.just("hire"), _who),
    st.tuples(st.just("change"), st.integers(0, 2)),
    st.tuples(st.just("account"), st.integers(0, 1)),
    st.tuples(st.just("rule"), st.integers(0, 3)),
    st.tuples(st.just("edit"), _who),
)


@dataclass
class Oracle:
    """What should be true. ``votes``: speakers of each vote on the content as it is; ``linked``: pairs that are one."""

    needed: list[int] = field(default_factory=list)
    votes: list[frozenset[str]] = field(default_factory=list)
    linked: set[frozenset[str]] = field(default_factory=set)
    hands: set[str] = field(default_factory=lambda: {"anna"})
    working: set[str] = field(default_factory=lambda: set(APPROVERS))

    def enough(self) -> bool:
        """Return whether enough different people have said yes."""
        needed = max(self.needed, default=1)
        good = [vote for vote in self.votes if vote <= self.working and not self.near(vote) & self.hands]
        return any(
            all(self.apart(one, other) for one, other in combinations(chosen, 2))
            for chosen in combinations(good, needed)
        )

    def near(self, people: frozenset[str]) -> set[str]:
        """Return these people and everybody who stands in for one of them or the other way round."""
        return {*people, *(one for pair in self.linked if pair & people for one in pair)}

    def apart(self, one: frozenset[str], other: frozenset[str]) -> bool:
        """Return whether two votes are of two people."""
        return not one & other and not any(frozenset((a, b)) in self.linked for a in one for b in other)


@settings(max_examples=60, deadline=None)
@given(acts=st.lists(ACTS, min_size=1, max_size=14))
@example(acts=[("rule", 0), ("rule", 2), ("edit", "pia")])
def test_payable_when_anything_happens_then_it_is_approved_only_with_enough_people(
    acts: list[tuple[object, ...]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = SqlStorage(migrated_sqlite(Path(folder) / "desk.sqlite3"), HandClock())
        try:
            _play(storage, acts)
        finally:
            storage.close()


def _play(storage: SqlStorage, acts: list[tuple[object, ...]]) -> None:
    policy = ApprovalPolicy(usual_approvers=1, emergency=False, one_person=(), zone=UTC)
    desk = ApprovalDesk(storage, policy)
    desk.hire("pit", Role.APPROVER)
    supplier = desk.supplier()
    payable_id = desk.payable(supplier).id
    oracle = Oracle()
    for number, act in enumerate(acts):
        before = desk.load(payable_id).state
        _do(desk, oracle, payable_id, act, number)
        now = desk.load(payable_id)
        if now.state is PayableState.APPROVED and before is not PayableState.APPROVED:
            assert oracle.enough(), act
        with storage.read() as unit:
            approved = payable_id in still_approved_in(unit, (now,))
        assert approved is (now.state is PayableState.APPROVED)


def _do(desk: ApprovalDesk, oracle: Oracle, payable_id: PayableId, act: tuple[object, ...], number: int) -> None:
    payable = desk.load(payable_id)
    match act:
        case ("vote", str(who)):
            _vote(desk, oracle, payable_id, who, "")
        case ("vote_for", str(who), str(whom)):
            _vote(desk, oracle, payable_id, who, whom)
        case ("delegate", str(giver), str(taker)) if giver != taker:
            desk.delegation(giver, taker)
            oracle.linked.add(frozenset((giver, taker)))
        case ("fire", str(who)):
            desk.give_role(who, Role.TREASURER)
            oracle.working.discard(who)
        case ("hire", str(who)):
            desk.give_role(who, Role.APPROVER)
            oracle.working.add(who)
        case ("change", int(days)):
            oracle.votes.clear()
            desk.change(payable_id, due_on=date(2026, 3, 31) + timedelta(days=days))
        case ("edit", str(who)):
            oracle.votes.clear()
            oracle.hands.add(who)
            desk.change(payable_id, actor=who, due_on=payable.due_on)
        case ("account", int(which)):
            oracle.votes.clear()
            supplier = _supplier(desk, payable_id)
            desk.account(supplier, IBANS[which])
            with desk.storage.write() as unit:
                at = desk.clock.now()
                void_approvals_in(unit, *HERE, supplier.id, actor="mia", at=at, reason="another account")
            desk.settle(payable_id)
        case ("rule", int(approvers)):
            desk.rule(approvers, name=f"rule {number}")
            oracle.needed.append(approvers)
            desk.settle(payable_id)


def _supplier(desk: ApprovalDesk, payable_id: PayableId) -> Supplier:
    with desk.storage.read() as unit:
        found = unit.suppliers.load(*HERE, desk.load(payable_id).supplier_id)
    assert found is not None
    return found


def _vote(desk: ApprovalDesk, oracle: Oracle, payable_id: PayableId, who: str, whom: str) -> None:
    """Say yes, if the house lets them; the oracle notes only what the house took."""
    try:
        outcome = desk.vote(who, payable_id, for_login=whom)
    except GatewayError:
        return
    assert outcome.counted
    oracle.votes.append(frozenset({who, whom or who}))


def test_oracle_when_asked_then_it_can_say_no() -> None:
    oracle = Oracle(needed=[2], votes=[frozenset({"paul"}), frozenset({"petra"})])
    assert oracle.enough()
    oracle.linked.add(frozenset({"paul", "petra"}))
    assert not oracle.enough()
