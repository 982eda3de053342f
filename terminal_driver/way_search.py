"""Finds the way to a terminal that does not answer where it was expected: at another speed, or on another port.

Used by a session when it registers, never while a command that moves money runs. The line says which ways there are;
a way is right when the terminal that is meant answers the registration there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from terminal_driver.errors import TransportError
from terminal_driver.outcome import NoAnswer, TerminalInfo
from terminal_driver.transports.base import SwitchableLine, Way

SILENT_CODES = frozenset({"no_answer", "no_completion", "line_error", "line_lost", "line_stuck", "endless_dialogue"})
"""Codes of ``NoAnswer`` that say that nobody spoke to us in the protocol, though bytes may have come."""

OTHER_TERMINAL_CODES = frozenset({"other_terminal", "terminal_id_not_told"})
"""Codes of ``NoAnswer`` that say that somebody answered, but not provably the terminal that is meant."""

_OPEN_CODES = frozenset({"port_missing", "port_busy", "no_permission", "port_unusable"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a session does for the search.

    ``register``: register once in the present way; given seconds, it gives up when no byte came by then.
    ``switch``: close the line, take the way, open it and wait until it is quiet; ``leave``: close it and take the way.
    ``heard``: whether any byte came during the last registration.
    ``stopped``: True when nobody wants the registration any more.
    ``tell``: told each way that is tried after the first, and the one that was found.
    """

    register: Callable[[float | None], TerminalInfo | NoAnswer]
    switch: Callable[[Way], None]
    leave: Callable[[Way], None]
    heard: Callable[[], bool]
    stopped: Callable[[], bool]
    tell: Callable[[str, str], None]


def register_some_way(line: SwitchableLine, attempt: Attempt) -> TerminalInfo | NoAnswer:
    """Register, trying the ways of the line one after the other until the terminal that is meant answers.

    Returns:
        What the right terminal told. Else the best of what was seen: any answer before a port that could not be opened,
        that before silence; the line is then left in its first way.
    """
    try:
        ways = line.ways()
    except TransportError as error:
        return NoAnswer(error.code, str(error))
    if not ways:
        return attempt.register(None)
    several_devices = len({way.device for way in ways}) > 1
    failures: list[NoAnswer] = []
    for number, way in enumerate(ways):
        if number and attempt.stopped():
            break
        # A way that was proven, or has no alternative, gets all the time the protocol gives it.
        patience_s = None if len(ways) == 1 or way == line.proven_way else line.silence_limit_s
        if number:
            result = _other_way(attempt, way, patience_s)
        else:
            if line.present_way != way:
                attempt.leave(way)
            result = attempt.register(patience_s)
        if isinstance(result, TerminalInfo) or not (several_devices or _goes_on(result) or not attempt.heard()):
            if number:
                attempt.tell("way_found", f"the terminal answers on {way}")
            return result
        failures.append(result)
    if len(failures) > 1:
        attempt.leave(ways[0])
    return min(failures, key=_interest)


def _other_way(attempt: Attempt, way: Way, patience_s: float | None) -> TerminalInfo | NoAnswer:
    attempt.tell("way_tried", f"no answer; trying {way}")
    try:
        attempt.switch(way)
    except TransportError as error:
        return NoAnswer(error.code, str(error))
    return attempt.register(patience_s)


def _goes_on(failure: NoAnswer) -> bool:
    """Tell whether another way may bring what this one did not: a refusal is an answer, and the way is right."""
    return failure.code in SILENT_CODES | OTHER_TERMINAL_CODES | _OPEN_CODES


def _interest(failure: NoAnswer) -> int:
    if failure.code in OTHER_TERMINAL_CODES or not _goes_on(failure):
        return 0
    return 1 if failure.code in _OPEN_CODES else 2
