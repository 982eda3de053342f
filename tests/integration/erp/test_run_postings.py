"""Documents on their way into the sandbox ERP: each there once, whatever goes wrong in between, on both databases."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from connectors.sandbox_erp.faults import Fault
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.documents.document import Document, DocumentSource
from gateway.domain.erp.documents import VendorBill
from gateway.domain.erp.posting import SETTLE_S, Posting, PostingState
from gateway.domain.ids import DocumentId, StoreId, TenantId, uuid7
from gateway.ports.erp import ErpConnector, ErpDocument
from gateway.ports.erp_store import Place
from gateway.services.erp.enqueue import enqueue_in
from gateway.services.erp.run_postings import HELD_S, RunPostings
from tests.support.erp_documents import bill, entry, key_of, mixed, payment
from tests.support.erp_rig import SandboxRig, rest_rig
from tests.support.still_parts import MovingClock
from tests.support.thoroughness import THOROUGH

PLACE: Place = (TenantId("acme"), StoreId("north"))
ACCOUNT = "books"
DOCUMENTS = 1_000 if THOROUGH else 40
_ROUNDS_MAX = 400


class _KilledError(BaseException):
    """The process ends here."""


@dataclass
class _Office:
    """A store whose documents go to the sandbox."""

    storage: SqlStorage
    clock: MovingClock
    rig: SandboxRig

    def send(self, *documents: ErpDocument) -> None:
        with self.storage.write() as unit:
            for document in documents:
                for file in document.attachments if isinstance(document, VendorBill) else ():
                    unit.documents.add(_stored(file.content, self.clock), [file.content])
                enqueue_in(unit, PLACE, ACCOUNT, document, trace_id="trace-1", now=self.clock.now())

    def runner(self, holder: str = "node", connector: ErpConnector | None = None) -> RunPostings:
        return RunPostings(
            storage=self.storage,
            clock=self.clock,
            place=PLACE,
            account=ACCOUNT,
            connector=connector or self.rig.connector(),
            holder=holder,
        )

    def of(self, key: str) -> Posting:
        with self.storage.read() as unit:
            found = unit.erp.load(PLACE, ACCOUNT, key)
        assert found is not None
        return found

    def steps(self, key: str) -> list[PostingState]:
        with self.storage.read() as unit:
            return [event.state for event in unit.erp.events(PLACE, ACCOUNT, key)]

    def states(self) -> Counter[PostingState]:
        with self.storage.read() as unit:
            found: list[Posting] = []
            while rows := unit.erp.page(PLACE, ACCOUNT, None, found[-1].sequence if found else 0, 500):
                found.extend(rows)
        return Counter(one.state for one in found)


@pytest.fixture
def office(database_url: str) -> Iterator[_Office]:
    clock = MovingClock()
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig() as rig:
        yield _Office(storage, clock, rig)


def _stored(content: bytes, clock: MovingClock) -> Document:
    return Document(
        tenant_id=PLACE[0],
        store_id=PLACE[1],
        id=DocumentId(uuid7(0)),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        name="bill.pdf",
        kind="pdf",
        source=DocumentSource.UPLOAD,
        received_at=clock.now(),
        received_by="chef",
    )


def test_run_when_a_payment_came_before_its_bill_then_it_waits_and_both_are_posted(office: _Office) -> None:
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
    office: _Office, fault: Fault, puts: int
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
def test_run_when_the_sender_died_then_another_node_looks_before_it_writes(office: _Office, *, booked: bool) -> None:
    office.send(entry(1))
    connector = office.rig.connector()

    class Dying:
        def __getattr__(self, name: str) -> object:
            return getattr(connector, name)

        def put(self, document: ErpDocument) -> None:
            if booked:
                connector.put(document)
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


def test_run_when_the_file_of_a_bill_is_lost_then_a_person_has_to_look(office: _Office) -> None:
    with office.storage.write() as unit:
        enqueue_in(unit, PLACE, ACCOUNT, bill(1), trace_id="trace-1", now=office.clock.now())
    office.runner().run(10)

    assert (office.of(key_of(1)).state, office.of(key_of(1)).code) == (PostingState.REFUSED, "refused")
    assert office.rig.all_booked() == []


def test_run_when_every_tenth_call_goes_wrong_then_each_document_is_there_once(database_url: str) -> None:
    clock, documents = MovingClock(), mixed(DOCUMENTS, seed=8)
    with closing(SqlStorage(database_url, clock)) as storage, rest_rig(rate=0.1, seed=21) as rig:
        office = _Office(storage, clock, rig)
        office.send(*documents)
        runner = office.runner()
        for _ in range(_ROUNDS_MAX):
            runner.run(200)
            clock.move(SETTLE_S)
            if set(office.states()) <= {PostingState.POSTED, PostingState.DUPLICATE}:
                break
        happened = rig.erp.faults.happened

        states, keys = office.states(), Counter(one.key for one in rig.all_booked())
    assert sum(states.values()) == DOCUMENTS
    assert set(states) <= {PostingState.POSTED, PostingState.DUPLICATE}
    assert keys == Counter(document.key for document in documents)
    assert happened > DOCUMENTS // 20
