"""Reads scenarios from TOML: names, switches and lists of steps. Every fault is told with file, scenario and step.

A file has ``[[scenario]]`` tables and, if it likes, ``[sequences]``: named lists of steps for use in others by
``{ do = NAME }``, and as what follows when a step is cancelled or refused (``if_cancelled``, ``if_refused``); after
such a sequence the operation is over. The sequences of the built-in file may be used in every file.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path
from typing import Any

from terminal_driver.virtual.scenario_steps import StepError, read_step
from terminal_driver.virtual.scenarios import (
    BUILT_IN_FILE,
    SCENARIOS,
    Answering,
    LineShape,
    PrintForm,
    Scenario,
    built_in_text,
)
from terminal_driver.virtual.steps import Book, Ended, PrintApproved, Program, SendResult, Step, TakeBack

FILE_BYTES_MAX = 256 * 1024
SCENARIOS_MAX = 200
SEQUENCES_MAX = 200
STEPS_MAX = 100
"""Steps of one list once its sequences are put in: a sale has about ten."""

SECONDS_MAX = 3600
BUSY_ANSWERS_MAX = 1000
SUMMARY_MAX = 200

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_ENUMS: dict[str, type[Answering] | type[LineShape] | type[PrintForm]] = {
    "answering": Answering,
    "line_shape": LineShape,
    "print_form": PrintForm,
}
_SECONDS = ("card_after_s", "pin_after_s", "release_after_s", "line_back_after_s")
_SWITCHES = ("reverses_unanswered", "reverses_unprinted")
_KEYS = ("steps", *(field.name for field in fields(Scenario) if field.name != "program"))

Sequences = Mapping[str, Any]
"""Named lists of steps as they were read."""


class ScenarioFileError(ValueError):
    """A scenario file that cannot be used; the message says where and what is allowed there."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A step, and what is done instead of the rest when it ends otherwise."""

    step: Step
    otherwise: Mapping[Ended, tuple["_Planned", ...]]


