"""Approvals that differ from what was asked for: a part, a tip, and what neither of them explains."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.domain.accounts import tips
from gateway.domain.cards.payment import AttemptState, PaymentTerms
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId
from gateway.domain.ledger import sales_revenue
from gateway.domain.sales.taken import taken_of
from tests.support.lane_rig import EVERYBODY, REGISTER, LaneNode, command, refund_command, render
from tests.support.scripted_terminal import Behaviour, ScriptedTerminal

Build = Callable[..., LaneNode]
PARTS = PaymentTerms(allow_partial=True)


def _running(node: Build, terminal: ScriptedTerminal) -> LaneNode:
    """Start a lane that has its lease: what is asked for before is taken for begun."""
    one = node(terminal).start()
    terminal.until_connects(1)
    return one


def _begin(one: LaneNode, minor: int, terms: PaymentTerms) -> PaymentId:
    asked = command(minor, terms=terms)
    one.take.begin(EVERYBODY, asked, render)
    return asked.payment_id


def test_part_when_allowed_then_only_the_part_is_booked_and_the_rest_is_told(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.PARTIAL
    one = _running(node, terminal)

    payment_id = _begin(one, 1001, PARTS)

    attempt = one.until_state(payment_id, AttemptState.APPROVED)
    record = one.load(payment_id)
    taken = taken_of(record.payment, record.attempts)
    assert (taken.amount.minor, taken.rest.minor, taken.tip.minor) == (500, 501, 0)
    assert terminal.balance_minor == one.taken() == one.balance_of(sales_revenue(REGISTER)) == 500
    assert attempt.reason_code == "approved_in_part"
    assert one.pending() == 0


def test_part_when_not_allowed_then_the_terminal_takes_it_back(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.PARTIAL
    one = _running(node, terminal)

    payment_id = one.begin(1000)

    one.until_state(payment_id, AttemptState.DECLINED)
    assert terminal.refused == [500]
    assert terminal.balance_minor == one.taken() == 0


@pytest.mark.parametrize("behaviour", [Behaviour.LOSE_AFTER_BOOKING, Behaviour.LOSE_BEFORE_BOOKING])
def test_part_when_the_answer_is_lost_then_the_terminal_is_believed(node: Build, behaviour: Behaviour) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = behaviour
    one = _running(node, terminal)

    payment_id = _begin(one, 1000, PARTS)

    booked = behaviour is Behaviour.LOSE_AFTER_BOOKING
    one.until_state(payment_id, AttemptState.APPROVED if booked else AttemptState.NOT_CHARGED)
    assert terminal.balance_minor == one.taken() == (1000 if booked else 0)


def test_tip_when_added_at_the_terminal_then_it_is_booked_apart(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.TIP
    one = _running(node, terminal)

    payment_id = one.begin(1000)

    attempt = one.until_state(payment_id, AttemptState.APPROVED)
    assert terminal.balance_minor == one.taken() == 1100
    assert (one.balance_of(sales_revenue(REGISTER)), one.balance_of(tips(REGISTER))) == (1000, 100)
    assert attempt.reason_code == "approved_with_tip"


def test_tip_when_asked_for_then_goods_and_tip_are_booked_apart(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)

    payment_id = _begin(one, 1200, PaymentTerms(tip_minor=200))

    one.until_state(payment_id, AttemptState.APPROVED)
    assert one.taken() == 1200
    assert (one.balance_of(sales_revenue(REGISTER)), one.balance_of(tips(REGISTER))) == (1000, 200)


def test_refund_when_nothing_is_named_then_the_tip_stays(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    payment_id = _begin(one, 1200, PaymentTerms(tip_minor=200))
    one.until_state(payment_id, AttemptState.APPROVED)

    one.until_refund(one.refund(payment_id), AttemptState.APPROVED)

    assert terminal.balance_minor == one.taken() == 200
    with pytest.raises(RuleError) as refused:
        one.give_back.begin(EVERYBODY, refund_command(payment_id), render)
    assert refused.value.code == "only_tip_left"
    one.until_refund(one.refund(payment_id, 200), AttemptState.APPROVED)
    assert terminal.balance_minor == one.taken() == 0


def test_refund_when_only_a_part_was_charged_then_no_more_goes_back(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.PARTIAL
    one = _running(node, terminal)
    payment_id = _begin(one, 1000, PARTS)
    one.until_state(payment_id, AttemptState.APPROVED)
    terminal.behaviour = Behaviour.APPROVE

    with pytest.raises(RuleError) as refused:
        one.give_back.begin(EVERYBODY, refund_command(payment_id, 501), render)

    assert refused.value.code == "refund_exceeds_payment"
    one.until_refund(one.refund(payment_id, 500), AttemptState.APPROVED)
    assert terminal.balance_minor == one.taken() == 0


def test_refund_when_a_tip_was_added_then_all_of_it_can_go_back(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.TIP
    one = _running(node, terminal)
    payment_id = one.begin(1000)
    one.until_state(payment_id, AttemptState.APPROVED)
    terminal.behaviour = Behaviour.APPROVE

    one.until_refund(one.refund(payment_id, 1100), AttemptState.APPROVED)

    assert terminal.balance_minor == one.taken() == 0


def test_wrong_amount_then_it_is_neither_part_nor_tip(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WRONG_AMOUNT
    one = _running(node, terminal)

    payment_id = _begin(one, 1000, PARTS)

    one.until_state(payment_id, AttemptState.DECLINED)
    assert terminal.refused == [1001]
