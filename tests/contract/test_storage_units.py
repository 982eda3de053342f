"""What a unit of work promises, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import URL

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import ConfigurationError, InputError, OperationalError, RuleError
from gateway.domain.ids import DeviceId
from gateway.ports.unit_of_work import UnitOfWork
from tests.support.storage_rows import NOON, FixedClock, Shop, conclusion_of, payment_of

WAIT_S = 20.0


def _fail_unit(storage: SqlStorage) -> None:
    with storage.write() as unit:
        unit.access.add_failure("account", "anna", NOON)
        raise KeyError("from the block")


def _count(storage: SqlStorage, value: str) -> int:
    with storage.read() as unit:
        found = unit.access.failures("account", value)
    return 0 if found is None else found[0]


def _add(storage: SqlStorage, value: str) -> None:
    with storage.write() as unit:
        unit.access.add_failure("account", value, NOON)


def test_write_when_the_block_raises_then_rolled_back_and_the_error_passes(storage: SqlStorage) -> None:
    with pytest.raises(KeyError):
        _fail_unit(storage)

    assert _count(storage, "anna") == 0
    _add(storage, "anna")
    assert _count(storage, "anna") == 1


def test_write_when_an_error_is_caught_inside_then_nothing_can_be_committed(shop: Shop) -> None:
    """A caught error must never let half of a unit through."""
    shop.begin(shop.intent(key="k"))
    second = shop.intent(key="k", terminal_id=shop.other_terminal_id)

    def work(unit: UnitOfWork) -> None:
        unit.access.add_failure("account", "anna", NOON)
        with pytest.raises(RuleError):
            unit.payments.record_intent(second)

    with pytest.raises(RuntimeError, match="cannot be committed"):
        shop.storage.write_retrying(work)

    assert _count(shop.storage, "anna") == 0


def test_write_when_a_value_does_not_fit_then_input_error(shop: Shop) -> None:
    intent = shop.intent(key="k\x00")
    if shop.storage.url.get_backend_name() == "sqlite":
        shop.begin(intent)
        return

    with pytest.raises(InputError) as error:
        shop.begin(intent)

    assert error.value.code == "unstorable_value"


def test_read_then_sees_every_committed_unit_and_none_that_runs(storage: SqlStorage) -> None:
    with storage.write() as unit:
        unit.access.add_failure("account", "anna", NOON)
        during = _count(storage, "anna")

    assert (during, _count(storage, "anna")) == (0, 1)


def test_read_then_one_snapshot_from_the_first_look_on(storage: SqlStorage) -> None:
    with storage.read() as unit:
        before = unit.access.failures("account", "anna")
        _add(storage, "anna")
        after = unit.access.failures("account", "anna")

    assert (before, after) == (None, None)
    assert _count(storage, "anna") == 1


def test_read_then_cannot_write(storage: SqlStorage) -> None:
    with pytest.raises(OperationalError), storage.read() as unit:
        unit.access.add_failure("account", "anna", NOON)

    assert _count(storage, "anna") == 0


def test_counters_then_two_units_and_two_commits_a_sale(shop: Shop) -> None:
    units, commits = shop.storage.units, shop.storage.commits
    intent = shop.intent()

    stored = shop.begin(intent)
    shop.conclude(conclusion_of(payment_of(intent), stored))

    assert (shop.storage.units - units, shop.storage.commits - commits) == (2, 2)


def test_retrying_when_there_is_no_conflict_then_run_once_and_errors_pass(storage: SqlStorage) -> None:
    runs = []

    def work(unit: UnitOfWork) -> int:
        runs.append(unit.access.add_failure("account", "anna", NOON))
        return runs[-1]

    assert storage.write_retrying(work) == 1
    assert runs == [1]


@pytest.mark.postgres
def test_retrying_when_two_units_deadlock_then_both_are_stored_in_the_end(
    migrated_postgres: str, request: pytest.FixtureRequest
) -> None:
    """Two units take two rows in opposite order; the database ends one, which is run again."""
    cluster = request.getfixturevalue("postgres_cluster")
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def work(storage: SqlStorage, first: str, second: str) -> None:
        def unit_work(unit: UnitOfWork) -> None:
            first_run = first not in runs
            runs.append(first)
            unit.access.add_failure("account", first, NOON)
            if first_run:
                both_hold_one.wait(WAIT_S)
            unit.access.add_failure("account", second, NOON)

        storage.write_retrying(unit_work)

    with (
        cluster.fresh_database(template=migrated_postgres) as url,
        closing(SqlStorage(url, FixedClock())) as storage,
        ThreadPoolExecutor(2) as pool,
    ):
        for future in [pool.submit(work, storage, *names) for names in (("a", "b"), ("b", "a"))]:
            future.result(WAIT_S)

        assert (_count(storage, "a"), _count(storage, "b")) == (2, 2)
    # The loser may collide once more with the winner, who has not ended yet.
    assert len(runs) >= 3


@pytest.mark.parametrize("url", ["mysql://x@h/y", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_storage_when_the_address_is_not_supported_then_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        SqlStorage(url, FixedClock())

    assert error.value.code == "unsupported_database"


def test_storage_when_the_server_is_away_then_operational_error_without_the_password() -> None:
    pytest.importorskip("psycopg")
    address = URL.create("postgresql", "u", "secret", "127.0.0.1", 1, "x").render_as_string(hide_password=False)
    storage = SqlStorage(address, FixedClock())

    with pytest.raises(OperationalError) as error, storage.write():
        pytest.fail("no unit can begin")

    assert error.value.code == "database_unavailable"
    assert error.value.retryable
    assert "secret" not in f"{error.value.message}{error.value.hint}{storage.url}"
    storage.close()


def test_unknown_device_when_heard_then_nothing_happens(shop: Shop) -> None:
    with shop.storage.write() as unit:
        unit.devices.heard(shop.tenant_id, shop.store_id, DeviceId("nowhere"), None, ready=True, words="?")

    with shop.storage.read() as unit:
        assert len(unit.devices.list(shop.tenant_id, shop.store_id)) == 3
