"""The benchmark `fuzz`: hostile inputs to every decoder of the driver; counts what breaks, is slow or grows."""

import argparse
import resource
import time
from dataclasses import dataclass, field

from bench.figures import Figure, Goal, Report, shown
from bench.fuzz_inputs import HostileInputs
from bench.fuzz_targets import Target, targets
from bench.machine import tell
from terminal_driver.errors import RemoteProtocolError

INPUTS = 1_000_000
SEED = 20_260_101
CRASHES_KEPT = 5
"""So many inputs that broke a decoder are told in full; the rest are counted."""

MEMORY_MB_MAX = 64
"""Every buffer of the driver has a limit; together they are far below this."""

_KB_PER_MB = 1024  # ru_maxrss is in kilobytes on Linux


@dataclass(slots=True)
class Fuzzed:
    """What a target did with its inputs. ``refused``: inputs answered by the driver's own error.

    Times are processor time.
    """

    name: str
    inputs: int = 0
    refused: int = 0
    crashes: int = 0
    slowest_s: float = 0.0
    slowest: bytes = b""
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--inputs", type=int, default=INPUTS, help=f"to each decoder, to an engine a twentieth (default {INPUTS:,})"
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the inputs (default {SEED})")
    parser.add_argument("--only", metavar="WORD", default="", help="only decoders whose name has this word")


def run(options: argparse.Namespace) -> Report:
    """Fuzz every decoder."""
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results = [
        fuzz(target, max(1, options.inputs // target.costs), options.seed)
        for target in targets()
        if options.only in target.name
    ]
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / _KB_PER_MB
    figures = [_figure(result, options.seed) for result in results]
    figures.append(
        Figure(
            "memory_growth_mb",
            "growth of the process over all of it, at its peak",
            grown_mb,
            "MB",
            goal=Goal.most(MEMORY_MB_MAX),
            baseline=f"{shown(before_kb / _KB_PER_MB)} MB before",
        )
    )
    details = {
        result.name: {
            "inputs": result.inputs,
            "refused": result.refused,
            "slowest_ms": 1000 * result.slowest_s,
            "slowest_hex": result.slowest[:200].hex(),
            "crashes": result.examples,
        }
        for result in results
    }
    return Report("fuzz", tuple(figures), details)


def fuzz(target: Target, inputs: int, seed: int) -> Fuzzed:
    """Give a decoder so many inputs; anything it raises but the driver's own error counts as a crash."""
    tell(target.name)
    result = Fuzzed(target.name, inputs)
    source = HostileInputs(target.valid, seed)
    clock = time.thread_time  # a busy machine must not make an input look slow
    decode = target.decode
    for _ in range(inputs):
        data = source.next()
        began_s = clock()
        try:
            decode(data)
        except RemoteProtocolError:
            result.refused += 1
        except Exception as error:  # noqa: BLE001 - what is looked for
            result.crashes += 1
            if len(result.examples) < CRASHES_KEPT:
                result.examples.append(f"{type(error).__name__}: {error} <- {data.hex()}")
        took_s = clock() - began_s
        result.seconds += took_s
        if took_s > result.slowest_s:
            result.slowest_s, result.slowest = took_s, data
    return result


def _figure(result: Fuzzed, seed: int) -> Figure:
    return Figure(
        f"crashes_{result.name.replace(', ', '_').replace(' ', '_').replace('-', '_')}",
        f"{result.name}: crashes",
        result.crashes,
        goal=Goal.most(0),
        baseline=f"{result.inputs:,} inputs, {shown(result.inputs / max(result.seconds, 1e-9))} /s, "
        f"slowest {shown(1000 * result.slowest_s)} ms",
        remark=f"--seed {seed}: {result.examples[0]}" if result.examples else "",
    )
