"""Approved payables and proven payments are told to ERPs in the unit of their cause, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState, moved
from gateway.domain.ids import PayableId
from gateway.domain.money import Money
from gateway.domain.payables.payment_order import OrderState
from gateway.services.erp.enqueue_bills import EnqueueBills, Proven
from gateway.services.erp.take_back_bills import TAKEN_BACK
from tests.support.approval_desk import ApprovalDesk
from tests.support.bank_loop import BankLoop, MovableClock
from tests.support.payable_rows import HERE
from tests.support.run_rows import HERE as BANK_PLACE
from tests.support.run_rows import TODAY

ACCOUNT = "books"
BILLS = EnqueueBills((ACCOUNT,), UTC)


@pytest.fixture
def desk(database_url: str) -> Iterator[ApprovalDesk]:
    with closing(SqlStorage(database_url, MovableClock())) as storage:
        yield ApprovalDesk(storage, bills=BILLS)


def _told(storage: SqlStorage, place: tuple[object, object] = HERE) -> tuple[Posting, ...]:
    with storage.read() as unit:
        return unit.erp.page(place, ACCOUNT, None, 0, 100)  # type: ignore[arg-type]  # ids of the rows


def _set(storage: SqlStorage, posting: Posting, *states: PostingState) -> None:
    """Let a posting go on as the runner would."""
    for state in states:
        after = moved(posting, state, posting.changed_at)
        with storage.write() as unit:
            assert unit.erp.move(HERE, after, former=posting.state, epoch=None, actor="runner")
        posting = after


def _approved(desk: ApprovalDesk) -> PayableId:
    payable = desk.payable(desk.supplier())
    desk.vote("paul", payable.id)
    return payable.id


def test_bill_when_a_payable_is_approved_then_it_waits_once_with_the_payable_as_its_trace(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())
    before = _told(desk.storage)
    desk.vote("paul", payable.id)

    (bill,) = _told(desk.storage)
    assert before == ()
    assert (bill.kind, bill.state, bill.trace_id) == (DocumentKind.VENDOR_BILL, PostingState.WAITING, payable.id.hex)
    assert bill.document["number"] == payable.number
    assert bill.document["gross_minor"] == payable.gross.minor


def test_bill_when_the_approval_is_taken_back_then_what_waits_is_not_wanted_any_more(desk: ApprovalDesk) -> None:
    payable_id = _approved(desk)
    (bill,) = _told(desk.storage)
    with desk.storage.read() as unit:
        wanted = BILLS.unwanted_in(unit, HERE, bill)
    desk.reject("paul", payable_id)

    with desk.storage.read() as unit:
        assert (wanted, BILLS.unwanted_in(unit, HERE, bill)) == ("", TAKEN_BACK)


def test_bill_when_approved_again_with_the_same_content_then_there_is_no_second_one(desk: ApprovalDesk) -> None:
    payable_id = _approved(desk)
    with desk.storage.write() as unit:
        BILLS.approved_in(unit, desk.load(payable_id), desk.clock.now())

    assert len(_told(desk.storage)) == 1


def test_bill_when_another_content_is_approved_before_it_was_sent_then_it_gives_way(desk: ApprovalDesk) -> None:
    payable_id = _approved(desk)
    desk.change(payable_id, reference="RF18539007547034")
    desk.vote("paul", payable_id)

    first, second = _told(desk.storage)
    assert (first.state, first.detail) == (PostingState.GIVEN_UP, TAKEN_BACK)
    assert second.state is PostingState.WAITING
    assert second.document["payment_reference"] == "RF18539007547034"


@pytest.mark.parametrize("reached", [(PostingState.SENDING,), (PostingState.SENDING, PostingState.POSTED)])
def test_bill_when_another_content_is_approved_after_it_may_be_there_then_a_person_has_to_look(
    desk: ApprovalDesk, reached: tuple[PostingState, ...]
) -> None:
    payable_id = _approved(desk)
    _set(desk.storage, _told(desk.storage)[0], *reached)
    desk.change(payable_id, reference="RF18539007547034")
    desk.vote("paul", payable_id)

    first, second = _told(desk.storage)
    assert first.state is reached[-1]
    assert (second.state, second.code) == (PostingState.REFUSED, "refused")
    assert "earlier approval" in second.detail


def test_payments_when_a_statement_shows_them_then_each_is_told_once_with_its_bill(
    database_url: str, tmp_path: Path
) -> None:
    with closing(SqlStorage(database_url, MovableClock())) as storage:
        loop = BankLoop(storage, tmp_path / "bank", payables=2, bills=BILLS)
        loop.whole_way("accept")

        told = _told(storage, BANK_PLACE)

    assert [one.kind for one in told] == [DocumentKind.VENDOR_PAYMENT] * 2
    assert {one.document["end_to_end_id"] for one in told} == {one.end_to_end_id for one in loop.sent}
    assert {one.trace_id for one in told} == {one.id.hex for one in loop.payables}
    assert [one.document["pays"][0]["discount_minor"] for one in told] == [100, 100]


def test_payments_when_the_money_comes_back_then_an_entry_makes_it_owed_again(
    database_url: str, tmp_path: Path
) -> None:
    with closing(SqlStorage(database_url, MovableClock())) as storage:
        loop = BankLoop(storage, tmp_path / "bank", bills=BILLS)
        loop.whole_way("returns", days=7)

        told = _told(storage, BANK_PLACE)

        returned = [one for one in loop.orders() if one.state is OrderState.RETURNED]

    entries = [one for one in told if one.kind is DocumentKind.JOURNAL_ENTRY]
    assert len(told) - len(entries) == len(loop.sent)
    assert {one.document["reference"] for one in entries} == {f"{one.end_to_end_id} back" for one in returned}
    back = entries[0]
    paid = next(one for one in told if one.trace_id == back.trace_id)
    assert back.document["lines"][0]["debit_minor"] == paid.document["amount_minor"]
    assert back.document["lines"][1]["party"]["name"] == paid.document["vendor"]["name"]


def test_payment_when_the_bank_moved_another_amount_then_a_person_decides_and_the_words_have_both(
    database_url: str, tmp_path: Path
) -> None:
    with closing(SqlStorage(database_url, MovableClock())) as storage:
        loop = BankLoop(storage, tmp_path / "bank", payables=1, bills=BILLS)
        [order] = loop.sent
        more = Proven(order, TODAY, order.amount + Money(50, order.amount.currency))
        less = Proven(order, TODAY, order.amount - Money(50, order.amount.currency))
        with storage.write() as unit:
            for _ in range(2):
                BILLS.paid_in(unit, BANK_PLACE, [more], loop.clock.now())
                BILLS.came_back_in(unit, BANK_PLACE, [less], loop.clock.now())

        told = _told(storage, BANK_PLACE)

    assert [one.kind for one in told] == [DocumentKind.VENDOR_PAYMENT, DocumentKind.JOURNAL_ENTRY]
    assert [(one.state, one.code) for one in told] == [(PostingState.REFUSED, "sum_differs")] * 2
    for one, shown in zip(told, (more.shown, less.shown), strict=True):
        assert shown is not None
        assert one.detail.startswith(
            f"The bank moved {shown.to_decimal()} EUR, and {order.amount.to_decimal()} EUR was"
        )
