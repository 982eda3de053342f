"""Many threads at once, on both databases: one of equals wins, strangers do not hinder each other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.errors import GatewayError
from gateway.domain.ids import DeviceId, SaleId
from gateway.ports.device_store import DeviceRow
from tests.support.storage_rows import Shop, conclusion_of, further, new_id, payment_of

THREADS = 50
WAIT_S = 60.0


def _race(works: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run all at once; count the codes of errors, `stored` for a result and `nothing` for None."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> str:
        start.wait(WAIT_S)
        try:
            return "nothing" if work() is None else "stored"
        except GatewayError as error:
            return error.code

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(run, works, timeout=WAIT_S))


def _lanes(shop: Shop, count: int) -> list[DeviceId]:
    terminals = [DeviceId(f"lane-{number}") for number in range(count)]
    with shop.storage.write() as unit:
        for terminal_id in terminals:
            unit.devices.ensure(DeviceRow(shop.tenant_id, shop.store_id, terminal_id, "terminal", "Lane"))
    return terminals


def test_equal_intents_then_one_is_stored_and_the_others_can_replay(shop: Shop) -> None:
    intent = shop.intent()

    def work() -> object:
        try:
            return shop.begin(intent)
        except GatewayError:
            # Whoever is refused finds the answer at once: it rests on what is committed.
            with shop.storage.read() as unit:
                assert unit.payments.find_answer(shop.tenant_id, shop.store_id, str(intent.attempt.payment_id))
            raise

    codes = _race([work] * THREADS)

    assert codes["stored"] == 1
    assert codes["answer_exists"] + codes["payment_exists"] == THREADS - 1
    assert len(shop.load(intent.attempt.payment_id).attempts) == 1


def test_different_intents_for_one_terminal_then_one_is_stored(shop: Shop) -> None:
    intents = [shop.intent() for _ in range(20)]

    codes = _race([lambda intent=intent: shop.begin(intent) for intent in intents])  # type: ignore[misc]  # mypy cannot infer a default

    assert codes == {"stored": 1, "terminal_busy": 19}


def test_intents_for_different_terminals_then_all_are_stored(shop: Shop) -> None:
    intents = [shop.intent(terminal_id=terminal_id) for terminal_id in _lanes(shop, 20)]

    codes = _race([lambda intent=intent: shop.begin(intent) for intent in intents])  # type: ignore[misc]  # mypy cannot infer a default

    assert codes == {"stored": 20}


def test_payments_of_one_sale_on_different_terminals_then_one_may_charge(shop: Shop) -> None:
    sale_id = SaleId(new_id())
    intents = [
        shop.intent(sale_id=sale_id, terminal_id=terminal_id)
        for terminal_id in (shop.terminal_id, shop.other_terminal_id)
    ]

    codes = _race([lambda intent=intent: shop.begin(intent) for intent in intents])  # type: ignore[misc]  # mypy cannot infer a default

    assert codes == {"stored": 1, "sale_paid": 1}


def test_payments_of_a_stored_sale_on_many_terminals_then_one_may_charge(shop: Shop) -> None:
    """The sale was declined once, so nobody waits for its row to be made: the lock alone keeps them apart."""
    terminals = _lanes(shop, 12)
    first = shop.intent()
    shop.conclude(conclusion_of(payment_of(first), shop.begin(first), AttemptEvent.DECLINE))
    sale_id = payment_of(first).sale_id
    intents = [shop.intent(sale_id=sale_id, terminal_id=terminal_id) for terminal_id in terminals]
    intents.append(further(payment_of(first), 2))

    codes = _race([lambda intent=intent: shop.begin(intent) for intent in intents])  # type: ignore[misc]  # mypy cannot infer a default

    assert codes == {"stored": 1, "sale_paid": 12}


def test_further_attempts_then_one_is_stored(shop: Shop) -> None:
    first = shop.intent()
    payment = payment_of(first)
    shop.conclude(conclusion_of(payment, shop.begin(first), AttemptEvent.DECLINE))
    intent = further(payment, 2)

    codes = _race([lambda: shop.begin(intent)] * 10)

    assert codes == {"stored": 1, "payment_open": 9}


def test_conclusions_then_one_is_stored(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    ends = (AttemptEvent.APPROVE, AttemptEvent.DECLINE)
    conclusions = [conclusion_of(payment_of(intent), stored, ends[number % 2]) for number in range(10)]

    codes = _race([lambda one=one: shop.conclude(one) for one in conclusions])  # type: ignore[misc]  # mypy cannot infer a default

    assert codes == {"stored": 1, "nothing": 9}
    assert len(shop.load(stored.payment_id).events) == 2


def test_conclusion_and_cancel_request_then_the_journal_has_no_gap(shop: Shop) -> None:
    for _ in range(5):
        intent = shop.intent()
        stored = shop.begin(intent)
        conclusion = conclusion_of(payment_of(intent), stored)

        def cancel(attempt_id: object = stored.id) -> object:
            with shop.storage.write() as unit:
                at = conclusion.concluded_at  # noqa: B023  # runs before the next round
                return unit.payments.request_cancel(shop.tenant_id, shop.store_id, attempt_id, at, "anna")  # type: ignore[arg-type]  # an attempt id

        _race([lambda one=conclusion: shop.conclude(one), cancel])  # type: ignore[misc]  # mypy cannot infer a default

        sequences = [event.sequence for event in shop.load(stored.payment_id).events]
        assert sequences == list(range(1, len(sequences) + 1))


def test_holders_fighting_for_a_lease_then_one_has_it(shop: Shop) -> None:
    def acquire(holder: str) -> object:
        with shop.storage.write() as unit:
            return unit.devices.acquire(shop.tenant_id, shop.store_id, shop.terminal_id, holder, 60)

    codes = _race([lambda name=f"node-{number}": acquire(name) for number in range(10)])  # type: ignore[misc]  # mypy cannot infer a default

    assert codes == {"stored": 1, "nothing": 9}


def test_intent_beside_a_takeover_then_no_attempt_keeps_an_old_epoch(shop: Shop) -> None:
    """Whatever comes first: an open attempt always carries the epoch of the lease."""
    storage: SqlStorage = shop.storage
    for epoch in range(1, 9):
        intent = shop.intent()

        def take() -> object:
            with storage.write() as unit:
                return unit.devices.acquire(shop.tenant_id, shop.store_id, shop.terminal_id, f"node-{new_id()}", 0)

        codes = _race([lambda one=intent: shop.begin(one), take])  # type: ignore[misc]  # mypy cannot infer a default

        assert codes == {"stored": 2}
        attempt = shop.load(intent.attempt.payment_id).attempts[0]
        assert attempt.epoch == epoch
        shop.conclude(conclusion_of(payment_of(intent), attempt, AttemptEvent.DECLINE))
