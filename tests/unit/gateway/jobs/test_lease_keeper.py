"""What this node believes of its leases is never better than what the database says."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.ports.unit_of_work import Lease, UnitOfWork
from tests.support.faulty_storage import FaultyStorage
from tests.support.lane_rig import PRINTER, STORE, TENANT, TERMINAL
from tests.support.web_shop import MovingClock

LEASE_S = 60


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def faulty(storage: SqlStorage) -> FaultyStorage:
    return FaultyStorage(storage)


@pytest.fixture
def keeper(faulty: FaultyStorage, clock: MovingClock) -> LeaseKeeper:
    return LeaseKeeper(storage=faulty, clock=clock, holder="node-1", lease_s=LEASE_S)


def _take(keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock) -> Lease:
    asked_at_s = clock.monotonic_s()
    with storage.write() as unit:
        lease = unit.devices.acquire(TENANT, STORE, TERMINAL, keeper.holder, LEASE_S)
    assert lease is not None
    keeper.taken(lease, asked_at_s)
    return lease


def test_lease_is_valid_until_its_time_is_over(keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock) -> None:
    lease = _take(keeper, storage, clock)

    clock.move(LEASE_S - 1)
    valid = (keeper.valid(lease), keeper.valid(lease, margin_s=2))
    clock.move(1)

    assert valid == (True, False)
    assert not keeper.valid(lease)


def test_renewal_carries_on_from_the_moment_it_was_asked_for(
    keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock
) -> None:
    lease = _take(keeper, storage, clock)
    clock.move(50)

    keeper.renew()
    clock.move(59)

    assert keeper.valid(lease)
    clock.move(1)
    assert not keeper.valid(lease)


def test_database_away_then_the_lease_runs_out(
    keeper: LeaseKeeper, storage: SqlStorage, faulty: FaultyStorage, clock: MovingClock
) -> None:
    lease = _take(keeper, storage, clock)
    faulty.fail_writes(1)
    clock.move(50)

    keeper.renew()
    clock.move(10)

    assert not keeper.valid(lease)


def test_lease_of_another_node_is_noticed_at_the_next_renewal(
    keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock
) -> None:
    lease = _take(keeper, storage, clock)
    with storage.write() as unit:
        unit.devices.release("node-1")
        assert unit.devices.acquire(TENANT, STORE, TERMINAL, "node-2", LEASE_S) is not None

    keeper.renew()

    assert not keeper.valid(lease)


def test_lease_taken_anew_during_a_renewal_is_not_lost(storage: SqlStorage, clock: MovingClock) -> None:
    """The answer of a renewal that was asked before the lease was taken anew does not speak of the new one."""
    taken: list[Lease] = []
    renewing: list[LeaseKeeper] = []

    class TakenMeanwhile(FaultyStorage):
        @contextmanager
        def write(self) -> Iterator[UnitOfWork]:
            with super().write() as unit:
                yield unit
            if not taken:
                with storage.write() as again:
                    lease = again.devices.acquire(TENANT, STORE, TERMINAL, "node-1", LEASE_S)
                assert lease is not None
                taken.append(lease)
                renewing[0].taken(lease, clock.monotonic_s())

    one = LeaseKeeper(storage=TakenMeanwhile(storage), clock=clock, holder="node-1", lease_s=LEASE_S)
    renewing.append(one)
    old = _take(one, storage, clock)
    with storage.write() as unit:
        unit.devices.release("node-1")

    one.renew()

    assert taken[0].epoch > old.epoch
    assert one.valid(taken[0])
    assert not one.valid(old)


def test_lease_given_up_is_not_valid_and_others_stay(
    keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock
) -> None:
    lease = _take(keeper, storage, clock)
    with storage.write() as unit:
        printer = unit.devices.acquire(TENANT, STORE, PRINTER, keeper.holder, LEASE_S)
    assert printer is not None
    keeper.taken(printer, clock.monotonic_s())

    keeper.lost(lease)
    keeper.lost(lease)

    assert not keeper.valid(lease)
    assert keeper.valid(printer)


def test_stop_gives_leases_back_and_trusts_none_of_them_any_more(
    keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock
) -> None:
    lease = _take(keeper, storage, clock)
    keeper.start()

    keeper.stop()

    assert not keeper.valid(lease)
    with storage.write() as unit:
        assert unit.devices.acquire(TENANT, STORE, TERMINAL, "node-2", LEASE_S) is not None


def test_stop_with_the_database_away_ends_all_the_same(
    keeper: LeaseKeeper, faulty: FaultyStorage, storage: SqlStorage, clock: MovingClock
) -> None:
    lease = _take(keeper, storage, clock)
    faulty.fail_writes(1)

    keeper.stop()

    assert not keeper.valid(lease)
    assert faulty.failed == 1


def test_lease_of_a_device_that_was_given_up_then_not_ours_and_not_missed(
    keeper: LeaseKeeper, storage: SqlStorage, clock: MovingClock, caplog: pytest.LogCaptureFixture
) -> None:
    lease = _take(keeper, storage, clock)
    with storage.write() as unit:
        assert unit.devices.retire(TENANT, STORE, TERMINAL)

    keeper.forget(TERMINAL)
    keeper.renew()

    assert not keeper.valid(lease)
    assert "lease.lost" not in caplog.text
