"""Carries one dialogue: bytes and deadlines between one protocol engine and one transport, until a command has ended.

Used by the one thread that owns the device; only ``request_abort`` and ``wake`` may be called from others. It knows no
protocol and no command: what is asked, and of whom, is the affair of :mod:`terminal_driver.session`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from terminal_driver.engine import Engine, EngineEvent, Finished, Notice, Result
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError, TransportError
from terminal_driver.transports.base import READ_BYTES_MAX, Transport, WriteError

# A block of a card terminal takes well under a second even at 9600 baud; longer means a stuck line.
WRITE_LIMIT_S = 5.0
# Last defence against a terminal that talks for ever: engines restart their own limit with each sign of life.
COMMAND_LIMIT_S = 1800.0
# So many reads of late bytes come before a command; a device that babbles must not hold it up for ever.
LATE_READS_MAX = 64
# Code of the notice by which an engine says that only a fresh line helps; the running command has ended by then.
LINE_ERROR = "line_error"

LINE_TROUBLES = frozenset(
    {
        LINE_ERROR,
        "apdu_cut_off",
        "apdu_too_long",
        "bad_checksum",
        "bad_doubling",
        "block_cut_off",
        "block_repeated",
        "block_too_long",
        "frame_cut_off",
        "frame_too_long",
        "stray_bytes",
        "unreadable_message",
    }
)
"""Codes of notices that speak of a bad line, whatever the protocol: damage, repetitions, breaks."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class LineLook:
    """How the line was during one command. ``took_s``: until the first byte came, None when none did.

    ``troubles``: repetitions, damaged blocks and breaks.
    """

    took_s: float | None
    troubles: int


@dataclass(frozen=True, slots=True)
class NothingSent:
    """The command never left: opening or the very first write failed."""

    code: str
    reason: str


