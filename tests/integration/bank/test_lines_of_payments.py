"""Lines of payments to suppliers over both databases: proven by their line, or settled by it, and booked once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.bank_statement import LineState, StatementLine
from gateway.domain.bank.open_item import ItemSource, StoredItem
from gateway.domain.errors import GatewayError
from gateway.domain.payables.payable import PayableState
from tests.support.bank_loop import BankLoop
from tests.support.bank_statements import camt_entry
from tests.support.run_rows import HERE
from tests.support.statement_desk import StatementDesk
from tests.support.still_parts import MovingClock

PAID = -11_800
"""One payment: 119.00 less a discount of 1.00."""


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, MovingClock())) as found:
        yield found


@pytest.fixture
def desk(storage: SqlStorage) -> StatementDesk:
    return StatementDesk(storage, automatic=True, place=HERE)


@pytest.fixture
def loop(desk: StatementDesk, tmp_path: Path) -> BankLoop:
    return BankLoop(desk.storage, tmp_path)


def _entry(end_to_end: str, amount: str = "-118.00") -> str:
    inside = f"<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs></TxDtls></NtryDtls>"
    return camt_entry(amount, ref=f"B{end_to_end}", inside=inside)


def _items(desk: StatementDesk) -> list[StoredItem]:
    """Return the open items of payments."""
    with desk.storage.read() as unit:
        found = unit.open_items.open_items(*HERE, 100)
    return [one for one in found if one.source is ItemSource.PAYMENT_ORDER]


def _matched(desk: StatementDesk) -> list[StatementLine]:
    return desk.lines(LineState.MATCHED)


def test_payment_that_no_message_named_then_its_line_settles_it_and_is_not_taken_back(
    desk: StatementDesk, loop: BankLoop
) -> None:
    loop.hand_over()
    desk.take([_entry(loop.sent[0].end_to_end_id)])

    run = desk.match.run(desk.theo)

    [line] = _matched(desk)
    assert run.matched == 1
    assert loop.states() == ["settled", "sent", "sent", "sent"]
    assert loop.payable(1).state is PayableState.RECONCILED
    # Import and settlement both moved the bank account; the line gave back what the import had booked.
    assert (desk.balances()["bank/main"], desk.balances().get("unexplained/main")) == (PAID, None)
    assert len(_items(desk)) == 3
    before = desk.balances()
    with pytest.raises(GatewayError) as refused:
        desk.decide.undo(desk.theo, line.id, line.version, "It was another payment.")
    assert (refused.value.code, desk.balances()) == ("undo_would_unsettle", before)


def test_payments_that_messages_settled_then_lines_prove_them_and_can_be_taken_back(
    desk: StatementDesk, loop: BankLoop
) -> None:
    loop.hand_over()
    desk.match.run(desk.theo)
    loop.whole_way("accept")
    settled = desk.balances()
    desk.take([_entry(order.end_to_end_id) for order in loop.sent])

    run = desk.match.run(desk.theo)

    assert run.matched == 4
    assert {loop.payable(number).state for number in range(1, 5)} == {PayableState.RECONCILED}
    assert desk.balances() == settled
    assert _items(desk) == []
    line = _matched(desk)[0]
    desk.decide.undo(desk.theo, line.id, line.version, "To look once more.")
    assert desk.balances() == settled | {"bank/main": settled["bank/main"] + PAID, "unexplained/main": -PAID}
    assert [one.remaining.minor for one in _items(desk)] == [PAID]
    assert sorted(loop.payable(number).state for number in range(1, 5)) == ["reconciled"] * 3 + ["settled"]
    assert desk.match.run(desk.theo).matched == 1
    assert desk.balances() == settled


def test_payments_the_bank_rejected_then_they_are_no_items_any_more(desk: StatementDesk, loop: BankLoop) -> None:
    loop.hand_over()
    desk.match.run(desk.theo)
    assert len(_items(desk)) == 4

    loop.whole_way("part")
    desk.match.run(desk.theo)

    left = {one.source_id for one in _items(desk)}
    assert left == {str(order.id) for order in loop.orders() if order.state.value == "settled"}
    assert 0 < len(left) < 4
