"""Documents on their way into the sandbox ERP: each there once, whatever goes wrong in between, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from connectors.sandbox_erp.faults import Fault
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import SETTLE_S, PostingState
from gateway.domain.erp.put_result import Found
from gateway.ports.erp import ErpDocument, FindHints
from gateway.services.erp.enqueue import enqueue_in
from gateway.services.erp.run_postings import HELD_S
from tests.support.erp_documents import bill, entry, key_of, mixed, payment
from tests.support.erp_office import ACCOUNT, PLACE, Office
from tests.support.erp_rig import rest_rig
from tests.support.still_parts import MovingClock
from tests.support.thoroughness import THOROUGH

DOCUMENTS = 1_000 if THOROUGH else 40


class _KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    clock = MovingClock()
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig() as rig:
        yield Office(storage, clock, rig)


def test_run_when_a_payment_came_before_its_bill_then_it_waits_and_both_are_posted(office: Office) -> None:
    paid = replace(payment(9), pays=(replace(payment(9).pays[0], key=key_of(1), number="R-1"),))
    office.send(paid, bill(1))
    office.runner().run(10)
    held = office.of(paid.key)

    office.clock.move(HELD_S)
    office.runner().run(10)

    assert (held.state, held.detail) == (PostingState.WAITING, "Waits for the bill R-1.")
    assert office.states() == {PostingState.POSTED: 2}
    assert office.steps(key_of(1)) == [PostingState.WAITING, PostingState.SENDING, PostingState.POSTED]
    assert [one.files for one in office.rig.booked(key_of(1))] == [(bill(1).attachments[0].content,)]


@pytest.mark.parametrize(("fault", "puts"), [(Fault.TIMEOUT_BEFORE, 2), (Fault.TIMEOUT_AFTER, 1)])
def test_run_when_no_answer_comes_then_a_look_decides_once_the_erp_is_done(
    office: Office, fault: Fault, puts: int
) -> None:
    office.send(entry(1))
    office.rig.fault(fault, "create_entry")
    office.runner().run(10)
    asked = office.of(key_of(1))
    too_early = office.runner().run(10)

    office.clock.move(SETTLE_S)
    office.runner().run(10)

    assert (asked.state, asked.code, too_early) == (PostingState.UNKNOWN, "no_answer", 0)
    assert office.of(key_of(1)).state is PostingState.POSTED
    assert office.steps(key_of(1)).count(PostingState.SENDING) == puts
    assert len(office.rig.booked(key_of(1))) == 1


@pytest.mark.parametrize("booked", [False, True])
def test_run_when_the_sender_died_then_another_node_looks_before_it_writes(office: Office, *, booked: bool) -> None:
    office.send(entry(1))
    connector = office.rig.connector()

    class Dying:
        def __getattr__(self, name: str) -> object:
            return getattr(connector, name)

        def put(self, document: ErpDocument, *, absent: bool) -> None:
            if booked:
                connector.put(document, absent=absent)
            raise _KilledError

    with pytest.raises(_KilledError):
        office.runner("one", Dying()).run(10)  # type: ignore[arg-type]  # one verb of it dies
    left = office.of(key_of(1)).state
    office.clock.move(SETTLE_S)
    office.runner("two").run(10)

    assert left is PostingState.SENDING
    assert office.of(key_of(1)).state is PostingState.POSTED
    assert PostingState.UNKNOWN in office.steps(key_of(1))
    assert len(office.rig.booked(key_of(1))) == 1


def test_run_when_the_file_of_a_bill_is_lost_then_a_person_has_to_look(office: Office) -> None:
    with office.storage.write() as unit:
        enqueue_in(unit, PLACE, ACCOUNT, bill(1), trace_id="trace-1", now=office.clock.now())
    office.runner().run(10)

    assert (office.of(key_of(1)).state, office.of(key_of(1)).code) == (PostingState.REFUSED, "refused")
    assert office.rig.all_booked() == []


def test_run_when_every_tenth_call_goes_wrong_then_each_document_is_there_once(database_url: str) -> None:
    clock, documents = MovingClock(), mixed(DOCUMENTS, seed=8)
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig(rate=0.1, seed=21) as rig:
        office = Office(storage, clock, rig)
        office.send(*documents)
        office.run_to_the_end()
        happened = rig.erp.faults.happened

        states, keys = office.states(), Counter(one.key for one in rig.all_booked())
    assert sum(states.values()) == DOCUMENTS
    assert set(states) <= {PostingState.POSTED, PostingState.DUPLICATE}
    assert keys == Counter(document.key for document in documents)
    assert happened > DOCUMENTS // 20


def test_run_when_several_threads_work_one_account_then_each_document_is_there_once(database_url: str) -> None:
    clock, documents = MovingClock(), mixed(30, seed=9)
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig(rate=0.1, seed=5) as rig:
        office = Office(storage, clock, rig)
        office.send(*documents)
        office.run_to_the_end(threads=3)

        states, keys = office.states(), Counter(one.key for one in rig.all_booked())
    assert set(states) <= {PostingState.POSTED, PostingState.DUPLICATE}
    assert keys == Counter(document.key for document in documents)


def test_run_when_a_document_has_the_number_of_one_under_way_then_it_waits_until_that_is_there(office: Office) -> None:
    first, second = bill(1), replace(bill(2), number=bill(1).number)
    office.send(first, second)
    connector, under_way, go_on = office.rig.connector(), threading.Event(), threading.Event()

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(connector, name)

        def find(self, kind: DocumentKind, key: str, hints: FindHints) -> Found | None:
            found = connector.find(kind, key, hints)
            if key == first.key:
                under_way.set()
                assert go_on.wait(60)
            return found

    runner = office.runner("node", Slow())  # type: ignore[arg-type]  # one verb of it is slow
    with ThreadPoolExecutor(1) as other:
        one = other.submit(runner.run, 1)
        assert under_way.wait(60)
        done_beside = runner.run(10)
        beside = office.of(second.key)
        go_on.set()
        assert one.result(60) == 1
    office.clock.move(HELD_S)
    runner.run(10)

    assert (done_beside, beside.state) == (1, PostingState.WAITING)
    assert [office.of(key).state for key in (first.key, second.key)] == [PostingState.POSTED, PostingState.DUPLICATE]
    assert [one.key for one in office.rig.all_booked()] == [first.key]