def load_scenarios(path: Path) -> dict[str, Scenario]:
    """Return the scenarios of a file by their names, in its order.

    Raises:
        ScenarioFileError: the file is too large, no TOML, or says something that is not allowed.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise ScenarioFileError(f"{path.name}: larger than {FILE_BYTES_MAX} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioFileError(f"{path.name}: not UTF-8: {error}") from error
    found = read_scenarios(text, path.name)
    if taken := [name for name in found if name in SCENARIOS]:
        raise ScenarioFileError(f"{path.name}: scenario {taken[0]!r}: a built-in scenario has this name")
    return found


def read_scenarios(text: str, source: str) -> dict[str, Scenario]:
    """Return the scenarios of a text in TOML; ``source``: its name in messages.

    Raises:
        ScenarioFileError: as :func:`load_scenarios`.
    """
    document = _parsed(text, source)
    if unknown := sorted(set(document) - {"scenario", "sequences"}):
        raise ScenarioFileError(f"{source}: unknown table {unknown[0]!r}; allowed: scenario, sequences")
    own = _sequences(document, source)
    planner = _Planner(own if source == BUILT_IN_FILE else {**_built_in_sequences(), **own}, source)
    for name in own:
        planner.named(name, source)
    tables = document.get("scenario", [])
    if not isinstance(tables, list) or not tables:
        raise ScenarioFileError(f"{source}: no [[scenario]] table")
    if len(tables) > SCENARIOS_MAX:
        raise ScenarioFileError(f"{source}: more than {SCENARIOS_MAX} scenarios")
    found: dict[str, Scenario] = {}
    for number, table in enumerate(tables, 1):
        scenario = _scenario(table, planner, source, number)
        if scenario.name in found:
            raise ScenarioFileError(f"{source}: scenario {scenario.name!r} is described twice")
        found[scenario.name] = scenario
    return found


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioFileError(f"{source}: {error}") from error


@cache
def _built_in_sequences() -> Sequences:
    return _sequences(_parsed(built_in_text(), BUILT_IN_FILE), BUILT_IN_FILE)


def _sequences(document: dict[str, Any], source: str) -> Sequences:
    found = document.get("sequences", {})
    if not isinstance(found, dict):
        raise ScenarioFileError(f"{source}: sequences: a table of named lists is wanted")
    if len(found) > SEQUENCES_MAX:
        raise ScenarioFileError(f"{source}: more than {SEQUENCES_MAX} sequences")
    for name in found:
        if not _NAME.fullmatch(name):
            raise ScenarioFileError(f"{source}: sequence {name!r}: small letters, digits and _ make a name")
    return found


def _scenario(table: object, planner: "_Planner", source: str, number: int) -> Scenario:
    if not isinstance(table, dict):
        raise ScenarioFileError(f"{source}: scenario {number}: a table is wanted")
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ScenarioFileError(f"{source}: scenario {number}: name: small letters, digits and _, at most 50")
    place = f"{source}: scenario {name!r}"
    if unknown := sorted(set(table) - set(_KEYS)):
        raise ScenarioFileError(f"{place}: unknown word {unknown[0]!r}; allowed: {', '.join(_KEYS)}")
    summary = table.get("summary")
    if not isinstance(summary, str) or not 0 < len(summary) <= SUMMARY_MAX or not summary.isprintable():
        raise ScenarioFileError(f"{place}: summary: one line of text, at most {SUMMARY_MAX} characters")
    steps = planner.listed(table.get("steps"), place)
    if _reports_nothing(steps, booked=False, seen=set()):
        raise ScenarioFileError(f"{place}: a booking is sent, printed or undone before any 'book'")
    switches = {
        key: _switch(key, value, place) for key, value in table.items() if key not in ("name", "summary", "steps")
    }
    return Scenario(name, summary, partial(_play, steps), **switches)


def _switch(key: str, value: object, place: str) -> Any:  # noqa: ANN401 - a field of Scenario, each checked below
    if key in _ENUMS:
        words = [str(word) for word in _ENUMS[key]]
        if value not in words:
            raise ScenarioFileError(f"{place}: {key}: {value!r} is not allowed; allowed: {', '.join(words)}")
        return _ENUMS[key](value)
    if key in _SWITCHES:
        if not isinstance(value, bool):
            raise ScenarioFileError(f"{place}: {key}: true or false is wanted")
        return value
    limit = SECONDS_MAX if key in _SECONDS else BUSY_ANSWERS_MAX
    kinds = (int, float) if key in _SECONDS else (int,)
    # Written so that NaN fails.
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value <= limit:
        what = "a number of seconds" if key in _SECONDS else "a whole number"
        raise ScenarioFileError(f"{place}: {key}: {what} from 0 to {limit} is wanted")
    return value


class _Planner:
    """Puts sequences into lists of steps; each sequence is read once, however often it is used."""

    def __init__(self, sequences: Sequences, source: str) -> None:
        self._sequences = sequences
        self._source = source
        self._done: dict[str, tuple[_Planned, ...]] = {}
        self._open: list[str] = []

    def listed(self, steps: object, place: str) -> tuple[_Planned, ...]:
        """Return a list of steps with its sequences put in."""
        if not isinstance(steps, list) or not steps:
            raise ScenarioFileError(f"{place}: steps: a list of at least one step is wanted")
        planned: list[_Planned] = []
        for number, table in enumerate(steps, 1):
            here = f"{place}, step {number}"
            if isinstance(table, dict) and "do" in table:
                if len(table) > 1:
                    raise ScenarioFileError(f"{here}: 'do' stands alone")
                planned += self.named(table["do"], here)
            else:
                planned.append(self._planned(table, here))
            if len(planned) > STEPS_MAX:
                raise ScenarioFileError(f"{here}: more than {STEPS_MAX} steps")
        return tuple(planned)

    def named(self, name: object, place: str) -> tuple[_Planned, ...]:
        """Return the steps of a sequence."""
        if not isinstance(name, str) or name not in self._sequences:
            raise ScenarioFileError(f"{place}: no sequence {name!r}; there are {', '.join(self._sequences)}")
        if name in self._done:
            return self._done[name]
        if name in self._open:
            raise ScenarioFileError(f"{place}: the sequence {name!r} uses itself")
        self._open.append(name)
        steps = self.listed(self._sequences[name], f"{self._source}: sequence {name!r}")
        self._open.pop()
        self._done[name] = steps
        return steps

    def _planned(self, table: object, place: str) -> _Planned:
        try:
            found = read_step(table)
        except StepError as error:
            raise ScenarioFileError(f"{place}: {error}") from error
        return _Planned(found.step, {ended: self.named(name, place) for ended, name in found.otherwise.items()})


def _reports_nothing(steps: tuple[_Planned, ...], *, booked: bool, seen: set[tuple[int, bool]]) -> bool:
    """Say whether some way through the steps tells of a booking that was not made on it."""
    if (id(steps), booked) in seen:
        return False
    seen.add((id(steps), booked))
    for planned in steps:
        if isinstance(planned.step, SendResult | PrintApproved | TakeBack) and not booked:
            return True
        booked = booked or isinstance(planned.step, Book)
        if any(_reports_nothing(after, booked=booked, seen=seen) for after in planned.otherwise.values()):
            return True
    return False


def _play(steps: tuple[_Planned, ...]) -> Program:
    for planned in steps:
        ended = yield planned.step
        if ended in planned.otherwise:
            yield from _play(planned.otherwise[ended])
            return
