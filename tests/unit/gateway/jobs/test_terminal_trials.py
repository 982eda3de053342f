"""Trials run aside, few at once, never two on one line; they are forgotten after a while, and a fault ends only one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import pytest

from gateway.adapters.clock import SystemClock
from gateway.domain.cards.terminal_setup import TerminalWish, Trial, TrialState
from gateway.domain.errors import RuleError
from gateway.domain.ids import DeviceId
from gateway.jobs.terminal_trials import KEPT_MAX, KEPT_S, RUNNING_MAX, TerminalTrials
from tests.support.setup_fakes import ANSWERING, ScriptedProbe
from tests.support.web_shop import MovingClock

DEADLINE_S = 10.0


def _wish(line: str = ANSWERING) -> TerminalWish:
    return TerminalWish("zvt", line, "123456")


def _finished(trials: TerminalTrials, trial: Trial) -> Trial:
    clock, never = SystemClock(), threading.Event()
    ends_at_s = clock.monotonic_s() + DEADLINE_S
    while (found := trials.get(trial.id)) is not None and found.state is TrialState.RUNNING:
        assert clock.monotonic_s() < ends_at_s
        never.wait(0.005)
    assert found is not None
    return found


@pytest.fixture
def probe() -> Iterator[ScriptedProbe]:
    made = ScriptedProbe(hold=threading.Event())
    yield made
    assert made.hold is not None
    made.hold.set()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def trials(probe: ScriptedProbe, clock: MovingClock) -> TerminalTrials:
    return TerminalTrials(probe, clock)


def _let_go(probe: ScriptedProbe) -> None:
    assert probe.hold is not None
    probe.hold.set()


def test_trial_then_its_steps_and_its_report(trials: TerminalTrials, probe: ScriptedProbe) -> None:
    begun = trials.begin(_wish())
    assert begun.state is TrialState.RUNNING

    _let_go(probe)
    ended = _finished(trials, begun)

    assert [step.what for step in ended.steps] == [f"opening {ANSWERING}", "registering"]
    assert ended.report is not None
    assert ended.report.answered


def test_line_that_is_tried_already_then_refused(trials: TerminalTrials) -> None:
    trials.begin(_wish())

    with pytest.raises(RuleError) as refusal:
        trials.begin(_wish())

    assert refusal.value.code == "trial_running"


def test_too_many_at_once_then_refused_until_one_has_ended(trials: TerminalTrials, probe: ScriptedProbe) -> None:
    begun = [trials.begin(_wish(f"tcp:192.0.2.{number}:20007")) for number in range(RUNNING_MAX)]
    with pytest.raises(RuleError):
        trials.begin(_wish())

    _let_go(probe)
    for trial in begun:
        _finished(trials, trial)

    assert trials.begin(_wish()).state is TrialState.RUNNING


def test_fault_of_ours_then_told_and_the_next_trial_works(trials: TerminalTrials, probe: ScriptedProbe) -> None:
    probe.fault = ZeroDivisionError()
    _let_go(probe)

    ended = _finished(trials, trials.begin(_wish()))

    assert ended.report is not None
    assert [found.code for found in ended.report.findings] == ["internal_error"]
    assert not ended.report.answered
    probe.fault = None
    assert _finished(trials, trials.begin(_wish())).report is not None


def test_trial_when_old_then_forgotten_with_its_password(
    trials: TerminalTrials, probe: ScriptedProbe, clock: MovingClock
) -> None:
    _let_go(probe)
    ended = _finished(trials, trials.begin(_wish()))

    clock.move(KEPT_S + 1)

    assert trials.get(ended.id) is None


def test_many_trials_then_the_oldest_are_forgotten(trials: TerminalTrials, probe: ScriptedProbe) -> None:
    _let_go(probe)
    ended = [_finished(trials, trials.begin(_wish())) for _ in range(KEPT_MAX + 3)]

    kept = [trial for trial in ended if trials.get(trial.id) is not None]

    assert kept == ended[-len(kept) :]
    assert KEPT_MAX - 1 <= len(kept) <= KEPT_MAX + 1


def test_saved_then_noted_with_the_trial(trials: TerminalTrials, probe: ScriptedProbe) -> None:
    _let_go(probe)
    ended = _finished(trials, trials.begin(_wish()))

    trials.saved(ended.id, DeviceId("terminal-2"))
    trials.saved(uuid.uuid4(), DeviceId("terminal-3"))

    found = trials.get(ended.id)
    assert found is not None
    assert found.saved_as == "terminal-2"


def test_stop_then_a_running_trial_ends_early(trials: TerminalTrials, probe: ScriptedProbe) -> None:
    begun = trials.begin(_wish())

    trials.stop()
    _let_go(probe)

    report = _finished(trials, begun).report
    assert report is not None
    assert not report.answered
