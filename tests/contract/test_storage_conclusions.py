"""Conclusions: the second commit of a sale, and its fence, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptState,
    EftLine,
    EftReceipt,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.ids import PaymentId, StoreId
from tests.support.storage_rows import (
    RESULT,
    Shop,
    conclusion_of,
    new_id,
    payment_of,
    settled,
)


def test_conclusion_when_approved_then_everything_is_stored_at_once(shop: Shop) -> None:
    intent = shop.intent()
    payment = payment_of(intent)
    stored = shop.begin(intent)
    newest = TransactionNumbers(42, 142, None)
    conclusion = conclusion_of(payment, stored, result=RESULT, numbers=newest, printers=("printer-1", "printer-2"))

    sequence = shop.conclude(conclusion)

    record = shop.load(payment.id)
    assert sequence == 2
    assert record.attempts == (
        replace(
            stored,
            state=AttemptState.APPROVED,
            blocks_terminal=False,
            concluded_at=conclusion.concluded_at,
            evidence=Evidence.DIALOGUE,
            reason_code="approve_code",
            reason="It was approve.",
            result=RESULT,
        ),
    )
    assert record.events[-1].kind == "approved"
    assert record.events[-1].words == "It was approve."
    assert sorted(record.deliveries, key=lambda one: one.target) == list(conclusion.outbox)
    with shop.storage.read() as unit:
        transfers = unit.ledger.transfers(shop.tenant_id, shop.store_id, cause_id=stored.id)
        devices = {row.id: row.numbers for row in unit.devices.list(shop.tenant_id, shop.store_id)}
    assert transfers == (intent.reservation, conclusion.closing)
    assert devices[shop.terminal_id] == newest
    assert devices[shop.other_terminal_id] == shop.numbers
    shop.begin(shop.intent())


def test_conclusion_when_terminal_told_no_numbers_then_the_device_keeps_its_own(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)

    shop.conclude(conclusion_of(payment_of(intent), stored))

    assert shop.begin(shop.intent()).baseline == shop.numbers


@pytest.mark.parametrize("wrong", ["epoch", "expected", "payment", "store"])
def test_conclusion_when_fence_or_state_forbids_then_nothing_is_stored(shop: Shop, wrong: str) -> None:
    intent = shop.intent()
    payment = payment_of(intent)
    stored = shop.begin(intent)
    right = conclusion_of(payment, stored, numbers=TransactionNumbers(99, 99, 99), printers=("printer-1",))
    changed = {
        "epoch": settled(right, epoch=stored.epoch + 1),
        "expected": settled(right, expected=frozenset({AttemptState.UNKNOWN})),
        "payment": settled(right, payment_id=PaymentId(new_id())),
        "store": settled(right, store_id=StoreId("south")),
    }[wrong]
    before = shop.load(payment.id)

    assert shop.conclude(changed) is None

    assert shop.load(payment.id) == before
    with shop.storage.read() as unit:
        assert unit.ledger.transfers(shop.tenant_id, shop.store_id) == (intent.reservation,)
        assert unit.outbox.waiting(shop.tenant_id, shop.store_id) == ()
        assert {row.numbers for row in unit.devices.list(shop.tenant_id, shop.store_id)} == {shop.numbers}


def test_conclusion_when_stored_twice_then_the_second_is_ignored(shop: Shop) -> None:
    intent = shop.intent()
    conclusion = conclusion_of(payment_of(intent), shop.begin(intent))

    assert (shop.conclude(conclusion), shop.conclude(conclusion)) == (2, None)


def test_conclusion_when_a_person_decides_then_no_epoch_is_asked_and_known_results_stay(shop: Shop) -> None:
    intent = shop.intent()
    payment = payment_of(intent)
    stored = shop.begin(intent)
    lost = conclusion_of(payment, stored, AttemptEvent.LOSE_ANSWER, heard=False, result=RESULT)
    shop.conclude(lost)
    unknown = shop.load(payment.id).attempts[0]
    assert (unknown.state, unknown.blocks_terminal) == (AttemptState.UNKNOWN, True)
    decided = conclusion_of(payment, unknown, AttemptEvent.PROVE_NOT_CHARGED)
    told = replace(decided.outcome, evidence=Evidence.PERSON, decided_by="maria")

    assert shop.conclude(settled(decided, epoch=None, outcome=told)) == 3

    attempt = shop.load(payment.id).attempts[0]
    assert (attempt.state, attempt.decided_by, attempt.result) == (AttemptState.NOT_CHARGED, "maria", RESULT)


def test_conclusion_when_terminal_sends_characters_no_database_stores_then_they_are_replaced(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    ugly = TerminalResult(text="a\x00b", card_name="\ud800", receipts=(EftReceipt("customer", (EftLine("\x00"),)),))

    shop.conclude(conclusion_of(payment_of(intent), stored, result=ugly))

    result = shop.load(stored.payment_id).attempts[0].result
    assert result == TerminalResult(
        text="a\ufffdb", card_name="?", receipts=(EftReceipt("customer", (EftLine("\ufffd"),)),)
    )


def test_conclusion_when_a_receipt_is_in_the_outbox_already_then_it_stays_once(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    conclusion = conclusion_of(payment_of(intent), stored, printers=("printer-1",))
    with shop.storage.write() as unit:
        assert unit.outbox.add(conclusion.outbox[0])

    assert shop.conclude(conclusion) == 2

    assert shop.load(stored.payment_id).deliveries == conclusion.outbox
