"""The benchmark `zvt`: reading and writing the blocks of one card sale, and the sale itself without any waiting.

Both sides of the dialogue speak through the real codecs, framed as on a serial line (doubling and checksum), which is
the dearer of the two framings.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.figures import Figure, Report, median, percentile, shown
from bench.machine import tell
from terminal_driver.engine import Finished
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.virtual.device_dialogue import Surroundings
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.scenarios import from_name
from terminal_driver.virtual.zvt_dialogue import ZvtDialogue
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.commands import SALE, decode_command
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import FrameReceived, SerialFraming
from terminal_driver.zvt.messages import decode_message
from terminal_driver.zvt.status_codes import Language

REQUEST = SaleRequest(1250, "978", Baseline(None, None, None))
TERMINAL_ID = "52500041"
BATCHES = 5
_SCENARIO = "approve"
_EXCHANGES_MAX = 1000
"""A sale takes a few dozen; more means that the two sides do not understand each other."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The bytes of one sale, each piece as it was sent. ``register_s``: seconds the register's engine worked."""

    to_terminal: tuple[bytes, ...]
    to_register: tuple[bytes, ...]
    register_s: float


class Dialogue:
    """A register and a terminal that pass bytes to each other by hand: no line, no thread, no waiting."""

    def __init__(self) -> None:
        self._register = ZvtEngine(ZvtConfig(), SerialFraming(), lambda _data: True)
        around = Surroundings(
            journal=Journal(),
            terminal_id=TERMINAL_ID,
            currency="978",
            language=Language.GERMAN,
            wall=lambda: datetime(2026, 1, 31, 12, tzinfo=UTC),
            auto_pace=0.0,
            patience_minutes=None,
        )
        self._terminal = ZvtDialogue(ZvtDeviceEngine(SerialFraming()), around, from_name(_SCENARIO))
        self._now_s = 0.0
        self._run(self._register.start_registration)

    def sale(self) -> Recording:
        """Make one approved sale."""
        recording, result = self._run(lambda now_s: self._register.start_operation(REQUEST, now_s))
        if not isinstance(result, Approved):
            raise RuntimeError(f"the sale ended as {type(result).__name__}")  # noqa: TRY004 - an outcome, not a type
        return recording

    def _run(self, start: Callable[[float], bytes]) -> tuple[Recording, object]:
        outward: list[bytes] = []
        inward: list[bytes] = []
        began_s = time.perf_counter()
        data = start(self._now_s)
        used_s = time.perf_counter() - began_s
        for _ in range(_EXCHANGES_MAX):
            outward.append(data)
            answer = self._terminal.receive(data, self._now_s) + self._terminal.expire(self._now_s)
            inward.append(answer)
            began_s = time.perf_counter()
            data = self._register.receive(answer, self._now_s)
            result = self._result()
            used_s += time.perf_counter() - began_s
            if result is not None:
                # What is left is the link's confirmation of the last block; the next command needs it delivered.
                self._terminal.receive(data, self._now_s)
                return Recording((*outward, data), tuple(inward), used_s), result
        raise RuntimeError("the dialogue does not end")

    def _result(self) -> object | None:
        result: object | None = None
        while (event := self._register.next_event()) is not None:
            if isinstance(event, Finished):
                result = event.result
        return result


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=8, help="how long to measure in all (default 8)")


