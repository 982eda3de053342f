"""Days and points in time as bank messages write them."""

from datetime import UTC, date, datetime


def read_date(text: str) -> date | None:
    """Return the day of a date or a point in time as ISO 8601 writes them, None where it is neither."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """Return a point in time in UTC, None where it cannot be read.

    Without an offset nobody knows the zone: it is taken as UTC, which is near enough for what it is shown for.
    """
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
