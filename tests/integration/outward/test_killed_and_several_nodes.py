"""Delivery through kills and by several nodes: nothing lost, the same ids again, one node a receiver at a time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db.engine import database_url as parsed
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.services.outward.deliver_webhooks import OTHER_KEY
from tests.support.http_receiver import PATIENCE_S, HttpReceiver, answer
from tests.support.outward_rig import Name, OutwardRig
from tests.support.requirements import ROOT


def _child(url: str, folder: Path, number: int) -> subprocess.Popen[bytes]:
    former = f"node-{number - 1}" if number else ""
    command = [sys.executable, "-m", "tests.support.outward_child", url, str(folder), f"node-{number}", former]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)


def test_process_when_killed_again_and_again_then_every_message_arrives_under_its_id(tmp_path: Path) -> None:
    """Each process is killed while the receiver has its message and gives no answer."""
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    kills, messages = 3, 5
    script: list[str | bytes] = []
    for _ in range(kills):
        script += [answer(204), "hang"]
    with HttpReceiver(*script) as receiver:
        rig = OutwardRig(url, tmp_path)
        rig.endpoint(receiver.url)
        made: list[OutboxMessage] = []
        for _ in range(messages):
            made += rig.announce()
            rig.clock.move(0.001)
        rig.storage.close()

        for number in range(kills):
            child = _child(url, tmp_path, number)
            receiver.wait_for(2 * (number + 1))
            child.kill()
            child.communicate()
        last = _child(url, tmp_path, kills)
        ids = [one.headers["webhook-id"] for one in receiver.wait_for(messages + kills)]
        last.communicate(b"", timeout=PATIENCE_S)

    wanted = [one.payload["webhook_id"] for one in made]
    assert list(dict.fromkeys(ids)) == wanted
    assert sorted(Counter(ids).values()) == [1] * (messages - kills) + [2] * kills
    after = OutwardRig(url, tmp_path)
    assert {after.message(one.id).state for one in made} == {OutboxState.DONE}
    after.storage.close()


@pytest.mark.postgres
def test_nodes_when_two_share_a_database_then_each_message_is_sent_once_and_in_order(
    postgres_url: str, tmp_path: Path
) -> None:
    with HttpReceiver() as receiver:
        first = OutwardRig(postgres_url, tmp_path, name=Name("node-a"))
        second = OutwardRig(postgres_url, tmp_path, name=Name("node-b"), clock=first.clock)
        first.endpoint(receiver.url)
        first.start()
        second.start()
        try:
            made: list[OutboxMessage] = []
            for number in range(24):
                made += (first, second)[number % 2].announce()
                first.clock.move(0.001)
            first.until_state(made[-1], OutboxState.DONE)
            ids = [one.headers["webhook-id"] for one in receiver.wait_for(24)]
        finally:
            first.stop()
            second.stop()

    assert ids == [one.payload["webhook_id"] for one in made]


@pytest.mark.postgres
def test_lease_when_it_ran_out_under_a_slow_node_then_the_other_sends_and_the_late_end_is_fenced_off(
    postgres_url: str, tmp_path: Path
) -> None:
    with HttpReceiver("hang") as receiver:
        slow = OutwardRig(postgres_url, tmp_path, name=Name("slow"), timeout_s=6.0)
        slow.endpoint(receiver.url)
        slow.start()
        (message,) = slow.announce()
        receiver.wait_for(1)
        engine = create_engine(parsed(postgres_url))
        with engine.begin() as connection:
            connection.execute(text("UPDATE outward_system SET expires_at = now() - interval '1 second'"))
        engine.dispose()

        other = OutwardRig(postgres_url, tmp_path, name=Name("other"), clock=slow.clock)
        other.start()
        try:
            done = other.until_state(message, OutboxState.DONE)
            slow.stop()
            before, after = receiver.wait_for(2)
            assert other.message(message.id) == done
        finally:
            other.stop()

    assert before.headers["webhook-id"] == after.headers["webhook-id"]
    assert (done.tries, done.epoch) == (1, 2)


def test_node_when_it_has_another_key_then_nothing_is_sent_and_it_says_why(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    with HttpReceiver() as receiver:
        maker = OutwardRig(url, tmp_path)
        maker.endpoint(receiver.url)
        (message,) = maker.announce()
        maker.storage.close()
        (tmp_path / "webhook-key").unlink()

        rig = OutwardRig(url, tmp_path, clock=maker.clock)
        rig.start()
        waits = rig.until_state(message, OutboxState.READY, tries=1)
        rig.stop()

    assert (waits.note, receiver.connections) == (OTHER_KEY, 0)
