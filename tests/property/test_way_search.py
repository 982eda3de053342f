"""Whatever answers on whichever port and speed: money goes to the terminal that is meant, and once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal_driver.engine import EngineEvent
from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.outcome import Approved, LastResult, NotStarted, Unknown
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import Way
from tests.support.letter_engine import REQUEST, LetterEngine
from tests.support.switching_line import SwitchingLine

MEANT = "12345678"
_MOMENT_S = 0.001  # of real time, once the line is lost; the line's own time is made by its script
WAYS = [Way(device, baud) for device in ("ttyUSB0", "ttyUSB1", "ttyACM0") for baud in (9600, 115200)]

# What registration brings: the terminal that is meant, another one, one without an id, a refusal, noise, nothing.
registrations = st.sampled_from([b"r", b"t", b"i", b"n", b"!", None])
sales = st.sampled_from([b"s", b"d", b"!", None])
devices = st.tuples(registrations, sales, st.sampled_from([None, "port_busy", "port_missing"]))


class Witness(SwitchingLine):
    """Notes at which way each command was written."""

    def __init__(self, devices: dict[Way, dict[bytes, bytes]], *, may_move: bool, terminal_id: str) -> None:
        super().__init__(devices, may_move=may_move, terminal_id=terminal_id)
        self.sent: list[tuple[bytes, Way]] = []

    def write(self, data: bytes, deadline_s: float) -> None:
        self.sent.append((data, self.present_way))
        super().write(data, deadline_s)


def _line(found: list[tuple[bytes | None, bytes | None, str | None]], *, may_move: bool, terminal_id: str) -> Witness:
    answers: dict[Way, dict[bytes, bytes]] = {}
    for way, (registration, sale, _) in zip(WAYS, found, strict=False):
        pairs = {b"R": registration, b"S": sale, b"L": b"l"}
        answers[way] = {question: answer for question, answer in pairs.items() if answer is not None}
    line = Witness(answers, may_move=may_move, terminal_id=terminal_id)
    for way, (_, _, fault) in zip(WAYS, found, strict=False):
        if fault is not None:
            line.faults[way] = (PortBusy if fault == "port_busy" else TransportError)(fault, "cannot be opened")
    return line


@given(found=st.lists(devices, min_size=1, max_size=len(WAYS)), may_move=st.booleans(), again=st.booleans())
@settings(max_examples=300, deadline=None)
def test_sale_goes_to_the_terminal_that_is_meant_and_once(
    found: list[tuple[bytes | None, bytes | None, str | None]],
    may_move: bool,  # noqa: FBT001 - drawn by name
    again: bool,  # noqa: FBT001 - drawn by name
) -> None:
    line = _line(found, may_move=may_move, terminal_id=MEANT)
    events: list[EngineEvent] = []
    session = TerminalSession(LetterEngine(), line, events.append, line.clock)
    if again:  # a lost line before it must not change anything
        session.register()
        line.items.append(TransportError("line_lost", "unplugged"))
        session.idle(_MOMENT_S)
        line.sent.clear()

    outcome = session.transact(REQUEST)

    sold = [way for data, way in line.sent if data == b"S"]
    assert len(sold) <= 1
    if sold:
        assert line.devices[sold[0]].get(b"R") == b"r"
    else:
        assert isinstance(outcome, NotStarted)
    if isinstance(outcome, Approved):
        assert line.devices[sold[0]].get(b"S") == b"s"
    if isinstance(outcome, Unknown):
        assert sold


@given(found=st.lists(devices, min_size=1, max_size=len(WAYS)))
@settings(max_examples=200, deadline=None)
def test_last_result_is_asked_of_the_terminal_that_is_meant_only(
    found: list[tuple[bytes | None, bytes | None, str | None]],
) -> None:
    line = _line(found, may_move=True, terminal_id=MEANT)
    events: list[EngineEvent] = []
    session = TerminalSession(LetterEngine(), line, events.append, line.clock)

    last = session.last_result()

    asked = [way for data, way in line.sent if data == b"L"]
    assert all(line.devices[way].get(b"R") == b"r" for way in asked)
    assert isinstance(last, LastResult) is bool(asked)
