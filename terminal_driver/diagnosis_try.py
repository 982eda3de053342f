"""One try to reach a terminal in one protocol, over one way of its line: registration, then its state."""

from dataclasses import dataclass

from terminal_driver.diagnosis_probes import Ear
from terminal_driver.dialogue_pump import Clock
from terminal_driver.engine import Engine, EngineEvent, OrphanResult
from terminal_driver.errors import TransportError
from terminal_driver.outcome import NoAnswer, TerminalInfo, TerminalStatus, TransactionData
from terminal_driver.session import TerminalSession
from terminal_driver.transports.base import Transport
from terminal_driver.way_search import SILENT_CODES

TALK_FACTOR = 3
"""A stranger who talks but never answers is given so many times the patience for silence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try.

    ``error``: why the line could not be opened. ``told``: how the registration ended. ``status``: what was said of the
    state, None when it was not asked. ``heard``: the first bytes that came. ``unclaimed``: results nobody asked for.
    """

    error: TransportError | None = None
    told: TerminalInfo | NoAnswer | None = None
    status: TerminalStatus | NoAnswer | None = None
    heard: bytes = b""
    unclaimed: tuple[TransactionData, ...] = ()

    @property
    def spoken(self) -> bool:
        """Somebody answered in the protocol, be it with a refusal."""
        if not self.heard or self.told is None or _is_silence(self.told):
            return False
        # Where a registration needs no byte, the state is the first thing that was really asked.
        return self.status is None or not _is_silence(self.status)

    @property
    def unproven(self) -> bool:
        """The line is open, and the protocol has nothing to ask by which a terminal would show itself."""
        return not self.heard and isinstance(self.told, TerminalInfo) and isinstance(self.status, TerminalStatus)

    @property
    def words(self) -> str:
        """What came, in words."""
        if self.error is not None:
            return str(self.error)
        failed = self.told if isinstance(self.told, NoAnswer) else self.status
        if isinstance(failed, NoAnswer):
            return f"{failed.reason}; {len(self.heard)} bytes came" if self.heard else failed.reason
        name = self.told.terminal_id if isinstance(self.told, TerminalInfo) else None
        state = self.status.words if isinstance(self.status, TerminalStatus) else "state not asked"
        return f"terminal {name}: {state}" if name else state


def try_terminal(line: Transport, engine: Engine, *, silence_s: float, clock: Clock) -> Answer:
    """Register and ask for the state, then close the line.

    Args:
        line: opened and closed here; its own terminal id and its other ways are left aside.
        engine: of the protocol to try; fresh.
        silence_s: seconds without one byte after which a question is given up; three times that when bytes come.
        clock: monotonic seconds.

    Raises:
        LocalProtocolError: a setting does not fit its field.
    """
    ear = Ear(line)
    unclaimed: list[TransactionData] = []

    def listen(event: EngineEvent) -> None:
        if isinstance(event, OrphanResult):
            unclaimed.append(event.data)

    session = TerminalSession(engine, ear, listen, clock)
    try:
        session.open()
    except TransportError as error:
        return Answer(error)
    try:
        limit_s = silence_s * TALK_FACTOR
        told = session.register_here(silence_s, limit_s)
        status = session.status(silence_s, limit_s) if isinstance(told, TerminalInfo) else None
    finally:
        session.close()
    return Answer(None, told, status, ear.heard, tuple(unclaimed))


def _is_silence(answer: TerminalInfo | TerminalStatus | NoAnswer) -> bool:
    return isinstance(answer, NoAnswer) and answer.code in SILENT_CODES
