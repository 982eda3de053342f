"""Blocks on a serial line and on TCP."""

import pytest

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt.apdu import Apdu, ApduStream, decode_apdu
from terminal_driver.zvt.framing import (
    BadFrame,
    FrameReceived,
    LinkAck,
    LinkEvent,
    LinkNak,
    SerialFraming,
    TcpFraming,
    crc16,
)

# From the transport document and from computed checksums that hold the byte 10.
FRAMES = {
    "acknowledgement": ("800000", "1002800000 1003f51f"),
    "registration": ("06000612345 6ba0978", "1002060006123456ba0978100324c3"),
    "doubled 10 in the data": ("06010a040000000110004909 78", "100206010a04000000011010004909781003f2ff"),
    "checksum ends with 10": ("0601070400000000 0059", "100206010704000000000059 10031810"),
    "checksum begins with 10": ("06010704000000000127", "100206010704000000000127 10031020"),
    "checksum ends with 10 again": ("06010704000000000495", "100206010704000000000495 10037310"),
}
IDS = list(FRAMES)
PAIRS = [tuple(bytes.fromhex(text.replace(" ", "")) for text in pair) for pair in FRAMES.values()]


def _feed_each(framing: SerialFraming, data: bytes) -> list[LinkEvent]:
    return [event for byte in data for event in framing.feed(bytes([byte]))]


def test_crc_when_check_string_then_catalogue_value() -> None:
    assert crc16(b"123456789") == 0x2189


@pytest.mark.parametrize(("apdu", "frame"), PAIRS, ids=IDS)
def test_serial_when_encoded_then_reference_frame(apdu: bytes, frame: bytes) -> None:
    assert SerialFraming().encode(apdu) == frame


@pytest.mark.parametrize(("apdu", "frame"), PAIRS, ids=IDS)
def test_serial_when_split_at_each_byte_then_one_block(apdu: bytes, frame: bytes) -> None:
    for at in range(len(frame) + 1):
        framing = SerialFraming()
        assert framing.feed(frame[:at]) + framing.feed(frame[at:]) == [FrameReceived(apdu)]
    assert _feed_each(SerialFraming(), frame) == [FrameReceived(apdu)]


@pytest.mark.parametrize(("apdu", "frame"), PAIRS, ids=IDS)
def test_serial_when_one_bit_flipped_then_never_that_block(apdu: bytes, frame: bytes) -> None:
    for bit in range(8 * len(frame)):
        broken = bytearray(frame)
        broken[bit // 8] ^= 1 << bit % 8
        framing = SerialFraming()
        events = framing.feed(bytes(broken)) + framing.gap_expired()
        assert not any(isinstance(event, FrameReceived) for event in events), bit
        assert not any(isinstance(event, LinkAck | LinkNak) for event in events[1:]), bit
        assert framing.feed(frame) == [FrameReceived(apdu)]


@pytest.mark.parametrize(("apdu", "frame"), PAIRS, ids=IDS)
def test_serial_when_cut_at_each_byte_then_refused_after_silence(apdu: bytes, frame: bytes) -> None:
    for at in range(2, len(frame)):
        framing = SerialFraming()
        assert framing.feed(frame[:at]) == []
        assert framing.receiving
        (event,) = framing.gap_expired()
        assert isinstance(event, BadFrame)
        assert event.refuse
        assert framing.feed(frame) == [FrameReceived(apdu)]


def test_serial_when_link_bytes_stand_between_blocks_then_told() -> None:
    frame = SerialFraming().encode(bytes.fromhex("800000"))
    events = SerialFraming().feed(b"\x06" + frame + b"\x15\x06")

    assert [type(event) for event in events] == [LinkAck, FrameReceived, LinkNak, LinkAck]


def test_serial_when_start_of_block_is_lost_then_its_bytes_are_no_confirmation() -> None:
    framing = SerialFraming()
    frame = framing.encode(bytes.fromhex("060f0406150615"))

    assert framing.feed(frame[1:]) == []
    (event,) = framing.gap_expired()

    assert event == BadFrame("stray_bytes", "bytes outside of any block", refuse=False)


def test_serial_when_block_begins_inside_another_then_the_new_one_counts() -> None:
    framing = SerialFraming()
    frame = framing.encode(bytes.fromhex("060f00"))

    first, second = framing.feed(frame[:4] + frame)

    assert isinstance(first, BadFrame)
    assert second == FrameReceived(bytes.fromhex("060f00"))


def test_serial_when_block_is_too_long_then_refused_at_its_end_and_memory_bounded() -> None:
    framing = SerialFraming(data_bytes_max=10)
    long_block = SerialFraming().encode(Apdu(0x06D1, b"A" * 500).encode())

    (event,) = framing.feed(long_block)

    assert isinstance(event, BadFrame)
    assert event.code == "block_too_long"
    assert framing.feed(SerialFraming().encode(b"\x80\x00\x00")) == [FrameReceived(b"\x80\x00\x00")]


def test_tcp_when_glued_and_split_then_cut_by_length() -> None:
    blocks = [Apdu(0x06D3, bytes(526)).encode(), bytes.fromhex("060f00"), bytes.fromhex("04ff010a")]
    framing = TcpFraming()

    events = [event for byte in b"".join(blocks) for event in framing.feed(bytes([byte]))]

    assert events == [FrameReceived(block) for block in blocks]
    assert TcpFraming().feed(b"".join(blocks)) == events
    assert not framing.receiving


def test_tcp_when_block_announces_too_much_then_bad_and_buffer_empty() -> None:
    framing = TcpFraming(data_bytes_max=100)

    (event,) = framing.feed(bytes.fromhex("06d3ffffff00"))

    assert isinstance(event, BadFrame)
    assert event.code == "apdu_too_long"
    assert not framing.receiving


def test_stream_when_cleared_then_begins_anew() -> None:
    stream = ApduStream()
    stream.feed(b"\x06\x0f\x05\x01")
    assert stream.partial
    stream.clear()

    assert stream.feed(bytes.fromhex("060f00")) == [bytes.fromhex("060f00")]


@pytest.mark.parametrize(
    ("apdu", "encoded"),
    [
        (Apdu(0x0601, b"\x04"), "06010104"),
        (Apdu(0x0601, b"\x04", extended=True), "0601ff010004"),
        (Apdu(0x06D3, bytes(255)), "06d3ffff00" + "00" * 255),
        (Apdu(0x06D3, bytes(254)), "06d3fe" + "00" * 254),
    ],
)
def test_apdu_when_encoded_then_length_form_by_size(apdu: Apdu, encoded: str) -> None:
    assert apdu.encode().hex() == encoded
    again = decode_apdu(bytes.fromhex(encoded))
    assert (again.control, again.data) == (apdu.control, apdu.data)
    assert again.encode().hex() == encoded


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("", "apdu_cut_off"),
        ("0601", "apdu_cut_off"),
        ("0601ff01", "apdu_cut_off"),
        ("06010104ff", "apdu_length_mismatch"),
    ],
)
def test_apdu_when_length_does_not_fit_then_refused(block: str, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_apdu(bytes.fromhex(block))
    assert refusal.value.code == code


def test_apdu_when_shown_then_without_data() -> None:
    assert "41" not in repr(Apdu(0x040F, bytes.fromhex("4111111111111111")))
