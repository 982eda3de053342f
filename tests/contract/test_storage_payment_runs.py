"""Payment runs, their orders and files, and dated jobs, on both databases."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db.payables import payment_run_store
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables.payment_order import BankFile, FileState, LeftOut, OrderState, PaymentRun, RunState
from gateway.ports.payment_run_store import RunEvent
from tests.support.run_rows import AT, EUR, HERE, TODAY, order, payable, run
from tests.support.storage_rows import new_id

ELSEWHERE = (TenantId("main"), StoreId("south"))
JOB = "propose_run"


def _file(of: PaymentRun, no: int = 1, attempt: int = 1) -> BankFile:
    content = f"<file {no} {attempt}/>".encode()
    return BankFile(
        run_id=of.id,
        file_no=no,
        attempt=attempt,
        bank_account_id="main",
        message_id=f"M{of.number}-{attempt}-{no}",
        format="pain.001.001.09",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        orders=1,
        total_minor=11_900,
        currency="EUR",
        remote_name=f"M{of.number}-{attempt}-{no}.xml",
    )


def test_run_when_added_then_read_back_whole_and_only_here(storage: SqlStorage) -> None:
    of = run()
    orders = (order(of, 1, payable("R-1"), discount=100), order(of, 2, payable("R-2"), payable("R-3", gross=50)))
    left = LeftOut(payable("R-4").id, payable().supplier_id, Money(5, EUR), "cash_limit", Money(1, EUR), {"days": "7"})
    plain = LeftOut(payable("R-5").id, payable().supplier_id, Money(6, EUR), "on_hold")
    with storage.write() as unit:
        assert unit.payment_runs.next_number(*HERE) == 1
        unit.payment_runs.add(of, orders, (plain, left))

    with storage.read() as unit:
        assert unit.payment_runs.load(*HERE, of.id) == of
        assert unit.payment_runs.load(*ELSEWHERE, of.id) is None
        assert unit.payment_runs.orders(*HERE, of.id) == orders
        assert unit.payment_runs.left_out(*HERE, of.id) == (left, plain)
        assert unit.payment_runs.next_number(*HERE) == 2
        assert unit.payment_runs.next_number(*ELSEWHERE) == 1
        assert unit.payment_runs.order_by_end_to_end(*HERE, "E1-2") == orders[1]
        assert unit.payment_runs.order_by_end_to_end(*ELSEWHERE, "E1-2") is None
        assert unit.payment_runs.orders_of_payable(*HERE, payable("R-3").id) == (orders[1],)


def test_run_when_it_is_large_then_the_database_looks_at_its_tables_at_once(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL would go through the whole run for each of its orders until it looks at the tables by itself."""
    monkeypatch.setattr(payment_run_store, "MANY_ORDERS", 2)
    of = run()
    orders = (order(of, 1, payable("R-1")), order(of, 2, payable("R-2")))

    with storage.write() as unit:
        unit.payment_runs.add(of, orders, ())

    with storage.read() as unit:
        assert unit.payment_runs.orders(*HERE, of.id) == orders
    if storage.url.get_backend_name() == "postgresql":
        sizes = "SELECT relname, reltuples FROM pg_class WHERE relname IN ('payment_order', 'payment_allocation')"
        engine = create_engine(storage.url)
        with engine.connect() as connection:
            rows = {row.relname: row.reltuples for row in connection.execute(text(sizes))}
        assert rows == {"payment_order": 2, "payment_allocation": 2}
        engine.dispose()


def test_run_when_changed_then_only_at_its_version(storage: SqlStorage) -> None:
    of = run()
    with storage.write() as unit:
        unit.payment_runs.add(of, (), ())

    approved = replace(of, state=RunState.APPROVED, approved_by=new_id(), approved_at=AT, version=2)
    with storage.write() as unit:
        assert unit.payment_runs.lock(*HERE, of.id) == of
        assert unit.payment_runs.update(approved)
        assert not unit.payment_runs.update(replace(approved, note="late"))

    with storage.read() as unit:
        assert unit.payment_runs.load(*HERE, of.id) == approved


