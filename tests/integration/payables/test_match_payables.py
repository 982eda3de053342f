"""Matching over real storage: consumption, waiting for goods, decisions, and two at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, InputError, NotPermitted, RuleError
from gateway.domain.payables.matching_record import MatchOutcome
from gateway.domain.payables.payable import Payable, PayableKind, PayableState, PayableStep
from gateway.domain.payables.purchase import PurchaseOrder
from gateway.services.payables.payable_steps import step_in
from tests.support.bank_loop import person
from tests.support.match_desk import CLERK, WAIT_S, Desk, action_on, told
from tests.support.purchase_rows import (
    AT,
    billed,
    order,
    order_id_of,
    order_line,
    payable,
)
from tests.support.storage_rows import FixedClock


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A desk on each database."""
    storage = SqlStorage(database_url, FixedClock())
    yield Desk(storage)
    storage.close()


def _coffee(number: str = "P-1", **more: Any) -> PurchaseOrder:
    return order(number, order_line(1, "10", "8.00", **more))


def _invoice(number: str, quantity: str = "10", price: str = "8.00", **more: Any) -> Payable:
    return payable(number, [billed(1, quantity, price, order_line_no=1)], "P-1", **more)


def test_invoice_as_received_then_matched_coded_and_taken(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))

    found = desk.take_in(_invoice("R-1"))

    assert found.state is PayableState.MATCHED
    assert (found.lines[0].account_code, found.lines[0].tax_code) == ("3400", "V19")
    assert desk.taken("P-1") == (Decimal(10), 8000)
    assert desk.load(found) == found


def test_invoice_before_the_goods_then_goes_on_when_they_arrive(desk: Desk) -> None:
    desk.orders(_coffee())
    one = desk.take_in(_invoice("R-1"))
    assert one.state is PayableState.EXCEPTION
    assert desk.issues(one) == ["not_received_yet"]
    assert desk.taken("P-1") == (Decimal(0), 0)

    desk.receive("P-1", (1, "4"))
    assert desk.issues(one) == ["quantity_above_received"]
    desk.receive("P-1", (1, "6"))

    assert desk.load(one).state is PayableState.MATCHED
    assert desk.taken("P-1") == (Decimal(10), 8000)


def test_invoice_before_the_order_then_goes_on_when_it_comes(desk: Desk) -> None:
    one = desk.take_in(_invoice("R-1"))
    assert desk.issues(one) == ["unknown_order"]

    desk.orders(_coffee())
    assert desk.issues(one) == ["not_received_yet"]
    desk.receive("P-1", (1, "10"))

    assert desk.load(one).state is PayableState.MATCHED


@pytest.mark.parametrize("step", [PayableStep.CANCELLED, PayableStep.REJECTED])
def test_ended_payable_then_what_it_took_is_free_again(desk: Desk, step: PayableStep) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    first = desk.take_in(_invoice("R-1"))
    second = desk.take_in(_invoice("R-2"))
    assert second.state is PayableState.EXCEPTION

    desk.end(first, step)

    assert desk.taken("P-1") == (Decimal(0), 0)
    assert desk.view(first).history[0].outcome is MatchOutcome.RELEASED
    third = desk.take_in(_invoice("R-3"))
    assert (third.state, desk.taken("P-1")) == (PayableState.MATCHED, (Decimal(10), 8000))


