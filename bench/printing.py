"""The benchmark `printing`: how long a receipt takes to be made, to begin, and beside a long one on another printer."""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import print_path
from bench.figures import Figure, Goal, Report, median, percentile, shown
from bench.machine import tell
from terminal_driver.printer.document import Align, Columns, Cut, Document, Element, Feed, Rule, Text
from terminal_driver.printer.encoder import encode_job, load_escpos
from terminal_driver.printer.layout import lay_out, plain_text
from terminal_driver.printer.profile import PAPER_80_MM

MAKING_GOAL = Goal.most(15.0)
FIRST_BYTE_GOAL = Goal.most(50.0)
BATCHES = 5
SALES_MAX = 400
_ITEMS = 31  # with head and foot 40 lines


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=6.0, help="seconds of each measurement (default 6)")


def run(options: argparse.Namespace) -> Report:
    """Measure the making of receipts alone, then the whole gateway with one printer and with two."""
    load_escpos()
    text, foreign = receipt(""), receipt(" ✓")
    lines = len(plain_text(lay_out(text, PAPER_80_MM)).splitlines())
    tell(f"making a receipt of {lines} lines")
    per_batch_s = options.seconds / BATCHES / 2
    text_ms, foreign_ms = _best_ms(lambda: _make(text), per_batch_s), _best_ms(lambda: _make(foreign), per_batch_s)
    plain = plain_text(lay_out(text, PAPER_80_MM))
    bare_ms = _best_ms(lambda: len(plain.encode("cp858")), per_batch_s / 10)
    tell("first byte, and beside a receipt of three metres")
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'printing.sqlite3'}"
        times = print_path.measure_beside_slow(url, folder, seconds=options.seconds, sales_max=SALES_MAX)
    made = encode_job(lay_out(foreign, PAPER_80_MM), PAPER_80_MM)
    text_bytes = _make(text)
    figures = (
        Figure(
            "making_ms",
            f"layout and encoding of {lines} lines, processor time",
            text_ms,
            "ms",
            MAKING_GOAL,
            baseline=f"the bare codec of the same text: {shown(bare_ms)} ms",
            remark=f"best of {BATCHES} batches",
        ),
        Figure(
            "making_pictures_ms",
            f"the same with {made.pictures} lines as pictures",
            foreign_ms,
            "ms",
            baseline=f"as text: {shown(text_ms)} ms",
            remark=f"{len(made.data):,} bytes instead of {text_bytes:,}",
        ),
        *_path_figures(times),
    )
    details = {
        "alone_ms": [1000 * wait_s for wait_s in times.alone_s],
        "beside_ms": [1000 * wait_s for wait_s in times.beside_s],
        "long_bytes": times.long_bytes,
        "still_printing": times.still_printing,
    }
    return Report("printing", figures, details)


def receipt(mark: str) -> Document:
    """Return a receipt of forty lines; `mark` is put behind each article."""
    head: tuple[Element, ...] = (
        Text("Corner Café", Align.CENTRE, bold=True, double_height=True),
        Text("Hauptstraße 1, 1010 Wien", Align.CENTRE),
        Rule(),
    )
    items = tuple(Columns(f"{number} x Käsekrainer{mark}", f"{number},50 €") for number in range(1, _ITEMS + 1))
    foot: tuple[Element, ...] = (
        Rule(),
        Columns("SUMME EUR", "511,50 €", bold=True),
        Text("Mit Karte bezahlt"),
        Rule(),
        Text("Vielen Dank für Ihren Besuch!", Align.CENTRE),
        Text("R-2024-000117", Align.CENTRE),
        Feed(1),
        Cut(),
    )
    return Document("bench", (*head, *items, *foot))


def _path_figures(times: print_path.BesideTimes) -> tuple[Figure, Figure, Figure]:
    alone, beside = ([1000 * wait_s for wait_s in found] for found in (times.alone_s, times.beside_s))
    alone_p99, beside_p99 = percentile(alone, 0.99), percentile(beside, 0.99)
    seconds = times.long_bytes / print_path.SLOW_BYTES_PER_S
    return (
        Figure(
            "first_byte_p99_ms",
            "completion to first byte, SQLite, p99",
            alone_p99,
            "ms",
            FIRST_BYTE_GOAL,
            baseline=f"p50 {shown(median(alone))} ms of {len(alone)} sales",
        ),
        Figure(
            "first_byte_beside_p99_ms",
            "the same beside a printer with three metres",
            beside_p99,
            "ms",
            FIRST_BYTE_GOAL,
            baseline=f"alone {shown(alone_p99)} ms; p50 {shown(median(beside))} ms of {len(beside)} sales",
            remark=f"{times.long_bytes:,} bytes at 9600 baud, {seconds:.0f} s; "
            + ("it printed all the time" if times.still_printing else "it was at its end before: take fewer seconds"),
        ),
        Figure("beside_ratio", "p99 beside : p99 alone", beside_p99 / alone_p99),
    )


def _make(document: Document) -> int:
    return len(encode_job(lay_out(document, PAPER_80_MM), PAPER_80_MM).data)


def _best_ms(work: Callable[[], int], seconds: float) -> float:
    """Return the processor milliseconds of one call: the best of some batches, as others disturb and never help."""
    work()
    best = float("inf")
    for _ in range(BATCHES):
        calls, began_s, until_s = 0, time.process_time(), time.perf_counter() + seconds
        while not calls or time.perf_counter() < until_s:
            work()
            calls += 1
        best = min(best, (time.process_time() - began_s) / calls)
    return 1000 * best
