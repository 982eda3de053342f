"""Refunds on a terminal's lane: in turn with sales, sent at most once, asked about after every kind of break."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.domain.cards.payment import AttemptOutcome, AttemptState, Evidence
from gateway.domain.cards.refund import Refund, RefundWay
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId
from gateway.ports.terminal import MayAccept, OnProgress, RefundOrder
from gateway.services.payments.attempt_orders import order_of
from tests.support.lane_rig import EVERYBODY, STORE, TENANT, TERMINAL, LaneNode, refund_command, render
from tests.support.scripted_terminal import Behaviour, ScriptedTerminal

Build = Callable[..., LaneNode]


def _sold(one: LaneNode, minor: int = 1000) -> PaymentId:
    payment_id = one.begin(minor)
    one.until_state(payment_id, AttemptState.APPROVED)
    return payment_id


def test_refund_when_approved_then_terminal_and_books_agree(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)

    refund_id = one.refund(payment_id, 400)

    attempt = one.until_refund(refund_id, AttemptState.APPROVED)
    assert attempt.evidence is Evidence.DIALOGUE
    assert terminal.balance_minor == one.taken() == 600
    ((order,), sold) = (terminal.refunds, one.attempt(payment_id))
    assert order.way is RefundWay.CREDIT
    assert order.reference == attempt.id.hex
    assert sold.result is not None
    assert order.original.receipt_no == sold.result.numbers.receipt_no
    assert one.pending() == 0


def test_sales_and_refunds_then_each_in_its_turn(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    first = _sold(one, 500)
    one.until_refund(one.refund(first), AttemptState.APPROVED)
    second = _sold(one, 700)
    one.until_refund(one.refund(second, 200), AttemptState.APPROVED)

    assert [(one.amount_minor, one.gives_back) for one in terminal.books] == [
        (500, False),
        (500, True),
        (700, False),
        (200, True),
    ]
    assert terminal.balance_minor == one.taken() == 500


def test_refund_when_declined_then_nothing_moves_and_the_terminal_is_free(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.behaviour = Behaviour.DECLINE

    refund_id = one.refund(payment_id)

    one.until_refund(refund_id, AttemptState.DECLINED)
    assert terminal.balance_minor == one.taken() == 1000
    terminal.behaviour = Behaviour.APPROVE
    _sold(one, 1)


@pytest.mark.parametrize(
    ("behaviour", "state", "left"),
    [
        (Behaviour.LOSE_AFTER_BOOKING, AttemptState.APPROVED, 0),
        (Behaviour.LOSE_AFTER_RESULT, AttemptState.APPROVED, 0),
        (Behaviour.LOSE_BEFORE_BOOKING, AttemptState.NOT_CHARGED, 1000),
    ],
)
def test_line_lost_then_the_terminal_decides(node: Build, behaviour: Behaviour, state: AttemptState, left: int) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.behaviour = behaviour

    refund_id = one.refund(payment_id)

    attempt = one.until_refund(refund_id, state)
    assert attempt.evidence is Evidence.LAST_RESULT
    assert len(terminal.refunds) == 1
    assert terminal.balance_minor == one.taken() == left
    assert one.read_refunds.of_payment(EVERYBODY, payment_id).left.minor == left


def test_process_dies_after_the_command_then_the_next_one_asks_and_sends_nothing(node: Build) -> None:
    """The terminal gave the money back and nobody stored it: the successor finds out, and gives nothing again."""
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    one.stop()
    refund_id = one.refund(payment_id, 300)
    # What a process that died after its command leaves behind: a booking there, an attempt in doubt here.
    with one.inner.read() as unit:
        ((movement, attempt),) = unit.payments.open_attempts(TENANT, STORE, TERMINAL)
    assert isinstance(movement, Refund)
    terminal.book(300, order_of(movement, attempt))
    with one.inner.write() as unit:
        unit.devices.release(one.keeper.holder)

    second = node(terminal, holder="node-2").start()

    settled = second.until_refund(refund_id, AttemptState.APPROVED)
    assert (settled.id, settled.evidence) == (attempt.id, Evidence.LAST_RESULT)
    assert terminal.refunds == []
    assert terminal.balance_minor == second.taken() == 700


def test_unreachable_terminal_then_the_refund_ends_at_once_undone(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.reachable = False
    terminal.wake()

    refund_id = one.refund(payment_id)

    attempt = one.until_refund(refund_id, AttemptState.NOT_CHARGED)
    assert attempt.evidence is Evidence.NOTHING_SENT
    assert "given back" in (attempt.reason or "")
    assert one.taken() == 1000


def test_cancel_while_the_card_is_awaited_then_cancelled(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    refund_id = one.refund(payment_id)
    terminal.until_commanded(2)

    one.settle_refund.cancel(EVERYBODY, refund_id)

    one.until_refund(refund_id, AttemptState.CANCELLED)
    assert terminal.balance_minor == one.taken() == 1000


def test_unknown_refund_then_it_blocks_the_terminal_and_its_amount_until_a_person_decides(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.behaviour = Behaviour.LOSE_AFTER_BOOKING
    terminal.can_tell = False
    refund_id = one.refund(payment_id, 900)
    one.until(
        lambda: (
            one.refund_attempt(refund_id).state is AttemptState.UNKNOWN
            and not one.refund_attempt(refund_id).blocks_terminal
        ),
        "a terminal that was heard and cannot tell",
    )

    with pytest.raises(RuleError) as too_much:
        one.give_back.begin(EVERYBODY, refund_command(payment_id, 101), render)
    terminal.behaviour = Behaviour.APPROVE
    one.until_refund(one.refund(payment_id, 100), AttemptState.APPROVED)
    decided = one.settle_refund.decide(EVERYBODY, refund_id, given_back=True, reason="Its receipt shows it.")

    assert too_much.value.code == "refund_exceeds_payment"
    assert (decided.attempt.state, decided.attempt.decided_by) == (AttemptState.APPROVED, "anna")
    assert terminal.balance_minor == one.taken() == 0
    assert one.pending() == 0


def test_late_result_of_a_refund_in_doubt_then_it_settles_it_and_is_no_orphan(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.behaviour, terminal.can_tell = Behaviour.LOSE_AFTER_BOOKING, False
    refund_id = one.refund(payment_id)
    one.until(lambda: terminal.asked > 0, "the terminal to be asked")
    one.until(lambda: not one.refund_attempt(refund_id).blocks_terminal, "the terminal to be heard")
    terminal.can_tell = True

    terminal.report(terminal.books[-1])

    one.until_refund(refund_id, AttemptState.APPROVED)
    assert one.orphans() == []
    assert one.taken() == 0


@pytest.mark.parametrize("answer_lost", [False, True], ids=["before the commit", "after the commit"])
def test_database_away_at_the_outcome_then_it_is_stored_once(node: Build, *, answer_lost: bool) -> None:
    """The terminal gave the money back; the word of it waits in the lane until the database takes it."""
    terminal = _Interrupted()
    one = node(terminal).start()
    payment_id = _sold(one)
    terminal.after = lambda: one.storage.lose_answers(1) if answer_lost else one.storage.fail_writes(3)

    refund_id = one.refund(payment_id)

    one.until_refund(refund_id, AttemptState.APPROVED)
    one.until(lambda: one.storage.failed > 0, "the fault")
    kinds = [event.kind for event in one.read_refunds.get(EVERYBODY, refund_id).events]
    assert kinds == ["sent", "approved"]
    assert len(terminal.refunds) == 1
    assert terminal.balance_minor == one.taken() == 0
    assert one.orphans() == []


class _Interrupted(ScriptedTerminal):
    """Lets a test act right before the outcome of a refund is handed back."""

    def __init__(self) -> None:
        super().__init__()
        self.after: Callable[[], None] = lambda: None

    def give_back(self, order: RefundOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        outcome = super().give_back(order, on_progress, may_accept)
        self.after()
        return outcome
