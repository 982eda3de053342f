"""One terminal as its register sees it: registration, operations, enquiries, over a line that may come and go.

Used by the ONE thread that owns the device; only :meth:`TerminalSession.request_abort` and :meth:`TerminalSession.wake`
may be called from others. It knows no protocol: what bytes mean and what a last result proves is the engine's affair.

A terminal that stays silent is looked for at its other speeds and ports, but only when registering; and where it is
known which terminal is meant, no other one is ever sold on or asked for a result.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from terminal_driver.dialogue_pump import COMMAND_LIMIT_S, LATE_READS_MAX, Clock, DialoguePump, LineLook, NothingSent
from terminal_driver.engine import Engine, EngineEvent, Notice
from terminal_driver.errors import LocalProtocolError, TransportError
from terminal_driver.operations import ChangeSpeed, Done, LogOff, MoneyOperation, Operation, QuietOperation, QuietResult
from terminal_driver.outcome import LastResult, NoAnswer, NotStarted, Outcome, TerminalInfo, TerminalStatus, Verdict
from terminal_driver.transports.base import READ_BYTES_MAX, NamesTerminal, SwitchableLine, Transport, Way
from terminal_driver.way_search import Attempt, register_some_way

# A changed speed holds this long after the terminal agreed to it (ZVT PA00P015, 08 40).
SPEED_CHANGE_S = 2.0
# A line that was switched is quiet when nothing came for this long: longer than T1, the gap that ends a torn block.
QUIET_S = 0.25
AnswerT = TypeVar("AnswerT", TerminalInfo, LastResult, TerminalStatus)


class TerminalSession:
    """One terminal, one line, one command at a time; reconnects by itself when the next command needs the line.

    Args:
        engine: the protocol; its state survives the loss of the line.
        transport: opened and closed here.
        on_event: called in the owner's thread with ``Progress``, ``Notice`` and ``OrphanResult``. It must not raise: an
            exception gives the line up (a running sale is then for the caller to recover) and passes through.
        clock: monotonic seconds, the same clock for engine and session.
        terminal_id: the terminal that has to answer; empty for the one the line's own settings name, if any.
        on_look: called in the owner's thread after each command that was tried, with how the line was.
    """

    def __init__(
        self,
        engine: Engine,
        transport: Transport,
        on_event: Callable[[EngineEvent], None],
        clock: Clock = time.monotonic,
        *,
        terminal_id: str = "",
        on_look: Callable[[LineLook], None] | None = None,
    ) -> None:
        self._engine = engine
        self._transport = transport
        self._on_event = on_event
        self._clock = clock
        self._bytes_before = 0
        self._pump = DialoguePump(engine, transport, on_event, clock, on_look)
        self._terminal_id = terminal_id or (transport.terminal_id if isinstance(transport, NamesTerminal) else "")

    @property
    def description(self) -> str:
        """The line in words."""
        return self._transport.description

    @property
    def registered(self) -> bool:
        """True when the terminal has accepted our registration, and neither line loss nor log-off followed."""
        return self._pump.registered

    def now(self) -> float:
        """Return the time of the session's clock, in seconds."""
        return self._clock()

    def open(self) -> None:
        """Open the line; an open one stays as it is.

        Raises:
            TransportError: the transport's code (``port_missing``, ``port_busy``, ``no_permission``, ``refused`` ...).
        """
        self._pump.open()

    def close(self) -> None:
        """Close the line. The engine keeps what it knows; over a line that is held, the terminal is registered anew."""
        if self._transport.holds_line:
            self._pump.drop_line()
        else:
            self._pump.close()

    def register(self) -> TerminalInfo | NoAnswer:
        """Register with the terminal, opening the line if needed; a silent one is looked for in every way there is.

        Returns:
            ``NoAnswer`` also with ``other_terminal`` or ``terminal_id_not_told`` when it cannot be shown that the
            terminal that answered is the one that is meant; nothing but the registration was sent to it.
        """
        if isinstance(self._transport, SwitchableLine):
            attempt = Attempt(
                self.register_here, self._switch, self._leave, self._heard, self._pump.stopped, self._notice
            )
            return register_some_way(self._transport, attempt)
        return self.register_here(None)

    def transact(self, operation: MoneyOperation, still_wanted: Callable[[], bool] = lambda: True) -> Outcome:
        """Carry out one operation that moves money; registers first when the terminal does not know us (any more).

        Never sends it twice. ``NotStarted`` is returned only when no byte of it left, or by the engine.

        Args:
            operation: a sale, a refund, a reversal ...
            still_wanted: asked right before the command leaves; from here on :meth:`request_abort` reaches it, so that
                a caller who notes the wish to stop before calling it can never be too early.

        Raises:
            LocalProtocolError: the protocol cannot carry the operation, or a value does not fit; nothing was sent.
        """
        self._pump.begin_stoppable()
        try:
            if (failure := self._pump.bring_up()) is not None and not self._has_choice():
                return NotStarted(failure.code, failure.reason)
            if not self.registered and isinstance(refusal := self.register(), NoAnswer):
                return NotStarted(refusal.code, f"registration failed: {refusal.reason}")
            if not still_wanted() or self._pump.stopped():
                return NotStarted("aborted_by_cashier", "the sale was stopped before it was sent")
            result = self._pump.run(
                lambda now_s: self._engine.start_operation(operation, now_s), registered=True, stoppable=True
            )
        finally:
            self._pump.end_stoppable()
        if isinstance(result, NothingSent):
            return NotStarted(result.code, result.reason)
        if not isinstance(result, Outcome):
            raise _misplaced(result)
        return result

    def perform(self, operation: QuietOperation) -> QuietResult | LastResult | NoAnswer:
        """Carry out one operation that charges and gives back nothing; registers first when needed.

        Raises:
            LocalProtocolError: the protocol cannot carry the operation, or a value does not fit; nothing was sent.
        """
        if not self.registered and isinstance(refusal := self.register(), NoAnswer):
            return refusal
        result = self._pump.run(lambda now_s: self._engine.start_operation(operation, now_s))
        if isinstance(operation, LogOff) and not isinstance(result, NothingSent):
            self._pump.forget_registration()  # without an answer, too: registering once too often does no harm
        match result:
            case NothingSent(code, reason):
                return NoAnswer(code, reason)
            case LastResult() | NoAnswer():
                return result
            case _:
                if not isinstance(result, QuietResult):
                    raise _misplaced(result)
                if isinstance(operation, ChangeSpeed) and isinstance(result, Done):
                    self._follow_speed(operation.baud)
                return result

    def last_result(self, about: MoneyOperation | None = None) -> LastResult | NoAnswer:
        """Ask the terminal for its last transaction, or for the one ``about`` where the protocol asks by name.

        Where it is known which terminal is meant it registers first when needed: another one's memory proves nothing.
        """
        if self._terminal_id and not self.registered and isinstance(refusal := self.register(), NoAnswer):
            return refusal
        named = bool(self._terminal_id)
        return self._ask(lambda now_s: self._engine.start_last_result(now_s, about), LastResult, registered=named)

    def judge(self, operation: MoneyOperation, sent_at: datetime | None, last: LastResult | NoAnswer) -> Verdict:
        """Say what the terminal's last transaction proves about an operation (see ``Engine.judge``)."""
        return self._engine.judge(operation, sent_at, last)

    @property
    def operations(self) -> frozenset[type[Operation]]:
        """The operations the protocol can carry."""
        return self._engine.operations

    def status(self, silence_s: float | None = None, limit_s: float = COMMAND_LIMIT_S) -> TerminalStatus | NoAnswer:
        """Ask the terminal for its state; ``silence_s``, ``limit_s`` as in :meth:`register_here`."""
        return self._ask(self._engine.start_status, TerminalStatus, silence_s=silence_s, limit_s=limit_s)

    def request_abort(self) -> bool:
        """Ask a running sale to stop; callable from any thread. The sale still ends with its own result.

        Returns:
            True when a sale was running. False changes nothing: a later sale is not touched.
        """
        return self._pump.request_abort()

    def wake(self) -> None:
        """Make a running or the next :meth:`idle` return early; callable from any thread."""
        self._pump.wake()

    def idle(self, timeout_s: float) -> None:
        """Serve the line between commands for ``timeout_s`` seconds, or until woken.

        Late and unsolicited messages are answered and delivered. A lost line is opened again (once a call); while that
        fails the time is waited out, so that a caller's loop never spins. A line opened per command stays closed.
        """
        self._pump.serve(timeout_s)

    def register_here(self, silence_s: float | None, limit_s: float = COMMAND_LIMIT_S) -> TerminalInfo | NoAnswer:
        """Register in the present way only, and check who answered; for everything but a search use :meth:`register`.

        Args:
            silence_s: seconds without one byte after which the line is given up; None leaves that to the protocol.
            limit_s: seconds after which it is given up whatever comes.
        """
        self._bytes_before = self._pump.bytes_heard
        result = self._ask(self._engine.start_registration, TerminalInfo, silence_s=silence_s, limit_s=limit_s)
        if isinstance(result, TerminalInfo) and (stranger := self._stranger(result)) is not None:
            self._pump.forget_registration()
            self._pump.drop_line()
            return stranger
        self._pump.registered = isinstance(result, TerminalInfo)
        # Over a line that is held, registering anew costs nothing and finds a terminal that was plugged in elsewhere.
        self._pump.lasting = isinstance(result, TerminalInfo) and result.lasting and not self._transport.holds_line
        # A protocol without a registration ends it without a byte: that proves nothing about the line.
        if isinstance(result, TerminalInfo) and self._heard() and isinstance(self._transport, SwitchableLine):
            self._transport.prove()
            if self._transport.may_move and result.terminal_id:
                self._terminal_id = result.terminal_id
        return result

    def _stranger(self, told: TerminalInfo) -> NoAnswer | None:
        """Say why the terminal that answered must not be used, if so."""
        wanted = self._terminal_id
        if not wanted or told.terminal_id == wanted:
            return None
        if not told.terminal_id:
            return NoAnswer("terminal_id_not_told", f"terminal {wanted} is meant, but the one here tells no id")
        return NoAnswer("other_terminal", f"terminal {told.terminal_id} answered, but {wanted} is meant")

    def _has_choice(self) -> bool:
        """Tell whether there is another port to look at when the present one cannot be opened."""
        try:
            return isinstance(self._transport, SwitchableLine) and len(self._transport.ways()) > 1
        except TransportError:
            return False

    def _switch(self, way: Way) -> None:
        """Open the line in another way and let what still comes from the old one run dry."""
        self._leave(way)
        self.open()
        for _ in range(LATE_READS_MAX):
            if not self._transport.read(READ_BYTES_MAX, QUIET_S):
                break

    def _leave(self, way: Way) -> None:
        self._pump.drop_line()
        if isinstance(self._transport, SwitchableLine):
            self._transport.take(way)

    def _heard(self) -> bool:
        return self._pump.bytes_heard != self._bytes_before

    def _notice(self, code: str, words: str) -> None:
        self._on_event(Notice(code, words))

    def _follow_speed(self, baud: int) -> None:
        """Change the speed of our own port once the terminal has changed its own."""
        line = self._transport
        if not isinstance(line, SwitchableLine) or (way := line.proven_way) is None:
            return  # a network line has no speed
        self._pump.settle(SPEED_CHANGE_S)
        try:
            line.take(Way(way.device, baud))
        except TransportError as error:
            self._pump.lose_line(error)
            return
        line.prove()

    def _ask(
        self,
        start: Callable[[float], bytes],
        kind: type[AnswerT],
        *,
        silence_s: float | None = None,
        limit_s: float = COMMAND_LIMIT_S,
        registered: bool = False,
    ) -> AnswerT | NoAnswer:
        """Run a command that moves no money; its answer is of ``kind`` or missing."""
        match result := self._pump.run(start, silence_s=silence_s, limit_s=limit_s, registered=registered):
            case NothingSent(code, reason):
                return NoAnswer(code, reason)
            case NoAnswer():
                gave_up = self._pump.given_up  # the engine only knows that its line was taken away
                return result if gave_up is None else NoAnswer(gave_up.code, str(gave_up))
            case _:
                if not isinstance(result, kind):
                    raise _misplaced(result)
                return result


def _misplaced(result: object) -> LocalProtocolError:
    return LocalProtocolError("wrong_result", f"the engine ended the command with {type(result).__name__}")
