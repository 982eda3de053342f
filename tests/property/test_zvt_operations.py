"""Hostile and broken terminals in every money operation, and any command there is: no crash, no approval without proof.

Stories: the line splits, glues, cuts or flips what a terminal says during a refund or a reversal; a terminal says
anything at all in any order.
"""

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.engine import EngineEvent, Finished
from terminal_driver.errors import DriverError
from terminal_driver.operations import (
    BookReservation,
    BookTip,
    CancelReservation,
    MoneyOperation,
    PreAuthorisation,
    Refund,
    ReleaseReservation,
    Reversal,
    SaleRequest,
    TransactionReference,
)
from terminal_driver.outcome import Aborted, Approved, Baseline, Declined, NotStarted, Unknown
from terminal_driver.zvt.apdu import Apdu, decode_apdu
from terminal_driver.zvt.bitmaps import BitmapField
from terminal_driver.zvt.commands import (
    NO_EXTRAS,
    BookTotal,
    ChangePassword,
    Extras,
    Reprint,
    Sale,
    StatusEnquiry,
    decode_command,
)
from terminal_driver.zvt.commands import (
    Refund as RefundCommand,
)
from terminal_driver.zvt.commands import (
    Reversal as ReversalCommand,
)
from terminal_driver.zvt.engine import ZvtConfig, ZvtEngine
from terminal_driver.zvt.fields import DecodedData, Direction, decode_fields, encode_decoded
from terminal_driver.zvt.framing import FrameReceived, TcpFraming
from terminal_driver.zvt.messages import StatusInformation, decode_message
from terminal_driver.zvt.tlv import TlvObject

BEFORE = Baseline(receipt_no=7, trace_no=7, turnover_no=7)
ORIGINAL = TransactionReference(receipt_no=5, trace_no=5)
OPERATIONS: list[MoneyOperation] = [
    SaleRequest(1200, "978", BEFORE),
    Refund(1200, "978", BEFORE),
    Reversal(ORIGINAL, 1200, "978", BEFORE),
    PreAuthorisation(1200, "978", BEFORE),
    BookReservation(ORIGINAL, 1200, "978", BEFORE),
    ReleaseReservation(ORIGINAL, 1200, "978", BEFORE),
    CancelReservation(ORIGINAL, 1200, "978", BEFORE),
    BookTip(ORIGINAL, 1200, "978", BEFORE),
]
OUTCOMES = (Approved, Declined, Aborted, NotStarted, Unknown)
operations = st.sampled_from(OPERATIONS)

RESULT = "040f1027000400000000120049097837000005"
TALK = [bytes.fromhex(text) for text in ("800000", "04ff010a", RESULT, "06d1020041", "060f00")]

# What a terminal might say, right and wrong, in any order.
WORDS = [
    *("800000", "846c00", "84 9c00", "848300", "04ff010a", "04ff020a01", "060f00", "061e00", "061e0164", "061e019b"),
    *("060f020400", "040f00", "040f022700", "040f026c00", "040f022705", "040f03870008", RESULT),
    "040f0c27000400000000120049 0978",
    "040f10270004000000001200490978370000 04",
    "040f0c270004000000001300490978",
    "040f1427000400000000120087000788000007 0b000007",
    *("06d1020041", "06d30406022500", "06e400", "06d000", "040d00", "040e00", "040108aa2611190c120000", "06d800"),
]
SAYINGS = [bytes.fromhex(word.replace(" ", "")) for word in WORDS]


def _engine(operation: MoneyOperation) -> ZvtEngine:
    engine = ZvtEngine(ZvtConfig(), TcpFraming(), lambda _data: True)
    engine.start_operation(operation, 0.0)
    return engine


def _events(engine: ZvtEngine) -> list[EngineEvent]:
    found: list[EngineEvent] = []
    while (event := engine.next_event()) is not None:
        found.append(event)
    return found


def _run_out(engine: ZvtEngine) -> None:
    """Let every limit of time pass."""
    for _ in range(20):
        due = engine.deadline()
        if due is None:
            break
        engine.expire(due)


def _proven(heard: bytes) -> bool:
    """Tell whether these bytes hold, in this order: 80 or 84 00, a result with code 00, a completion."""
    stage = 0
    for event in TcpFraming().feed(heard):
        if not isinstance(event, FrameReceived):
            break
        block = event.apdu
        if stage == 0 and (block[0] == 0x80 or block[:2] == b"\x84\x00"):
            stage = 1
        elif stage == 1 and block[:2] == b"\x04\x0f":
            with suppress(DriverError):
                message = decode_message(decode_apdu(block), None)
                stage = 2 if isinstance(message, StatusInformation) and message.data.code == "00" else stage
        elif stage == 2 and block[:2] == b"\x06\x0f":
            return True
    return False


