"""A migrated, empty database for each test: a copy of one made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from tests.support.storage_rows import FixedClock, Shop

if TYPE_CHECKING:
    from tests.support.postgres import PostgresCluster


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "template.sqlite3"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_cluster: PostgresCluster) -> str:
    """A database to use as a template."""
    name = postgres_cluster.create_database()
    schema.upgrade(postgres_cluster.url(name))
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated, empty database of this test's own, once on each database."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    with cluster.fresh_database(template=request.getfixturevalue("migrated_postgres")) as url:
        yield url


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
