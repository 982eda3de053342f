"""Both commits of a sale and every small change of an attempt, on both databases."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError, InputError, NotFound, RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, SaleId, StoreId
from gateway.domain.payment import (
    AttemptEvent,
    AttemptState,
    EftLine,
    EftReceipt,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from tests.support.storage_rows import (
    NOON,
    Shop,
    conclusion_of,
    further,
    new_id,
    outcome,
    payment_of,
    settled,
)

RESULT = TerminalResult(
    amount_minor=1250,
    numbers=TransactionNumbers(42, 142, None),
    code="00",
    acquirer_terminal_id="52500038",
    authorisation="123456",
    card_name="girocard",
    card_masked="672599******1234",
    text="Zahlung erfolgt €",
    date_mmdd="0302",
    time_hhmmss="130059",
    receipts=(
        EftReceipt("customer", (EftLine("K-U-N-D-E-N-B-E-L-E-G", centred=True, double_width=True), EftLine(""))),
        EftReceipt("merchant", ()),
    ),
)


def _code(error: pytest.ExceptionInfo[GatewayError]) -> str:
    return error.value.code


def test_intent_when_loaded_then_everything_is_as_stored(shop: Shop) -> None:
    intent = shop.intent()

    stored = shop.begin(intent)

    record = shop.load(stored.payment_id)
    assert record.payment == intent.payment
    assert record.sale == intent.sale
    assert record.attempts == (stored,)
    assert [(event.sequence, event.kind, event.state, event.actor) for event in record.events] == [
        (1, "sent", AttemptState.SENT, "anna")
    ]
    assert record.deliveries == ()
    with shop.storage.read() as unit:
        transfers = unit.ledger.transfers(shop.tenant_id, shop.store_id)
        answer = unit.payments.find_answer(shop.tenant_id, shop.store_id, str(stored.payment_id))
    assert transfers == (intent.reservation,)
    assert answer == intent.answer


def test_intent_when_stored_then_epoch_and_baseline_come_from_the_terminal(shop: Shop) -> None:
    with shop.storage.write() as unit:
        unit.devices.acquire(shop.tenant_id, shop.store_id, shop.terminal_id, "node-1", 60)
        lease = unit.devices.acquire(shop.tenant_id, shop.store_id, shop.terminal_id, "node-1", 60)
    assert lease is not None

    stored = shop.begin(shop.intent())

    assert (stored.epoch, stored.baseline) == (lease.epoch, shop.numbers)


def test_intent_when_terminal_unknown_then_refused_and_nothing_stored(shop: Shop) -> None:
    for terminal_id in (DeviceId("nowhere"), shop.printer_id):
        intent = shop.intent(terminal_id=terminal_id)

        with pytest.raises(InputError) as error:
            shop.begin(intent)

        assert _code(error) == "unknown_terminal"
        _assert_nothing_stored(shop, intent.attempt.payment_id)


def test_intent_when_terminal_of_another_store_then_refused(shop: Shop) -> None:
    elsewhere = Shop(shop.storage, store_id=StoreId("south"))

    with pytest.raises(InputError) as error:
        elsewhere.begin(elsewhere.intent())

    assert _code(error) == "unknown_terminal"


def test_intent_when_terminal_blocked_then_busy_and_nothing_stored(shop: Shop) -> None:
    shop.begin(shop.intent())
    second = shop.intent()

    with pytest.raises(RuleError) as error:
        shop.begin(second)

    assert _code(error) == "terminal_busy"
    _assert_nothing_stored(shop, second.attempt.payment_id)
    shop.begin(shop.intent(terminal_id=shop.other_terminal_id))


def test_intent_when_key_taken_then_answer_exists(shop: Shop) -> None:
    shop.begin(shop.intent(key="k"))
    other = shop.intent(key="k", terminal_id=shop.other_terminal_id)

    with pytest.raises(RuleError) as error:
        shop.begin(other)

    assert _code(error) == "answer_exists"
    _assert_nothing_stored(shop, other.attempt.payment_id)


def test_intent_when_sent_again_then_answer_exists_goes_before_the_others(shop: Shop) -> None:
    intent = shop.intent()
    shop.begin(intent)

    with pytest.raises(RuleError) as error:
        shop.begin(intent)

    assert _code(error) == "answer_exists"


@pytest.mark.parametrize("minor", [1250, 999])
def test_intent_when_id_taken_under_another_key_then_payment_exists(shop: Shop, minor: int) -> None:
    first = shop.intent()
    shop.begin(first)

    with pytest.raises(RuleError) as error:
        shop.begin(shop.intent(payment_id=first.attempt.payment_id, key="another", minor=minor))

    assert _code(error) == "payment_exists"


def test_intent_when_same_key_in_another_store_then_stored(shop: Shop) -> None:
    elsewhere = Shop(shop.storage, store_id=StoreId("south")).open()
    first = shop.intent(key="k")
    shop.begin(first)

    elsewhere.begin(elsewhere.intent(key="k", payment_id=first.attempt.payment_id))

    assert elsewhere.load(first.attempt.payment_id).payment.store_id == "south"


def test_second_payment_of_a_sale_when_first_declined_then_stored_with_the_same_sale(shop: Shop) -> None:
    sale_id = SaleId(new_id())
    first = shop.intent(sale_id=sale_id)
    stored = shop.begin(first)
    shop.conclude(conclusion_of(payment_of(first), stored, AttemptEvent.DECLINE))
    second = shop.intent(sale_id=sale_id, terminal_id=shop.other_terminal_id)

    shop.begin(second)

    assert shop.load(second.attempt.payment_id).sale == first.sale


@pytest.mark.parametrize("event", [None, AttemptEvent.APPROVE, AttemptEvent.LOSE_ANSWER])
def test_second_payment_of_a_sale_when_first_may_charge_then_sale_paid(shop: Shop, event: AttemptEvent | None) -> None:
    sale_id = SaleId(new_id())
    first = shop.intent(sale_id=sale_id)
    stored = shop.begin(first)
    if event is not None:
        shop.conclude(conclusion_of(payment_of(first), stored, event))

    with pytest.raises(RuleError) as error:
        shop.begin(shop.intent(sale_id=sale_id, terminal_id=shop.other_terminal_id))

    assert _code(error) == "sale_paid"


def test_further_attempt_when_another_payment_covers_the_sale_then_sale_paid(shop: Shop) -> None:
    sale_id = SaleId(new_id())
    first = shop.intent(sale_id=sale_id)
    stored = shop.begin(first)
    shop.conclude(conclusion_of(payment_of(first), stored, AttemptEvent.DECLINE))
    shop.begin(shop.intent(sale_id=sale_id, terminal_id=shop.other_terminal_id))

    with pytest.raises(RuleError) as error:
        shop.begin(further(payment_of(first), 2))

    assert _code(error) == "sale_paid"


def test_sale_when_id_taken_by_a_sale_of_another_amount_then_sale_exists(shop: Shop) -> None:
    sale_id = SaleId(new_id())
    shop.begin(shop.intent(sale_id=sale_id))

    with pytest.raises(RuleError) as error:
        shop.begin(shop.intent(sale_id=sale_id, terminal_id=shop.other_terminal_id, minor=999))

    assert _code(error) == "sale_exists"


def test_further_attempt_when_last_one_ended_without_charge_then_stored_and_journal_goes_on(shop: Shop) -> None:
    first = shop.intent()
    payment = payment_of(first)
    shop.conclude(conclusion_of(payment, shop.begin(first), AttemptEvent.DECLINE))

    stored = shop.begin(further(payment, 2))

    record = shop.load(payment.id)
    assert [attempt.number for attempt in record.attempts] == [1, 2]
    assert record.attempts[1] == stored
    assert [(event.sequence, event.kind) for event in record.events] == [(1, "sent"), (2, "declined"), (3, "sent")]


@pytest.mark.parametrize("event", [None, AttemptEvent.APPROVE, AttemptEvent.LOSE_ANSWER])
def test_further_attempt_when_last_one_may_charge_then_payment_open(shop: Shop, event: AttemptEvent | None) -> None:
    first = shop.intent()
    stored = shop.begin(first)
    if event is not None:
        shop.conclude(conclusion_of(payment_of(first), stored, event))

    with pytest.raises(RuleError) as error:
        shop.begin(further(payment_of(first), 2))

    assert _code(error) == "payment_open"


def test_further_attempt_when_payment_unknown_then_not_found(shop: Shop) -> None:
    intent = shop.intent()

    with pytest.raises(NotFound) as error:
        shop.begin(further(payment_of(intent), 2))

    assert _code(error) == "unknown_payment"


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


def _assert_nothing_stored(shop: Shop, payment_id: PaymentId) -> None:
    storage: SqlStorage = shop.storage
    with storage.read() as unit:
        assert unit.payments.load(shop.tenant_id, shop.store_id, payment_id) is None
        causes = {transfer.trace_id for transfer in unit.ledger.transfers(shop.tenant_id, shop.store_id)}
    assert payment_id.hex not in causes
