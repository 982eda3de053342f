import json
import stat
from pathlib import Path

import pytest

from terminal_driver.errors import DriverError, TransportError
from terminal_driver.transports.base import WriteError
from terminal_driver.transports.memory import Direction, MemoryCable, split_every
from terminal_driver.transports.replay import ReplayTransport, read_trace
from terminal_driver.transports.trace import BURST_BYTES_MAX, TraceFile, TracingTransport, cut_burst

PAN = "4111111111111111"


def _traced(cable: MemoryCable) -> tuple[TracingTransport, list[dict[str, object]]]:
    records: list[dict[str, object]] = []
    traced = TracingTransport(cable.register_end, records.append, clock=lambda: 100.0)
    cable.device_end.open()
    traced.open()
    return traced, records


def _digits_kept(record: dict[str, object]) -> str:
    return bytes.fromhex(str(record["hex"])).decode("latin-1")


def test_trace_shows_both_directions_in_order() -> None:
    cable = MemoryCable()
    traced, records = _traced(cable)

    traced.write(b"\x05\x01\x00", 1)
    cable.device_end.write(b"\x06\x0f\x00", 1)
    traced.read(10, 1)
    traced.close()

    assert [(record["dir"], record.get("hex")) for record in records] == [
        ("open", None),
        ("out", "050100"),
        ("in", "060f00"),
        ("close", None),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_card_number_in_pieces_is_cut(size: int) -> None:
    cable = MemoryCable()
    cable.shape(Direction.TO_REGISTER, split_every(size))
    traced, records = _traced(cable)

    cable.device_end.write(b"KARTE " + PAN.encode() + b" OK", 1)
    while traced.read(100, 0.01):
        pass
    traced.close()

    [burst] = [record for record in records if record["dir"] == "in"]
    assert PAN not in _digits_kept(burst)
    assert "411111******1111" in _digits_kept(burst)
    assert burst["cut"] is True


def test_stuffed_bcd_card_number_is_cut() -> None:
    """Serial stuffing sends each 10 twice; the number is only visible without the doubling."""
    pan = "4101101010101012"
    number = next(
        text for text in (pan[:-1] + str(check) for check in range(10)) if cut_burst(text.encode()) != text.encode()
    )
    field = b"\x22\xf0\xf8" + bytes.fromhex(number) + b"\x27\x00"
    stuffed = field.replace(b"\x10", b"\x10\x10")
    assert stuffed != field

    kept = cut_burst(stuffed)

    assert number not in kept.hex()
    assert number not in kept.replace(b"\x10\x10", b"\x10").hex()


@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("between", ["silence", "our own bytes"])
def test_typed_digits_when_their_answer_comes_in_torn_pieces_then_hidden(size: int, between: str) -> None:
    """A terminal that pauses within its answer, or is spoken to meanwhile, must not make the rest look like nothing."""
    now = [100.0]
    cable = MemoryCable()
    records: list[dict[str, object]] = []
    traced = TracingTransport(cable.register_end, records.append, clock=lambda: now[0])
    cable.device_end.open()
    traced.open()
    answer = bytes.fromhex("80000431323334")

    for piece in (b"\x04\xff\x01\x0a" + answer[:size], answer[size:] + b"\x80\x00\x00"):
        cable.device_end.write(piece, 1)
        traced.read(100, 1)
        if between == "silence":
            now[0] += 2.0
        else:
            traced.write(b"\x06\xb0\x00", 1)
    traced.close()

    written = b"".join(bytes.fromhex(str(record["hex"])) for record in records if record["dir"] == "in")
    assert written == b"\x04\xff\x01\x0a\x80\x00\x04\xee\xee\xee\xee\x80\x00\x00"


def test_overlong_burst_is_bounded_and_says_so() -> None:
    cable = MemoryCable()
    traced, records = _traced(cable)

    traced.write(b"\x00" * (BURST_BYTES_MAX + 1000), 1)
    traced.close()

    [burst] = [record for record in records if record["dir"] == "out"]
    kept = len(str(burst["hex"])) // 2
    assert kept <= BURST_BYTES_MAX
    assert kept + int(str(burst["omitted"])) == BURST_BYTES_MAX + 1000


def test_lost_line_is_recorded_with_what_came_before() -> None:
    cable = MemoryCable()
    traced, records = _traced(cable)
    traced.write(b"\x06\x01", 1)

    cable.cut()
    with pytest.raises(TransportError):
        traced.read(1, 1)
    with pytest.raises(WriteError):
        traced.write(b"x", 1)

    assert [record["dir"] for record in records] == ["open", "out", "lost", "out", "lost"]


def test_trace_file_rotates_and_keeps_a_bounded_number(tmp_path: Path) -> None:
    path = tmp_path / "line.jsonl"
    trace = TraceFile(path, bytes_max=200, files_kept=2)

    for number in range(40):
        trace.append({"at": number, "dir": "in", "hex": "00"})
    trace.close()

    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["line.jsonl", "line.jsonl.1", "line.jsonl.2"]
    assert all(file.stat().st_size <= 200 for file in tmp_path.iterdir())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text().splitlines()[-1])["at"] == 39


