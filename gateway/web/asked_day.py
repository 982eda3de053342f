"""Days in requests: the shape says how one is written, the calendar whether there is such a day."""

from datetime import date

from gateway.domain.errors import InputError


def asked_day(text: str, pointer: str) -> date:
    """Read a day.

    Raises:
        InputError: ``invalid_date`` for one that no calendar has.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        hint = "Write year, month and day, such as 2026-07-31."
        raise InputError("invalid_date", "There is no such day.", hint, pointer) from error


def maybe_day(text: str | None, pointer: str) -> date | None:
    """Read a day that may be left out; as :func:`asked_day`."""
    return None if text is None else asked_day(text, pointer)
