"""The wall clock of a simulated terminal: the machine's local time, unless another one is brought along."""

from datetime import UTC, datetime


def local_time() -> datetime:
    """Return the local time with its zone, as terminals keep it."""
    return datetime.now(UTC).astimezone()
