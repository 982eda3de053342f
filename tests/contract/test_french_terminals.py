"""One suite for both French protocols on each of their lines: what the register is told agrees with the journal.

Neither protocol has progress messages, a way to stop or a number to compare; a lost answer is therefore often a case
for a person. What must never happen is an approval without a booking, or a "no" to something that was booked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from terminal_driver.caisse_ap.tickets import TicketsWanted
from terminal_driver.concert.reference import short_reference
from terminal_driver.engine import Notice, OrphanResult
from terminal_driver.operations import Done, Refund, RepeatReceipt, Reversal, TransactionReference
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Baseline,
    Declined,
    LastResult,
    NoAnswer,
    NotStarted,
    ReceiptKind,
    StillUnknown,
    TerminalInfo,
    TerminalStatus,
    Unknown,
)
from terminal_driver.transports.urls import from_url
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.scenarios import SCENARIOS
from tests.support.line_gadgets import HangingUpListener
from tests.support.session_rig import DEADLINE_S, awaits
from tests.support.single_answer_rig import AMOUNT, KINDS, Kind, Rig, build_rig, rig_builder

Build = Callable[..., Rig]


@pytest.fixture(params=KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Build]:
    with rig_builder(request.param) as make:
        yield make


@pytest.fixture(params=[kind for kind in KINDS if not Kind(kind.values[0]).concert])  # type: ignore[arg-type]
def build_caisse_ap(request: pytest.FixtureRequest) -> Iterator[Build]:
    with rig_builder(request.param) as make:
        yield make


def test_registration_and_status_tell_what_little_there_is(build: Build) -> None:
    rig = build()

    assert rig.owner.submit(rig.session.register).result(DEADLINE_S) == TerminalInfo(None, "978", lasting=True)
    status = rig.owner.submit(rig.session.status).result(DEADLINE_S)

    assert isinstance(status, TerminalStatus)
    assert (status.ready, status.busy) == (True, False)


def test_approved_sale_is_booked_once_under_our_name(build: Build) -> None:
    rig = build()
    order = rig.order()

    outcome = rig.transact(order)

    assert isinstance(outcome, Approved)
    [entry] = rig.terminal.journal.entries
    assert (outcome.data.amount_minor, outcome.data.currency_numeric) == (AMOUNT, "978")
    assert outcome.data.card_number_masked == "672590*********0001"
    assert (entry.amount_minor, entry.kind, entry.reference) == (AMOUNT, "sale", short_reference(order.reference))


def test_sales_follow_each_other_and_a_clean_line_gives_no_notice(build: Build) -> None:
    rig = build()

    outcomes = [rig.sale(amount) for amount in (1, 99_999_999, 5)]

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert rig.booked() == [1, 99_999_999, 5]
    assert [event for event in rig.events if isinstance(event, Notice)] == []


@pytest.mark.parametrize("scenario", ["decline", "cancel", "end_of_day_pending"])
def test_refused_sale_is_not_booked(build: Build, scenario: str) -> None:
    rig = build(scenario)

    outcome = rig.sale()

    assert isinstance(outcome, Declined | Aborted)
    assert rig.terminal.journal.entries == ()


def test_sale_with_card_and_pin_by_hand_is_approved(build: Build) -> None:
    rig = build(auto_pace=None)

    running = rig.start(rig.order())
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.present_card("Visa")
    assert rig.terminal.wait_for(awaits(Awaiting.PIN), DEADLINE_S)
    rig.terminal.enter_pin()
    outcome = running.result(DEADLINE_S)

    assert isinstance(outcome, Approved)
    assert outcome.data.card_number_masked == "411111******1111"


def test_sale_stopped_at_the_terminal_is_not_booked(build: Build) -> None:
    rig = build(auto_pace=None)

    running = rig.start(rig.order())
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.press_cancel()

    assert isinstance(running.result(DEADLINE_S), Declined | Aborted)
    assert rig.terminal.journal.entries == ()


def test_wish_of_the_cashier_to_stop_changes_nothing_and_says_so(build: Build) -> None:
    rig = build("late_result")

    running = rig.start(rig.order())
    assert rig.terminal.wait_for(awaits(Awaiting.RELEASE), DEADLINE_S)
    assert rig.session.request_abort()
    rig.terminal.release_result()

    assert isinstance(running.result(DEADLINE_S), Approved)
    assert [event.code for event in rig.events if isinstance(event, Notice)] == ["abort_not_supported"]
    assert rig.booked() == [AMOUNT]


def test_busy_terminal_books_nothing_and_the_register_knows(build: Build) -> None:
    rig = build("busy", hasty=True)

    outcome = rig.sale()

    assert isinstance(outcome, NotStarted if rig.kind.concert else Declined)
    assert not isinstance(outcome, NotStarted) or outcome.code == "terminal_busy"
    assert rig.terminal.journal.entries == ()


@pytest.mark.parametrize(
    "scenario",
    ["approve_contactless", "slow_cardholder", "wrong_checksum", "split_and_glued", "print_lines", "signature"],
)
def test_disturbed_but_good_sale_is_approved_and_booked_once(build: Build, scenario: str) -> None:
    rig = build(scenario)

    assert isinstance(rig.sale(), Approved)
    assert rig.booked() == [AMOUNT]


@pytest.mark.parametrize("scenario", ["wrong_amount", "partial_approval", "tip"])
def test_another_amount_is_never_approved_nor_said_to_be_refused(build: Build, scenario: str) -> None:
    rig = build(scenario)

    outcome = rig.sale()

    assert isinstance(outcome, Unknown)
    assert outcome.code == "echo_mismatch"
    assert rig.booked() == [outcome.data.amount_minor]


def test_sale_the_caller_cannot_keep_is_unknown_since_it_is_booked(build: Build) -> None:
    rig = build(accept=lambda _: False)

    outcome = rig.sale()

    assert isinstance(outcome, Unknown)
    assert outcome.code == "not_taken_back"
    assert rig.booked() == [AMOUNT]


def test_refund_and_reversal_of_the_last_booking(build: Build) -> None:
    rig = build()
    rig.sale()

    refund = rig.transact(Refund(200, "978", Baseline(), reference="refund-1"))
    other = rig.transact(Reversal(TransactionReference(receipt_no=41), 300, "978", Baseline()))
    reversal = rig.transact(Reversal(TransactionReference(), 200, "978", Baseline()))

    assert isinstance(refund, Approved)
    assert isinstance(other, Declined)
    assert isinstance(reversal, Approved)
    assert rig.kinds() == ["sale", "refund", "reversal"]


def test_second_print_is_the_terminals_affair_or_tells_the_last_sale(build: Build) -> None:
    rig = build()

    before = rig.perform(RepeatReceipt())
    rig.sale()
    after = rig.perform(RepeatReceipt())

    assert isinstance(before, NoAnswer)
    assert isinstance(after, Done if rig.kind.concert else LastResult)
    assert rig.booked() == [AMOUNT]


def test_tickets_come_with_the_sale_and_with_its_duplicate(build_caisse_ap: Build) -> None:
    rig = build_caisse_ap(tickets=TicketsWanted.BOTH)

    outcome = rig.sale()
    again = rig.perform(RepeatReceipt())

    assert isinstance(outcome, Approved)
    assert isinstance(again, LastResult)
    assert sorted(receipt.kind for receipt in outcome.receipts) == [ReceiptKind.CUSTOMER, ReceiptKind.MERCHANT]
    assert again.receipts == outcome.receipts
    assert again.data.amount_minor == AMOUNT


@pytest.mark.parametrize("per_command", ["on", "off"])
def test_terminal_that_hangs_up_after_each_answer_is_connected_once_a_sale(per_command: str) -> None:
    listener = HangingUpListener()
    transport = from_url(f"tcp:127.0.0.1:{listener.port}?per_command={per_command}")
    rig = build_rig(Kind.CAISSE_AP_TCP, "approve", line=(listener, transport))
    try:
        rig.owner.submit(rig.session.register).result(DEADLINE_S)
        outcomes = [rig.sale(amount) for amount in (1, 2, 3)]
    finally:
        rig.close()

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert rig.booked() == [1, 2, 3]
    # The registration only shows that the terminal is there. A line that is held is taken by the first sale.
    assert listener.connections == (4 if per_command == "on" else 3)


def test_a_hanging_terminal_does_not_disturb_another(build: Build) -> None:
    hanging, working = build("silence", hasty=True), build()

    stuck = hanging.start(hanging.order())
    assert hanging.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)
    outcomes = [working.sale(amount) for amount in (1, 2, 3)]

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert working.booked() == [1, 2, 3]
    assert isinstance(stuck.result(DEADLINE_S), Unknown)
    assert hanging.booked() == []


def test_two_terminals_sell_at_the_same_time(build: Build) -> None:
    left, right = build(auto_pace=None), build(auto_pace=None)

    sales = [left.start(left.order(10)), right.start(right.order(20))]
    for rig in (right, left):
        assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    for rig in (left, right):
        rig.terminal.present_card()
        assert rig.terminal.wait_for(awaits(Awaiting.PIN), DEADLINE_S)
        rig.terminal.enter_pin()

    assert all(isinstance(sale.result(DEADLINE_S), Approved) for sale in sales)
    assert (left.booked(), right.booked()) == ([10], [20])


@dataclass(frozen=True)
class Break:
    """What a fault leads to. ``told``: the result still arrives; ``booked``: what the terminal holds of this sale."""

    booked: list[int]
    told: bool = False


BREAKS = {
    "silence": Break([]),
    "line_lost_before_booking": Break([]),
    "line_lost_before_status": Break([AMOUNT]),
    "mute_after_booking": Break([AMOUNT]),
    "line_lost_before_completion": Break([AMOUNT], told=True),
}


@pytest.mark.parametrize("scenario", BREAKS)
def test_broken_sale_is_unknown_until_something_proves_it(build: Build, scenario: str) -> None:
    """Concert can prove nothing afterwards; Caisse-AP can where its duplicate bears our name of the sale."""
    rig = build(hasty=True)
    assert isinstance(rig.sale(100), Approved)
    rig.terminal.choose(scenario)
    order = rig.order()

    outcome = rig.transact(order)
    assert rig.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)
    rig.terminal.restore_line()
    rig.terminal.choose("approve")
    verdict = rig.ask_about(order, deadline_s=1.0)

    expected = BREAKS[scenario]
    proven = bool(expected.booked) and not rig.kind.concert
    assert isinstance(outcome, Approved if expected.told else Unknown)
    assert isinstance(verdict, Approved if proven else StillUnknown)
    assert rig.booked() == [100, *expected.booked]
    assert isinstance(rig.sale(7), Approved)


def test_line_lost_while_the_result_is_told_is_approved_or_unknown_and_booked(build: Build) -> None:
    rig = build("line_lost_after_result", hasty=True)

    outcome = rig.sale()

    assert isinstance(outcome, Unknown if rig.kind.concert else Approved)
    assert rig.booked() == [AMOUNT]


def test_result_that_comes_too_late_decides_and_nothing_is_sent_twice(build: Build) -> None:
    rig = build("late_result", hasty=True)
    order = rig.order()

    outcome = rig.transact(order)
    rig.terminal.release_result()
    if rig.kind.concert:
        rig.idle_until(lambda: any(isinstance(event, OrphanResult) for event in rig.events))
    assert rig.terminal.wait_for(awaits(Awaiting.IDLE), DEADLINE_S)
    verdict = rig.ask_about(order)

    assert isinstance(outcome, Unknown)
    assert isinstance(verdict, Approved)
    assert verdict.data.amount_minor == AMOUNT
    assert rig.booked() == [AMOUNT]


def test_terminal_that_is_busy_after_the_break_lets_the_next_sale_through(build: Build) -> None:
    rig = build(SCENARIOS["line_lost_then_busy"], hasty=True)
    assert isinstance(rig.sale(), Unknown)
    rig.terminal.restore_line()
    rig.terminal.choose("approve")

    assert isinstance(rig.sale(7), Approved)
    assert rig.booked() == [AMOUNT, 7]


def test_line_cut_while_idle_is_no_sale_and_the_next_one_works_after_the_repair(build: Build) -> None:
    rig = build(hasty=True)
    rig.sale(100)
    rig.terminal.cut_line()

    outcome = rig.sale()
    rig.terminal.restore_line()
    again = rig.sale()

    assert isinstance(outcome, NotStarted)
    assert isinstance(again, Approved)
    assert rig.booked() == [100, AMOUNT]
