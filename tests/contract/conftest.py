"""A storage over a migrated, empty database for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from tests.support.storage_rows import FixedClock, Shop


@pytest.fixture
def migrated_url(database_url: str) -> str:
    """Address of a migrated, empty database of this test's own, once on each database."""
    return database_url


@pytest.fixture
def storage(migrated_url: str) -> Iterator[SqlStorage]:
    """The storage under test."""
    opened = SqlStorage(migrated_url, FixedClock())
    yield opened
    opened.close()


@pytest.fixture
def shop(storage: SqlStorage) -> Shop:
    """A store with two terminals and a printer."""
    return Shop(storage).open()
