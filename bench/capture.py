"""Benchmark `capture`: how right the fields of documents are, and how fast they are read, on the public corpus.

Receipts are cross-validated: each is read by a model that has seen neither it nor, where the row says so, any other
receipt of its supplier. The whole table takes long, since every scan is read; `--pages FOLDER` keeps what was read.
"""

from __future__ import annotations

import argparse
import importlib
from importlib.util import find_spec
from pathlib import Path

from bench.figures import CannotRun, Report

_NEEDED = ("numpy", "pycrfsuite", "pypdfium2", "rapidfuzz", "rapidocr", "saxonche")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this benchmark."""
    parser.add_argument("--pages", type=Path, help="folder that keeps the read pages of the scans")
    parser.add_argument("--parts", type=int, default=5, help="parts of the cross-validation")
    parser.add_argument("--only", choices=("receipts", "pdf", "einvoices", "page"), help="one part of the table")
    parser.add_argument("--remember", type=Path, help="write a memory of the corpus' suppliers to this file, and stop")


def run(options: argparse.Namespace) -> Report:
    """Measure; progress goes to standard error.

    Raises:
        CannotRun: the corpus, its scorer or the reading libraries are not here.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise CannotRun(f"the reading libraries are not installed: {', '.join(missing)}")
    report: Report = importlib.import_module("bench.capture_table").measured(options)
    return report
