"""Event streams: nothing missed, nothing twice, an end to everything."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest

from gateway.domain.access import Role
from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.ids import PaymentId
from gateway.ports.events import LiveEvent
from tests.support.web_shop import STORE, TENANT, Shop, sale

DEADLINE_S = 20


class Listener:
    """Reads a stream in a thread, as a browser does beside its other work."""

    def __init__(self, response: Any) -> None:
        self._blocks: Queue[bytes | None] = Queue()
        self._thread = threading.Thread(target=self._read, args=(response,), daemon=True)
        self._thread.start()

    def _read(self, response: Any) -> None:
        for block in response.response:
            self._blocks.put(block)
        response.close()
        self._blocks.put(None)

    def next(self) -> dict[str, Any] | None:
        """Return the next event, None at the end; comments and the retry line are passed over."""
        while True:
            block = self._blocks.get(timeout=DEADLINE_S)
            if block is None:
                return None
            lines = dict(line.split(": ", 1) for line in block.decode().strip().splitlines() if line[0] != ":")
            if "event" in lines:
                return lines | {"data": json.loads(lines["data"])}

    def raw(self) -> bytes | None:
        """Return the next block as it came."""
        return self._blocks.get(timeout=DEADLINE_S)

    def rest(self) -> Iterator[dict[str, Any]]:
        """Return the events up to the end."""
        while (event := self.next()) is not None:
            yield event


def begin(shop: Shop, headers: dict[str, str]) -> str:
    body = sale()
    assert shop.client().post("/v1/payments", json=body, headers=headers).status_code == 202
    return str(body["id"])


def listen(shop: Shop, payment_id: str, headers: dict[str, str], client: Any = None) -> Any:
    return (client or shop.client()).get(f"/v1/payments/{payment_id}/events", headers=headers, buffered=False)


def hint(payment_id: str, code: str, words: str) -> LiveEvent:
    return LiveEvent(TENANT, STORE, PaymentId(uuid.UUID(payment_id)), "progress", code, words)


def test_stream_when_a_payment_runs_then_journal_progress_and_outcome_in_order_and_the_end(any_shop: Shop) -> None:
    _, key = any_shop.key()
    payment_id = begin(any_shop, key)
    any_shop.board.publish(hint(payment_id, "insert_card", "Insert card"))

    response = listen(any_shop, payment_id, key)
    listener = Listener(response)

    assert response.content_type.startswith("text/event-stream")
    first = listener.next()
    assert first is not None
    assert (first["event"], first["id"], first["data"]["state"]) == ("payment", "1", "sent")
    progress = listener.next()
    assert progress is not None
    assert (progress["event"], progress["data"]) == ("progress", {"code": "insert_card", "words": "Insert card"})
    assert "id" not in progress
    any_shop.board.publish(hint(payment_id, "enter_pin", "Enter PIN"))
    assert (listener.next() or {})["data"]["code"] == "enter_pin"
    any_shop.settle(payment_id)
    rest = list(listener.rest())
    assert [(event["event"], event["data"]["state"]) for event in rest] == [("payment", "approved")]


def test_stream_when_the_outcome_comes_from_another_node_then_it_shows_by_polling(shop: Shop) -> None:
    """The other node has an event board of its own: nothing arrives here but what the database says."""
    _, key = shop.key()
    payment_id = begin(shop, key)
    listener = Listener(listen(shop, payment_id, key))
    assert (listener.next() or {})["data"]["state"] == "sent"
    subscribed = shop.board.publish
    shop.conclude._board = type(shop.board)(streams_max=1)

    shop.settle(payment_id)
    shop.clock.move(2)

    assert [event["data"]["state"] for event in listener.rest()] == ["approved"]
    assert subscribed is not None


def test_stream_when_resumed_then_only_what_is_new_and_204_when_there_is_nothing(shop: Shop) -> None:
    _, key = shop.key()
    payment_id = begin(shop, key)
    shop.settle(payment_id)

    resumed = [event["id"] for event in Listener(listen(shop, payment_id, key | {"Last-Event-ID": "1"})).rest()]
    over = listen(shop, payment_id, key | {"Last-Event-ID": "2"})
    odd = listen(shop, payment_id, key | {"Last-Event-ID": "x"})

    assert resumed == ["2"]
    assert over.status_code == 204
    assert odd.status_code == 400


def test_stream_when_unknown_then_it_stays_open_until_somebody_decides(shop: Shop) -> None:
    _, key = shop.key()
    manager, headers = shop.signed(Role.MANAGER)
    payment_id = begin(shop, key)
    shop.settle(payment_id, AttemptEvent.LOSE_ANSWER)
    listener = Listener(listen(shop, payment_id, key))
    assert [(listener.next() or {})["data"]["state"] for _ in range(2)] == ["sent", "unknown"]

    wish = {"paid": False, "reason": "the terminal's journal has no such sale"}
    assert manager.post(f"/v1/payments/{payment_id}/resolution", json=wish, headers=headers).status_code == 200

    assert [event["data"]["state"] for event in listener.rest()] == ["not_charged"]


def test_stream_when_nothing_happens_then_a_heartbeat_and_after_its_time_the_end(shop: Shop) -> None:
    _, key = shop.key()
    payment_id = begin(shop, key)
    listener = Listener(listen(shop, payment_id, key))
    assert listener.raw() == b"retry: 1000\n\n"
    assert listener.next() is not None

    shop.clock.move(15)

    assert listener.raw() == b": still here\n\n"
    shop.clock.move(15 * 60)
    assert list(listener.rest()) == []


@pytest.mark.parametrize("how", ["revoked", "signed_out", "locked"])
def test_stream_when_key_or_session_is_gone_then_it_ends(shop: Shop, how: str) -> None:
    api_key, key = shop.key()
    cashier, headers = shop.signed(Role.CASHIER)
    admin, admin_headers = shop.signed(Role.ADMINISTRATOR)
    payment_id = begin(shop, key)
    listener = Listener(
        listen(shop, payment_id, key if how == "revoked" else {}, cashier if how != "revoked" else None)
    )
    assert listener.next() is not None

    if how == "revoked":
        assert admin.delete(f"/v1/api-keys/{api_key.id}", headers=admin_headers).status_code == 204
    elif how == "locked":
        assert cashier.post("/lock", data={"csrf_token": headers["X-CSRF-Token"]}).status_code == 303
    else:
        assert cashier.post("/sign-out", data={"csrf_token": headers["X-CSRF-Token"]}).status_code == 303
    shop.clock.move(2)

    assert list(listener.rest()) == []


def test_stream_when_too_many_are_open_then_503_with_retry_after_and_a_closed_one_makes_room(shop: Shop) -> None:
    _, key = shop.key()
    payment_id = begin(shop, key)
    open_streams = [listen(shop, payment_id, key) for _ in range(3)]

    refused = listen(shop, payment_id, key)
    open_streams[0].close()
    again = listen(shop, payment_id, key)

    assert (refused.status_code, refused.get_json(force=True)["code"]) == (503, "too_many_streams")
    assert int(refused.headers["Retry-After"]) > 0
    assert again.status_code == 200
    for response in (*open_streams[1:], again):
        response.close()
