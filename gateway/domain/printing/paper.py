"""A paper with words on it: what a slip, a report or a voucher says, apart from how any printer shows it.

Card receipts have a shape of their own (``receipt.py``); everything else that a printer of the shop puts out is one of
these. It can be stored as plain data, so that what is printed later is what was true when it was asked for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

PARTS_MAX = 2000
"""Parts of one paper: three metres of it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. ``big``: twice as wide and high, to be read from two metres away."""

    text: str
    centred: bool = False
    bold: bool = False
    big: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Words on the left and a figure flush right."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty lines, 1 to 255."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code of 1 to 1000 bytes."""

    data: str


@dataclass(frozen=True, slots=True)
class Knife:
    """Cut here: what follows is a paper of its own."""


Part = Words | Pair | Line | Gap | Code | Knife


@dataclass(frozen=True, slots=True)
class Paper:
    """One job of a printer; it ends with a cut.

    Attributes:
        title: names the job in lists and logs; not printed.
        parts: from top to bottom.
        copy_mark: printed big at the top and bottom of a copy, such as ``COPY``; None for an original.
        headed: the shop's logo and name stand above it.
    """

    title: str
    parts: tuple[Part, ...]
    copy_mark: str | None = None
    headed: bool = False

    def as_copy(self, mark: str) -> "Paper":
        """Return the same paper marked as a copy."""
        return replace(self, copy_mark=mark)


def paper_to_text(paper: Paper) -> str:
    """Return a paper as text that ``paper_from_text`` reads."""
    document = {
        "title": paper.title,
        "copy_mark": paper.copy_mark,
        "headed": paper.headed,
        "parts": [_part_to_document(part) for part in paper.parts],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def paper_from_text(text: str) -> Paper:
    """Read what ``paper_to_text`` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        document = json.loads(text)
        return Paper(
            title=str(document["title"]),
            parts=tuple(_part_from_document(part) for part in document["parts"]),
            copy_mark=document["copy_mark"],
            headed=bool(document["headed"]),
        )
    except (KeyError, TypeError) as error:
        message = "no paper that was written here"
        raise ValueError(message) from error


def _part_to_document(part: Part) -> dict[str, Any]:
    match part:
        case Words(text, centred, bold, big):
            marks = {"centred": centred, "bold": bold, "big": big}
            return {"kind": "words", "text": text} | {name: True for name, value in marks.items() if value}
        case Pair(left, right, bold):
            return {"kind": "pair", "left": left, "right": right} | ({"bold": True} if bold else {})
        case Line():
            return {"kind": "line"}
        case Gap(lines):
            return {"kind": "gap", "lines": lines}
        case Code(data):
            return {"kind": "code", "data": data}
        case Knife():
            return {"kind": "knife"}
        case _:
            assert_never(part)


def _part_from_document(document: Mapping[str, Any]) -> Part:
    fields = {name: value for name, value in document.items() if name != "kind"}
    return _KINDS[document["kind"]](**fields)


_KINDS: dict[str, type[Part]] = {
    "words": Words,
    "pair": Pair,
    "line": Line,
    "gap": Gap,
    "code": Code,
    "knife": Knife,
}
