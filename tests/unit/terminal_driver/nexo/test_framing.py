"""Four bytes of length before each message, however the stream is cut."""

import pytest

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.nexo.framing import LengthFraming

BODIES = [b"{}", b'{"a":1}', b"x" * 300]


def _bodies(pieces: list[bytes]) -> list[bytes]:
    framing, found = LengthFraming(), []
    for piece in pieces:
        framing.feed(piece)
        while (body := framing.take()) is not None:
            found.append(body)
    return found


def test_stream_when_glued_then_all_bodies() -> None:
    stream = b"".join(LengthFraming().encode(body) for body in BODIES)

    assert _bodies([stream]) == BODIES


def test_stream_when_split_at_each_byte_then_the_same_bodies() -> None:
    stream = b"".join(LengthFraming().encode(body) for body in BODIES)

    for cut in range(len(stream) + 1):
        assert _bodies([stream[:cut], stream[cut:]]) == BODIES


def test_stream_when_truncated_then_only_whole_bodies() -> None:
    stream = LengthFraming().encode(BODIES[0]) + LengthFraming().encode(BODIES[1])

    for end in range(len(stream)):
        assert _bodies([stream[:end]]) in ([], BODIES[:1])


@pytest.mark.parametrize("size", [0, 101, 2**31, 2**32 - 1])
def test_length_when_absurd_then_refused_and_everything_forgotten(size: int) -> None:
    framing = LengthFraming(message_bytes_max=100)
    framing.feed(size.to_bytes(4, "big") + b"12")

    with pytest.raises(RemoteProtocolError) as caught:
        framing.take()

    assert caught.value.code == "bad_length"
    framing.feed(LengthFraming().encode(b"ok"))
    assert framing.take() == b"ok"


def test_body_when_longer_than_allowed_then_never_sent() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        LengthFraming(message_bytes_max=3).encode(b"1234")

    assert caught.value.code == "message_too_long"


def test_reset_when_half_a_message_stands_then_the_next_one_is_read() -> None:
    framing = LengthFraming()
    framing.feed(b"\x00\x00\x00\x09half")

    framing.reset()

    framing.feed(LengthFraming().encode(b"next"))
    assert framing.take() == b"next"
