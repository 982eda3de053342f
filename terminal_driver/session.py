"""Drives one protocol engine over one transport: bytes and deadlines in a loop until the command has ended.

Used by the ONE thread that owns the device; only :meth:`TerminalSession.request_abort` and :meth:`TerminalSession.wake`
may be called from others. It knows no protocol: what bytes mean is the engine's affair, what a last result proves is
the affair of a judge that the caller hands in.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from terminal_driver.engine import Engine, EngineEvent, Finished, Notice, SaleRequest
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError, TransportError
from terminal_driver.outcome import LastResult, NoAnswer, NotStarted, Outcome, TerminalInfo, TerminalStatus
from terminal_driver.transports.base import READ_BYTES_MAX, Transport, WriteError

# A block of a card terminal takes well under a second even at 9600 baud; longer means a stuck line.
WRITE_LIMIT_S = 5.0
# Last defence against a terminal that talks for ever: engines restart their own limit with each sign of life.
COMMAND_LIMIT_S = 1800.0
# Pause between two status enquiries while a terminal is busy; too fast polling disturbs some terminals.
STATUS_PAUSE_S = 1.0
# So often a ready terminal may refuse to tell its last transaction before we believe that it never will.
REFUSALS_MAX = 3
# So many reads of late bytes come before a command; a device that babbles must not hold it up for ever.
LATE_READS_MAX = 64
# Code of the notice by which an engine says that only a fresh line helps; the running command has ended by then.
LINE_ERROR = "line_error"

Clock = Callable[[], float]
Result = Outcome | LastResult | NoAnswer | TerminalInfo | TerminalStatus
VerdictT = TypeVar("VerdictT")
AnswerT = TypeVar("AnswerT", TerminalInfo, LastResult, TerminalStatus)

# Says what the last result of the terminal proves about a sale (for ZVT: a partial application of recovery.judge).
Judge = Callable[[SaleRequest, LastResult | NoAnswer], VerdictT]


@dataclass(frozen=True, slots=True)
class Recovery(Generic[VerdictT]):
    """What asking brought: the judge's ``verdict``, the ``last`` answer it judged, the ``steps`` in words."""

    verdict: VerdictT
    last: LastResult | NoAnswer
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _NothingSent:
    """The command never left: opening or the very first write failed."""

    code: str
    reason: str


