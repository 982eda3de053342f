"""Shops for the tests of the web layer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web_shop import Shop, build_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite."""
    built = build_shop(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path)
    yield built
    built.storage.close()


@pytest.fixture
def any_shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The same shop, once on SQLite and once on PostgreSQL."""
    built = build_shop(database_url, tmp_path)
    yield built
    built.storage.close()
