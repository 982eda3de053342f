"""Printers' lanes, each with the till that makes payments for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.ports.printer import PrinterDevice
from tests.support.lane_rig import PRINTER, REGISTER, LaneNode
from tests.support.paper_node import Build, PaperNode
from tests.support.scripted_terminal import ScriptedTerminal


@pytest.fixture
def till(storage: SqlStorage) -> Iterator[LaneNode]:
    one = LaneNode(storage, ScriptedTerminal(), printers={REGISTER: PRINTER})
    yield one
    one.stop()


@pytest.fixture
def paper(storage: SqlStorage, till: LaneNode) -> Iterator[Build]:
    made: list[PaperNode] = []

    def build(device: PrinterDevice, **options: Any) -> PaperNode:
        made.append(PaperNode(storage, till, device, **options))
        return made[-1]

    yield build
    for one in made:
        one.stop()
