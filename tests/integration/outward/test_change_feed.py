"""The change feed, on both databases: one order without gaps, whoever reads at the same moment, whatever comes late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.posting import Posting, PostingState, after_failed_look
from gateway.domain.errors import Gone, NotPermitted
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.change import change_message
from gateway.services.erp.decide_postings import DecidePostings
from gateway.services.outward.change_feed import NUMBERED_MAX, ChangeFeed
from tests.support.erp_documents import entry, key_of
from tests.support.erp_office import ACCOUNT, PLACE, runner_of, send
from tests.support.erp_rig import rest_rig
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import new_id

DAYS = 30
READER = Caller(*PLACE, new_id(), "key:erp", frozenset({Permission.ERP_DOCUMENTS}))
CLERK = Caller(*PLACE, new_id(), "clerk", frozenset({Permission.STATEMENTS_WORK}))


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def storage(database_url: str, clock: MovingClock) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, clock)) as made:
        yield made


@pytest.fixture
def feed(storage: SqlStorage, clock: MovingClock) -> ChangeFeed:
    return ChangeFeed(storage=storage, clock=clock, days=DAYS)


def _change(name: str, at: datetime) -> OutboxMessage:
    return change_message(
        *PLACE, webhook_id=f"msg_{name}", kind="sale.settled", subject=f"/v1/sales/{name}", trace_id=name, at=at
    )


def _happens(storage: SqlStorage, clock: MovingClock, *names: str, ago_s: int = 0) -> None:
    with storage.write() as unit:
        for name in names:
            unit.outbox.add(_change(name, clock.now() - timedelta(seconds=ago_s)))


def _begins_and_fails(storage: SqlStorage, clock: MovingClock) -> None:
    with storage.write() as unit:
        unit.outbox.add(_change("never", clock.now()))
        raise KeyError


def _names(feed: ChangeFeed, after: int | None = None, limit: int = 100) -> list[tuple[int, str]]:
    return [(one.sequence, one.trace_id) for one in feed.page(READER, after=after, limit=limit).changes]


def test_changes_when_stored_late_or_again_then_numbered_behind_what_was_read_and_once(
    storage: SqlStorage, clock: MovingClock, feed: ChangeFeed
) -> None:
    _happens(storage, clock, "b")
    _happens(storage, clock, "a", ago_s=60)
    before = _names(feed)
    _happens(storage, clock, "late", ago_s=3600)
    _happens(storage, clock, "a", ago_s=60)
    page = feed.page(READER, after=2)
    with storage.read() as unit:
        waits = unit.outbox.waiting(*PLACE)

    assert before == [(1, "a"), (2, "b")]
    assert [(one.sequence, one.trace_id) for one in page.changes] == [(3, "late")]
    assert (page.next, page.has_more) == (3, False)
    assert _names(feed, after=0, limit=2) == [(1, "a"), (2, "b")]
    assert feed.page(READER, after=3).next == 3
    assert waits == ()
    with pytest.raises(NotPermitted):
        feed.page(CLERK)


def test_changes_when_not_committed_then_not_told_and_when_many_read_at_once_then_each_has_one_number(
    storage: SqlStorage, clock: MovingClock, feed: ChangeFeed
) -> None:
    count = 40
    _happens(storage, clock, *(f"{number:02}" for number in range(count)))
    with pytest.raises(KeyError):
        _begins_and_fails(storage, clock)

    with ThreadPoolExecutor(4) as pool:
        read = [one.result() for one in [pool.submit(_names, feed) for _ in range(4)]]

    whole = _names(feed)
    assert sorted(name for _, name in whole) == [f"{number:02}" for number in range(count)]
    assert [sequence for sequence, _ in whole] == list(range(1, count + 1))
    assert all(one == whole for one in read)


def test_changes_when_older_than_they_are_kept_then_gone_is_said_also_to_who_never_read(
    storage: SqlStorage, clock: MovingClock, feed: ChangeFeed
) -> None:
    _happens(storage, clock, *(f"{number:04}" for number in range(NUMBERED_MAX + 2)))
    clock.move(DAYS * 86_400 + 1)
    _happens(storage, clock, "young")
    for _ in range(2):
        feed.page(READER)
    # Numbered last though it happened first: it stays, or there would be a gap.
    _happens(storage, clock, "old", ago_s=2 * DAYS * 86_400)

    gone = feed.forget(*PLACE)

    assert gone == NUMBERED_MAX + 2
    assert _names(feed) == [(gone + 1, "young"), (gone + 2, "old")]
    assert _names(feed, after=gone) == _names(feed)
    for wrong in (0, gone - 1, gone + 3):
        with pytest.raises(Gone) as error:
            feed.page(READER, after=wrong)
        assert error.value.code == "changes_gone"
    assert feed.forget(*PLACE) == 0


def test_documents_when_they_move_then_each_step_a_reader_can_use_is_told_in_the_unit_that_makes_it(
    storage: SqlStorage, clock: MovingClock, feed: ChangeFeed
) -> None:
    with rest_rig() as rig:
        send(storage, clock, entry(1), entry(2))
        _refused(storage, clock, key_of(2))
        runner_of(storage, clock, rig.connector()).run(10)
        clock.move(1)
        DecidePostings(storage=storage, clock=clock).retry(CLERK, ACCOUNT, key_of(2))
    with storage.write() as unit:
        unit.erp.acknowledge(PLACE, ACCOUNT, key_of(2), "77", "RE-77", clock.now())
        unit.erp.acknowledge(PLACE, ACCOUNT, key_of(2), "77", "RE-77", clock.now())

    found = feed.page(READER).changes

    told = {number: [one.kind for one in found if key_of(number) in one.subject] for number in (1, 2)}
    assert told[1] == ["erp_document.waiting", "erp_document.posted"]
    assert sorted(told[2]) == sorted(
        f"erp_document.{what}" for what in ("waiting", "refused", "waiting", "acknowledged")
    )
    assert {one.trace_id for one in found} == {"trace-1"}
    assert {one.subject for one in found} == {
        f"/v1/erp/postings/{key_of(number)}?account={ACCOUNT}" for number in (1, 2)
    }


def _refused(storage: SqlStorage, clock: MovingClock, key: str) -> None:
    with storage.write() as unit:
        posting = unit.erp.load(PLACE, ACCOUNT, key)
        assert isinstance(posting, Posting)
        failed = after_failed_look(posting, ErpFailure(FailureCode.UNKNOWN_PARTY, "none"), clock.now())
        assert unit.erp.move(PLACE, failed, former=PostingState.WAITING, epoch=None, actor="runner")
