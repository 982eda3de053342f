"""What the command ``decode`` says about one frame: the form all protocols share, as JSON and for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from terminal_driver.errors import RemoteProtocolError


class Layer(StrEnum):
    """What the bytes of a frame are wrapped in. ``AUTO``: the bytes tell."""

    AUTO = "auto"
    APDU = "apdu"
    SERIAL_FRAME = "serial-frame"
    TCP = "tcp"


class Way(StrEnum):
    """Who sent the bytes. ``EITHER``: the bytes tell, as far as they can."""

    TO_TERMINAL = "ecr->pt"
    TO_REGISTER = "pt->ecr"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Question:
    """How bytes are to be read.

    ``after``: control field of the command that was running, for messages that have several shapes; None lets the
    bytes tell. ``masked``: card data and passwords are hidden in the JSON form too; for people they always are.
    ``burst``: several messages may follow each other.
    """

    layer: Layer = Layer.AUTO
    way: Way = Way.EITHER
    after: int | None = None
    masked: bool = False
    burst: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One field in words. ``depth``: how deep it is nested; ``raw``: its bytes in hexadecimal, hidden when secret."""

    name: str
    words: str = ""
    raw: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """One frame. ``record``: its JSON form; it holds card data unless they were asked to be masked."""

    title: str
    record: Mapping[str, object] = field(repr=False)
    rows: tuple[Row, ...] = ()
    valid: bool = True

    def text(self) -> str:
        """Return the frame for people: a title, and a line for each field."""
        lines = [self.title]
        for row in self.rows:
            said = "  ".join(part for part in (row.raw, row.words) if part)
            lines.append(f"  {'  ' * row.depth}{row.name}{': ' if said else ''}{said}")
        return "\n".join(lines)


def explained(title: str, record: Mapping[str, object], rows: Sequence[Row] = ()) -> Explanation:
    """Return the explanation of a frame that is as it should be."""
    return Explanation(title, {"valid": True, **record}, tuple(rows))


def refused(error: RemoteProtocolError, record: Mapping[str, object] | None = None) -> Explanation:
    """Return the explanation of a frame that is not: what is wrong with it, by name and in words."""
    words = {"error": error.code, "message": str(error)}
    return Explanation(
        f"not valid: {error} ({error.code})", {"valid": False, **(record or {}), **words, "fields": []}, valid=False
    )
