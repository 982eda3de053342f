"""Reconciliation of generated statements: how right, how sure and how quick, beside a plain matcher on the same sets.

With `--sets other` the sets are those of other makers (`reconciliation_sets`): other names, numbers, banks and kinds.
The generator, the scorer and the plain matcher lie beside the public samples. The solver never sees the truth.
Its processor time is that of its whole process, start and reading included.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.figures import CannotRun, Figure, Goal, Report
from bench.machine import tell
from bench.reconciliation_sets import make
from bench.reconciliation_words import HELD_BACK, Vocabulary, vocabularies

ROOT = Path(__file__).resolve().parent.parent
SETS = ((901, 0.5), (902, 0.3), (903, 0.8))
"""Seeds that no weight was set on, with their difficulty; the goals are those of the first."""
LINES, LINES_MANY = 20_000, 200_000
LINES_OTHER, SEED_OTHER = 5000, 11


def tools_folder() -> Path:
    """Return the folder of generator and scorer; it may not exist."""
    return Path(os.environ.get("TILLBRIDGE_CORPUS", ROOT.parent / "shared" / "data")).parent / "tools"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lines", type=int, default=LINES, help=f"lines of each set (default {LINES})")
    parser.add_argument("--sets", choices=("known", "other"), default="known", help="whose sets are measured")
    parser.add_argument(
        "--many",
        type=int,
        nargs="*",
        default=[LINES_MANY],
        help=f"lines of sets for speed (default {LINES_MANY}), or none",
    )


def run(options: argparse.Namespace) -> Report:
    """Measure the sets.

    Raises:
        CannotRun: the generator is not beside the samples, or the plain matcher's library is missing.
    """
    if not (tools_folder() / "make_reconciliation_set.py").is_file():
        raise CannotRun("the generator of statements is not beside the samples (TILLBRIDGE_CORPUS)")
    if options.sets == "other":
        return _others()
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as name:
        for seed, difficulty in SETS:
            tell(f"reconciliation: difficulty {difficulty}")
            found = measured(Path(name) / str(seed), lines=options.lines, seed=seed, difficulty=difficulty)
            details[str(difficulty)] = found
            figures += _quality(found, f"difficulty {difficulty}", judged=difficulty == SETS[0][1])
        for lines in options.many:
            tell(f"reconciliation: {lines} lines")
            found = measured(Path(name) / f"many{lines}", lines=lines, seed=904, difficulty=0.5, plain=False)
            details[f"many_{lines}"] = found
            figures += _speed(found, lines)
    return Report("reconciliation", tuple(figures), details)


def _others() -> Report:
    """Measure a set of each vocabulary; the goals hold for every one of them."""
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as place:
        for name, words in vocabularies().items():
            tell(f"reconciliation: {name}")
            found = details[name] = other_measured(Path(place) / name, words)
            title = f"{name}, held back" if name in HELD_BACK else name
            figures += _quality(found, title, judged=True)
    return Report("reconciliation_other", tuple(figures), details)


def other_measured(folder: Path, words: Vocabulary, *, lines: int = LINES_OTHER) -> dict[str, Any]:
    """Make one set of another maker, solve and score it."""
    make(folder, words, lines=lines, seed=SEED_OTHER, difficulty=0.5)
    _run(["-m", "gateway.cli", "reconcile", str(folder), str(folder / "found.jsonl")], ROOT)
    return _scored(folder, "found.jsonl")


def measured(folder: Path, *, lines: int, seed: int, difficulty: float, plain: bool = True) -> dict[str, Any]:
    """Make one set, solve and score it. ``plain``: the plain matcher too."""
    make = ["make_reconciliation_set.py", str(folder), "--lines", str(lines), "--seed", str(seed)]
    _run([*make, "--difficulty", str(difficulty)], tools_folder())
    used = _run(["-m", "gateway.cli", "reconcile", str(folder), str(folder / "found.jsonl")], ROOT)
    found = _scored(folder, "found.jsonl")
    found["cpu_s"] = used.ru_utime + used.ru_stime
    found["memory_mib"] = used.ru_maxrss / 1024
    if plain:
        _run(["baseline_reconcile.py", str(folder), str(folder / "plain.jsonl")], tools_folder())
        found["plain"] = _scored(folder, "plain.jsonl")
    return found


def _run(words: list[str], place: Path) -> resource.struct_rusage:
    """Run one program; return what it alone has used: the maker of a large set takes more memory than the solver."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        # The process is waited for here and nowhere else, so that its own figures are told.
        process = subprocess.Popen([sys.executable, *words], cwd=place, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise CannotRun(f"{words[0]} ended with {process.returncode}: {said.read().strip()[-300:]}")
    return used


def _scored(folder: Path, name: str) -> dict[str, Any]:
    out = folder / f"{name}.score"
    _run(["score_reconciliation.py", str(folder), str(folder / name), "--json", str(out)], tools_folder())
    score: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return score


def _quality(found: dict[str, Any], title: str, *, judged: bool) -> list[Figure]:
    rows = (
        ("macro_f1", "macro F1", Goal.least(0.93)),
        ("min_kind_f1", "F1 of the weakest kind", Goal.least(0.80)),
        ("exact", "lines exactly right", Goal.least(0.93)),
        ("auto_rate", "lines posted, or rightly left, without a person", Goal.least(0.85)),
        ("auto_error", "wrong among those posted", Goal.most(0.001)),
    )
    return [
        Figure(
            f"reconciliation_{key}_{title.removeprefix('difficulty ').removesuffix(', held back')}",
            f"{words}, {title}",
            found[key],
            goal=goal if judged else None,
            baseline=f"{found['plain'][key]} plain matcher" if "plain" in found else "",
        )
        for key, words, goal in rows
    ]


def _speed(found: dict[str, Any], lines: int) -> list[Figure]:
    speed = lines / found["cpu_s"]
    return [
        Figure(
            f"reconciliation_lines_per_s_{lines}",
            f"lines a second of processor time, {lines} lines",
            speed,
            "1/s",
            Goal.least(10_000),
        ),
        Figure(
            f"reconciliation_memory_{lines}",
            f"largest memory, {lines} lines",
            found["memory_mib"],
            "MiB",
            Goal.most(4096),
        ),
        Figure(f"reconciliation_macro_f1_{lines}", f"macro F1, {lines} lines", found["macro_f1"]),
    ]
