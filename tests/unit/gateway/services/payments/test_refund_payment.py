"""Beginning a refund: who may, what is refused, which way is chosen, and the same request twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.domain.access import ROLE_PERMISSIONS, Role
from gateway.domain.cards.payment import AttemptEvent, AttemptOutcome, AttemptState, Evidence
from gateway.domain.cards.refund import RefundWay
from gateway.domain.errors import IdempotencyConflict, InputError, NotFound, NotPermitted, RuleError
from gateway.domain.ids import DeviceId, PaymentId
from tests.support.lane_rig import EVERYBODY, TERMINAL, LaneNode, refund_command, render
from tests.support.scripted_terminal import ScriptedTerminal

Build = Callable[..., LaneNode]


@pytest.fixture
def shop(node: Build) -> LaneNode:
    return node(ScriptedTerminal())


def _end(shop: LaneNode, refund_id: object, event: AttemptEvent) -> None:
    record = shop.read_refunds.get(EVERYBODY, refund_id)  # type: ignore[arg-type]  # a refund id
    outcome = AttemptOutcome(event, Evidence.DIALOGUE, event.value, "As the terminal says.")
    attempt = record.attempt
    assert shop.conclude.record(record.refund, attempt, outcome, epoch=attempt.epoch, actor="terminal-1")


def test_same_request_again_then_the_first_answer_and_one_refund(shop: LaneNode) -> None:
    asked = refund_command(shop.paid())

    first, replayed = shop.give_back.begin(EVERYBODY, asked, render)
    again, repeated = shop.give_back.begin(EVERYBODY, asked, render)

    assert (again, replayed, repeated) == (first, False, True)
    assert len(shop.read_refunds.of_payment(EVERYBODY, asked.payment_id).refunds) == 1


def test_same_id_or_key_for_something_else_then_refused(shop: LaneNode) -> None:
    asked = refund_command(shop.paid(), 100)
    shop.give_back.begin(EVERYBODY, asked, render)

    with pytest.raises(IdempotencyConflict) as key:
        shop.give_back.begin(EVERYBODY, replace(asked, request_hash="c" * 64), render)
    with pytest.raises(IdempotencyConflict) as same_id:
        shop.give_back.begin(EVERYBODY, replace(asked, key="another"), render)
    _end(shop, asked.refund_id, AttemptEvent.APPROVE)
    other = refund_command(shop.paid(), 100)
    with pytest.raises(IdempotencyConflict) as other_payment:
        shop.give_back.begin(EVERYBODY, replace(other, refund_id=asked.refund_id), render)

    assert key.value.code == "key_reused"
    assert {same_id.value.code, other_payment.value.code} == {"id_reused"}


def test_cashier_then_not_permitted(shop: LaneNode) -> None:
    cashier = replace(EVERYBODY, permissions=ROLE_PERMISSIONS[Role.CASHIER])

    with pytest.raises(NotPermitted):
        shop.give_back.begin(cashier, refund_command(shop.paid()), render)


def test_what_is_not_there_then_refused(shop: LaneNode) -> None:
    payment_id = shop.paid()
    limited = replace(EVERYBODY, terminals=frozenset({DeviceId("elsewhere")}))

    with pytest.raises(NotFound):
        shop.give_back.begin(EVERYBODY, refund_command(PaymentId(refund_command(payment_id).refund_id)), render)
    with pytest.raises(NotFound):
        shop.give_back.begin(limited, refund_command(payment_id), render)
    asked = refund_command(payment_id, terminal_id=DeviceId("nowhere"))
    with pytest.raises(InputError) as terminal:
        shop.give_back.begin(EVERYBODY, asked, render)
    with pytest.raises(InputError) as reason:
        shop.give_back.begin(EVERYBODY, refund_command(payment_id, reason="  no  "), render)

    assert (terminal.value.code, reason.value.code) == ("unknown_terminal", "reason_needed")


def test_payment_that_was_not_charged_then_refused(shop: LaneNode) -> None:
    payment_id = shop.begin()

    with pytest.raises(RuleError) as running:
        shop.give_back.begin(EVERYBODY, refund_command(payment_id), render)

    assert running.value.code == "payment_not_paid"


def test_refused_reversal_then_the_next_is_a_credit_but_a_cancelled_one_may_be_tried_again(shop: LaneNode) -> None:
    payment_id = shop.paid(500)
    ways = []
    for event in (AttemptEvent.CANCEL, AttemptEvent.DECLINE, AttemptEvent.APPROVE):
        refund_id = shop.refund(payment_id)
        ways.append(shop.read_refunds.get(EVERYBODY, refund_id).refund.way)
        _end(shop, refund_id, event)

    assert ways == [RefundWay.REVERSAL, RefundWay.REVERSAL, RefundWay.CREDIT]
    assert shop.taken() == 0
    assert shop.attempt(payment_id).state is AttemptState.APPROVED


def test_too_many_tries_then_another_way_is_named(shop: LaneNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.services.payments.refund_payment.REFUNDS_MAX", 2)
    payment_id = shop.paid(500)
    for _ in range(2):
        _end(shop, shop.refund(payment_id), AttemptEvent.DECLINE)

    with pytest.raises(RuleError) as refusal:
        shop.refund(payment_id)

    assert refusal.value.code == "too_many_refunds"


def test_terminal_of_another_node_then_credited(shop: LaneNode) -> None:
    payment_id = shop.paid(500)
    shop.means.clear()

    refund_id = shop.refund(payment_id)

    refund = shop.read_refunds.get(EVERYBODY, refund_id).refund
    assert (refund.way, refund.terminal_id) == (RefundWay.CREDIT, TERMINAL)
