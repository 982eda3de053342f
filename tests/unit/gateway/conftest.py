"""A migrated SQLite database for each test, and nodes that are stopped at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.ports.terminal import TerminalDevice
from tests.support.lane_rig import LaneNode, add_devices
from tests.support.migrated import migrated_sqlite


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqlStorage]:
    """A database with the devices of the shop."""
    opened = SqlStorage(migrated_sqlite(tmp_path / "test.sqlite3"), SystemClock())
    add_devices(opened)
    yield opened
    opened.close()


@pytest.fixture
def node(storage: SqlStorage) -> Iterator[Callable[..., LaneNode]]:
    """Builds nodes over one database."""
    made: list[LaneNode] = []

    def build(device: TerminalDevice, **options: Any) -> LaneNode:
        made.append(LaneNode(storage, device, **options))
        return made[-1]

    yield build
    for one in made:
        one.stop()
