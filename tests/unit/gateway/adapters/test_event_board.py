"""Live events: to the right listeners only, bounded in every direction, never in the way of a device."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.adapters.event_board import PROGRESS_MAX, QUEUE_MAX, MemoryEventBoard
from gateway.domain.errors import OperationalError
from gateway.domain.ids import PaymentId, StoreId, TenantId
from gateway.ports.events import LiveEvent
from tests.support.web_shop import STORE, TENANT, new_id


def event(payment_id: PaymentId, words: str = "", kind: str = "progress", *, store: StoreId = STORE) -> LiveEvent:
    return LiveEvent(TENANT, store, payment_id, kind, "code", words)


def a_payment() -> PaymentId:
    return PaymentId(new_id())


def test_event_reaches_every_listener_of_its_payment_and_no_other() -> None:
    board, payment_id = MemoryEventBoard(streams_max=10), a_payment()
    first, second = (board.subscribe(TENANT, STORE, payment_id) for _ in range(2))
    strangers = [
        board.subscribe(TENANT, STORE, a_payment()),
        board.subscribe(TENANT, StoreId("store-2"), payment_id),
        board.subscribe(TenantId("other"), STORE, payment_id),
    ]

    board.publish(event(payment_id, "insert card"))

    for listener in (first, second):
        told = listener.wait(0)
        assert told is not None
        assert told.words == "insert card"
    assert [listener.wait(0) for listener in strangers] == [None, None, None]


def test_events_arrive_in_order_and_a_slow_listener_loses_the_oldest_only() -> None:
    board, payment_id = MemoryEventBoard(streams_max=10), a_payment()
    slow, quick = (board.subscribe(TENANT, STORE, payment_id) for _ in range(2))

    heard = []
    for number in range(QUEUE_MAX + 20):
        board.publish(event(payment_id, str(number)))
        told = quick.wait(0)
        heard.append(told.words if told else None)

    assert heard == [str(number) for number in range(QUEUE_MAX + 20)]
    late = [told.words for _ in range(QUEUE_MAX) if (told := slow.wait(0)) is not None]
    assert late == [str(number) for number in range(20, QUEUE_MAX + 20)]
    assert slow.wait(0) is None


def test_listener_that_waits_is_woken_by_an_event() -> None:
    board, payment_id = MemoryEventBoard(streams_max=1), a_payment()
    listener = board.subscribe(TENANT, STORE, payment_id)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(listener.wait, 20.0)
        board.publish(event(payment_id, "now"))
        told = waiting.result(20)

    assert told is not None
    assert told.words == "now"


def test_too_many_streams_then_refused_and_a_place_given_back_is_free_again() -> None:
    board = MemoryEventBoard(streams_max=2)
    first, _ = (board.subscribe(TENANT, STORE, a_payment()) for _ in range(2))

    with pytest.raises(OperationalError) as refusal:
        board.subscribe(TENANT, STORE, a_payment())
    first.close()
    first.close()
    board.subscribe(TENANT, STORE, a_payment())
    with pytest.raises(OperationalError):
        board.subscribe(TENANT, STORE, a_payment())

    assert refusal.value.code == "too_many_streams"
    assert refusal.value.retryable


def test_listeners_that_leave_leave_nothing_behind() -> None:
    board = MemoryEventBoard(streams_max=2)

    for _ in range(100):
        board.subscribe(TENANT, STORE, a_payment()).close()

    assert board._listeners == {}


def test_many_join_and_leave_at_once_then_the_count_is_right() -> None:
    board, payment_id = MemoryEventBoard(streams_max=8), a_payment()
    stop = threading.Event()

    def publish() -> None:
        while not stop.is_set():
            board.publish(event(payment_id))

    def come_and_go(_number: int) -> None:
        for _ in range(50):
            board.subscribe(TENANT, STORE, payment_id).close()

    with ThreadPoolExecutor(9) as pool:
        publishing = pool.submit(publish)
        list(pool.map(come_and_go, range(8)))
        stop.set()
        publishing.result(20)

    for _ in range(8):
        board.subscribe(TENANT, STORE, payment_id)
    with pytest.raises(OperationalError):
        board.subscribe(TENANT, STORE, payment_id)


def test_progress_is_remembered_until_the_payment_ends() -> None:
    board, payment_id = MemoryEventBoard(streams_max=1), a_payment()
    board.publish(event(payment_id, "insert card"))
    board.publish(event(payment_id, "enter PIN"))
    board.publish(event(payment_id, "printed", "receipt"))
    latest = board.latest_progress(payment_id)

    board.publish(event(payment_id, "Approved.", "payment"))

    assert latest is not None
    assert latest.words == "enter PIN"
    assert board.latest_progress(payment_id) is None


def test_progress_of_very_many_payments_then_the_oldest_is_forgotten() -> None:
    board = MemoryEventBoard(streams_max=1)
    payments = [a_payment() for _ in range(PROGRESS_MAX + 1)]

    for payment_id in payments:
        board.publish(event(payment_id, "waiting"))

    assert board.latest_progress(payments[0]) is None
    assert board.latest_progress(payments[1]) is not None
