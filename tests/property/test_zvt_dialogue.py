"""Register and terminal over a bad line: always a defined end, never an approval that the terminal did not complete."""

import random
from contextlib import suppress
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.engine import EngineEvent, Finished
from terminal_driver.errors import DriverError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Aborted, Approved, Baseline, Declined, NotStarted, Unknown
from terminal_driver.zvt.apdu import decode_apdu
from terminal_driver.zvt.commands import decode_command
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.fields import Direction, decode_fields, encode_decoded
from terminal_driver.zvt.framing import FrameReceived, Framing, SerialFraming, TcpFraming
from terminal_driver.zvt.messages import decode_message
from tests.support.zvt_wire import APPROVAL, Wire, approving, declining

REQUEST = SaleRequest(1200, "978", Baseline(receipt_no=7, trace_no=7, turnover_no=7))
OUTCOMES = (Approved, Declined, Aborted, NotStarted, Unknown)

TALK = ["800000", "04ff010a", "04ff020e01", "040f132700040000000012004909788700080c122928"]
TALK += ["06d1080042657472616720", "06d3140612" + "1f070101250c070141090140070242430700", "060f00"]
SALE_TALK = [bytes.fromhex(text) for text in TALK]


def _engine(framing: Framing) -> ZvtEngine:
    engine = ZvtEngine(ZvtConfig(), framing, lambda _data: True)
    engine.start_operation(REQUEST, 0.0)
    return engine


def _events(engine: ZvtEngine) -> list[EngineEvent]:
    found: list[EngineEvent] = []
    while (event := engine.next_event()) is not None:
        found.append(event)
    return found


def _hear(framing: Framing, pieces: list[bytes]) -> tuple[list[EngineEvent], bytes]:
    engine = _engine(framing)
    answers = b"".join(engine.receive(piece, 1.0) for piece in pieces)
    return _events(engine), answers


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


@settings(max_examples=80, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=40))
def test_sale_when_stream_is_split_anywhere_then_same_events_and_answers(cuts: list[int]) -> None:
    whole = b"".join(SALE_TALK)
    assert _hear(TcpFraming(), _pieces(whole, cuts)) == _hear(TcpFraming(), SALE_TALK)

    frames = [b"\x06" + SerialFraming().encode(apdu) for apdu in SALE_TALK]
    split, glued = _hear(SerialFraming(), _pieces(b"".join(frames), cuts)), _hear(SerialFraming(), frames)
    assert split == glued
    assert isinstance(glued[0][-1], Finished)
    assert isinstance(glued[0][-1].result, Approved)


@settings(max_examples=150, deadline=None)
@given(bit=st.integers(0, 8 * sum(map(len, SALE_TALK)) - 1), end=st.integers(0, 400))
def test_sale_when_bit_flips_or_stream_ends_then_approved_only_with_result_and_completion(bit: int, end: int) -> None:
    """Over TCP nothing guards the bits: whatever arrives, an approval needs 27 00 and 06 0F as they arrived."""
    data = bytearray(b"".join(SALE_TALK))
    data[bit // 8] ^= 1 << bit % 8
    heard = bytes(data[:end])

    events, _ = _hear(TcpFraming(), [heard])

    approvals = [event for event in events if isinstance(event, Finished) and isinstance(event.result, Approved)]
    if approvals:
        blocks = [event.apdu for event in TcpFraming().feed(heard) if isinstance(event, FrameReceived)]
        results = [block for block in blocks if block[:2] == b"\x04\x0f"]
        assert any(b"\x27\x00" in block for block in results)
        assert any(block[:2] == b"\x06\x0f" for block in blocks)
    assert len(approvals) <= 1


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300), serial=st.booleans())
def test_sale_when_noise_arrives_then_no_crash_and_no_approval(*, data: bytes, serial: bool) -> None:
    engine = _engine(SerialFraming() if serial else TcpFraming())
    engine.receive(data, 1.0)
    for _ in range(20):
        due = engine.deadline()
        if due is None:
            break
        engine.expire(due)

    ends = [event.result for event in _events(engine) if isinstance(event, Finished)]
    assert not any(isinstance(end, Approved) for end in ends)
    assert len(ends) == 1


@settings(max_examples=200, deadline=None)
@given(
    control=st.sampled_from([0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1, 0x06D3, 0x0600, 0x0601, 0x0620, 0x0501, 0x8000]),
    data=st.binary(max_size=60),
    running=st.sampled_from([None, 0x0601, 0x0501, 0x06E1]),
)
def test_decoding_when_any_bytes_then_written_again_or_refused_as_a_driver_error(
    control: int, data: bytes, running: int | None
) -> None:
    block = control.to_bytes(2, "big") + bytes([len(data)]) + data
    apdu = decode_apdu(block)
    for direction in Direction:
        with suppress(DriverError):
            assert encode_decoded(decode_fields(control, data, direction, running)) == data
    with suppress(DriverError):
        decode_message(apdu, running)
    with suppress(DriverError):
        decode_command(apdu)


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    serial=st.booleans(),
    trouble=st.floats(0.0, 0.4),
    approve=st.booleans(),
    accept=st.booleans(),
)
def test_pair_when_line_is_bad_then_defined_outcome_and_approval_only_if_terminal_approved(
    *, seed: int, serial: bool, trouble: float, approve: bool, accept: bool
) -> None:
    """Transmissions are dropped on both lines; on the serial one bits flip as well, where the checksum sees them."""
    rng = random.Random(seed)

    def fault(data: bytes, _to_terminal: object) -> bytes:
        if not data or rng.random() >= trouble:
            return data
        if not serial or rng.random() < 0.5:
            return b""
        broken = bytearray(data)
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        return bytes(broken)

    wire = Wire(serial=serial, accept=lambda _data: accept, fault=fault)
    wire.terminal.sale_steps = approving() if approve else declining(0x05)

    result = wire.run(wire.register.start_operation(REQUEST, wire.now), steps_max=2_000)

    assert isinstance(result, OUTCOMES)
    if isinstance(result, Approved):
        assert approve
        assert accept
        assert result.data.receipt_no == APPROVAL.receipt_no
    if isinstance(result, Declined | Aborted):
        assert not (approve and accept)
