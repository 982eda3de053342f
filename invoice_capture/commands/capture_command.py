"""The command `capture`: reads documents and writes one line of JSON for each invoice in them."""

from __future__ import annotations

import argparse
import json
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from invoice_capture.commands.prediction import line_of_error, lines_of_file
from invoice_capture.commands.progress_bar import ProgressBar
from invoice_capture.errors import CaptureError, Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sandbox import CaptureWorker
from invoice_capture.ocr.engine import OcrChoice

DONE, NOTHING_READ, MISUSED = 0, 1, 2
"""Exit codes: written; not one document could be read; wrong arguments."""
_JOBS_MAX = 64

Lines = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Task:
    """One document to read. ``read``: does it, given a reading process."""

    identity: str
    read: Callable[[CaptureWorker], Lines]


def main(argv: Sequence[str], *, program: str = "tillbridge capture", errors: TextIO | None = None) -> int:
    """Run the command.

    Args:
        argv: its words.
        program: how it is called, for its help.
        errors: where progress and complaints go, standard error by default.

    Returns:
        0 when the predictions were written, 1 when not one document could be read, 2 for wrong arguments.
    """
    stream = errors or sys.stderr
    options = _parser(program).parse_args(argv)
    try:
        memory = options.memory.read_text(encoding="utf-8") if options.memory else ""
        tasks = _tasks(options, memory)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, CaptureError) as error:
        stream.write(f"{program}: {error}\n")
        return MISUSED
    if not tasks:
        stream.write(f"{program}: name files, --manifest or --text\n")
        return MISUSED
    choice = OcrChoice(options.engine, options.threads)
    found = _run(tasks, jobs=min(options.jobs, len(tasks)), choice=choice, bar=ProgressBar(len(tasks), stream))
    try:
        with options.out.open("w", encoding="utf-8") as out:
            for line in (line for lines in found for line in lines):
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        stream.write(f"{program}: {options.out}: {error.strerror}\n")
        return MISUSED
    refused = sum(1 for lines in found for line in lines if "error" in line)
    read = sum(len(lines) for lines in found) - refused
    stream.write(f"{read} invoices in {options.out}; {refused} documents could not be read\n")
    return DONE if read else NOTHING_READ


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program, description="Reads invoices and receipts: one line of JSON for each."
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="PDF, picture, e-invoice, ZIP or mail")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the lines go (JSON Lines)")
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="documents read at once (default 1)")
    parser.add_argument(
        "--manifest", type=Path, metavar="FILE", help="lines with id and path: gives the ids; alone, names the files"
    )
    parser.add_argument("--as-printed", action="store_true", help="values as they stand on the page, not normalised")
    parser.add_argument("--text", type=Path, metavar="FILE", help="published text instead of pixels (JSON Lines)")
    parser.add_argument("--memory", type=Path, metavar="FILE", help="memory of suppliers (JSON)")
    parser.add_argument("--engine", choices=("auto", "rapidocr", "tesseract", "none"), default="auto", help="for OCR")
    parser.add_argument("--threads", type=_jobs, default=1, metavar="N", help="processors a page (default 1)")
    return parser


def _jobs(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _JOBS_MAX:
        raise argparse.ArgumentTypeError(f"1 to {_JOBS_MAX}")
    return number


def _tasks(options: argparse.Namespace, memory: str) -> list[_Task]:
    """Return what is to be read, in the order it is written.

    Raises:
        OSError, ValueError, KeyError: the manifest or the text file cannot be read.
    """
    tasks = []
    if options.text is not None:
        rows = options.text.read_text(encoding="utf-8").splitlines()
        tasks += [_text_task(row, memory, as_printed=options.as_printed) for row in rows if row.strip()]
    known = _manifest(options.manifest) if options.manifest is not None else {}
    files = options.files or ([] if options.text is not None else list(known))
    tasks += [
        _file_task(path, known.get(path.resolve(), path.name), memory, as_printed=options.as_printed) for path in files
    ]
    return tasks


def _manifest(path: Path) -> dict[Path, str]:
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]
    return {(path.parent / row["path"]).resolve(): str(row["id"]) for row in rows}


def _file_task(path: Path, identity: str, memory: str, *, as_printed: bool) -> _Task:
    def read(worker: CaptureWorker) -> Lines:
        try:
            data = path.read_bytes()
        except OSError as error:
            return [line_of_error(identity, Refused("file_not_read", f"{path}: {error.strerror}"))]
        try:
            found = worker.capture(data, path.name, memory, as_printed=as_printed)
        except CaptureError as error:
            return [line_of_error(identity, error)]
        return list(lines_of_file(identity, found))

    return _Task(identity, read)


def _text_task(row: str, memory: str, *, as_printed: bool) -> _Task:
    identity = str(json.loads(row)["id"])

    def read(worker: CaptureWorker) -> Lines:
        try:
            found = worker.capture_published(row, memory, as_printed=as_printed)
        except CaptureError as error:
            return [line_of_error(identity, error)]
        return list(lines_of_file(identity, found))

    return _Task(identity, read)


def _run(tasks: Sequence[_Task], *, jobs: int, choice: OcrChoice, bar: ProgressBar) -> list[Lines]:
    """Do the tasks with so many reading processes; the results are in the order of the tasks."""
    results: list[Lines] = [[] for _ in tasks]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in range(len(tasks)):
        waiting.put(index)

    def work() -> None:
        with CaptureWorker(Limits(), choice) as worker:
            while True:
                try:
                    index = waiting.get_nowait()
                except queue.Empty:
                    return
                results[index] = tasks[index].read(worker)
                bar.advance(tasks[index].identity)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