class TerminalSession:
    """One terminal, one line, one command at a time; reconnects by itself when the next command needs the line.

    Args:
        engine: the protocol; its state survives the loss of the line.
        transport: opened and closed here.
        on_event: called in the owner's thread with ``Progress``, ``Notice`` and ``OrphanResult``. It must not raise: an
            exception gives the line up (a running sale is then for the caller to recover) and passes through.
        clock: monotonic seconds, the same clock for engine and session.
    """

    def __init__(
        self,
        engine: Engine,
        transport: Transport,
        on_event: Callable[[EngineEvent], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._engine = engine
        self._transport = transport
        self._on_event = on_event
        self._clock = clock
        self._is_open = False
        self._registered = False
        self._lock = threading.Lock()
        self._sale_active = False
        self._abort_wanted = False
        self._woken = threading.Event()

    @property
    def description(self) -> str:
        """The line in words."""
        return self._transport.description

    @property
    def registered(self) -> bool:
        """True when the terminal has accepted our registration and the line was not lost since."""
        return self._registered

    def open(self) -> None:
        """Open the line; an open one stays as it is.

        Raises:
            TransportError: the transport's code (``port_missing``, ``port_busy``, ``no_permission``, ``refused`` ...).
        """
        if not self._is_open:
            self._transport.open()
            self._is_open = True

    def close(self) -> None:
        """Close the line. The engine keeps what it knows."""
        if self._is_open:
            self._is_open = False
            self._transport.close()

    def register(self) -> TerminalInfo | NoAnswer:
        """Register with the terminal, opening the line if needed."""
        result = self._ask(self._engine.start_registration, TerminalInfo)
        self._registered = isinstance(result, TerminalInfo)
        return result

    def sale(self, request: SaleRequest, still_wanted: Callable[[], bool] = lambda: True) -> Outcome:
        """Authorise one sale; registers first when the terminal does not know us (any more).

        Never sends the sale twice. ``NotStarted`` is returned only when no byte of it left, or by the engine.

        Args:
            request: the sale.
            still_wanted: asked right before the command leaves; from here on :meth:`request_abort` reaches the sale, so
                that a caller who notes the wish to stop before calling it can never be too early.
        """
        with self._lock:
            self._sale_active, self._abort_wanted = True, False
        try:
            if (failure := self._opened()) is not None:
                return NotStarted(failure.code, failure.reason)
            if not self._registered and isinstance(refusal := self.register(), NoAnswer):
                return NotStarted(refusal.code, f"registration failed: {refusal.reason}")
            wanted = still_wanted()  # outside our lock: the caller may hold one of its own in request_abort
            with self._lock:
                if self._abort_wanted or not wanted:
                    return NotStarted("aborted_by_cashier", "the sale was stopped before it was sent")
            result = self._command(lambda now_s: self._engine.start_sale(request, now_s))
        finally:
            with self._lock:
                self._sale_active, self._abort_wanted = False, False
        if isinstance(result, _NothingSent):
            return NotStarted(result.code, result.reason)
        if not isinstance(result, Outcome):
            raise _misplaced(result)
        return result

    def last_result(self) -> LastResult | NoAnswer:
        """Ask the terminal for its last transaction."""
        return self._ask(self._engine.start_last_result, LastResult)

    def status(self) -> TerminalStatus | NoAnswer:
        """Ask the terminal for its state."""
        return self._ask(self._engine.start_status, TerminalStatus)

    def request_abort(self) -> bool:
        """Ask a running sale to stop; callable from any thread. The sale still ends with its own result.

        Returns:
            True when a sale was running. False changes nothing: a later sale is not touched.
        """
        with self._lock:
            if not self._sale_active:
                return False
            self._abort_wanted = True
        self.wake()
        return True

    def wake(self) -> None:
        """Make a running or the next :meth:`idle` return early; callable from any thread."""
        self._woken.set()
        self._transport.wake()

    def idle(self, timeout_s: float) -> None:
        """Serve the line between commands for ``timeout_s`` seconds, or until woken.

        Late and unsolicited messages are answered and delivered. A lost line is opened again (once a call); while that
        fails the time is waited out, so that a caller's loop never spins. A line opened per command stays closed.
        """
        until = self._clock() + timeout_s
        if self._transport.holds_line and self._opened() is None:
            try:
                while self._is_open and not self._woken.is_set() and (left_s := until - self._clock()) > 0:
                    self._serve_once(left_s)
                    self._deliver()
            except TransportError as error:
                self._lose_line(error)
                self._deliver()
        if not self._is_open:
            self._woken.wait(max(0.0, until - self._clock()))
        self._woken.clear()

    def ask_outcome(
        self,
        request: SaleRequest,
        judge: Judge[VerdictT],
        *,
        deadline_s: float,
        on_step: Callable[[str], None],
    ) -> Recovery[VerdictT]:
        """Find out what became of a sale whose outcome is unknown (ZVT facts, section 10, steps 3 to 5).

        Opens the line, lets late messages in, registers when needed, polls the status until the terminal is neither
        busy nor silent, asks for the last result and has it judged. It never sends a sale.

        Args:
            request: the sale as it was sent, with the numbers known before it.
            judge: says what the answer proves.
            deadline_s: seconds after which waiting for the terminal ends and ``NoAnswer`` is judged.
            on_step: told each step in words, in the owner's thread.
        """
        steps: list[str] = []

        def tell(step: str) -> None:
            steps.append(step)
            on_step(step)

        last = self._ask_when_ready(self._clock() + deadline_s, tell)
        match last:
            case LastResult(held=True):
                tell("the terminal has told its last transaction")
            case LastResult():
                tell("the terminal holds no transaction")
            case NoAnswer(reason=reason):
                tell(f"the terminal did not tell its last transaction: {reason}")
        return Recovery(judge(request, last), last, tuple(steps))

    def _ask_when_ready(self, until: float, tell: Callable[[str], None]) -> LastResult | NoAnswer:
        refusal = NoAnswer("no_time", "no time was given to ask")
        refusals_left = REFUSALS_MAX
        while refusals_left and self._clock() < until:
            tell(f"checking the terminal on {self.description}")
            answer = self._ready_answer()
            if not isinstance(answer, NoAnswer):
                tell("the terminal is idle, asking for its last transaction")
                last = self.last_result()
                if isinstance(last, LastResult):
                    return last
                answer = last
                refusals_left -= 1
            refusal = answer
            tell(f"no answer yet: {refusal.reason}")
            self.idle(min(STATUS_PAUSE_S, max(0.0, until - self._clock())))
        return refusal

    def _ready_answer(self) -> TerminalStatus | NoAnswer:
        """Return a status that is not busy, or why there is none."""
        if not self._registered and isinstance(refusal := self.register(), NoAnswer):
            return refusal
        status = self.status()
        if isinstance(status, TerminalStatus) and status.busy:
            return NoAnswer("terminal_busy", status.words)
        return status

    def _ask(self, start: Callable[[float], bytes], kind: type[AnswerT]) -> AnswerT | NoAnswer:
        """Run a command that moves no money; its answer is of ``kind`` or missing."""
        match result := self._command(start):
            case _NothingSent(code, reason):
                return NoAnswer(code, reason)
            case NoAnswer():
                return result
            case _:
                if not isinstance(result, kind):
                    raise _misplaced(result)
                return result

    def _command(self, start: Callable[[float], bytes]) -> Result | _NothingSent:
        """Run one command to its end."""
        if (failure := self._opened()) is not None:
            return failure
        try:
            if (failure := self._first_write(start)) is not None:
                return failure
            result = self._pump()
        finally:
            if self._engine.busy:  # only after an exception: the dialogue is given up, never left half alive
                self._engine.line_lost(self._clock())
                self._drop_line()
        if not self._transport.holds_line:
            self.close()
        return result

    def _opened(self) -> _NothingSent | None:
        """Open the line and give the engine what arrived meanwhile; say why when there is no line."""
        try:
            self.open()
            for _ in range(LATE_READS_MAX):
                if not (data := self._transport.read(READ_BYTES_MAX, 0)):
                    break
                self._feed(data)
        except TransportError as error:
            if not self._is_open:
                return _NothingSent(error.code, str(error))
            self._lose_line(error)
            # The other side had hung up while nothing was going on; a fresh line is all that is needed.
            try:
                self.open()
            except TransportError as again:
                return _NothingSent(again.code, str(again))
        self._deliver()
        return None

    def _first_write(self, start: Callable[[float], bytes]) -> _NothingSent | None:
        data = start(self._clock())
        try:
            self._transport.write(data, WRITE_LIMIT_S)
        except WriteError as error:
            self._lose_line(error)
            if error.accepted == 0:
                self._deliver()  # drops the engine's own view: it cannot know that nothing left
                return _NothingSent(error.code, str(error))
        return None

    def _pump(self) -> Result:
        """Read, write and watch deadlines until the engine says that the command is finished."""
        limit = self._clock() + COMMAND_LIMIT_S
        while True:
            if (result := self._deliver()) is not None:
                return result
            if not self._engine.busy:
                raise LocalProtocolError("no_result", "the engine ended the command without a result")
            if self._clock() >= limit:
                self._lose_line(TransportError("endless_dialogue", f"the terminal talked for {COMMAND_LIMIT_S:g} s"))
                continue
            try:
                self._send_abort_if_wanted()
                self._serve_once(limit - self._clock())
            except TransportError as error:
                self._lose_line(error)

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
                self._drop_line()
            self._on_event(event)
        return result

    def _lose_line(self, error: TransportError) -> None:
        self._drop_line()
        self._engine.line_lost(self._clock())
        self._on_event(Notice(error.code, str(error)))

    def _drop_line(self) -> None:
        self._registered = False
        self.close()


def _misplaced(result: object) -> LocalProtocolError:
    return LocalProtocolError("wrong_result", f"the engine ended the command with {type(result).__name__}")
