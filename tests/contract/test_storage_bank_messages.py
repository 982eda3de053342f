"""Messages of banks, tasks, decisions and the lease of the way to a bank, on both databases."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.db.engine import database_url
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PaymentOrderId, StoreId, TenantId
from gateway.domain.payables.bank_task import BankDecision, BankTask, DecisionKind, TaskKind
from gateway.ports.payment_run_store import BankMessage
from tests.support.storage_rows import NOON, new_id

HERE = (TenantId("main"), StoreId("store-1"))
ELSEWHERE = (TenantId("main"), StoreId("south"))


def _message(content: bytes = b"<Document/>\x00\xff", minutes: int = 0) -> BankMessage:
    return BankMessage(
        id=new_id(),
        kind="pain.002",
        name="status-ä.xml",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        received_at=NOON + timedelta(minutes=minutes),
        applied=False,
    )


def test_message_when_stored_then_is_read_back_to_the_byte(storage: SqlStorage) -> None:
    message = _message()

    with storage.write() as unit:
        assert unit.bank_messages.add(*HERE, message)

    with storage.read() as unit:
        assert unit.bank_messages.load(*HERE, message.id) == message
        assert unit.bank_messages.load(*ELSEWHERE, message.id) is None
        assert unit.bank_messages.list(*ELSEWHERE, limit=10) == ()


def test_message_with_the_same_content_then_is_not_stored_again(storage: SqlStorage) -> None:
    first, again = _message(), _message(minutes=5)
    with storage.write() as unit:
        assert unit.bank_messages.add(*HERE, first)

    with storage.write() as unit:
        assert not unit.bank_messages.add(*HERE, again)
        assert unit.bank_messages.add(*ELSEWHERE, again)

    with storage.read() as unit:
        assert [one.id for one in unit.bank_messages.list(*HERE, limit=10)] == [first.id]


def test_messages_then_are_listed_newest_first_with_what_their_last_reading_gave(storage: SqlStorage) -> None:
    messages = [_message(b"%d" % number, minutes=number) for number in range(3)]
    with storage.write() as unit:
        for message in messages:
            unit.bank_messages.add(*HERE, message)
        unit.bank_messages.conclude(*HERE, messages[1].id, applied=False, outcome="One payment is not known.")
    with storage.write() as unit:
        unit.bank_messages.conclude(*HERE, messages[1].id, applied=True, outcome="Two payments accepted.")

    with storage.read() as unit:
        listed = unit.bank_messages.list(*HERE, limit=2)

    concluded = replace(messages[1], content=b"", applied=True, outcome="Two payments accepted.")
    assert listed == (replace(messages[2], content=b""), concluded)


@pytest.mark.parametrize("statement", ["UPDATE bank_message SET name = ''", "DELETE FROM bank_message_reading"])
def test_message_when_somebody_would_change_it_then_the_database_refuses(storage: SqlStorage, statement: str) -> None:
    message = replace(_message(), applied=True, outcome="read")
    with storage.write() as unit:
        unit.bank_messages.add(*HERE, message)

    with pytest.raises(GatewayError), storage.write() as unit:
        unit._statements.change(text(statement), {})  # type: ignore[attr-defined]  # the database's own rule

    with storage.read() as unit:
        assert unit.bank_messages.load(*HERE, message.id) == message


def _task(order: PaymentOrderId | None, minutes: int = 0) -> BankTask:
    return BankTask(
        id=new_id(),
        kind=TaskKind.REJECTED,
        opened_at=NOON + timedelta(minutes=minutes),
        order_id=order,
        message_id=new_id(),
        detail={"reason": "AC04", "words": "Konto gelöscht"},
    )


def test_task_when_closed_then_is_open_no_more_and_is_closed_once(storage: SqlStorage) -> None:
    order = PaymentOrderId(new_id())
    task, other = _task(order), _task(None, minutes=1)
    with storage.write() as unit:
        unit.bank_tasks.add(*HERE, (task, other))
        unit.bank_tasks.add(*HERE, (replace(task, detail={"reason": "other"}),))

    with storage.write() as unit:
        assert unit.bank_tasks.close(*HERE, task.id, by="anna", note="New account asked for.", at=NOON)
        assert not unit.bank_tasks.close(*HERE, task.id, by="otto", note="", at=NOON)
        assert not unit.bank_tasks.close(*ELSEWHERE, other.id, by="otto", note="", at=NOON)

    closed = replace(task, closed_at=NOON, closed_by="anna", note="New account asked for.")
    with storage.read() as unit:
        assert unit.bank_tasks.list(*HERE, open_only=True) == (other,)
        assert unit.bank_tasks.list(*HERE, open_only=False) == (other, closed)
        assert unit.bank_tasks.of_order(*HERE, order) == (closed,)
        assert unit.bank_tasks.load(*HERE, task.id) == closed


def test_decision_with_an_id_that_is_there_then_is_not_stored_again(storage: SqlStorage) -> None:
    order = PaymentOrderId(new_id())
    decision = BankDecision(
        id=new_id(),
        order_id=order,
        kind=DecisionKind.VOID,
        by=new_id(),
        actor="theo",
        reason="The bank never received it.",
        at=NOON,
        detail={"spoke_with": "the bank's desk"},
    )
    with storage.write() as unit:
        assert unit.bank_tasks.decide(*HERE, decision)

    with storage.write() as unit:
        assert not unit.bank_tasks.decide(*HERE, replace(decision, kind=DecisionKind.PAY))

    with storage.read() as unit:
        assert unit.bank_tasks.decisions(*HERE, order) == (decision,)


@pytest.mark.parametrize("table", ["bank_message", "bank_message_reading", "bank_decision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = 'x'", "DELETE FROM {}"])
def test_what_banks_said_and_people_decided_when_changed_behind_our_back_then_the_database_refuses(
    storage: SqlStorage, statement: str, table: str
) -> None:
    message = _message()
    decision = BankDecision(
        id=new_id(),
        order_id=PaymentOrderId(new_id()),
        kind=DecisionKind.PAY,
        by=new_id(),
        actor="theo",
        reason="Called the supplier.",
        at=NOON,
    )
    with storage.write() as unit:
        unit.bank_messages.add(*HERE, message)
        unit.bank_messages.conclude(*HERE, message.id, applied=True, outcome="Read.")
        unit.bank_tasks.decide(*HERE, decision)

    engine = create_engine(database_url(storage.url.render_as_string(hide_password=False)))
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement.format(table)))
    engine.dispose()


def test_lease_then_is_held_by_one_until_given_back_or_run_out(storage: SqlStorage) -> None:
    def taken(holder: str, lease_s: int = 60) -> bool:
        with storage.write() as unit:
            return unit.bank_tasks.take_lease(*HERE, "hand over", holder, lease_s)

    assert taken("a")
    assert taken("a")
    assert not taken("b")

    with storage.write() as unit:
        unit.bank_tasks.give_back(*HERE, "hand over", "b")
    assert not taken("b")

    with storage.write() as unit:
        unit.bank_tasks.give_back(*HERE, "hand over", "a")
    assert taken("b", lease_s=0)
    assert taken("c"), "a lease that has run out is free"
