"""Cuts MT940 and MT942 files into statements and their fields, whatever envelope is around them."""

import re
from dataclasses import dataclass, field

_TAG = re.compile(r"^:(?P<tag>[0-9]{2}[A-Z]?|NS):(?P<text>.*)$", re.DOTALL)
_END = re.compile(r"^-[}\x03]*(?:X{3})?[}\x03]*$")
_ENVELOPE = re.compile(r"^(?:\{[1-5]:|\x01|[0-9]{4} [0-9]{2}[A-Z]{4}|:[0-9]{3,4}:|94[02] [0-9]{2})")
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])


@dataclass(slots=True)
class MtField:
    """One field: its tag, the lines of its text, and the line of the file where it begins (from 1)."""

    tag: str
    lines: list[str]
    line: int

    @property
    def first(self) -> str:
        """The first line of the text without blanks around it."""
        return self.lines[0].strip()


@dataclass(slots=True)
class MtMessage:
    """The fields of one statement, and lines outside of any field with their numbers."""

    fields: list[MtField] = field(default_factory=list)
    stray: list[tuple[int, str]] = field(default_factory=list)


def looks_like_mt940(text: str) -> bool:
    """Return whether any line begins with a field of account statements."""
    return any(_TAG.match(line) for line in text.lstrip("\x01\ufeff").splitlines()[:400])


def cut_messages(text: str, first_line: int = 1) -> list[MtMessage]:
    """Return the statements of a text. One begins with ``:20:``; fields before the first are one of their own.

    ``first_line``: the number of its first line in the file.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    messages: list[MtMessage] = []
    open_field: MtField | None = None
    for at, raw in enumerate(lines, start=1):
        number = at + first_line - 1
        line = _without_envelope(raw)
        found = _TAG.match(line)
        if found:
            if found["tag"] == "20" or not messages:
                messages.append(MtMessage())
            open_field = MtField(found["tag"], [found["text"].translate(_CONTROLS)], number)
            messages[-1].fields.append(open_field)
        elif (_END.match(line.strip()) or _ENVELOPE.match(raw)) and _ends(lines, at):
            open_field = None
        elif open_field is not None:
            open_field.lines.append(line.translate(_CONTROLS))
        elif line.translate(_CONTROLS).strip() and messages:
            messages[-1].stray.append((number, line))
    return messages


def _without_envelope(line: str) -> str:
    """Return what follows the text block's mark of a SWIFT envelope, or the line."""
    at = line.find("{4:")
    return line[at + 3 :] if line.startswith(("{1:", "{4:", "\x01{")) and at >= 0 else line.lstrip("\x01")


def _ends(lines: list[str], following: int) -> bool:
    """Return whether a message ends here: a lone dash may also be part of a text that was cut."""
    for line in lines[following:]:
        plain = line.translate(_CONTROLS).strip()
        if plain:
            return bool(_TAG.match(plain) or _ENVELOPE.match(line) or _END.match(plain))
    return True
