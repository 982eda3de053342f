"""Recurring work: it runs by itself, a fault in one run does not end it, and a stop ends it."""

from __future__ import annotations

import threading

import pytest

from gateway.jobs.scheduler import HouseScheduler


def test_job_that_fails_then_logged_and_run_again_until_the_stop(caplog: pytest.LogCaptureFixture) -> None:
    scheduler = HouseScheduler()
    again = threading.Event()
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        if len(runs) > 1:
            again.set()
        raise ZeroDivisionError

    scheduler.every(1, "a job", work)
    scheduler.start()

    assert again.wait(20)
    scheduler.stop()

    done = len(runs)
    assert "job.failed job=a job" in caplog.text
    assert len(runs) == done


def test_job_that_waits_for_somebody_else_then_the_others_go_on_and_it_runs_once_at_a_time() -> None:
    scheduler = HouseScheduler()
    begun, let_go, others = threading.Event(), threading.Event(), threading.Semaphore(0)
    runs: list[int] = []

    def waits() -> None:
        runs.append(1)
        begun.set()
        assert let_go.wait(60)

    scheduler.every(1, "slow", waits, apart=True)
    scheduler.every(1, "quick", others.release)
    scheduler.start()
    try:
        assert begun.wait(60)
        # Two runs of the quick one: one of them at least began while the slow one was waiting.
        assert others.acquire(timeout=60)
        assert others.acquire(timeout=60)
        assert others.acquire(timeout=60)
        assert runs == [1]
    finally:
        let_go.set()
        scheduler.stop()
