"""The command `bench`: runs one benchmark by name, prints its table or its JSON, and fails when a goal is missed."""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from bench.figures import CannotRun, Report
from bench.machine import describe_machine

MET, MISSED, UNUSABLE = 0, 1, 2
"""Exit codes: every goal met; a goal missed or not measured; wrong words, or it cannot run on this machine."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One benchmark: where it lives and what it shows."""

    module: str
    shows: str
    takes: str


BENCHES = {
    "payments": Bench(
        "bench.payments",
        "payments/s against pgbench on the same server, commits and CPU of a sale, group commit, time to the printer",
        "about 2 min",
    ),
    "printing": Bench(
        "bench.printing", "making a receipt, its first byte, and beside three metres on a slow printer", "about 30 s"
    ),
    "waiting": Bench("bench.waiting", "answers to other requests while 64 terminals wait for a card", "about 30 s"),
    "start": Bench("bench.start", "time from the second start to the first page", "about 20 s"),
    "zvt": Bench("bench.zvt", "reading and writing the blocks of a sale; one whole sale of the driver", "about 10 s"),
    "fuzz": Bench("bench.fuzz", "hostile inputs to every decoder of the terminal driver", "about 10 min"),
    "terminal": Bench("bench.terminal", "the terminal driver's own time in a sale; 32 terminals at once", "about 30 s"),
    "database": Bench("bench.database_figures", "group commit on SQLite against a plain write lock", "about 30 s"),
    "capture": Bench(
        "bench.capture", "how right captured fields are, cross-validated on the public corpus; speed", "about 30 min"
    ),
    "ledger": Bench("bench.ledger", "what is in a drawer, asked of a ledger of a million entries", "about 2 min"),
    "capture-fuzz": Bench(
        "bench.capture_fuzz", "damaged and hostile documents to the reading process: named reasons only", "about 10 min"
    ),
    "payables": Bench(
        "bench.payables", "10,000 open items to a released file, matching of 100,000 lines, bank files", "about 1 min"
    ),
    "reconciliation": Bench(
        "bench.reconciliation", "bank lines explained on unseen sets: how right, how sure, how quick", "about 5 min"
    ),
    "statements": Bench(
        "bench.statements", "reading camt, MT940 and tables: entries/s and memory, beside a plain parse", "about 5 min"
    ),
    "erp": Bench(
        "bench.erp",
        "documents/s into the sandbox ERP beside a bare loop, time to posting, faults on the way",
        "about 4 min",
    ),
    "crash": Bench("bench.crash_figures", "kills at every marked point: lost, charged twice, posted twice", "long"),
}


class BenchModule(Protocol):
    """What a module of the table offers."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options of this benchmark."""

    def run(self, options: argparse.Namespace) -> Report:
        """Measure; progress goes to standard error.

        Raises:
            CannotRun: this machine lacks what it takes.
        """


def main(argv: Sequence[str]) -> int:
    """Run `bench NAME [options]`; without a name list all. Returns the exit code."""
    words = list(argv)
    if not words or words[0] in {"-h", "--help"}:
        print(listing())
        return MET
    name, *rest = words
    if name not in BENCHES:
        print(f"There is no benchmark {name!r}.\n\n{listing()}", file=sys.stderr)
        return UNUSABLE
    module = load(name)
    parser = argparse.ArgumentParser(prog=f"bench {name}", description=BENCHES[name].shows)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    module.add_options(parser)
    options = parser.parse_args(rest)
    try:
        report = module.run(options)
    except CannotRun as error:
        print(f"bench {name} cannot run here: {error}", file=sys.stderr)
        return UNUSABLE
    if options.json:
        print(json.dumps(report.document(describe_machine()), indent=2))
    else:
        print(report.table())
    return MET if report.met else MISSED


def listing() -> str:
    """Return the names of all benchmarks and what each shows."""
    width = max(map(len, BENCHES))
    lines = [f"  {name.ljust(width)}  {bench.shows} ({bench.takes})" for name, bench in BENCHES.items()]
    return "\n".join(["bench NAME [--json] [options]; NAME is one of", *lines, "bench NAME --help tells its options."])


def load(name: str) -> BenchModule:
    """Import the module of a benchmark: only the one that is run costs anything."""
    return cast("BenchModule", importlib.import_module(BENCHES[name].module))
