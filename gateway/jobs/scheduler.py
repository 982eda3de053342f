"""APScheduler wiring only: when the small recurring jobs run. What they do is in the services."""

import logging
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)
_APART = "apart"


class HouseScheduler:
    """Runs all jobs in one thread, one run at a time; a late run is made up once.

    Jobs that may wait for somebody else for long have a second thread, so that they keep nobody waiting.
    """

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1), _APART: ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def every(self, seconds: int, name: str, work: Callable[[], object], *, apart: bool = False) -> None:
        """Have ``work`` run every ``seconds`` seconds; ``apart``: beside the other jobs, as it may take long."""
        executor = _APART if apart else "default"
        self._scheduler.add_job(_guarded, "interval", args=(name, work), seconds=seconds, id=name, executor=executor)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop after the running job."""
        self._scheduler.shutdown(wait=True)


def _guarded(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        # A job's border: the next run comes by itself, and the log says what went wrong with this one.
        log.exception("job.failed job=%s", name)
