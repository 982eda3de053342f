"""Scenarios of the virtual terminal: what happens in the next operations, as data. The built-in ones by their names.

How a scenario is written: ``scenario_file``. The built-in ones stand in ``scenarios.toml`` beside this module.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, partial
from importlib.resources import files

from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.steps import Abort, Program, SendRefusal

BUILT_IN_FILE = "scenarios.toml"


class LineShape(StrEnum):
    """What happens to the bytes the terminal sends."""

    CLEAN = "clean"
    FIRST_TRY_CORRUPTED = "first_try_corrupted"
    SPLIT_AND_GLUED = "split_and_glued"


class Answering(StrEnum):
    """How the terminal meets a command that moves money."""

    WILLING = "willing"
    BUSY = "busy"
    SILENT = "silent"
    END_OF_DAY_FIRST = "end_of_day_first"


class PrintForm(StrEnum):
    """Which print command the terminal uses when the register takes both."""

    BLOCK_IF_OFFERED = "block_if_offered"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named behaviour.

    Attributes:
        name: as given to ``from_name``.
        summary: what a person sees, one line.
        program: the steps of an operation after the command was accepted.
        card_after_s, pin_after_s, release_after_s: seconds after which an unattended terminal acts by itself.
        line_back_after_s: seconds after which a cut line comes back by itself; None: only by command.
        busy_answers: so many status enquiries after a cut are answered "busy" before the terminal is ready again.
        reverses_unanswered: a booking whose report was not acknowledged is taken back (PA00P015 2.2.8); otherwise it
            stays (chapter 4 of the same document): both kinds of terminals exist.
        reverses_unprinted: a booking whose receipt the register could not print is taken back.
    """

    name: str
    summary: str
    program: Callable[[], Program]
    answering: Answering = Answering.WILLING
    line_shape: LineShape = LineShape.CLEAN
    print_form: PrintForm = PrintForm.BLOCK_IF_OFFERED
    card_after_s: float = 1.5
    pin_after_s: float = 2.0
    release_after_s: float = 200.0
    line_back_after_s: float | None = None
    busy_answers: int = 0
    reverses_unanswered: bool = False
    reverses_unprinted: bool = False


class _BuiltIn(Mapping[str, Scenario]):
    """The built-in scenarios in the order of their file, which is read when the first one is looked for."""

    def __getitem__(self, name: str) -> Scenario:
        return _built_in()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_built_in())

    def __len__(self) -> int:
        return len(_built_in())


SCENARIOS: Mapping[str, Scenario] = _BuiltIn()


def from_name(name: str) -> Scenario:
    """Return the built-in scenario of a name.

    Raises:
        ValueError: there is none of this name; the message lists all.
    """
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ValueError(f"no scenario {name!r}; there are {', '.join(SCENARIOS)}") from None


def scenario_of(named: Scenario | str) -> Scenario:
    """Return a scenario given by itself or by its name; raises as :func:`from_name`."""
    return from_name(named) if isinstance(named, str) else named


def built_in_text() -> str:
    """Return the file of the built-in scenarios."""
    return files("terminal_driver.virtual").joinpath(BUILT_IN_FILE).read_text("utf-8")


@cache
def _built_in() -> dict[str, Scenario]:
    # The reader knows scenarios, not the other way round; it is needed only when one is looked for.
    from terminal_driver.virtual.scenario_file import read_scenarios  # noqa: PLC0415

    return read_scenarios(built_in_text(), BUILT_IN_FILE)


def refusing(scenario: Scenario, reason: Refusal) -> Scenario:
    """Return the scenario of an operation that cannot be: accepted, then refused and nothing booked."""
    return replace(scenario, program=partial(_refusal, reason), answering=Answering.WILLING)


def _refusal(reason: Refusal) -> Program:
    yield SendRefusal(reason)
    yield Abort(reason)
