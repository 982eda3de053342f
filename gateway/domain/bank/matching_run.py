"""A run of matching: asked for, worked by one node, looked at by everybody."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

MatchingRunId = NewType("MatchingRunId", uuid.UUID)


class RunState(StrEnum):
    """``failed``: it could not be brought to its end; what it has kept until then stays."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MatchingRun:
    """One run.

    ``account``: whose lines, None for all; ``attempts``: how often a node has begun it; ``done`` of ``lines``: how far
    it is, both 0 while it still reads; ``matched``, ``suggested``: what became of them; ``more``: other lines wait.
    """

    id: MatchingRunId
    account: str | None
    state: RunState
    asked_by: str
    asked_at: datetime
    attempts: int = 0
    done: int = 0
    lines: int = 0
    matched: int = 0
    suggested: int = 0
    more: bool = False
    ended_at: datetime | None = None

    @property
    def left(self) -> int:
        """Lines for which nothing was found; only said of a run that is done."""
        return self.lines - self.matched - self.suggested if self.state is RunState.DONE else 0
