"""Leases lost and databases away at the worst moments: nothing is sent twice, no word of the terminal is lost."""

from collections.abc import Callable

import pytest

from gateway.domain.cards.payment import AttemptState, Evidence
from gateway.domain.ids import PaymentId
from gateway.ports.terminal import MayAccept, OnProgress, SaleOrder
from gateway.ports.unit_of_work import Lease
from tests.support.lane_rig import EVERYBODY, STORE, TENANT, TERMINAL, LaneNode
from tests.support.scripted_terminal import Behaviour, ScriptedTerminal

Build = Callable[..., LaneNode]


class _Interrupted(ScriptedTerminal):
    """Lets a test act right before a sale begins, and right before its outcome is handed back."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def sale(self, order: SaleOrder, on_progress: OnProgress, may_accept: MayAccept) -> object:  # type: ignore[override]
        self.before()
        outcome = super().sale(order, on_progress, may_accept)
        self.after()
        return outcome


def _lose_lease(one: LaneNode) -> None:
    """Free the leases in the database, as when they ran out, and have the node notice at its next renewal."""
    with one.inner.write() as unit:
        unit.devices.release(one.keeper.holder)
    one.keeper.renew()


def test_lease_lost_between_intent_and_send_then_another_holder_recovers(node: Build) -> None:
    """The node holds the lease, the payment is stored, the lease is lost: nothing may be sent."""
    terminal = ScriptedTerminal()
    first = node(terminal, lease_s=60).start()
    terminal.until_connects(1)
    first.lane.stop(5)
    payment_id = first.begin(500)
    _lose_lease(first)

    second = node(terminal, holder="node-2").start()

    attempt = second.until_state(payment_id, AttemptState.NOT_CHARGED)
    assert attempt.evidence is Evidence.LAST_RESULT
    assert terminal.commands == []


def test_lease_lost_right_before_the_command_then_nothing_is_sent(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.book(100)
    one = node(terminal).start()
    terminal.until_connects(1)
    one.until(lambda: terminal.last_numbers() is not None, "the numbers")
    terminal.report(terminal.book(200))
    one.until_orphans(1)
    # The baseline differs now, so the lane writes before it sends; in that very moment the lease is lost.
    writes: list[int] = []

    def lose_at_the_baseline() -> None:
        if not writes:
            writes.append(1)
            one.storage.before_write = lambda: None
            _take_as(one, "node-2")

    one.storage.before_write = lose_at_the_baseline

    payment_id = one.begin(500)
    one.until(lambda: one.attempt(payment_id).epoch == 2, "the attempt to be with node-2")
    one.keeper.renew()

    other = node(terminal, holder="node-2").start()
    # Without its baseline the sale cannot be told from the one made by hand: a person has to look.
    other.until_state(payment_id, AttemptState.UNKNOWN)
    assert terminal.commands == []


def _take_as(one: LaneNode, holder: str) -> Lease:
    with one.inner.write() as unit:
        unit.devices.release("node-1")
        lease = unit.devices.acquire(TENANT, STORE, TERMINAL, holder, 60)
    assert lease is not None
    return lease


def test_lease_lost_in_the_middle_then_approval_is_refused(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    first = node(terminal).start()
    payment_id = first.begin(500)
    terminal.until_commanded(1)

    _lose_lease(first)
    terminal.present_card()

    first.until(lambda: terminal.refused == [500], "the approval to be refused")
    assert terminal.books == []
    first.until(lambda: first.attempt(payment_id).state is not AttemptState.SENT, "an outcome")
    assert (first.posted(), first.pending()) == (0, 0)


@pytest.mark.parametrize(("paid", "orphans"), [(False, 1), (True, 0)])
def test_outcome_of_an_old_holder_is_kept_when_it_contradicts(node: Build, *, paid: bool, orphans: int) -> None:
    """The first node is cut off after the terminal charged; meanwhile the payment was settled elsewhere.

    Settled otherwise, the result is kept for a person to compare; settled the same way, it is no news.
    """
    terminal = _Interrupted()
    first = node(terminal)
    second = node(ScriptedTerminal(), holder="node-2")
    payments: list[PaymentId] = []

    def settle_elsewhere() -> None:
        lease = _take_as(first, "node-2")
        payment = second.load(payments[0]).payment
        asked = terminal if paid else ScriptedTerminal()
        second.recover.ask(asked, payment, second.attempt(payments[0]), lease, lambda _code, _words: None)

    terminal.after = settle_elsewhere
    first.start()
    terminal.until_connects(1)

    payments.append(first.begin(500))

    expected = AttemptState.APPROVED if paid else AttemptState.NOT_CHARGED
    first.until_state(payments[0], expected)
    first.lane.stop(5)
    assert len(first.orphans()) == orphans
    if orphans:
        assert first.orphans()[0][0].numbers == terminal.books[0].numbers
        assert "settled otherwise" in first.orphans()[0][1]
    assert first.posted() == (500 if paid else 0)


def test_manager_who_decided_meanwhile_then_the_terminals_word_is_kept(node: Build) -> None:
    """A manager says "not charged" while the terminal is being asked, and the terminal proves the opposite."""
    terminal = ScriptedTerminal()
    terminal.behaviour, terminal.can_tell = Behaviour.LOSE_AFTER_BOOKING, False
    one = node(terminal).start()
    payment_id = one.begin(500)
    one.until_state(payment_id, AttemptState.UNKNOWN)
    one.until(lambda: not one.attempt(payment_id).blocks_terminal, "the terminal to be open again")
    one.lane.stop(5)
    record = one.load(payment_id)
    one.resolve.decide(EVERYBODY, payment_id, paid=False, reason="no paper, customer left")
    terminal.can_tell = True

    lease = _take_as(one, "node-1")
    one.recover.ask(terminal, record.payment, record.attempts[-1], lease, lambda _code, _words: None)

    assert one.attempt(payment_id).state is AttemptState.NOT_CHARGED
    assert [result.numbers for result, _ in one.orphans()] == [terminal.books[0].numbers]


@pytest.mark.parametrize("failures", [1, 3, 6])
def test_database_away_while_an_outcome_is_stored_then_it_is_stored_in_the_end(node: Build, failures: int) -> None:
    terminal = _Interrupted()
    one = node(terminal)
    terminal.after = lambda: one.storage.fail_writes(failures)
    one.start()
    terminal.until_connects(1)

    payment_id = one.begin(500)

    one.until_state(payment_id, AttemptState.APPROVED)
    assert one.storage.failed >= failures
    assert (one.posted(), one.pending(), len(terminal.commands)) == (500, 0, 1)
    assert [event.kind for event in one.load(payment_id).events] == ["sent", "approved"]


def test_answer_of_the_outcomes_commit_lost_then_stored_once_and_no_orphan(node: Build) -> None:
    terminal = _Interrupted()
    one = node(terminal)
    terminal.after = lambda: one.storage.lose_answers(1)
    one.start()
    terminal.until_connects(1)

    payment_id = one.begin(500)

    one.until_state(payment_id, AttemptState.APPROVED)
    one.until_state(one.begin(100), AttemptState.APPROVED)
    assert one.storage.failed == 2
    assert (one.orphans(), one.posted()) == ([], 600)
    assert [event.kind for event in one.load(payment_id).events] == ["sent", "approved"]


def test_database_away_while_a_stray_is_kept_then_it_is_kept_in_the_end(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    terminal.until_connects(1)
    one.until(lambda: terminal.last_numbers() is not None, "the numbers")

    one.storage.fail_writes(3)
    terminal.report(terminal.book(4200))

    one.until_orphans(1)
    assert one.storage.failed >= 3


def test_storage_fault_in_the_lane_then_a_payment_not_begun_is_sold_not_asked(node: Build) -> None:
    """The lease stayed ours: what we have not begun cannot have been sent, so it is simply begun."""
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    terminal.until_connects(1)
    one.until_state(one.begin(100), AttemptState.APPROVED)
    terminal.report(terminal.book(200))
    one.until_orphans(1)
    # The next sale has to correct its baseline first, and that write fails.
    one.storage.fail_writes(1)

    payment_id = one.begin(300)

    attempt = one.until_state(payment_id, AttemptState.APPROVED)
    assert attempt.evidence is Evidence.DIALOGUE
    assert terminal.asked == 0


def test_two_nodes_and_one_terminal_then_only_the_holder_works(node: Build) -> None:
    terminal, other_line = ScriptedTerminal(), ScriptedTerminal()
    first = node(terminal).start()
    terminal.until_connects(1)
    second = node(other_line, holder="node-2").start()

    payments = [second.begin(100)]
    first.until_state(payments[0], AttemptState.APPROVED)

    assert (other_line.connects, other_line.commands) == (0, [])
    first.stop()
    payments.append(second.begin(200))
    second.until(lambda: second.attempt(payments[1]).state is not AttemptState.SENT, "node-2 to take over")
    assert other_line.connects >= 1
