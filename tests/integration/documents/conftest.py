"""Storage for the tests of supplier documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from tests.support.document_desk import Desk
from tests.support.migrated import migrated_sqlite
from tests.support.storage_rows import FixedClock


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqlStorage]:
    """An empty database on SQLite."""
    opened = SqlStorage(migrated_sqlite(tmp_path / "desk.sqlite3"), FixedClock())
    yield opened
    opened.close()


@pytest.fixture
def desk(storage: SqlStorage) -> Desk:
    """A desk with a scripted reader."""
    return Desk(storage)
