"""Messages between processes."""

import io

import pytest

from invoice_capture.einvoice.validation.messages import read_message, write_message


@pytest.mark.parametrize("bodies", [[b""], [b"a"], [b"\x00" * 70_000, b"", b"last"]])
def test_messages_when_written_then_read_again_in_their_order(bodies: list[bytes]) -> None:
    stream = io.BytesIO()
    for body in bodies:
        write_message(stream, body)
    stream.seek(0)

    assert [read_message(stream) for _ in bodies] == bodies
    assert read_message(stream) is None


def test_message_when_cut_anywhere_then_none() -> None:
    stream = io.BytesIO()
    write_message(stream, b"verdict")
    whole = stream.getvalue()

    assert {read_message(io.BytesIO(whole[:length])) for length in range(len(whole))} == {None}
