"""A virtual terminal and a register's session on one line: what the rigs of all protocols have in common."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from terminal_driver.engine import EngineEvent
from terminal_driver.operations import MoneyOperation, QuietOperation, QuietResult
from terminal_driver.outcome import LastResult, NoAnswer, Outcome, Verdict
from terminal_driver.outcome_enquiry import ask_outcome
from terminal_driver.session import TerminalSession
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.panel import Awaiting, PanelState
from terminal_driver.virtual.terminal import VirtualTerminal

DEADLINE_S = 20.0
PAUSE_S = 0.1
"""Between two questions to a terminal that is not ready: it only has to be asked more than once."""


@dataclass(kw_only=True)
class SessionRig:
    """One terminal and one register on one line; the session is used by its own owner thread only."""

    terminal: VirtualTerminal
    session: TerminalSession
    events: list[EngineEvent]
    owner: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    is_closed: bool = False

    def start(self, operation: MoneyOperation) -> "Future[Outcome]":
        return self.owner.submit(self.session.transact, operation)

    def transact(self, operation: MoneyOperation) -> Outcome:
        return self.start(operation).result(DEADLINE_S)

    def perform(self, operation: QuietOperation) -> QuietResult | LastResult | NoAnswer:
        return self.owner.submit(self.session.perform, operation).result(DEADLINE_S)

    def ask_about(self, operation: MoneyOperation, deadline_s: float = DEADLINE_S) -> Verdict:
        """Ask what became of an operation; every enquiry tells its steps."""
        steps: list[str] = []
        asked = self.owner.submit(
            lambda: ask_outcome(
                self.session, operation, None, deadline_s=deadline_s, on_step=steps.append, pause_s=PAUSE_S
            )
        )
        verdict = asked.result(DEADLINE_S).verdict
        assert steps
        return verdict

    def entries(self) -> tuple[JournalEntry, ...]:
        return self.terminal.journal.entries

    def idle_until(self, arrived: Callable[[], bool]) -> None:
        until = time.monotonic() + DEADLINE_S
        while not arrived() and time.monotonic() < until:
            self.owner.submit(self.session.idle, 0.05).result(DEADLINE_S)
        assert arrived()

    def close(self) -> None:
        """Close both sides; once closed it stays so."""
        if self.is_closed:
            return
        self.is_closed = True
        self.owner.submit(self.session.close).result(DEADLINE_S)
        self.owner.shutdown()
        self.terminal.stop()
        assert self.terminal.failure is None


RigT = TypeVar("RigT", bound=SessionRig)


def awaits(what: Awaiting) -> Callable[[PanelState], bool]:
    return lambda panel: panel.awaiting is what


@contextmanager
def closing(build: Callable[..., RigT]) -> Iterator[Callable[..., RigT]]:
    """Give the function that builds rigs; all it made are closed at the end."""
    made: list[RigT] = []

    def make(*arguments: object, **options: object) -> RigT:
        made.append(build(*arguments, **options))
        return made[-1]

    yield make
    for rig in made:
        rig.close()
