"""The command `einvoice validate`: judges e-invoices by the rules of EN 16931, one line of JSON for each."""

from __future__ import annotations

import argparse
import json
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from invoice_capture.commands.progress_bar import ProgressBar
from invoice_capture.einvoice.validation.judge import Validator
from invoice_capture.einvoice.xml_intake import BYTES_MAX
from invoice_capture.model import RuleFailure, Verdict

DONE, NOTHING_JUDGED, MISUSED, NOT_VALID = 0, 1, 2, 3
"""Exit codes: written; not one could be judged; wrong arguments; with --strict: not all are valid."""
_JOBS_MAX = 64
# A PDF carries pages besides its XML.
_FILE_BYTES_MAX = 5 * BYTES_MAX


@dataclass(frozen=True, slots=True)
class _Task:
    identity: str
    path: Path


def main(argv: Sequence[str], *, program: str = "tillbridge einvoice", errors: TextIO | None = None) -> int:
    """Run the command.

    Args:
        argv: its words, `validate` first.
        program: how it is called, for its help.
        errors: where progress and complaints go, standard error by default.

    Returns:
        0 when the verdicts were written, 1 when not one document could be judged, 2 for wrong arguments, 3 with
        `--strict` when a document is not valid or could not be judged.
    """
    stream = errors or sys.stderr
    options = _parser(program).parse_args(argv)
    try:
        tasks = list(_tasks(options.files, options.manifest))
    except (OSError, UnicodeDecodeError, ValueError, KeyError) as error:
        stream.write(f"{program}: {options.manifest}: {error}\n")
        return MISUSED
    if not tasks:
        stream.write(f"{program}: name files or --manifest\n")
        return MISUSED
    verdicts = _judge(tasks, min(options.jobs, len(tasks)), ProgressBar(len(tasks), stream))
    try:
        with options.out.open("w", encoding="utf-8") as out:
            for task, verdict in zip(tasks, verdicts, strict=True):
                out.write(json.dumps(line_of(task.identity, verdict), ensure_ascii=False) + "\n")
    except OSError as error:
        stream.write(f"{program}: {options.out}: {error.strerror}\n")
        return MISUSED
    valid = sum(1 for one in verdicts if one.valid)
    judged = sum(1 for one in verdicts if one.valid is not None)
    stream.write(f"{valid} valid, {judged - valid} not valid, {len(tasks) - judged} not judged; see {options.out}\n")
    if options.strict and valid < len(tasks):
        return NOT_VALID
    return DONE if judged else NOTHING_JUDGED


def line_of(identity: str, verdict: Verdict) -> dict[str, Any]:
    """Return the line of one document; ids of rules are given once each, ``failures`` says where and why."""
    return {
        "id": identity,
        "valid": verdict.valid,
        "failed_rules": sorted({one.rule for one in verdict.failed}),
        "warnings": sorted({one.rule for one in verdict.warnings}),
        "failures": [_failure(one) for one in verdict.failed],
        "judged_by": verdict.judged_by,
        "not_judged": verdict.not_judged,
    }


def _failure(failure: RuleFailure) -> dict[str, str]:
    return {"rule": failure.rule, "text": failure.text, "where": failure.where}


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="Works with e-invoices.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    validate = commands.add_parser("validate", help="judge e-invoices by the rules of EN 16931 (CEN)")
    validate.add_argument("files", nargs="*", type=Path, metavar="FILE", help="XML, or PDF with an e-invoice inside")
    validate.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the lines go (JSON Lines)")
    validate.add_argument(
        "--manifest", type=Path, metavar="FILE", help="lines with id and path: gives the ids; alone, names the files"
    )
    validate.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="documents judged at once (default 1)")
    validate.add_argument("--strict", action="store_true", help="exit code 3 unless every document is valid")
    return parser


def _jobs(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _JOBS_MAX:
        raise argparse.ArgumentTypeError(f"1 to {_JOBS_MAX}")
    return number


def _tasks(files: Sequence[Path], manifest: Path | None) -> Iterator[_Task]:
    """Give the documents to judge: the files, with their ids of the manifest, or all e-invoices of the manifest.

    Raises:
        OSError, ValueError, KeyError: the manifest cannot be read.
    """
    known: dict[Path, str] = {}
    if manifest is not None:
        rows = [json.loads(row) for row in manifest.read_text(encoding="utf-8").splitlines() if row.strip()]
        for row in rows:
            path = (manifest.parent / row["path"]).resolve()
            known[path] = str(row["id"])
            if not files and str(row.get("kind", "einvoice")).startswith("einvoice"):
                yield _Task(known[path], path)
    for path in files:
        yield _Task(known.get(path.resolve(), path.name), path)


def _judge(tasks: Sequence[_Task], jobs: int, bar: ProgressBar) -> list[Verdict]:
    """Judge with so many processes; the verdicts are in the order of the tasks."""
    verdicts = [Verdict(None)] * len(tasks)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(tasks)):
        waiting.put(index)

    def work() -> None:
        with Validator() as validator:
            while True:
                try:
                    index = waiting.get_nowait()
                except queue.Empty:
                    return
                verdicts[index] = _verdict(validator, tasks[index].path)
                bar.advance(tasks[index].identity)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts


def _verdict(validator: Validator, path: Path) -> Verdict:
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            return Verdict(None, not_judged=f"too_large: more than {_FILE_BYTES_MAX} bytes")
        data = path.read_bytes()
    except OSError as error:
        return Verdict(None, not_judged=f"file_not_read: {error.strerror}")
    return validator.verdict(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