def test_changed_content_then_only_the_difference_is_taken(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    one = desk.take_in(_invoice("R-1"))
    smaller = _invoice("R-1", "6")

    with desk.storage.write() as unit:
        later = AT + timedelta(minutes=1)
        changes = {name: getattr(smaller, name) for name in ("lines", "net", "tax", "gross", "taxes")}
        now = step_in(unit, one, PayableStep.CHANGED, actor="anna", at=later, changes=changes)
        desk.advance.advance_in(unit, now, actor="anna", at=later)

    assert desk.taken("P-1") == (Decimal(6), 4800)


def test_credit_note_then_gives_back_and_may_be_billed_again(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    desk.take_in(_invoice("R-1"))

    desk.take_in(_invoice("G-1", "3", kind=PayableKind.CREDIT_NOTE))

    assert desk.taken("P-1") == (Decimal(7), 5600)
    assert desk.take_in(_invoice("R-2", "3")).state is PayableState.MATCHED


def test_two_invoices_at_once_then_only_one_takes_the_goods(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    begin = threading.Barrier(2, timeout=WAIT_S)
    states: list[PayableState] = []

    def take(number: str) -> None:
        begin.wait()
        states.append(desk.take_in(_invoice(number)).state)

    threads = [threading.Thread(target=take, args=(f"R-{number}",)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)

    assert sorted(states) == [PayableState.EXCEPTION, PayableState.MATCHED]
    assert desk.taken("P-1") == (Decimal(10), 8000)


def test_goods_and_invoice_at_once_then_nobody_waits_for_ever(desk: Desk) -> None:
    desk.orders(_coffee())
    begin = threading.Barrier(2, timeout=WAIT_S)
    one = _invoice("R-1")

    def take() -> None:
        begin.wait()
        desk.take_in(one)

    def receive() -> None:
        begin.wait()
        desk.receive("P-1", (1, "10"))

    threads = [threading.Thread(target=work) for work in (take, receive)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)

    assert desk.load(one).state is PayableState.MATCHED


def test_accepted_exception_then_matched_and_kept_with_who_and_why(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    one = desk.take_in(_invoice("R-1", price="9.00"))
    assert desk.issues(one) == ["price_above"]

    desk.decide.accept(CLERK, action_on(one), desk.keys(one), told)

    assert desk.load(one).state is PayableState.MATCHED
    assert desk.taken("P-1") == (Decimal(10), 9000)
    (decision,) = desk.view(one).decisions
    assert (decision.actor, decision.reason) == ("anna", "agreed by telephone")


def test_acceptance_of_other_figures_then_refused(desk: Desk) -> None:
    desk.orders(_coffee())
    one = desk.take_in(_invoice("R-1"))
    keys = desk.keys(one)
    desk.receive("P-1", (1, "4"))

    with pytest.raises(RuleError, match="changed meanwhile"):
        desk.decide.accept(CLERK, action_on(one), keys, told)
    assert desk.load(one).state is PayableState.EXCEPTION


def test_line_without_order_line_then_cannot_be_accepted_but_paired(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    one = desk.take_in(payable("R-1", [billed(1, "10", "8.10", "Kaffee")], "P-1"))
    assert desk.issues(one) == ["unknown_line"]

    with pytest.raises(InputError, match="could not be booked"):
        desk.decide.accept(CLERK, action_on(one), desk.keys(one), told)
    with pytest.raises(InputError, match="no such order line"):
        desk.decide.pair(CLERK, action_on(one), 1, order_id_of("P-1"), 9, told)
    desk.decide.pair(CLERK, action_on(one), 1, order_id_of("P-1"), 1, told)

    assert desk.load(one).state is PayableState.MATCHED
    assert desk.taken("P-1") == (Decimal(10), 8100)


def test_pairing_taken_back_then_as_before(desk: Desk) -> None:
    desk.orders(_coffee())
    one = desk.take_in(payable("R-1", [billed(1, "10", "8.10", "Kaffee")], "P-1"))
    desk.decide.pair(CLERK, action_on(one), 1, order_id_of("P-1"), 1, told)
    assert desk.issues(one) == ["not_received_yet"]

    desk.decide.undo(CLERK, action_on(one), 1, told)

    assert desk.issues(one) == ["unknown_line"]


def test_decision_repeated_then_taken_once_and_other_content_refused(desk: Desk) -> None:
    desk.orders(_coffee())
    desk.receive("P-1", (1, "10"))
    one = desk.take_in(_invoice("R-1", price="9.00"))
    action, keys = action_on(one, name="k-1"), desk.keys(one)

    _, first = desk.decide.accept(CLERK, action, keys, told)
    _, again = desk.decide.accept(CLERK, action, keys, told)

    assert (first, again) == (False, True)
    with pytest.raises(IdempotencyConflict):
        desk.decide.accept(CLERK, replace(action, request=replace(action.request, request_hash="1" * 64)), keys, told)
    with pytest.raises(RuleError, match="past matching"):
        desk.decide.accept(CLERK, action_on(one), keys, told)
    with pytest.raises(NotPermitted):
        desk.decide.accept(_reader(), action_on(one), keys, told)


def _reader() -> Caller:
    return person(Permission.PAYABLES_READ, name="rita")
