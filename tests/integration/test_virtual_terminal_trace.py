"""A recorded sale, played back, gives the same outcome; a trace that cannot be written costs no sale."""

import json
from datetime import UTC, datetime
from pathlib import Path

from terminal_driver.engine import EngineEvent
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline, Outcome
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import Transport
from terminal_driver.transports.memory import MemoryCable
from terminal_driver.transports.replay import ReplayTransport, read_trace
from terminal_driver.transports.trace import TraceFile, TracingTransport
from terminal_driver.virtual.terminal import VirtualTerminal
from terminal_driver.virtual.zvt_terminal import zvt_terminal
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.framing import SerialFraming

SALE = SaleRequest(1234, "978", Baseline())
NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)


def _sell(transport: Transport, **session_options: object) -> tuple[Outcome, list[EngineEvent]]:
    events: list[EngineEvent] = []
    engine = ZvtEngine(ZvtConfig(), SerialFraming(), lambda _: True)
    session = TerminalSession(engine, transport, events.append, **session_options)  # type: ignore[arg-type]  # a clock
    outcome = session.transact(SALE)
    session.close()
    return outcome, events


def _terminal(cable: MemoryCable, scenario: str) -> VirtualTerminal:
    # A fixed time makes fixed bytes: with some checksums the end of a block looks like a card number and is cut.
    return zvt_terminal(
        ZvtDeviceEngine(SerialFraming()), cable.device_end, scenario=scenario, auto_pace=0.0, wall=lambda: NOON
    )


def test_replayed_trace_gives_the_same_outcome_and_events(tmp_path: Path) -> None:
    cable = MemoryCable()
    trace = TraceFile(tmp_path / "sale.jsonl")
    with _terminal(cable, "split_and_glued"):
        outcome, events = _sell(TracingTransport(cable.register_end, trace.append))
    trace.close()

    replay = ReplayTransport(read_trace((tmp_path / "sale.jsonl").read_text().splitlines()))
    faithful = replay.faithful
    again, events_again = _sell(replay, clock=replay.clock)

    assert isinstance(outcome, Approved)
    assert faithful
    assert again == outcome
    assert events_again == events
    assert replay.differences == []
    assert replay.finished


def test_trace_of_a_sale_is_complete_and_in_order(tmp_path: Path) -> None:
    cable = MemoryCable()
    trace = TraceFile(tmp_path / "sale.jsonl")
    with _terminal(cable, "approve"):
        _sell(TracingTransport(cable.register_end, trace.append))
    trace.close()

    records = [json.loads(line) for line in (tmp_path / "sale.jsonl").read_text().splitlines()]
    directions = [record["dir"] for record in records]
    assert (directions[0], directions[1], directions[-1]) == ("open", "out", "close")
    assert [record["at"] for record in records] == sorted(record["at"] for record in records)
    assert records[1]["hex"].startswith("10020600")


def test_full_disk_ends_the_trace_and_not_the_sale() -> None:
    cable = MemoryCable()
    tries: list[dict[str, object]] = []

    def full(record: dict[str, object]) -> None:
        tries.append(record)
        raise OSError(28, "No space left on device")

    with _terminal(cable, "approve"):
        outcome, _ = _sell(TracingTransport(cable.register_end, full))

    assert isinstance(outcome, Approved)
    assert len(tries) == 1
