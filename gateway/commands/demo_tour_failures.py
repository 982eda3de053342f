"""How the tour of `run.py demo` fails."""


class TourFailed(Exception):
    """A step did not end as it has to."""


class Refused(TourFailed):
    """The gateway refused a request. ``status``: of HTTP."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status
