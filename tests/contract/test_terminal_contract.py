"""One suite for every way to reach a terminal: real engines on both sides, four kinds of lines, all scenarios.

What the register is told must agree with what the terminal's journal holds: that is the whole point.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from terminal_driver.engine import Notice, Progress
from terminal_driver.outcome import (
    Aborted,
    Approved,
    Declined,
    LastResult,
    NotStarted,
    ReceiptKind,
    TerminalInfo,
    TerminalStatus,
    Unknown,
)
from terminal_driver.virtual.journal import Numbers
from terminal_driver.virtual.panel import Awaiting, PanelState
from tests.support.session_rig import DEADLINE_S, awaits
from tests.support.terminal_rig import AMOUNT, PATIENT, ZVT_KINDS, Rig, rig_builder


@pytest.fixture(params=ZVT_KINDS)
def build(request: pytest.FixtureRequest) -> Iterator[Callable[..., Rig]]:
    with rig_builder(request.param) as make:
        yield make


def test_registration_tells_who_the_terminal_is(build: Callable[..., Rig]) -> None:
    rig = build()

    info = rig.owner.submit(rig.session.register).result(DEADLINE_S)

    assert info == TerminalInfo("52500041", "978")
    assert rig.session.registered
    assert rig.terminal.wait_for(lambda panel: panel.registered, DEADLINE_S)


def test_status_is_ready(build: Callable[..., Rig]) -> None:
    rig = build()

    status = rig.owner.submit(rig.session.status).result(DEADLINE_S)

    assert isinstance(status, TerminalStatus)
    assert (status.ready, status.busy, status.code) == (True, False, "00")


def test_approved_sale_is_booked_once_with_its_references_and_receipts(build: Callable[..., Rig]) -> None:
    rig = build()

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    [entry] = rig.terminal.journal.entries
    assert (outcome.data.amount_minor, outcome.data.currency_numeric) == (AMOUNT, "978")
    assert (outcome.data.receipt_no, outcome.data.trace_no, outcome.data.turnover_no) == (41, 500, 900)
    assert (entry.receipt_no, entry.trace_no, entry.turnover_no, entry.amount_minor) == (41, 500, 900, AMOUNT)
    assert [receipt.kind for receipt in outcome.receipts] == [ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER]
    words = [event.code for event in rig.events if isinstance(event, Progress)]
    assert words == ["insert_card", "enter_pin", "wait_for_host", "approved"]


def test_customer_receipt_shows_the_last_four_digits_only(build: Callable[..., Rig]) -> None:
    rig = build()

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    merchant, customer = ("\n".join(line.text for line in receipt.lines) for receipt in outcome.receipts)
    assert "672590*********0001" in merchant
    assert "672590" not in customer
    assert "***************0001" in customer
    assert "EUR 12,34" in customer
    assert "Zahlung erfolgt" in customer


def test_second_sale_has_the_next_numbers(build: Callable[..., Rig]) -> None:
    rig = build(first=Numbers(9999, 999_999, 999_999))

    first, second = rig.sale(), rig.sale(5)

    assert isinstance(first, Approved)
    assert isinstance(second, Approved)
    assert (first.data.receipt_no, first.data.trace_no) == (9999, 999_999)
    assert (second.data.receipt_no, second.data.trace_no) == (1, 1)
    assert rig.booked() == [AMOUNT, 5]


def test_declined_sale_is_not_booked(build: Callable[..., Rig]) -> None:
    rig = build("decline")

    outcome = rig.sale()

    assert isinstance(outcome, Declined)
    assert outcome.code == "05"
    assert [receipt.approved for receipt in outcome.receipts] == [False]
    assert rig.terminal.journal.entries == ()


def test_sale_cancelled_by_the_cardholder_is_aborted(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    running = rig.start_sale()
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.press_cancel()

    assert isinstance(running.result(DEADLINE_S), Aborted)
    assert rig.terminal.journal.entries == ()


def test_sale_with_card_and_pin_by_hand_is_approved(build: Callable[..., Rig]) -> None:
    rig = build(auto_pace=None)

    running = rig.start_sale()
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    rig.terminal.enter_pin()  # not awaited yet: does nothing
    rig.terminal.present_card("Visa")
    assert rig.terminal.wait_for(awaits(Awaiting.PIN), DEADLINE_S)
    rig.terminal.enter_pin()
    outcome = running.result(DEADLINE_S)

    assert isinstance(outcome, Approved)
    assert (outcome.data.card_name, outcome.data.card_number_masked) == ("Visa", "411111******1111")


@pytest.mark.parametrize("awaited", [Awaiting.CARD, Awaiting.PIN])
def test_sale_aborted_by_the_cashier_ends_and_is_not_booked(build: Callable[..., Rig], awaited: Awaiting) -> None:
    rig = build(auto_pace=None)

    running = rig.start_sale()
    assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    if awaited is Awaiting.PIN:
        rig.terminal.present_card()
        assert rig.terminal.wait_for(awaits(Awaiting.PIN), DEADLINE_S)
    assert rig.session.request_abort()

    assert isinstance(running.result(DEADLINE_S), Aborted)
    assert rig.terminal.journal.entries == ()


def test_abort_that_comes_too_late_returns_the_approval(build: Callable[..., Rig]) -> None:
    """The cashier turns to cash, but the card was charged already: the register must hear of it."""
    rig = build("late_result")

    running = rig.start_sale()
    assert rig.terminal.wait_for(awaits(Awaiting.RELEASE), DEADLINE_S)
    assert rig.session.request_abort()
    rig.terminal.release_result()

    assert isinstance(running.result(DEADLINE_S), Approved)
    assert rig.booked() == [AMOUNT]


def test_busy_terminal_means_the_sale_was_not_started(build: Callable[..., Rig]) -> None:
    rig = build("busy")

    outcome = rig.sale()

    assert isinstance(outcome, NotStarted)
    assert outcome.code == "terminal_busy"
    assert rig.terminal.journal.entries == ()


@pytest.mark.parametrize(
    "scenario", ["approve_contactless", "slow_cardholder", "wrong_checksum", "split_and_glued", "print_lines"]
)
def test_disturbed_but_good_sale_is_approved_and_booked_once(build: Callable[..., Rig], scenario: str) -> None:
    rig = build(scenario)

    outcome = rig.sale()

    assert isinstance(outcome, Approved)
    assert len(outcome.receipts) == 2
    assert [receipt.lines[0].text for receipt in outcome.receipts] == ["Händlerbeleg", "Kundenbeleg"]
    assert rig.booked() == [AMOUNT]
    assert rig.reversed() == []


def test_sale_the_caller_cannot_keep_is_taken_back(build: Callable[..., Rig]) -> None:
    rig = build(accept=lambda data: data.amount_minor != AMOUNT)

    outcome = rig.sale()

    assert isinstance(outcome, Declined | Aborted)
    assert (rig.booked(), rig.reversed()) == ([], [AMOUNT])


def test_approval_of_another_amount_is_taken_back(build: Callable[..., Rig]) -> None:
    rig = build("wrong_amount")

    outcome = rig.sale()

    assert not isinstance(outcome, Approved)
    assert (rig.booked(), rig.reversed()) == ([], [AMOUNT + 100])


def test_last_result_of_a_fresh_terminal_is_none_and_later_the_last_sale(build: Callable[..., Rig]) -> None:
    rig = build()

    before = rig.owner.submit(rig.session.last_result).result(DEADLINE_S)
    rig.sale()
    after = rig.owner.submit(rig.session.last_result).result(DEADLINE_S)

    assert isinstance(before, LastResult)
    assert not before.held
    assert isinstance(after, LastResult)
    assert after.held
    assert (after.data.receipt_no, after.data.amount_minor, after.data.code) == (41, AMOUNT, "00")


def test_a_hanging_terminal_does_not_disturb_another(build: Callable[..., Rig]) -> None:
    hanging, working = build("silence", patience=replace(PATIENT, confirm_s=1.5, answer_s=4.0)), build()

    stuck = hanging.start_sale()
    assert hanging.terminal.wait_for(lambda panel: not panel.line_up, DEADLINE_S)
    outcomes = [working.sale(amount) for amount in (1, 2, 3)]
    still_stuck = not stuck.done()
    hanging.terminal.cut_line()  # only a serial register does not notice and waits for its own deadline

    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    assert working.booked() == [1, 2, 3]
    assert still_stuck
    assert isinstance(stuck.result(DEADLINE_S), Unknown)
    assert hanging.booked() == []


def test_two_terminals_sell_at_the_same_time(build: Callable[..., Rig]) -> None:
    left, right = build(auto_pace=None), build(auto_pace=None)

    sales = [left.start_sale(10), right.start_sale(20)]
    for rig in (right, left):
        assert rig.terminal.wait_for(awaits(Awaiting.CARD), DEADLINE_S)
    for rig in (left, right):
        rig.terminal.present_card()
        assert rig.terminal.wait_for(awaits(Awaiting.PIN), DEADLINE_S)
        rig.terminal.enter_pin()

    assert all(isinstance(sale.result(DEADLINE_S), Approved) for sale in sales)
    assert (left.booked(), right.booked()) == ([10], [20])


def test_panel_tells_listeners_each_change(build: Callable[..., Rig]) -> None:
    rig = build()
    seen: list[Awaiting] = []
    idle_again = threading.Event()

    def listen(panel: PanelState) -> None:
        seen.append(panel.awaiting)
        if panel.awaiting is Awaiting.IDLE and len(seen) > 1:
            idle_again.set()

    rig.terminal.on_change(listen)
    rig.sale()

    assert idle_again.wait(DEADLINE_S)
    assert seen[-1] is Awaiting.IDLE
    assert rig.terminal.panel().last == "booked EUR 12,34"


def test_nothing_but_progress_is_reported_on_a_clean_line(build: Callable[..., Rig]) -> None:
    rig = build()

    rig.sale()

    assert [event for event in rig.events if isinstance(event, Notice)] == []
