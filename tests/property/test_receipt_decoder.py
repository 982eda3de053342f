"""The virtual printer survives any bytes, and what it understands does not depend on how they are split."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.printer.status import (
    AutomaticStatus,
    RealtimeReply,
    StatusParser,
    status_from_asb,
    status_from_realtime,
)
from terminal_driver.virtual.escpos_decoder import PENDING_BYTES_MAX, EscPosDecoder
from terminal_driver.virtual.printer import VirtualPrinter
from terminal_driver.virtual.printer_stream import CLEAR_BUFFER, RealtimeScanner
from tests.support.thoroughness import tries

# Random bytes seldom are commands: mix them with beginnings of commands.
PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"\x1b", b"\x1d", b"\x1c", b"\x10"]).flatmap(
        lambda lead: st.binary(min_size=1, max_size=6).map(lambda rest: lead + rest)
    ),
    st.sampled_from(
        [
            b"\x1b@",
            b"\n",
            b"\x1dV\x00",
            b"\x1dv0\x00",
            b"\x1dk\x02",
            b"\x1d(k",
            b"\x10\x04\x01",
            CLEAR_BUFFER,
            b"text\n",
        ]
    ),
)
STREAMS = st.lists(PIECES, max_size=25).map(b"".join)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


@given(STREAMS, st.lists(st.integers(0, 400), max_size=12))
@settings(max_examples=tries(300), deadline=None)
def test_decoder_when_split_anywhere_then_same_events(stream: bytes, cuts: list[int]) -> None:
    whole, pieces = EscPosDecoder(), EscPosDecoder()

    expected = whole.feed(stream) + whole.finish()
    found = [event for piece in split(stream, cuts) for event in pieces.feed(piece)] + pieces.finish()

    assert found == expected
    assert all(0 < end <= len(stream) for end, _ in found)


@given(STREAMS)
@settings(max_examples=tries(200), deadline=None)
def test_decoder_when_fed_arbitrary_bytes_then_what_it_keeps_is_bounded(stream: bytes) -> None:
    decoder = EscPosDecoder()

    decoder.feed(stream)

    assert len(decoder._pending) <= min(len(stream), PENDING_BYTES_MAX)
    assert sum(len(run.text) for run in decoder._runs) <= 42
    decoder.finish()
    assert not decoder.inside_command


@given(STREAMS, st.lists(st.integers(0, 400), max_size=12))
@settings(max_examples=tries(300), deadline=None)
def test_scanner_when_split_anywhere_then_every_byte_once_and_same_commands(stream: bytes, cuts: list[int]) -> None:
    whole, pieces = RealtimeScanner(), RealtimeScanner()

    expected = [*whole.feed(stream)]
    found = [piece for part in split(stream, cuts) for piece in pieces.feed(part)]

    assert b"".join(piece for piece, _ in found) + pieces.flush() == stream
    assert [piece for piece, realtime in found if realtime] == [piece for piece, realtime in expected if realtime]


@given(STREAMS, st.sampled_from([None, "out_of_paper", "partial_write", "paper_near_end"]))
@settings(max_examples=tries(150), deadline=None)
def test_printer_when_fed_arbitrary_bytes_then_goes_on_and_prints_the_next_receipt(
    stream: bytes, fault: str | None
) -> None:
    printer = VirtualPrinter()
    if fault:
        printer.set_fault(fault)
    line = printer.connect()
    while stream and (taken := line.accept(stream, 0.0)):
        stream = stream[taken:]
    line.hang_up()
    printer.clear_faults()

    after = printer.connect()
    after.accept(CLEAR_BUFFER, 0.0)
    after.accept(b"\x1b@sound\n\x1dV\x00", 0.0)

    assert (printer.receipts[-1].text, printer.receipts[-1].cut) == ("sound", True)
    for receipt in printer.receipts:
        assert receipt.png().startswith(b"\x89PNG")


@given(st.binary(max_size=40))
@settings(max_examples=tries(300), deadline=None)
def test_status_parser_when_fed_arbitrary_bytes_then_replies_have_the_documented_shape(data: bytes) -> None:
    parser = StatusParser()

    for reply in parser.feed(data):
        match reply:
            case AutomaticStatus():
                assert status_from_asb(reply.packet).answered
            case RealtimeReply():
                assert status_from_realtime(reply.value, None, None, reply.value).answered
            case _:
                continue
    assert len(parser._pending) <= 3
    assert parser.junk_bytes <= len(data)
