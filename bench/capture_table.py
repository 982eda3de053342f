"""The table of the benchmark `capture`, put together from its parts; needs the reading libraries."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bench.capture_documents import einvoice_figures, page_figure, pdf_figures
from bench.capture_receipts import receipt_figures
from bench.capture_training.readings import remembered
from bench.capture_training.receipt_corpus import corpus_folder, receipts, rows_of
from bench.capture_training.scorer import Scorer
from bench.figures import CannotRun, Figure, Report

_TIMED_PAGES = 5


def measured(options: argparse.Namespace) -> Report:
    """Return the figures that the options ask for.

    Raises:
        CannotRun: the corpus or its scorer is not here.
    """
    folder, scorer = corpus_folder(), Scorer.beside_corpus()
    if scorer is None or not (folder / "manifest.jsonl").is_file():
        raise CannotRun("the corpus is not here: TILLBRIDGE_CORPUS names its folder")
    found = receipts(folder)
    if options.remember is not None:
        memory = remembered(found, scorer, options.pages)
        options.remember.write_text(memory.to_json(), encoding="utf-8")
        return Report("capture", (Figure("capture_remembered", "suppliers remembered", float(len(memory))),))
    rows = list(rows_of(folder / "manifest.jsonl"))
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    if options.only in (None, "receipts"):
        some, more = receipt_figures(found, scorer, options.pages, options.parts)
        figures, details = [*figures, *some], {**details, **more}
    if options.only in (None, "pdf"):
        print("digital PDFs", file=sys.stderr)
        some, more = pdf_figures(rows, folder, scorer)
        figures, details = [*figures, *some], {**details, **more}
    if options.only in (None, "einvoices"):
        print("e-invoices", file=sys.stderr)
        figures = [*figures, *einvoice_figures(rows, folder, scorer)]
    if options.only in (None, "page"):
        print("time of a page", file=sys.stderr)
        pictures = [receipt.picture for receipt in found if receipt.picture is not None]
        figures.append(page_figure(pictures[:_TIMED_PAGES]))
    return Report("capture", tuple(figures), details)
