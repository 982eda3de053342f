"""Messages on their way to real receivers on this machine, over real storage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.outbox import OutboxState
from gateway.domain.telling.webhook import EndpointState
from tests.support.http_receiver import HttpReceiver, answer
from tests.support.outward_rig import ADMINISTRATOR, Name, OutwardRig, is_signed


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[OutwardRig]:
    """A node that delivers."""
    made = OutwardRig(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path, timeout_s=1.0)
    made.start()
    yield made
    made.stop()


def test_event_when_announced_then_signed_delivered_and_done(rig: OutwardRig) -> None:
    with HttpReceiver(answer(200, body=b"thank you")) as receiver:
        endpoint, secret = rig.endpoint(receiver.url, "payment.*")

        (message,) = rig.announce(amount="12.34", currency="EUR")
        (request,) = receiver.wait_for(1)
        done = rig.until_state(message, OutboxState.DONE)

    assert rig.announce("refund.done") == ()
    assert request.line == "POST /hook?shop=1 HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == message.payload["webhook_id"]
    assert is_signed(request, secret)
    body = json.loads(request.body)
    assert (body["type"], body["data"]["amount"], body["store"]) == ("payment.approved", "12.34", "store-1")
    assert (done.note, done.tries, message.target) == ("HTTP 200: thank you", 1, endpoint.target)


def test_secret_when_changed_then_both_sign_for_a_day(rig: OutwardRig) -> None:
    with HttpReceiver() as receiver:
        endpoint, former = rig.endpoint(receiver.url)
        _, newer = rig.webhooks.new_secret(ADMINISTRATOR, endpoint.id, 1)

        rig.announce()
        (both,) = receiver.wait_for(1)
        rig.clock.move(25 * 3600)
        rig.announce()
        _, only = receiver.wait_for(2)

    assert former != newer
    assert (is_signed(both, former), is_signed(both, newer)) == (True, True)
    assert (is_signed(only, former), is_signed(only, newer)) == (False, True)


def test_receiver_when_down_then_order_is_kept_and_nothing_lost(rig: OutwardRig) -> None:
    with HttpReceiver(answer(500, body=b"broken"), "close") as receiver:
        endpoint, _ = rig.endpoint(receiver.url)
        (first,) = rig.announce("payment.approved")
        rig.clock.move(0.001)
        (second,) = rig.announce("payment.declined")

        waits = rig.until_state(first, OutboxState.READY, tries=1)
        (system,) = [one.system for one in rig.side.services.state.systems(ADMINISTRATOR)]
        rig.clock.move(1)
        rig.until_state(first, OutboxState.READY, tries=2)
        assert rig.message(second.id).tries == 0
        rig.clock.move(2)
        rig.until_state(second, OutboxState.DONE)
        kinds = [json.loads(one.body)["type"] for one in receiver.wait_for(4)]
        ids = [one.headers["webhook-id"] for one in receiver.received]

    assert waits.note == "HTTP 500: broken"
    assert (system.target, system.tries, system.last_words) == (endpoint.target, 1, "HTTP 500: broken")
    assert kinds == ["payment.approved"] * 3 + ["payment.declined"]
    assert len(set(ids)) == 2
    assert rig.message(first.id).tries == 3


def test_message_when_refused_then_it_steps_aside_for_the_next(rig: OutwardRig) -> None:
    with HttpReceiver(answer(422, body=b"what is this?")) as receiver:
        rig.endpoint(receiver.url)
        (refused,) = rig.announce("payment.approved")
        rig.until_state(refused, OutboxState.READY, tries=1)
        (other,) = rig.announce("payment.declined")

        rig.until_state(other, OutboxState.DONE)
        assert rig.message(refused.id).tries == 1
        rig.clock.move(1)
        rig.until_state(refused, OutboxState.DONE)

    assert len(receiver.received) == 3


def test_receiver_when_it_asks_for_patience_then_it_gets_it(rig: OutwardRig) -> None:
    with HttpReceiver(answer(429, "Retry-After: 120")) as receiver:
        rig.endpoint(receiver.url)
        (message,) = rig.announce()
        rig.until_state(message, OutboxState.READY, tries=1)

        (view,) = rig.side.services.state.systems(ADMINISTRATOR)
        assert view.system.paused_until == rig.clock.now() + timedelta(seconds=120)
        rig.clock.move(121)
        rig.until_state(message, OutboxState.DONE)


def _known_to_be_off(rig: OutwardRig) -> bool:
    """A little later: who announces looks at the endpoints anew after a while, not at each word."""
    rig.clock.move(5)
    return rig.side.announcer.silent


def test_receiver_when_gone_then_switched_off_and_on_again_by_a_person(rig: OutwardRig) -> None:
    with HttpReceiver(answer(410)) as receiver:
        endpoint, _ = rig.endpoint(receiver.url)
        (message,) = rig.announce()

        dead = rig.until_state(message, OutboxState.DEAD)
        off = rig.webhooks.get(ADMINISTRATOR, endpoint.id)
        rig.until(lambda: _known_to_be_off(rig))
        assert rig.announce() == ()
        rig.webhooks.change(ADMINISTRATOR, endpoint.id, active=True)
        rig.webhooks.replay(ADMINISTRATOR, message.id)
        rig.until_state(message, OutboxState.DONE)
        first, second = receiver.wait_for(2)

    assert (off.state, off.state_reason) == (EndpointState.DISABLED, "HTTP 410")
    assert dead.note == "Given up at try 1: HTTP 410"
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("hang", "No answer within 1 seconds."),
        ("drip", "No answer within 1 seconds."),
        ("close", "The connection broke before an answer came."),
        (b"nonsense\r\n\r\n", "The connection broke before an answer came."),
        (answer(302, "Location: http://169.254.169.254/"), "HTTP 302"),
    ],
)
def test_receiver_when_it_misbehaves_then_told_in_words_and_tried_again(
    rig: OutwardRig, step: str | bytes, words: str
) -> None:
    with HttpReceiver(step) as receiver:
        rig.endpoint(receiver.url)
        (message,) = rig.announce()

        waits = rig.until_state(message, OutboxState.READY, tries=1)
        rig.clock.move(2)
        rig.until_state(message, OutboxState.DONE)

    assert waits.note == words
    assert receiver.connections == 2


def test_answer_when_its_body_breaks_off_then_the_status_counts(rig: OutwardRig) -> None:
    with HttpReceiver("cut", answer(200, body=b"x" * 100_000)) as receiver:
        rig.endpoint(receiver.url)
        (first,) = rig.announce()
        rig.until_state(first, OutboxState.DONE)
        (second,) = rig.announce()
        done = rig.until_state(second, OutboxState.DONE)

    assert done.note == "HTTP 200: " + "x" * 200


def test_receiver_when_away_too_long_then_message_is_dead_and_endpoint_off(rig: OutwardRig) -> None:
    with HttpReceiver(*[answer(503)] * 4) as receiver:
        endpoint, _ = rig.endpoint(receiver.url)
        (message,) = rig.announce()
        rig.until_state(message, OutboxState.READY, tries=1)

        rig.clock.move(73 * 3600)
        dead = rig.until_state(message, OutboxState.DEAD, tries=2)
        (later,) = rig.announce()
        rig.clock.move(50 * 3600)
        rig.until(lambda: rig.webhooks.get(ADMINISTRATOR, endpoint.id).state is EndpointState.DISABLED)

    assert dead.note == "Given up at try 2: HTTP 503"
    assert rig.message(later.id).state is OutboxState.READY


def test_slow_receiver_does_not_hold_up_another(rig: OutwardRig) -> None:
    with HttpReceiver("hang") as slow, HttpReceiver() as quick:
        rig.endpoint(slow.url)
        rig.endpoint(quick.url)
        one, two = rig.announce()

        quick.wait_for(1)
        assert {rig.message(one.id).state, rig.message(two.id).state} <= {
            OutboxState.STARTED,
            OutboxState.DONE,
            OutboxState.READY,
        }
        assert rig.message(one.id).tries == 0


def test_replay_since_when_asked_then_the_same_ids_in_order(rig: OutwardRig) -> None:
    with HttpReceiver() as receiver:
        endpoint, _ = rig.endpoint(receiver.url)
        kinds = ["a.one", "a.two", "a.three"]
        since = rig.clock.now()
        for kind in kinds:
            rig.clock.move(1)
            (message,) = rig.announce(kind)
            rig.until_state(message, OutboxState.DONE)

        assert rig.webhooks.replay_since(ADMINISTRATOR, endpoint.id, since + timedelta(seconds=2)) == 2
        requests = receiver.wait_for(5)

    assert [json.loads(one.body)["type"] for one in requests[3:]] == kinds[1:]
    assert [one.headers["webhook-id"] for one in requests[3:]] == [one.headers["webhook-id"] for one in requests[1:3]]


def test_node_when_killed_in_a_try_then_the_next_start_sends_the_same_id_again(tmp_path: Path) -> None:
    """The first node dies as a process does: it stops without a word while its receiver still thinks."""
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    with HttpReceiver("hang") as receiver:
        first = OutwardRig(url, tmp_path, timeout_s=10, name=Name("node-1-a"))
        first.start()
        first.endpoint(receiver.url)
        (message,) = first.announce()
        receiver.wait_for(1)
        assert first.message(message.id).state is OutboxState.STARTED
        first.side.stop(lambda: 0.0)
        first.storage.close()

        second = OutwardRig(url, tmp_path, name=Name("node-1-b", former="node-1-a"), clock=first.clock)
        second.start()
        try:
            second.until_state(message, OutboxState.DONE)
            before, after = receiver.wait_for(2)
        finally:
            second.stop()

    assert before.headers["webhook-id"] == after.headers["webhook-id"]
    assert before.body == after.body


def test_address_when_inside_of_the_network_then_nothing_is_sent(tmp_path: Path) -> None:
    rig = OutwardRig(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path, allowed=frozenset())
    rig.start()
    try:
        with HttpReceiver() as receiver:
            rig.endpoint(receiver.url)
            (message,) = rig.announce()
            waits = rig.until_state(message, OutboxState.READY, tries=1)
    finally:
        rig.stop()

    assert waits.note == "This host lies inside of a private network."
    assert receiver.connections == 0
