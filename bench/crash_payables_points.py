"""The marked points of a payment run at which the crash harness kills its process, and the wrappers that mark them.

As with sales the product has no hook for this: its storage and its way to the bank are wrapped where it takes them.
"""

import os
import signal
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, cast

from bench.crash_points import KillSwitch, MarkedStorage, Marks
from gateway.adapters.bank_folder import FolderChannel
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.payables.payment_order import BankFile, FileState, PaymentRun, RunState
from gateway.ports.bank_channel import HandOver
from gateway.ports.unit_of_work import UnitOfWork


class PayPoint(StrEnum):
    """A moment of a payment run to die at."""

    BEFORE_PROPOSAL_COMMIT = "before_proposal_commit"
    AFTER_PROPOSAL_COMMIT = "after_proposal_commit"
    BEFORE_APPROVAL_COMMIT = "before_approval_commit"
    AFTER_APPROVAL_COMMIT = "after_approval_commit"
    BEFORE_RELEASE_COMMIT = "before_release_commit"
    AFTER_RELEASE_COMMIT = "after_release_commit"
    BEFORE_STARTED_COMMIT = "before_started_commit"
    AFTER_STARTED_COMMIT = "after_started_commit"
    WHILE_FILE_IS_WRITTEN = "while_file_is_written"
    BEFORE_FILE_IS_NAMED = "before_file_is_named"
    AFTER_FILE_IS_NAMED = "after_file_is_named"
    BEFORE_HANDED_OVER_COMMIT = "before_handed_over_commit"
    AFTER_HANDED_OVER_COMMIT = "after_handed_over_commit"
    BEFORE_LOOK = "before_look"
    AFTER_LOOK = "after_look"
    BEFORE_MESSAGE_STORED = "before_message_stored"
    AFTER_MESSAGE_STORED = "after_message_stored"
    BEFORE_MESSAGE_APPLIED = "before_message_applied"
    AFTER_MESSAGE_APPLIED = "after_message_applied"
    BEFORE_MESSAGE_ASIDE = "before_message_aside"
    AFTER_MESSAGE_ASIDE = "after_message_aside"
    BEFORE_REISSUE_COMMIT = "before_reissue_commit"
    AFTER_REISSUE_COMMIT = "after_reissue_commit"
    AT_RANDOM = "at_random"
    """killed from outside at a random moment"""


_P = PayPoint
LOOK_POINTS = (_P.BEFORE_LOOK, _P.AFTER_LOOK)
DOUBT_POINTS = (
    _P.AFTER_STARTED_COMMIT,
    _P.WHILE_FILE_IS_WRITTEN,
    _P.BEFORE_FILE_IS_NAMED,
    _P.AFTER_FILE_IS_NAMED,
    _P.BEFORE_HANDED_OVER_COMMIT,
)
"""A process killed here leaves a file of which nobody knows whether the bank has it: the next start has to look."""


class MarkedRunStorage(MarkedStorage):
    """Storage that marks the commits of a payment run and of a bank's message."""

    def close(self) -> None:
        """Pass on."""
        cast("SqlStorage", self._inner).close()

    def _watched(self, unit: UnitOfWork, marks: Marks) -> UnitOfWork:
        return cast("UnitOfWork", _WatchedUnit(unit, marks))


class _WatchedUnit:
    def __init__(self, unit: UnitOfWork, marks: Marks) -> None:
        self._unit = unit
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        found = getattr(self._unit, name)
        watched = {"payment_runs": _WatchedRuns, "bank_messages": _WatchedMessages, "bank_tasks": _WatchedTasks}
        return watched[name](found, self._marks) if name in watched else found


class _Watched:
    """A store of which some calls are marked; all others are passed on by name."""

    def __init__(self, inner: Any, marks: Marks) -> None:  # noqa: ANN401 - a store of any kind
        self._inner = inner
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


