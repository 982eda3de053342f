"""The command `statement read`: what account statements of any format say, one line of JSON for each."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TextIO

from connectors.statements.detect import open_statements
from connectors.statements.statement_json import end_object, entry_object, head_object, refusal_object
from connectors.statements.statement_parts import EntriesRead, StatementEnds, StatementPart
from gateway.domain.errors import InputError

DONE, NOTHING_READ, MISUSED, SOME_REFUSED = 0, 1, 2, 3
"""Exit codes: all files were read; not one could be; wrong arguments or no place to write; some were refused."""
_SPOOL_BYTES = 8 * 1024 * 1024


def main(argv: Sequence[str], *, program: str = "tillbridge statement", errors: TextIO | None = None) -> int:
    """Run the command.

    Args:
        argv: its words, `read` first.
        program: how it is called, for its help.
        errors: where complaints and the summary go, standard error by default.

    Returns:
        0 when every file was read, 1 when not one could be, 2 for wrong arguments, 3 when some were refused.
    """
    stream = errors or sys.stderr
    options = _parser(program).parse_args(argv)
    lines, refused, unbalanced = 0, 0, 0
    try:
        with options.out.open("w", encoding="utf-8") as out:
            for path in options.files:
                told, differing, why = _write_lines(path, out)
                lines, unbalanced = lines + told, unbalanced + differing
                if why:
                    refused += 1
                    stream.write(f"{path}: {why}\n")
    except OSError as error:
        stream.write(f"{program}: {options.out}: {error.strerror}\n")
        return MISUSED
    stream.write(f"{lines} statements, {unbalanced} do not add up, {refused} files refused; see {options.out}\n")
    if not lines and refused:
        return NOTHING_READ
    return SOME_REFUSED if refused else DONE


def _write_lines(path: Path, out: TextIO) -> tuple[int, int, str]:
    """Write the lines of one file: its statements, or why it was refused.

    Returns:
        How many statements it has, how many of them do not add up, and in words why it was refused, or nothing.
    """
    name = str(path)
    try:
        source = path.open("rb")
    except OSError as error:
        reason = f"The file cannot be read: {error.strerror}."
        return _write_refusal(refusal_object(name, "file_unreadable", reason, "Name a file that may be read."), out)
    with source, _spool() as lines:
        try:
            counts = _write_statements(open_statements(source), name, lines)
        except InputError as error:
            return _write_refusal(refusal_object(name, error.code, error.message, error.hint), out)
        # A file is refused as a whole: its lines are only put out when its last byte was read.
        lines.seek(0)
        shutil.copyfileobj(lines, out)
    return (*counts, "")


def _write_refusal(refusal: Mapping[str, str], out: TextIO) -> tuple[int, int, str]:
    out.write(_json(refusal) + "\n")
    return 0, 0, f"{refusal['reason']} {refusal['hint']}"


def _write_statements(parts: Iterable[StatementPart], name: str, lines: IO[str]) -> tuple[int, int]:
    """Write a line for each statement; its entries wait in a file, since its balances may stand behind them."""
    count = differing = 0
    with _spool() as entries:
        between = ""
        for part in parts:
            if isinstance(part, EntriesRead):
                entries.write(between + ", ".join(_json(entry_object(entry)) for entry in part.entries))
                between = ", "
            elif isinstance(part, StatementEnds):
                count += 1
                differing += part.statement.balanced is False
                lines.write(f'{_json(head_object(part.statement, name))[:-1]}, "entries": [')
                entries.seek(0)
                shutil.copyfileobj(entries, lines)
                lines.write(f"], {_json(end_object(part.statement))[1:]}\n")
                entries.seek(0)
                entries.truncate()
                between = ""
    return count, differing


def _spool() -> IO[str]:
    """Return a place for text that goes to the disk when it becomes long."""
    return tempfile.SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8")


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="Works with account statements.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    read = commands.add_parser("read", help="read statements of any format (docs/statements.md)")
    read.add_argument("files", nargs="+", type=Path, metavar="FILE", help="camt, MT940, OFX, CSV, NACHA, acquirers")
    read.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the lines go (JSON Lines)")
    return parser
