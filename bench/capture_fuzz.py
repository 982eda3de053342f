"""The benchmark `capture-fuzz`: damaged and hostile documents to the reading process; counts what breaks it.

Every document goes through the limited process as it does in the product. Allowed are a capture, or a reason with a
name; a process that ends, an unforeseen error, or a document that takes longer than the limit counts as a crash.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.figures import Figure, Goal, Report, shown
from bench.fuzz_inputs import HostileInputs
from bench.machine import tell
from invoice_capture.errors import CaptureError
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sandbox import CaptureWorker
from invoice_capture.ocr.engine import OcrChoice
from tests.support.einvoices import Sample, cii, pdf_with, ubl
from tests.support.hostile_documents import ENDED_BY_LIMITS, hostile_documents, valid_documents

INPUTS = 2000
SEED = 20_260_101
SECONDS_MAX = 30.0
CRASHES_KEPT = 5
BROKEN = frozenset({"reader_crashed", "took_too_long"})
"""Codes that say the reader failed, not the document."""


@dataclass(slots=True)
class Read:
    """What the reading process did with the documents of one kind."""

    name: str
    inputs: int = 0
    captured: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    slowest_s: float = 0.0
    examples: list[str] = field(default_factory=list)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--inputs", type=int, default=INPUTS, help=f"damaged documents of each kind (default {INPUTS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the damages (default {SEED})")
    parser.add_argument("--only", metavar="WORD", default="", help="only kinds whose name has this word")


def run(options: argparse.Namespace) -> Report:
    """Damage documents of every kind, then send the attacks."""
    xml = cii(Sample())
    kinds = {**valid_documents(), "ubl": ubl(Sample()), "cii": xml, "hybrid pdf": pdf_with(("factur-x.xml", xml))}
    results = []
    with CaptureWorker(Limits(seconds_max=SECONDS_MAX), OcrChoice(engine="none")) as worker:
        for name, valid in kinds.items():
            if options.only in name:
                tell(name)
                source = HostileInputs([valid], options.seed)
                results.append(read_all(worker, name, [source.next() for _ in range(options.inputs)]))
        if options.only in "attacks":
            attacks = hostile_documents()
            tell("attacks")
            results.append(read_all(worker, "attacks", list(attacks.values()), list(attacks)))
    figures = tuple(_figure(result) for result in results)
    return Report("capture-fuzz", figures, {result.name: dict(result.reasons) for result in results})


def read_all(worker: CaptureWorker, name: str, inputs: list[bytes], names: list[str] | None = None) -> Read:
    """Read documents one after the other and count what became of them."""
    result = Read(name)
    for number, data in enumerate(inputs):
        began_s = time.monotonic()
        result.inputs += 1
        try:
            worker.capture(data, name)
            result.captured += 1
        except CaptureError as error:
            result.reasons[error.code] += 1
            what = names[number] if names else data[:200].hex()
            if error.code in BROKEN and what not in ENDED_BY_LIMITS:
                result.crashes += 1
                result.examples = [*result.examples, f"{error.message} <- {what}"][:CRASHES_KEPT]
        result.slowest_s = max(result.slowest_s, time.monotonic() - began_s)
    return result


def _figure(result: Read) -> Figure:
    read = f"{result.captured:,} read all the same"
    return Figure(
        f"crashes_{result.name.replace(' ', '_')}",
        f"{result.name}: readers broken",
        result.crashes,
        goal=Goal.most(0),
        baseline=f"{result.inputs:,} documents, {read}, slowest {shown(result.slowest_s)} s",
        remark="; ".join(result.examples),
    )