def test_release_when_by_who_approved_then_the_database_refuses(storage: SqlStorage) -> None:
    of, person = run(), new_id()
    with storage.write() as unit:
        unit.payment_runs.add(of, (), ())

    with pytest.raises(GatewayError), storage.write() as unit:
        unit.payment_runs.update(replace(of, approved_by=person, released_by=person, version=2))


def test_list_when_asked_then_newest_first_by_state_and_page(storage: SqlStorage) -> None:
    with storage.write() as unit:
        for number in (1, 2, 3):
            unit.payment_runs.add(run(number, RunState.DONE if number == 2 else RunState.PROPOSED), (), ())

    with storage.read() as unit:
        states = (RunState.PROPOSED,)
        found = unit.payment_runs.list(*HERE, states=states, before=None, limit=5)
        assert [one.number for one in found] == [3, 1]
        assert [one.number for one in unit.payment_runs.list(*HERE, states=states, before=3, limit=5)] == [1]


def test_orders_when_replaced_then_only_at_their_version(storage: SqlStorage) -> None:
    of = run()
    orders = tuple(order(of, number, payable(f"R-{number}")) for number in range(1, 6))
    with storage.write() as unit:
        unit.payment_runs.add(of, orders, ())

    sent = tuple(replace(one, state=OrderState.SENT, file_no=1, version=2) for one in orders)
    with storage.write() as unit:
        assert unit.payment_runs.replace_orders(*HERE, sent)
    with storage.write() as unit:
        assert not unit.payment_runs.replace_orders(*HERE, (sent[0], replace(sent[1], version=3)))

    with storage.read() as unit:
        assert unit.payment_runs.orders(*HERE, of.id)[2:] == sent[2:]


def test_orders_when_put_in_files_then_only_at_their_version(storage: SqlStorage) -> None:
    of = run()
    orders = tuple(order(of, number, payable(f"R-{number}")) for number in range(1, 40))
    with storage.write() as unit:
        unit.payment_runs.add(of, orders, ())

    placed = tuple(replace(one, file_no=1 + one.position % 2, version=2) for one in orders)
    with storage.write() as unit:
        assert unit.payment_runs.put_in_files(*HERE, placed)
    with storage.read() as unit:
        assert unit.payment_runs.orders(*HERE, of.id) == placed
    stale = [replace(one, version=3) for one in placed]
    stale[7] = placed[7]
    with storage.write() as unit:
        assert not unit.payment_runs.put_in_files(*HERE, stale)


def test_payable_when_in_a_living_order_then_no_other_order_may_pay_it(storage: SqlStorage) -> None:
    """A second order is refused by the database; after the first was dropped it may be paid."""
    first, second, owed = run(1), run(2), payable()
    mine = order(first, 1, owed)
    with storage.write() as unit:
        unit.payment_runs.add(first, (mine,), ())

    with pytest.raises(GatewayError), storage.write() as unit:
        unit.payment_runs.add(second, (order(second, 1, owed),), ())

    dropped = replace(mine, state=OrderState.CANCELLED, reason_code="dropped", version=2)
    with storage.write() as unit:
        unit.payment_runs.drop_order(*HERE, dropped)
        unit.payment_runs.add(second, (order(second, 1, owed),), ())
    with storage.read() as unit:
        assert [one.run_id for one in unit.payment_runs.orders_of_payable(*HERE, owed.id)] == [first.id, second.id]
        assert unit.payment_runs.orders(*HERE, first.id) == (dropped,)


def test_allocations_when_set_then_in_place_of_those_before(storage: SqlStorage) -> None:
    of = run()
    mine = order(of, 1, payable("R-1"), payable("R-2"))
    smaller = replace(order(of, 1, payable("R-2")), version=2)
    with storage.write() as unit:
        unit.payment_runs.add(of, (mine,), ())
        assert unit.payment_runs.replace_orders(*HERE, (smaller,))
        unit.payment_runs.set_allocations(*HERE, smaller)

    with storage.read() as unit:
        assert unit.payment_runs.orders(*HERE, of.id) == (smaller,)
        assert unit.payment_runs.orders_of_payable(*HERE, payable("R-1").id) == ()


