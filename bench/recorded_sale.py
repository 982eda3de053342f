"""One approved sale of each protocol over a line in memory, with every burst kept: food for codecs and fuzzers."""

from dataclasses import dataclass

from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline
from terminal_driver.protocols import (
    EngineOptions,
    LineKind,
    ProtocolName,
    SimulatorOptions,
    build_engine,
    build_simulator,
)
from terminal_driver.session import TerminalSession
from terminal_driver.transports.memory import MemoryCable, MemoryTransport
from terminal_driver.transports.replay import TraceRecord

SALE = SaleRequest(1234, "978", Baseline(), reference="bench-1")


@dataclass(frozen=True, slots=True)
class RecordedSale:
    """What passed, in order: each write of the register (``out``), each read from the terminal (``in``)."""

    records: tuple[TraceRecord, ...]

    @property
    def to_terminal(self) -> tuple[bytes, ...]:
        """Each write of the register."""
        return tuple(record.data for record in self.records if record.direction == "out")

    @property
    def to_register(self) -> tuple[bytes, ...]:
        """Each read from the terminal."""
        return tuple(record.data for record in self.records if record.direction == "in")

    @property
    def bursts(self) -> tuple[bytes, ...]:
        """All of it."""
        return tuple(record.data for record in self.records)


class _KeepingTransport:
    """Passes everything on to a line in memory and keeps it."""

    def __init__(self, inner: MemoryTransport) -> None:
        self._inner = inner
        self.records: list[TraceRecord] = []

    @property
    def description(self) -> str:
        """The line in words."""
        return self._inner.description

    @property
    def holds_line(self) -> bool:
        """As the line says."""
        return self._inner.holds_line

    def open(self) -> None:
        """Open the line."""
        self._inner.open()

    def write(self, data: bytes, deadline_s: float) -> None:
        """Keep and write."""
        self.records.append(TraceRecord(0.0, "out", data))
        self._inner.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Read and keep."""
        data = self._inner.read(max_bytes, timeout_s)
        if data:
            self.records.append(TraceRecord(0.0, "in", data))
        return data

    def wake(self) -> None:
        """Interrupt a read."""
        self._inner.wake()

    def close(self) -> None:
        """Close the line."""
        self._inner.close()


def record_sale(protocol: ProtocolName, line_kind: LineKind, message_format: str = "json") -> RecordedSale:
    """Make one approved sale with the simulator of a protocol.

    Raises:
        RuntimeError: it was not approved.
    """
    cable = MemoryCable()
    line = _KeepingTransport(cable.register_end)
    options = EngineOptions(message_format=message_format)
    session = TerminalSession(build_engine(protocol, line_kind, options, lambda _data: True), line, lambda _event: None)
    simulated = SimulatorOptions(auto_pace=0.0, message_format=message_format)
    with build_simulator(protocol, cable.device_end, line_kind, simulated):
        outcome = session.transact(SALE)
        session.close()
    if not isinstance(outcome, Approved):
        raise RuntimeError(f"the sale of {protocol} ended as {outcome}")  # noqa: TRY004 - an outcome, not a type
    return RecordedSale(tuple(line.records))