def run(options: argparse.Namespace) -> Report:
    """Measure the codecs, the engine and the driver, a quarter of the time each, and the baseline."""
    share_s = options.seconds / 4
    sale = Dialogue().sale()
    blocks = [(apdu, True) for apdu in _apdus(sale.to_terminal)] + [(apdu, False) for apdu in _apdus(sale.to_register)]
    framed = [(SerialFraming().encode(apdu.encode()), outward) for apdu, outward in blocks]
    size = sum(len(data) for data, _ in framed)
    tell(f"{len(blocks)} blocks of {size} bytes in one sale")
    codec_rate = _rate(lambda: _read_and_write(framed), share_s) * len(blocks)
    copy_rate = _rate(lambda: _copy(framed), share_s) * len(blocks)
    tell("engine alone")
    dialogue = Dialogue()
    engine_s: list[float] = []
    _rate(lambda: engine_s.append(dialogue.sale().register_s), share_s)
    tell("driver over a line in memory")
    wall_ms, cpu_ms = _driver(share_s)
    figures = (
        Figure(
            "blocks_per_s",
            "blocks of a sale read and written",
            codec_rate,
            "/s",
            baseline=f"copying the same bytes: {shown(copy_rate)} /s",
            remark=f"{len(blocks)} blocks, {size} bytes; unframed, checked, fields read, written and framed again",
        ),
        Figure(
            "engine_ms_per_sale",
            "register's engine in one sale",
            1000 * median(engine_s),
            "ms",
            baseline=f"at 9600 baud the same bytes take {shown(1000 * size * 11 / 9600)} ms",
            remark="sans-IO: both ways of every block and all decisions; 8N2 is 11 bits a byte",
        ),
        Figure(
            "driver_ms_per_sale",
            "one sale of the driver over a line in memory, p50",
            percentile(wall_ms, 0.5),
            "ms",
            baseline=f"p99 {shown(percentile(wall_ms, 0.99))} ms of {len(wall_ms)} sales",
            remark=f"with the virtual terminal in a thread beside it; processor time of both {shown(cpu_ms)} ms",
        ),
    )
    return Report("zvt", figures, {"blocks": len(blocks), "bytes": size, "sales_of_engine": len(engine_s)})


def _apdus(pieces: tuple[bytes, ...]) -> list[Apdu]:
    framing = SerialFraming()
    return [decode_apdu(event.apdu) for event in framing.feed(b"".join(pieces)) if isinstance(event, FrameReceived)]


def _read_and_write(framed: list[tuple[bytes, bool]]) -> None:
    framing = SerialFraming()
    for data, outward in framed:
        for event in framing.feed(data):
            assert isinstance(event, FrameReceived)
            apdu = decode_apdu(event.apdu)
            if outward and not apdu.is_acknowledgement:
                decode_command(apdu)
            else:
                decode_message(apdu, SALE)
            framing.encode(apdu.encode())


def _copy(framed: list[tuple[bytes, bool]]) -> None:
    for data, _ in framed:
        bytes(bytearray(data))


def _rate(work: Callable[[], object], seconds: float) -> float:
    """Return runs per second, the best of a few batches: a busy machine only ever makes it slower."""
    best = 0.0
    for _ in range(BATCHES):
        count, began_s = 0, time.perf_counter()
        until_s = began_s + seconds / BATCHES
        while (now_s := time.perf_counter()) < until_s or count == 0:
            work()
            count += 1
        best = max(best, count / (now_s - began_s))
    return best


def _driver(seconds: float) -> tuple[list[float], float]:
    """Return milliseconds of each sale, and processor milliseconds per sale of driver and virtual terminal together."""
    cable = MemoryCable()
    terminal = zvt_terminal(
        ZvtDeviceEngine(SerialFraming()), cable.device_end, scenario=_SCENARIO, terminal_id=TERMINAL_ID, auto_pace=0.0
    )
    session = TerminalSession(
        ZvtEngine(ZvtConfig(), SerialFraming(), lambda _data: True), cable.register_end, lambda _event: None
    )
    times_ms: list[float] = []
    with terminal:
        session.register()
        cpu_s, until_s = time.process_time(), time.perf_counter() + seconds
        while not times_ms or time.perf_counter() < until_s:
            began_s = time.perf_counter()
            outcome = session.transact(REQUEST)
            times_ms.append(1000 * (time.perf_counter() - began_s))
            if not isinstance(outcome, Approved):
                raise RuntimeError(f"the sale ended as {type(outcome).__name__}")  # noqa: TRY004 - as above
        used_s = time.process_time() - cpu_s
        session.close()
    return times_ms, 1000 * used_s / len(times_ms)