@settings(max_examples=100, deadline=None)
@given(operation=operations, cuts=st.lists(st.integers(0, 200), max_size=20))
def test_operation_when_stream_is_split_anywhere_then_same_events(operation: MoneyOperation, cuts: list[int]) -> None:
    whole = b"".join(TALK)
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    split, glued = _engine(operation), _engine(operation)
    for start, end in pairwise(places):
        split.receive(whole[start:end], 1.0)
    glued.receive(whole, 1.0)

    assert (events := _events(split)) == _events(glued)
    assert isinstance(events[-1], Finished)
    kind = Approved if isinstance(operation, _NAMING | _FOLLOWING) else (Unknown, Declined)
    assert isinstance(events[-1].result, kind)


# A result that names an undone transaction fits these operations only.
_NAMING = Reversal | CancelReservation
_FOLLOWING = BookReservation | ReleaseReservation | BookTip


@settings(max_examples=250, deadline=None)
@given(operation=operations, bit=st.integers(0, 8 * sum(map(len, TALK)) - 1), end=st.integers(0, 200))
def test_operation_when_bit_flips_or_stream_ends_then_approved_only_with_proof(
    operation: MoneyOperation, bit: int, end: int
) -> None:
    data = bytearray(b"".join(TALK))
    data[bit // 8] ^= 1 << bit % 8
    heard = bytes(data[:end])
    engine = _engine(operation)

    engine.receive(heard, 1.0)
    _run_out(engine)

    ends = [event.result for event in _events(engine) if isinstance(event, Finished)]
    assert len(ends) == 1
    assert isinstance(ends[0], OUTCOMES)
    assert not isinstance(ends[0], Approved) or _proven(heard)


@settings(max_examples=400, deadline=None)
@given(operation=operations, said=st.lists(st.sampled_from(SAYINGS), max_size=12), lost=st.booleans())
def test_operation_when_terminal_says_anything_then_one_end_and_approved_only_with_proof(
    *, operation: MoneyOperation, said: list[bytes], lost: bool
) -> None:
    engine = _engine(operation)
    for block in said:
        engine.receive(block, 1.0)
    if lost:
        engine.line_lost(2.0)
    _run_out(engine)

    ends = [event.result for event in _events(engine) if isinstance(event, Finished)]
    assert len(ends) == 1
    assert isinstance(ends[0], OUTCOMES)
    if isinstance(ends[0], Approved):
        assert _proven(b"".join(said))
        assert ends[0].data.amount_minor == 1200


passwords = st.text("0123456789", min_size=6, max_size=6)
amounts = st.integers(0, 10**12 - 1)
currencies = st.none() | st.text("0123456789", min_size=3, max_size=3)
octets = st.none() | st.integers(0, 255)
receipts = st.integers(0, 9_999)
objects = st.lists(
    st.builds(TlvObject, st.sampled_from(["1F1F", "1F73", "DF01", "C1"]), st.binary(max_size=200)), max_size=3
).map(tuple)
extras = st.builds(
    Extras,
    st.lists(st.builds(BitmapField, st.just(0x05), st.binary(min_size=1, max_size=1)), max_size=1).map(tuple),
    objects,
)
any_command = st.one_of(
    st.builds(Sale, amounts, currencies, octets, st.none() | amounts, st.booleans(), octets, octets, extras),
    st.builds(RefundCommand, passwords, amounts, currencies, octets, extras),
    st.builds(ReversalCommand, passwords, receipts, st.none() | amounts, currencies, octets, extras),
    st.builds(
        BookTotal, receipts, st.none() | amounts, currencies, octets, st.none() | st.integers(0, 999_999), extras=extras
    ),
    st.builds(Reprint, passwords, receipts, st.none() | receipts),
    st.builds(ChangePassword, passwords, passwords),
    st.builds(StatusEnquiry, passwords, octets, extras),
)


@settings(max_examples=200, deadline=None)
@given(command=any_command)
def test_command_when_any_values_then_read_as_written(
    command: Sale | RefundCommand | ReversalCommand | BookTotal | Reprint | ChangePassword | StatusEnquiry,
) -> None:
    again = decode_command(decode_apdu(command.encode().encode()))

    assert type(again) is type(command)
    assert again.encode() == command.encode()
    assert replace(again, extras=NO_EXTRAS) == replace(command, extras=NO_EXTRAS)


@settings(max_examples=300, deadline=None)
@given(control=st.integers(0x0600, 0x06FF) | st.sampled_from([0x0501, 0x0830, 0x0840]), data=st.binary(max_size=40))
def test_command_when_any_bytes_then_read_or_refused_as_a_driver_error(control: int, data: bytes) -> None:
    with suppress(DriverError):
        decode_command(Apdu(control, data))


@settings(max_examples=200, deadline=None)
@given(control=st.sampled_from([0x0601, 0x0630, 0x0650]), data=st.binary(max_size=40))
def test_parts_when_read_then_written_again(control: int, data: bytes) -> None:
    with suppress(DriverError):
        decoded = decode_fields(control, data, Direction.TO_TERMINAL)
        assert isinstance(decoded, DecodedData)
        assert encode_decoded(decoded) == data
