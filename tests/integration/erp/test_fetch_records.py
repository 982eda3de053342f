"""What an ERP knows of suppliers and orders comes in by itself, each change once, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sandbox_erp.faults import Fault
from gateway.domain.access import Caller, Permission
from gateway.domain.erp.binding import MasterKind
from gateway.domain.erp.documents import PartyRef
from gateway.domain.erp.posting import PostingState
from gateway.domain.erp.records import RecordKind
from gateway.domain.ids import PurchaseOrderId
from gateway.services.erp.enqueue import enqueue_in
from gateway.services.erp.fetch_records import FetchRecords
from gateway.services.erp.run_postings import RunPostings
from tests.support.erp_documents import bill
from tests.support.erp_rig import SandboxRig, rest_rig
from tests.support.still_parts import MovingClock
from tests.support.web_shop import STORE, TENANT, Shop, build_shop, new_id

ACCOUNT = "books"
PLACE = (TENANT, STORE)
EVERY_S = 900


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    built = build_shop(database_url, tmp_path)
    yield built
    built.storage.close()


@pytest.fixture
def rig() -> Iterator[SandboxRig]:
    with rest_rig() as made:
        yield made


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def records(shop: Shop, rig: SandboxRig, clock: MovingClock) -> FetchRecords:
    return FetchRecords(
        storage=shop.storage,
        clock=clock,
        caller=Caller(*PLACE, new_id(), "erp:books", frozenset({Permission.ERP_MASTER})),
        account=ACCOUNT,
        connector=rig.connector(),
        take=shop.container.till.payables.doors.records,
        every_s=EVERY_S,
    )


def _received(shop: Shop, erp_id: str) -> dict[int, Decimal]:
    """What has arrived of an order here, by line."""
    found: dict[int, Decimal] = {}
    with shop.storage.read() as unit:
        bound = unit.erp_bindings.find(PLACE, ACCOUNT, MasterKind.ORDER, erp_id)
        assert bound is not None
        for line in unit.purchases.received(*PLACE, [PurchaseOrderId(bound.our_id)]):
            found[line.line_no] = found.get(line.line_no, Decimal(0)) + line.quantity
    return found


def test_run_when_an_erp_has_records_then_suppliers_and_orders_are_here_and_bound(
    shop: Shop, rig: SandboxRig, records: FetchRecords
) -> None:
    count = records.run()

    vendors, orders = rig.erp.books.records("vendor"), rig.erp.books.records("order")
    assert count == len(vendors) + len(orders)
    with shop.storage.read() as unit:
        names = {one.name: bool(one.blocked) for one in unit.suppliers.list(*PLACE, limit=10)}
        numbers = unit.purchases.orders_by_number(*PLACE, [one["number"] for one in orders])
        notes = unit.erp_cursors.details(PLACE, ACCOUNT)
    assert names == {one["name"]: one["blocked"] for one in vendors}
    assert {len(one.lines) for one in numbers.values()} == {2}
    assert notes == {RecordKind.VENDOR: "", RecordKind.ORDER: ""}


def test_run_when_it_is_not_due_then_nothing_is_asked(
    rig: SandboxRig, records: FetchRecords, clock: MovingClock
) -> None:
    records.run()
    asked = len(rig.exchanges)

    assert records.run() == 0
    assert len(rig.exchanges) == asked
    clock.move(EVERY_S)
    records.run()
    assert len(rig.exchanges) > asked


def test_run_when_goods_arrive_and_go_back_then_deliveries_follow_and_what_people_entered_counts(
    shop: Shop, rig: SandboxRig, records: FetchRecords, clock: MovingClock
) -> None:
    order = rig.erp.books.records("order")[0]
    rig.erp.work.receive(order["id"], "10", Decimal(40))
    records.run()
    first = _received(shop, order["id"])
    for change, expected in ((Decimal(60), Decimal(100)), (Decimal(-30), Decimal(70)), (Decimal(0), Decimal(70))):
        rig.erp.work.receive(order["id"], "10", change)
        clock.move(EVERY_S)
        records.run()
        assert _received(shop, order["id"]) == {10: expected}

    assert first == {10: Decimal(40)}


def test_run_when_the_erp_breaks_off_then_it_goes_on_from_there_a_minute_later(
    shop: Shop, rig: SandboxRig, records: FetchRecords, clock: MovingClock
) -> None:
    rig.fault(Fault.MALFORMED, "list_orders")
    records.run()
    with shop.storage.read() as unit:
        broken = unit.erp_cursors.details(PLACE, ACCOUNT)[RecordKind.ORDER]
    clock.move(60)
    records.run()

    assert broken.startswith("answer_not_understood")
    with shop.storage.read() as unit:
        assert unit.erp_cursors.details(PLACE, ACCOUNT)[RecordKind.ORDER] == ""
        number = rig.erp.books.records("order")[0]["number"]
        assert unit.purchases.orders_by_number(*PLACE, [number])


def test_run_when_a_record_cannot_be_taken_then_the_others_are_and_it_is_told(
    shop: Shop, rig: SandboxRig, records: FetchRecords
) -> None:
    order = rig.erp.books.records("order")[0]
    rig.erp.books.keep("order", {**order, "vendor": "V99"})

    records.run()

    with shop.storage.read() as unit:
        note = unit.erp_cursors.details(PLACE, ACCOUNT)[RecordKind.ORDER]
    assert note.startswith(
        f"1 of {len(rig.erp.books.records('order'))} records were not taken; the last: {order['id']}"
    )


def test_bill_when_its_supplier_is_not_known_there_then_it_waits_until_the_erp_tells_of_it(
    shop: Shop, rig: SandboxRig, records: FetchRecords, clock: MovingClock
) -> None:
    supplier_id = new_id()
    document = replace(bill(1), vendor=PartyRef(str(supplier_id), "New Supplier"), attachments=())
    with shop.storage.write() as unit:
        enqueue_in(unit, PLACE, ACCOUNT, document, trace_id="t-1", now=clock.now())
    connector = rig.connector()
    runner = RunPostings(
        storage=shop.storage, clock=clock, place=PLACE, account=ACCOUNT, connector=connector, holder="node"
    )
    runner.run(10)
    with shop.storage.read() as unit:
        held = unit.erp.load(PLACE, ACCOUNT, document.key)
    records.run()
    with shop.storage.write() as unit:
        bound = unit.erp_bindings.hold(PLACE, ACCOUNT, MasterKind.VENDOR, "V1")
        assert bound is not None
        unit.erp_bindings.bind(PLACE, replace(bound, our_id=supplier_id))
    clock.move(60)
    runner.run(10)

    assert held is not None
    assert (held.state, held.detail.split(":")[0]) == (PostingState.WAITING, "Waits for the supplier New Supplier")
    with shop.storage.read() as unit:
        done = unit.erp.load(PLACE, ACCOUNT, document.key)
    assert done is not None
    assert done.state is PostingState.POSTED