def test_journal_when_told_then_in_order_and_never_changed(storage: SqlStorage) -> None:
    of = run()
    mine = order(of, 1, payable())
    told = (
        RunEvent(1, new_id(), "proposed", "system", AT, detail={"orders": "1"}),
        RunEvent(2, new_id(), "RJCT", "bank", AT, mine.id, "AC04", new_id()),
    )
    with storage.write() as unit:
        unit.payment_runs.add(of, (mine,), ())
        assert unit.payment_runs.next_sequence(*HERE, of.id) == 1
        unit.payment_runs.tell(of, told)
        assert unit.payment_runs.next_sequence(*HERE, of.id) == 3

    with storage.read() as unit:
        assert unit.payment_runs.events(*HERE, of.id) == told
    with pytest.raises(GatewayError), storage.write() as unit:
        unit.payment_runs.tell(of, told[:1])


def test_files_when_waiting_then_only_those_of_released_runs_and_their_attempt(storage: SqlStorage) -> None:
    proposed, released = run(1), run(2, RunState.RELEASED)
    with storage.write() as unit:
        for of in (proposed, released):
            unit.payment_runs.add(replace(of, attempt=2), (), ())
            unit.payment_runs.add_files(of, (_file(of, 1, 1), _file(of, 1, 2), _file(of, 2, 2)))

    released = replace(released, attempt=2)
    with storage.write() as unit:
        waiting = unit.payment_runs.waiting_files(*HERE)
        assert waiting == ((released, _file(released, 1, 2)), (released, _file(released, 2, 2)))
        unit.payment_runs.set_file_state(released, waiting[0][1], FileState.STARTED, "begun")
        unit.payment_runs.set_file_state(released, waiting[1][1], FileState.HANDED_OVER, "there")
        left = unit.payment_runs.waiting_files(*HERE)

    assert [(one.file_no, one.state, one.note) for _, one in left] == [(1, FileState.STARTED, "begun")]
    with storage.read() as unit:
        assert unit.payment_runs.file_by_message(*HERE, "M2-2-1") == left[0]
        assert unit.payment_runs.file_by_message(*HERE, "M9") is None
        assert [(one.attempt, one.file_no) for one in unit.payment_runs.files(*HERE, released.id)] == [
            (1, 1),
            (2, 1),
            (2, 2),
        ]


def test_dated_job_when_begun_then_one_holder_until_it_fails_or_its_lease_ends(storage: SqlStorage) -> None:
    with storage.write() as unit:
        jobs = unit.dated_jobs
        first = jobs.begin(*HERE, JOB, TODAY, "node-1", 60)
        assert first == 1
        assert jobs.begin(*HERE, JOB, TODAY, "node-2", 60) is None
        assert jobs.begin(*ELSEWHERE, JOB, TODAY, "node-2", 60) == 1
        assert jobs.finish(*HERE, JOB, TODAY, 1, ok=False, note="the bank calendar is missing")
        assert jobs.begin(*HERE, JOB, TODAY, "node-2", 0) == 2
        assert jobs.begin(*HERE, JOB, TODAY, "node-3", 60) == 3
        assert not jobs.finish(*HERE, JOB, TODAY, 2, ok=True, note="too late")
        assert jobs.last_done(*HERE, JOB) is None
        assert jobs.finish(*HERE, JOB, TODAY, 3, ok=True, note="3 payments")
        assert jobs.begin(*HERE, JOB, TODAY, "node-1", 60) is None
        assert jobs.last_done(*HERE, JOB) == TODAY

    with storage.read() as unit:
        (done,) = unit.dated_jobs.history(*HERE, limit=5)
    assert (done.state, done.tries, done.note, done.holder) == ("done", 3, "3 payments", "node-3")
    assert done.ended_at is not None
    assert done.ended_at >= done.started_at


def test_dated_jobs_when_read_then_newest_first(storage: SqlStorage) -> None:
    with storage.write() as unit:
        for days in (0, 2, 1):
            unit.dated_jobs.begin(*HERE, JOB, date(2026, 12, 30) + timedelta(days=days), "node-1", 60)

    with storage.read() as unit:
        found = [one.business_date for one in unit.dated_jobs.history(*HERE, limit=2)]
    assert found == [date(2027, 1, 1), date(2026, 12, 31)]
