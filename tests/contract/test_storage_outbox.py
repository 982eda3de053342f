"""Messages to deliver, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import OutboxId, StoreId
from gateway.domain.outbox import OutboxMessage, OutboxState
from tests.support.storage_rows import NOON, Shop, new_id

PRINTER = "printer-1"


def _message(shop: Shop, minutes: int = 0, *, target: str = PRINTER) -> OutboxMessage:
    return OutboxMessage(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=OutboxId(new_id()),
        kind="print_receipt",
        target=target,
        payload={"copy": "customer", "wörter": "\"'\\"},
        created_at=NOON + timedelta(minutes=minutes),
    )


def _add(shop: Shop, *messages: OutboxMessage) -> None:
    with shop.storage.write() as unit:
        assert all(unit.outbox.add(message) for message in messages)


def _start(shop: Shop, epoch: int = 1, limit: int = 10, minutes: int = 60) -> tuple[OutboxMessage, ...]:
    now = NOON + timedelta(minutes=minutes)
    with shop.storage.write() as unit:
        return unit.outbox.start_due(shop.tenant_id, shop.store_id, PRINTER, epoch=epoch, now=now, limit=limit)


def _finish(shop: Shop, message: OutboxMessage, epoch: int) -> bool:
    with shop.storage.write() as unit:
        return unit.outbox.finish(message, epoch=epoch, now=NOON)


def _get(shop: Shop, message: OutboxMessage) -> OutboxMessage | None:
    with shop.storage.read() as unit:
        return unit.outbox.get(shop.tenant_id, shop.store_id, message.id)


def test_message_when_added_then_read_back_unchanged_and_only_in_its_store(shop: Shop) -> None:
    message = replace(_message(shop), due_at=NOON, tries=3, note="Later.")

    _add(shop, message)

    assert _get(shop, message) == message
    with shop.storage.read() as unit:
        assert unit.outbox.get(shop.tenant_id, StoreId("south"), message.id) is None


def test_message_when_id_is_taken_then_false_and_the_first_stays(shop: Shop) -> None:
    message = _message(shop)
    _add(shop, message)

    with shop.storage.write() as unit:
        assert not unit.outbox.add(replace(message, kind="other"))

    assert _get(shop, message) == message


def test_start_then_oldest_first_up_to_the_limit_and_each_once(shop: Shop) -> None:
    messages = [_message(shop, minutes) for minutes in (2, 0, 1)]
    _add(shop, *messages, _message(shop, target="printer-2"))

    first = _start(shop, epoch=5, limit=2)
    second = _start(shop, epoch=5)

    assert [message.id for message in first] == [messages[1].id, messages[2].id]
    assert [message.id for message in second] == [messages[0].id]
    assert {(message.state, message.epoch) for message in first} == {(OutboxState.STARTED, 5)}
    assert _start(shop, epoch=5) == ()


def test_start_when_not_due_then_left(shop: Shop) -> None:
    message = replace(_message(shop), due_at=NOON + timedelta(minutes=5))
    _add(shop, message)

    assert _start(shop, minutes=4) == ()
    assert [one.id for one in _start(shop, minutes=5)] == [message.id]


def test_start_when_the_lease_has_moved_on_then_nothing(shop: Shop) -> None:
    _add(shop, _message(shop))
    with shop.storage.write() as unit:
        lease = unit.devices.acquire(shop.tenant_id, shop.store_id, shop.printer_id, "node-2", 60)
    assert lease is not None

    assert _start(shop, epoch=lease.epoch - 1) == ()
    assert len(_start(shop, epoch=lease.epoch)) == 1


def test_finish_then_only_under_the_epoch_that_started_it_and_once(shop: Shop) -> None:
    _add(shop, _message(shop))
    started = _start(shop, epoch=3)[0]
    done = replace(started, state=OutboxState.DONE, tries=1, note="Printed.")

    assert [_finish(shop, done, 2), _finish(shop, done, 3), _finish(shop, done, 3)] == [False, True, False]

    assert _get(shop, started) == done


def test_finish_when_it_is_to_be_tried_again_then_due_later(shop: Shop) -> None:
    _add(shop, _message(shop))
    started = _start(shop)[0]
    later = replace(started, state=OutboxState.READY, tries=1, due_at=NOON + timedelta(minutes=90), note="Off.")

    assert _finish(shop, later, 1)

    assert _start(shop, minutes=89) == ()
    assert _start(shop, epoch=2, minutes=90) == (replace(later, state=OutboxState.STARTED, epoch=2),)


def test_unsure_then_only_what_an_older_epoch_started_for_that_target(shop: Shop) -> None:
    old, current, ready = (_message(shop, minutes) for minutes in range(3))
    _add(shop, old, current)
    _start(shop, epoch=1, limit=1)
    _start(shop, epoch=2, limit=1)
    _add(shop, ready)

    with shop.storage.write() as unit:
        outbox = unit.outbox
        count = outbox.mark_unsure(shop.tenant_id, shop.store_id, PRINTER, epoch=2, note="Power cut.", now=NOON)

    assert count == 1
    with shop.storage.read() as unit:
        waiting = unit.outbox.waiting(shop.tenant_id, shop.store_id)
    assert [(message.state, message.note) for message in waiting] == [
        (OutboxState.UNSURE, "Power cut."),
        (OutboxState.STARTED, None),
        (OutboxState.READY, None),
    ]


def test_waiting_then_without_what_is_done(shop: Shop) -> None:
    done, dead = _message(shop), _message(shop, 1)
    _add(shop, done, dead)
    _start(shop)
    _finish(shop, replace(done, state=OutboxState.DONE), 1)
    _finish(shop, replace(dead, state=OutboxState.DEAD), 1)

    with shop.storage.read() as unit:
        waiting = unit.outbox.waiting(shop.tenant_id, shop.store_id)

    assert [message.id for message in waiting] == [dead.id]


def test_message_when_it_names_a_payment_then_loaded_with_it(shop: Shop) -> None:
    stored = shop.begin(shop.intent())
    message = replace(_message(shop), payload={"payment_id": str(stored.payment_id)})

    _add(shop, message)

    assert shop.load(stored.payment_id).deliveries == (message,)
