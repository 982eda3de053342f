"""Reads one step of a scenario file: a small table whose first word says what is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from terminal_driver.virtual.progress_words import INTERMEDIATE_CODE_OF
from terminal_driver.virtual.refusals import Refusal
from terminal_driver.virtual.steps import (
    Abort,
    Ask,
    AwaitCard,
    AwaitPin,
    AwaitRelease,
    Book,
    Complete,
    CutLine,
    CutLineAtNextAnswer,
    Ended,
    Mute,
    PrintApproved,
    PrintDeclined,
    Question,
    Say,
    SendRefusal,
    SendResult,
    Step,
    TakeBack,
)

AMOUNT_MAX = 10**8
"""Minor units a booking can be too large by, or a tip."""

WHY_MAX = 60
_CODE_MAX = 0xFF
_PERCENT_MAX = 99


class StepError(ValueError):
    """A step that cannot be used; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class FoundStep:
    """A step, and by how it can end the names of the sequences that are played then instead of what follows."""

    step: Step
    otherwise: Mapping[Ended, str] = field(default_factory=dict)


Table = dict[str, Any]


def read_step(table: object) -> FoundStep:
    """Return the step a table of TOML describes.

    Raises:
        StepError: it describes none.
    """
    if not isinstance(table, dict):
        raise StepError("a table is wanted, as in { say = 'insert_card' }")
    verbs = [verb for verb in _VERBS if verb in table]
    if len(verbs) != 1:
        raise StepError(f"one of these words is wanted: {', '.join((*_VERBS, 'do'))}")
    rest = dict(table)
    found = _VERBS[verbs[0]](rest.pop(verbs[0]), rest)
    if rest:
        raise StepError(f"unknown word {min(rest)!r} beside {verbs[0]!r}")
    return found


def _say(word: object, rest: Table) -> FoundStep:
    return FoundStep(Say(_one_of("say", word, INTERMEDIATE_CODE_OF), _flag(rest, "patience")))


def _await(word: object, rest: Table) -> FoundStep:
    step: Step
    match _one_of("await", word, ("card", "pin", "release")):
        case "card":
            step = AwaitCard()
        case "pin":
            step = AwaitPin()
        case _:
            return FoundStep(AwaitRelease())
    return FoundStep(step, {Ended.CANCELLED: _sequence(rest, "if_cancelled", "stopped")})


def _book(word: object, rest: Table) -> FoundStep:
    match _one_of("book", word, ("asked", "more", "part", "with_tip", "last_instead")):
        case "more":
            return FoundStep(Book(amount_added=_number(rest, "by", 1, AMOUNT_MAX)))
        case "part":
            return FoundStep(Book(percent=_number(rest, "percent", 1, _PERCENT_MAX)))
        case "with_tip":
            return FoundStep(Book(tip_minor=_number(rest, "by", 1, AMOUNT_MAX)))
        case "last_instead":
            return FoundStep(Book(last_instead=True))
        case _:
            return FoundStep(Book())


def _undo(why: object, rest: Table) -> FoundStep:
    del rest
    if not isinstance(why, str) or not 0 < len(why) <= WHY_MAX or not why.isprintable():
        raise StepError(f"undo: the reason in words is wanted, at most {WHY_MAX} characters")
    return FoundStep(TakeBack(why))


def _send(word: object, rest: Table) -> FoundStep:
    if _one_of("send", word, ("result", "completion")) == "completion":
        return FoundStep(Complete())
    return FoundStep(SendResult(), {Ended.REFUSED: _sequence(rest, "if_refused", "unwanted")})


def _refuse(word: object, rest: Table) -> FoundStep:
    return FoundStep(SendRefusal(_reason("refuse", word), _code(rest)))


def _abort(word: object, rest: Table) -> FoundStep:
    return FoundStep(Abort(_reason("abort", word), _code(rest)))


def _print(word: object, rest: Table) -> FoundStep:
    if _one_of("print", word, ("receipts", "refusal")) == "refusal":
        return FoundStep(PrintDeclined(_reason("reason", rest.pop("reason", None)), _code(rest)))
    signature = _flag(rest, "signature")
    return FoundStep(PrintApproved(signature), {Ended.REFUSED: _sequence(rest, "if_refused", "unwanted")})


def _ask(word: object, rest: Table) -> FoundStep:
    question = Question(_one_of("ask", word, [str(question) for question in Question]))
    if "if_refused" not in rest:
        return FoundStep(Ask(question))
    return FoundStep(Ask(question), {Ended.REFUSED: _sequence(rest, "if_refused", "")})


def _line(word: object, rest: Table) -> FoundStep:
    del rest
    match _one_of("line", word, ("cut", "cut_at_next_answer", "mute")):
        case "cut":
            return FoundStep(CutLine())
        case "mute":
            return FoundStep(Mute())
        case _:
            return FoundStep(CutLineAtNextAnswer())


_VERBS: dict[str, Callable[[object, Table], FoundStep]] = {
    "say": _say,
    "await": _await,
    "book": _book,
    "undo": _undo,
    "send": _send,
    "refuse": _refuse,
    "print": _print,
    "abort": _abort,
    "ask": _ask,
    "line": _line,
}


def _one_of(verb: str, word: object, allowed: "Mapping[str, object] | tuple[str, ...] | list[str]") -> str:
    if not isinstance(word, str) or word not in allowed:
        raise StepError(f"{verb}: {word!r} is not allowed; allowed: {', '.join(allowed)}")
    return word


def _reason(verb: str, word: object) -> Refusal:
    return Refusal(_one_of(verb, word, [str(reason) for reason in Refusal]))


def _code(rest: Table) -> int | None:
    return _number(rest, "code", 1, _CODE_MAX) if "code" in rest else None


def _flag(rest: Table, key: str) -> bool:
    value = rest.pop(key, False)
    if not isinstance(value, bool):
        raise StepError(f"{key}: true or false is wanted")
    return value


def _number(rest: Table, key: str, least: int, most: int) -> int:
    value = rest.pop(key, None)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise StepError(f"{key}: a whole number from {least} to {most} is wanted")
    return value


def _sequence(rest: Table, key: str, usual: str) -> str:
    name = rest.pop(key, usual)
    if not isinstance(name, str):
        raise StepError(f"{key}: the name of a sequence is wanted")
    return name
