"""Frames of the serial line: check byte, damage, pieces."""

import pytest

from terminal_driver.concert.frame import (
    BadFrame,
    Control,
    ControlReceived,
    FrameReader,
    FrameReceived,
    StrayBytes,
    check_byte,
    decode_frame,
    encode_frame,
)
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

_MESSAGE = b"0100001250110978          A010B010"


def _message_with_check_byte(value: int) -> bytes:
    """Return a message whose check byte is this one: its last sign is chosen for it, if a printable one does."""
    for first in range(0x20, 0x7F):
        for last in range(0x20, 0x7F):
            message = bytes([first, last])
            if check_byte(message + b"\x03") == value:
                return message
    raise AssertionError(value)


@pytest.mark.parametrize("value", [0x02, 0x03, 0x04, 0x05, 0x06, 0x15])
def test_check_byte_when_it_looks_like_a_control_byte_then_it_is_still_the_check_byte(value: int) -> None:
    message = _message_with_check_byte(value)
    reader = FrameReader()

    events = [*reader.feed(encode_frame(message)), *reader.feed(b"\x04")]

    assert encode_frame(message)[-1] == value
    assert events == [FrameReceived(message), ControlReceived(Control.EOT)]


def test_frame_when_cut_anywhere_then_the_reader_gives_the_same() -> None:
    data = b"\x06" + encode_frame(_MESSAGE) + b"\x04"
    expected = [ControlReceived(Control.ACK), FrameReceived(_MESSAGE), ControlReceived(Control.EOT)]

    for cut in range(len(data) + 1):
        reader = FrameReader()
        assert [*reader.feed(data[:cut]), *reader.feed(data[cut:])] == expected


@pytest.mark.parametrize("bit", range(8))
def test_frame_when_a_bit_is_flipped_then_never_read_as_another_message(bit: int) -> None:
    frame = encode_frame(_MESSAGE)

    for place in range(len(frame)):
        damaged = bytearray(frame)
        damaged[place] ^= 1 << bit
        reader = FrameReader()
        messages = [event for event in reader.feed(bytes(damaged)) if isinstance(event, FrameReceived)]
        assert messages == []
        with pytest.raises(RemoteProtocolError):
            decode_frame(bytes(damaged))


def test_frame_when_damaged_then_the_rest_is_dropped_until_the_line_is_quiet() -> None:
    reader = FrameReader()
    frame = bytearray(encode_frame(_MESSAGE))
    frame[5] ^= 0x01

    assert [type(event) for event in reader.feed(bytes(frame) + b"\x05\x06")] == [BadFrame]
    assert reader.dropping
    assert reader.gap_expired() is None
    assert list(reader.feed(b"\x05")) == [ControlReceived(Control.ENQ)]


def test_frame_when_its_rest_does_not_come_then_given_up() -> None:
    reader = FrameReader()

    assert list(reader.feed(encode_frame(_MESSAGE)[:-1])) == []
    assert reader.receiving
    given_up = reader.gap_expired()

    assert given_up is not None
    assert given_up.code == "frame_cut_off"
    assert list(reader.feed(encode_frame(_MESSAGE))) == [FrameReceived(_MESSAGE)]


def test_frame_when_another_begins_within_it_then_that_one_counts() -> None:
    assert list(FrameReader().feed(b"\x02\x05" + encode_frame(_MESSAGE))) == [FrameReceived(_MESSAGE)]


def test_frame_when_endless_then_refused_and_memory_stays_small() -> None:
    reader = FrameReader()

    events = list(reader.feed(b"\x02" + b"0" * 10_000))

    assert [event.code for event in events if isinstance(event, BadFrame)] == ["frame_too_long"]
    assert reader.dropping


def test_stray_bytes_when_between_messages_then_counted() -> None:
    assert list(FrameReader().feed(b"\x00\xff\x06")) == [StrayBytes(2), ControlReceived(Control.ACK)]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", "stx_missing"),
        (b"\x05", "stx_missing"),
        (b"\x02123", "etx_missing"),
        (b"\x02123\x03", "frame_cut_off"),
        (encode_frame(b"123") + b"\x04", "frame_too_long"),
        (b"\x02123\x03\x00", "bad_check_byte"),
        (b"\x021\x053\x03" + bytes([check_byte(b"1\x053\x03")]), "bad_character"),
    ],
)
def test_frame_when_it_is_none_then_refused_by_name(frame: bytes, code: str) -> None:
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_frame(frame)

    assert refusal.value.code == code


@pytest.mark.parametrize("message", [b"", b"0" * 81, b"\x03", b"\xe9"])
def test_message_when_it_cannot_be_framed_then_refused(message: bytes) -> None:
    with pytest.raises(LocalProtocolError) as refusal:
        encode_frame(message)

    assert refusal.value.code == "bad_message"
