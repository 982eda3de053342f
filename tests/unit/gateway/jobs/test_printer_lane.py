"""The thread that owns a printer: every receipt once, or a person is told why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import TRIES_MAX, Delivery, DeliveryVerdict, OutboxMessage, OutboxState, backoff_s
from gateway.jobs.printer_lane import (
    RECEIPT_EXPIRES_S,
    after_delivery,
)
from gateway.ports.events import LiveEvent
from gateway.ports.printer import PrintVerdict
from gateway.services.paper.print_receipt import DeliverReceipt
from tests.support.lane_rig import PRINTER, STORE, TENANT, LaneNode, approval
from tests.support.paper_node import SECOND_PRINTER, WRITER, Build, clock_of_today
from tests.support.scripted_printer import ScriptedPrinter
from tests.support.scripted_terminal import DEADLINE_S
from tests.support.web_shop import MovingClock, new_id


def test_paid_payment_then_both_receipts_are_printed_once_as_originals(paper: Build, till: LaneNode) -> None:
    printer = ScriptedPrinter()
    one = paper(printer).start()

    payment_id = till.paid(1234)

    one.until_states(payment_id, OutboxState.DONE, OutboxState.DONE)
    assert sorted(receipt.copy for receipt in printer.papers) == ["customer", "merchant"]
    assert not any(receipt.duplicate for receipt in printer.papers)


def test_killed_while_printing_then_unsure_and_never_a_second_unmarked_receipt(paper: Build, till: LaneNode) -> None:
    """The first node dies in the middle of a receipt; the second finds it started."""
    printer = ScriptedPrinter()
    printer.hold()
    first = paper(printer).start()
    payment_id = till.paid()
    printer.until_busy()
    with first.inner.write() as unit:
        unit.devices.release("node-1")
    other = ScriptedPrinter()

    second = paper(other, holder="node-2").start()

    found = second.until_states(payment_id, OutboxState.UNSURE, OutboxState.DONE)
    assert "stopped while this was printing" in (found[0].note or "")
    assert [receipt.copy for receipt in other.papers] == [ReceiptCopy.MERCHANT]
    assert (printer.forgotten, other.forgotten) == (0, 1)
    # The first node comes back to life: its word is fenced off, and it begins nothing more.
    printer.let_go()
    till.until(lambda: len(printer.papers) == 1, "the first receipt to come out after all")
    first.lane.stop(DEADLINE_S)
    assert [receipt.copy for receipt in printer.papers] == [ReceiptCopy.CUSTOMER]
    second.until_states(payment_id, OutboxState.UNSURE, OutboxState.DONE)


def test_fenced_off_finish_then_nothing_is_announced(paper: Build, till: LaneNode) -> None:
    printer = ScriptedPrinter()
    printer.hold()
    first = paper(printer).start()
    payment_id = till.paid()
    printer.until_busy()
    listener = till.board.subscribe(TENANT, STORE, payment_id)
    with first.inner.write() as unit:
        unit.devices.release("node-1")
        lease = unit.devices.acquire(TENANT, STORE, PRINTER, "node-2", 60)
        assert lease is not None
        unit.outbox.mark_unsure(TENANT, STORE, PRINTER, epoch=lease.epoch, note="Look.", now=till.clock.now())

    printer.let_go()
    till.until(lambda: len(printer.papers) == 1, "the receipt")
    first.lane.stop(DEADLINE_S)

    told: LiveEvent | None = listener.wait(0)
    assert told is None
    assert first.deliveries(payment_id)[ReceiptCopy.CUSTOMER].state is OutboxState.UNSURE


def test_stop_between_two_receipts_then_the_second_waits_and_is_printed_at_the_next_start(
    paper: Build, till: LaneNode
) -> None:
    printer = ScriptedPrinter()
    printer.hold()
    first = paper(printer).start()
    payment_id = till.paid()
    printer.until_busy()
    first.lane.ask_to_stop()
    printer.let_go()
    first.stop()
    assert [message.state for message in till.load(payment_id).deliveries] == [OutboxState.DONE, OutboxState.READY]

    second = paper(printer, holder="node-2").start()

    second.until_states(payment_id, OutboxState.DONE, OutboxState.DONE)
    assert len(printer.papers) == 2


def test_out_of_paper_then_all_is_held_and_printed_once_when_ready(paper: Build, till: LaneNode) -> None:
    printer = ScriptedPrinter()
    printer.ready = False
    one = paper(printer).start()
    payments = [till.begin(100)]
    till.settle(payments[0], approval(100))
    printer.until_looked(2)
    payments += [till.paid(minor) for minor in (200, 300)]
    assert printer.papers == []
    assert printer.tries <= 2

    printer.ready = True

    for payment_id in payments:
        one.until_states(payment_id, OutboxState.DONE, OutboxState.DONE)
    assert len(printer.papers) == 6
    assert not any(receipt.duplicate for receipt in printer.papers)


def test_printer_that_is_ready_and_refuses_then_the_back_off_holds(paper: Build, till: LaneNode) -> None:
    """A device that cannot tell its state says it is ready: its receipts must not use up all tries in a moment."""
    printer = ScriptedPrinter()
    printer.verdict, printer.tells_state = PrintVerdict.NOT_PRINTED, False
    clock = clock_of_today()
    one = paper(printer, clock=clock).start()
    payment_id = till.paid()
    till.until(lambda: printer.tries == 2, "one try of each receipt")

    for tries in range(1, TRIES_MAX):
        clock.move(backoff_s(tries))
        till.until(lambda wanted=2 * (tries + 1): printer.tries == wanted, f"try {tries + 1}")  # type: ignore[misc]

    found = one.until_states(payment_id, OutboxState.DEAD, OutboxState.DEAD)
    assert printer.tries == 2 * TRIES_MAX
    assert found[0].note == f"Given up after {TRIES_MAX} tries: The line to the printer broke."


def test_receipt_that_waited_too_long_then_given_up_with_a_reason(paper: Build, till: LaneNode) -> None:
    printer = ScriptedPrinter()
    clock = clock_of_today()
    old = till.paid(100)
    clock.move(RECEIPT_EXPIRES_S)
    one = paper(printer, clock=clock).start()

    found = one.until_states(old, OutboxState.DEAD, OutboxState.DEAD)

    assert found[0].note == "Not printed: it waited more than 4 hours for the printer. Print a copy if it is wanted."
    assert printer.tries == 0


def test_slow_printer_then_another_one_goes_on(paper: Build, storage: SqlStorage, till: LaneNode) -> None:
    slow, quick = ScriptedPrinter(), ScriptedPrinter()
    slow.hold()
    paper(slow).start()
    paper(quick, printer_id=SECOND_PRINTER).start()
    payment_id = till.paid()
    slow.until_busy()
    message = till.load(payment_id).deliveries[0]

    with storage.write() as unit:
        unit.outbox.add(_to(message, SECOND_PRINTER))

    till.until(lambda: len(quick.papers) == 1, "the other printer's receipt")
    assert slow.papers == []
    slow.let_go()


def test_printer_set_up_otherwise_while_it_prints_then_the_next_receipt_is_for_the_new_one(
    paper: Build, till: LaneNode
) -> None:
    before, after = ScriptedPrinter(), ScriptedPrinter()
    before.hold()
    one = paper(before).start()
    payment_id = till.paid()
    before.until_busy()

    one.lane.exchange(after)
    before.let_go()

    one.until_states(payment_id, OutboxState.DONE, OutboxState.DONE)
    assert (len(before.papers), len(after.papers)) == (1, 1)


def test_unsure_line_then_unsure_and_the_next_receipt_goes_on(paper: Build, till: LaneNode) -> None:
    printer = ScriptedPrinter()
    printer.verdict = PrintVerdict.UNSURE
    one = paper(printer).start()

    payment_id = till.paid()

    one.until_states(payment_id, OutboxState.UNSURE, OutboxState.UNSURE)
    assert printer.tries == 2


@pytest.mark.parametrize("failures", [1, 4])
def test_database_away_while_a_receipt_is_finished_then_done_in_the_end(
    paper: Build, till: LaneNode, failures: int
) -> None:
    printer = ScriptedPrinter()
    printer.hold()
    one = paper(printer).start()
    payment_id = till.paid()
    printer.until_busy()
    one.storage.fail_writes(failures)

    printer.let_go()

    one.until_states(payment_id, OutboxState.DONE, OutboxState.DONE)
    assert len(printer.papers) == 2
    assert one.storage.failed == failures


def test_answer_of_the_finishing_commit_lost_then_nothing_is_printed_twice_or_stuck(
    paper: Build, till: LaneNode
) -> None:
    """The commit that finished the first receipt had started the second: nobody knows, so it is told as unsure."""
    printer = ScriptedPrinter()
    printer.hold()
    one = paper(printer).start()
    payment_id = till.paid()
    printer.until_busy()
    one.storage.lose_answers(1)

    printer.let_go()

    one.until_states(payment_id, OutboxState.DONE, OutboxState.UNSURE)
    assert len(printer.papers) == 1


class _Broken(DeliverReceipt):
    """A delivery that meets a fault of our own with one of the two receipts."""

    def deliver(self, message: OutboxMessage, printer: Any) -> Delivery:
        if message.payload["copy"] == ReceiptCopy.CUSTOMER:
            raise ZeroDivisionError
        return super().deliver(message, printer)


def test_receipt_that_cannot_be_made_then_unsure_and_the_others_go_on(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    printer = ScriptedPrinter()
    one = paper(printer, deliver=_Broken(storage=storage, writer=WRITER)).start()

    first, second = till.paid(100), till.paid(200)

    for payment_id in (first, second):
        found = one.until_states(payment_id, OutboxState.UNSURE, OutboxState.DONE)
        assert "failed while printing" in (found[0].note or "")
    assert len(printer.papers) == 2


def test_receipt_of_a_payment_that_is_not_stored_then_dead_with_a_reason(
    paper: Build, till: LaneNode, storage: SqlStorage
) -> None:
    payment_id = till.paid()
    message = till.load(payment_id).deliveries[0]
    foreign = _to(message, PRINTER, attempt_id=str(payment_id))
    with storage.write() as unit:
        unit.outbox.add(foreign)

    paper(ScriptedPrinter()).start()

    def stored() -> OutboxMessage | None:
        with storage.read() as unit:
            return unit.outbox.get(TENANT, STORE, foreign.id)

    till.until(lambda: (found := stored()) is not None and found.state is OutboxState.DEAD, "a dead letter")
    found = stored()
    assert found is not None
    assert "not stored here" in (found.note or "")


@pytest.mark.parametrize(
    ("verdict", "tries", "state"),
    [
        (DeliveryVerdict.DONE, 0, OutboxState.DONE),
        (DeliveryVerdict.UNSURE, 0, OutboxState.UNSURE),
        (DeliveryVerdict.IMPOSSIBLE, 0, OutboxState.DEAD),
        (DeliveryVerdict.NOT_DONE, 0, OutboxState.READY),
        (DeliveryVerdict.NOT_DONE, TRIES_MAX - 2, OutboxState.READY),
        (DeliveryVerdict.NOT_DONE, TRIES_MAX - 1, OutboxState.DEAD),
    ],
)
def test_after_delivery(verdict: DeliveryVerdict, tries: int, state: OutboxState, till: LaneNode) -> None:
    clock = MovingClock()
    message = _to(till.load(till.paid()).deliveries[0], PRINTER, tries=tries)

    after = after_delivery(message, Delivery(verdict, "Because."), clock)

    assert (after.state, after.tries) == (state, tries + 1)
    assert "Because." in (after.note or "")
    if state is OutboxState.READY:
        assert after.due_at == clock.now() + timedelta(seconds=backoff_s(tries + 1))


def _to(message: OutboxMessage, target: str, *, attempt_id: str = "", tries: int = 0) -> OutboxMessage:
    payload = message.payload | ({"attempt_id": attempt_id} if attempt_id else {})
    return replace(message, id=OutboxId(new_id()), target=target, payload=payload, tries=tries, state=OutboxState.READY)