def test_trace_file_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "line.jsonl"
    for number in range(2):
        trace = TraceFile(path)
        trace.append({"at": number, "dir": "open"})
        trace.close()

    assert [record.at_s for record in read_trace(path.read_text().splitlines())] == [0, 1]


def test_replay_gives_the_recorded_answers_after_the_recorded_questions() -> None:
    replay = ReplayTransport(
        read_trace(
            [
                '{"at":0,"dir":"open"}',
                '{"at":0.1,"dir":"out","hex":"0501"}',
                '{"at":0.5,"dir":"in","hex":"060f00"}',
                '{"at":0.6,"dir":"out","hex":"800000"}',
            ]
        )
    )
    replay.open()

    too_early = replay.read(10, 2.0)
    replay.write(b"\x05\x01", 1)
    first, second = replay.read(2, 1), replay.read(10, 1)
    replay.write(b"\x80\x00\x00", 1)

    assert (too_early, first, second) == (b"", b"\x06\x0f", b"\x00")
    assert replay.differences == []
    assert replay.finished
    assert replay.clock() == 2.0
    with pytest.raises(TransportError, match="ends here"):
        replay.read(1, 1)


def test_replay_gives_nothing_before_its_time_so_that_deadlines_pass_as_they_did() -> None:
    replay = ReplayTransport(read_trace(['{"at":0,"dir":"out","hex":"0501"}', '{"at":7.5,"dir":"in","hex":"06"}']))
    replay.open()
    replay.write(b"\x05\x01", 1)

    reads = [replay.read(1, 5.0), replay.read(1, 5.0)]

    assert reads == [b"", b"\x06"]
    assert replay.clock() == 7.5


def test_replay_notes_what_was_written_differently_and_loses_the_line_where_it_was_lost() -> None:
    replay = ReplayTransport(
        read_trace(['{"at":0,"dir":"out","hex":"0501"}', '{"at":1,"dir":"lost"}', '{"at":2,"dir":"in","hex":"00"}'])
    )
    replay.open()

    replay.write(b"\x05\x02", 1)
    replay.write(b"\x07", 1)
    with pytest.raises(TransportError, match="lost"):
        replay.read(1, 1)
    replay.open()

    assert replay.read(1, 1) == b"\x00"
    assert replay.differences == ["written 0502, recorded 0501", "written but not in the trace: 07"]


def test_replay_of_cut_bytes_says_that_it_is_not_faithful() -> None:
    whole = ReplayTransport(
        read_trace(['{"at":0,"dir":"in","hex":"00"}', '{"at":0,"dir":"out","hex":"00","cut":true}'])
    )
    cut = ReplayTransport(read_trace(['{"at":0,"dir":"in","hex":"00","cut":true}']))

    assert whole.faithful
    assert not cut.faithful


@pytest.mark.parametrize("line", ["", "{", "[]", '{"at":1}', '{"at":"x","dir":"in"}', '{"at":1,"dir":"in","hex":"0"}'])
def test_damaged_trace_is_refused_with_the_line(line: str) -> None:
    with pytest.raises(DriverError, match="line 2") as error:
        read_trace(['{"at":0,"dir":"open"}', line])

    assert error.value.code == "bad_trace"
