"""Reservations and ends of days on a terminal's lane: in turn with sales, asked about after every kind of break."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import time

import pytest

from gateway.adapters.device_hints import NodeHints
from gateway.domain.cards.payment import AttemptState
from gateway.domain.cards.reservation import ReservationState
from gateway.domain.cards.terminal_day import DayState
from gateway.domain.errors import RuleError
from gateway.domain.ids import AttemptId
from gateway.domain.ledger import sales_revenue
from gateway.jobs.held_question import HeldQuestion
from gateway.ports.terminal import TerminalSilent
from tests.support.lane_rig import EVERYBODY, REGISTER, STORE, TENANT, TERMINAL, LaneNode, refund_command, render
from tests.support.scripted_terminal import Behaviour, ScriptedTerminal

Build = Callable[..., LaneNode]


def _running(node: Build, terminal: ScriptedTerminal) -> LaneNode:
    """Start a lane that has its lease: what is asked for before is taken for begun."""
    one = node(terminal).start()
    terminal.until_connects(1)
    return one


def test_reservation_when_charged_in_part_then_the_books_have_the_part_only(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)

    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)
    assert (one.taken(), one.pending(), one.posted()) == (0, 1000, 0)
    payment_id = one.complete(reservation_id, 600)

    one.until_state(payment_id, AttemptState.APPROVED)
    record = one.until_held(reservation_id, ReservationState.COMPLETED)
    assert record.charged is not None
    assert record.charged.minor == 600
    assert terminal.balance_minor == one.taken() == one.balance_of(sales_revenue(REGISTER)) == 600
    assert one.pending() == 0
    (_, order) = terminal.holds
    assert order.original is not None
    assert record.made.result is not None
    assert order.original.receipt_no == record.made.result.numbers.receipt_no
    assert [line.sequence for line in record.events] == [1, 2, 3]


def test_reservation_when_charged_then_the_payment_can_be_given_back(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)
    payment_id = one.complete(reservation_id)
    one.until_state(payment_id, AttemptState.APPROVED)

    one.until_refund(one.refund(payment_id, 400), AttemptState.APPROVED)

    assert terminal.balance_minor == one.taken() == 600
    with pytest.raises(RuleError):
        one.give_back.begin(EVERYBODY, refund_command(payment_id, 601), render)


def test_reservation_when_let_go_then_nothing_was_ever_taken(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)

    one.release(reservation_id)

    one.until_held(reservation_id, ReservationState.RELEASED)
    assert (terminal.balance_minor, one.taken(), one.pending(), one.posted()) == (0, 0, 0, 0)


def test_reservation_when_ended_then_it_is_never_ended_again(node: Build) -> None:
    one = _running(node, ScriptedTerminal())
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)
    one.until_state(one.complete(reservation_id, 700), AttemptState.APPROVED)

    for again in (lambda: one.complete(reservation_id, 300), lambda: one.release(reservation_id)):
        with pytest.raises(RuleError) as refused:
            again()
        assert refused.value.code == "reservation_ended"


def test_completion_when_more_than_is_held_then_it_is_refused(node: Build) -> None:
    one = _running(node, ScriptedTerminal())
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)

    with pytest.raises(RuleError) as refused:
        one.complete(reservation_id, 1001)

    assert refused.value.code == "completion_exceeds_reservation"


def test_completion_when_declined_then_it_can_be_charged_again_but_not_by_another_try(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)
    terminal.behaviour = Behaviour.DECLINE
    payment_id = one.complete(reservation_id, 600)
    one.until_state(payment_id, AttemptState.DECLINED)
    terminal.behaviour = Behaviour.APPROVE

    one.until_held(reservation_id, ReservationState.HELD)
    with pytest.raises(RuleError) as refused:
        one.take.try_again(EVERYBODY, payment_id, AttemptId(uuid.UUID(int=7)))
    assert refused.value.code == "of_reservation"
    one.until_state(one.complete(reservation_id, 500), AttemptState.APPROVED)
    assert terminal.balance_minor == one.taken() == 500
    assert one.pending() == 0


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [
        (Behaviour.LOSE_AFTER_BOOKING, ReservationState.HELD),
        (Behaviour.LOSE_AFTER_RESULT, ReservationState.HELD),
        (Behaviour.LOSE_BEFORE_BOOKING, ReservationState.NOT_RESERVED),
        (Behaviour.DECLINE, ReservationState.DECLINED),
        (Behaviour.WRONG_AMOUNT, ReservationState.DECLINED),
    ],
)
def test_reservation_when_the_answer_is_lost_then_the_terminal_is_asked(
    node: Build, behaviour: Behaviour, state: ReservationState
) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = behaviour
    one = _running(node, terminal)

    reservation_id = one.reserve(1000)

    one.until_held(reservation_id, state)
    assert one.pending() == (1000 if state is ReservationState.HELD else 0)
    assert one.taken() == 0


@pytest.mark.parametrize("behaviour", [Behaviour.LOSE_AFTER_BOOKING, Behaviour.LOSE_BEFORE_BOOKING])
def test_completion_when_the_answer_is_lost_then_terminal_and_books_agree(node: Build, behaviour: Behaviour) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)
    terminal.behaviour = behaviour

    payment_id = one.complete(reservation_id, 600)

    booked = behaviour is Behaviour.LOSE_AFTER_BOOKING
    one.until_state(payment_id, AttemptState.APPROVED if booked else AttemptState.NOT_CHARGED)
    one.until_held(reservation_id, ReservationState.COMPLETED if booked else ReservationState.HELD)
    assert terminal.balance_minor == one.taken() == (600 if booked else 0)
    assert one.pending() == (0 if booked else 1000)


def test_reservation_when_in_doubt_then_a_person_decides_and_it_is_not_ended_before(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.can_tell = False
    terminal.behaviour = Behaviour.LOSE_AFTER_BOOKING
    one = _running(node, terminal)
    reservation_id = one.reserve(1000)
    record = one.until_held(reservation_id, ReservationState.UNKNOWN)
    one.until(lambda: not one.held(reservation_id).made.blocks_terminal, "the terminal is free")

    with pytest.raises(RuleError) as refused:
        one.release(reservation_id)
    assert refused.value.code == "outcome_unknown"
    settled = one.settle_reservation.decide(EVERYBODY, reservation_id, done=True, reason="Its slip says reserved")

    assert settled.state is ReservationState.HELD
    assert (record.state, one.pending()) == (ReservationState.UNKNOWN, 1000)


def test_reservation_when_written_off_then_its_memorandum_ends_once(node: Build) -> None:
    one = _running(node, ScriptedTerminal())
    reservation_id = one.reserve(1000)
    one.until_held(reservation_id, ReservationState.HELD)

    gone = one.settle_reservation.write_off(EVERYBODY, reservation_id, reason="The bank let it lapse")

    assert gone.state is ReservationState.EXPIRED
    assert one.pending() == 0
    with pytest.raises(RuleError):
        one.settle_reservation.write_off(EVERYBODY, reservation_id, reason="The bank let it lapse")


def test_day_when_closed_then_its_figures_are_kept(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.open_totals_minor = 1700
    one = _running(node, terminal)

    record = one.until_day(one.end_day(), DayState.CLOSED)

    assert record.attempt.result is not None
    assert record.attempt.result.day is not None
    assert [(one.brand, one.sum_minor) for one in record.attempt.result.day.brands] == [("visa", 1700)]
    assert record.ended_at is not None
    assert one.posted() == 0
    one.until_state(one.begin(500), AttemptState.APPROVED)


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [
        (Behaviour.DECLINE, DayState.REFUSED),
        (Behaviour.LOSE_AFTER_BOOKING, DayState.CLOSED),
        (Behaviour.LOSE_BEFORE_BOOKING, DayState.NOT_CLOSED),
    ],
)
def test_day_when_not_simply_closed_then_the_totals_tell(node: Build, behaviour: Behaviour, state: DayState) -> None:
    terminal = ScriptedTerminal()
    terminal.open_totals_minor, terminal.day_behaviour = 1700, behaviour
    one = _running(node, terminal)

    one.until_day(one.end_day(), state)

    one.until_state(one.begin(500), AttemptState.APPROVED)


def test_day_when_a_sale_runs_then_it_is_refused(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.behaviour = Behaviour.WAIT_FOR_CARD
    one = _running(node, terminal)
    payment_id = one.begin(500)
    terminal.until_commanded(1)

    with pytest.raises(RuleError) as refused:
        one.end_day()

    assert refused.value.code == "terminal_busy"
    terminal.present_card()
    one.until_state(payment_id, AttemptState.APPROVED)


def test_day_by_the_clock_then_once_for_each_date(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    place = (TENANT, STORE)

    assert one.days.by_clock(place, REGISTER, TERMINAL, time.min)
    one.until(lambda: terminal.days_closed == 1, "the day is closed")
    again = [one.days.by_clock(place, REGISTER, TERMINAL, time.min) for _ in range(3)]

    assert again == [False, False, False]
    [record] = one.days.of_terminal(EVERYBODY, TERMINAL)
    assert record.close.scheduled
    assert not one.days.by_clock(place, REGISTER, TERMINAL, time.max)


def test_list_of_reservations_when_asked_for_then_what_the_terminal_holds_between_two_sales(node: Build) -> None:
    terminal = ScriptedTerminal()
    one = _running(node, terminal)
    reservation_id = one.reserve(1000)
    record = one.until_held(reservation_id, ReservationState.HELD)
    assert record.made.result is not None

    told = one.hints.held_reservations(TERMINAL)

    assert told == (record.made.result.numbers.receipt_no,)
    one.release(reservation_id)
    one.until_held(reservation_id, ReservationState.RELEASED)
    assert one.hints.held_reservations(TERMINAL) == ()


def test_list_of_reservations_when_the_terminal_cannot_be_reached_then_said_so(node: Build) -> None:
    terminal = ScriptedTerminal()
    terminal.reachable = False
    one = node(terminal).start()

    told = one.hints.held_reservations(TERMINAL)

    assert isinstance(told, TerminalSilent)
    assert told.reason_code == "terminal_not_reached"


def test_question_when_given_up_then_the_terminal_is_not_asked_for_nobody() -> None:
    question = HeldQuestion()

    told = question.wait(0.0)

    assert isinstance(told, TerminalSilent)
    assert (told.reason_code, question.wanted) == ("terminal_busy", False)


def test_list_of_reservations_when_another_node_works_the_terminal_then_said_so() -> None:
    told = NodeHints().held_reservations(TERMINAL)

    assert isinstance(told, TerminalSilent)
    assert told.reason_code == "terminal_elsewhere"
