"""The virtual terminal's behaviour without thread, line and clock: bytes are passed by hand, time is a number."""

import pytest

from terminal_driver.engine import Finished, Progress
from terminal_driver.outcome import Aborted, Approved, LastResult, TerminalStatus, TransactionData, Unknown
from terminal_driver.virtual.device_dialogue import LineWish
from terminal_driver.virtual.panel import Awaiting, Key, KeyPress
from terminal_driver.virtual.sale_run import CARDHOLDER_PATIENCE_S
from terminal_driver.zvt import commands
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.commands import RepeatReceipt
from tests.support.zvt_pair import SALE, ZvtPair


def test_cardholder_who_never_comes_ends_the_sale_after_the_terminals_patience() -> None:
    pair = ZvtPair("approve")

    pair.to_terminal(pair.register.start_operation(SALE, pair.now_s))
    awaited = pair.terminal.awaiting
    pair.expire_terminal()

    assert awaited is Awaiting.CARD
    assert pair.now_s == CARDHOLDER_PATIENCE_S
    assert isinstance(pair.result(), Aborted)
    assert pair.journal.entries == ()


def test_key_that_nothing_waits_for_does_nothing() -> None:
    pair = ZvtPair("approve")

    pair.press(Key.CANCEL)
    pair.to_terminal(pair.register.start_operation(SALE, pair.now_s))
    pair.press(Key.PIN)
    pair.press(Key.RELEASE)

    assert pair.terminal.awaiting is Awaiting.CARD
    assert not any(isinstance(event, Finished) for event in pair.events)


def test_status_during_a_sale_is_busy_and_the_sale_goes_on() -> None:
    pair = ZvtPair("approve")
    pair.to_terminal(pair.register.start_operation(SALE, pair.now_s))

    answer = pair.terminal.receive(Apdu(commands.STATUS_ENQUIRY).encode(), pair.now_s)
    pair.terminal.receive(b"\x80\x00\x00", pair.now_s)
    pair.press(Key.CARD, "visa")
    pair.press(Key.PIN)

    assert answer.endswith(b"\x06\x0f\x01\x9c")
    assert isinstance(pair.result(), Approved)


def test_abort_after_the_booking_is_refused() -> None:
    pair = ZvtPair("late_result")
    pair.pay()
    assert pair.terminal.awaiting is Awaiting.RELEASE

    pair.to_terminal(pair.register.request_abort(pair.now_s))
    pair.press(Key.CANCEL)
    pair.press(Key.RELEASE)

    assert isinstance(pair.result(), Approved)
    assert [entry.reversed for entry in pair.journal.entries] == [False]


def test_register_that_cannot_print_still_gets_its_approval() -> None:
    """84 CC to a receipt: the sale stands (PA00P015 2.2.9)."""
    pair = ZvtPair("print_lines")
    pair.to_terminal(pair.register.start_operation(SALE, pair.now_s))
    pair.press(Key.CARD, "visa")

    out = pair.terminal.press(KeyPress(Key.PIN), pair.now_s)
    seen = []
    while out:
        message = out[-out[2] - 3 :] if out[:2] == b"\x80\x00" else out
        seen.append(message[:2].hex())
        refused = message[:2] in (b"\x06\xd1", b"\x06\xd3")
        out = pair.terminal.receive(b"\x84\xcc\x00" if refused else b"\x80\x00\x00", pair.now_s)

    assert seen == ["04ff", "040f", "04ff", "06d1", "060f"]
    assert [entry.reversed for entry in pair.journal.entries] == [False]


def test_booking_is_in_the_journal_before_the_result_is_sent() -> None:
    held: list[int] = []

    def accept(_: TransactionData) -> bool:
        held.append(len(pair.journal.entries))
        return True

    pair = ZvtPair("approve", accept=accept)
    pair.pay()

    assert held == [1]


def test_line_broken_while_waiting_books_nothing_and_the_terminal_is_idle_again() -> None:
    pair = ZvtPair("approve")
    pair.to_terminal(pair.register.start_operation(SALE, pair.now_s))

    pair.terminal.broken(pair.now_s)
    pair.register.line_lost(pair.now_s)
    pair.to_register(b"")

    assert isinstance(pair.result(), Unknown)
    assert pair.terminal.awaiting is Awaiting.IDLE
    assert pair.journal.entries == ()


@pytest.mark.parametrize("name", ["line_lost_before_booking", "line_lost_before_status", "line_lost_before_completion"])
def test_scenario_wishes_the_line_cut_once(name: str) -> None:
    pair = ZvtPair(name)

    pair.pay()

    assert pair.terminal.take_wish() is LineWish.CUT
    assert pair.terminal.take_wish() is LineWish.NONE


def test_busy_answers_run_out_after_a_break() -> None:
    pair = ZvtPair("line_lost_then_busy")
    pair.pay()
    pair.terminal.broken(pair.now_s)
    pair.register.line_lost(pair.now_s)
    pair.to_register(b"")

    ready = []
    for _ in range(3):
        pair.events.clear()
        pair.to_terminal(pair.register.start_status(pair.now_s))
        status = pair.result()
        assert isinstance(status, TerminalStatus)
        ready.append(status.ready)

    assert ready == [False, False, True]


def test_last_transaction_is_the_newest_that_was_not_taken_back() -> None:
    pair = ZvtPair("approve", accept=lambda data: data.receipt_no == 1)
    pair.pay()
    pair.pay()
    pair.events.clear()

    pair.to_terminal(pair.register.start_last_result(pair.now_s))

    assert [(entry.receipt_no, entry.reversed) for entry in pair.journal.entries] == [(1, False), (2, True)]
    result = pair.result()
    assert isinstance(result, LastResult)
    assert result.data.receipt_no == 1


def test_repeated_receipt_is_printed_when_wished() -> None:
    pair = ZvtPair("approve")
    pair.pay()

    out = pair.terminal.receive(RepeatReceipt("000000", service_byte=None).encode().encode(), pair.now_s)
    printed = 0
    while out:
        printed += out.count(b"Card payment")
        out = pair.terminal.receive(b"\x80\x00\x00", pair.now_s)

    assert printed == 2
    assert pair.terminal.awaiting is Awaiting.IDLE


def test_progress_follows_the_scenario() -> None:
    pair = ZvtPair("decline")

    pair.pay()

    words = [event.code for event in pair.events if isinstance(event, Progress)]
    assert words == ["insert_card", "enter_pin", "wait_for_host", "declined"]
