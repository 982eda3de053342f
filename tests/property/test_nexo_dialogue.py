"""A register over a bad line: always a defined end, and never an approval the terminal did not send whole."""

import random
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.engine import EngineEvent, Finished
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.binding import BINDINGS, Message, MessageFormat
from terminal_driver.nexo.framing import LengthFraming
from terminal_driver.nexo.messages import (
    DisplayOutput,
    DisplayRequest,
    OutputContent,
    OutputText,
    PrintOutput,
    PrintRequest,
)
from terminal_driver.outcome import Aborted, Approved, Declined, NotStarted, Unknown
from tests.support.nexo_register import SALE, Register, approved, failed, header

FORMATS = st.sampled_from(list(MessageFormat))
OUTCOMES = (Approved, Declined, Aborted, NotStarted, Unknown)


def _talk(register: Register, *, approves: bool = True) -> list[bytes]:
    """Begin a sale and return what the terminal says to it, message by message."""
    request = register.note(register.engine.start_operation(SALE, 0.0))
    service_id = request.header.service_id
    text = OutputContent("Text", (OutputText("  Bitte Karte"), OutputText("<&>")))
    said = [
        Message(
            header("Display", service_id=service_id, device_id="1"),
            DisplayRequest((DisplayOutput("CashierDisplay", "Status", text),)),
        ),
        Message(
            header("Print", service_id=service_id, device_id="2"),
            PrintRequest(PrintOutput("CustomerReceipt", "PrintEnd", text)),
        ),
        Message(replace(request.header, message_type="Response"), approved() if approves else failed("Refusal", "no")),
    ]
    return [LengthFraming().encode(register.binding.encode(message)) for message in said]


def _hear(register: Register, pieces: list[bytes]) -> tuple[list[EngineEvent], bytes]:
    answers = b"".join(register.engine.receive(piece, 1.0) for piece in pieces)
    return register.events(), answers


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


@settings(max_examples=80, deadline=None)
@given(message_format=FORMATS, cuts=st.lists(st.integers(0, 5_000), max_size=40))
def test_sale_when_stream_is_split_anywhere_then_same_events_and_answers(
    message_format: MessageFormat, cuts: list[int]
) -> None:
    whole, split = Register(message_format), Register(message_format)
    talk = _talk(whole)
    _talk(split)

    expected = _hear(whole, talk)

    assert _hear(split, _pieces(b"".join(talk), cuts)) == expected
    assert isinstance(expected[0][-1], Finished)
    assert isinstance(expected[0][-1].result, Approved)


@settings(max_examples=200, deadline=None)
@given(message_format=FORMATS, end=st.integers(0, 6_000))
def test_sale_when_stream_ends_then_approved_only_with_its_last_byte(message_format: MessageFormat, end: int) -> None:
    register = Register(message_format)
    stream = b"".join(_talk(register))

    events, _ = _hear(register, [stream[:end]])

    ended = any(isinstance(event, Finished) for event in events)
    assert ended == (end >= len(stream))


@settings(max_examples=300, deadline=None)
@given(message_format=FORMATS, bit=st.integers(0, 10**9), approves=st.booleans())
def test_sale_when_a_bit_flips_then_no_crash_and_approved_only_with_the_whole_proof(
    *, message_format: MessageFormat, bit: int, approves: bool
) -> None:
    """No checksum guards the bits: what arrives must still name amount, currency, kind and transaction of this sale."""
    register = Register(message_format)
    stream = bytearray(b"".join(_talk(register, approves=approves)))
    place = bit % (8 * len(stream))
    stream[place // 8] ^= 1 << place % 8

    _hear_to_the_end(register, bytes(stream), approves=approves)


@settings(max_examples=150, deadline=None)
@given(message_format=FORMATS, seed=st.integers(0, 2**32))
def test_sale_when_bytes_are_cut_doubled_and_swapped_then_no_crash(message_format: MessageFormat, seed: int) -> None:
    register = Register(message_format)
    stream = bytearray(b"".join(_talk(register)))
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 6)):
        at, size = rng.randrange(len(stream) + 1), rng.randrange(40)
        match rng.randrange(3):
            case 0:
                del stream[at : at + size]
            case 1:
                stream[at:at] = stream[at : at + size]
            case _:
                stream[at : at + size] = rng.randbytes(size)

    _hear_to_the_end(register, bytes(stream), approves=True)


@settings(max_examples=200, deadline=None)
@given(message_format=FORMATS, noise=st.binary(max_size=300), framed=st.booleans())
def test_sale_when_noise_arrives_then_unknown(*, message_format: MessageFormat, noise: bytes, framed: bool) -> None:
    register = Register(message_format)
    _talk(register)

    register.engine.receive(LengthFraming().encode(noise) if framed and noise else noise, 1.0)
    while (due := register.engine.deadline()) is not None:
        register.engine.expire(due)

    [end] = [event.result for event in register.events() if isinstance(event, Finished)]
    assert isinstance(end, Unknown)


def _hear_to_the_end(register: Register, stream: bytes, *, approves: bool) -> None:
    register.engine.receive(stream, 1.0)
    while (due := register.engine.deadline()) is not None:
        register.engine.expire(due)
    [end] = [event.result for event in register.events() if isinstance(event, Finished)]
    assert isinstance(end, OUTCOMES)
    if isinstance(end, Approved):
        assert approves
        assert (end.data.amount_minor, end.data.currency_numeric, end.data.reference) == (1234, "978", SALE.reference)
        assert end.data.code == "Success"


_KEYS = st.sampled_from(
    ["SaleToPOIResponse", "SaleToPOIRequest", "MessageHeader", "PaymentResponse", "Response", "Result", "Text", "A"]
)
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(tree=st.dictionaries(_KEYS, _TREES, max_size=3), message_format=FORMATS)
def test_message_when_any_tree_then_read_or_refused_as_a_driver_error(
    tree: dict[str, object], message_format: MessageFormat
) -> None:
    """Trees of known names in wrong places: the reader of the model may only ever refuse by name."""
    import json

    binding = BINDINGS[message_format]
    text = json.dumps(tree).encode()
    with suppress(RemoteProtocolError):
        binding.decode(text)
    if message_format is MessageFormat.XML:
        with suppress(RemoteProtocolError):
            binding.decode(f"<SaleToPOIResponse>{_elements(tree)}</SaleToPOIResponse>".encode("utf-8", "replace"))


def _elements(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_elements(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<A>{_elements(item)}</A>" for item in value)
    return "" if value is None else "".join(sign for sign in str(value) if sign.isalnum())
