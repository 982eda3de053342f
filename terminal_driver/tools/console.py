"""What a command of the driver talks to: its input, its result, its words - and the exit codes all of them share."""

import json
from dataclasses import dataclass
from typing import TextIO

DONE, REFUSED, MISUSED, IN_DOUBT = 0, 1, 2, 3
"""Exit codes: done or approved; declined, refused or not valid; wrong words on the command line; outcome unknown."""


@dataclass(frozen=True, slots=True)
class Console:
    """``keys``: standard input. ``out``: results only, for programs too. ``err``: everything said on the way."""

    keys: TextIO
    out: TextIO
    err: TextIO

    def result(self, record: object) -> None:
        """Print a result as one line of JSON."""
        self.out.write(json.dumps(record) + "\n")
        self.out.flush()

    def record(self, record: object, *, one_line: bool) -> None:
        """Print a result as one JSON object: on one line for programs, indented for people."""
        if one_line:
            self.result(record)
        else:
            self.print(json.dumps(record, ensure_ascii=False, indent=2))

    def print(self, words: str) -> None:
        """Print a result for people."""
        self.out.write(f"{_harmless(words)}\n")
        self.out.flush()

    def tell(self, words: str) -> None:
        """Say something on the way."""
        self.err.write(f"{_harmless(words)}\n")
        self.err.flush()


def _harmless(words: str) -> str:
    """Replace control signs: what a terminal said must not steer the window it is shown in."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in words)
