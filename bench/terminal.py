"""The benchmark `terminal`: what the driver itself costs in a sale, and 32 simulated terminals at once in one process.

Nothing waits here: lines in memory, a cardholder who acts at once, a host that answers at once.
"""

import argparse
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.figures import Figure, Goal, Report, percentile, shown
from bench.machine import tell
from bench.recorded_sale import SALE, RecordedSale, record_sale
from terminal_driver.outcome import Approved
from terminal_driver.protocols import (
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    build_engine,
    build_simulator,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.replay import ReplayTransport
from terminal_driver.zvt.apdu import decode_apdu
from terminal_driver.zvt.fields import Direction, decode_fields, encode_decoded
from terminal_driver.zvt.framing import FrameReceived, SerialFraming

TERMINALS = 32
SALES = 20
BATCHES = 5
_PROVEN = ProtocolName.ZVT


@dataclass(frozen=True, slots=True)
class Fleet:
    """What many terminals at once brought. ``times_ms``: from command to result of each approved sale."""

    sales: int
    approved: int
    seconds: float
    times_ms: tuple[float, ...]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=8, help="how long to measure the driver alone (default 8)")
    parser.add_argument("--terminals", type=int, default=TERMINALS, help=f"at once (default {TERMINALS})")
    parser.add_argument("--sales", type=int, default=SALES, help=f"of each terminal (default {SALES})")


def run(options: argparse.Namespace) -> Report:
    """Measure the driver over a played-back line, the bare codec of the same bytes, and the fleet."""
    share_s = options.seconds / 2
    sale = record_sale(_PROVEN, LineKind.SERIAL)
    size = sum(map(len, sale.bursts))
    blocks = _blocks(sale)
    tell("the driver over a played-back line")
    driver_s = _processor_time(lambda: _sell_to(sale), share_s)
    tell("the bare codec of the same bytes")
    codec_s = _processor_time(lambda: _code(blocks), share_s)
    tell(f"{options.terminals} terminals at once")
    fleet = sell_at_once(options.terminals, options.sales)
    p99 = percentile(fleet.times_ms, 0.99) if fleet.times_ms else None
    figures = (
        Figure(
            "cpu_ms_per_sale",
            "driver's processor time in one sale",
            1000 * driver_s,
            "ms",
            baseline=f"bare codec of the same bytes: {shown(1000 * codec_s)} ms",
            remark=f"registration and sale, {len(blocks)} blocks of {size} bytes as on a serial line, played back",
        ),
        Figure(
            "codec_ratio", "driver : bare codec", driver_s / codec_s, remark="link, dialogue and decisions beside it"
        ),
        Figure(
            "bytes_per_s",
            "bytes decoded and encoded again by the codec",
            size / codec_s,
            "/s",
            baseline="a line of 115200 baud carries 10,472 /s",
        ),
        Figure(
            "not_approved",
            f"sales of {options.terminals} terminals at once that were not approved",
            fleet.sales - fleet.approved,
            goal=Goal.most(0),
            baseline=f"{fleet.sales} sales",
        ),
        Figure(
            "sales_per_s",
            "sales of all of them",
            fleet.approved / fleet.seconds,
            "/s",
            baseline=f"one core without anything else: {shown(1 / driver_s)} /s by the driver alone",
            remark="with the simulated terminals in threads of the same process",
        ),
        Figure("p99_ms", "from command to result, p99", p99, "ms", remark="nobody waits for a card or a host here"),
    )
    return Report("terminal", figures, {"sales": fleet.sales, "approved": fleet.approved, "blocks": len(blocks)})


def sell_at_once(terminals: int, sales: int) -> Fleet:
    """Let each of so many simulated terminals make so many sales, all beginning together."""
    together = threading.Barrier(terminals)
    with ThreadPoolExecutor(terminals) as pool:
        tills = [pool.submit(_till, f"{52_500_001 + number}", sales, together) for number in range(terminals)]
        found = [till.result() for till in tills]
    began_s, ended_s = min(till[0] for till in found), max(till[1] for till in found)
    times_ms = tuple(time_ms for till in found for time_ms in till[2])
    return Fleet(terminals * sales, len(times_ms), ended_s - began_s, times_ms)


def _till(terminal_id: str, sales: int, together: threading.Barrier) -> tuple[float, float, list[float]]:
    """Return when the first sale of one terminal began, when the last one ended, and how long approved ones took."""
    cable = MemoryCable()
    engine = build_engine(_PROVEN, LineKind.SERIAL, EngineOptions(), lambda _data: True)
    session = TerminalSession(engine, cable.register_end, lambda _event: None)
    simulated = SimulatorOptions(auto_pace=0.0, terminal_id=terminal_id)
    times_ms: list[float] = []
    with build_simulator(_PROVEN, cable.device_end, LineKind.SERIAL, simulated):
        session.register()
        together.wait(60)
        began_s = time.perf_counter()
        for _ in range(sales):
            asked_s = time.perf_counter()
            if isinstance(session.transact(SALE), Approved):
                times_ms.append(1000 * (time.perf_counter() - asked_s))
        ended_s = time.perf_counter()
        session.close()
    return began_s, ended_s, times_ms


def _sell_to(sale: RecordedSale) -> None:
    """Make the recorded sale again: what the terminal said comes as soon as it is its turn."""
    line = ReplayTransport(sale.records)
    engine = build_engine(_PROVEN, LineKind.SERIAL, EngineOptions(), lambda _data: True)
    session = TerminalSession(engine, line, lambda _event: None, clock=line.clock)
    outcome = session.transact(SALE)
    if not isinstance(outcome, Approved):
        raise RuntimeError(f"the sale played back ended as {outcome}")  # noqa: TRY004 - an outcome, not a type


def _blocks(sale: RecordedSale) -> list[tuple[bytes, Direction]]:
    found: list[tuple[bytes, Direction]] = []
    for bursts, direction in ((sale.to_terminal, Direction.TO_TERMINAL), (sale.to_register, Direction.TO_REGISTER)):
        framing = SerialFraming()
        events = framing.feed(b"".join(bursts))
        found += [(framing.encode(event.apdu), direction) for event in events if isinstance(event, FrameReceived)]
    return found


def _code(blocks: list[tuple[bytes, Direction]]) -> None:
    """Unframe, check, cut into fields, write and frame again: what any driver of these bytes has to do at least."""
    framing = SerialFraming()
    for data, direction in blocks:
        for event in framing.feed(data):
            if isinstance(event, FrameReceived):
                apdu = decode_apdu(event.apdu)
                encode_decoded(decode_fields(apdu.control, apdu.data, direction))
                framing.encode(apdu.encode())


def _processor_time(work: Callable[[], None], seconds: float) -> float:
    """Return processor seconds of one run, the best of a few batches: a busy machine only ever makes it slower."""
    best_s = float("inf")
    for _ in range(BATCHES):
        count, until_s, used_s = 0, time.perf_counter() + seconds / BATCHES, time.process_time()
        while count == 0 or time.perf_counter() < until_s:
            work()
            count += 1
        best_s = min(best_s, (time.process_time() - used_s) / count)
    return best_s
