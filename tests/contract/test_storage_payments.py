"""Intents: the first commit of a sale, on both databases."""

from __future__ import annotations

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptState,
)
from gateway.domain.errors import GatewayError, InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId, PaymentId, SaleId, StoreId
from tests.support.storage_rows import (
    Shop,
    conclusion_of,
    further,
    new_id,
    payment_of,
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


def _assert_nothing_stored(shop: Shop, payment_id: PaymentId) -> None:
    storage: SqlStorage = shop.storage
    with storage.read() as unit:
        assert unit.payments.load(shop.tenant_id, shop.store_id, payment_id) is None
        causes = {transfer.trace_id for transfer in unit.ledger.transfers(shop.tenant_id, shop.store_id)}
    assert payment_id.hex not in causes
