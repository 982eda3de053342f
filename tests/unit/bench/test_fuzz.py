"""The fuzzer itself: it counts what breaks, tells it in full, and repeats itself with the same seed."""

from __future__ import annotations

from itertools import pairwise

from bench.fuzz import CRASHES_KEPT, fuzz
from bench.fuzz_inputs import HostileInputs
from bench.fuzz_targets import Target
from terminal_driver.errors import RemoteProtocolError


def _brittle(data: bytes) -> None:
    if not data:
        raise RemoteProtocolError("empty", "nothing came")
    if data[0] > 0x7F:
        raise IndexError("beyond the table")


def test_fuzz_when_a_decoder_breaks_then_it_is_counted_and_told() -> None:
    result = fuzz(Target("brittle", (b"\x01", b"\x02\x03"), _brittle), 2000, 1)

    assert result.inputs == 2000
    assert result.crashes > 100
    assert result.refused > 0
    assert len(result.examples) == CRASHES_KEPT
    assert all(example.startswith("IndexError: beyond the table <- ") for example in result.examples)


def test_fuzz_when_a_decoder_only_refuses_then_nothing_is_counted_as_broken() -> None:
    result = fuzz(Target("sound", (b"abc",), lambda data: data[:1]), 500, 1)

    assert (result.crashes, result.refused, result.examples) == (0, 0, [])


def test_inputs_when_seed_is_the_same_then_the_same_inputs() -> None:
    first, second, other = (HostileInputs([b"message"], seed) for seed in (7, 7, 8))

    inputs = [first.next() for _ in range(50)]
    assert [second.next() for _ in range(50)] == inputs
    assert [other.next() for _ in range(50)] != inputs
    assert any(one != two for one, two in pairwise(inputs))
