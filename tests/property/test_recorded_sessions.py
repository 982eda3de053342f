"""Recorded sessions played back damaged: no crash, always an outcome, an approval only on the terminal's full proof.

What was recorded goes through the session and a replayed line, as in life. The proof is looked for in the bytes that
were delivered after the sale had been sent, by rules of its own that know nothing of the engines.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Aborted, Approved, Baseline, Declined, NotStarted, Outcome, Unknown
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
from terminal_driver.transports.replay import ReplayTransport, TraceRecord
from terminal_driver.transports.trace import TracingTransport
from terminal_driver.zvt.apdu import decode_apdu
from terminal_driver.zvt.fields import Direction, decode_fields
from terminal_driver.zvt.framing import FrameReceived, SerialFraming

SALE = SaleRequest(1234, "978", Baseline(), reference="property-1")
OPTIONS = EngineOptions(service_id_first=7)
_OUTCOMES = (Approved, Declined, Aborted, NotStarted, Unknown)
_DELIVERED_MAX = 400_000


@dataclass(frozen=True)
class _Way:
    """One protocol over one line. ``asks``: finds the sale in what was written; ``proves``: see above."""

    protocol: ProtocolName
    line_kind: LineKind
    asks: re.Pattern[bytes]
    proves: Callable[[bytes], bool]

    def __str__(self) -> str:
        return f"{self.protocol}-{self.line_kind}"


def _zvt_proof(blocks: Sequence[bytes]) -> bool:
    """04 0F with 27 00 and no other amount than ours, and 06 0F after it."""
    told = False
    for block in blocks:
        try:
            apdu = decode_apdu(block)
            # Whatever a completion carries, it is one: what it is of was told before it.
            if told and apdu.control == 0x060F:
                return True
            fields = decode_fields(apdu.control, apdu.data, Direction.TO_REGISTER).fields
        except RemoteProtocolError:
            continue
        values = {item.tag: item.value.hex() for item in fields}
        told |= apdu.control == 0x040F and values.get(0x27) == "00" and values.get(0x04, "1234").endswith("1234")
    return False


def _serial_zvt_proof(delivered: bytes) -> bool:
    begins = [begin.start() for begin in re.finditer(rb"\x10\x02", delivered)]
    events = [event for at in begins for event in SerialFraming().feed(delivered[at:])[:1]]
    return _zvt_proof([event.apdu for event in events if isinstance(event, FrameReceived)])


def _tcp_zvt_proof(delivered: bytes) -> bool:
    begins = re.finditer(rb"(?=\x04\x0F|\x06\x0F)", delivered)
    return _zvt_proof(
        [delivered[at : at + 3 + delivered[at + 2]] for at in (b.start() for b in begins) if at + 2 < len(delivered)]
    )


def _has_all(*patterns: bytes) -> Callable[[bytes], bool]:
    return lambda delivered: all(re.search(pattern, delivered, re.DOTALL) for pattern in patterns)


_WAYS = [
    _Way(ProtocolName.ZVT, LineKind.SERIAL, re.compile(rb"\x10\x02\x06\x01"), _serial_zvt_proof),
    _Way(ProtocolName.ZVT, LineKind.TCP, re.compile(rb"\x06\x01"), _tcp_zvt_proof),
    _Way(
        ProtocolName.CONCERT, LineKind.SERIAL, re.compile(rb"00001234"), _has_all(rb"\x02010000012341.{55}978.{10}\x03")
    ),
    _Way(
        ProtocolName.CAISSE_AP,
        LineKind.TCP,
        re.compile(rb"CB\d{3}0*1234"),
        _has_all(rb"AE00210", rb"CB\d{3}0*1234", rb"CE003978", rb"CD0010"),
    ),
    _Way(
        ProtocolName.NEXO,
        LineKind.TCP,
        re.compile(rb"PaymentRequest"),
        _has_all(rb"Success", rb"12\.34", rb"PaymentResponse"),
    ),
]


@functools.cache
def _recorded(way: _Way, scenario: str) -> tuple[TraceRecord, ...]:
    """Return a sale as it passed over a line in memory, nothing cut: the cards of the simulator are invented."""
    passed: list[TraceRecord] = []
    cable = MemoryCable()

    class Keeping(TracingTransport):
        def _gather(self, direction: str, data: bytes) -> None:
            passed.append(TraceRecord(0.001 * len(passed), direction, data))

    engine = build_engine(way.protocol, way.line_kind, OPTIONS, lambda _data: True)
    session = TerminalSession(engine, Keeping(cable.register_end, lambda _record: None), lambda _event: None)
    options = SimulatorOptions(scenario=scenario, auto_pace=0.0)
    with build_simulator(way.protocol, cable.device_end, way.line_kind, options):
        outcome = session.transact(SALE)
        session.close()
    assert isinstance(outcome, Approved if scenario == "approve" else Declined)
    return tuple(passed)


class _Listening(ReplayTransport):
    """Keeps what was delivered after the sale had been sent."""

    def __init__(self, records: Sequence[TraceRecord], asks: re.Pattern[bytes]) -> None:
        super().__init__(records)
        self._asks = asks
        self._sent = False
        self.delivered = bytearray()

    def write(self, data: bytes, deadline_s: float) -> None:
        self._sent = self._sent or self._asks.search(data) is not None
        super().write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        data = super().read(max_bytes, timeout_s)
        if self._sent:
            self.delivered += data
        assert len(self.delivered) < _DELIVERED_MAX
        return data


def _play(way: _Way, records: Sequence[TraceRecord]) -> tuple[Outcome, bytes]:
    line = _Listening(records, way.asks)
    engine = build_engine(way.protocol, way.line_kind, OPTIONS, lambda data: data.amount_minor in (None, 1234))
    session = TerminalSession(engine, line, lambda _event: None, clock=line.clock)
    outcome = session.transact(SALE)
    session.close()
    return outcome, bytes(line.delivered)


def _inward(records: Sequence[TraceRecord]) -> list[int]:
    return [at for at, record in enumerate(records) if record.direction == "in"]


@st.composite
def _damages(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    kinds = st.sampled_from(["flip", "cut", "drop", "double", "glue", "split", "end", "noise"])
    return draw(st.lists(st.tuples(kinds, st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=4))


def _damaged(records: Sequence[TraceRecord], damages: Sequence[tuple[str, int, int]]) -> list[TraceRecord]:
    """Return the records with what was said by the terminal damaged; what the register said stays."""
    found = list(records)
    for kind, where, how in damages:
        inward = _inward(found)
        if not inward:
            break
        at = inward[where % len(inward)]
        match kind:
            case "end":
                del found[at:]
            case "double":
                found.insert(at, found[at])
            case "glue":
                following = next((other for other in inward if other > at), None)
                if following is not None:
                    found[at] = replace(found[at], data=found[at].data + found.pop(following).data)
            case _:
                pieces = _damaged_burst(kind, found[at].data, how)
                found[at : at + 1] = [replace(found[at], data=piece) for piece in pieces]
    return found


def _damaged_burst(kind: str, data: bytes, how: int) -> list[bytes]:
    place = how % max(1, len(data))
    match kind:
        case "flip":
            return [data[:place] + bytes([data[place] ^ 1 << how % 8]) + data[place + 1 :]] if data else []
        case "cut":
            return [data[:place]]
        case "split":
            return [data[:place], data[place:]]
        case "noise":
            return [data[:place] + how.to_bytes(2, "big") + data[place:]]
        case _:
            return []


@pytest.mark.parametrize("way", _WAYS, ids=str)
def test_session_when_played_back_undamaged_then_approved_with_proof(way: _Way) -> None:
    outcome, delivered = _play(way, _recorded(way, "approve"))

    assert isinstance(outcome, Approved)
    assert way.proves(delivered)


@pytest.mark.parametrize("way", _WAYS, ids=str)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_session_when_every_burst_comes_in_pieces_then_still_approved(way: _Way, size: int) -> None:
    split = [
        replace(record, data=record.data[start : start + size] if record.direction == "in" else record.data)
        for record in _recorded(way, "approve")
        for start in range(0, len(record.data) if record.direction == "in" else 1, size)
    ]

    assert isinstance(_play(way, split)[0], Approved)


@pytest.mark.parametrize("way", _WAYS, ids=str)
@pytest.mark.parametrize("scenario", ["approve", "decline"])
@settings(max_examples=60, deadline=None)
@given(damages=_damages())
def test_session_when_damaged_then_an_outcome_and_no_approval_without_proof(
    way: _Way, scenario: str, damages: list[tuple[str, int, int]]
) -> None:
    outcome, delivered = _play(way, _damaged(_recorded(way, scenario), damages))

    assert isinstance(outcome, _OUTCOMES)
    assert not isinstance(outcome, Approved) or way.proves(delivered)


@pytest.mark.parametrize("way", _WAYS, ids=str)
def test_session_when_it_ends_anywhere_then_unknown_or_not_started_until_the_proof(way: _Way) -> None:
    records = _recorded(way, "approve")

    for end in range(len(records)):
        outcome, delivered = _play(way, records[:end])

        assert isinstance(outcome, (Approved, NotStarted, Unknown))
        assert isinstance(outcome, Approved) <= way.proves(delivered)
