"""Endpoints, queues of systems outside and links to receipts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.domain.ids import OutboxId, StoreId
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.telling.outward import WEBHOOK, OutwardSystem, Waiting
from gateway.domain.telling.webhook import Endpoint, EndpointId, EndpointState
from gateway.ports.webhook_store import ReceiptLink
from tests.support.storage_rows import NOON, Shop, new_id

TARGET = "webhook:a"
EUR = Currency.of("EUR")


def _endpoint(shop: Shop) -> Endpoint:
    return Endpoint(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=EndpointId(new_id()),
        url="https://example.com/hook",
        description="Büro",
        patterns=("payment.*", "refund.approved"),
        state=EndpointState.ACTIVE,
        state_reason="",
        generation=1,
        former_until=None,
        key_mark="0123456789abcdef",
        created_at=NOON,
        created_by="chef",
    )


def _system(shop: Shop, target: str = TARGET) -> OutwardSystem:
    system = OutwardSystem(shop.tenant_id, shop.store_id, target, WEBHOOK)
    with shop.storage.write() as unit:
        unit.outward.ensure(system)
    return system


def _message(shop: Shop, minutes: int = 0, *, target: str = TARGET, minor: int | None = None) -> OutboxMessage:
    money = {} if minor is None else {"minor": str(minor), "currency": "EUR"}
    return OutboxMessage(
        tenant_id=shop.tenant_id,
        store_id=shop.store_id,
        id=OutboxId(new_id()),
        kind=WEBHOOK,
        target=target,
        payload={"body": '{"ü":1}'} | money,
        created_at=NOON + timedelta(minutes=minutes),
    )


def _add(shop: Shop, *messages: OutboxMessage) -> None:
    with shop.storage.write() as unit:
        assert all(unit.outbox.add(message) for message in messages)


def _acquire(shop: Shop, holder: str, target: str = TARGET) -> int | None:
    with shop.storage.write() as unit:
        return unit.outward.acquire(shop.tenant_id, shop.store_id, target, holder, 30)


def _start(shop: Shop, epoch: int, minutes: int = 60) -> OutboxMessage | None:
    now = NOON + timedelta(minutes=minutes)
    with shop.storage.write() as unit:
        return unit.outward.start_next(shop.tenant_id, shop.store_id, TARGET, epoch=epoch, now=now)


def _finish(shop: Shop, message: OutboxMessage, epoch: int) -> bool:
    with shop.storage.write() as unit:
        return unit.outward.finish(message, epoch=epoch, now=NOON)


def test_endpoint_when_stored_then_read_back_and_only_in_its_store(shop: Shop) -> None:
    endpoint = _endpoint(shop)

    with shop.storage.write() as unit:
        assert unit.webhooks.add(endpoint)
        assert not unit.webhooks.add(replace(endpoint, url="https://other.example/"))

    with shop.storage.read() as unit:
        assert unit.webhooks.get(shop.tenant_id, shop.store_id, endpoint.id) == endpoint
        assert unit.webhooks.list(shop.tenant_id, shop.store_id) == (endpoint,)
        assert unit.webhooks.get(shop.tenant_id, StoreId("south"), endpoint.id) is None


def test_endpoint_when_changed_or_removed_then_kept_but_not_listed(shop: Shop) -> None:
    endpoint = _endpoint(shop)
    changed = replace(
        endpoint, url="https://b.example/", patterns=("*",), generation=2, former_until=NOON, state_reason="why"
    )

    with shop.storage.write() as unit:
        unit.webhooks.add(endpoint)
        assert unit.webhooks.update(changed)
        assert not unit.webhooks.update(replace(changed, id=EndpointId(new_id())))
        removed = replace(changed, state=EndpointState.REMOVED)
        assert unit.webhooks.get(shop.tenant_id, shop.store_id, endpoint.id) == changed
        unit.webhooks.update(removed)
        assert unit.webhooks.list(shop.tenant_id, shop.store_id) == ()
        assert unit.webhooks.get(shop.tenant_id, shop.store_id, endpoint.id) == removed


def test_system_when_ensured_twice_then_its_course_stays(shop: Shop) -> None:
    system = _system(shop)
    fared = replace(system, tries=3, failing_since=NOON, paused_until=NOON, last_success_at=NOON, last_words="503")

    with shop.storage.write() as unit:
        unit.outward.fared(fared)
        unit.outward.ensure(system)

    with shop.storage.read() as unit:
        assert unit.outward.systems(shop.tenant_id, shop.store_id) == (fared,)


def test_due_when_something_waits_then_named_unless_paused_or_stopped(shop: Shop) -> None:
    system = _system(shop)
    _system(shop, "webhook:idle")
    _add(shop, _message(shop))

    def due(minutes: int = 0) -> list[str]:
        with shop.storage.read() as unit:
            now = NOON + timedelta(minutes=minutes)
            return [one.target for one in unit.outward.due(shop.tenant_id, shop.store_id, now)]

    assert due() == [TARGET]
    with shop.storage.write() as unit:
        unit.outward.fared(replace(system, paused_until=NOON + timedelta(minutes=5)))
    assert (due(4), due(5)) == ([], [TARGET])
    with shop.storage.write() as unit:
        unit.outward.stop(shop.tenant_id, shop.store_id, TARGET, stopped=True)
    assert due(5) == []
    assert _acquire(shop, "node-1") is None
    with shop.storage.write() as unit:
        unit.outward.stop(shop.tenant_id, shop.store_id, TARGET, stopped=False)
    assert due(0) == [TARGET]


def test_lease_when_held_then_nobody_else_gets_it_until_given_back(shop: Shop) -> None:
    _system(shop)

    assert (_acquire(shop, "node-1"), _acquire(shop, "node-1"), _acquire(shop, "node-2")) == (1, 1, None)
    with shop.storage.write() as unit:
        unit.outward.release("node-1", "webhook:other")
    assert _acquire(shop, "node-2") is None
    with shop.storage.write() as unit:
        unit.outward.release("node-1", TARGET)
    assert _acquire(shop, "node-2") == 2
    with shop.storage.write() as unit:
        unit.outward.release("node-2")
    assert _acquire(shop, "node-1") == 3


def test_messages_when_started_then_oldest_first_each_once_and_finished_under_its_epoch(shop: Shop) -> None:
    _system(shop)
    late, early = _message(shop, 2), _message(shop, 1)
    _add(shop, late, early)

    first = _start(shop, 1)
    second = _start(shop, 1)

    assert first is not None
    assert second is not None
    assert (first.id, second.id, _start(shop, 1)) == (early.id, late.id, None)
    done = replace(first, state=OutboxState.DONE, tries=1, note="200", payload={"body": ""})
    assert not _finish(shop, done, 2)
    assert _finish(shop, done, 1)
    assert not _finish(shop, done, 1)
    with shop.storage.read() as unit:
        stored = unit.outbox.get(shop.tenant_id, shop.store_id, done.id)
    assert stored == replace(done, epoch=1)


def test_message_when_due_later_then_the_next_goes_first(shop: Shop) -> None:
    _system(shop)
    refused = replace(_message(shop, 1), due_at=NOON + timedelta(minutes=30))
    other = _message(shop, 2)
    _add(shop, refused, other)

    first, second, third = _start(shop, 1, 10), _start(shop, 1, 10), _start(shop, 1, 30)

    assert [one and one.id for one in (first, second, third)] == [other.id, None, refused.id]


def test_started_when_taken_back_then_started_again_under_the_new_epoch_only(shop: Shop) -> None:
    _system(shop)
    message = _message(shop)
    _add(shop, message)
    started = _start(shop, 1)
    assert started is not None

    with shop.storage.write() as unit:
        assert unit.outward.take_back(shop.tenant_id, shop.store_id, TARGET, NOON) == 1
    again = _start(shop, 2)

    assert again is not None
    assert (again.id, again.payload) == (message.id, message.payload)
    assert not _finish(shop, replace(started, state=OutboxState.DONE), 1)
    assert _finish(shop, replace(again, state=OutboxState.DONE), 2)


def test_waiting_when_counted_then_number_age_dead_and_money(shop: Shop) -> None:
    _system(shop)
    dead = replace(_message(shop), state=OutboxState.DEAD)
    _add(shop, _message(shop, 3, minor=1234), _message(shop, 2, minor=66), _message(shop, 5), dead)
    _add(shop, replace(_message(shop), state=OutboxState.DONE))

    with shop.storage.read() as unit:
        found = unit.outward.waiting(shop.tenant_id, shop.store_id)

    assert found == (Waiting(TARGET, 3, NOON + timedelta(minutes=2), 1, (Money(1300, EUR),)),)


def test_pages_when_turned_then_newest_first_without_gap_or_repeat(shop: Shop) -> None:
    messages = [_message(shop, minutes) for minutes in (0, 1, 1, 2)]
    _add(shop, *messages, replace(_message(shop, 9), state=OutboxState.DEAD), _message(shop, 9, target="mail"))

    def page(before: OutboxId | None, state: str | None = "ready") -> list[OutboxId]:
        with shop.storage.read() as unit:
            found = unit.outward.messages(shop.tenant_id, shop.store_id, TARGET, state=state, before=before, limit=2)
        return [one.id for one in found]

    first = page(None)
    second = page(first[-1])

    assert first[0] == messages[3].id
    assert sorted([*first, *second]) == sorted(one.id for one in messages)
    assert (page(second[-1]), page(OutboxId(new_id()))) == ([], [])
    assert len(page(None, "dead")) == 1
    assert len(page(None, None)) == 2


def test_ended_when_put_back_then_it_waits_again(shop: Shop) -> None:
    done = replace(_message(shop, 1), state=OutboxState.DONE)
    dead = replace(_message(shop, 2), state=OutboxState.DEAD, tries=12, note="Given up.")
    waits = _message(shop, 3)
    _add(shop, done, dead, waits)

    with shop.storage.write() as unit:
        found = unit.outward.to_replay(shop.tenant_id, shop.store_id, TARGET, NOON + timedelta(minutes=2), 10)
        assert [one.id for one in found] == [dead.id]
        again = replace(dead, state=OutboxState.READY, tries=0, created_at=NOON + timedelta(hours=1))
        assert unit.outward.again(again, NOON)
        assert not unit.outward.again(waits, NOON)

    with shop.storage.read() as unit:
        assert unit.outbox.get(shop.tenant_id, shop.store_id, dead.id) == again


def test_given_up_and_forgotten_when_asked_then_only_what_was_meant(shop: Shop) -> None:
    other = replace(_message(shop, target="printer-1"), kind="print_receipt", state=OutboxState.DONE)
    _add(shop, _message(shop), replace(_message(shop), state=OutboxState.DONE), other)

    with shop.storage.write() as unit:
        assert unit.outward.give_up(shop.tenant_id, shop.store_id, TARGET, note="Removed.", now=NOON) == 1
        later = NOON + timedelta(minutes=1)
        assert unit.outward.forget(shop.tenant_id, shop.store_id, (WEBHOOK,), NOON) == 0
        assert unit.outward.forget(shop.tenant_id, shop.store_id, (WEBHOOK,), later) == 2

    with shop.storage.read() as unit:
        assert unit.outbox.get(shop.tenant_id, shop.store_id, other.id) is not None


def test_link_when_opened_then_counted_until_it_expires(shop: Shop) -> None:
    link = ReceiptLink(
        shop.tenant_id, shop.store_id, new_id(), "a" * 64, "payment", new_id(), NOON, "chef", NOON + timedelta(days=1)
    )

    with shop.storage.write() as unit:
        assert unit.receipt_links.add(link) == link
        assert unit.receipt_links.add(replace(link, subject="sale")) == link
        opened = unit.receipt_links.open(shop.tenant_id, shop.store_id, "a" * 64, NOON)
        assert opened == replace(link, opened=1)
        assert unit.receipt_links.open(shop.tenant_id, shop.store_id, "b" * 64, NOON) is None
        assert unit.receipt_links.open(shop.tenant_id, StoreId("south"), "a" * 64, NOON) is None
        assert unit.receipt_links.open(shop.tenant_id, shop.store_id, "a" * 64, link.expires_at) is None
        assert unit.receipt_links.forget(shop.tenant_id, shop.store_id, NOON) == 0
        assert unit.receipt_links.forget(shop.tenant_id, shop.store_id, link.expires_at) == 1
