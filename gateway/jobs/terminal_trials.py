"""Trials of terminal lines, each in a thread of its own; what they brought is kept for a while, on this node only."""

import logging
import threading
import uuid
from dataclasses import dataclass, replace

from gateway.domain.cards.terminal_setup import (
    Gravity,
    TerminalWish,
    Trial,
    TrialFinding,
    TrialReport,
    TrialState,
    TrialStep,
)
from gateway.domain.errors import RuleError
from gateway.domain.ids import DeviceId
from gateway.ports.clock import Clock
from gateway.ports.terminal_setup import TerminalProbe

log = logging.getLogger(__name__)

RUNNING_MAX = 4
"""Trials at once: each holds a port and a thread, and one person tries one terminal."""
KEPT_MAX = 32
KEPT_S = 30 * 60.0
"""How long a trial may wait to be saved: its password is in memory as long."""


@dataclass(slots=True)
class _Kept:
    trial: Trial
    begun_at_s: float


class TerminalTrials:
    """The trials of this node."""

    def __init__(self, probe: TerminalProbe, clock: Clock) -> None:
        self._probe = probe
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[uuid.UUID, _Kept] = {}
        self._stop = threading.Event()

    def begin(self, wish: TerminalWish) -> Trial:
        """Begin a trial.

        Raises:
            RuleError: ``trial_running`` while this line is tried already, or ``RUNNING_MAX`` others are.
        """
        marks = self._probe.line_marks(wish.line)
        with self._lock:
            self._forget_old()
            running = [kept.trial for kept in self._kept.values() if kept.trial.state is TrialState.RUNNING]
            same = any(self._probe.line_marks(trial.wish.line) & marks for trial in running)
            if same or len(running) >= RUNNING_MAX:
                hint = "Wait until it has finished, then try again."
                raise RuleError("trial_running", "A trial is running already.", hint)
            trial = Trial(uuid.uuid4(), wish, TrialState.RUNNING)
            self._kept[trial.id] = _Kept(trial, self._clock.monotonic_s())
        threading.Thread(target=self._run, args=(trial,), name=f"trial-{trial.id}", daemon=True).start()
        return trial

    def stop(self) -> None:
        """Have running trials end early; returns at once."""
        self._stop.set()

    def get(self, trial_id: uuid.UUID) -> Trial | None:
        """Return a trial as it stands, or None."""
        with self._lock:
            self._forget_old()
            kept = self._kept.get(trial_id)
            return None if kept is None else kept.trial

    def saved(self, trial_id: uuid.UUID, terminal_id: DeviceId) -> None:
        """Note which terminal was made of a trial."""
        with self._lock:
            kept = self._kept.get(trial_id)
            if kept is not None:
                kept.trial = replace(kept.trial, saved_as=terminal_id)

    def _run(self, trial: Trial) -> None:
        try:
            report = self._probe.try_line(trial.wish, lambda step: self._step(trial.id, step), self._stop.is_set)
        except Exception:
            # The border of a thread: a fault of ours is told as one, and the next trial is not held up by it.
            log.exception("trial.fault trial_id=%s", trial.id)
            words = "The gateway made a mistake while it tried this line."
            fault = TrialFinding("internal_error", Gravity.FAULT, words, "Try again; the log has the details.")
            report = TrialReport(answered=False, ready=False, line=trial.wish.line, findings=(fault,))
        with self._lock:
            kept = self._kept[trial.id]
            kept.trial = replace(kept.trial, state=TrialState.FINISHED, report=report)

    def _step(self, trial_id: uuid.UUID, step: TrialStep) -> None:
        with self._lock:
            kept = self._kept[trial_id]
            kept.trial = replace(kept.trial, steps=(*kept.trial.steps, step))

    def _forget_old(self) -> None:
        """Forget what is too old and, of too many, the oldest; a running trial stays."""
        now_s = self._clock.monotonic_s()
        ended = [key for key, kept in self._kept.items() if kept.trial.state is TrialState.FINISHED]
        too_many = max(0, len(self._kept) - KEPT_MAX)
        for place, key in enumerate(ended):
            if place < too_many or self._kept[key].begun_at_s + KEPT_S < now_s:
                del self._kept[key]
