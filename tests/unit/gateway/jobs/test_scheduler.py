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
