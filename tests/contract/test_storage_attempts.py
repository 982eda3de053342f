"""Small changes of an attempt, and how payments are read, on both databases."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptState,
    TransactionNumbers,
)
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, StoreId
from tests.support.storage_rows import (
    NOON,
    RESULT,
    Shop,
    conclusion_of,
    new_id,
    outcome,
    payment_of,
)


def test_cancel_when_running_then_noted_once(shop: Shop) -> None:
    stored = shop.begin(shop.intent())
    at = NOON + timedelta(seconds=5)

    with shop.storage.write() as unit:
        first = unit.payments.request_cancel(shop.tenant_id, shop.store_id, stored.id, at, "anna")
        second = unit.payments.request_cancel(shop.tenant_id, shop.store_id, stored.id, at, "anna")

    assert (first, second) == (True, True)
    record = shop.load(stored.payment_id)
    assert record.attempts[0].cancel_requested_at == at
    assert [event.kind for event in record.events] == ["sent", "cancel_requested"]
    with shop.storage.read() as unit:
        assert unit.payments.cancels_requested(shop.tenant_id, shop.store_id, shop.terminal_id) == {stored.id}
        assert unit.payments.cancels_requested(shop.tenant_id, shop.store_id, shop.other_terminal_id) == frozenset()


def test_cancel_when_concluded_or_unknown_then_false(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    shop.conclude(conclusion_of(payment_of(intent), stored))

    with shop.storage.write() as unit:
        answers = [
            unit.payments.request_cancel(shop.tenant_id, shop.store_id, attempt_id, NOON, "anna")
            for attempt_id in (stored.id, AttemptId(new_id()))
        ]

    assert answers == [False, False]
    with shop.storage.read() as unit:
        assert unit.payments.cancels_requested(shop.tenant_id, shop.store_id, shop.terminal_id) == frozenset()


def test_conclusion_after_cancel_request_then_journal_has_no_gap(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    with shop.storage.write() as unit:
        unit.payments.request_cancel(shop.tenant_id, shop.store_id, stored.id, NOON, "anna")

    assert shop.conclude(conclusion_of(payment_of(intent), stored, AttemptEvent.CANCEL)) == 3


def test_ask_when_unknown_then_noted_else_false(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    at = NOON + timedelta(minutes=2)

    with shop.storage.write() as unit:
        while_running = unit.payments.request_ask(shop.tenant_id, shop.store_id, stored.id, at, "anna")
    shop.conclude(conclusion_of(payment_of(intent), stored, AttemptEvent.LOSE_ANSWER))
    with shop.storage.write() as unit:
        while_unknown = unit.payments.request_ask(shop.tenant_id, shop.store_id, stored.id, at, "anna")

    assert (while_running, while_unknown) == (False, True)
    record = shop.load(stored.payment_id)
    assert record.attempts[0].ask_requested_at == at
    assert record.events[-1].kind == "ask_requested"


def test_baseline_when_corrected_then_only_under_the_fence_and_while_running(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    numbers = TransactionNumbers(7, None, 8)

    with shop.storage.write() as unit:
        store = unit.payments
        old = store.correct_baseline(shop.tenant_id, shop.store_id, stored.id, stored.epoch + 1, numbers)
        now = store.correct_baseline(shop.tenant_id, shop.store_id, stored.id, stored.epoch, numbers)
    assert (old, now) == (False, True)
    assert shop.load(stored.payment_id).attempts[0].baseline == numbers
    shop.conclude(conclusion_of(payment_of(intent), stored))
    with shop.storage.write() as unit:
        assert not unit.payments.correct_baseline(shop.tenant_id, shop.store_id, stored.id, stored.epoch, numbers)


def test_release_when_unknown_then_terminal_is_open_and_the_reason_is_noted_once(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    shop.conclude(conclusion_of(payment_of(intent), stored, AttemptEvent.LOSE_ANSWER, heard=False))
    told = outcome(AttemptEvent.LOSE_ANSWER, result=RESULT)

    for epoch in (stored.epoch + 1, stored.epoch, stored.epoch):
        with shop.storage.write() as unit:
            unit.payments.release_terminal(shop.tenant_id, shop.store_id, stored.id, epoch, told)

    record = shop.load(stored.payment_id)
    attempt = record.attempts[0]
    assert (attempt.state, attempt.blocks_terminal, attempt.result) == (AttemptState.UNKNOWN, False, RESULT)
    assert [event.kind for event in record.events] == ["sent", "unknown", "terminal_released"]
    shop.begin(shop.intent())


def test_release_when_concluded_then_nothing_changes(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    shop.conclude(conclusion_of(payment_of(intent), stored))
    before = shop.load(stored.payment_id)

    with shop.storage.write() as unit:
        told = outcome(AttemptEvent.LOSE_ANSWER)
        unit.payments.release_terminal(shop.tenant_id, shop.store_id, stored.id, stored.epoch, told)

    assert shop.load(stored.payment_id) == before


def test_open_attempts_then_sent_and_unknown_of_that_terminal_oldest_first(shop: Shop) -> None:
    first = shop.intent()
    lost = shop.begin(first)
    shop.conclude(conclusion_of(payment_of(first), lost, AttemptEvent.LOSE_ANSWER))
    second = shop.intent()
    shop.begin(replace(second, attempt=replace(second.attempt, sent_at=NOON + timedelta(hours=1))))
    shop.begin(shop.intent(terminal_id=shop.other_terminal_id))

    with shop.storage.read() as unit:
        found = unit.payments.open_attempts(shop.tenant_id, shop.store_id, shop.terminal_id)

    assert [(payment, attempt.state) for payment, attempt in found] == [
        (first.payment, AttemptState.UNKNOWN),
        (second.payment, AttemptState.SENT),
    ]


def test_orphans_then_newest_first_and_only_of_the_store(shop: Shop) -> None:
    with shop.storage.write() as unit:
        for minutes in (0, 1):
            at = NOON + timedelta(minutes=minutes)
            unit.payments.keep_orphan(shop.tenant_id, shop.store_id, shop.terminal_id, RESULT, f"{minutes}", at)

    with shop.storage.read() as unit:
        found = unit.payments.orphans(shop.tenant_id, shop.store_id)
        elsewhere = unit.payments.orphans(shop.tenant_id, StoreId("south"))

    later = NOON + timedelta(minutes=1)
    assert found == ((shop.terminal_id, RESULT, "1", later), (shop.terminal_id, RESULT, "0", NOON))
    assert elsewhere == ()


def _recent(shop: Shop, limit: int, before: PaymentId | None, terminals: frozenset[DeviceId] | None) -> list[uuid.UUID]:
    with shop.storage.read() as unit:
        found = unit.payments.recent(shop.tenant_id, shop.store_id, limit=limit, before=before, terminals=terminals)
    assert all(len(record.attempts) == 1 and record.attempts[0].payment_id == record.payment.id for record in found)
    return [record.payment.id for record in found]


def test_recent_then_pages_newest_first_and_filters_by_terminal(shop: Shop) -> None:
    ids = []
    for number in range(5):
        intent = shop.intent(terminal_id=(shop.terminal_id, shop.other_terminal_id)[number % 2])
        shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), AttemptEvent.DECLINE))
        ids.append(intent.attempt.payment_id)

    assert _recent(shop, 2, None, None) == [ids[4], ids[3]]
    assert _recent(shop, 2, ids[3], None) == [ids[2], ids[1]]
    assert _recent(shop, 9, None, frozenset({shop.terminal_id})) == [ids[4], ids[2], ids[0]]
    assert _recent(shop, 9, ids[4], frozenset({shop.terminal_id, shop.other_terminal_id})) == ids[3::-1]
    assert _recent(shop, 9, None, frozenset()) == []
    assert _recent(shop, 0, None, None) == []


def test_load_when_of_another_store_then_nothing(shop: Shop) -> None:
    stored = shop.begin(shop.intent())

    with shop.storage.read() as unit:
        assert unit.payments.load(shop.tenant_id, StoreId("south"), stored.payment_id) is None
        assert unit.payments.find_answer(shop.tenant_id, StoreId("south"), str(stored.payment_id)) is None
