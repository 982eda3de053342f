"""Released runs with the virtual bank, over real storage: files go once, and every word of the bank has its effect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.payables.bank_task import TaskKind
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.payable_ledger import payable_account
from gateway.domain.payables.payment_order import FileState, RunState
from gateway.ports.payment_run_store import BankMessage
from tests.support.bank_loop import HOLDER, BankLoop, MovableClock
from tests.support.run_rows import HERE, supplier_id_of
from tests.support.storage_rows import new_id

OWED = payable_account(supplier_id_of("Alpha"))


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, MovableClock())
    yield opened
    opened.close()


@pytest.fixture
def loop(storage: SqlStorage, tmp_path: Path) -> BankLoop:
    return BankLoop(storage, tmp_path / "bank")


def test_run_when_handed_over_then_the_bank_has_the_approved_bytes_and_all_is_sent(loop: BankLoop) -> None:
    assert loop.hand_over() == 1

    assert (loop.bank.outgoing / loop.file.remote_name).read_bytes() == loop.file.content
    assert loop.states() == ["sent"] * 4
    assert loop.payable(1).state is PayableState.SENT
    assert loop.run_now().state is RunState.SENT
    assert loop.hand_over() == 0


def test_run_when_another_node_has_the_way_then_nothing_is_handed_over(loop: BankLoop) -> None:
    with loop.storage.write() as unit:
        unit.bank_tasks.take_lease(*HERE, "hand over", "node-2", 600)

    assert loop.hand_over() == 0
    assert loop.states() == ["planned"] * 4


def test_way_to_the_bank_when_its_node_was_killed_then_the_next_start_has_it_at_once(loop: BankLoop) -> None:
    with loop.storage.write() as unit:
        unit.bank_tasks.take_lease(*HERE, "hand over", "node-1 killed", 600)
        unit.bank_tasks.take_lease(*HERE, "collect messages", "node-1 killed", 600)

    loop.files.take_over("somebody else")
    assert loop.hand_over() == 0

    loop.files.take_over("node-1 killed")
    loop.messages.take_over("node-1 killed")
    assert loop.hand_over() == 1
    loop.turn()
    assert loop.states() == ["accepted"] * 4


def test_hand_over_when_killed_behind_its_start_then_the_same_file_goes_once(loop: BankLoop) -> None:
    begun = loop.files._start_in
    assert loop.storage.write_retrying(lambda unit: begun(unit, loop.run.id, loop.file, "system"))
    assert loop.states() == ["sent"] * 4

    assert loop.hand_over() == 1
    loop.bank.work(loop.clock.at)

    assert len(loop.bank.received()) == 4
    assert loop.run_now().state is RunState.SENT


def test_hand_over_when_killed_behind_its_effect_then_it_is_found_and_not_sent_again(loop: BankLoop) -> None:
    loop.storage.write_retrying(lambda unit: loop.files._start_in(unit, loop.run.id, loop.file, "system"))
    loop.channel.hand_over(loop.file.remote_name, loop.file.content)
    loop.bank.work(loop.clock.at)

    assert loop.hand_over() == 1

    loop.bank.work(loop.clock.at)
    assert len(loop.bank.received()) == 4
    assert not list(loop.bank.outgoing.iterdir())


def test_hand_over_when_the_name_has_other_bytes_then_a_person_is_asked_once(loop: BankLoop) -> None:
    (loop.bank.outgoing / loop.file.remote_name).write_bytes(b"other")

    assert loop.hand_over() == 0
    assert loop.hand_over() == 0

    assert [task.kind for task in loop.tasks()] == [TaskKind.HAND_OVER]
    with loop.storage.read() as unit:
        (file,) = unit.payment_runs.files(*HERE, loop.run.id)
    assert file.state is FileState.STARTED
    assert "other content" in file.note


def test_payments_when_booked_then_invoices_are_paid_and_the_books_are_right(loop: BankLoop) -> None:
    loop.whole_way("accept")

    assert loop.states() == ["settled"] * 4
    paid = loop.payable(1)
    assert (paid.state, paid.paid) == (PayableState.SETTLED, paid.gross)
    assert loop.run_now().state is RunState.DONE
    books = loop.balances()
    assert OWED not in books
    assert "payments_in_transit" not in books
    assert books["bank/main"] == (-4 * 11_800, 0)
    # 1.00 of each 119.00: 0.16 of it is tax that was charged for what was not paid.
    assert books["cash_discounts"] == (-4 * 84, 0)
    assert books["input_tax"] == (4 * (1_900 - 16), 0)
    assert loop.tasks() == ()
    assert {order.end_to_end_id for order in loop.paid} == {order.end_to_end_id for order in loop.sent}


@pytest.mark.parametrize("scenario", ["late", "duplicate", "out-of-order", "silence", "slow", "batch"])
def test_payments_whatever_the_messages_do_then_the_end_is_the_same(loop: BankLoop, scenario: str) -> None:
    loop.whole_way(scenario, days=7)

    assert loop.states() == ["settled"] * 4
    assert loop.balances()["bank/main"] == (-4 * 11_800, 0)
    assert loop.tasks() == ()
    assert len(loop.paid) == 4


def test_payment_when_rejected_then_its_invoice_is_open_again_and_held(loop: BankLoop) -> None:
    loop.whole_way("part")

    assert loop.states() == ["settled", "settled", "rejected", "settled"]
    rejected = loop.payable(3)
    assert rejected.state is PayableState.APPROVED
    assert rejected.hold is not None
    assert "AC04" in rejected.hold.reason
    assert loop.balances()[OWED] == (-11_900, 0)
    (task,) = loop.tasks()
    assert (task.kind, (task.detail or {})["reason_class"]) == (TaskKind.REJECTED, "fix_data")
    assert loop.run_now().state is RunState.DONE


def test_payment_when_only_money_was_missing_then_its_invoice_is_free_for_the_next_run(loop: BankLoop) -> None:
    loop.whole_way("no-funds")

    assert loop.states() == ["rejected"] * 4
    assert loop.payable(1).hold is None
    assert {(task.detail or {})["reason_class"] for task in loop.tasks()} == {"retry_later"}
    assert "bank/main" not in loop.balances()


def test_file_when_rejected_then_everything_is_released(loop: BankLoop) -> None:
    loop.whole_way("reject-file")

    assert loop.states() == ["rejected"] * 4
    assert loop.bank.received() == ()
    assert loop.balances()[OWED] == (-4 * 11_900, 0)


def test_payment_when_returned_then_the_debt_is_back_and_nothing_is_paid_again_by_itself(loop: BankLoop) -> None:
    loop.whole_way("returns", days=7)

    assert loop.states() == ["settled", "returned", "settled", "returned"]
    back = loop.payable(2)
    assert (back.state, back.paid.minor) == (PayableState.RETURNED, 0)
    books = loop.balances()
    assert books["bank/main"] == (-2 * 11_800, 0)
    assert books[OWED] == (-2 * 11_900, 0)
    assert books["cash_discounts"] == (-2 * 84, 0)
    assert books["input_tax"] == (2 * 1_900 + 2 * (1_900 - 16), 0)
    assert [task.kind for task in loop.tasks()] == [TaskKind.RETURNED] * 2


def test_charges_then_are_booked_beside_what_is_paid(loop: BankLoop) -> None:
    loop.whole_way("charges")

    assert loop.states() == ["settled"] * 4
    assert loop.balances()["bank_charges"] == (4 * 250, 0)
    assert loop.balances()["bank/main"] == (-4 * (11_800 + 250), 0)
    # The statement names charges the notification has told before: it is applied all the same.
    with loop.storage.read() as unit:
        messages = unit.bank_messages.list(*HERE, limit=100)
    assert "camt.053" in {message.kind for message in messages}
    assert [message.outcome for message in messages if not message.applied] == []


def test_payee_checks_then_wait_for_a_person_unless_they_match(loop: BankLoop) -> None:
    loop.whole_way("payee-check", days=3)

    assert loop.states() == ["settled", *["awaiting_payee_check"] * 3]
    close = loop.orders()[1]
    assert (close.payee_check, close.payee_check_name) == ("CMTC", "Alpha Holding")
    assert [order.payee_check for order in loop.orders()] == ["MTCH", "CMTC", "NMTC", "NOAP"]
    assert [task.kind for task in loop.tasks()] == [TaskKind.PAYEE_CHECK] * 3

    assert loop.bank.decide("E1-2", pay=True, now=loop.clock.at)
    assert loop.bank.decide("E1-3", pay=False, now=loop.clock.at)
    loop.turn()
    loop.turn(1)

    assert loop.states() == ["settled", "settled", "cancelled", "awaiting_payee_check"]
    assert loop.payable(3).state is PayableState.APPROVED
    assert len(loop.tasks()) == 1


def test_file_when_the_bank_sees_it_twice_then_the_first_one_is_not_taken_for_rejected(loop: BankLoop) -> None:
    loop.hand_over()
    loop.turn()
    assert loop.states() == ["accepted"] * 4
    (loop.bank.outgoing / "again.xml").write_bytes(loop.file.content)

    loop.turn()

    assert loop.states() == ["accepted"] * 4
    assert {(task.detail or {})["reason_class"] for task in loop.tasks()} == {"already_done"}
    assert len(loop.bank.received()) == 4


def test_message_when_it_fits_nothing_then_it_is_a_task(loop: BankLoop) -> None:
    stray = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>X
    </MsgId><CreDtTm>2026-03-02T10:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>NOT-OURS</OrgnlMsgId>
    <OrgnlMsgNmId>pain.001</OrgnlMsgNmId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"""
    (loop.bank.incoming / "a.xml").write_bytes(stray)
    (loop.bank.incoming / "b.xml").write_bytes(b"no message at all")

    loop.messages.collect(HOLDER)

    assert sorted(task.kind.value for task in loop.tasks()) == ["unknown_payment", "unreadable"]
    with loop.storage.read() as unit:
        kept = unit.bank_messages.list(*HERE, limit=9)
    assert sorted((message.applied, message.kind) for message in kept) == [(False, "other"), (True, "pain.002")]
    assert not list(loop.bank.incoming.iterdir())


def test_message_when_killed_before_it_was_applied_then_it_is_applied_later(loop: BankLoop) -> None:
    loop.hand_over()
    loop.bank.work(loop.clock.at)
    (path, *_) = sorted(path for path in loop.bank.incoming.iterdir())[1:]
    content = path.read_bytes()
    message = BankMessage(
        id=new_id(),
        kind="pain.002",
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        received_at=loop.clock.at,
        applied=False,
    )
    with loop.storage.write() as unit:
        unit.bank_messages.add(*HERE, message)
    assert loop.states() == ["sent"] * 4

    assert loop.messages.finish_waiting() == 1

    assert loop.states() == ["accepted"] * 4
