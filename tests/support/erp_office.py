"""A store whose documents go into the sandbox ERP by the real runner, on a clock that only moves when told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.erp.documents import VendorBill
from gateway.domain.erp.posting import SETTLE_S, SETTLED, Posting, PostingState
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector, ErpDocument
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue import enqueue_in
from gateway.services.erp.run_postings import RunPostings
from tests.support.erp_documents import handed_in
from tests.support.erp_rig import SandboxRig
from tests.support.still_parts import MovingClock

PLACE: Place = (TenantId("acme"), StoreId("north"))
ACCOUNT = "books"
_ROUNDS_MAX = 400


def send(storage: Storage, clock: Clock, *documents: ErpDocument) -> None:
    """Put documents on their way, with their files among those of the store."""
    with storage.write() as unit:
        for document in documents:
            for file in document.attachments if isinstance(document, VendorBill) else ():
                unit.documents.add(handed_in(PLACE, file, clock.now()), [file.content])
            enqueue_in(unit, PLACE, ACCOUNT, document, trace_id="trace-1", now=clock.now())


def runner_of(
    storage: Storage,
    clock: Clock,
    connector: ErpConnector,
    holder: str = "node",
    about: Callable[[str], None] = lambda _key: None,
) -> RunPostings:
    """Return a runner of the store's account. ``about``: told the key of the document that is worked on."""
    return RunPostings(
        storage=storage,
        clock=clock,
        place=PLACE,
        account=ACCOUNT,
        connector=connector,
        holder=holder,
        about=about,
    )


def states_of(storage: Storage) -> Counter[PostingState]:
    """Return how many documents stand where."""
    with storage.read() as unit:
        found: list[Posting] = []
        while rows := unit.erp.page(PLACE, ACCOUNT, None, found[-1].sequence if found else 0, 500):
            found.extend(rows)
    return Counter(one.state for one in found)


@dataclass
class Office:
    """A store whose documents go to the sandbox."""

    storage: SqlStorage
    clock: MovingClock
    rig: SandboxRig

    def send(self, *documents: ErpDocument) -> None:
        send(self.storage, self.clock, *documents)

    def runner(self, holder: str = "node", connector: ErpConnector | None = None) -> RunPostings:
        return runner_of(self.storage, self.clock, connector or self.rig.connector(), holder)

    def run_to_the_end(self, threads: int = 1) -> None:
        """Run, and let the time of looks and new tries come, until nothing is left to do, or for long enough."""
        runner = self.runner()
        for _ in range(_ROUNDS_MAX):
            with ThreadPoolExecutor(threads) as pool:
                for run in [pool.submit(runner.run, 200) for _ in range(threads)]:
                    run.result()
            if set(self.states()) <= SETTLED:
                return
            self.clock.move(SETTLE_S)

    def of(self, key: str) -> Posting:
        with self.storage.read() as unit:
            found = unit.erp.load(PLACE, ACCOUNT, key)
        assert found is not None
        return found

    def steps(self, key: str) -> list[PostingState]:
        with self.storage.read() as unit:
            return [event.state for event in unit.erp.events(PLACE, ACCOUNT, key)]

    def states(self) -> Counter[PostingState]:
        return states_of(self.storage)
