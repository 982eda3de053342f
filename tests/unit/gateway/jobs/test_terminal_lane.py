"""The thread that owns a terminal: what it does in which order, with cancels, doubts and strays at every moment."""

import threading
from collections.abc import Callable

import pytest

from gateway.domain.cards.payment import AttemptState, Evidence, TransactionNumbers
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId
from gateway.ports.terminal import MayAccept, OnProgress, SaleOrder
from gateway.ports.unit_of_work import UnitOfWork
from tests.support.lane_rig import EVERYBODY, STORE, TENANT, TERMINAL, LaneNode, first_attempt
from tests.support.scripted_terminal import DEADLINE_S, Behaviour, ScriptedTerminal

Build = Callable[..., LaneNode]


def test_sale_when_approved_then_charged_and_posted_once(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()

    payment_id = one.begin(1234)

    attempt = one.until_state(payment_id, AttemptState.APPROVED)
    assert attempt.evidence is Evidence.DIALOGUE
    assert [booking.amount_minor for booking in terminal.books] == [1234]
    assert (one.posted(), one.pending(), one.orphans()) == (1234, 0, [])


def test_baseline_when_keys_were_used_between_sales_then_newest_numbers_are_stored_first(node: Build) -> None:
    """Someone charges a card by the terminal's own keys; the next sale must not be confused with it."""
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    one.until_state(one.begin(100), AttemptState.APPROVED)
    terminal.report(terminal.book(500))
    one.until_orphans(1)
    terminal.behaviour = Behaviour.LOSE_BEFORE_BOOKING

    payment_id = one.begin(500)

    attempt = one.until_state(payment_id, AttemptState.NOT_CHARGED)
    assert attempt.baseline == terminal.books[1].numbers
    assert one.posted() == 100


def test_cancel_before_start_then_no_command_is_sent(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal)
    terminal.reachable = True
    payment_id = one.begin()
    one.cancelling.request(EVERYBODY, payment_id)

    one.start()

    # The attempt was open when the lane began, so the terminal is asked; it never saw a command.
    attempt = one.until_state(payment_id, AttemptState.NOT_CHARGED)
    assert attempt.evidence is Evidence.LAST_RESULT
    assert terminal.commands == []


class _CancelAt(ScriptedTerminal):
    """Lets a test act at the moment between the lane's decision to begin and the command."""

    def __init__(self) -> None:
        super().__init__()
        self.between: Callable[[], None] = lambda: None

    def sale(self, order: SaleOrder, on_progress: OnProgress, may_accept: MayAccept) -> object:  # type: ignore[override]
        self.between()
        return super().sale(order, on_progress, may_accept)


def test_cancel_between_decision_and_command_then_nothing_is_sent(node: Build) -> None:
    """The abort comes before the device counts the sale as running: it must not get lost."""
    terminal = _CancelAt()
    one = node(terminal)
    asked: list[PaymentId] = []
    terminal.between = lambda: one.lane.cancel(first_attempt(asked[0]))
    one.start()
    terminal.until_connects(1)

    asked.append(one.begin())

    attempt = one.until_state(asked[0], AttemptState.CANCELLED)
    assert attempt.evidence is Evidence.NOTHING_SENT
    assert (terminal.commands, terminal.books, one.pending()) == ([], [], 0)


def test_cancel_while_card_is_awaited_then_cancelled_by_the_terminal(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    one = node(terminal).start()
    payment_id = one.begin()
    terminal.until_commanded(1)

    one.cancelling.request(EVERYBODY, payment_id)

    attempt = one.until_state(payment_id, AttemptState.CANCELLED)
    assert attempt.evidence is Evidence.DIALOGUE
    assert one.posted() == 0


def test_cancel_of_another_node_is_found_in_the_database(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    owner = node(terminal).start()
    other = node(ScriptedTerminal(), holder="node-2")
    payment_id = owner.begin()
    terminal.until_commanded(1)
    other.cancelling.request(EVERYBODY, payment_id)
    assert owner.attempt(payment_id).state is AttemptState.SENT

    owner.lane.look_for_cancels()

    owner.until_state(payment_id, AttemptState.CANCELLED)


def test_cancel_after_the_end_never_meets_the_next_sale(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    first = one.begin(100)
    one.until_state(first, AttemptState.APPROVED)
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    second = one.begin(200)
    terminal.until_commanded(2)

    one.cancelling.request(EVERYBODY, first)
    one.lane.cancel(first_attempt(first))
    terminal.present_card()

    one.until_state(second, AttemptState.APPROVED)
    assert one.attempt(first).state is AttemptState.APPROVED


def test_silent_terminal_at_start_then_attempts_are_unknown_and_new_ones_refused(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.reachable = False
    one = node(terminal)
    in_doubt = one.begin(700)

    one.start()

    attempt = one.until_state(in_doubt, AttemptState.UNKNOWN)
    assert attempt.blocks_terminal
    with pytest.raises(RuleError) as refusal:
        one.begin(800)
    assert refusal.value.code == "terminal_busy"
    assert one.pending() == 700
    terminal.reachable = True
    one.lane.wake()
    one.until_state(in_doubt, AttemptState.NOT_CHARGED)
    one.until_state(one.begin(800), AttemptState.APPROVED)
    assert one.posted() == 800


def test_silent_terminal_and_nothing_in_doubt_then_payment_ends_not_charged(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.reachable = False
    one = node(terminal).start()
    terminal.until_connects(1)

    payment_id = one.begin()

    attempt = one.until_state(payment_id, AttemptState.NOT_CHARGED)
    assert (attempt.evidence, attempt.reason_code) == (Evidence.NOTHING_SENT, "terminal_not_reached")
    assert terminal.commands == []


def test_terminal_that_cannot_tell_then_unknown_opens_it_and_a_manager_decides(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour, terminal.can_tell = Behaviour.LOSE_AFTER_BOOKING, False
    one = node(terminal).start()
    payment_id = one.begin(900)
    one.until_state(payment_id, AttemptState.UNKNOWN)
    one.until(lambda: not one.attempt(payment_id).blocks_terminal, "the terminal to be open again")
    terminal.behaviour = Behaviour.APPROVE

    one.until_state(one.begin(100), AttemptState.APPROVED)
    one.resolve.decide(EVERYBODY, payment_id, paid=True, reason="The terminal's paper shows it.")

    assert one.attempt(payment_id).decided_by == "anna"
    assert (one.posted(), one.pending()) == (1000, 0)


def test_ask_again_then_terminal_is_asked_and_settles(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour, terminal.can_tell = Behaviour.LOSE_AFTER_BOOKING, False
    one = node(terminal).start()
    payment_id = one.begin(900)
    one.until_state(payment_id, AttemptState.UNKNOWN)
    one.until(lambda: not one.attempt(payment_id).blocks_terminal, "the terminal to be open again")
    asked = terminal.asked
    one.resolve.ask_terminal(EVERYBODY, payment_id)
    one.until(lambda: terminal.asked == asked + 1, "the terminal to be asked once more")
    assert one.attempt(payment_id).state is AttemptState.UNKNOWN
    terminal.can_tell = True

    one.resolve.ask_terminal(EVERYBODY, payment_id)

    one.until_state(payment_id, AttemptState.APPROVED)
    assert terminal.asked == asked + 2
    assert (one.posted(), terminal.commands) == (900, terminal.commands[:1])


def test_driver_fault_in_a_sale_then_the_terminal_is_asked(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.FAULT
    one = node(terminal).start()

    payment_id = one.begin()

    attempt = one.until_state(payment_id, AttemptState.NOT_CHARGED)
    assert attempt.evidence is Evidence.LAST_RESULT
    assert len(terminal.commands) == 1


def test_amount_that_differs_is_never_accepted_and_never_booked(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WRONG_AMOUNT
    one = node(terminal).start()

    payment_id = one.begin(500)

    one.until_state(payment_id, AttemptState.DECLINED)
    assert (terminal.refused, terminal.books, one.posted()) == ([501], [], 0)


def test_terminal_away_for_ever_then_waiting_times_stay_bounded(node: Build, caplog: pytest.LogCaptureFixture) -> None:
    """Night after night the terminal is switched off: the count of failures must not overflow any arithmetic."""
    terminal = ScriptedTerminal()
    terminal.reachable = False
    one = node(terminal)
    waits: list[float] = []
    real_wait = one.lane._work_waits.wait

    def wait(timeout: float | None = None) -> bool:
        waits.append(timeout or 0.0)
        return real_wait(0)

    one.lane._work_waits.wait = wait  # type: ignore[method-assign]  # time is skipped, not spent
    one.start()

    terminal.until_connects(1200)

    assert max(waits) == 10.0
    assert "lane.fault" not in caplog.text


def test_wake_between_look_and_idle_is_never_lost(node: Build) -> None:
    """Two hundred payments as fast as they end, with a poll so slow that one lost wake would show."""
    terminal = ScriptedTerminal()
    one = node(terminal, poll_s=DEADLINE_S).start()
    terminal.until_connects(1)

    for minor in range(1, 201):
        one.until_state(one.begin(minor), AttemptState.APPROVED)

    assert [booking.amount_minor for booking in terminal.books] == list(range(1, 201))
    assert one.posted() == sum(range(1, 201))


def test_stop_while_a_card_is_awaited_then_the_lane_is_left_and_its_lease_given_back(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    one = node(terminal).start()
    payment_id = one.begin()
    terminal.until_commanded(1)

    one.lane.stop(0.05)
    one.keeper.stop()
    terminal.present_card()

    # The lease is gone, so the approval is refused; the next holder asks and finds nothing charged.
    one.until(lambda: terminal.refused == [500], "the approval to be refused")
    other = node(terminal, holder="node-2").start()
    one.until(lambda: other.attempt(payment_id).state is not AttemptState.SENT, "an outcome")
    assert other.attempt(payment_id).state in {AttemptState.NOT_CHARGED, AttemptState.DECLINED}
    assert (terminal.books, other.posted()) == ([], 0)


def test_numbers_are_stored_before_the_command_leaves(node: Build) -> None:
    """Order of things: intent, baseline, command; at the command the database knows what the terminal held before."""
    terminal = _CancelAt()
    one = node(terminal)
    terminal.book(100)
    seen: list[TransactionNumbers] = []
    asked = threading.Event()
    payments: list[PaymentId] = []

    def look() -> None:
        assert asked.wait(DEADLINE_S)
        seen.append(one.attempt(payments[0]).baseline)

    terminal.between = look
    one.start()
    terminal.until_connects(1)

    payments.append(one.begin())
    asked.set()

    one.until_state(payments[0], AttemptState.APPROVED)
    assert seen == [terminal.books[0].numbers]


def test_attempt_of_an_older_epoch_is_moved_and_asked_about(node: Build) -> None:
    """A database without row locks could store an intent under the epoch of a lease that has just been replaced."""
    terminal = ScriptedTerminal()
    one = node(terminal)
    stored = threading.Event()
    real_open = one.lane._open_attempts

    def older() -> object:
        found = real_open()
        if found and not stored.is_set():
            stored.set()
            with one.inner.write() as unit:
                _set_epoch(unit, found[0][1].epoch - 1, found[0][1].id.hex)
            return real_open()
        return found

    one.lane._open_attempts = older  # type: ignore[assignment,method-assign]  # the moment cannot be met otherwise
    one.start()
    terminal.until_connects(1)

    payment_id = one.begin()

    attempt = one.until_state(payment_id, AttemptState.NOT_CHARGED)
    assert attempt.evidence is Evidence.LAST_RESULT
    assert terminal.commands == []


def _set_epoch(unit: UnitOfWork, epoch: int, attempt_hex: str) -> None:
    from sqlalchemy import text

    statements = unit.payments._statements  # type: ignore[attr-defined]  # what no caller of the port may do
    statements.change(
        text("UPDATE attempt SET epoch = :epoch WHERE tenant_id = :tenant AND store_id = :store AND terminal_id = :at"),
        {"epoch": epoch, "tenant": TENANT, "store": STORE, "at": TERMINAL},
    )
    assert attempt_hex