class _WatchedRuns(_Watched):
    def add(self, *told: Any) -> None:  # noqa: ANN401 - passed on as it is
        self._inner.add(*told)
        self._marks.add(_P.BEFORE_PROPOSAL_COMMIT, _P.AFTER_PROPOSAL_COMMIT)

    def add_files(self, *told: Any) -> None:  # noqa: ANN401 - passed on as it is
        self._inner.add_files(*told)
        self._marks.add(_P.BEFORE_APPROVAL_COMMIT, _P.AFTER_APPROVAL_COMMIT)

    def update(self, run: PaymentRun) -> bool:
        if run.state is RunState.RELEASED:
            self._marks.add(_P.BEFORE_RELEASE_COMMIT, _P.AFTER_RELEASE_COMMIT)
        return bool(self._inner.update(run))

    def set_file_state(self, run: PaymentRun, file: BankFile, state: FileState, note: str) -> None:
        self._inner.set_file_state(run, file, state, note)
        if state is FileState.STARTED:
            self._marks.add(_P.BEFORE_STARTED_COMMIT, _P.AFTER_STARTED_COMMIT)
        elif state is FileState.HANDED_OVER:
            self._marks.add(_P.BEFORE_HANDED_OVER_COMMIT, _P.AFTER_HANDED_OVER_COMMIT)


class _WatchedMessages(_Watched):
    def add(self, *told: Any) -> bool:  # noqa: ANN401 - passed on as it is
        new = bool(self._inner.add(*told))
        if new:
            self._marks.add(_P.BEFORE_MESSAGE_STORED, _P.AFTER_MESSAGE_STORED)
        return new

    def conclude(self, *told: Any, **wish: Any) -> None:  # noqa: ANN401 - passed on as it is
        self._inner.conclude(*told, **wish)
        self._marks.add(_P.BEFORE_MESSAGE_APPLIED, _P.AFTER_MESSAGE_APPLIED)


class _WatchedTasks(_Watched):
    def decide(self, *told: Any) -> bool:  # noqa: ANN401 - passed on as it is
        new = bool(self._inner.decide(*told))
        self._marks.add(_P.BEFORE_REISSUE_COMMIT, _P.AFTER_REISSUE_COMMIT)
        return new


class MarkedChannel(FolderChannel):
    """The way to the bank by folders, which marks looking, writing, naming and putting aside."""

    def __init__(self, channel_folders: Any, switch: KillSwitch) -> None:  # noqa: ANN401 - passed on as it is
        super().__init__(channel_folders)
        self._switch = switch

    def look(self, name: str, content: bytes) -> HandOver:
        """Look, marking question and answer."""
        self._switch.passing(_P.BEFORE_LOOK)
        found = super().look(name, content)
        self._switch.passing(_P.AFTER_LOOK)
        return found

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Pass on."""
        return super().messages()

    def put_aside(self, name: str) -> None:
        """Put a message aside, marking both ends."""
        self._switch.passing(_P.BEFORE_MESSAGE_ASIDE)
        super().put_aside(name)
        self._switch.passing(_P.AFTER_MESSAGE_ASIDE)


class MarkedPath(type(Path())):  # type: ignore[misc]  # the class of paths of this system
    """The outgoing folder: a file in it may stay half written, or die before or after it gets its name.

    Attributes:
        switch: of this process; paths are made from paths, so it cannot be handed on.
    """

    switch = KillSwitch(None)

    def open(self, mode: str = "r", *told: Any, **wish: Any) -> Any:  # noqa: ANN401 - passed on as it is
        """Open; where the order says so, half of the file is written and the process dies."""
        file = super().open(mode, *told, **wish)
        return _HalfWritten(file, self.switch) if mode == "wb" else file

    def rename(self, target: Any) -> Any:  # noqa: ANN401 - passed on as it is
        """Rename, marking both sides."""
        self.switch.passing(_P.BEFORE_FILE_IS_NAMED)
        found = super().rename(target)
        self.switch.passing(_P.AFTER_FILE_IS_NAMED)
        return found


class _HalfWritten:
    def __init__(self, file: Any, switch: KillSwitch) -> None:  # noqa: ANN401 - a file of any kind
        self._file = file
        self._switch = switch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *told: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, content: bytes) -> int:
        if not self._switch.waits_for(_P.WHILE_FILE_IS_WRITTEN):
            return int(self._file.write(content))
        half = len(content) // 2
        self._file.write(content[:half])
        self._file.flush()
        os.fsync(self._file.fileno())
        self._switch.passing(_P.WHILE_FILE_IS_WRITTEN)
        return half + int(self._file.write(content[half:]))


def kill(pid: int) -> None:
    """Kill a process from outside; one that has just ended is left alone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
