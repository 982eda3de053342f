"""What a printer says about itself, also when its words arrive damaged."""

import itertools

import pytest

from terminal_driver.printer.status import (
    NO_ANSWER,
    AutomaticStatus,
    BufferCleared,
    PaperState,
    RealtimeReply,
    Reply,
    SensorReply,
    StatusParser,
    ask_realtime,
    status_from_asb,
    status_from_realtime,
)

READY_ASB = b"\x10\x00\x00\x0f"


@pytest.mark.parametrize(
    ("answers", "problem", "paper"),
    [
        ((0x12, None, None, 0x12), None, PaperState.ENOUGH),
        ((0x12, None, None, 0x1E), None, PaperState.NEAR_END),
        ((0x1A, 0x32, 0x12, 0x7E), "out_of_paper", PaperState.OUT),
        ((0x12, None, None, 0x72), "out_of_paper", PaperState.OUT),
        ((0x1A, 0x32, 0x12, 0x12), "out_of_paper", PaperState.OUT),
        ((0x1A, 0x16, 0x12, 0x12), "cover_open", PaperState.ENOUGH),
        ((0x1A, 0x52, 0x1A, 0x12), "printer_error", PaperState.ENOUGH),
        ((0x1A, 0x12, 0x12, 0x12), "printer_offline", PaperState.ENOUGH),
        ((0x1A, None, None, 0x12), "printer_offline", PaperState.ENOUGH),
    ],
)
def test_realtime_when_complete_then_problem_named(
    answers: tuple[int, int | None, int | None, int], problem: str | None, paper: PaperState
) -> None:
    status = status_from_realtime(*answers)

    assert (status.problem, status.paper, status.answered) == (problem, paper, True)
    assert status.ready is (problem is None)


@pytest.mark.parametrize("answers", [(None, None, None, None), (0x12, None, None, None), (None, None, None, 0x12)])
def test_realtime_when_an_answer_is_missing_then_not_ready(answers: tuple[int | None, ...]) -> None:
    status = status_from_realtime(*answers)

    assert status == NO_ANSWER
    assert (status.ready, status.problem) == (False, "no_answer")


@pytest.mark.parametrize(
    ("packet", "problem"),
    [
        (READY_ASB, None),
        (b"\x10\x00\x03\x0f", None),
        (b"\x18\x00\x0f\x0f", "out_of_paper"),
        (b"\x38\x00\x00\x0f", "cover_open"),
        (b"\x18\x08\x00\x0f", "printer_error"),
        (b"\x18\x00\x00\x0f", "printer_offline"),
        (b"", "no_answer"),
        (b"\x10\x00\x00", "no_answer"),
        (b"\x10\x00\x90\x0f", "no_answer"),
        (b"\x12\x00\x00\x0f", "no_answer"),
    ],
)
def test_asb_when_read_then_problem_named(packet: bytes, problem: str | None) -> None:
    assert status_from_asb(packet).problem == problem


def test_parser_when_asb_comes_between_question_and_answer_then_told_apart_by_shape() -> None:
    replies = StatusParser().feed(READY_ASB + b"\x12" + b"\x00" + b"\x37\x25\x00" + b"\x1e")

    assert replies == (
        AutomaticStatus(READY_ASB),
        RealtimeReply(0x12),
        SensorReply(0),
        BufferCleared(),
        RealtimeReply(0x1E),
    )


@pytest.mark.parametrize("junk", [b"\x11", b"\x13", b"\xff", b"\x80\x91"])
def test_parser_when_flow_control_and_noise_then_counted_and_skipped(junk: bytes) -> None:
    parser = StatusParser()

    assert parser.feed(junk + b"\x12") == (RealtimeReply(0x12),)
    assert parser.junk_bytes == len(junk)


def test_parser_when_split_at_every_byte_then_same_replies() -> None:
    stream = READY_ASB + b"\x12\x37\x25\x00\x0c\x18\x00\x0f\x0f\x1a"
    whole = StatusParser().feed(stream)

    for cut in range(len(stream)):
        parser = StatusParser()
        assert parser.feed(stream[:cut]) + parser.feed(stream[cut:]) == whole


def test_parser_when_truncated_at_every_byte_then_no_reply_is_invented() -> None:
    stream = READY_ASB + b"\x37\x25\x00" + b"\x1a"
    whole = StatusParser().feed(stream)

    for cut in range(len(stream)):
        replies = StatusParser().feed(stream[:cut])
        assert replies == whole[: len(replies)]


def test_parser_when_one_bit_of_an_asb_is_flipped_then_never_ready_while_out_of_paper() -> None:
    out_of_paper = b"\x18\x00\x0f\x0f"

    for place, bit in itertools.product(range(4), range(8)):
        damaged = bytearray(out_of_paper)
        damaged[place] ^= 1 << bit
        packets = [reply for reply in StatusParser().feed(bytes(damaged)) if isinstance(reply, AutomaticStatus)]
        assert not any(status_from_asb(packet.packet).ready for packet in packets)


def test_parser_when_one_bit_of_a_realtime_answer_is_flipped_then_never_ready_while_out_of_paper() -> None:
    for bit in range(8):
        replies: tuple[Reply, ...] = StatusParser().feed(bytes((0x7E ^ 1 << bit,)))
        values = [reply.value for reply in replies if isinstance(reply, RealtimeReply)]
        assert not any(status_from_realtime(0x12, None, None, value).ready for value in values)


def test_ask_realtime_when_numbered_then_dle_eot() -> None:
    assert ask_realtime(4) == b"\x10\x04\x04"
