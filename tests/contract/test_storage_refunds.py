"""Refunds as stored, on both databases: the limit, the terminal they block, their fence, ledger and journal."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db import engine as engines
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptState,
    Evidence,
    OriginalTransaction,
    Payment,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Refund, RefundWay
from gateway.domain.errors import GatewayError, InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId, PaymentId
from gateway.domain.ledger import TransferKind, imbalance
from gateway.ports.device_store import DeviceRow
from gateway.ports.payment_store import Intent
from gateway.ports.refund_store import RefundIntent
from tests.support.refund_rows import conclusion_of_refund, load_refund, paid, refund_intent, start
from tests.support.storage_rows import NOON, RESULT, Shop, conclusion_of, outcome, payment_of, settled

THREADS = 12
WAIT_S = 60.0


def _code(shop: Shop, payment: Payment, minor: int, **changes: object) -> str:
    with pytest.raises(GatewayError) as refusal:
        start(shop, refund_intent(payment, minor, **changes))  # type: ignore[arg-type]  # a test names the fields
    return refusal.value.code


def test_refund_when_stored_then_read_as_it_was_written(shop: Shop) -> None:
    payment = paid(shop)
    original = OriginalTransaction(42, 142, "a name", "POI-7", "2026-03-02T12:00:00Z")
    intent = refund_intent(payment, 1250, way=RefundWay.REVERSAL, original=original)

    stored = start(shop, intent)

    record = load_refund(shop, intent.refund.id)
    assert record.refund == intent.refund
    assert record.attempt == stored
    assert (stored.number, stored.epoch, stored.state) == (2, 0, AttemptState.SENT)
    assert stored.baseline == shop.numbers
    assert [(event.sequence, event.kind, event.words) for event in record.events] == [(1, "sent", intent.words)]
    with shop.storage.read() as unit:
        answer = unit.payments.find_answer(shop.tenant_id, shop.store_id, intent.answer.key)
        transfers = unit.ledger.transfers(shop.tenant_id, shop.store_id, cause_id=stored.id)
        of_payment = unit.refunds.of_payment(shop.tenant_id, shop.store_id, payment.id)
        open_ones = unit.payments.open_attempts(shop.tenant_id, shop.store_id, shop.terminal_id)
    assert answer == intent.answer
    assert [one.kind for one in transfers] == [TransferKind.PENDING]
    assert [(one.refund, one.attempt) for one in of_payment] == [(intent.refund, stored)]
    assert open_ones == ((intent.refund, stored),)


def test_payment_with_refunds_then_its_own_attempts_and_journal_stay_apart(shop: Shop) -> None:
    payment = paid(shop)
    before = shop.load(payment.id)

    start(shop, refund_intent(payment, 500))

    assert shop.load(payment.id) == before


def test_terminal_with_an_open_refund_then_it_takes_no_sale_and_no_refund(shop: Shop) -> None:
    payment = paid(shop)
    start(shop, refund_intent(payment, 500))

    with pytest.raises(RuleError) as refusal:
        shop.begin(shop.intent())

    assert refusal.value.code == "terminal_busy"
    assert _code(shop, payment, 100) == "terminal_busy"


def test_terminal_with_an_open_sale_then_it_takes_no_refund(shop: Shop) -> None:
    payment = paid(shop)
    shop.begin(shop.intent())

    assert _code(shop, payment, 500) == "terminal_busy"


def test_refunds_of_one_payment_then_never_more_than_it(shop: Shop) -> None:
    payment = paid(shop, 1000)
    first = refund_intent(payment, 600)
    _conclude(shop, first, AttemptEvent.APPROVE)

    assert _code(shop, payment, 401) == "refund_exceeds_payment"
    second = refund_intent(payment, 400)
    _conclude(shop, second, AttemptEvent.LOSE_ANSWER)
    assert _code(shop, payment, 1) == "nothing_to_refund"
    stored = load_refund(shop, second.refund.id).attempt
    with shop.storage.write() as unit:
        unit.refunds.record_conclusion(
            second.refund.id, conclusion_of_refund(second.refund, stored, AttemptEvent.DECLINE)
        )
    start(shop, refund_intent(payment, 400))


@pytest.mark.parametrize("event", [AttemptEvent.DECLINE, AttemptEvent.CANCEL, AttemptEvent.PROVE_NOT_CHARGED])
def test_refund_that_came_to_nothing_then_its_amount_is_free_again(shop: Shop, event: AttemptEvent) -> None:
    payment = paid(shop, 1000)
    _conclude(shop, refund_intent(payment, 1000), event)

    start(shop, refund_intent(payment, 1000))


def test_payment_that_was_not_charged_then_nothing_is_given_back(shop: Shop) -> None:
    intent = shop.intent()
    shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), AttemptEvent.DECLINE))

    assert _code(shop, payment_of(intent), 1) == "nothing_to_refund"


def test_refund_of_what_is_not_stored_then_refused_in_order(shop: Shop) -> None:
    payment = paid(shop)
    stored = refund_intent(payment, 100)
    start(shop, stored)
    strange = replace(payment, id=PaymentId(stored.refund.id))

    assert _code(shop, payment, 100, key=stored.answer.key) == "answer_exists"
    assert _code(shop, payment, 100, refund_id=stored.refund.id, key="another") == "refund_exists"
    with pytest.raises(NotFound) as unknown:
        start(shop, refund_intent(strange, 100))
    assert unknown.value.code == "unknown_payment"
    with pytest.raises(InputError) as terminal:
        start(shop, refund_intent(payment, 100, terminal_id=DeviceId("nowhere")))
    assert terminal.value.code == "unknown_terminal"


def test_database_when_written_past_the_rule_then_it_refuses_by_itself(shop: Shop, migrated_url: str) -> None:
    """The limit does not rest on our statements: a row put in by hand meets the same wall, and none can be changed."""
    payment = paid(shop, 1000)
    done = refund_intent(payment, 900)
    _conclude(shop, done, AttemptEvent.APPROVE)
    _conclude(shop, refund_intent(payment, 100), AttemptEvent.DECLINE)
    shop.storage.close()
    engine = create_engine(engines.database_url(migrated_url))

    def run(statement: str) -> str:
        with engine.connect() as connection:
            try:
                connection.execute(text(statement))
            except Exception as error:  # noqa: BLE001  # either driver, any class
                return str(error)
            return "stored"

    columns = (
        "tenant_id, store_id, payment_id, attempt_id, register_id, terminal_id, currency, way, original, reason,"
        " created_at, created_by, trace_id"
    )
    copied = f"INSERT INTO refund ({columns}, refund_id, amount_minor) SELECT {columns}, "  # constants
    other_id = "'" + ("0" * 32 if migrated_url.startswith("sqlite") else "00000000-0000-0000-0000-000000000000") + "'"
    again = run(f"{copied}{other_id}, 101 FROM refund WHERE amount_minor = 900")
    assert "uq_refund_attempt" in again or "UNIQUE" in again
    assert "append-only" in run("UPDATE refund SET amount_minor = 1")
    assert "append-only" in run("DELETE FROM refund_event")
    engine.dispose()


def test_refund_past_our_own_check_then_the_trigger_refuses(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = paid(shop, 1000)
    monkeypatch.setattr("gateway.adapters.db.payments.refund_store.check_amount", lambda _amount, _left: None)

    assert _code(shop, payment, 1001) == "refund_exceeds_payment"
    _conclude(shop, refund_intent(payment, 999), AttemptEvent.APPROVE)
    assert _code(shop, payment, 2) == "refund_exceeds_payment"
    start(shop, refund_intent(payment, 1))


def test_conclusion_when_approved_then_ledger_journal_paper_and_numbers_in_one(shop: Shop) -> None:
    payment = paid(shop, 1250)
    intent = refund_intent(payment, 1250)
    stored = start(shop, intent)
    newest = TransactionNumbers(77, 177, None)
    made = conclusion_of_refund(intent.refund, stored, result=RESULT, numbers=newest, printer=str(shop.printer_id))

    with shop.storage.write() as unit:
        sequence = unit.refunds.record_conclusion(intent.refund.id, made)

    record = load_refund(shop, intent.refund.id)
    assert sequence == 2
    assert [event.kind for event in record.events] == ["sent", "approved"]
    assert (record.attempt.state, record.attempt.result) == (AttemptState.APPROVED, RESULT)
    assert [message.id for message in record.deliveries] == [made.outbox[0].id]
    assert shop.load(payment.id).deliveries == ()
    with shop.storage.read() as unit:
        balances = unit.ledger.balances(shop.tenant_id, shop.store_id)
        devices = unit.devices.list(shop.tenant_id, shop.store_id)
    assert not any(imbalance(balances).values())
    assert {(one.debits_posted, one.credits_posted, one.debits_pending) for one in balances} == {(1250, 1250, 0)}
    assert next(one for one in devices if one.id == shop.terminal_id).numbers == newest


def test_conclusion_of_an_old_epoch_or_state_then_nothing_is_stored(shop: Shop) -> None:
    payment = paid(shop)
    intent = refund_intent(payment, 500)
    stored = start(shop, intent)
    with shop.storage.write() as unit:
        lease = unit.devices.acquire(shop.tenant_id, shop.store_id, shop.terminal_id, "node-2", 60)
    assert lease is not None
    moved = load_refund(shop, intent.refund.id).attempt

    old = conclusion_of_refund(intent.refund, stored)
    late = conclusion_of_refund(intent.refund, replace(moved, state=AttemptState.UNKNOWN))
    with shop.storage.write() as unit:
        assert unit.refunds.record_conclusion(intent.refund.id, old) is None
        assert unit.refunds.record_conclusion(intent.refund.id, late) is None

    assert moved.epoch == lease.epoch
    assert load_refund(shop, intent.refund.id).attempt == moved


def test_conclusion_by_a_person_then_no_fence_is_asked_for(shop: Shop) -> None:
    payment = paid(shop)
    intent = refund_intent(payment, 500)
    _conclude(shop, intent, AttemptEvent.LOSE_ANSWER)
    unknown = load_refund(shop, intent.refund.id).attempt
    word = replace(outcome(AttemptEvent.APPROVE), evidence=Evidence.PERSON, decided_by="manager")
    made = settled(conclusion_of_refund(intent.refund, unknown), epoch=None, outcome=word, actor="manager")

    with shop.storage.write() as unit:
        assert unit.refunds.record_conclusion(intent.refund.id, made) == 3

    record = load_refund(shop, intent.refund.id)
    assert (record.attempt.state, record.attempt.decided_by) == (AttemptState.APPROVED, "manager")
    assert [event.state for event in record.events] == [
        AttemptState.SENT,
        AttemptState.UNKNOWN,
        AttemptState.APPROVED,
    ]


def test_small_changes_then_they_stand_in_the_journal_of_the_refund(shop: Shop) -> None:
    payment = paid(shop)
    intent = refund_intent(payment, 500)
    stored = start(shop, intent)
    here = (shop.tenant_id, shop.store_id)
    with shop.storage.write() as unit:
        assert unit.payments.request_cancel(*here, stored.id, NOON, "anna")
        assert unit.payments.cancels_requested(*here, shop.terminal_id) == {stored.id}
    lost = conclusion_of_refund(intent.refund, stored, AttemptEvent.LOSE_ANSWER, heard=False)
    with shop.storage.write() as unit:
        assert unit.refunds.record_conclusion(intent.refund.id, lost) == 3
        assert unit.payments.request_ask(*here, stored.id, NOON, "anna")
        unit.payments.release_terminal(*here, stored.id, stored.epoch, outcome(AttemptEvent.LOSE_ANSWER))

    record = load_refund(shop, intent.refund.id)
    kinds = [event.kind for event in record.events]
    assert kinds == ["sent", "cancel_requested", "unknown", "ask_requested", "terminal_released"]
    assert [event.sequence for event in record.events] == [1, 2, 3, 4, 5]
    assert not record.attempt.blocks_terminal
    assert len(shop.load(payment.id).events) == 2


def test_device_with_an_open_refund_then_it_is_not_retired(shop: Shop) -> None:
    start(shop, refund_intent(paid(shop), 500))

    with shop.storage.write() as unit:
        assert not unit.devices.retire(shop.tenant_id, shop.store_id, shop.terminal_id)


def test_refunds_at_once_on_many_terminals_then_never_more_than_the_payment(shop: Shop) -> None:
    payment = paid(shop, 1000)
    terminals = [DeviceId(f"lane-{number}") for number in range(THREADS)]
    with shop.storage.write() as unit:
        for terminal_id in terminals:
            unit.devices.ensure(DeviceRow(shop.tenant_id, shop.store_id, terminal_id, "terminal", "Lane"))
    intents = [refund_intent(payment, 300, terminal_id=terminal_id) for terminal_id in terminals]
    barrier = threading.Barrier(THREADS)

    def work(number: int) -> str:
        barrier.wait(WAIT_S)
        try:
            start(shop, intents[number])
        except GatewayError as error:
            return error.code
        return "stored"

    with ThreadPoolExecutor(THREADS) as pool:
        codes = Counter(pool.map(work, range(THREADS), timeout=WAIT_S))

    assert codes == {"stored": 3, "refund_exceeds_payment": THREADS - 3}


def test_refund_and_sale_at_once_on_one_terminal_then_one_of_them_is_stored(shop: Shop) -> None:
    payment = paid(shop)
    for _ in range(5):
        refund, sale = refund_intent(payment, 1), shop.intent()
        barrier = threading.Barrier(2)

        def give(intent: RefundIntent = refund, gate: threading.Barrier = barrier) -> str:
            gate.wait(WAIT_S)
            try:
                start(shop, intent)
            except GatewayError as error:
                return error.code
            return "refund"

        def take(intent: Intent = sale, gate: threading.Barrier = barrier) -> str:
            gate.wait(WAIT_S)
            try:
                shop.begin(intent)
            except GatewayError as error:
                return error.code
            return "sale"

        with ThreadPoolExecutor(2) as pool:
            codes = {one.result(WAIT_S) for one in [pool.submit(give), pool.submit(take)]}

        assert codes in ({"refund", "terminal_busy"}, {"sale", "terminal_busy"})
        with shop.storage.read() as unit:
            found = unit.payments.open_attempts(shop.tenant_id, shop.store_id, shop.terminal_id)
        ((movement, attempt),) = found
        if isinstance(movement, Refund):
            done = conclusion_of_refund(movement, attempt, AttemptEvent.DECLINE)
            with shop.storage.write() as unit:
                unit.refunds.record_conclusion(movement.id, done)
        else:
            assert isinstance(movement, Payment)
            shop.conclude(conclusion_of(movement, attempt, AttemptEvent.DECLINE))


def _conclude(shop: Shop, intent: RefundIntent, event: AttemptEvent) -> None:
    """Store a refund and its end."""
    stored = start(shop, intent)
    made = conclusion_of_refund(intent.refund, stored, event)
    with shop.storage.write() as unit:
        assert unit.refunds.record_conclusion(intent.refund.id, made) is not None
