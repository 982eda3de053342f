"""Gap-free numbers on both databases: alone, at once, with units that fail, and when asked again."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.shifts.document_number import Series
from gateway.services.shifts.number_documents import NumberDocuments
from tests.support.storage_rows import NOON, NORTH, REGISTER, TENANT, new_id

THREADS = 8
EACH = 6
WAIT_S = 60.0

NUMBERS = NumberDocuments(tenant_id=TENANT, store_id=NORTH)


class Spoilt(Exception):
    """Ends a unit badly."""


def _number(storage: SqlStorage, document: uuid.UUID, series: Series = Series.SALE, till: str = REGISTER) -> int:
    with storage.write() as unit:
        return NUMBERS.number(unit, RegisterId(till), series, document, NOON)


def _given(storage: SqlStorage, series: Series = Series.SALE) -> list[int]:
    with storage.read() as unit:
        return [one.number for one in unit.numbers.given(TENANT, NORTH, REGISTER, series)]


def _spoil_if(wanted: bool) -> None:  # noqa: FBT001  # read as a sentence
    if wanted:
        raise Spoilt


def test_documents_then_each_register_and_series_counts_from_one(storage: SqlStorage) -> None:
    assert [_number(storage, new_id()) for _ in range(3)] == [1, 2, 3]
    assert _number(storage, new_id(), Series.GIVE_BACK) == 1
    assert _number(storage, new_id(), till="till-2") == 1
    other = NumberDocuments(tenant_id=TenantId("other"), store_id=StoreId("south"))
    with storage.write() as unit:
        assert other.number(unit, REGISTER, Series.SALE, new_id(), NOON) == 1
    assert _number(storage, new_id()) == 4


def test_document_asked_for_again_then_it_keeps_its_number(storage: SqlStorage) -> None:
    document = new_id()
    assert _number(storage, document) == 1
    assert _number(storage, new_id()) == 2

    assert _number(storage, document) == 1

    assert _number(storage, new_id()) == 3
    with storage.read() as unit:
        found = NUMBERS.find(unit, Series.SALE, document)
        assert NUMBERS.find(unit, Series.GIVE_BACK, document) is None
    assert found is not None
    assert (found.number, found.register_id, found.given_at) == (1, REGISTER, NOON)


def test_unit_that_fails_then_it_leaves_no_gap(storage: SqlStorage) -> None:
    def spoil() -> None:
        with storage.write() as unit:
            assert NUMBERS.number(unit, REGISTER, Series.SALE, new_id(), NOON) == 2
            raise Spoilt

    assert _number(storage, new_id()) == 1
    with pytest.raises(Spoilt):
        spoil()

    assert _number(storage, new_id()) == 2
    assert _given(storage) == [1, 2]


def test_many_units_at_once_some_failing_then_no_gap_and_no_duplicate(storage: SqlStorage) -> None:
    barrier = threading.Barrier(THREADS)

    def work(worker: int) -> int:
        barrier.wait(WAIT_S)
        kept = 0
        for turn in range(EACH):
            try:
                with storage.write() as unit:
                    NUMBERS.number(unit, REGISTER, Series.SALE, new_id(), NOON)
                    _spoil_if((worker + turn) % 3 == 0)
                kept += 1
            except Spoilt:
                continue
        return kept

    with ThreadPoolExecutor(THREADS) as pool:
        kept = sum(pool.map(work, range(THREADS), timeout=WAIT_S))

    assert 0 < kept < THREADS * EACH
    assert _given(storage) == list(range(1, kept + 1))


def test_one_document_at_once_then_all_are_told_the_same_number(storage: SqlStorage) -> None:
    document = new_id()
    barrier = threading.Barrier(THREADS)

    def work(_: int) -> int:
        barrier.wait(WAIT_S)
        return _number(storage, document)

    with ThreadPoolExecutor(THREADS) as pool:
        told = set(pool.map(work, range(THREADS), timeout=WAIT_S))

    assert told == {1}
    assert _given(storage) == [1]