class DialoguePump:
    """One engine on one line.

    Args:
        engine: the protocol; its state survives the loss of the line.
        transport: opened and closed here.
        on_event: called with ``Progress``, ``Notice`` and ``OrphanResult``; when it raises, the line is given up.
        clock: monotonic seconds.
        on_look: called after each command that was tried; None for nobody.
    """

    def __init__(
        self,
        engine: Engine,
        transport: Transport,
        on_event: Callable[[EngineEvent], None],
        clock: Clock,
        on_look: Callable[[LineLook], None] | None = None,
    ) -> None:
        self._engine = engine
        self._transport = transport
        self._hear = on_event
        self._on_look = on_look
        self._asked_at: float | None = None
        self._took_s: float | None = None
        self._troubles = 0
        self._clock = clock
        self._is_open = False
        self._lock = threading.Lock()
        self._stoppable = False
        self._abort_wanted = False
        self._woken = threading.Event()
        self.bytes_heard = 0
        """How many bytes ever came."""
        self.given_up: TransportError | None = None
        """Why the last command was given up though the line was whole; None when it was not."""
        self.registered = False
        """The terminal has accepted our registration, and the line was not lost since."""
        self.lasting = False
        """The registration outlives the line: a line lost or closed since takes nothing away."""

    @property
    def is_open(self) -> bool:
        """True while the line is open."""
        return self._is_open

    def open(self) -> None:
        """Open the line; an open one stays as it is. Raises ``TransportError``."""
        if not self._is_open:
            self._transport.open()
            self._is_open = True

    def close(self) -> None:
        """Close the line. The engine keeps what it knows."""
        if self._is_open:
            self._is_open = False
            self._transport.close()

    def drop_line(self) -> None:
        """Close the line; with it goes the terminal's knowledge of us, but for a registration that lasts."""
        self.registered = self.registered and self.lasting
        self.close()

    def forget_registration(self) -> None:
        """From now on the terminal does not know us, whatever the line does."""
        self.registered = self.lasting = False

    def begin_stoppable(self) -> None:
        """From now on :meth:`request_abort` reaches what is being done."""
        with self._lock:
            self._stoppable, self._abort_wanted = True, False

    def end_stoppable(self) -> None:
        """From now on :meth:`request_abort` changes nothing."""
        with self._lock:
            self._stoppable, self._abort_wanted = False, False

    def stopped(self) -> bool:
        """Tell whether an abort was asked for and has not been sent."""
        with self._lock:
            return self._abort_wanted

    def request_abort(self) -> bool:
        """Ask what is being done to stop; callable from any thread. False when nothing stoppable is under way."""
        with self._lock:
            if not self._stoppable:
                return False
            self._abort_wanted = True
        self.wake()
        return True

    def wake(self) -> None:
        """Make a running or the next :meth:`serve` return early; callable from any thread."""
        self._woken.set()
        self._transport.wake()

    def run(
        self,
        start: Callable[[float], bytes],
        *,
        silence_s: float | None = None,
        limit_s: float = COMMAND_LIMIT_S,
        registered: bool = False,
        stoppable: bool = False,
    ) -> Result | NothingSent:
        """Run one command to its end.

        Args:
            start: returns the first bytes, given the time; what it raises passes through, nothing was sent then.
            silence_s: seconds without one byte after which the line is given up; None leaves that to the engine.
            limit_s: seconds after which the line is given up, whatever comes.
            registered: the command is not sent when the line turned out to be a new one, on which nobody knows us.
            stoppable: an abort asked for is sent; else it is kept for the command that the caller has in mind.
        """
        self.given_up = None
        self._asked_at, self._took_s, self._troubles = None, None, 0
        if (failure := self.bring_up()) is not None:
            self._tell_look()
            return failure
        if registered and not self.registered:
            return NothingSent("line_lost", "the line broke before the command was sent")
        try:
            if (failure := self._first_write(start)) is not None:
                return failure
            result = self._pump(silence_s, limit_s, stoppable=stoppable)
        finally:
            if self._engine.busy:  # only after an exception: the dialogue is given up, never left half alive
                self._engine.line_lost(self._clock())
                self.drop_line()
            self._tell_look()
        if not self._transport.holds_line:
            self.close()
        return result

    def serve(self, timeout_s: float) -> None:
        """Serve the line between commands for ``timeout_s`` seconds, or until woken (see ``TerminalSession.idle``)."""
        until = self._clock() + timeout_s
        if self._transport.holds_line and self.bring_up() is None:
            try:
                while self._is_open and not self._woken.is_set() and (left_s := until - self._clock()) > 0:
                    self._serve_once(left_s)
                    self._deliver()
            except TransportError as error:
                self.lose_line(error)
                self._deliver()
        if not self._is_open:
            self._woken.wait(max(0.0, until - self._clock()))
        self._woken.clear()

    def settle(self, pause_s: float) -> None:
        """Serve the open line for all of ``pause_s`` seconds, also when woken; ends early only with the line."""
        until = self._clock() + pause_s
        try:
            while self._is_open and (left_s := until - self._clock()) > 0:
                self._serve_once(left_s)
                self._deliver()
        except TransportError as error:
            self.lose_line(error)
            self._deliver()

    def bring_up(self) -> NothingSent | None:
        """Open the line and give the engine what arrived meanwhile; say why when there is no line."""
        try:
            self.open()
            for _ in range(LATE_READS_MAX):
                if not (data := self._transport.read(READ_BYTES_MAX, 0)):
                    break
                self._feed(data)
        except TransportError as error:
            if not self._is_open:
                return NothingSent(error.code, str(error))
            self.lose_line(error)
            # The other side had hung up while nothing was going on; a fresh line is all that is needed.
            try:
                self.open()
            except TransportError as again:
                return NothingSent(again.code, str(again))
        self._deliver()
        return None

    def _tell_look(self) -> None:
        if self._on_look is not None:
            self._on_look(LineLook(self._took_s, self._troubles))

    def _on_event(self, event: EngineEvent) -> None:
        if isinstance(event, Notice) and event.code in LINE_TROUBLES:
            self._troubles += 1
        self._hear(event)

    def _first_write(self, start: Callable[[float], bytes]) -> NothingSent | None:
        data = start(self._clock())
        self._asked_at = self._clock()
        try:
            self._transport.write(data, WRITE_LIMIT_S)
        except WriteError as error:
            self.lose_line(error)
            if error.accepted == 0:
                self._deliver()  # drops the engine's own view: it cannot know that nothing left
                return NothingSent(error.code, str(error))
        return None

    def _pump(self, silence_s: float | None, limit_s: float, *, stoppable: bool) -> Result:
        """Read, write and watch deadlines until the engine says that the command is finished."""
        began, heard = self._clock(), self.bytes_heard
        limit = began + limit_s
        patience = limit if silence_s is None else began + silence_s
        while True:
            if (result := self._deliver()) is not None:
                return result
            if not self._engine.busy:
                raise LocalProtocolError("no_result", "the engine ended the command without a result")
            if self.bytes_heard != heard:
                patience = limit
            if self._clock() >= limit:
                self._give_up("endless_dialogue", f"the terminal talked for {limit_s:g} s")
                continue
            if self._clock() >= patience:
                self._give_up("no_answer", f"not one byte came within {silence_s:g} s")
                continue
            try:
                if stoppable:
                    self._send_abort_if_wanted()
                self._serve_once(patience - self._clock())
            except TransportError as error:
                self.lose_line(error)

    def _give_up(self, code: str, words: str) -> None:
        self.given_up = TransportError(code, words)
        self.lose_line(self.given_up)

    def _serve_once(self, timeout_s: float) -> None:
        """Act on a passed deadline, or wait for bytes until the next one and answer them."""
        now_s = self._clock()
        deadline = self._engine.deadline()
        if deadline is not None and deadline <= now_s:
            self._send(self._engine.expire(now_s))
            return
        if deadline is not None:
            timeout_s = min(timeout_s, deadline - now_s)
        if data := self._transport.read(READ_BYTES_MAX, timeout_s):
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        self.bytes_heard += len(data)
        if self._took_s is None and self._asked_at is not None:
            self._took_s = self._clock() - self._asked_at
        try:
            answer = self._engine.receive(data, self._clock())
        except RemoteProtocolError as error:
            self._on_event(Notice(error.code, str(error)))
            return
        self._send(answer)

    def _send(self, data: bytes) -> None:
        if data:
            self._transport.write(data, WRITE_LIMIT_S)

    def _send_abort_if_wanted(self) -> None:
        with self._lock:
            wanted, self._abort_wanted = self._abort_wanted, False
        if not wanted:
            return
        try:
            data = self._engine.request_abort(self._clock())
        except LocalProtocolError as error:
            self._on_event(Notice(error.code, str(error)))
            return
        self._send(data)

    def _deliver(self) -> Result | None:
        """Hand events on; return the result when the command has ended."""
        result: Result | None = None
        while (event := self._engine.next_event()) is not None:
            if isinstance(event, Finished):
                result = event.result
                continue
            if isinstance(event, Notice) and event.code == LINE_ERROR:
                self.drop_line()
            self._on_event(event)
        return result

    def lose_line(self, error: TransportError) -> None:
        """Give the line up because of ``error``; the engine ends what was running."""
        self.drop_line()
        self._engine.line_lost(self._clock())
        self._troubles += 1
        self._on_event(Notice(error.code, str(error)))
