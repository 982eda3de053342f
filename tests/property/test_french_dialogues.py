"""Lines to French terminals that lose, damage, cut and glue bytes: no crash, no false approval, no false "no".

Three suites: a recorded exchange spoilt in any way, both sides on a bad line in simulated time, and plain noise.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.caisse_ap.configuration import CaisseApConfig
from terminal_driver.caisse_ap.engine import CaisseApEngine
from terminal_driver.caisse_ap.messages import PROOF
from terminal_driver.caisse_ap.tlv import decode
from terminal_driver.concert.configuration import ConcertConfig
from terminal_driver.concert.engine import ConcertEngine
from terminal_driver.concert.frame import decode_frame, encode_frame
from terminal_driver.concert.link import LinkTimes
from terminal_driver.concert.messages import decode_request
from terminal_driver.engine import Engine, Finished
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.operations import SaleRequest
from terminal_driver.outcome import Approved, Baseline, NotStarted, Outcome, Unknown
from terminal_driver.virtual.caisse_ap_dialogue import CaisseApDialogue
from terminal_driver.virtual.concert_dialogue import ConcertDialogue
from terminal_driver.virtual.device_dialogue import DeviceDialogue, Surroundings
from terminal_driver.virtual.journal import Journal
from terminal_driver.virtual.scenarios import from_name
from terminal_driver.zvt.status_codes import Language
from tests.support import caisse_ap_register, concert_register

_SALE = SaleRequest(1250, "978", Baseline(), reference="attempt-1")
_END_S = 10_000.0
_REQUEST_BYTES = 37
_MANY = settings(max_examples=100, deadline=None)


@dataclass(frozen=True)
class Damage:
    """What happens to a stream: a bit flipped at a place, the rest cut off, pieces of these sizes."""

    flip: tuple[int, int] | None
    end: int | None
    sizes: tuple[int, ...]

    def pieces(self, data: bytes) -> list[bytes]:
        spoilt = bytearray(data)
        if self.flip is not None and self.flip[0] < len(spoilt):
            spoilt[self.flip[0]] ^= 1 << self.flip[1]
        rest = bytes(spoilt[: self.end])
        found: list[bytes] = []
        sizes = deque(self.sizes)
        while rest:
            size = sizes[0]
            sizes.rotate(-1)
            found.append(rest[:size])
            rest = rest[size:]
        return found


_DAMAGES = st.builds(
    Damage,
    flip=st.none() | st.tuples(st.integers(0, 140), st.integers(0, 7)),
    end=st.none() | st.integers(0, 140),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6).map(tuple),
)


def _run_out(engine: Engine, now_s: float) -> bytes:
    """Let the time pass until nothing is awaited any more; return what was sent meanwhile."""
    sent = b""
    while (deadline := engine.deadline()) is not None and deadline < _END_S:
        now_s = max(now_s, deadline)
        sent += engine.expire(now_s)
    return sent


def _outcome(engine: Engine) -> Outcome:
    ends = []
    while (event := engine.next_event()) is not None:
        if isinstance(event, Finished):
            ends.append(event.result)
    [end] = ends
    assert isinstance(end, Outcome)
    return end


@_MANY
@given(_DAMAGES)
def test_recorded_concert_sale_when_spoilt_then_approved_only_by_the_whole_answer(damage: Damage) -> None:
    register = concert_register.Register()
    register.engine.start_operation(_SALE, register.now)
    request = decode_request(decode_frame(register.hear(concert_register.ACK)))
    frame = encode_frame(concert_register.answer_to(request))
    pieces = damage.pieces(b"\x06\x05" + frame + b"\x04")

    for piece in pieces:
        register.hear(piece)
        register.now += 0.01
    _run_out(register.engine, register.now)

    outcome = _outcome(register.engine)
    approved = isinstance(outcome, Approved)
    whole = frame in b"".join(pieces)
    assert approved or isinstance(outcome, Unknown)
    assert whole or not approved
    assert approved or not whole or damage.flip is not None


@_MANY
@given(_DAMAGES)
def test_recorded_caisse_ap_sale_when_spoilt_then_approved_only_by_the_whole_proof(damage: Damage) -> None:
    register = caisse_ap_register.Register()
    request = register.request(_SALE)
    answer = caisse_ap_register.answer_to(request, AE="10", AC="338281", AA="682268######8611", AF="")
    pieces = damage.pieces(answer)

    for piece in pieces:
        register.hear(piece)
        register.now += 0.01
    _run_out(register.engine, register.now)

    outcome = _outcome(register.engine)
    assert isinstance(outcome, Approved | Unknown)
    if isinstance(outcome, Approved):
        told = {element.tag: element.value for element in decode(b"".join(pieces))}
        right = {element.tag: element.value for element in decode(answer)}
        assert [tag for tag in PROOF - {"CZ"} if told[tag] != right[tag]] == []


@dataclass
class BadLine:
    """Register and terminal in simulated time; ``faults``: place of a byte under way -> bit to flip, None loses it."""

    engine: Engine
    dialogue: DeviceDialogue
    faults: dict[int, int | None]
    now: float = 100.0
    sent: bytes = b""
    _count: int = 0
    _flipped: set[int] = field(default_factory=set)

    def run(self, operation: SaleRequest) -> Outcome:
        to_device = self._carried(self.engine.start_operation(operation, self.now))
        to_register = b""
        while self.now < _END_S:
            if to_device:
                to_register += self._carried(self.dialogue.receive(to_device, self.now))
                to_device = b""
            elif to_register:
                answer, to_register = self.engine.receive(to_register, self.now), b""
                self.sent += answer
                to_device = self._carried(answer)
            else:
                dues = [due for due in (self.engine.deadline(), self.dialogue.deadline()) if due is not None]
                if not dues:
                    break
                self.now = max(self.now, min(dues))
                answer = self.engine.expire(self.now)
                self.sent += answer
                to_device = self._carried(answer)
                to_register = self._carried(self.dialogue.expire(self.now))
        return _outcome(self.engine)

    def _carried(self, data: bytes) -> bytes:
        out = bytearray()
        block = self._count
        for byte in data:
            fault = self.faults.get(self._count, -1)
            self._count += 1
            if fault is None:
                continue
            if fault >= 0 and block not in self._flipped:  # two flips in one frame may cancel out in its check byte
                self._flipped.add(block)
                byte ^= 1 << fault  # noqa: PLW2901 - the byte as it arrives
            out.append(byte)
        return bytes(out)


def _around() -> Surroundings:
    return Surroundings(
        journal=Journal(),
        terminal_id="52500041",
        currency="978",
        language=Language.ENGLISH,
        wall=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        auto_pace=1.0,
        patience_minutes=None,
    )


_FAULTS = st.dictionaries(st.integers(0, 260), st.none() | st.integers(0, 7), max_size=12)
_SCENARIOS = st.sampled_from(["approve", "approve_contactless", "decline", "cancel", "busy", "wrong_checksum"])


@_MANY
@given(_FAULTS, _SCENARIOS)
def test_concert_on_a_bad_line_when_ended_then_the_outcome_agrees_with_the_journal(
    faults: dict[int, int | None], scenario: str
) -> None:
    dialogue = ConcertDialogue(_around(), from_name(scenario), LinkTimes())
    engine = ConcertEngine(ConcertConfig(), lambda _: True)
    line = BadLine(engine, dialogue, faults)

    outcome = line.run(_SALE)

    booked = [entry.amount_minor for entry in dialogue.around.journal.entries]
    assert booked in ([], [1250])
    assert isinstance(outcome, Unknown) or isinstance(outcome, Approved) is bool(booked)
    if isinstance(outcome, NotStarted) and outcome.code == "terminal_busy":
        assert len(line.sent) < _REQUEST_BYTES
    if not faults:
        assert isinstance(outcome, Approved) is (scenario in ("approve", "approve_contactless", "wrong_checksum"))


@_MANY
@given(_FAULTS, _SCENARIOS)
def test_caisse_ap_on_a_bad_line_when_ended_then_the_outcome_agrees_with_the_journal(
    faults: dict[int, int | None], scenario: str
) -> None:
    """Over TCP bytes are neither lost nor changed; a program on the way might do so all the same."""
    dialogue = CaisseApDialogue(_around(), from_name(scenario))
    engine = CaisseApEngine(CaisseApConfig(), lambda _: True)
    answer_only = {place: fault for place, fault in faults.items() if place > 80}  # the request itself has no check

    outcome = BadLine(engine, dialogue, answer_only).run(_SALE)

    booked = [entry.amount_minor for entry in dialogue.around.journal.entries]
    assert booked in ([], [1250])
    assert isinstance(outcome, Unknown) or isinstance(outcome, Approved) is bool(booked)
    if not answer_only:
        assert isinstance(outcome, Approved) is (scenario in ("approve", "approve_contactless", "wrong_checksum"))


def _engines() -> list[Callable[[], Engine]]:
    return [
        lambda: ConcertEngine(ConcertConfig(), lambda _: True),
        lambda: CaisseApEngine(CaisseApConfig(), lambda _: True),
    ]


_NOISE = st.lists(
    st.binary(max_size=90) | st.sampled_from([b"\x05", b"\x06", b"\x15", b"\x04", b"\x02", b"CZ0040300", b"AE00210"]),
    max_size=12,
)


@pytest.mark.parametrize("make", _engines(), ids=["concert", "caisse-ap"])
@_MANY
@given(noise=_NOISE, running=st.booleans())
def test_register_when_it_hears_noise_then_it_neither_fails_nor_approves(
    make: Callable[[], Engine], noise: list[bytes], *, running: bool
) -> None:
    engine, now_s = make(), 100.0
    if running:
        engine.start_operation(_SALE, now_s)

    for piece in noise:
        engine.receive(piece, now_s)
        now_s += 0.5
        if (deadline := engine.deadline()) is not None and deadline <= now_s:
            engine.expire(now_s)
    _run_out(engine, now_s)

    assert not engine.busy
    if running:
        assert not isinstance(_outcome(engine), Approved)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ConcertDialogue(_around(), from_name("approve"), LinkTimes()),
        lambda: CaisseApDialogue(_around(), from_name("approve")),
    ],
    ids=["concert", "caisse-ap"],
)
@_MANY
@given(noise=_NOISE)
def test_terminal_when_it_hears_noise_then_it_does_not_fail(
    make: Callable[[], DeviceDialogue], noise: list[bytes]
) -> None:
    dialogue, now_s = make(), 100.0

    for piece in noise:
        dialogue.receive(piece, now_s)
        now_s += 0.5
        dialogue.expire(now_s)

    assert dialogue.around.journal.entries == ()


@_MANY
@given(st.binary(max_size=100))
def test_decoders_when_given_anything_then_refuse_by_name_or_write_it_again(data: bytes) -> None:
    for read, write in (
        (decode_frame, encode_frame),
        (lambda found: b"".join(_written(element.tag, element.value) for element in decode(found)), bytes),
    ):
        with suppress(RemoteProtocolError):
            assert write(read(data)) == data


def _written(tag: str, value: str) -> bytes:
    return f"{tag}{len(value):03d}{value}".encode("ascii")
