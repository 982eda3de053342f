"""Results that come between sales: they settle what is in doubt, are kept for a person, and never pay for another."""

from collections.abc import Callable

import pytest

from gateway.domain.cards.payment import AttemptState, Evidence, TerminalResult
from gateway.domain.ids import PaymentId
from tests.support.lane_rig import LaneNode
from tests.support.scripted_terminal import Behaviour, ScriptedTerminal

Build = Callable[..., LaneNode]


def test_stray_result_that_nobody_asked_for_is_kept(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    terminal.until_connects(1)

    result = terminal.report(terminal.book(4200))

    [(kept, words)] = one.until_orphans(1)
    assert kept == result
    assert "no payment here asked for" in words
    assert one.posted() == 0


@pytest.mark.parametrize("behaviour", [Behaviour.LOSE_AFTER_BOOKING, Behaviour.LOSE_AFTER_RESULT])
def test_stray_result_while_a_payment_is_unknown_settles_it_and_is_no_orphan(node: Build, behaviour: Behaviour) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour, terminal.can_tell = behaviour, False
    one = node(terminal).start()
    payment_id = one.begin(900)
    one.until_state(payment_id, AttemptState.UNKNOWN)
    one.until(lambda: not one.attempt(payment_id).blocks_terminal, "the terminal to be open again")
    terminal.can_tell = True

    terminal.report(terminal.books[-1])

    one.until_state(payment_id, AttemptState.APPROVED)
    terminal.behaviour = Behaviour.APPROVE
    one.until_state(one.begin(100), AttemptState.APPROVED)
    assert (one.orphans(), one.posted()) == ([], 1000)


def test_stray_result_of_another_sale_while_a_payment_is_unknown_is_kept(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour, terminal.can_tell = Behaviour.LOSE_BEFORE_BOOKING, False
    one = node(terminal).start()
    payment_id = one.begin(900)
    one.until_state(payment_id, AttemptState.UNKNOWN)
    one.until(lambda: not one.attempt(payment_id).blocks_terminal, "the terminal to be open again")

    result = terminal.report(terminal.book(4200))

    [(kept, words)] = one.until_orphans(1)
    assert kept == result
    assert "is not that payment" in words
    assert one.attempt(payment_id).state is AttemptState.UNKNOWN


class _StrayAndPayment(ScriptedTerminal):
    """Reports a sale made by its own keys in the very moment in which the till asks for a payment."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def idle(self, timeout_s: float) -> tuple[TerminalResult, ...]:
        if self.meanwhile is None:
            return super().idle(timeout_s)
        act, self.meanwhile = self.meanwhile, None
        self.report(self.book(500))
        strays = super().idle(timeout_s)
        act()
        return strays


def test_stray_result_never_pays_a_payment_that_was_not_begun(node: Build) -> None:
    """Same amount, same minute, newer numbers: but nothing had been sent for this payment."""
    terminal = _StrayAndPayment()
    one = node(terminal)
    payments: list[PaymentId] = []
    terminal.meanwhile = lambda: payments.append(one.begin(500))

    one.start()

    one.until(lambda: bool(payments), "the payment")
    attempt = one.until_state(payments[0], AttemptState.APPROVED)
    assert attempt.evidence is Evidence.DIALOGUE
    assert [booking.amount_minor for booking in terminal.books] == [500, 500]
    assert (terminal.asked, len(one.orphans()), one.posted()) == (0, 1, 500)


def test_stray_result_told_twice_then_kept_once(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = node(terminal).start()
    terminal.until_connects(1)
    booking = terminal.book(4200)

    terminal.report(booking)
    one.until_orphans(1)
    terminal.report(booking)
    one.until_state(one.begin(100), AttemptState.APPROVED)

    assert len(one.orphans()) == 1
