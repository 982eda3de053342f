from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_capture.intake.worker_messages import BrokenMessages, read_message, write_message


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.binary())
def test_message_when_written_then_it_reads_back(head: dict[str, object], body: bytes) -> None:
    stream = io.BytesIO()
    write_message(stream, head, body)
    stream.seek(0)

    assert read_message(stream) == (head, body)


def test_message_when_cut_anywhere_then_it_is_broken() -> None:
    stream = io.BytesIO()
    write_message(stream, {"do": "parts"}, b"body")
    whole = stream.getvalue()

    for size in range(len(whole)):
        with pytest.raises(BrokenMessages):
            read_message(io.BytesIO(whole[:size]))


@pytest.mark.parametrize(
    "data", [b"\xff" * 12, b"\x00\x00\x00\x02" + b"\x00" * 8 + b"[]", b"\x00\x00\x00\x02" + b"\x00" * 8 + b"{x"]
)
def test_message_when_it_is_none_then_it_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenMessages):
        read_message(io.BytesIO(data))


def test_message_when_the_other_side_is_gone_then_it_is_broken() -> None:
    stream = io.BytesIO()
    stream.close()

    with pytest.raises(BrokenMessages):
        write_message(stream, {})
